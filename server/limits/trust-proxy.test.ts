import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { postAuth } from '../testing/auth-client.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let plain: TestApi;
let behindProxy: TestApi;

beforeAll(async () => {
  const limits = { RATE_LIMIT_INVITATION_ADDRESS: '2 1h' };
  plain = await startTestApi(limits);
  behindProxy = await startTestApi({ ...limits, TRUST_PROXY: '1' });
});
afterAll(() => Promise.all([plain.close(), behindProxy.close()]));

const knock = async (api: TestApi, address: string) =>
  (await postAuth(api, 'invitation', { token: 'no such token' }, { address })).status;

test('without TRUST_PROXY a forged X-Forwarded-For is not believed', async () => {
  const statuses = [];
  for (let i = 0; i < 4; i += 1) statuses.push(await knock(plain, `10.0.0.${i}`));
  expect(statuses).toEqual([404, 404, 429, 429]);
});

test('behind one proxy the address that it saw counts, and not what the client claimed before', async () => {
  for (let i = 0; i < 4; i += 1) expect(await knock(behindProxy, `10.0.0.${i}`)).toBe(404);
  const claimed = [];
  for (let i = 0; i < 4; i += 1) claimed.push(await knock(behindProxy, `10.9.9.${i}, 10.0.1.1`));
  expect(claimed).toEqual([404, 404, 429, 429]);
});
