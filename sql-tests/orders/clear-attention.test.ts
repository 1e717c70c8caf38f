import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asActor, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';
import { outcomeOf } from '../support/outcome.ts';
import { one } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

async function raise(db: Db, order: string, code: string): Promise<void> {
  await asActor(db, merchant, 'system');
  await db.query(
    `insert into app_public.order_events (order_id, type, reason, inputs)
     values ($1, 'attention_raised', 'Please look.', jsonb_build_object('code', $2::text))`,
    [order, code],
  );
}

test('attention is a flag beside the status, with code, words and since when', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await raise(db, order, 'FIRST');
    const first = await readOrder(db, order);
    expect(first).toMatchObject({
      status: 'pending',
      attention: 'FIRST',
      attention_reason: 'Please look.',
    });
    await raise(db, order, 'SECOND');
    const second = await readOrder(db, order);
    expect(second.attention).toBe('SECOND');
    expect(second.attention_since).toEqual(first.attention_since);
  }));

test('a member clears it with a note, which the log keeps', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await raise(db, order, 'FIRST');
    await asMember(db, merchant, 'staff');
    await db.query(`select app_public.clear_attention($1, 'Called her.')`, [order]);
    const cleared = { attention: null, attention_reason: null, attention_since: null };
    expect(await readOrder(db, order)).toMatchObject(cleared);
    const event = await one(
      db,
      'select type, reason from app_public.order_events where order_id = $1 and seq = 3',
      [order],
    );
    expect(event).toEqual({ type: 'attention_cleared', reason: 'Called her.' });
  }));

test.each([null, '', '  '])('the note %j is none: WB004', (note) =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await asMember(db, merchant, 'staff');
    const clear = db.query('select app_public.clear_attention($1, $2)', [order, note]);
    expect(await outcomeOf(clear)).toMatchObject({ code: 'WB004', facts: { field: 'note' } });
  }),
);
