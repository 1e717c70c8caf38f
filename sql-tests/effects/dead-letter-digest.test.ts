import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { outcomeOf, tally } from '../support/outcome.ts';
import { inParallel } from '../support/parallel.ts';
import { fail, mustClaim } from '../support/pipeline.ts';
import { count, one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

interface Claim {
  digest: { digest_on: string; epoch: number; status: string };
  content: {
    open: number;
    reasons: { code: string; open: number; advice: string }[];
    letters: { number: number }[];
    stores: { id: number }[];
    recipients: { email: string }[];
  };
}

const plan = (db: Db, at: string) =>
  value<number>(db, 'select app_private.plan_digests($1) as value', [at]);
const claim = (db: Db, at: string, worker = 'worker-1') =>
  value<Claim | null>(db, 'select app_private.claim_digest($1, $2) as value', [at, worker]);
const end = (db: Db, at: string) =>
  rows<{ status: string }>(db, 'select status from app_private.end_digests($1)', [at]);
const record = (db: Db, { digest }: Claim) =>
  value<boolean>(db, 'select app_private.record_digest($1, $2, $3) as value', [
    merchant.id,
    digest.digest_on,
    digest.epoch,
  ]);
const failed = (db: Db, { digest }: Claim, outcome: string) =>
  value<string>(db, `select app_private.fail_digest($1, $2, $3, $4, 'X', 'It failed.') as value`, [
    merchant.id,
    digest.digest_on,
    digest.epoch,
    outcome,
  ]);
const days = async (db: Db) =>
  (
    await rows<{ day: string }>(
      db,
      `select digest_on::text as day from app_public.dead_letter_digests
       where merchant_id = $1 order by 1`,
      [merchant.id],
    )
  ).map(({ day }) => day);

const live = (db: Db, zone: string, at: string | null) =>
  db.query('update app_public.merchants set time_zone = $2, morning_at = $3 where id = $1', [
    merchant.id,
    zone,
    at,
  ]);

async function bury(db: Db, code = 'address-refused'): Promise<string> {
  const order = await placeOrder(db, merchant, 'automated');
  const { effect } = await mustClaim(db, merchant, order, 'validate_order');
  await fail(db, effect, { outcome: 'refused', code });
  return order;
}

async function mustClaimDigest(db: Db, at: string): Promise<Claim> {
  const claimed = await claim(db, at);
  if (claimed === null) throw new Error('no digest is due');
  return claimed;
}

/** Eight in the morning at Kochi, and a little later. */
const morning = '2026-03-04T02:30:00Z';
const later = '2026-03-04T05:00:00Z';

describe('a morning comes', () => {
  test('at the merchant’s hour of the merchant’s day, not before, and once', () =>
    database.withRollback(async (db) => {
      expect(await plan(db, '2026-03-04T02:29:59Z')).toBe(0);
      expect(await plan(db, morning)).toBe(1);
      expect(await plan(db, morning)).toBe(0);
      expect(await plan(db, later)).toBe(0);
      expect(await plan(db, '2026-03-05T02:30:00Z')).toBe(1);
      expect(await days(db)).toEqual(['2026-03-04', '2026-03-05']);
    }));

  test('never for a merchant who wants none', () =>
    database.withRollback(async (db) => {
      await live(db, 'Asia/Kolkata', null);
      expect(await plan(db, later)).toBe(0);
    }));

  // Berlin 2026: 29 March, 02:00 becomes 03:00; 25 October, 03:00 becomes 02:00.
  test('in an hour that is skipped: right after it', () =>
    database.withRollback(async (db) => {
      await live(db, 'Europe/Berlin', '02:30');
      expect(await plan(db, '2026-03-29T00:59:00Z')).toBe(0);
      expect(await plan(db, '2026-03-29T01:00:00Z')).toBe(1);
      expect(await days(db)).toEqual(['2026-03-29']);
    }));

  test('in an hour that comes twice: once', () =>
    database.withRollback(async (db) => {
      await live(db, 'Europe/Berlin', '02:30');
      expect(await plan(db, '2026-10-25T00:30:00Z')).toBe(1);
      expect(await plan(db, '2026-10-25T01:00:00Z')).toBe(0);
      expect(await plan(db, '2026-10-25T01:30:00Z')).toBe(0);
      expect(await days(db)).toEqual(['2026-10-25']);
    }));

  // Beirut 2026: 25 October begins, and an hour of the 24th comes again.
  test('when midnight comes twice: the day that was had is not had again', () =>
    database.withRollback(async (db) => {
      await live(db, 'Asia/Beirut', '00:00');
      for (let minute = 0; minute < 180; minute += 30) {
        await plan(db, new Date(Date.UTC(2026, 9, 24, 20, 15 + minute)).toISOString());
      }
      expect(await days(db)).toEqual(['2026-10-24', '2026-10-25']);
    }));

  test('for others too when one merchant’s zone cannot be: it is refused where it is set', () =>
    database.withRollback(async (db) => {
      await db.query('savepoint s');
      expect((await outcomeOf(live(db, 'Kerala/Kochi', '08:00'))).code).toBe('22023');
    }));
});

describe('what it says', () => {
  test('is what is open, by why, the longest waiting first, to enabled owners and managers', () =>
    database.withRollback(async (db) => {
      const first = await bury(db, 'pincode-invalid');
      await bury(db, 'authentication');
      await bury(db, 'pincode-invalid');
      await db.query(
        `update app_public.members set disabled_at = now() where merchant_id = $1 and role = 'manager'`,
        [merchant.id],
      );
      await plan(db, morning);
      const { content, digest } = await mustClaimDigest(db, morning);
      expect(digest.status).toBe('sending');
      expect(content).toMatchObject({
        open: 3,
        reasons: [
          { code: 'pincode-invalid', open: 2 },
          { code: 'authentication', open: 1 },
        ],
        stores: [{ id: merchant.automated }],
        recipients: [{ email: `owner@merchant-${merchant.id}.example` }],
      });
      const number = 'select number::integer as value from app_public.orders_current where id = $1';
      expect(content.letters[0]?.number).toBe(await value(db, number, [first]));
    }));

  test('has fifty of them at most, and how many there are', () =>
    database.withRollback(async (db) => {
      for (let n = 0; n < 52; n += 1) await bury(db);
      await plan(db, morning);
      const { content } = await mustClaimDigest(db, morning);
      expect(content).toMatchObject({ open: 52, reasons: [{ open: 52 }] });
      expect(content.letters).toHaveLength(50);
    }));

  test('names no customer', () =>
    database.withRollback(async (db) => {
      const order = await bury(db);
      await plan(db, morning);
      const said = JSON.stringify((await mustClaimDigest(db, morning)).content);
      const contact = await one<Record<string, string>>(
        db,
        `select customer_name, customer_phone, address1, pincode
         from app_public.order_contacts where order_id = $1 limit 1`,
        [order],
      );
      for (const words of Object.values(contact)) expect(said).not.toContain(words);
    }));

  test('is nothing when nothing is open: then no mail, also not later that day', () =>
    database.withRollback(async (db) => {
      await plan(db, morning);
      expect((await claim(db, morning))?.digest.status).toBe('skipped');
      await bury(db);
      await plan(db, later);
      expect(await claim(db, later)).toBeNull();
      const codes = 'select error_code from app_public.dead_letter_digests';
      expect(await rows(db, codes)).toEqual([{ error_code: 'NOTHING_OPEN' }]);
    }));
});

describe('it is sent once', () => {
  test('of ten workers at once one gets it', async () => {
    await bury(database.pool);
    const planned: number[] = [];
    const claims: string[] = [];
    const codes = await inParallel(database, 10, 20, async (db) => {
      planned.push(await plan(db, morning));
      claims.push(String((await claim(db, morning))?.digest.status ?? 'none'));
    });
    expect(tally(codes)).toEqual({ ok: 20 });
    expect(planned.reduce((sum, n) => sum + n, 0)).toBe(1);
    expect(tally(claims)).toEqual({ sending: 1, none: 19 });
    await database.pool.query('delete from app_public.dead_letter_digests');
  });

  test('what was sent is done with', () =>
    database.withRollback(async (db) => {
      await bury(db);
      await plan(db, morning);
      expect(await record(db, await mustClaimDigest(db, morning))).toBe(true);
      await plan(db, later);
      expect(await claim(db, later)).toBeNull();
    }));

  test('what a dead worker may have sent is unknown, and not sent again', () =>
    database.withRollback(async (db) => {
      await bury(db);
      await plan(db, morning);
      const lost = await mustClaimDigest(db, morning);
      expect(await end(db, morning)).toEqual([]);
      await db.query(
        `update app_public.dead_letter_digests set leased_until = clock_timestamp() - interval '1 s'`,
      );
      expect(await end(db, morning)).toEqual([{ status: 'unknown' }]);
      await plan(db, later);
      expect(await claim(db, later)).toBeNull();
      // It was only slow: then what it knows is the truth.
      expect(await record(db, lost)).toBe(true);
    }));

  test.each([
    ['transient', 'intent'],
    ['account', 'intent'],
    ['refused', 'failed'],
    ['unknown', 'unknown'],
    ['drift', 'unknown'],
  ])('after an outcome that is %s it is %s', (outcome, status) =>
    database.withRollback(async (db) => {
      await bury(db);
      await plan(db, morning);
      const claimed = await mustClaimDigest(db, morning);
      expect(await failed(db, claimed, outcome)).toBe(status);
      expect(await failed(db, claimed, outcome)).toBe('fenced');
      expect(await claim(db, morning)).toBeNull();
      await db.query('update app_public.dead_letter_digests set due_at = clock_timestamp()');
      expect((await claim(db, morning)) === null).toBe(status !== 'intent');
    }),
  );

  test('not for ever: after eight tries it has failed', () =>
    database.withRollback(async (db) => {
      await bury(db);
      await plan(db, morning);
      const next: string[] = [];
      for (let n = 0; n < 8; n += 1) {
        await db.query('update app_public.dead_letter_digests set due_at = clock_timestamp()');
        next.push(await failed(db, await mustClaimDigest(db, morning), 'transient'));
      }
      expect(tally(next)).toEqual({ intent: 7, failed: 1 });
    }));

  test('not on another day: the next one has all of it', () =>
    database.withRollback(async (db) => {
      await bury(db);
      await plan(db, morning);
      await failed(db, await mustClaimDigest(db, morning), 'transient');
      await db.query('update app_public.dead_letter_digests set due_at = clock_timestamp()');
      const tomorrow = '2026-03-05T01:00:00Z';
      expect(await claim(db, tomorrow)).toBeNull();
      expect(await end(db, tomorrow)).toEqual([{ status: 'failed' }]);
    }));

  test('not while the mail server’s circuit is open, and the try is not counted', () =>
    database.withRollback(async (db) => {
      await bury(db);
      await plan(db, morning);
      await db.query('select app_private.record_call($1, $2)', [
        merchant.id,
        {
          service: 'smtp',
          account_id: 0,
          operation: 'send_digest',
          outcome: 'account',
          duration_ms: 1,
        },
      ]);
      expect((await claim(db, morning))?.digest.status).toBe('intent');
      expect(await claim(db, morning)).toBeNull();
      const waiting = `app_public.dead_letter_digests where attempts = 0 and due_at > now()`;
      expect(await count(db, waiting)).toBe(1);
    }));
});
