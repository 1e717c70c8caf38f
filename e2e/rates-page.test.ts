/** Rate cards as people meet them: a real server and a real browser. */
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { buildDashboard } from '../dashboard/test-support/built.ts';
import type { BuiltDashboard } from '../dashboard/test-support/built.ts';
import { openBoard, phone, signIn } from '../dashboard/test-support/page.ts';
import type { OpenPage, ScreenOptions } from '../dashboard/test-support/page.ts';
import { setPassword } from '../server/testing/auth-client.ts';
import { startTestApi, type TestApi } from '../server/testing/test-api.ts';
import { drive } from '../sql-tests/support/drive.ts';
import { placeOrder } from '../sql-tests/support/orders.ts';
import { fail, mustClaim } from '../sql-tests/support/pipeline.ts';
import { one, value } from '../sql-tests/support/query.ts';

jest.setTimeout(90_000);

const password = 'correct horse battery';
let dashboard: BuiltDashboard;
let api: TestApi;
const opened: OpenPage[] = [];

beforeAll(async () => {
  dashboard = await buildDashboard();
  api = await startTestApi({}, dashboard.dist);
  await api.database.pool.query(
    'update app_public.carrier_accounts set credentials_saved_at = now()',
  );
  for (const role of ['owner', 'manager', 'staff'] as const) {
    await setPassword(api, api.ours.id, api.ours[role], password);
  }
});
afterAll(async () => {
  await api.close();
  await dashboard.remove();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((page) => page.close()));
});

async function open(role: string, hash: string, screen: ScreenOptions = {}): Promise<OpenPage> {
  const page = await openBoard(`${api.server.url}/`, screen);
  opened.push(page);
  await signIn(page.page, `${role}@merchant-${api.ours.id}.example`, password);
  await page.page.evaluate((to) => (location.hash = to), hash);
  return page;
}

const prices = 'zone,days,from_grams,step_grams,price\nlocal,2,0,500,24\nlocal,,500,500,16\n';

async function ask(page: Page, pincode: string): Promise<string> {
  await page.getByTestId('preview-pincode').fill(pincode);
  await page.getByTestId('preview-ask').click();
  return page.getByTestId('preview-offers').innerText();
}

test('a manager imports a card, is told which cell is wrong, and sees what a box costs', async () => {
  const { page, complaints } = await open('manager', '#/rates');
  const id = api.ours.carrierAccount;
  await page.getByTestId(`cards-${id}`).getByTestId('no-card').waitFor();
  await page.getByTestId(`import-${id}`).click();
  await page.getByTestId('term-name').fill('As agreed in April');
  await page.getByTestId('term-validFrom').fill('2026-04-01');
  await page.getByTestId('term-fuelPercent').fill('15');
  await page.getByTestId('term-codFee').fill('25.50');
  await page.getByTestId('file-pricesCsv').setInputFiles({
    name: 'prices.csv',
    mimeType: 'text/csv',
    buffer: Buffer.from(`${prices}far,5,0,500,₹48`),
  });
  await page.getByTestId('sheet-lanesCsv').fill('zone\tto\tfrom\nlocal\t682 683\t682');
  await page.getByTestId('import-submit').click();
  await page.getByText('Prices, line 4, column price: ').waitFor();
  // The line is selected, so that what is typed replaces it.
  const sheet = page.getByTestId('sheet-pricesCsv');
  expect(
    await sheet.evaluate((area: HTMLTextAreaElement) =>
      area.value.slice(area.selectionStart, area.selectionEnd),
    ),
  ).toBe('far,5,0,500,₹48');
  await page.keyboard.insertText('far,5,0,500,48');
  await page.getByTestId('import-submit').click();

  const card = page.getByTestId('rate-card');
  await card.getByText('in force').waitFor();
  expect(await card.innerText()).toContain('by manager');
  await card.getByTestId('show-card').click();
  await page.getByText('₹24 for the first 500 g, then ₹16 for each 500 g').waitFor();
  const kept = await one(
    api.database.pool,
    'select name, fuel_percent::float, cod_fee_minor::integer, imported_by from app_public.rate_cards',
  );
  expect(kept).toEqual({
    name: 'As agreed in April',
    fuel_percent: 15,
    cod_fee_minor: 2550,
    imported_by: String(api.ours.manager),
  });

  // 1 kg by its volume: 24 + 16, fuel 15 %, ₹25.50 for the cash, GST 18 %.
  const local = await ask(page, '682001');
  expect(local).toContain(`₹${((40 * 1.15 + 25.5) * 1.18).toFixed(2)}`);
  expect(local).toContain('Would be chosen, zone local, 1,000 g are charged, not asked lately');
  await page.getByTestId('preview-payment').selectOption('PREPAID');
  await page.getByTestId('preview-ask').click();
  await page.getByTestId('preview-offers').getByText('₹54.28').waitFor();
  expect(complaints.filter((words) => !words.includes('400'))).toEqual([]);
});

test('the next card begins with the one in force', async () => {
  const { page } = await open('owner', '#/rates');
  const id = api.ours.carrierAccount;
  await page.getByTestId(`import-${id}`).click();
  await page.getByTestId('term-name').fill('From next year on');
  await page.getByTestId('term-validFrom').fill('2099-01-01');
  expect(await page.getByTestId('term-codFee').inputValue()).toBe('25.50');
  expect(await page.getByTestId('sheet-lanesCsv').inputValue()).toBe(
    'zone,to,from\nlocal,682 683,682',
  );
  await page.getByTestId('import-submit').click();
  await page.getByTestId('rate-card').getByText('to come').waitFor();
  expect(await page.getByTestId('rate-card').count()).toBe(2);
});

