/** Who may do what, as people meet it: a real server and a real browser, from the invitation to the end. */
import { afterAll, afterEach, beforeAll, describe, expect, jest, test } from '@jest/globals';
import type { Page } from 'playwright-core';
import { buildDashboard } from '../dashboard/test-support/built.ts';
import type { BuiltDashboard } from '../dashboard/test-support/built.ts';
import { openBoard, phone, signIn } from '../dashboard/test-support/page.ts';
import type { OpenPage, ScreenOptions } from '../dashboard/test-support/page.ts';
import { setPassword } from '../server/testing/auth-client.ts';
import { startTestApi, type TestApi } from '../server/testing/test-api.ts';

jest.setTimeout(90_000);

const password = 'correct horse battery';
const invited = 'four words of another';
let dashboard: BuiltDashboard;
let api: TestApi;
const opened: OpenPage[] = [];

beforeAll(async () => {
  dashboard = await buildDashboard();
  api = await startTestApi({}, dashboard.dist);
  await setPassword(api, api.ours.id, api.ours.owner, password);
});
afterAll(async () => {
  await api.close();
  await dashboard.remove();
});
afterEach(async () => {
  await Promise.all(opened.splice(0).map((page) => page.close()));
});

async function open(path = '', screen: ScreenOptions = {}): Promise<Page> {
  const page = await openBoard(new URL(path, `${api.server.url}/`).href, screen);
  opened.push(page);
  return page.page;
}

async function openAccount(screen: ScreenOptions = {}): Promise<Page> {
  const page = await open('', screen);
  await signIn(page, `owner@merchant-${api.ours.id}.example`, password);
  await page.getByTestId('account').click();
  await page.getByTestId('account-page').waitFor();
  return page;
}

async function makeLink(page: Page, name: string, email: string): Promise<string> {
  await page.getByTestId('invite-name').fill(name);
  await page.getByTestId('invite-email').fill(email);
  await page.getByTestId('invite-role').selectOption('MANAGER');
  await page.getByTestId('invite').click();
  await page.getByTestId('pending').getByText(email).waitFor();
  return page.getByTestId('link').inputValue();
}

async function joinWith(page: Page, chosen: string): Promise<void> {
  await page.getByTestId('new-password').fill(chosen);
  await page.getByTestId('join-submit').click();
}

describe('an owner', () => {
  test('invites a manager, who joins by the link, signs in, and is shut out at once when disabled', async () => {
    const owner = await openAccount();
    const link = await makeLink(owner, 'Asha Menon', 'asha@example.in');
    expect(new URL(link).hash).toMatch(/^#\/join\/[0-9a-f]{64}$/);

    const asha = await open(link);
    await asha.getByText('You are invited to Kochi Cotton as manager').waitFor();
    await joinWith(asha, 'I am asha for ever');
    const refused = asha.getByTestId('join-error');
    await refused.getByText('must not contain the e-mail address').waitFor();
    await joinWith(asha, invited);
    await asha.getByTestId('board').waitFor();
    expect(asha.url()).not.toContain('join');

    await asha.getByTestId('sign-out').click();
    await signIn(asha, 'asha@example.in', invited);
    const again = await open(link);
    await again.getByText('This link was used').waitFor();

    await owner.reload();
    const row = owner.locator('[data-testid^=member-]', { hasText: 'asha@example.in' });
    await row.getByRole('button', { name: 'Disable' }).click();
    await owner.getByTestId('dialog-confirm').click();
    await row.getByText('disabled').waitFor();
    await asha.reload();
    await asha.getByTestId('login-email').waitFor();
  });

  test('who is the only one is told why they cannot step down', async () => {
    const page = await openAccount();
    await page.getByTestId(`role-${api.ours.owner}`).selectOption('STAFF');
    await page.getByTestId('members-error').getByText('keeps at least one owner').waitFor();
    expect(await page.getByTestId(`role-${api.ours.owner}`).inputValue()).toBe('OWNER');
  });
});

describe('a member', () => {
  test('sees where they are signed in and signs out everywhere else', async () => {
    const [here, there] = [await openAccount(), await openAccount()];
    await here.reload();
    const sessions = here.getByTestId('session');
    await sessions.getByText('this one').waitFor();
    await here.getByTestId('end-others').click();
    await here.getByTestId('end-others').waitFor({ state: 'detached' });
    expect(await sessions.count()).toBe(1);
    await there.reload();
    await there.getByTestId('login-email').waitFor();
  });

  test('changes the password, and is told what is wrong with it', async () => {
    const page = await openAccount();
    const change = async (current: string, next: string) => {
      await page.getByTestId('current-password').fill(current);
      await page.getByTestId('new-password').fill(next);
      await page.getByTestId('change-password').click();
    };
    await change('not my password', 'a new horse battery');
    await page.getByTestId('password-error').getByText('not your present password').waitFor();
    await change(password, 'a new horse battery');
    await page.getByTestId('password-changed').waitFor();
    await change('a new horse battery', password);
    await page.getByTestId('password-error').waitFor({ state: 'detached' });
    await page.getByTestId('password-changed').waitFor();
  });

  test('on a phone has the whole page without scrolling sideways', async () => {
    const page = await openAccount(phone);
    await makeLink(page, 'Biju Thomas', 'biju.thomas.with.a.long.address@a-long-domain.example');
    expect(await page.evaluate(() => document.documentElement.scrollWidth)).toBe(390);
  });
});

test('who tries too often is told how long to wait, and the button waits with them', async () => {
  await api.database.pool.query('delete from app_private.rate_buckets');
  const page = await open();
  await page.getByTestId('login-email').fill('nobody@example.in');
  for (let i = 0; i < 6; i += 1) {
    await page.getByTestId('login-password').fill(`wrong ${i}`);
    const answered = page.waitForResponse(/auth\/login/);
    await page.getByTestId('login-submit').click();
    await (await answered).finished();
    if (i < 5)
      await page.getByTestId('login-submit').getByText('Sign in', { exact: true }).waitFor();
  }
  const notice = page.getByTestId('login-wait');
  await notice.getByText(/\d+ seconds/).waitFor();
  expect(await page.getByTestId('login-submit').isDisabled()).toBe(true);
});
