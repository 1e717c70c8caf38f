import express, { type Router } from 'express';
import type pg from 'pg';

import type { Metrics } from './metrics.ts';

export interface HealthOptions {
  pools: pg.Pool[];
  listenerIsConnected: () => boolean;
  metrics: Metrics;
}

/** For machines: is the process alive, may it have traffic, how is it doing. */
export function healthRoutes({ pools, listenerIsConnected, metrics }: HealthOptions): Router {
  const routes = express.Router();
  routes.get('/healthz', (_request, response) => void response.json({ status: 'ok' }));
  routes.get('/readyz', async (_request, response) => {
    const answers = await Promise.allSettled(pools.map((pool) => pool.query('select 1')));
    const database = answers.every(({ status }) => status === 'fulfilled');
    const listener = listenerIsConnected();
    response.status(database && listener ? 200 : 503).json({ database, listener });
  });
  routes.get('/metrics', async (_request, response) => {
    response.type(metrics.registry.contentType).send(await metrics.registry.metrics());
  });
  return routes;
}
