import { collectDefaultMetrics, Counter, Gauge, Histogram, Registry } from 'prom-client';
import type { RequestHandler } from 'express';
import type pg from 'pg';

export interface LiveGauges {
  subscriptionCount(): number;
  hub: { position(): number };
}

const dispatchState = `select extract(epoch from app_private.dispatch_lag())::float8 as lag_seconds,
  app_private.dispatch_is_held_back() as held_back`;

export interface DispatchState {
  lag_seconds: number;
  held_back: boolean;
}

/** How far the dispatcher is behind, and whether an open transaction is why. */
export async function readDispatchState(pool: pg.Pool): Promise<DispatchState> {
  const { rows } = await pool.query<DispatchState>(dispatchState);
  return rows[0] ?? { lag_seconds: 0, held_back: false };
}

/** Null when no order was assigned lately. */
async function readCoverageHitRatio(pool: pg.Pool): Promise<number | null> {
  const { rows } = await pool.query<{ ratio: number | null }>(
    'select app_private.coverage_hit_ratio()::float8 as ratio',
  );
  return rows[0]?.ratio ?? null;
}

export interface Metrics {
  registry: Registry;
  graphqlDuration: Histogram<'status'>;
  graphqlErrors: Counter<'code'>;
}

/** A registry of its own, so that a process (a test) can hold more than one server. */
export function createMetrics(pool: pg.Pool, live: LiveGauges): Metrics {
  const registry = new Registry();
  collectDefaultMetrics({ register: registry });
  const registers = [registry];
  addLiveGauges(registers, pool, live);
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

function addLiveGauges(registers: Registry[], pool: pg.Pool, live: LiveGauges): void {
  const heldBack = new Gauge({
    name: 'waybill_dispatch_held_back',
    help: '1 while the dispatcher waits for a transaction that is open, older than what waits',
    registers,
  });
  new Gauge({
    name: 'waybill_dispatch_lag_seconds',
    help: 'Age of the oldest committed event that was not dispatched yet',
    registers,
    async collect() {
      const state = await readDispatchState(pool);
      this.set(state.lag_seconds);
      heldBack.set(state.held_back ? 1 : 0);
    },
  });
  new Gauge({
    name: 'waybill_coverage_hit_ratio',
    help: 'Of the carriers’ answers that orders were assigned by in the last 5 minutes, the share that was kept from before',
    registers,
    async collect() {
      const ratio = await readCoverageHitRatio(pool);
      if (ratio === null) this.reset();
      else this.set(ratio);
    },
  });
  new Gauge({
    name: 'waybill_live_subscriptions',
    help: 'Open subscriptions and event streams of this process',
    registers,
    collect() {
      this.set(live.subscriptionCount());
    },
  });
  new Gauge({
    name: 'waybill_live_position',
    help: 'How far this process has told the live stream; the same everywhere but for a moment',
    registers,
    collect() {
      this.set(live.hub.position());
    },
  });
}

export function measureGraphQL(metrics: Metrics): RequestHandler {
  return (_request, response, next) => {
    const stop = metrics.graphqlDuration.startTimer();
    response.once('finish', () => stop({ status: String(response.statusCode) }));
    next();
  };
}
