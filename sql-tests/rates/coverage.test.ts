import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { item, placeOrder } from '../support/orders.ts';
import type { OrderInput } from '../support/orders.ts';
import {
  cleanContact,
  mustClaim,
  recordOffers,
  recordValidation,
  surface,
} from '../support/pipeline.ts';
import type { Answer } from '../support/pipeline.ts';
import { count, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { addAccount } from './cards.ts';

let database: TestDatabase;
let merchant: Merchant;
let delhivery: number;
let shiprocket: number;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  delhivery = merchant.carrierAccount;
  shiprocket = await addAccount(database.pool, merchant, 'shiprocket', 2);
});
afterAll(() => database.drop());

interface Asked {
  id: string;
  epoch: number;
  /** What each account said before, by its id. */
  known: Record<number, object[] | null>;
  question: Record<string, unknown>;
}

/** A new order to a PIN code, claimed: what its task would ask. */
async function claimed(db: Db, changes: OrderInput = {}, pincode = '682001'): Promise<Asked> {
  const id = await placeOrder(db, merchant, 'automated', changes);
  const { effect: validation } = await mustClaim(db, merchant, id, 'validate_order');
  const contact = { ...cleanContact, pincode };
  await recordValidation(db, merchant, id, validation.epoch, [], contact);
  const { effect, context } = await mustClaim(db, merchant, id, 'assign_order');
  const { question, accounts } = context as unknown as {
    question: Record<string, unknown>;
    accounts: { id: number; known: object[] | null }[];
  };
  const known = Object.fromEntries(accounts.map((account) => [account.id, account.known]));
  return { id, epoch: effect.epoch, known, question };
}

const rate = { ...surface, code: '51', price_minor: 7000 };

const answers = (): Answer[] => [
  { account_id: delhivery, offers: [surface] },
  { account_id: shiprocket, offers: [rate] },
];

async function decided(db: Db, changes: OrderInput = {}, said = answers()): Promise<Asked> {
  const asked = await claimed(db, changes);
  await recordOffers(db, merchant, asked.id, asked.epoch, said);
  return asked;
}

test('what carriers said about a PIN code is known to the next order there, and only there', () =>
  database.withRollback(async (db) => {
    const first = await decided(db);
    expect(first.known).toEqual({ [delhivery]: null, [shiprocket]: null });
    expect((await claimed(db)).known).toEqual({ [delhivery]: [surface], [shiprocket]: [rate] });
    const elsewhere = await claimed(db, {}, '110001');
    expect(elsewhere.known).toEqual({ [delhivery]: null, [shiprocket]: null });
  }));

test('a price is for parcels like the one that was asked for, a PIN code’s services for all', () =>
  database.withRollback(async (db) => {
    await decided(db);
    const knows = async (changes: OrderInput) => (await claimed(db, changes)).known[shiprocket];
    const grams = (weight: number) => ({ items: [item({ weight_grams: weight })] });
    const cod = { payment_mode: 'cod', cod_amount_minor: 305_000 };
    expect(await knows(grams(1001))).toEqual([rate]); // both are charged as 1500 g
    expect(await knows(grams(1500))).toEqual([rate]);
    expect(await knows(grams(1501))).toBeNull();
    expect(await knows(grams(1000))).toBeNull();
    expect(await knows(cod)).toBeNull();
    expect((await claimed(db, cod)).known[delhivery]).toEqual([surface]);
  }));

test('what is asked is the upper end of the step, so that nobody is told too little', () =>
  database.withRollback(async (db) => {
    const cod = { payment_mode: 'cod', cod_amount_minor: 305_001, total_minor: 305_001 };
    const { question } = await claimed(db, { ...cod, items: [item({ weight_grams: 1201 })] });
    expect(question).toMatchObject({ weight_grams: 1500, declared_minor: 310_000, cod: true });
    // The carton is a kilogram by its volume.
    const light = await claimed(db, { items: [item({ weight_grams: 10 })] });
    expect(light.question).toMatchObject({ weight_grams: 1000, declared_minor: 305_000 });
  }));

test('an answer holds no longer than the account says: a PIN code that was closed is found out', () =>
  database.withRollback(async (db) => {
    await decided(db);
    const ends = await value<number>(
      db,
      `select extract(epoch from max(expires_at - answered_at))::integer as value
       from app_private.coverage`,
    );
    expect(ends).toBe(3600);
    await db.query(`update app_private.coverage
      set answered_at = now() - interval '2 hours', expires_at = now()`);
    const closed = await claimed(db);
    expect(closed.known).toEqual({ [delhivery]: null, [shiprocket]: null });
    const nobody = [delhivery, shiprocket].map((account_id) => ({ account_id, offers: [] }));
    expect(await recordOffers(db, merchant, closed.id, closed.epoch, nobody)).toBe('dead');
    expect((await claimed(db)).known).toEqual({ [delhivery]: [], [shiprocket]: [] });
  }));

test('only answers are kept, no failures; and what was known is not made younger', () =>
  database.withRollback(async (db) => {
    const failure = { reason: 'not_answered', outcome: 'transient', code: 'X', message: 'Busy.' };
    await decided(db, {}, [
      { account_id: delhivery, offers: [surface] },
      { account_id: shiprocket, failure },
    ]);
    expect((await claimed(db)).known[shiprocket]).toBeNull();
    await db.query("update app_private.coverage set answered_at = now() - interval '1 hour'");
    await decided(db, {}, [{ account_id: delhivery, known: true, offers: [surface] }]);
    const old = "app_private.coverage where answered_at < now() - interval '59 minutes'";
    expect(await count(db, old)).toBe(1);
  }));

test('how often no carrier had to be asked is told', () =>
  database.withRollback(async (db) => {
    const ratio = () =>
      value<string | null>(db, 'select app_private.coverage_hit_ratio() as value');
    expect(await ratio()).toBeNull();
    await decided(db);
    expect(Number(await ratio())).toBe(0);
    const known = answers().map((answer) => ({ ...answer, known: true }));
    await decided(db, {}, known);
    await decided(db, {}, known);
    expect(Number(await ratio())).toBeCloseTo(2 / 3, 3);
  }));

test('the house is kept: old quotes and answers that have expired go, a batch at a time', () =>
  database.withRollback(async (db) => {
    await decided(db);
    await db.query(
      `update app_private.coverage
      set answered_at = now() - interval '2 hours', expires_at = now() - interval '1 hour'
      where carrier_account_id = $1`,
      [delhivery],
    );
    const prune = (days: number) =>
      value<object>(
        db,
        `select app_private.prune_rates(clock_timestamp() - $1 * interval '1 day', 1) as value`,
        [days],
      );
    expect(await prune(1)).toEqual({ quotes_deleted: 0, coverage_deleted: 1 });
    expect(await prune(0)).toEqual({ quotes_deleted: 1, coverage_deleted: 0 });
    expect(await count(db, 'app_public.rate_quotes')).toBe(1);
  }));

test('an open circuit is told with the claim', () =>
  database.withRollback(async (db) => {
    await db.query(
      `insert into app_public.carrier_circuits
         (merchant_id, service, account_id, state, failures, opened_at, probe_at)
       values ($1, 'delhivery', $2, 'open', 5, now(), now() + interval '30 seconds')`,
      [merchant.id, delhivery],
    );
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'validated');
    const { context } = await mustClaim(db, merchant, order, 'assign_order');
    const { accounts } = context as unknown as { accounts: object[] };
    expect(accounts).toMatchObject([{ circuit_is_open: true }, { circuit_is_open: false }]);
  }));
