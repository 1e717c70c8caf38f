import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { rateCard } from '../rates/cards.ts';
import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive, scan } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { orderInput, placeOrder } from '../support/orders.ts';
import { codeOf, tally } from '../support/outcome.ts';
import { committed, inParallel, backendOf, untilBlocked } from '../support/parallel.ts';
import { fail, mustClaim, shipmentOf } from '../support/pipeline.ts';
import { count, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

interface Mutation {
  sql: string;
  /** What it is about, and its arguments before the key. */
  prepare: () => Promise<unknown[]>;
  /** The same key with these is another request. */
  another: (values: unknown[]) => unknown[];
  /** A DBA has to name the merchant, because its orders could be of several. */
  needsMerchant?: true;
  /** How often it has happened. */
  happened: (values: unknown[]) => Promise<number>;
}

const events = (values: unknown[]) =>
  count(database.pool, 'app_public.order_events where order_id = $1', [values[0]]);
const audited = (condition: string) => async (values: unknown[]) =>
  count(database.pool, `app_public.order_events where order_id = $1 and ${condition}`, [values[0]]);
const moved =
  (...steps: string[]) =>
  async () => {
    const order = await placeOrder(database.pool, merchant, 'shipping');
    for (const to of steps) {
      await database.pool.query(
        `insert into app_public.order_events (order_id, to_status, reason) values ($1, $2, 'so')`,
        [order, to],
      );
    }
    return order;
  };
const changeLast = (to: unknown) => (values: unknown[]) => [...values.slice(0, -1), to];

async function deadLetter(): Promise<string> {
  const order = await placeOrder(database.pool, merchant, 'automated');
  const { effect } = await mustClaim(database.pool, merchant, order, 'validate_order');
  await fail(database.pool, effect, { outcome: 'refused' });
  return value<string>(
    database.pool,
    'select id as value from app_public.dead_letters where order_id = $1',
    [order],
  );
}

async function openCircuit(): Promise<number> {
  const account = await value<number>(
    database.pool,
    `insert into app_public.carrier_accounts (merchant_id, carrier, name)
     values ($1, 'delhivery', $2) returning id as value`,
    [merchant.id, randomUUID()],
  );
  await database.pool.query('select app_private.record_call($1, $2)', [
    merchant.id,
    {
      service: 'delhivery',
      account_id: account,
      operation: 'track',
      outcome: 'account',
      code: 'X',
      duration_ms: 1,
    },
  ]);
  return account;
}

/** One box that waits for a carrier account of its own. */
async function labelledBox(): Promise<{ account: number; shipment: string }> {
  const account = await value<number>(
    database.pool,
    `insert into app_public.carrier_accounts (merchant_id, carrier, name)
     values ($1, 'delhivery', $2) returning id as value`,
    [merchant.id, randomUUID()],
  );
  const order = await placeOrder(database.pool, merchant, 'automated');
  await drive(database.pool, { ...merchant, carrierAccount: account }, order, 'labelled');
  return { account, shipment: (await shipmentOf(database.pool, order)).id };
}

/** A case that waits for a decision. */
async function failedDelivery(): Promise<string> {
  const order = await placeOrder(database.pool, merchant, 'automated');
  await drive(database.pool, merchant, order, 'dispatched');
  await scan('undelivered', '2026-11-23T10:00:00+05:30')(database.pool, merchant, order);
  return value<string>(
    database.pool,
    'select id as value from app_public.ndr_cases where order_id = $1',
    [order],
  );
}

const settled = (values: unknown[]) =>
  count(
    database.pool,
    'app_public.order_events e join app_public.dead_letters d using (merchant_id, order_id)' +
      ` where d.id = $1 and e.type = 'attention_cleared'`,
    [values[0]],
  );

const mutations: Record<string, Mutation> = {
  place_order: {
    sql: 'app_public.place_order($1, $2)',
    prepare: async () => [orderInput(merchant.shipping, { external_number: randomUUID() })],
    another: () => [orderInput(merchant.shipping, { external_number: 'another' })],
    happened: async ([input]) =>
      count(database.pool, 'app_public.orders_current where external_number = $1', [
        (input as { external_number: string }).external_number,
      ]),
  },
  transition_order: {
    sql: 'app_public.transition_order($1, $2, null, null, $3)',
    prepare: async () => [await moved()(), 'accepted'],
    another: changeLast('cancelled'),
    happened: async (values) => (await events(values)) - 1,
  },
  transition_orders: {
    sql: 'app_public.transition_orders(array[$1::uuid], $2, null, null, $3)',
    prepare: async () => [await moved()(), 'accepted'],
    another: changeLast('cancelled'),
    happened: async (values) => (await events(values)) - 1,
    needsMerchant: true,
  },
  ship_order: {
    sql: 'app_public.ship_order($1, $2, null, null, $3)',
    prepare: async () => [await moved('accepted')(), 'DTDC-123456'],
    another: changeLast('DTDC-654321'),
    happened: audited(`to_status = 'shipped'`),
  },
  override_order_status: {
    sql: `app_public.override_order_status($1, $2, 'so', $3)`,
    prepare: async () => [await moved()(), 'packing'],
    another: changeLast('shipped'),
    happened: audited('override'),
  },
  cancel_order: {
    sql: 'app_public.cancel_order($1, $2, $3)',
    prepare: async () => [await moved()(), 'Changed'],
    another: changeLast('Another reason'),
    happened: audited(`to_status = 'cancelled'`),
  },
  correct_ship_to: {
    sql: 'app_public.correct_ship_to($1, $2, $3, $4)',
    prepare: async () => [await moved()(), { city: 'Pala' }, 'Moved'],
    another: changeLast('Another reason'),
    happened: audited(`type = 'ship_to_corrected'`),
  },
  clear_attention: {
    sql: 'app_public.clear_attention($1, $2, $3)',
    prepare: async () => [await moved()(), 'Looked'],
    another: changeLast('Another note'),
    happened: audited(`type = 'attention_cleared'`),
  },
  erase_customer: {
    sql: `app_public.erase_customer($1, null, $2, $3)`,
    prepare: async () => [await moved('cancelled')(), 'Asked'],
    another: changeLast('Another reason'),
    happened: audited(`type = 'customer_erased'`),
  },
  retry_dead_letter: {
    sql: 'app_public.retry_dead_letter($1, $2)',
    prepare: async () => [await deadLetter()],
    another: () => [randomUUID()],
    happened: settled,
  },
  resolve_dead_letter: {
    sql: 'app_public.resolve_dead_letter($1, $2, $3)',
    prepare: async () => [await deadLetter(), 'Called the carrier'],
    another: changeLast('Another note'),
    happened: settled,
  },
  make_manifest: {
    sql: 'app_public.make_manifest($1, $2, $3)',
    prepare: async () => [(await labelledBox()).account, merchant.location],
    another: () => [merchant.carrierAccount, merchant.location],
    happened: async ([account]) =>
      count(database.pool, 'app_public.manifests where carrier_account_id = $1', [account]),
  },
  take_off_manifest: {
    sql: 'app_public.take_off_manifest($1, $2, $3)',
    prepare: async () => {
      const { account, shipment } = await labelledBox();
      const make = 'select app_public.make_manifest($1, $2)';
      await database.pool.query(make, [account, merchant.location]);
      return [shipment, 'The van was full'];
    },
    another: changeLast('Another reason'),
    happened: async ([shipment]) =>
      count(
        database.pool,
        `app_public.order_events where shipment_id = $1 and type = 'shipment_taken_off_manifest'`,
        [shipment],
      ),
    needsMerchant: true,
  },
  act_on_ndr: {
    sql: 'app_public.act_on_ndr($1, $2, null, null, null, $3, $4)',
    prepare: async () => [await failedDelivery(), 'by_hand', 'The courier was called'],
    another: changeLast('Another note'),
    happened: async ([ndrCase]) =>
      count(
        database.pool,
        `app_public.order_events e join app_public.ndr_cases c on c.order_id = e.order_id
         where c.id = $1 and e.type = 'ndr_action_chosen'`,
        [ndrCase],
      ),
  },
  rebook_shipment: {
    sql: 'app_public.rebook_shipment($1, $2, null, $3)',
    prepare: async () => [(await labelledBox()).shipment, 'The carrier does not come'],
    another: changeLast('Another reason'),
    happened: async ([shipment]) =>
      count(
        database.pool,
        `app_public.order_events where shipment_id = $1 and type = 'rebooking_requested'`,
        [shipment],
      ),
  },
  import_rate_card: {
    sql: 'app_public.import_rate_card($1, $2)',
    prepare: async () => [rateCard(await openCircuit(), { name: randomUUID() })],
    another: ([card]) => [{ ...(card as object), name: 'Another' }],
    happened: async ([card]) =>
      count(database.pool, 'app_public.rate_cards where name = $1', [
        (card as { name: string }).name,
      ]),
    needsMerchant: true,
  },
  reset_circuit: {
    sql: 'app_public.reset_circuit($1, $2)',
    prepare: async () => [await openCircuit()],
    another: () => [4711],
    happened: async ([account]) =>
      count(
        database.pool,
        `app_public.carrier_circuits where account_id = $1 and state = 'closed'`,
        [account],
      ),
  },
};

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
    const values = await mutation.prepare();
    const key = randomUUID();
    const answers = new Set<string>();
    const codes = await inParallel(database, 10, 50, async (db) => {
      await asMember(db, merchant, 'owner');
      answers.add(JSON.stringify(await ask(db, mutation, values, key)));
    });
    expect(tally(codes)).toEqual({ ok: 50 });
    expect(answers.size).toBe(1);
    expect(await mutation.happened(values)).toBe(1);
  });

  test('the same key with another request raises WB005', () =>
    database.withRollback(async (db) => {
      const values = await mutation.prepare();
      await asMember(db, merchant, 'owner');
      await ask(db, mutation, values, 'k');
      expect(await codeOf(ask(db, mutation, mutation.another(values), 'k'))).toBe('WB005');
    }));

  test('a DBA without claims may use a key: the merchant is the one it is about', () =>
    database.withRollback(async (db) => {
      const values = await mutation.prepare();
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
  const order = await moved()();
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
  expect(await events([order])).toBe(2);
});

test('50 at once with a key that has expired: it is taken anew, once', async () => {
  const order = await moved()();
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
  expect(await events([order])).toBe(2);
});

test('a login without claims gets no stored answer of anybody: WB003', async () => {
  const order = await moved()();
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
    const account = await openCircuit();
    const state = await value<string>(db, 'select (app_public.reset_circuit($1)).state as value', [
      account,
    ]);
    expect(state).toBe('closed');
    expect(await codeOf(db.query('select app_public.reset_circuit(4711)'))).toBe('WB007');
  }));
