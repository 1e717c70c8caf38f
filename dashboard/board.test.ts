import { join } from 'node:path';
import {
  afterAll,
  afterEach,
  beforeAll,
  beforeEach,
  describe,
  expect,
  jest,
  test,
} from '@jest/globals';
import { buildDashboard } from './test-support/built.ts';
import type { BuiltDashboard } from './test-support/built.ts';
import { firstNumber, populatedWorld, undeliveredNumber } from './test-support/mock-orders.ts';
import { mockMember, startMockServer } from './test-support/mock-server.ts';
import type { MockServer } from './test-support/mock-server.ts';
import type { MockWorld } from './test-support/mock-world.ts';
import {
  closeOrder,
  columnOfCard,
  driveNextStep,
  openBoard,
  openOrder,
  phone,
  pickStore,
  signIn,
  waitForCard,
  waitForStatus,
  waitForStillness,
  waitUntilLive,
} from './test-support/page.ts';
import type { OpenPage, ScreenOptions } from './test-support/page.ts';

const root = join(import.meta.dirname, '..');
const stores = { automated: 1, shipping: 2, pickup: 3 };

jest.setTimeout(60_000);

let dashboard: BuiltDashboard;
let world: MockWorld;
let server: MockServer;
let open: OpenPage;

beforeAll(async () => {
  dashboard = await buildDashboard();
});

afterAll(() => dashboard.remove());

beforeEach(async () => {
  world = populatedWorld();
  server = await startMockServer(dashboard.dist, join(root, 'generated/schema.graphql'), world);
});

afterEach(async () => {
  await open.close();
  await server.close();
});

async function enter(storeId: number, screen: ScreenOptions = {}): Promise<void> {
  open = await openBoard(server.url, screen);
  await signIn(open.page, mockMember.email, mockMember.password);
  await pickStore(open.page, storeId);
}

function firstIn(storeId: number, status: string): number {
  const found = [...world.orders.values()].find(
    (order) => order.storeId === storeId && order.status === status,
  );
  if (!found) throw new Error(`No order of store ${storeId} is ${status}`);
  return Number(found.number);
}

function count(status: string): Promise<string | null> {
  return open.page.getByTestId(`count-${status}`).textContent();
}

describe('signing in', () => {
  test('a wrong password is refused in words and the page stays', async () => {
    open = await openBoard(server.url);
    await open.page.getByTestId('login-email').fill(mockMember.email);
    await open.page.getByTestId('login-password').fill('wrong');
    await open.page.getByTestId('login-submit').click();
    const message = open.page.getByText('E-mail or password is wrong.');
    await message.waitFor();
    expect(await open.page.getByTestId('login-submit').isEnabled()).toBe(true);
  });

  test('a reload stays signed in and keeps the store; signing out does not', async () => {
    await enter(stores.pickup);
    await open.page.reload();
    await open.page.locator('[data-testid=board][data-store-id="3"]').waitFor();
    await open.page.getByTestId('sign-out').click();
    await open.page.getByTestId('login-email').waitFor();
    await open.page.reload();
    await open.page.getByTestId('login-email').waitFor();
  });

  test('an access token that the server no longer takes is swapped without a word', async () => {
    await enter(stores.pickup);
    const before = server.signIns();
    server.expireTokens();
    await openOrder(open.page, firstIn(stores.pickup, 'PENDING'));
    expect(server.signIns()).toBe(before + 1);
    expect(await open.page.getByTestId('order-status').textContent()).toBe('Pending');
  });
});

describe('the board', () => {
  test('has a column for each status, and a card says what the order is', async () => {
    await enter(stores.automated);
    const statuses = ['received', 'validated', 'assigned', 'labelled', 'dispatched', 'delivered'];
    for (const status of statuses) {
      expect(await open.page.getByTestId(`column-${status}`).isVisible()).toBe(true);
    }
    const card = await open.page.getByTestId(`card-${firstNumber}`).textContent();
    expect(card).toContain('#KC5041');
    expect(card).toContain('Arjun Rao');
    expect(card).toContain('₹1,258');
    expect(await count('received')).toBe('3');
    expect(open.complaints).toEqual([]);
  });

  test('an order that somebody else moves changes column and counts by itself', async () => {
    await enter(stores.automated);
    const number = firstIn(stores.automated, 'LABELLED');
    world.move(number, 'DISPATCHED', 'CARRIER');
    await waitForCard(open.page, number, 'dispatched');
    expect(await count('labelled')).toBe('4');
    expect(await count('dispatched')).toBe('7');
  });

  test('an event without its order has the order read', async () => {
    await enter(stores.automated);
    world.withholdsOrders = true;
    const number = firstIn(stores.automated, 'ASSIGNED');
    world.move(number, 'LABELLED');
    await waitForCard(open.page, number, 'labelled');
    expect(await count('assigned')).toBe('3');
  });

  test('what happened while the connection was away is shown when it is back', async () => {
    await enter(stores.automated);
    const number = firstIn(stores.automated, 'RECEIVED');
    world.move(number, 'VALIDATED');
    await waitForCard(open.page, number, 'validated');
    server.refuseSockets(true);
    server.dropSockets();
    await open.page.locator('[data-testid=connection-state][data-state=reconnecting]').waitFor();
    world.move(number, 'ASSIGNED');
    expect(await columnOfCard(open.page, number)).toBe('validated');
    server.refuseSockets(false);
    await waitUntilLive(open.page);
    await waitForCard(open.page, number, 'assigned');
  });

  test('orders that need attention are beside the board with the reason', async () => {
    await enter(stores.automated);
    const exception = open.page.getByTestId(`exception-${firstNumber + 1}`);
    expect(await exception.textContent()).toContain('The phone number has too few digits.');
    await exception.click();
    const banner = open.page.getByTestId('attention-banner');
    await banner.getByRole('button').click();
    await open.page.locator('textarea[name=note]').fill('Called the customer.');
    await open.page.getByTestId('dialog-confirm').click();
    await banner.waitFor({ state: 'detached' });
    await exception.waitFor({ state: 'detached' });
    expect(await count('attention')).toBe('1');
  });

  test('a failed delivery is beside the board with its time, and is decided about', async () => {
    await enter(stores.automated);
    const waiting = open.page.getByTestId(`open-case-${undeliveredNumber}`);
    expect(await waiting.textContent()).toContain('5 h left');
    await waiting.click();
    const ndrCase = open.page.getByTestId('ndr-case');
    expect(await ndrCase.textContent()).toContain('door closed');
    await open.page.getByTestId('decide').click();
    await open.page.getByTestId('ndr-phone').fill('98470 55555');
    await open.page.getByTestId('ndr-note').fill('She is back tomorrow.');
    await open.page.getByTestId('dialog-confirm').click();
    await open.page.getByText('To be tried again').waitFor();
    expect(await ndrCase.textContent()).toContain('She is back tomorrow.');
    await closeOrder(open.page);
    await waiting.waitFor({ state: 'detached' });
  });
});

