import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { rows, value } from '../support/query.ts';
import { putCard, rateCard } from './cards.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  await putCard(database.pool, merchant, rateCard(merchant.carrierAccount));
});
afterAll(() => database.drop());

interface Price {
  zone: string;
  days: number | null;
  charged_grams: number;
  price_minor: string;
  rto_minor: string;
}

function pricesOf(
  [from, to]: [string, string],
  [grams, volume]: [number, number],
  cod: number,
): Promise<Price[]> {
  return rows<Price>(
    database.pool,
    `select p.* from app_public.rate_cards c,
       app_hidden.card_price(c, $2, $3, $4, $5, $6) p where c.merchant_id = $1`,
    [merchant.id, from, to, grams, volume, cod],
  );
}

const near: [string, string] = ['682031', '682001'];

test.each([
  // weight, volume in mm³, to collect; freight, with fuel, fee, tax
  ['the first slab', 400, 1, 0, 3965], // 2800, 3360, 0, 605
  ['all of the first slab', 500, 1, 0, 3965],
  ['a gram more: a further step', 501, 1, 0, 6797], // 4800, 5760, 0, 1037
  ['all of the second slab', 5000, 1, 0, 29_453], // 20,800, 24,960, 0, 4493
  ['a gram in the third slab', 5001, 1, 0, 33_701], // 23,800, 28,560, 0, 5141
  ['the volume when it counts more', 400, 5_000_000, 0, 6797], // 1000 g
  ['a begun gram of volume', 400, 5_000_001, 0, 9629], // 1001 g: 6800, 8160, 0, 1469
  ['cash: the flat fee', 400, 1, 100_000, 8095], // 3360 + 3500, 1235
  ['cash: a percentage when it is more', 400, 1, 300_000, 11_045], // 3360 + 6000, 1685
])('what is charged: %s', async (_, grams, volume, cod, price) => {
  const [found] = await pricesOf(near, [grams, volume], cod);
  expect(Number(found?.price_minor)).toBe(price);
});

test('a return costs its part of the way out, without the fee for cash', async () => {
  const [found] = await pricesOf(near, [400, 1], 300_000);
  expect(Number(found?.rto_minor)).toBe(3172); // 80 % of 3360, and 18 % of it
});

test.each([
  ['682031', '682001', 'local', 2],
  ['682031', '683511', 'local', 2],
  ['560001', '682001', 'rest', 5], // local only from Kochi
  ['682031', '400001', 'metro', 3],
  ['682031', '401001', 'rest', 5],
  ['682031', '682555', 'special', null], // the whole PIN code says more than its beginning
])('from %s to %s is %s', async (from, to, zone, days) => {
  expect(await pricesOf([from, to], [400, 1], 0)).toMatchObject([{ zone, days }]);
});

test('a way that no lane names has no price', async () => {
  await database.withRollback(async (db) => {
    await db.query("delete from app_public.rate_lanes where to_prefix = ''");
    const found = await rows(
      db,
      `select p.* from app_public.rate_cards c,
         app_hidden.card_price(c, '560001', '799001', 400, 1, 0) p`,
    );
    expect(found).toEqual([]);
  });
});

test('the latest card that has begun is in force, unless it has ended', () =>
  database.withRollback(async (db) => {
    const card = (changes: object) =>
      putCard(db, merchant, rateCard(merchant.carrierAccount, { ...changes }));
    await card({ name: 'May', valid_from: '2026-05-01', valid_until: '2026-05-31' });
    await card({ name: 'July', valid_from: '2026-07-01' });
    const inForce = (day: string) =>
      value<string | null>(db, 'select (app_hidden.card_in_force($1, $2, $3)).name as value', [
        merchant.id,
        merchant.carrierAccount,
        day,
      ]);
    expect(await inForce('2026-03-31')).toBeNull();
    expect(await inForce('2026-04-30')).toBe('As agreed in April');
    expect(await inForce('2026-05-31')).toBe('May');
    expect(await inForce('2026-06-01')).toBeNull();
    expect(await inForce('2027-01-01')).toBe('July');
  }));
