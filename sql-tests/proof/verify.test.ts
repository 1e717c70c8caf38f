import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import { count, rows } from '../support/query.ts';
import { broken } from './broken.ts';
import { liveThroughEverything } from './whole-life.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
  const { mine, other } = await addTwoMerchants(database.pool);
  await liveThroughEverything(database, [mine, other]);
});
afterAll(() => database.drop());

test('after everything has happened, no invariant has a fault', async () => {
  expect(await count(database.pool, 'app_public.order_events')).toBeGreaterThan(100);
  expect(await broken(database.pool)).toEqual({});
});
