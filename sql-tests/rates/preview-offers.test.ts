import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { outcomeOf } from '../support/outcome.ts';
import { one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { addAccount, putCard, rateCard } from './cards.ts';
import { decideOn, offer, validatedOrder } from './offers.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;
let shiprocket: number;
let bluedart: number;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
  shiprocket = await addAccount(database.pool, mine, 'shiprocket', 2);
  bluedart = await addAccount(database.pool, mine, 'bluedart', 3);
  await database.pool.query('update app_public.carrier_accounts set credentials_saved_at = now()');
  await putCard(database.pool, mine, rateCard(mine.carrierAccount));
});
afterAll(() => database.drop());

interface Offer {
  carrier_account_id: number;
  reason: string | null;
  price_minor: number | null;
  is_chosen: boolean;
  is_assumed: boolean;
  [column: string]: unknown;
}

interface Box {
  location: number;
  to: string;
  grams: number;
  mode: string;
  value: number;
  store: number | null;
}

const box = (changes: Partial<Box> = {}): Box => ({
  location: mine.location,
  to: '682001',
  grams: 1200,
  mode: 'cod',
  value: 149900,
  store: null,
  ...changes,
});

async function preview(db: Db, asked: Box): Promise<{ rule: string; offers: Offer[] }> {
  const { location, to, grams, mode, store } = asked;
  return value(db, 'select app_public.preview_offers($1, $2, $3, $4, $5, $6) as value', [
    location,
    to,
    grams,
    mode,
    asked.value,
    store,
  ]);
}

const columns = `rank, carrier_account_id, service, code, reason, detail, price_minor::integer as price_minor,
  rto_minor::integer as rto_minor, days, zone, charged_grams, rate_source, is_chosen`;

test('what is foretold is what then happens to an order', () =>
  database.withRollback(async (db) => {
    const order = await validatedOrder(db, mine);
    await decideOn(db, mine, order, [
      { account_id: mine.carrierAccount, offers: [offer(null)] },
      { account_id: shiprocket, offers: [offer(7000, 4, { code: '51' })] },
      { account_id: bluedart, offers: [] },
    ]);
    const happened = await rows<Offer>(
      db,
      `select ${columns} from app_public.rate_quotes where order_id = $1 order by rank`,
      [order],
    );
    const sent = await one<{ to: string; grams: number; mode: string; value: number }>(
      db,
      `select s.weight_grams as grams, s.payment_mode as mode, s.declared_minor::integer as value,
         c.pincode as to
       from app_public.shipments_current s
       join app_public.orders_current o on o.id = s.order_id
       join app_public.order_contacts c on c.order_id = o.id and c.version = o.ship_to_version
       where o.id = $1`,
      [order],
    );
    await asMember(db, mine, 'staff');
    const { rule, offers } = await preview(db, box(sent));
    expect(rule).toBe('cheapest');
    expect(happened).toHaveLength(3);
    expect(
      offers.map(({ is_assumed, answer_source, carrier, ...told }) => {
        expect([is_assumed, answer_source, typeof carrier]).toEqual([false, 'coverage', 'string']);
        return told;
      }),
    ).toEqual(happened);
  }));

test('who was not asked lately is taken to carry it, and that is told', () =>
  database.withRollback(async (db) => {
    await db.query(
      `insert into app_public.carrier_circuits (merchant_id, service, account_id, state, opened_at, probe_at)
       values ($1, 'bluedart', $2, 'open', now(), now())`,
      [mine.id, bluedart],
    );
    await asMember(db, mine, 'manager');
    const { offers } = await preview(db, box());
    expect(
      offers.map((offer) => [
        offer.carrier_account_id,
        offer.is_chosen,
        offer.is_assumed,
        offer.reason,
      ]),
    ).toEqual([
      [mine.carrierAccount, true, true, null],
      [shiprocket, false, true, 'no_price'],
      [bluedart, false, false, 'circuit_open'],
    ]);
    // 1200 g are three steps in Kochi: 28 and twice 20; 20 % fuel; at least 35 for the cash; 18 % tax.
    expect(offers[0]?.price_minor).toBe(Math.round((6800 * 1.2 + 3500) * 1.18));
  }));

test('a store may have a rule of its own', () =>
  database.withRollback(async (db) => {
    await db.query(`update app_public.stores set assignment_rule = 'priority' where id = $1`, [
      mine.automated,
    ]);
    await db.query('update app_public.carrier_accounts set priority = 9 where id = $1', [
      mine.carrierAccount,
    ]);
    await asMember(db, mine, 'manager');
    const chosen = async (store: number | null) => {
      const { rule, offers } = await preview(db, box({ store }));
      return [rule, offers[0]?.carrier_account_id];
    };
    expect(await chosen(null)).toEqual(['cheapest', mine.carrierAccount]);
    expect(await chosen(mine.automated)).toEqual(['priority', shiprocket]);
    expect(await chosen(mine.shipping)).toEqual(['cheapest', mine.carrierAccount]);
  }));

test.each<[string, Partial<Box>, string]>([
  ['a PIN code of five digits', { to: '68200' }, 'toPincode'],
  ['a box without weight', { grams: 0 }, 'weightGrams'],
  ['a payment in shells', { mode: 'shells' }, 'paymentMode'],
  ['a negative value', { value: -1 }, 'value'],
])('%s is refused by its field', (_name, changes, field) =>
  database.withRollback(async (db) => {
    await asMember(db, mine, 'owner');
    const { code, facts } = await outcomeOf(preview(db, box(changes)));
    expect({ code, facts }).toEqual({ code: 'WB004', facts: { field } });
  }),
);

test('what belongs to another merchant is not there', () =>
  database.withRollback(async (db) => {
    await asMember(db, other, 'owner');
    expect((await preview(db, box({ location: other.location }))).offers).toHaveLength(1);
    for (const [changes, field] of [
      [{ location: mine.location }, 'locationId'],
      [{ location: other.location, store: mine.automated }, 'storeId'],
    ] as const) {
      await db.query('savepoint before');
      const { code, facts } = await outcomeOf(preview(db, box(changes)));
      await db.query('rollback to savepoint before');
      expect({ code, facts }).toEqual({ code: 'WB007', facts: { field } });
    }
    await asDba(db);
    expect((await outcomeOf(preview(db, box()))).code).toBe('WB007');
  }));

test('the card of an account is the one in force', () =>
  database.withRollback(async (db) => {
    await putCard(
      db,
      mine,
      rateCard(mine.carrierAccount, { valid_from: '2099-01-01', name: 'Later' }),
    );
    await asMember(db, mine, 'staff');
    const card = (account: number) =>
      value<string | null>(
        db,
        `select (app_public.carrier_accounts_rate_card(a)).name as value
         from app_public.carrier_accounts a where a.id = $1`,
        [account],
      );
    expect(await card(mine.carrierAccount)).toBe('As agreed in April');
    expect(await card(shiprocket)).toBeNull();
  }));
