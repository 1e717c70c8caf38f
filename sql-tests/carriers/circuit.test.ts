import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant, addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { outcomeOf, tryOut } from '../support/outcome.ts';
import { inParallel } from '../support/parallel.ts';
import { claim, readEffect, shipmentOf } from '../support/pipeline.ts';
import { one, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine: merchant, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

async function record(db: Db, outcome: string, times = 1, account = merchant): Promise<void> {
  const call = {
    service: 'delhivery',
    account_id: account.carrierAccount,
    operation: 'create_shipment',
    reference: 'W1-1001-1',
    outcome,
    code: 'HTTP_503',
    http_status: 503,
    duration_ms: 12,
    request_masked: null,
    answer_masked: null,
  };
  for (let n = 0; n < times; n += 1) {
    await db.query('select app_private.record_call($1, $2)', [account.id, call]);
  }
}

/** Null: the call may go. */
const wait = (db: Db, account = merchant) =>
  value<Date | null>(db, `select app_private.circuit_wait($1, 'delhivery', $2) as value`, [
    account.id,
    account.carrierAccount,
  ]);

interface Circuit {
  state: string;
  failures: number;
  pause: number;
}

const circuit = (db: Db) =>
  one<Circuit>(
    db,
    `select state, failures,
       round(extract(epoch from probe_at - clock_timestamp()))::integer as pause
     from app_public.carrier_circuits where merchant_id = $1`,
    [merchant.id],
  );

const probeNow = (db: Db) =>
  db.query(
    `update app_public.carrier_circuits set probe_at = clock_timestamp() where state = 'open'`,
  );

test.each(['transient', 'unknown', 'drift'])('five times %s in a row open it for 30 s', (outcome) =>
  database.withRollback(async (db) => {
    await record(db, outcome, 4);
    expect(await wait(db)).toBeNull();
    await record(db, outcome);
    expect(await wait(db)).not.toBeNull();
    expect(await circuit(db)).toMatchObject({ state: 'open', failures: 5, pause: 30 });
  }),
);

test.each(['done', 'absent', 'refused', 'exists'])('%s in between starts the count anew', (ok) =>
  database.withRollback(async (db) => {
    await record(db, 'transient', 4);
    await record(db, ok);
    await record(db, 'transient', 4);
    expect(await wait(db)).toBeNull();
    expect(await circuit(db)).toMatchObject({ state: 'closed', failures: 4 });
  }),
);

test('a healthy call writes no circuit at all', () =>
  database.withRollback(async (db) => {
    await record(db, 'done', 3);
    const none = await value(
      db,
      'select count(*)::integer as value from app_public.carrier_circuits where merchant_id = $1',
      [merchant.id],
    );
    expect(none).toBe(0);
  }));

test('an account-wide refusal opens it at once, for five minutes', () =>
  database.withRollback(async (db) => {
    await record(db, 'account');
    expect(await wait(db)).not.toBeNull();
    expect(await circuit(db)).toMatchObject({ state: 'open', pause: 300 });
  }));

test('of 20 calls at once an open circuit lets one through when its time has come', async () => {
  const third = await addMerchant(database.pool, 'Third');
  await record(database.pool, 'transient', 5, third);
  await probeNow(database.pool);
  const through: number[] = [];
  await inParallel(database, 10, 20, async (db, at) => {
    if ((await wait(db, third)) === null) through.push(at);
  });
  expect(through).toHaveLength(1);
  await record(database.pool, 'done', 1, third);
  expect(await wait(database.pool, third)).toBeNull();
});

test('a probe that succeeds closes it, one that fails keeps it open for another while', () =>
  database.withRollback(async (db) => {
    await record(db, 'transient', 5);
    await probeNow(db);
    expect(await wait(db)).toBeNull();
    await record(db, 'transient');
    expect(await circuit(db)).toMatchObject({ state: 'open', pause: 30 });
    await probeNow(db);
    expect(await wait(db)).toBeNull();
    await record(db, 'done');
    expect(await wait(db)).toBeNull();
    expect(await circuit(db)).toMatchObject({ state: 'closed', failures: 0 });
  }));

test('a probe that crashed frees itself: the next may go 30 s later', () =>
  database.withRollback(async (db) => {
    await record(db, 'transient', 5);
    await probeNow(db);
    expect(await wait(db)).toBeNull();
    expect(await wait(db)).not.toBeNull();
    await probeNow(db);
    expect(await wait(db)).toBeNull();
  }));

test('the account of another merchant is not held up', () =>
  database.withRollback(async (db) => {
    await record(db, 'account');
    expect(await wait(db, other)).toBeNull();
  }));

test('while it is open no effect of the account is claimed, and none loses an attempt', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    const { id } = await shipmentOf(db, order);
    await record(db, 'transient', 5);
    expect(await claim(db, merchant, id, 'book_shipment')).toBeNull();
    const effect = await readEffect(db, id, 'book_shipment');
    expect(effect).toMatchObject({ status: 'intent', attempts: 0, leased_by: null });
    expect(Number(effect.due_at)).toBeGreaterThan(Date.now() + 20_000);
    expect(effect.sweep_at).toEqual(effect.due_at);
  }));

test('an owner or a manager resets it by hand; staff may not: WB003', () =>
  database.withRollback(async (db) => {
    await record(db, 'account');
    const reset = () => db.query('select app_public.reset_circuit($1)', [merchant.carrierAccount]);
    await asMember(db, merchant, 'staff');
    expect((await tryOut(db, reset)).code).toBe('WB003');
    await asMember(db, merchant, 'manager');
    await reset();
    await asDba(db);
    expect(await wait(db)).toBeNull();
  }));

test('a circuit of another merchant, or none, raises WB007', () =>
  database.withRollback(async (db) => {
    await record(db, 'account', 1, other);
    await asMember(db, merchant, 'owner');
    for (const account of [other.carrierAccount, merchant.carrierAccount, 4711]) {
      const reset = () => db.query('select app_public.reset_circuit($1)', [account]);
      expect((await tryOut(db, reset)).code).toBe('WB007');
    }
  }));

test('each call leaves one row in the log', () =>
  database.withRollback(async (db) => {
    await record(db, 'refused');
    const call = await one(
      db,
      `select service, operation, reference, outcome, http_status from app_public.carrier_calls
       where merchant_id = $1`,
      [merchant.id],
    );
    expect(call).toEqual({
      service: 'delhivery',
      operation: 'create_shipment',
      reference: 'W1-1001-1',
      outcome: 'refused',
      http_status: 503,
    });
  }));

test('an outcome that nobody knows is refused', () =>
  database.withRollback(async (db) => {
    expect((await outcomeOf(record(db, 'fine'))).code).toBe('23514');
  }));
