import './graphql/quiet.ts';

import express, { type Express } from 'express';
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Logger } from 'pino';

import { deriveKey, deriveKeys, type Config } from '../config.ts';
import { readAccessToken } from './auth/access-token.ts';
import { authRoutes } from './auth/routes.ts';
import { CarrierDesk } from './carriers/carrier-desk.ts';
import { databaseService } from './graphql/preset.ts';
import { serveGraphQL, type GraphQLService } from './graphql/serve.ts';
import { maxBodyBytes } from './graphql/limits.ts';
import { guardGraphQL } from './http/authenticate.ts';
import { dashboardRoutes } from './http/dashboard.ts';
import { noStore, requestId, securityHeaders } from './http/headers.ts';
import { onGraphQLError, refuseOtherBodies, refuseOtherRequests } from './http/graphql-requests.ts';
import { guardMetrics } from './http/guard-metrics.ts';
import { healthRoutes } from './http/health.ts';
import { closeHttpServer, createHttpServer } from './http/http-server.ts';
import { createMetrics, measureGraphQL, type Metrics } from './http/metrics.ts';
import { notFound } from './http/not-found.ts';
import { onError } from './http/on-error.ts';
import { refuseNul } from './http/refuse-nul.ts';
import { requestLog } from './http/request-log.ts';
import { Limiter } from './limits/limiter.ts';
import { startLive, type LiveService } from './live/service.ts';
import { createLogger } from './logger.ts';
import { labelOf } from './papers/label-of.ts';
import { manifestOf } from './papers/manifest-of.ts';
import { paperRoutes } from './papers/routes.ts';
import { openPools, type Pools } from './pools.ts';
import { trackingOf, type Tracking } from './tracking/track-order.ts';
import { trackingRoutes } from './tracking/routes.ts';
import { Intake } from './webhooks/intake.ts';
import { webhookRoutes } from './webhooks/routes.ts';

export interface ServerOptions {
  /** Instead of the configuration's port: 0 for any free one. */
  port?: number;
  logger?: Logger;
  dashboardDirectory?: string;
}

export interface RunningServer {
  url: string;
  port: number;
  close(): Promise<void>;
}

const dashboardDirectory = fileURLToPath(new URL('../dashboard/dist', import.meta.url));

export async function startServer(
  config: Config,
  options: ServerOptions = {},
): Promise<RunningServer> {
  const logger = options.logger ?? createLogger(config);
  const pools = openPools(config, logger);
  const service = databaseService(pools.graphql);
  const limiter = new Limiter(pools.intake, config.rateLimits, deriveKey(config, 'subjects'));
  const tracking = trackingOf(service, limiter);
  const jwtKeys = deriveKeys(config, 'jwt');
  const live = await startLive({
    config,
    pool: pools.intake,
    service,
    tracking,
    readMember: (token) => readAccessToken(jwtKeys, token),
    logger,
  });
  const metrics = createMetrics(pools.intake, live);
  const carrierDesk = new CarrierDesk(deriveKeys(config, 'credentials'), limiter);
  const graphql = await serveGraphQL({
    config,
    service,
    hub: live.hub,
    tracking,
    carrierDesk,
    metrics,
    logger,
  });
  const app = makeApp({
    config,
    options,
    pools,
    limiter,
    live,
    tracking,
    metrics,
    graphql,
    logger,
  });
  const server = createHttpServer(app);
  live.attachSockets(server, graphql.grafserv);
  const port = await listen(server, options.port ?? config.port, config.host);
  logger.info({ port }, 'the server listens');
  return {
    url: `http://${config.host}:${port}`,
    port,
    async close() {
      const drained = closeHttpServer(server, config.graphql.requestTimeoutMs + 1000);
      await live.close();
      await drained;
      await graphql.release();
      await pools.end();
      metrics.registry.clear();
    },
  };
}

interface Parts {
  config: Config;
  options: ServerOptions;
  pools: Pools;
  limiter: Limiter;
  live: LiveService;
  tracking: Tracking;
  metrics: Metrics;
  graphql: GraphQLService;
  logger: Logger;
}

function makeApp(parts: Parts): Express {
  const { config, options, pools, limiter, live, tracking, metrics, graphql, logger } = parts;
  const app = express();
  app.disable('x-powered-by');
  app.set('query parser', 'simple');
  if (config.trustProxy !== undefined) app.set('trust proxy', config.trustProxy);
  app.use(requestId, requestLog(logger), securityHeaders(config.production), refuseNul);
  app.use(['/graphql', '/healthz', '/readyz', '/metrics'], noStore);
  app.use('/metrics', guardMetrics(config.metricsToken, config.production));
  app.use(
    healthRoutes({
      pools: pools.all,
      listenerIsConnected: () => live.isListening(),
      database: pools.intake,
      metrics,
    }),
  );
  app.use(
    '/auth',
    authRoutes({
      pool: pools.intake,
      limiter,
      jwtKeys: deriveKeys(config, 'jwt'),
      refreshKeys: deriveKeys(config, 'refresh'),
      failureFloorMs: 300,
    }),
  );
  app.use(
    '/webhooks',
    webhookRoutes(
      new Intake(pools.intake, deriveKeys(config, 'credentials'), limiter),
      config.whatsapp,
    ),
  );
  const linkKeys = deriveKeys(config, 'links');
  app.use(
    '/labels',
    paperRoutes('label', linkKeys, limiter, (id) => labelOf(pools.intake, id)),
  );
  app.use(
    '/manifests',
    paperRoutes('manifest', linkKeys, limiter, (id) => manifestOf(pools.intake, id)),
  );
  app.use(
    '/graphql',
    measureGraphQL(metrics),
    refuseOtherRequests(config.production),
    express.json({ limit: maxBodyBytes, type: 'application/json' }),
    guardGraphQL(deriveKeys(config, 'jwt')),
    refuseOtherBodies,
  );
  graphql.addTo(app);
  app.use('/graphql', onGraphQLError);
  app.use(live.router());
  app.use('/track', trackingRoutes(tracking));
  const dashboard = dashboardRoutes(options.dashboardDirectory ?? dashboardDirectory);
  if (dashboard) app.use(dashboard);
  app.use(notFound);
  app.use(onError(logger));
  return app;
}

function listen(server: Server, port: number, host: string): Promise<number> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve((server.address() as AddressInfo).port); // a TCP server's address is one
    });
  });
}