describe('an order', () => {
  test('shows items, address, shipment with its label, and its history in words', async () => {
    await enter(stores.automated);
    await openOrder(open.page, firstIn(stores.automated, 'DISPATCHED'));
    const panel = open.page.getByTestId('order-panel');
    expect(await panel.getByTestId('shipment-1').textContent()).toContain('Delhivery surface');
    expect(await panel.getByTestId('label-1').getAttribute('href')).toContain('/labels/');
    const history = await panel.getByTestId('history').textContent();
    expect(history).toContain('Came in from Shopify');
    expect(history).toContain('The carrier has every box');
    await open.page.keyboard.press('Escape');
    await panel.waitFor({ state: 'detached' });
  });

  test('a pickup order is driven from pending to the customer’s hands', async () => {
    await enter(stores.pickup);
    const number = firstIn(stores.pickup, 'PENDING');
    const reached: string[] = [];
    for (let step = 0; step < 4; step += 1) reached.push(await driveNextStep(open.page, number));
    expect(reached).toEqual(['accepted', 'in_progress', 'ready', 'completed']);
    expect(await open.page.getByTestId('next-step').count()).toBe(0);
    expect(new Set(world.keys).size).toBe(4);
  });

  test('a refused tracking code stays in the dialog; a good one ships the order', async () => {
    await enter(stores.shipping);
    const number = firstIn(stores.shipping, 'PACKING');
    await openOrder(open.page, number);
    await open.page.getByTestId('next-step').click();
    await open.page.getByTestId('tracking-code').fill('??');
    await open.page.getByTestId('dialog-confirm').click();
    await open.page.getByText('This is no tracking code.').waitFor();
    await open.page.getByTestId('tracking-code').fill('RB123456789IN');
    await open.page.getByTestId('dialog-confirm').click();
    await waitForCard(open.page, number, 'shipped');
    await open.page.getByTestId('action-dialog').waitFor({ state: 'detached' });
    expect(world.byNumber(number).trackingCode).toBe('RB123456789IN');
  });

  test('is cancelled with a reason, which the history keeps', async () => {
    await enter(stores.pickup);
    const number = firstIn(stores.pickup, 'ACCEPTED');
    await openOrder(open.page, number);
    await open.page.getByTestId('cancel-order').click();
    await open.page.getByTestId('reason').fill('Out of stock at the counter.');
    await open.page.getByTestId('dialog-confirm').click();
    await waitForCard(open.page, number, 'cancelled');
    await waitForStatus(open.page, 'cancelled');
    const history = await open.page.getByTestId('history').textContent();
    expect(history).toContain('Out of stock at the counter.');
  });

  test('when somebody else was first, a soft notice says so and the order is fresh', async () => {
    await enter(stores.pickup);
    const number = firstIn(stores.pickup, 'ACCEPTED');
    await openOrder(open.page, number);
    // Behind the page's back: without an event, as if it were still on its way.
    world.byNumber(number).status = 'IN_PROGRESS';
    await open.page.getByTestId('next-step').click();
    const notice = open.page.getByTestId('step-notice');
    expect(await notice.textContent()).toContain('It is now: In progress.');
    await waitForStatus(open.page, 'in_progress');
    expect(await open.page.getByTestId('next-step').textContent()).toBe('Mark ready');
  });
});

test('on a phone one column fills the screen and an order covers it', async () => {
  await enter(stores.pickup, phone);
  const number = firstIn(stores.pickup, 'READY');
  await openOrder(open.page, number);
  await waitForStillness(open.page);
  const box = await open.page.getByTestId('order-panel').boundingBox();
  expect(box).toMatchObject({ x: 0, y: 0, width: 390, height: 844 });
  await driveNextStep(open.page, number);
  await closeOrder(open.page);
  const overflow = await open.page.evaluate(() => document.documentElement.scrollWidth);
  expect(overflow).toBe(390);
});
