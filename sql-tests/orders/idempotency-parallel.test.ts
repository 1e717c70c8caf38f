import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { codeOf, tally } from '../support/outcome.ts';
import { committed, inParallel, backendOf, untilBlocked } from '../support/parallel.ts';
import { count, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { boxMutations } from './keyed-mutations/boxes.ts';
import type { Mutation, World } from './keyed-mutations/mutation.ts';
import { moved, orderMutations } from './keyed-mutations/orders.ts';
import { openCircuit, outsideMutations } from './keyed-mutations/outside.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const world = (): World => ({ db: database.pool, merchant });

const mutations: Readonly<Record<string, Mutation>> = {
  ...orderMutations,
  ...boxMutations,
  ...outsideMutations,
};

const events = (order: string) =>
  count(database.pool, 'app_public.order_events where order_id = $1', [order]);

const ask = (db: Db, { sql }: Mutation, values: unknown[], key: string) =>
  value<unknown>(db, `select to_jsonb(r) as value from ${sql} r`, [...values, key]);

/**
 * Those about access and contracts name the state they want, so that a second time changes nothing; a link to join
 * is never stored, so it could not be answered twice either.
 */
const withoutKey = [
  'add_carrier_account',
  'change_carrier_account',
  'change_member_role',
  'check_carrier_connection',
  'disable_carrier_account',
  'disable_member',
  'enable_carrier_account',
  'enable_member',
  'end_all_sessions',
  'end_session',
  'invite_member',
  'name_carrier_location',
  'reset_member_password',
  'revoke_invitation',
  'set_assignment_rule',
  'set_carrier_pickup_times',
  'set_morning_digest',
  'set_store_assignment_rule',
];

test('every function that writes takes a key and is tried here, but for those about access and contracts', async () => {
  const known = await rows<{ name: string; takes_key: boolean }>(
    database.pool,
    `select p.proname as name, coalesce('idempotency_key' = any (p.proargnames), false) as takes_key
     from pg_proc p
     where p.pronamespace = 'app_public'::regnamespace and p.provolatile = 'v' order by 1`,
  );
  const names = (takesKey: boolean) =>
    known.filter((one) => one.takes_key === takesKey).map(({ name }) => name);
  expect(names(true)).toEqual(Object.keys(mutations).sort());
  expect(names(false)).toEqual(withoutKey);
});

describe.each(Object.entries(mutations))('%s', (_name, mutation) => {
  test('50 duplicates at once happen once, and all get the same answer', async () => {
    const values = await mutation.prepare(world());
    const key = randomUUID();
    const answers = new Set<string>();
    const codes = await inParallel(database, 10, 50, async (db) => {
      await asMember(db, merchant, 'owner');
      answers.add(JSON.stringify(await ask(db, mutation, values, key)));
    });
    expect(tally(codes)).toEqual({ ok: 50 });
    expect(answers.size).toBe(1);
    expect(await mutation.happened(values, world())).toBe(1);
  });

  test('the same key with another request raises WB005', () =>
    database.withRollback(async (db) => {
      const values = await mutation.prepare(world());
      await asMember(db, merchant, 'owner');
      await ask(db, mutation, values, 'k');
      expect(await codeOf(ask(db, mutation, mutation.another(values, world()), 'k'))).toBe('WB005');
    }));

  test('a DBA without claims may use a key: the merchant is the one it is about', () =>
    database.withRollback(async (db) => {
      const values = await mutation.prepare(world());
      if (mutation.needsMerchant) {
        expect(await codeOf(ask(db, mutation, values, 'dba'))).toBe('WB003');
        return;
      }
      const first = await ask(db, mutation, values, 'dba');
      expect(await ask(db, mutation, values, 'dba')).toEqual(first);
      const kept = 'app_private.idempotency_keys where merchant_id = $1 and key = $2';
      expect(await count(db, kept, [merchant.id, 'dba'])).toBe(1);
    }));
});

test('a duplicate waits for the first attempt, and takes over when that fails', async () => {
  const order = await moved(world());
  const [first, second] = [await database.connect(), await database.connect()];
  const backend = await backendOf(second);
  const accept = (db: Db) =>
    db.query(`select app_public.transition_order($1, 'accepted', null, null, 'shared')`, [order]);
  await first.query('begin');
  await asMember(first, merchant, 'staff');
  await accept(first);
  const waiting = committed(second, async () => {
    await asMember(second, merchant, 'staff');
    return accept(second);
  });
  await untilBlocked(database.pool, backend);
  await first.query('rollback');
  await waiting;
  expect(await events(order)).toBe(2);
});

test('50 at once with a key that has expired: it is taken anew, once', async () => {
  const order = await moved(world());
  const key = randomUUID();
  await database.pool.query(
    `insert into app_private.idempotency_keys
       (merchant_id, key, function_name, request_hash, response, expires_at)
     values ($1, $2, 'cancel_order', 'old', '{}', now() - interval '1 second')`,
    [merchant.id, key],
  );
  const codes = await inParallel(database, 10, 50, async (db) => {
    await asMember(db, merchant, 'owner');
    await db.query('select app_public.cancel_order($1, $2, $3)', [order, 'Changed', key]);
  });
  expect(tally(codes)).toEqual({ ok: 50 });
  expect(await events(order)).toBe(2);
});

test('a login without claims gets no stored answer of anybody: WB003', async () => {
  const order = await moved(world());
  const owner = await database.connect();
  await committed(owner, async () => {
    await asMember(owner, merchant, 'owner');
    await owner.query(`select app_public.clear_attention($1, 'Looked', 'known')`, [order]);
  });
  const server = await database.connect(database.serverUrl);
  await server.query('begin');
  await server.query('set local role waybill_member');
  const replay = server.query(`select app_public.clear_attention($1, 'Looked', 'known')`, [order]);
  expect(await codeOf(replay)).toBe('WB003');
  await server.query('rollback');
});

test('a DBA resets a circuit: the account says whose it is', () =>
  database.withRollback(async (db) => {
    const account = await openCircuit(world());
    const state = await value<string>(db, 'select (app_public.reset_circuit($1)).state as value', [
      account,
    ]);
    expect(state).toBe('closed');
    expect(await codeOf(db.query('select app_public.reset_circuit(4711)'))).toBe('WB007');
  }));
