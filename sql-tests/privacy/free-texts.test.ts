import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { dumpEverything, findWords } from '../support/dump-everything.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine: merchant } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

test('what people and carriers wrote about the customer is gone from every table', () =>
  database.withRollback(async (db) => {
    const words = [
      'Zubeida',
      'Quttainah',
      '9847055509',
      'z@kappad.example',
      'Peacock Alley',
      '683542',
    ];
    const order = await placeOrder(db, merchant, 'automated', {
      customer: { name: 'Zubeida Quttainah', phone: '98470 55509', email: 'z@kappad.example' },
      ship_to: {
        name: 'Zubeida Quttainah',
        phone: '98470 55509',
        address1: '77 Peacock Alley',
        pincode: '683542',
      },
    });
    const call = {
      service: 'delhivery',
      account_id: merchant.carrierAccount,
      operation: 'serviceability',
      reference: `W${merchant.id}-${(await readOrder(db, order)).number as string}`,
      outcome: 'transient',
      duration_ms: 3,
      request_masked: 'GET /pin-codes?filter_codes=683542',
      answer_masked: '{"rmk": "Zubeida at +91 98470-55509 is not served"}',
    };
    await db.query('select app_private.record_call($1, $2)', [merchant.id, call]);
    await asMember(db, merchant, 'staff');
    await db.query(`select app_public.clear_attention($1, $2)`, [
      order,
      'ZUBEIDA said on 098470 55509: z@kappad.example',
    ]);
    await db.query(`select app_public.cancel_order($1, 'Mrs. Quttainah left 77  Peacock Alley')`, [
      order,
    ]);
    await asDba(db);
    const before = findWords(await dumpEverything(db), words);
    expect([...new Set(before.map((found) => found.split(':')[0]))]).toEqual([
      'app_public.order_contacts',
    ]);
    await db.query(
      `insert into app_public.order_events (order_id, type, reason) values ($1, 'customer_erased', 'Asked')`,
      [order],
    );
    expect(findWords(await dumpEverything(db), words)).toEqual([]);
  }));

test.each([
  ['left with ASHA   MENON', 'left with ***'],
  ['left with Asha\n\tMenon at the gate', 'left with *** at the gate'],
  ['Asha took it, Mrs. menon did not', '*** took it, Mrs. *** did not'],
  ['Ashapura is another place', 'Ashapura is another place'],
  ['called (0)98470-55.509 twice', 'called (*** twice'],
  ['called +91 98470 55509', 'called ***'],
  ['ആശ മേനോൻ: asha menon, 98470 55509', '***: ***, ***'],
  ['door 4 (blue)\\gate', '***'],
  ['door 4 blue gate', 'door 4 blue gate'],
  ['', ''],
])('of %j only %j is kept', (written, kept) =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated', {
      customer: { name: 'ആശ മേനോൻ', phone: '98470 55509' },
      ship_to: { name: 'Asha Menon', address1: 'Door 4 (blue)\\gate', pincode: '683542' },
    });
    await asDba(db);
    const { rows } = await db.query<{ kept: string }>(
      'select app_hidden.redacted($1, $2, $3) as kept',
      [written, merchant.id, order],
    );
    expect(rows[0]?.kept).toBe(kept);
  }),
);
