import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';

import { rateCard } from '../rates/cards.ts';
import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { orderInput, shipTo } from '../support/orders.ts';
import { outcomeOf, tryOut } from '../support/outcome.ts';
import { committed } from '../support/parallel.ts';
import { count, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { fillHouse } from './full-house.ts';
import type { House } from './full-house.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;
let theirs: House;
/** Each table that a member may read and that belongs to merchants, with its tenant column. */
let tables: { name: string; tenant: string }[];

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
  const client = await database.connect();
  await committed(client, () => fillHouse(client, mine));
  theirs = await committed(client, () => fillHouse(client, other));
  tables = await rows(
    database.pool,
    `select c.oid::regclass::text as name, a.attname as tenant
     from pg_class c
     join pg_attribute a on a.attrelid = c.oid and not a.attisdropped
       and a.attname = case when c.relname = 'merchants' then 'id' else 'merchant_id' end
     where c.relkind in ('r', 'p', 'v', 'm') and not c.relispartition
       and c.relnamespace = 'app_public'::regnamespace
       and (has_table_privilege('waybill_member', c.oid, 'select')
         or has_any_column_privilege('waybill_member', c.oid, 'select'))
     order by 1`,
  );
});
afterAll(() => database.drop());

const owned = (db: Db, merchant: Merchant, { name, tenant }: (typeof tables)[number]) =>
  count(db, `${name} where ${tenant} = $1`, [merchant.id]);

/** Of these a member sees a part only; the tests of sessions and invitations say which. */
const partlySeen = ['app_public.invitations', 'app_public.sessions'];

test('a member sees all rows of their merchant and none of another, in every table', () =>
  database.withRollback(async (db) => {
    expect(tables.length).toBeGreaterThan(20);
    for (const table of tables) {
      await db.query('reset role');
      // As administrator first: there is something to see, and something to hide.
      const [own, hidden] = [await owned(db, mine, table), await owned(db, other, table)];
      expect({ ...table, full: own > 0 && hidden > 0 }).toEqual({ ...table, full: true });
      for (const role of ['owner', 'manager', 'staff'] as const) {
        await asMember(db, mine, role);
        if (!partlySeen.includes(table.name)) {
          expect({ ...table, seen: await count(db, table.name) }).toEqual({ ...table, seen: own });
        }
        expect({ ...table, seen: await owned(db, other, table) }).toEqual({ ...table, seen: 0 });
      }
    }
  }));

test('a partition cannot be read by itself', () =>
  database.withRollback(async (db) => {
    const partitions = await rows<{ name: string }>(
      db,
      'select inhrelid::regclass::text as name from pg_inherits join pg_class on oid = inhrelid ' +
        `where relnamespace = 'app_public'::regnamespace and relkind = 'r'`,
    );
    await asMember(db, mine, 'owner');
    for (const { name } of partitions) {
      expect((await tryOut(db, () => db.query(`select from ${name}`))).code).toBe('42501');
    }
  }));

