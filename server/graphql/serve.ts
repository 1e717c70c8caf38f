import type { Express } from 'express';
import type { Logger } from 'pino';
import { postgraphile } from 'postgraphile';
import type { GrafservBase } from 'postgraphile/grafserv';
import { grafserv } from 'postgraphile/grafserv/express/v4';

import { deriveKey, type Config } from '../../config.ts';
import type { Metrics } from '../http/metrics.ts';
import type { Hub } from '../live/hub.ts';
import { signPaperUrl } from '../papers/paper-links.ts';
import type { Tracking } from '../tracking/track-order.ts';
import type { CarrierDesk } from '../carriers/carrier-desk.ts';
import { readKnownOperations } from './known-operations.ts';
import { servePreset } from './preset.ts';

export interface GraphQLService {
  grafserv: GrafservBase;
  addTo(app: Express): void;
  release(): Promise<void>;
}

export interface ServeOptions {
  config: Config;
  service: GraphileConfig.PgServiceConfiguration;
  hub: Hub;
  tracking: Tracking;
  carrierDesk: CarrierDesk;
  metrics: Metrics;
  logger: Logger;
}

export async function serveGraphQL({
  config,
  service,
  hub,
  tracking,
  carrierDesk,
  metrics,
  logger,
}: ServeOptions): Promise<GraphQLService> {
  const linkKey = deriveKey(config, 'links');
  const preset = servePreset({
    service,
    logger,
    production: config.production,
    limits: config.graphql,
    knownOperations: await readKnownOperations(config.graphql.operationsDir),
    statementTimeoutMs: config.graphql.statementTimeoutMs,
    onErrorTold: (code) => metrics.graphqlErrors.inc({ code }),
    paperUrl: (paper) => signPaperUrl(linkKey, config.publicUrl, paper, new Date()),
    liveCursor: () => hub.cursor(),
    carrierDesk,
    trackOrder: (publicId, address) => tracking.find(publicId, address),
  });
  const instance = postgraphile(preset);
  const { schema } = await instance.getSchemaResult();
  // 500 operations by default, each with its plans: a thousand distinct documents then keep 149 MB.
  Object.assign(schema.extensions, {
    grafast: { ...schema.extensions.grafast, operationsCacheMaxLength: 50 },
  });
  const serv = instance.createServ(grafserv);
  return {
    grafserv: serv,
    addTo: (app) => void serv.addTo(app, null, false),
    release: async () => {
      await instance.release();
    },
  };
}
