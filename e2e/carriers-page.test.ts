/** The settings of carriers as people meet them: a real server and a real browser. */
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { buildDashboard } from '../dashboard/test-support/built.ts';
import type { BuiltDashboard } from '../dashboard/test-support/built.ts';
import { openBoard, phone, signIn } from '../dashboard/test-support/page.ts';
import type { OpenPage, ScreenOptions } from '../dashboard/test-support/page.ts';
import { value } from '../sql-tests/support/query.ts';
import { setPassword } from '../server/testing/auth-client.ts';
import { startTestApi, type TestApi } from '../server/testing/test-api.ts';

jest.setTimeout(90_000);

const password = 'correct horse battery';
let dashboard: BuiltDashboard;
let api: TestApi;
const opened: OpenPage[] = [];

beforeAll(async () => {
  dashboard = await buildDashboard();
  api = await startTestApi({}, dashboard.dist);
  for (const role of ['owner', 'staff'] as const) {
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

async function openCarriers(role: string, screen: ScreenOptions = {}): Promise<Page> {
  const page = await openBoard(`${api.server.url}/`, screen);
  opened.push(page);
  await signIn(page.page, `${role}@merchant-${api.ours.id}.example`, password);
  await page.page.getByTestId('carriers').click();
  await page.page.getByTestId(`carrier-${api.ours.carrierAccount}`).waitFor();
  return page.page;
}

/** What a worker would do with the check that waits. */
async function answer(code: string, message: string): Promise<void> {
  const id = await value<string>(
    api.database.pool,
    'select id as value from app_public.carrier_connection_checks where carrier_account_id = $1',
    [api.ours.carrierAccount],
  );
  await api.database.pool.query('select app_private.record_check($1, $2, $3, $4, $5)', [
    api.ours.id,
    api.ours.carrierAccount,
    id,
    code,
    message,
  ]);
}

test.each<[string, ScreenOptions]>([
  ['a wide screen', {}],
  ['a phone', phone],
])(
  'an owner stores credentials, checks them and reads the answer, on %s',
  async (_name, screen) => {
    const page = await openCarriers('owner', screen);
    const id = api.ours.carrierAccount;
    await page.getByTestId(`credentials-${id}`).click();
    await page.getByTestId('credential-token').fill('a-token-of-delhivery');
    await page.getByTestId('save-credentials').click();
    await page.getByTestId('credentials-saved').waitFor();
    expect(await page.getByTestId('credential-token').inputValue()).toBe('');
    await page.getByTestId(`check-${id}`).click();
    await page.getByText('Checking the connection…').waitFor();
    await answer('credentials_refused', 'The token is not taken.');
    await page.getByText('The credentials are refused').waitFor();
    await page.getByText('The token is not taken.').waitFor();
    const tooWide = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
    expect(tooWide).toBe(false);
    expect(opened[0]?.complaints).toEqual([]);
  },
);

test('an owner adds a carrier with what it wants to know, and names a location', async () => {
  const page = await openCarriers('owner');
  await page.getByTestId('add-carrier').click();
  await page.getByTestId('new-carrier').selectOption('SHIPROCKET');
  await page.getByTestId('new-carrier-name').fill('Rockets');
  await page.getByTestId('setting-contact_email').fill('orders@shop.example');
  await page.getByTestId('save-new-carrier').click();
  await page.getByRole('heading', { name: /Rockets/ }).waitFor();
  const id = await value<number>(
    api.database.pool,
    `select id as value from app_public.carrier_accounts where name = 'Rockets'`,
  );
  await page.getByTestId(`settings-${id}`).click();
  await page.getByTestId(`location-${api.ours.location}`).fill('KOCHI-ROCKET');
  await page.getByTestId('save-settings').click();
  await page.getByTestId(`settings-form-${id}`).waitFor({ state: 'detached' });
  const named = await value<string>(
    api.database.pool,
    'select registered_name as value from app_public.carrier_locations where carrier_account_id = $1',
    [id],
  );
  expect(named).toBe('KOCHI-ROCKET');
});

test('staff see how carriers are and can change nothing', async () => {
  const page = await openCarriers('staff');
  const account = page.getByTestId(`carrier-${api.ours.carrierAccount}`);
  await account.getByText('Calls go through').waitFor();
  expect(await account.getByRole('button').count()).toBe(0);
  expect(await page.getByTestId('add-carrier').count()).toBe(0);
});
