/** The customer's page in a real browser: what it shows, what it hides, and that it keeps up. */
import { afterAll, afterEach, beforeAll, expect, test } from '@jest/globals';

import { openBoard, phone } from '../dashboard/test-support/page.ts';
import type { OpenPage } from '../dashboard/test-support/page.ts';
import { untilOpen } from '../server/testing/live-clients.ts';
import { startTestApi } from '../server/testing/test-api.ts';
import type { TestApi } from '../server/testing/test-api.ts';
import { drive } from '../sql-tests/support/drive.ts';
import { placeOrder, readOrder } from '../sql-tests/support/orders.ts';
import { one } from '../sql-tests/support/query.ts';

let api: TestApi;
let open: OpenPage | undefined;

beforeAll(async () => {
  api = await startTestApi();
});
afterEach(async () => {
  await open?.close();
  open = undefined;
});
afterAll(() => api.close());

test.each([
  ['a desktop', {}],
  ['a phone', phone],
])('on %s it follows the order to the door, and shows nothing else', async (_name, screen) => {
  const { pool } = api.database;
  const order = await placeOrder(pool, api.ours, 'automated');
  await drive(pool, api.ours, order, 'labelled');
  await api.dispatch();
  const { public_id } = await readOrder(pool, order);
  open = await openBoard(`${api.server.url}/track/${String(public_id)}`, screen);
  const { page, complaints } = open;
  await untilOpen(api, 1);
  const overflow = () =>
    page.evaluate('document.documentElement.scrollWidth - document.documentElement.clientWidth');
  expect(await overflow()).toBe(0);

  await drive(pool, api.ours, order, 'delivered', 'labelled');
  await api.dispatch();
  const { tracking_code } = await readOrder(pool, order);
  await page.getByText(String(tracking_code)).first().waitFor(); // without a reload
  await page
    .getByText(/delivered/i)
    .first()
    .waitFor();
  expect(await overflow()).toBe(0);

  const contact = await one<{ name: string; phone: string; address1: string }>(
    pool,
    'select name, phone, address1 from app_public.order_contacts where order_id = $1 and version = 1',
    [order],
  );
  const html = await page.content();
  for (const secret of [order, contact.name, contact.phone, contact.address1])
    expect(html).not.toContain(secret);
  expect(complaints).toEqual([]);
});

test('without scripts it shows the same, and of an unknown order it says so', async () => {
  const { pool } = api.database;
  const order = await placeOrder(pool, api.ours, 'pickup');
  const { public_id } = await readOrder(pool, order);
  const page = await fetch(`${api.server.url}/track/${String(public_id)}`);
  expect(page.status).toBe(200);
  expect(page.headers.get('cache-control')).toBe('private, no-store');
  expect(await page.text()).toContain('<main');
  const unknown = await fetch(`${api.server.url}/track/AAAAAAAAAAAA`);
  expect(unknown.status).toBe(404);
});
