/** The hand-over as people meet it: a real server, a real browser, a list on paper. */
import { afterAll, afterEach, beforeAll, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { look } from '../carriers/documents/test-pdf.ts';
import { buildDashboard } from '../dashboard/test-support/built.ts';
import type { BuiltDashboard } from '../dashboard/test-support/built.ts';
import { openBoard, phone, signIn } from '../dashboard/test-support/page.ts';
import type { OpenPage, ScreenOptions } from '../dashboard/test-support/page.ts';
import { setPassword } from '../server/testing/auth-client.ts';
import { startTestApi, type TestApi } from '../server/testing/test-api.ts';
import { drive } from '../sql-tests/support/drive.ts';
import { placeOrder } from '../sql-tests/support/orders.ts';

jest.setTimeout(90_000);

const password = 'correct horse battery';
let dashboard: BuiltDashboard;
let api: TestApi;
const opened: OpenPage[] = [];

beforeAll(async () => {
  dashboard = await buildDashboard();
  api = await startTestApi({}, dashboard.dist);
  await setPassword(api, api.ours.id, api.ours.staff, password);
});
afterAll(async () => {
  await api.close();
  await dashboard.remove();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((page) => page.close()));
});

async function openHandOver(screen: ScreenOptions = {}): Promise<OpenPage> {
  const page = await openBoard(`${api.server.url}/`, screen);
  opened.push(page);
  await signIn(page.page, `staff@merchant-${api.ours.id}.example`, password);
  await page.page.getByTestId('hand-over').click();
  await page.page.getByTestId('hand-over-page').waitFor();
  return page;
}

async function label(boxes: number): Promise<void> {
  for (let at = 0; at < boxes; at += 1) {
    const order = await placeOrder(api.database.pool, api.ours, 'automated');
    await drive(api.database.pool, api.ours, order, 'labelled');
  }
}

/** The link names the public address, which is not where a test's server listens. */
async function printed(page: Page, number: number): Promise<string> {
  const link = page.getByTestId(`manifest-${number}`).getByTestId('print');
  const { pathname, search } = new URL((await link.getAttribute('href')) ?? '');
  const response = await fetch(new URL(pathname + search, api.server.url));
  return look(new Uint8Array(await response.arrayBuffer())).text;
}

test('staff make a manifest of what waits, print it, and say what the van did not take', async () => {
  const { page, complaints } = await openHandOver();
  await page.getByTestId('nothing-waits').waitFor();
  await label(3);
  await page.reload();
  const point = page.locator('[data-testid^=point-]');
  await point.getByText('boxes wait').waitFor();
  expect(await point.getByTestId('waiting-count').textContent()).toBe('3');

  await point.getByTestId('make-manifest').click();
  const manifest = page.getByTestId('manifest-1');
  await manifest.getByText('3 boxes').waitFor();
  expect(await point.getByTestId('make-manifest').isDisabled()).toBe(true);
  expect(await printed(page, 1)).toContain('Total 3 boxes');

  await manifest.getByTestId('show-boxes').click();
  await manifest.getByTestId('line-2').getByTestId('left-behind').click();
  await page.getByTestId('reason').fill('the van was full');
  await page.getByTestId('dialog-confirm').click();
  await manifest.locator('[data-testid=line-2][data-struck=true]').waitFor();
  await point.getByText('box waits').waitFor();
  expect(await printed(page, 1)).toContain('Total 2 boxes');
  expect(complaints).toEqual([]);
});

test('who comes second is told which manifest took the boxes', async () => {
  await label(1);
  const [first, second] = [await openHandOver(), await openHandOver()];
  await second.page.getByTestId('make-manifest').and(second.page.locator(':enabled')).waitFor();
  await first.page.getByTestId('make-manifest').click();
  await first.page.locator('[data-made=true]').waitFor();
  await second.page.getByTestId('make-manifest').click();
  await second.page
    .getByTestId('hand-over-error')
    .getByText(/manifest \d+ took the last/)
    .waitFor();
  await second.page.getByText('nothing waits').waitFor();
});

test('on a phone has the whole page without scrolling sideways', async () => {
  await label(2);
  const { page } = await openHandOver(phone);
  await page.getByTestId('make-manifest').click();
  await page.locator('[data-made=true]').getByTestId('show-boxes').click();
  await page.getByTestId('line-1').waitFor();
  expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
});
