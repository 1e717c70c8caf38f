import type pg from 'pg';
import type { Logger } from 'pino';
import type { Server } from 'node:http';
import type { Router } from 'express';
import { withPgClientFromPgService } from 'postgraphile/@dataplan/pg';
import type { GrafservBase } from 'postgraphile/grafserv';

import { deriveKey, type Config } from '../../config.ts';
import { loginUrl } from '../../database/connection.ts';
import type { Member } from '../auth/access-token.ts';
import { memberSettings } from '../graphql/settings.ts';
import type { Tracking } from '../tracking/track-order.ts';
import { Admission } from './admission.ts';
import { Channels, type StoreCheck } from './channels.ts';
import { CountsWatch } from './counts.ts';
import { createHub, type Hub } from './hub.ts';
import { startListener, type Listener } from './listener.ts';
import { LiveRoutes } from './routes.ts';
import { attachSocketServer, type SocketServer } from './socket-server.ts';
import { Standing } from './standing.ts';
import { Subscriptions } from './subscriptions.ts';

export interface LiveOptions {
  config: Config;
  /** Of waybill_worker: calls of app_private functions. */
  pool: pg.Pool;
  /** As which members and customers are asked for. */
  service: GraphileConfig.PgServiceConfiguration;
  tracking: Tracking;
  readMember: (token: string) => Promise<Member | undefined>;
  logger: Logger;
}

const seeStore = 'select from app_public.stores where id = $1';

/** Everything live of one server process. It holds no state that another process would miss. */
export class LiveService {
  readonly hub: Hub;
  readonly #options: LiveOptions;
  readonly #counts: CountsWatch;
  readonly #standing: Standing;
  readonly #listener: Listener;
  readonly #channels: Channels;
  readonly #routes: LiveRoutes;
  readonly #admission = new Admission();
  #sockets: SocketServer | undefined;

  constructor(
    options: LiveOptions,
    { hub, counts, standing }: { hub: Hub; counts: CountsWatch; standing: Standing },
  ) {
    const { config, service, tracking, readMember, logger } = options;
    this.#options = options;
    this.hub = hub;
    this.#counts = counts;
    this.#standing = standing;
    const maySeeStore = storeCheck(service, standing);
    this.#channels = new Channels({ hub, counts, tracking, maySeeStore });
    this.#routes = new LiveRoutes({
      channels: this.#channels,
      hub,
      admission: this.#admission,
      standing: this.#standing,
      readMember,
      streamKey: deriveKey(config, 'streams'),
      logger,
    });
    this.#listener = startListener({
      url: loginUrl(config.databaseDirectUrl, 'waybill_worker', config.secret),
      channel: 'waybill_events',
      onWake: () => hub.wake(),
      onConnected: () => counts.touchAll(),
      logger,
    });
  }

  router(): Router {
    return this.#routes.router();
  }

  isListening(): boolean {
    return this.#listener.isConnected();
  }

  subscriptionCount(): number {
    return this.hub.subscriberCount() + this.#counts.watcherCount();
  }

  attachSockets(server: Server, grafserv: GrafservBase): void {
    const { config, readMember, logger } = this.#options;
    const subscriptions = new Subscriptions({
      channels: this.#channels,
      admission: this.#admission,
      maskError: (error) => grafserv.dynamicOptions.maskError(error),
      costLimit: config.graphql.costLimit,
    });
    this.hub.listen((event) => subscriptions.prepare(event));
    this.#sockets = attachSocketServer({
      server,
      grafserv,
      subscriptions,
      standing: this.#standing,
      readMember,
      logger,
    });
  }

  /** Sockets first: a subscription that is merely completed does not come back. */
  async close(): Promise<void> {
    this.#standing.close();
    this.#routes.close();
    await this.#sockets?.close();
    this.hub.close();
    this.#counts.close();
    await this.#listener.stop();
  }
}

export async function startLive(options: LiveOptions): Promise<LiveService> {
  const { pool, logger } = options;
  const standing = new Standing(pool, logger);
  const permit = () => standing.check();
  const counts = new CountsWatch(pool, logger, permit);
  const hub = await createHub(pool, logger, permit);
  hub.listen((event) => counts.touch(event));
  return new LiveService(options, { hub, counts, standing });
}

/** Asked of the database as the member, who is one still: row-level security answers. */
function storeCheck(
  service: GraphileConfig.PgServiceConfiguration,
  standing: Standing,
): StoreCheck {
  return async (member, storeId) => {
    if (!(await standing.holds(member))) return false;
    return withPgClientFromPgService(service, memberSettings(member), async (client) => {
      const { rows } = await client.query({ text: seeStore, values: [storeId] });
      return rows.length === 1;
    });
  };
}
