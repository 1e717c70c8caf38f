import express, { type Router } from 'express';
import type pg from 'pg';

import { readDispatchState, type Metrics } from './metrics.ts';

export interface HealthOptions {
  pools: pg.Pool[];
  listenerIsConnected: () => boolean;
  /** For what has to be asked with the right to call functions. */
  database: pg.Pool;
  metrics: Metrics;
}

/** For machines: is the process alive, may it have traffic, how is it doing. */
export function healthRoutes(options: HealthOptions): Router {
  const { pools, listenerIsConnected, metrics } = options;
  const routes = express.Router();
  routes.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  routes.get('/readyz', async (_request, response) => {
    const answers = await Promise.allSettled(pools.map((pool) => pool.query('select 1')));
    const database = answers.every(({ status }) => status === 'fulfilled');
    const listener = listenerIsConnected();
    // Said, not judged: a dispatcher that is behind is no reason to take servers out of traffic.
    const dispatch = database ? await readDispatchState(options.database).catch(() => null) : null;
    response.status(database && listener ? 200 : 503).json({
      database,
      listener,
      dispatchLagSeconds: dispatch?.lag_seconds ?? null,
      dispatchHeldBack: dispatch?.held_back ?? null,
    });
  });
  routes.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return routes;
}