test('the rule of the choice is set for all stores and for one', async () => {
  const { page } = await open('manager', '#/rates');
  await page.getByTestId('merchant-rule').selectOption('FASTEST');
  const store = page.getByTestId(`store-rule-${api.ours.automated}`);
  await store.getByText('As all stores: the fastest').waitFor({ state: 'attached' });
  await page.locator('[data-testid=merchant-rule]:enabled').waitFor();
  await store.selectOption('PRIORITY');
  await page.locator('[data-testid=merchant-rule]:enabled').waitFor();
  await page.reload();
  await store.waitFor();
  expect(await store.inputValue()).toBe('PRIORITY');
  const rules = await one(
    api.database.pool,
    `select m.assignment_rule as merchant, s.assignment_rule as store
     from app_public.merchants m join app_public.stores s on s.merchant_id = m.id
     where s.id = $1`,
    [api.ours.automated],
  );
  expect(rules).toEqual({ merchant: 'fastest', store: 'priority' });
});

test('staff read rates and times, ask what a box costs, and change nothing', async () => {
  const { page } = await open('staff', '#/rates');
  await page.getByTestId('rate-card').first().waitFor();
  expect(await page.getByTestId(`import-${api.ours.carrierAccount}`).count()).toBe(0);
  expect(await page.getByTestId('merchant-rule').isDisabled()).toBe(true);
  expect(await ask(page, '682001')).toContain('Would be chosen');
  await page.getByTestId('carriers-accounts').click();
  await page.getByTestId(`times-${api.ours.location}`).getByText('Until 15:00').waitFor();
  expect(await page.getByTestId('pickup-times').getByRole('button').count()).toBe(0);
});

test('a manager sets when carriers come, how long answers are kept, and the digest', async () => {
  const { page } = await open('manager', '#/carriers');
  const { location: place, carrierAccount } = api.ours;
  const times = page.getByTestId(`times-${place}`);
  await times.getByTestId('cutoff').fill('11:30');
  await times.getByText('Sat').click();
  await times.getByTestId('save-times').click();
  await times.locator('[data-testid=save-times]:disabled').waitFor();
  await page.getByTestId(`settings-${carrierAccount}`).click();
  await page.getByTestId('setting-client_name').fill('KOCHI');
  await page.getByTestId('seconds-coverage').fill('600');
  await page.getByTestId('save-settings').click();
  await page.getByTestId(`settings-form-${carrierAccount}`).waitFor({ state: 'detached' });
  await page.evaluate(() => (location.hash = '#/account'));
  await page.getByTestId('morning').fill('06:45');
  await page.getByTestId('save-digest').click();
  await page.getByText('It is sent from 06:45.').waitFor();
  const set = await one(
    api.database.pool,
    `select l.pickup_cutoff_at::text as cutoff, l.pickup_weekdays as days, a.coverage_seconds,
       m.morning_at::text as morning
     from app_public.locations l
     join app_public.merchants m on m.id = l.merchant_id
     join app_public.carrier_accounts a on a.merchant_id = m.id
     where m.id = $1`,
    [api.ours.id],
  );
  expect(set).toEqual({
    cutoff: '11:30:00',
    days: [1, 2, 3, 4, 5],
    coverage_seconds: 600,
    morning: '06:45:00',
  });
  await page.getByTestId('stop-digest').click();
  await page.getByText('It is not sent.').waitFor();
});

test.each([
  ['staff', 0, 1],
  ['manager', 1, 0],
])('of a call that waits for a person %s may decide: %i', async (role, decides, asks) => {
  const { pool } = api.database;
  const order = await placeOrder(pool, api.ours, 'automated', { external_id: `letter ${role}` });
  await drive(pool, api.ours, order, 'validated');
  const { effect } = await mustClaim(pool, api.ours, order, 'assign_order');
  await fail(pool, effect, { outcome: 'refused' });
  const { page } = await open(role, `#/stores/${api.ours.automated}/orders/${order}`);
  await page.getByTestId('dead-letter').waitFor();
  expect(await page.getByTestId('retry-letter').count()).toBe(decides);
  expect(await page.getByTestId('settle-letter').count()).toBe(decides);
  expect(await page.getByTestId('ask-a-leader').count()).toBe(asks);
  const stillOpen = await value<number>(
    pool,
    'select count(*)::integer as value from app_public.dead_letters where order_id = $1 and resolved_at is null',
    [order],
  );
  expect(stillOpen).toBe(1);
});

test.each(['#/rates', '#/carriers'])('%s fits a phone', async (hash) => {
  const { page } = await open('owner', hash, phone);
  const id = api.ours.carrierAccount;
  if (hash === '#/rates') {
    await page.getByTestId('show-card').first().click();
    await page.getByTestId('card-details').waitFor();
    await page.getByTestId(`import-${id}`).click();
    await page.getByTestId(`import-form-${id}`).waitFor();
    await ask(page, '682001');
  } else {
    await page.getByTestId(`settings-${id}`).click();
    await page.getByTestId(`settings-form-${id}`).waitFor();
  }
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});
