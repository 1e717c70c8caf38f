import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { createTestDatabase, type TestDatabase } from '../../sql-tests/support/database.ts';
import { addMerchant } from '../../sql-tests/support/merchants.ts';
import { dispatchAll } from '../../sql-tests/support/dispatch.ts';
import { placeOrder } from '../../sql-tests/support/orders.ts';
import { readLiveCursor, readLiveEvents } from './read-events.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

describe('reading live events', () => {
  test('takes whole transactions only, and a larger batch for one that is larger', async () => {
    const { pool } = database;
    const merchant = await addMerchant(pool, 'Kochi Cotton');
    const first = await placeOrder(pool, merchant, 'pickup');
    const client = await pool.connect();
    await client.query('begin');
    const together = [1, 2, 3].map(() => placeOrder(client, merchant, 'pickup'));
    await Promise.all(together);
    await client.query('commit');
    client.release();
    await dispatchAll(pool);
    const start = await readLiveEvents(pool, -1n, 2);
    expect(start.events.map(({ orderId }) => orderId)).toEqual([first]);
    expect(start.full).toBe(true);
    const rest = await readLiveEvents(pool, start.upTo, 2);
    expect(rest.events.map(({ orderId }) => orderId).sort()).toEqual(
      (await Promise.all(together)).sort(),
    );
    expect(rest.upTo).toBe(await readLiveCursor(pool));
    expect((await readLiveEvents(pool, rest.upTo, 2)).events).toEqual([]);
  });
});
