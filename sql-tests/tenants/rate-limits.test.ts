import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { inParallel } from '../support/parallel.ts';
import { count, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

interface Bucket {
  subject: string;
  burst?: number;
  every_ms?: number;
  cost?: number;
}

const withDefaults = (buckets: Bucket[]) =>
  JSON.stringify(buckets.map((b) => ({ kind: 'test', burst: 5, every_ms: 60_000, ...b })));

const take = (db: Db, ...buckets: Bucket[]) =>
  value<number>(db, 'select app_private.take_tokens($1) as value', [withDefaults(buckets)]);
const giveBack = (db: Db, ...buckets: Bucket[]) =>
  db.query('select app_private.return_tokens($1)', [withDefaults(buckets)]);

/** As if so much time had passed for a bucket. */
const pass = (db: Db, subject: string, time: string) =>
  db.query(
    'update app_private.rate_buckets set full_at = full_at - $2::interval where subject = $1',
    [subject, time],
  );

describe('a bucket', () => {
  test('gives its burst, then says to the second when the next token is there', () =>
    database.withRollback(async (db) => {
      for (let i = 0; i < 5; i += 1) expect(await take(db, { subject: 'a' })).toBe(0);
      const wait = await take(db, { subject: 'a' });
      expect(wait).toBeGreaterThan(59_000);
      expect(wait).toBeLessThanOrEqual(60_000);
      await pass(db, 'a', '59 seconds');
      expect(await take(db, { subject: 'a' })).toBeLessThanOrEqual(1_000);
      await pass(db, 'a', '1 second');
      expect(await take(db, { subject: 'a' })).toBe(0);
      expect(await take(db, { subject: 'a' })).toBeGreaterThan(0);
    }));

  test('holds no more than its burst, however long nobody takes', () =>
    database.withRollback(async (db) => {
      await take(db, { subject: 'b' });
      await pass(db, 'b', '1 year');
      for (let i = 0; i < 5; i += 1) expect(await take(db, { subject: 'b' })).toBe(0);
      expect(await take(db, { subject: 'b' })).toBeGreaterThan(0);
    }));

  test('takes nothing for an attempt that is refused', () =>
    database.withRollback(async (db) => {
      await take(db, { subject: 'c', cost: 5 });
      for (let i = 0; i < 50; i += 1) await take(db, { subject: 'c' });
      await pass(db, 'c', '61 seconds');
      expect(await take(db, { subject: 'c' })).toBe(0);
    }));

  test('gets back what an honest attempt took', () =>
    database.withRollback(async (db) => {
      for (let i = 0; i < 50; i += 1) {
        expect(await take(db, { subject: 'd' })).toBe(0);
        await giveBack(db, { subject: 'd' });
      }
    }));

  test("of one subject is nobody else's; the first that is empty refuses", () =>
    database.withRollback(async (db) => {
      await take(db, { subject: 'e', cost: 5 });
      expect(await take(db, { subject: 'f' })).toBe(0);
      expect(await take(db, { subject: 'f' }, { subject: 'e' })).toBeGreaterThan(0);
    }));

  test('gives exactly its burst to many who come at once', async () => {
    let admitted = 0;
    await inParallel(database, 10, 100, async (db) => {
      if ((await take(db, { subject: 'g', burst: 20 })) === 0) admitted += 1;
    });
    expect(admitted).toBe(20);
  });

  test('is forgotten by housekeeping once it is full, and not before', () =>
    database.withRollback(async (db) => {
      await db.query('delete from app_private.rate_buckets');
      await take(db, { subject: 'h' });
      await take(db, { subject: 'i' });
      await pass(db, 'h', '2 minutes');
      await db.query('select app_private.prune_access()');
      expect(await count(db, `app_private.rate_buckets where subject = 'h'`)).toBe(0);
      expect(await count(db, `app_private.rate_buckets where subject = 'i'`)).toBe(1);
    }));
});

test('no bucket waits for the disk: the table is unlogged', async () => {
  const persistence = `select relpersistence as value from pg_class where relname = 'rate_buckets'`;
  expect(await value(database.pool, persistence)).toBe('u');
});
