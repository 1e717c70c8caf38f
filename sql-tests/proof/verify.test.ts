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
import { committed } from '../support/parallel.ts';
import { fail, mustClaim } from '../support/pipeline.ts';
import { count, rows } from '../support/query.ts';
import { broken, invariants } from './broken.ts';
import { corruptions } from './corruptions.ts';
import { liveThroughEverything, sendMessage } from './whole-life.ts';

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
  for (const [name, id] of Object.entries({ delivered, accepted, dead, messaged })) {
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
