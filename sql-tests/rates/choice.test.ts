import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { statusOf } from '../support/orders.ts';
import type { OrderInput } from '../support/orders.ts';
import { inParallel } from '../support/parallel.ts';
import { mustClaim, readEffect, recordOffers, surface } from '../support/pipeline.ts';
import type { Answer } from '../support/pipeline.ts';
import { count, rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { addAccount, putCard, rateCard } from './cards.ts';
import { chosenFor, circuitOpen, decideOn, offer, validatedOrder } from './offers.ts';

let database: TestDatabase;
let merchant: Merchant;
let delhivery: number;
let shiprocket: number;
let bluedart: number;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  delhivery = merchant.carrierAccount;
  shiprocket = await addAccount(database.pool, merchant, 'shiprocket', 2);
  bluedart = await addAccount(database.pool, merchant, 'bluedart', 3);
});
afterAll(() => database.drop());

interface Quote {
  rank: number;
  carrier_account_id: number;
  code: string | null;
  reason: string | null;
  price: number | null;
}

const quotesOf = (db: Db, order: string) =>
  rows<Quote>(
    db,
    `select rank, carrier_account_id, code, reason, price_minor::integer as price
     from app_public.rate_quotes where order_id = $1 order by round, rank`,
    [order],
  );

const validated = (db: Db, changes: OrderInput = {}) => validatedOrder(db, merchant, changes);
const decide = (db: Db, order: string, answers: Answer[]) => decideOn(db, merchant, order, answers);

const rule = (db: Db, words: string) =>
  db.query('update app_public.merchants set assignment_rule = $2 where id = $1', [
    merchant.id,
    words,
  ]);

const threeOffers = (): Answer[] => [
  { account_id: delhivery, offers: [offer(9000, 5)] },
  {
    account_id: shiprocket,
    offers: [offer(7000, 4, { code: '51' }), offer(9900, 1, { code: '7' })],
  },
  { account_id: bluedart, offers: [offer(8000, 2)] },
];

test.each<[string, () => number, string[] | null]>([
  ['cheapest', () => shiprocket, ['51', '7']],
  ['fastest', () => shiprocket, ['7', '51']],
  ['priority', () => delhivery, null],
])('by the rule %s the best offer gets the box', (words, account, codes) =>
  database.withRollback(async (db) => {
    await rule(db, words);
    const order = await validated(db);
    expect(await decide(db, order, threeOffers())).toBe('planned');
    expect(await chosenFor(db, order)).toMatchObject({
      carrier_account_id: account(),
      service_codes: codes,
    });
    expect(await statusOf(db, order)).toBe('assigned');
    const quotes = await quotesOf(db, order);
    expect(quotes).toHaveLength(4);
    expect(quotes.map(({ reason }) => reason)).toEqual([
      null,
      ...Array<string>(3).fill('ranked_lower'),
    ]);
  }),
);

test('a store has a rule of its own', () =>
  database.withRollback(async (db) => {
    await db.query(
      `update app_public.stores set assignment_rule = 'priority' where merchant_id = $1 and id = $2`,
      [merchant.id, merchant.automated],
    );
    const order = await validated(db);
    await decide(db, order, threeOffers());
    expect(await chosenFor(db, order)).toMatchObject({ carrier_account_id: delhivery });
  }));

test('the same price: the account of lower priority number, then the older one', () =>
  database.withRollback(async (db) => {
    const twin = await addAccount(db, merchant, 'bluedart', 2);
    const order = await validated(db);
    await decide(db, order, [
      { account_id: bluedart, offers: [offer(5000)] },
      { account_id: twin, offers: [offer(5000)] },
      { account_id: shiprocket, offers: [offer(5000)] },
    ]);
    const ranked = (await quotesOf(db, order)).map((quote) => quote.carrier_account_id);
    expect(ranked).toEqual([shiprocket, twin, bluedart]);
  }));

test('a carrier that names no price is asked of the rate card, and without one comes last', () =>
  database.withRollback(async (db) => {
    await putCard(db, merchant, rateCard(bluedart));
    const order = await validated(db);
    await decide(db, order, [
      { account_id: delhivery, offers: [offer(null)] },
      { account_id: shiprocket, offers: [offer(20_000)] },
      { account_id: bluedart, offers: [offer(null)] },
    ]);
    // 1200 g: 2800 + 2 × 2000, with 20 % fuel 8160, with 18 % tax 9629.
    expect(await quotesOf(db, order)).toMatchObject([
      { carrier_account_id: bluedart, price: 9629, reason: null },
      { carrier_account_id: shiprocket, price: 20_000, reason: 'ranked_lower' },
      { carrier_account_id: delhivery, price: null, reason: 'no_price' },
    ]);
  }));

