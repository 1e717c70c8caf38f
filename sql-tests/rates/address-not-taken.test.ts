import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { mustClaim, recordOffers } from '../support/pipeline.ts';
import type { Answer } from '../support/pipeline.ts';
import { count, one, rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { addAccount } from './cards.ts';
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

const validated = (db: Db) => validatedOrder(db, merchant);
const decide = (db: Db, order: string, answers: Answer[]) => decideOn(db, merchant, order, answers);

const notTaken = (message: string) => ({
  failure: { reason: 'address_not_taken', outcome: 'refused', code: 'SHIP_TO_NOT_TAKEN', message },
});
const longCity = notTaken('consignee.city has 1 to 30 characters');
const longAddress = notTaken('consignee.addressLines does not fit into 3 lines of 30 characters');

const everybody = (): Answer[] =>
  [delhivery, shiprocket, bluedart].map((account_id) => ({ account_id, offers: [offer(9000)] }));

const details = (db: Db, order: string) =>
  rows<{ carrier_account_id: number; reason: string | null; detail: string | null }>(
    db,
    `select carrier_account_id, reason, detail from app_public.rate_quotes
     where order_id = $1 order by round, rank`,
    [order],
  );
const attention = (db: Db, order: string) =>
  one<{ attention: string | null; attention_reason: string | null; status: string }>(
    db,
    'select attention, attention_reason, status from app_public.orders_current where id = $1',
    [order],
  );

test('a carrier that does not take the address is considered and passed over, with the field; the next best gets the box', () =>
  database.withRollback(async (db) => {
    const order = await validated(db);
    const answers = [
      { account_id: delhivery, offers: [offer(9000)] },
      { account_id: shiprocket, ...longCity },
      { account_id: bluedart, offers: [offer(8000)] },
    ];
    expect(await decide(db, order, answers)).toBe('planned');
    expect(await details(db, order)).toEqual([
      { carrier_account_id: bluedart, reason: null, detail: null },
      { carrier_account_id: delhivery, reason: 'ranked_lower', detail: null },
      {
        carrier_account_id: shiprocket,
        reason: 'address_not_taken',
        detail: 'consignee.city has 1 to 30 characters',
      },
    ]);
    expect(await attention(db, order)).toMatchObject({ attention: null });
    expect(
      await count(db, 'app_private.coverage where carrier_account_id = $1', [shiprocket]),
    ).toBe(0);
  }));

test('what carriers object to is told when nobody else takes the parcel, with each field and who says so', () =>
  database.withRollback(async (db) => {
    const order = await validated(db);
    const answers = [
      { account_id: delhivery, offers: [] },
      { account_id: bluedart, ...longAddress },
      { account_id: shiprocket, ...longCity },
    ];
    expect(await decide(db, order, answers)).toBe('dead');
    expect(await attention(db, order)).toEqual({
      status: 'validated',
      attention: 'SHIP_TO_NOT_TAKEN',
      attention_reason:
        'No carrier takes the parcel as it is addressed: shiprocket 2, consignee.city has 1 to 30 characters; ' +
        'bluedart 3, consignee.addressLines does not fit into 3 lines of 30 characters.',
    });
  }));

test('an objection does not end the order while somebody else may still take it', () =>
  database.withRollback(async (db) => {
    const order = await validated(db);
    const answers = [
      { account_id: shiprocket, ...longCity },
      { account_id: bluedart, ...circuitOpen(20_000) },
    ];
    expect(await decide(db, order, answers)).toBe('retry');
    expect(await attention(db, order)).toMatchObject({ attention: null });
  }));

test('who objected is asked again once the address is corrected, and the letter is settled', () =>
  database.withRollback(async (db) => {
    const order = await validated(db);
    expect(await decide(db, order, [{ account_id: shiprocket, ...longCity }])).toBe('dead');
    await asMember(db, merchant, 'staff');
    await db.query(`select app_public.correct_ship_to($1, '{"city": "Kochi"}', 'Too long.')`, [
      order,
    ]);
    await asDba(db);
    expect(await attention(db, order)).toMatchObject({ attention: null, status: 'validated' });
    expect(await count(db, 'app_public.dead_letters where resolved_at is null')).toBe(0);
    const again = [{ account_id: shiprocket, offers: [offer(7000)] }];
    expect(await decide(db, order, again)).toBe('planned');
    expect(await chosenFor(db, order)).toMatchObject({ carrier_account_id: shiprocket });
  }));

test('what was asked about the address before its correction decides nothing', () =>
  database.withRollback(async (db) => {
    const order = await validated(db);
    const { effect } = await mustClaim(db, merchant, order, 'assign_order');
    await asMember(db, merchant, 'staff');
    await db.query(`select app_public.correct_ship_to($1, '{"pincode": "110001"}', 'Moved.')`, [
      order,
    ]);
    await asDba(db);
    expect(await recordOffers(db, merchant, order, effect.epoch, everybody())).toBe('fenced');
    expect(await count(db, `app_private.coverage where to_pincode = '110001'`)).toBe(0);
    expect(await decide(db, order, everybody())).toBe('planned');
  }));
