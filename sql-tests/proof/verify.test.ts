import { readFile } from 'node:fs/promises';

import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { dispatchAll } from '../support/dispatch.ts';
import { drive } from '../support/drive.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { codeOf } from '../support/outcome.ts';
import { committed } from '../support/parallel.ts';
import { fail, mustClaim } from '../support/pipeline.ts';
import { count, rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { broken, invariants } from './broken.ts';
import { house, work } from './corruptions/house.ts';
import { forgeries, tampering } from './corruptions/log.ts';
import { goods, untrue } from './corruptions/orders.ts';
import { handOver, liveThroughEverything, sendMessage } from './whole-life.ts';

const corruptions = [...tampering, ...forgeries, ...untrue, ...goods, ...work, ...house];

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const { mine, other } = await addTwoMerchants(database.pool);
  await database.pool.query(await readFile(new URL('forge.sql', import.meta.url), 'utf8'));
  await placeOrdersToSpoil(mine, other);
  await liveThroughEverything(database, [mine, other]);
}, 60_000);
afterAll(() => database.drop());

async function placeOrdersToSpoil(mine: Merchant, other: Merchant): Promise<void> {
  const client = await database.connect();
  const delivered = await placeOrder(client, mine, 'automated');
  await drive(client, mine, delivered, 'delivered');
  const accepted = await placeOrder(client, mine, 'shipping');
  await committed(client, async () => {
    await asMember(client, mine, 'staff');
    await client.query(`select app_public.transition_order($1, 'accepted')`, [accepted]);
  });
  const dead = await placeOrder(client, mine, 'automated');
  const { effect } = await mustClaim(client, mine, dead, 'validate_order');
  await fail(client, effect, { outcome: 'refused' });
  const messaged = await sendMessage(client, mine);
  const handedOver = await handOver(client, mine);
  for (const [name, id] of Object.entries({ delivered, accepted, dead, messaged, handedOver })) {
    await client.query('insert into forge.orders values ($1, $2, $3)', [name, mine.id, id]);
  }
  await client.query(`insert into forge.orders values ('other', $1, gen_random_uuid())`, [
    other.id,
  ]);
  await client.end();
}

test('after everything has happened, no invariant has a fault', async () => {
  await dispatchAll(database.pool);
  expect(await count(database.pool, 'app_public.order_events')).toBeGreaterThan(100);
  expect(await broken(database.pool)).toEqual({});
});

test('there are more than 25 kinds of corruption, and one at least for every invariant', async () => {
  expect(corruptions.length).toBeGreaterThan(25);
  const spoiled = new Set(corruptions.map(({ breaks }) => breaks));
  expect([...spoiled].sort()).toEqual(await invariants(database.pool));
});

test.each(corruptions)('$what: $breaks', ({ breaks, also = [], sql }) =>
  database.withRollback(async (db) => {
    await db.query('set local session_replication_role = replica');
    await db.query(sql);
    const found = Object.keys(await broken(db));
    expect(found).toContain(breaks);
    expect(found).toEqual([breaks, ...also].sort());
  }),
);

test('every invariant says what it means and how to mend it', async () => {
  const said = await rows<{ invariant: string; meaning: string; mend: string }>(
    database.pool,
    'select invariant, meaning, mend from app_private.verify()',
  );
  expect(said.length).toBeGreaterThan(25);
  for (const { invariant, meaning, mend } of said) {
    expect({ invariant, told: meaning.length > 20 && mend.length > 10 }).toEqual({
      invariant,
      told: true,
    });
  }
});

interface Break {
  seq: number;
  fault: string;
}

const chainOf = (db: Db, name: string) =>
  rows<Break>(db, 'select * from app_private.verify_chain(forge.id($1))', [name]);

test.each(tampering.filter(({ what }) => !/audit|put back/.test(what)))(
  'verify_chain and verify_chains find it: $what',
  ({ sql }) =>
    database.withRollback(async (db) => {
      expect(await chainOf(db, 'delivered')).toEqual([]);
      expect(await chainOf(db, 'accepted')).toEqual([]);
      await db.query('set local session_replication_role = replica');
      await db.query(sql);
      const found = [...(await chainOf(db, 'delivered')), ...(await chainOf(db, 'accepted'))];
      expect(found.length).toBeGreaterThan(0);
      const whole = await rows<Break & { order_id: string }>(
        db,
        'select seq, fault from app_private.verify_chains()',
      );
      expect(whole).toEqual(expect.arrayContaining(found));
    }),
);

test('verify_chain says at which event the chain breaks', () =>
  database.withRollback(async (db) => {
    await db.query('set local session_replication_role = replica');
    await db.query(
      `update app_public.order_events set reason = 'nicer'
       where order_id = forge.id('delivered') and seq = 4`,
    );
    expect(await chainOf(db, 'delivered')).toEqual([{ seq: 4, fault: 'chain_is_whole' }]);
    expect(await chainOf(db, 'accepted')).toEqual([]);
  }));

test('a chain is read by the index of its order alone', async () => {
  const plan = await rows<{ 'QUERY PLAN': string }>(
    database.pool,
    `explain select * from app_private.chain_faults
     where merchant_id = 1 and order_id = '019fbd32-0600-7e31-92a2-9ddb32c36f67'`,
  );
  expect(plan.map((row) => row['QUERY PLAN']).join('\n')).not.toContain('Seq Scan on order_events');
});

test('verify() can run in parallel: nothing that it asks forbids that', () =>
  database.withRollback(async (db) => {
    await db.query(`set local parallel_setup_cost to 0; set local parallel_tuple_cost to 0;
      set local min_parallel_table_scan_size to 0`);
    const plan = await rows<{ 'QUERY PLAN': string }>(
      db,
      'explain select * from app_private.findings',
    );
    expect(plan.map((row) => row['QUERY PLAN']).join('\n')).toContain('Gather');
  }));

test.each(['waybill_member', 'waybill_worker', 'waybill_readonly'])('%s may not verify', (role) =>
  database.withRollback(async (db) => {
    await db.query(`set local role ${role}`);
    expect(await codeOf(broken(db))).toBe('42501');
  }),
);