test('where nobody names a price the order ships all the same, by priority', () =>
  database.withRollback(async (db) => {
    const order = await validated(db);
    const answers = [bluedart, delhivery].map((account_id) => ({ account_id, offers: [surface] }));
    expect(await decide(db, order, answers)).toBe('planned');
    expect(await chosenFor(db, order)).toMatchObject({ carrier_account_id: delhivery });
  }));

const cod = { payment_mode: 'cod', cod_amount_minor: 305_000 };

test.each<[string, OrderInput, Answer['offers'], object]>([
  ['not_served', {}, [], {}],
  ['embargo', {}, [offer(1, 1, { embargo: true, prepaid: false, cod: false })], {}],
  ['cod_not_taken', cod, [offer(1, 1, { cod: false })], {}],
  ['prepaid_not_taken', {}, [offer(1, 1, { prepaid: false })], {}],
  ['over_value_limit', cod, [offer(1, 1, { cod_limit_minor: 304_999 })], {}],
  ['over_value_limit', {}, [offer(1, 1, { prepaid_limit_minor: 304_999 })], {}],
  ['over_value_limit', {}, [offer(1)], { max_declared_minor: 304_999 }],
  ['over_value_limit', cod, [offer(1)], { max_cod_minor: 304_999 }],
  ['over_weight_limit', {}, [offer(1)], { max_weight_grams: 1199 }],
])('what does not take the box is not chosen, however cheap: %s', (reason, order, offers, card) =>
  database.withRollback(async (db) => {
    await putCard(db, merchant, rateCard(delhivery, { ...card }));
    const id = await validated(db, order);
    const answers = [
      { account_id: delhivery, ...(offers && { offers }) },
      { account_id: bluedart, offers: [offer(99_000)] },
    ];
    expect(await decide(db, id, answers)).toBe('planned');
    expect(await quotesOf(db, id)).toMatchObject([
      { carrier_account_id: bluedart, reason: null },
      { carrier_account_id: delhivery, reason },
    ]);
  }),
);

test('a box at its limit is within it', () =>
  database.withRollback(async (db) => {
    const limits = { max_weight_grams: 1200, max_declared_minor: 305_000, max_cod_minor: 305_000 };
    await putCard(db, merchant, rateCard(delhivery, limits));
    const id = await validated(db, cod);
    const limited = offer(1, 1, { cod_limit_minor: 305_000 });
    expect(await decide(db, id, [{ account_id: delhivery, offers: [limited] }])).toBe('planned');
  }));

const notAnswered = {
  failure: {
    reason: 'not_answered',
    outcome: 'transient',
    code: 'HTTP_503',
    message: 'Busy.',
    retry_after_ms: 60_000,
  },
};

describe('a carrier that cannot be asked', () => {
  test.each([
    ['circuit_open', circuitOpen(30_000)],
    ['not_answered', notAnswered],
  ])('is passed over while another takes the box: %s', (reason, failure) =>
    database.withRollback(async (db) => {
      const order = await validated(db);
      const answers = [
        { account_id: delhivery, ...failure },
        { account_id: bluedart, offers: [offer(99_000)] },
      ];
      expect(await decide(db, order, answers)).toBe('planned');
      expect(await quotesOf(db, order)).toMatchObject([
        { carrier_account_id: bluedart, reason: null },
        { carrier_account_id: delhivery, reason },
      ]);
    }),
  );

  test('keeps the order waiting when nobody else takes it, until the first may be tried', () =>
    database.withRollback(async (db) => {
      const order = await validated(db);
      const answers = [
        { account_id: delhivery, ...circuitOpen(90_000) },
        { account_id: shiprocket, ...circuitOpen(20_000) },
        { account_id: bluedart, offers: [] },
      ];
      expect(await decide(db, order, answers)).toBe('retry');
      const effect = await readEffect(db, order, 'assign_order');
      expect(effect).toMatchObject({ status: 'intent', attempts: 0, error_code: 'CIRCUIT_OPEN' });
      const inMs = effect.due_at.getTime() - Date.now();
      expect(inMs).toBeGreaterThan(10_000);
      expect(inMs).toBeLessThan(20_001);
      expect(await statusOf(db, order)).toBe('validated');
    }));

  test('counts as an attempt when it failed, and is not asked sooner than it wishes', () =>
    database.withRollback(async (db) => {
      const order = await validated(db);
      const answers = [
        { account_id: delhivery, ...circuitOpen(1) },
        { account_id: bluedart, ...notAnswered },
      ];
      expect(await decide(db, order, answers)).toBe('retry');
      const effect = await readEffect(db, order, 'assign_order');
      expect(effect).toMatchObject({ attempts: 1, error_code: 'HTTP_503' });
      expect(effect.due_at.getTime() - Date.now()).toBeGreaterThan(50_000);
    }));
});

