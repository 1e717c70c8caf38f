import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { withClient } from '../database/connection.ts';
import { seedDemo } from '../demo/seed.ts';
import { createTestDatabase } from '../sql-tests/support/database.ts';
import type { TestDatabase } from '../sql-tests/support/database.ts';
import { testSecret } from '../sql-tests/support/test-server.ts';
import { writeHistory } from './history.ts';
import { collectPlans } from './plans/collect.ts';
import type { HotPlan } from './plans/collect.ts';

const secret = testSecret;
let database: TestDatabase;
let plans: HotPlan[];

beforeAll(async () => {
  database = await createTestDatabase();
  const adminUrl = database.url;
  await seedDemo(adminUrl, { secret });
  await writeHistory({ adminUrl, secret, orders: 1_000, mainMerchantId: 1, variants: 1 });
  plans = await withClient(adminUrl, async (admin) => {
    // So few rows would rightly be read as a whole. What is still read so then has no index.
    await admin.query('set enable_seqscan to off');
    return collectPlans(adminUrl, admin, secret);
  });
}, 120_000);
afterAll(() => database.drop());

const planOf = (name: string) => plans.find((plan) => plan.name === name)?.plans.join('\n') ?? '';

test('no hot statement reads a table that grows as a whole', () => {
  expect(plans.map(({ name }) => name)).toHaveLength(12);
  expect(plans.flatMap(({ name, wholeReads }) => wholeReads.map((t) => `${name}: ${t}`))).toEqual(
    [],
  );
});

test.each([
  ['Counts', 'order_counts_pkey'],
  ['Counts', 'attention_counts_pkey'],
  ['Exceptions queue', 'orders_current_attention_idx'],
  ['Order with events and boxes', 'order_events_YYYY_MM_pkey'],
  ['Order with events and boxes', 'shipments_current_booking_once'],
  ['Search by number', 'order_keys_number_once'],
  ['Search by number', 'shipments_current_awb_once'],
  ['Search by number', 'order_contacts_word_1_idx'],
  ['Search by number', 'order_contacts_phone_idx'],
  ['Dispatch', 'order_events_YYYY_MM_xact_id_idx'],
  ['Claim', 'effects_'],
  ['Live events', 'live_log_position_idx'],
  ['Tracking poll', 'shipments_current_live_idx'],
])('%s is served by %s', (name, index) => {
  expect(planOf(name)).toContain(index);
});

test('a page of the board comes from its index in the order of the list', () => {
  // Of active orders both do: a status belongs to one store of these merchants.
  expect(planOf('Board page')).toMatch(/idx_orders_(store_)?status/);
  for (const name of ['Board page', 'Exceptions queue']) {
    expect(planOf(name)).toMatch(/Limit[\s\S]*Index Scan/);
    expect(planOf(name)).not.toContain('Sort Key');
  }
});