describe('a member acts on nothing of another merchant: WB007', () => {
  const nobodys = '6f0d6c6c-6c0f-4c1e-9d5f-0123456789ab';
  const calls: [string, (id: string) => unknown[]][] = [
    ['transition_order($1, $2)', (id) => [id, 'delivered']],
    ['ship_order($1, $2)', (id) => [id, 'DTDC-123456']],
    ['override_order_status($1, $2, $3)', (id) => [id, 'delivered', 'because']],
    ['cancel_order($1, $2)', (id) => [id, 'because']],
    ['clear_attention($1, $2)', (id) => [id, 'looked']],
    ['correct_ship_to($1, $2, $3)', (id) => [id, shipTo(), 'moved']],
    ['erase_customer($1, null, $2)', (id) => [id, 'asked']],
    ['take_off_manifest($1, $2)', (id) => [id, 'left behind']],
  ];

  test.each(calls)('%s', (call, values) =>
    database.withRollback(async (db) => {
      await asMember(db, mine, 'owner');
      for (const id of [theirs.order, theirs.shipment, nobodys]) {
        const sql = `select app_public.${call}`;
        const { code } = await tryOut(db, () => db.query(sql, values(id)));
        expect({ id, code }).toEqual({ id, code: 'WB007' });
      }
    }),
  );

  test.each(['retry_dead_letter($1)', `resolve_dead_letter($1, 'by hand')`])('%s', (call) =>
    database.withRollback(async (db) => {
      await asMember(db, mine, 'owner');
      for (const id of [theirs.deadLetter, nobodys]) {
        const sql = `select app_public.${call}`;
        expect((await tryOut(db, () => db.query(sql, [id]))).code).toBe('WB007');
      }
    }),
  );

  test.each([
    [`act_on_ndr($1, 're_attempt')`, () => theirs.ndrCase],
    [`rebook_shipment($1, 'too slow')`, () => theirs.shipment],
  ])('%s', (call, its) =>
    database.withRollback(async (db) => {
      await asMember(db, mine, 'owner');
      for (const id of [its(), nobodys]) {
        const sql = `select app_public.${call}`;
        expect((await tryOut(db, () => db.query(sql, [id]))).code).toBe('WB007');
      }
    }),
  );

  test.each(['change_member_role($1, $2)', 'disable_member($1)', 'enable_member($1)'])(
    '%s',
    (call) =>
      database.withRollback(async (db) => {
        await asMember(db, mine, 'owner');
        for (const id of [other.staff, 4711]) {
          const values = call.includes('$2') ? [id, 'manager'] : [id];
          const { code } = await tryOut(db, () => db.query(`select app_public.${call}`, values));
          expect(code).toBe('WB007');
        }
      }),
  );

  test('reset_member_password, revoke_invitation and end_session', () =>
    database.withRollback(async (db) => {
      const [invitation, session] = await rows<{ id: string }>(
        db,
        `(select id from app_public.invitations where merchant_id = $1 limit 1)
         union all (select id from app_public.sessions where merchant_id = $1 limit 1)`,
        [other.id],
      );
      await asMember(db, mine, 'owner');
      for (const [call, id] of [
        ['reset_member_password', other.staff],
        ['revoke_invitation', invitation?.id],
        ['end_session', session?.id],
      ]) {
        const { code } = await tryOut(db, () => db.query(`select app_public.${call}($1)`, [id]));
        expect({ call, code }).toEqual({ call, code: 'WB007' });
      }
    }));

  const ofAccounts = [
    'app_public.change_carrier_account($1)',
    'app_public.disable_carrier_account($1)',
    'app_public.enable_carrier_account($1)',
    'app_public.name_carrier_location($1, 1)',
    'app_public.check_carrier_connection($1)',
    'app_hidden.carrier_secret_to_replace($1)',
    `app_hidden.store_carrier_secret($1, '\\x00')`,
  ];
  test.each(ofAccounts)('%s of a carrier account of theirs', (call) =>
    database.withRollback(async (db) => {
      await asMember(db, mine, 'owner');
      for (const account of [other.carrierAccount, 4711]) {
        const { code } = await tryOut(db, () => db.query(`select ${call}`, [account]));
        expect(code).toBe('WB007');
      }
    }),
  );

  test('name_carrier_location with a location of theirs', () =>
    database.withRollback(async (db) => {
      await asMember(db, mine, 'owner');
      const name = () =>
        db.query(`select app_public.name_carrier_location($1, $2, 'X')`, [
          mine.carrierAccount,
          other.location,
        ]);
      expect(await tryOut(db, name)).toMatchObject({
        code: 'WB007',
        facts: { field: 'locationId' },
      });
    }));

  test('place_order in a store of theirs', () =>
    database.withRollback(async (db) => {
      await asMember(db, mine, 'owner');
      for (const store of [other.shipping, 4711]) {
        const place = () => db.query('select app_public.place_order($1)', [orderInput(store)]);
        expect(await tryOut(db, place)).toMatchObject({
          code: 'WB007',
          facts: { field: 'store_id' },
        });
      }
    }));

  test('import_rate_card for their account, rules of their store, times of their location', () =>
    database.withRollback(async (db) => {
      await asMember(db, mine, 'owner');
      for (const [account, store, location] of [
        [other.carrierAccount, other.automated, other.location],
        [4711, 4711, 4711],
      ] as const) {
        const importCard = () =>
          db.query('select app_public.import_rate_card($1)', [rateCard(account)]);
        const setRule = () =>
          db.query(`select app_public.set_store_assignment_rule($1, 'fastest')`, [store]);
        const setTimes = () =>
          db.query(`select app_public.set_carrier_pickup_times($1, '12:00')`, [location]);
        for (const attempt of [importCard, setRule, setTimes]) {
          expect((await tryOut(db, attempt)).code).toBe('WB007');
        }
      }
    }));

  test('make_manifest with an account or at a location of theirs', () =>
    database.withRollback(async (db) => {
      await asMember(db, mine, 'owner');
      for (const where of [
        [other.carrierAccount, other.location],
        [mine.carrierAccount, other.location],
        [other.carrierAccount, mine.location],
      ]) {
        const create = () => db.query('select app_public.make_manifest($1, $2)', where);
        expect((await tryOut(db, create)).code).toBe('WB007');
      }
    }));

  test('transition_orders, which answers so for each', () =>
    database.withRollback(async (db) => {
      await asMember(db, mine, 'owner');
      const answers = await rows(
        db,
        `select outcome, code, status, seq from app_public.transition_orders($1, 'cancelled', null, 'x')`,
        [[theirs.order, nobodys]],
      );
      const refused = { outcome: 'refused', code: 'WB007', status: null, seq: null };
      expect(answers).toEqual([refused, refused]);
    }));

  test('and all of these functions are tried here', async () => {
    const known = await rows<{ name: string }>(
      database.pool,
      `select p.proname as name from pg_proc p
       where p.pronamespace = 'app_public'::regnamespace and p.provolatile = 'v' order by 1`,
    );
    const tried = [
      ...calls.map(([call]) => call.split('(')[0]),
      ...ofAccounts
        .map((call) => call.split(/[.(]/)[1])
        .filter((name) => !name?.includes('secret')),
      'act_on_ndr',
      'rebook_shipment',
      'place_order',
      'make_manifest',
      'import_rate_card',
      'set_store_assignment_rule',
      'set_carrier_pickup_times',
      'change_member_role',
      'disable_member',
      'enable_member',
      'end_session',
      'reset_circuit',
      'reset_member_password',
      'revoke_invitation',
      // These name nothing of anybody: they work on the caller's own merchant and sessions.
      'end_all_sessions',
      'invite_member',
      'add_carrier_account',
      'set_assignment_rule',
      'set_morning_digest',
      'resolve_dead_letter',
      'retry_dead_letter',
      'transition_orders',
    ];
    expect(known.map(({ name }) => name)).toEqual(tried.sort());
  });
});

describe('the API login without claims', () => {
  let server: pg.Client;

  beforeAll(async () => {
    server = await database.connect(database.serverUrl);
  });

  const asNobody = async () => {
    await server.query('begin');
    await server.query('set local role waybill_member');
  };

  test('sees no row of any merchant', async () => {
    await asNobody();
    for (const { name } of tables) {
      expect({ name, seen: await count(server, name) }).toEqual({ name, seen: 0 });
    }
    await server.query('rollback');
  });

  test('may not make a manifest of anybody: WB003', async () => {
    await asNobody();
    const create = 'select app_public.make_manifest($1, $2)';
    const asked = server.query(create, [other.carrierAccount, other.location]);
    expect((await outcomeOf(asked)).code).toBe('WB003');
    await server.query('rollback');
  });

  test.each([
    ['transition_order', `select app_public.transition_order($1, 'cancelled')`],
    ['clear_attention', `select app_public.clear_attention($1, 'looked')`],
    ['cancel_order', `select app_public.cancel_order($1, 'because')`],
    ['resolve_dead_letter', `select app_public.resolve_dead_letter($1, 'looked')`],
    ['erase_customer', `select app_public.erase_customer($1, null, 'asked')`],
    ['a key of others', `select app_public.clear_attention($1, 'looked', 'their key')`],
  ])('may not call %s: WB003 or WB007', async (_name, sql) => {
    await asNobody();
    const { code } = await outcomeOf(server.query(sql, [theirs.order]));
    await server.query('rollback');
    expect(['WB003', 'WB007']).toContain(code);
  });

  test('cannot give itself the role of a DBA by claims of its own', async () => {
    await asNobody();
    await server.query(`select set_config('jwt.claims.merchant_id', $1, true)`, [mine.id]);
    const { code } = await outcomeOf(
      server.query(`select app_public.cancel_order($1, 'because')`, [theirs.order]),
    );
    await server.query('rollback');
    expect(['WB003', 'WB007']).toContain(code);
  });

  test('an empty claim is none', async () => {
    await asNobody();
    await server.query(`select set_config('jwt.claims.merchant_id', '', true)`);
    expect(await value(server, 'select app_hidden.current_merchant_id() as value')).toBeNull();
    expect(await count(server, 'app_public.orders_current')).toBe(0);
    await server.query('rollback');
  });
});
