/**
 * How fast orders move: transitions per second through `transition_order`, as a member, with the
 * dispatcher running beside, against the raw limit of the same server in the same run: one prepared
 * statement that inserts one event row and updates one row, without triggers, checks or policies.
 */
import pg from 'pg';
import { pino } from 'pino';
import { loginUrl } from '../database/connection.ts';
import { Dispatcher } from '../dispatcher/dispatcher.ts';
import type { BenchResult } from './run.ts';
import { withBenchDatabase } from './bench-database.ts';
import type { BenchDatabase } from './bench-database.ts';

const secondsEach = 3;
const connectionCounts = [1, 8, 16];
/** The moves of an order of the web shop, one transaction each; the last two cause a message job. */
const moves = ['accepted', 'packing', 'shipped', 'delivered'];

export async function transitions(say: (line: string) => void): Promise<BenchResult> {
  return withBenchDatabase(async (database) => {
    const rows = [];
    await makeRawTables(database);
    for (const connections of connectionCounts) {
      // Interleaved halves, so that a slow minute of the machine hits both alike.
      const raw = [await measure(database, connections, rawWork)];
      const ours = [await measureWithDispatcher(database, connections)];
      raw.push(await measure(database, connections, rawWork));
      ours.push(await measureWithDispatcher(database, connections));
      const tps = Math.round((ours[0]! + ours[1]!) / 2);
      const raw_tps = Math.round((raw[0]! + raw[1]!) / 2);
      rows.push({ connections, tps, raw_tps, ratio: Math.round((tps / raw_tps) * 100) / 100 });
      say(`${connections} connections: ${tps} transitions/s, raw ${raw_tps}/s`);
    }
    return { name: 'transitions', rows };
  });
}

type Work = (client: pg.Client, id: string, step: number) => Promise<void>;

async function measureWithDispatcher(
  database: BenchDatabase,
  connections: number,
): Promise<number> {
  const dispatcher = new Dispatcher(
    loginUrl(database.url, 'waybill_worker', database.secret),
    pino({ level: 'silent' }),
  );
  const running = dispatcher.run();
  try {
    return await measure(database, connections, transitionWork);
  } finally {
    dispatcher.stop();
    await running;
  }
}

/** Every connection drives orders of its own through all their moves until the time is over. */
async function measure(database: BenchDatabase, connections: number, work: Work): Promise<number> {
  const clients = await Promise.all(
    Array.from({ length: connections }, async () => {
      const client = new pg.Client({ connectionString: database.url });
      await client.connect();
      await client.query(
        `select set_config('jwt.claims.merchant_id', '${database.merchantId}', false),
           set_config('jwt.claims.member_id', '1', false), set_config('jwt.claims.role', 'manager', false)`,
      );
      if (work === transitionWork) await client.query('set role waybill_member');
      return client;
    }),
  );
  const orders =
    work === rawWork ? await makeRawOrders(database) : await database.placeOrders(ordersNeeded / 3);
  let done = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + secondsEach * 1000;
  await Promise.all(
    clients.map(async (client, n) => {
      for (let at = n; at < orders.length; at += connections) {
        for (let step = 0; step < moves.length; step += 1) {
          if (performance.now() >= endsAt) return;
          await work(client, orders[at]!, step);
          done += 1;
        }
      }
      throw new Error('The bench ran out of orders');
    }),
  );
  const seconds = (performance.now() - startedAt) / 1000;
  await Promise.all(clients.map((client) => client.end()));
  return done / seconds;
}

/** Enough for 20,000 moves a second; no machine that this was tried on makes a third of them with the whole chain. */
const ordersNeeded = Math.ceil((secondsEach * 20_000) / moves.length);

const transitionWork: Work = async (client, id, step) => {
  if (moves[step] === 'shipped') {
    await client.query({
      name: 'ship',
      text: 'select status from app_public.ship_order($1, $2)',
      values: [id, '57930810000011'],
    });
    return;
  }
  await client.query({
    name: 'move',
    text: 'select status from app_public.transition_order($1, $2)',
    values: [id, moves[step]],
  });
};

const rawWork: Work = async (client, id, step) => {
  await client.query({
    name: 'raw',
    text: `with event as (
        insert into bench.raw_events (merchant_id, order_id, seq, to_status, inputs, recorded_at)
        values (1, $1, $2, $3, '{}', clock_timestamp()) returning order_id
      )
      update bench.raw_orders o set status = $3, seq = $2, updated_at = clock_timestamp()
      from event where o.merchant_id = 1 and o.id = event.order_id`,
    values: [id, step + 2, moves[step]],
  });
};

async function makeRawTables(database: BenchDatabase): Promise<void> {
  await database.admin.query(`
    create schema bench;
    create table bench.raw_orders (
      merchant_id integer, id uuid, status text not null, seq integer not null, updated_at timestamptz not null,
      primary key (merchant_id, id)
    );
    create table bench.raw_events (
      merchant_id integer, order_id uuid, seq integer, to_status text not null, inputs jsonb not null,
      recorded_at timestamptz not null, primary key (merchant_id, order_id, seq)
    )`);
}

async function makeRawOrders(database: BenchDatabase): Promise<string[]> {
  const { rows } = await database.admin.query<{ id: string }>(
    `insert into bench.raw_orders
     select 1, app_hidden.uuid_v7(), 'pending', 1, now() from generate_series(1, $1::integer) returning id`,
    [ordersNeeded],
  );
  return rows.map((row) => row.id);
}
