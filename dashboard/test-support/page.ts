/// <reference lib="dom" />
import chromium from '@sparticuz/chromium';
import { chromium as playwright } from 'playwright-core';
import type { Browser, Page } from 'playwright-core';

/** Drives the dashboard in a real browser, against whatever serves it. */
export interface OpenPage {
  browser: Browser;
  page: Page;
  /** What the page complained about: errors on its console and exceptions. */
  complaints: string[];
  close: () => Promise<void>;
}

export interface ScreenOptions {
  width?: number;
  height?: number;
  dark?: boolean;
  touch?: boolean;
}

export const phone: ScreenOptions = { width: 390, height: 844, touch: true };

export async function openBoard(url: string, screen: ScreenOptions = {}): Promise<OpenPage> {
  const browser = await playwright.launch({
    executablePath: await chromium.executablePath(),
    args: [...chromium.args, '--disable-background-networking'],
    headless: true,
  });
  const context = await browser.newContext({
    viewport: { width: screen.width ?? 1440, height: screen.height ?? 900 },
    colorScheme: screen.dark ? 'dark' : 'light',
    hasTouch: screen.touch ?? false,
    locale: 'en-IN',
    timezoneId: 'Asia/Kolkata',
  });
  const page = await context.newPage();
  page.setDefaultTimeout(10_000);
  const complaints: string[] = [];
  page.on('console', (message) => {
    if (message.type() === 'error') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { browser, page, complaints, close: () => browser.close() };
}

export async function signIn(page: Page, email: string, password: string): Promise<void> {
  await page.getByTestId('login-email').fill(email);
  await page.getByTestId('login-password').fill(password);
  await page.getByTestId('login-submit').click();
  await page.getByTestId('board').waitFor();
}

export async function pickStore(page: Page, storeId: number): Promise<void> {
  await page.getByTestId(`store-tab-${storeId}`).click();
  await page.locator(`[data-testid=board][data-store-id="${storeId}"]`).waitFor();
  await waitUntilLive(page);
}

export async function waitUntilLive(page: Page): Promise<void> {
  await page.locator('[data-testid=connection-state][data-state=live]').waitFor();
}

/** Waits until the card is in the column, on a phone also when another column is in front. */
export async function waitForCard(page: Page, number: number, status: string): Promise<void> {
  await page
    .locator(`[data-testid=column-${status}] [data-testid=card-${number}]`)
    .waitFor({ state: 'attached' });
}

/** The status of the column that the card is in; null when it is on no column. */
export async function columnOfCard(page: Page, number: number): Promise<string | null> {
  const column = page.locator('section.column', { has: page.getByTestId(`card-${number}`) });
  return (await column.count()) === 0 ? null : column.first().getAttribute('data-status');
}

export async function openOrder(page: Page, number: number): Promise<void> {
  await page.getByTestId(`card-${number}`).waitFor({ state: 'attached' });
  const status = await columnOfCard(page, number);
  const tab = page.getByTestId(`board-tab-${status ?? ''}`);
  if (await tab.isVisible()) await tab.click();
  await page.getByTestId(`card-${number}`).click();
  await page.locator('[data-testid=order-panel][aria-busy=false]').waitFor();
}

/**
 * Presses the big button of an order, opening the order first when it is not open, and waits until
 * its card has arrived. Returns the status that it moved to.
 */
export async function driveNextStep(
  page: Page,
  number: number,
  trackingCode?: string,
): Promise<string> {
  const title = page.locator('#order-title', { hasText: `Order ${number}` });
  if ((await title.count()) === 0) await openOrder(page, number);
  const button = page.getByTestId('next-step');
  await button.waitFor();
  const to = (await button.getAttribute('data-to')) ?? '';
  await button.click();
  if (to === 'shipped') {
    await page.getByTestId('tracking-code').fill(trackingCode ?? '');
    await page.getByTestId('dialog-confirm').click();
  }
  await waitForCard(page, number, to);
  await waitForStatus(page, to);
  return to;
}

/** Waits until the open order shows the status. */
export async function waitForStatus(page: Page, status: string): Promise<void> {
  await page.locator(`[data-testid=order-status][data-status=${status}]`).waitFor();
}

/** Waits until nothing glides any more. */
export async function waitForStillness(page: Page): Promise<void> {
  await page.waitForFunction(() => document.getAnimations().length === 0);
}

export async function closeOrder(page: Page): Promise<void> {
  await page.getByTestId('order-close').click();
  await page.getByTestId('order-panel').waitFor({ state: 'detached' });
}