test('an order that nobody takes is a dead letter, with what each has said', () =>
  database.withRollback(async (db) => {
    const order = await validated(db);
    const answers = [
      { account_id: delhivery, offers: [] },
      { account_id: bluedart, offers: [offer(null, null, { prepaid: false })] },
    ];
    expect(await decide(db, order, answers)).toBe('dead');
    const open = 'app_public.dead_letters where order_id = $1 and error_code = $2';
    expect(await count(db, open, [order, 'NOT_SERVICEABLE'])).toBe(1);
    expect(await quotesOf(db, order)).toMatchObject([
      { reason: 'not_served' },
      { reason: 'prepaid_not_taken' },
    ]);
  }));

test('a question that was refused is told in the carrier’s words', () =>
  database.withRollback(async (db) => {
    const order = await validated(db);
    const failure = {
      reason: 'refused',
      outcome: 'refused',
      code: 'BAD_PIN',
      message: 'No such PIN.',
    };
    const answers = [
      { account_id: delhivery, offers: [] },
      { account_id: shiprocket, failure },
    ];
    expect(await decide(db, order, answers)).toBe('dead');
    const open = 'app_public.dead_letters where order_id = $1 and error_code = $2';
    expect(await count(db, open, [order, 'BAD_PIN'])).toBe(1);
  }));

test('a merchant without a carrier account gets a dead letter and not a queue', () =>
  database.withRollback(async (db) => {
    const order = await validated(db);
    expect(await decide(db, order, [])).toBe('dead');
  }));

test('of rounds that decided nothing only the last is kept', () =>
  database.withRollback(async (db) => {
    const order = await validated(db);
    for (let round = 1; round <= 3; round += 1) {
      await decide(db, order, [{ account_id: delhivery, ...circuitOpen(1) }]);
      await db.query(
        "update app_public.effects set due_at = now() where subject_id = $1 and kind = 'assign_order'",
        [order],
      );
    }
    expect(await quotesOf(db, order)).toHaveLength(1);
    await decide(db, order, threeOffers());
    expect(await quotesOf(db, order)).toHaveLength(4);
  }));

test('of two that hold the claim one after the other only the later one decides', () =>
  database.withRollback(async (db) => {
    const order = await validated(db);
    const { effect } = await mustClaim(db, merchant, order, 'assign_order');
    const late = recordOffers(db, merchant, order, effect.epoch - 1, threeOffers());
    expect(await late).toBe('fenced');
    expect(await quotesOf(db, order)).toEqual([]);
  }));

test('however many record at once, an order has one box and the quotes of one round', async () => {
  const orders = [await validated(database.pool), await validated(database.pool)];
  const epochs = await Promise.all(
    orders.map((order) => mustClaim(database.pool, merchant, order, 'assign_order')),
  );
  const said: string[] = [];
  const codes = await inParallel(database, 8, 16, async (db, at) => {
    const order = orders[at % 2] ?? '';
    const epoch = epochs[at % 2]?.effect.epoch ?? 0;
    // In either order of accounts: what is kept of their answers must not lock in a circle.
    const answers = at % 3 === 0 ? threeOffers() : threeOffers().toReversed();
    said.push(await recordOffers(db, merchant, order, epoch, answers));
  });
  expect(codes).toEqual(Array(16).fill('ok'));
  expect(said.filter((next) => next === 'planned')).toHaveLength(2);
  for (const order of orders) {
    expect(await quotesOf(database.pool, order)).toHaveLength(4);
    expect(
      await count(database.pool, 'app_public.shipments_current where order_id = $1', [order]),
    ).toBe(1);
  }
});

test('the chosen offer costs no more than any other that takes the box', async () => {
  const dearer = `app_public.rate_quotes c
    join app_public.rate_quotes q using (merchant_id, order_id, round)
    where c.is_chosen and c.rule = 'cheapest' and q.reason = 'ranked_lower' and q.price_minor < c.price_minor`;
  expect(await count(database.pool, 'app_public.rate_quotes where is_chosen')).toBeGreaterThan(0);
  expect(await count(database.pool, dearer)).toBe(0);
});
