import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';

import { placeOrder } from '../../sql-tests/support/orders.ts';
import type { Merchant } from '../../sql-tests/support/merchants.ts';
import { addMerchant } from '../../sql-tests/support/merchants.ts';
import { listen, subscribe, untilOpen } from '../testing/live-clients.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
const open: { close(): void }[] = [];

beforeAll(async () => {
  api = await startTestApi();
});
afterEach(async () => {
  for (const client of open.splice(0)) client.close();
  await untilOpen(api, 0);
});
afterAll(() => api.close());

const lost: [string, string, string][] = [
  ['disabled', 'update app_public.members set disabled_at = now() where id = $1', '4403'],
  ['signed out', 'update app_public.sessions set ended_at = now() where member_id = $1', '4403'],
  ['removed', 'delete from app_public.members where id = $1', '4403'],
  ['given another role', "update app_public.members set role = 'manager' where id = $1", '4401'],
];

/** One member of staff who listens in every way there is, and an owner who does. */
async function listeners(merchant: Merchant) {
  const [staff, owner] = [await api.tokenOf(merchant, 'staff'), await api.tokenOf(merchant)];
  const field = `orderStatusUpdated(storeId: ${merchant.pickup}) { orderId order { id } }`;
  const counts = `orderCounts(storeId: ${merchant.pickup}) { counts { total } }`;
  const address = `${api.server.url}/stores/${merchant.pickup}`;
  const all = {
    moves: subscribe(api, { token: staff, field }),
    counts: subscribe(api, { token: staff, field: counts }),
    stream: listen(`${address}/events`, { authorization: `Bearer ${staff}` }),
    owner: subscribe(api, { token: owner, field }),
  };
  open.push(...Object.values(all));
  await untilOpen(api, 4);
  await all.counts.first(1);
  return { ...all, staff, owners: owner, field };
}

describe.each(lost)('a member who is %s while connected', (_how, change, code) => {
  test('gets nothing of what is committed afterwards, and is cut off', async () => {
    const merchant = await addMerchant(api.database.pool, 'Kochi Cotton');
    const before = await listeners(merchant);
    await api.database.pool.query(change, [merchant.staff]);
    // At once: whoever asks for permissions only now and then would still tell of it.
    await placeOrder(api.database.pool, merchant, 'pickup');
    await api.dispatch();
    expect(await before.owner.first(1)).toHaveLength(1);
    expect(await before.moves.ended()).toBe(code);
    expect(await before.counts.ended()).toBe(code);
    expect(await before.stream.ended()).toBe('end');
    expect(before.moves.updates).toEqual([]);
    expect(before.stream.updates).toEqual([]);
    expect(before.counts.updates).toHaveLength(1); // the counts before it
  });

  test('is cut off when nothing happens, too, and cannot come back', async () => {
    const merchant = await addMerchant(api.database.pool, 'Kochi Cotton');
    const { moves, staff, field, stream } = await listeners(merchant);
    await api.database.pool.query(change, [merchant.staff]);
    expect(await moves.ended()).toBe(code);
    expect(await stream.ended()).toBe('end');
    const again = subscribe(api, { token: staff, field });
    expect(await again.ended()).toBe('4401');
    const answer = await fetch(`${api.server.url}/stores/${merchant.pickup}/events`, {
      headers: { authorization: `Bearer ${staff}` },
    });
    expect(answer.status).toBe(401);
  });
});
