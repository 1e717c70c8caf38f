import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestHandler } from 'express';
import type pg from 'pg';

const dispatchLag = 'select extract(epoch from app_private.dispatch_lag())::float8 as seconds';

export interface Metrics {
  registry: Registry;
  graphqlDuration: Histogram<'status'>;
  graphqlErrors: Counter<'code'>;
}

/** A registry of its own, so that a process (a test) can hold more than one server. */
export function createMetrics(pool: pg.Pool, subscriberCount: () => number): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  new Gauge({
    name: 'waybill_dispatch_lag_seconds',
    help: 'Age of the oldest committed event that was not dispatched yet',
    registers,
    async collect() {
      const { rows } = await pool.query<{ seconds: number }>(dispatchLag);
      this.set(rows[0]?.seconds ?? 0);
    },
  });
  new Gauge({
    name: 'waybill_live_subscriptions',
    help: 'Open subscriptions of this process',
    registers,
    collect() {
      this.set(subscriberCount());
    },
  });
  return {
    registry,
    graphqlDuration: new Histogram({
      name: 'waybill_graphql_duration_seconds',
      help: 'GraphQL requests over HTTP',
      labelNames: ['status'],
      buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
      registers,
    }),
    graphqlErrors: new Counter({
      name: 'waybill_graphql_errors_total',
      help: 'Errors that GraphQL clients were told, by code',
      labelNames: ['code'],
      registers,
    }),
  };
}

export function measureGraphQL(metrics: Metrics): RequestHandler {
  return (_request, response, next) => {
    const stop = metrics.graphqlDuration.startTimer();
    response.once('finish', () => stop({ status: String(response.statusCode) }));
    next();
  };
}
