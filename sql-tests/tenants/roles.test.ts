import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';

import { loginUrl } from '../../database/connection.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { codeOf } from '../support/outcome.ts';
import { testSecret } from '../support/test-server.ts';
import { count, rows, value } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;
let order: string;
const logins: Record<string, pg.Client> = {};

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  order = await placeOrder(database.pool, merchant, 'automated');
  for (const role of ['waybill_server', 'waybill_worker', 'waybill_readonly']) {
    logins[role] = await database.connect(loginUrl(database.url, role, testSecret));
  }
});
afterAll(() => database.drop());

function login(role: string): pg.Client {
  const client = logins[role];
  if (client === undefined) throw new Error(`${role} does not log in`);
  return client;
}

const ourTables = `
  select c.oid::regclass::text as name from pg_class c
  where c.relkind in ('r', 'p', 'v', 'm') and c.relnamespace in (
    'app_public'::regnamespace, 'app_hidden'::regnamespace, 'app_private'::regnamespace)`;

/** The tables on which a role has any of these privileges, on the table or on a column. */
async function privileged(role: string, privileges: string): Promise<string[]> {
  const found = await rows<{ name: string }>(
    database.pool,
    `${ourTables} and (has_table_privilege($1, c.oid, $2)
       or has_any_column_privilege($1, c.oid, 'select, insert, update, references')) order by 1`,
    [role, privileges],
  );
  return found.map(({ name }) => name);
}

const everyPrivilege = 'select, insert, update, delete, truncate, references, trigger';

test('the login of the API reads the lists of words for its schema, and nothing else', async () => {
  expect(await privileged('waybill_server', everyPrivilege)).toEqual([
    'app_public.carriers',
    'app_public.effect_kinds',
    'app_public.event_types',
    'app_public.member_roles',
    'app_public.order_statuses',
    'app_public.shipment_statuses',
    'app_public.workflow_statuses',
    'app_public.workflow_transitions',
    'app_public.workflows',
  ]);
  const server = login('waybill_server');
  expect(await codeOf(server.query('select from app_public.orders_current'))).toBe('42501');
  expect(await codeOf(server.query('select app_private.dispatch_events()'))).toBe('42501');
  expect(await codeOf(server.query('set role waybill_owner'))).toBe('42501');
  expect(await codeOf(server.query('set role waybill_worker'))).toBe('42501');
  expect(await codeOf(server.query('set role waybill_readonly'))).toBe('42501');
});

test.each(['waybill_customer', 'waybill_worker'])('%s has privileges on no table', async (role) => {
  expect(await privileged(role, everyPrivilege)).toEqual([]);
});

describe('a worker', () => {
  test('reads no table, not even of the orders that it works on', async () => {
    const worker = login('waybill_worker');
    for (const table of ['orders_current', 'order_events', 'effects', 'order_contacts']) {
      expect(await codeOf(worker.query(`select from app_public.${table}`))).toBe('42501');
    }
    expect(await codeOf(worker.query('select from app_private.secrets'))).toBe('42501');
    expect(await codeOf(worker.query('set role waybill_member'))).toBe('42501');
  });

  test('takes an order through by its functions alone', async () => {
    const worker = login('waybill_worker');
    const claimed = await value<{ effect: { epoch: number } } | null>(
      worker,
      `select app_private.claim_effect($1, $2, 'validate_order', 'w') as value`,
      [merchant.id, order],
    );
    const contact = { name: 'A', address1: 'B', pincode: '682001', phone_e164: '+919847012345' };
    const recorded = await value(
      worker,
      `select app_private.record_validation($1, $2, $3, $4, '[]', '[]') as value`,
      [merchant.id, order, claimed?.effect.epoch, contact],
    );
    expect(recorded).toBe(true);
    await worker.query('select app_private.dispatch_events()');
    await worker.query('select app_private.sweep_effects()');
    await worker.query('select app_private.keep_house()');
    expect(await codeOf(worker.query('select app_hidden.act_for(1)'))).toBe('42501');
  });

  test('may not write an event past its functions', async () => {
    const insert = `insert into app_public.order_events (order_id, to_status) values ($1, 'x')`;
    expect(await codeOf(login('waybill_worker').query(insert, [order]))).toBe('42501');
  });
});

describe('the login of DBAs and BI', () => {
  test('reads every table of app_public, all merchants', async () => {
    const readonly = login('waybill_readonly');
    const tables = await rows<{ name: string }>(
      database.pool,
      `${ourTables} and c.relnamespace = 'app_public'::regnamespace and not c.relispartition`,
    );
    for (const { name } of tables) {
      expect({ name, seen: await count(readonly, name) }).toEqual({
        name,
        seen: await count(database.pool, name),
      });
    }
  });

  test('writes nothing, also when it leaves the read-only mode', async () => {
    const readonly = login('waybill_readonly');
    const insert = `insert into app_public.order_events (order_id, to_status) values ($1, 'x')`;
    expect(await codeOf(readonly.query(insert, [order]))).toBe('25006');
    await readonly.query('set default_transaction_read_only to off');
    expect(await codeOf(readonly.query(insert, [order]))).toBe('42501');
    const cancel = `select app_public.cancel_order($1, 'because')`;
    expect(await codeOf(readonly.query(cancel, [order]))).toBe('42501');
  });

  test('sees nothing of app_private: no password, secret, label or key', async () => {
    const readonly = login('waybill_readonly');
    for (const table of ['secrets', 'member_passwords', 'refresh_tokens', 'labels']) {
      expect(await codeOf(readonly.query(`select from app_private.${table}`))).toBe('42501');
    }
    const found = `select * from app_private.find_sign_in('owner@merchant-1.example')`;
    expect(await codeOf(readonly.query(found))).toBe('42501');
  });
});

test('a member executes no function of app_private', () =>
  database.withRollback(async (db) => {
    await drive(db, merchant, await placeOrder(db, merchant, 'automated'), 'labelled');
    const executable = await rows(
      db,
      `select p.oid::regprocedure::text as name from pg_proc p, unnest($1::text[]) role
       where p.pronamespace = 'app_private'::regnamespace
         and has_function_privilege(role, p.oid, 'execute')`,
      [['waybill_member', 'waybill_customer', 'waybill_server', 'waybill_readonly']],
    );
    expect(executable).toEqual([]);
    await db.query('set local role waybill_member');
    expect(await codeOf(db.query('select app_private.label_of(gen_random_uuid())'))).toBe('42501');
  }));
