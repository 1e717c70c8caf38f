import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createTestDatabase, type TestDatabase } from '../../sql-tests/support/database.ts';
import { addMerchant } from '../../sql-tests/support/merchants.ts';
import { dispatchAll } from '../../sql-tests/support/dispatch.ts';
import { placeOrder } from '../../sql-tests/support/orders.ts';
import { readLiveEvents, readMissedEvents, readStreamState } from './read-events.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('reading live events', () => {
  test('goes on after a position, without gaps, and ends where the stream is', async () => {
    const { pool } = database;
    const merchant = await addMerchant(pool, 'Kochi Cotton');
    const orders = [];
    for (let n = 0; n < 3; n += 1) orders.push(await placeOrder(pool, merchant, 'pickup'));
    await dispatchAll(pool);
    const { stream, position } = await readStreamState(pool);
    const all = await readLiveEvents(pool, stream, 0);
    expect(all.map(({ orderId }) => orderId)).toEqual(orders);
    expect(all.map((event) => event.position)).toEqual([1, 2, 3]);
    expect(all.at(-1)).toMatchObject({ position, cursor: `${stream}.3` });
    expect(await readLiveEvents(pool, stream, 2)).toEqual(all.slice(2));
    expect(await readLiveEvents(pool, stream, 3)).toEqual([]);
  });

  test("of one store tells nothing of another store's", async () => {
    const { pool } = database;
    const merchant = await addMerchant(pool, 'Second');
    await placeOrder(pool, merchant, 'pickup');
    const ours = await placeOrder(pool, merchant, 'shipping');
    await placeOrder(pool, await addMerchant(pool, 'Third'), 'shipping');
    await dispatchAll(pool);
    const { stream, position } = await readStreamState(pool);
    const missed = { merchantId: merchant.id, storeId: merchant.shipping, after: 0 };
    const events = await readMissedEvents(pool, stream, { ...missed, upTo: position });
    expect(events.map(({ orderId }) => orderId)).toEqual([ours]);
    expect(await readMissedEvents(pool, stream, { ...missed, upTo: 1 })).toEqual([]);
  });
});
