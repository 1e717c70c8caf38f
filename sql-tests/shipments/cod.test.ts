import { afterAll, beforeAll, expect, test } from '@jest/globals';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { outcomeOf } from '../support/outcome.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;
beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

/** A second box like the first, asking for this much at the door. */
function planAnother(db: Db, order: string, paymentMode: string, codMinor: number) {
  return outcomeOf(
    db.query(
      `insert into app_public.order_events (order_id, shipment_id, type, inputs)
       select $1, app_hidden.uuid_v7(), 'shipment_planned', e.inputs || jsonb_build_object(
         'box', 2, 'payment_mode', $2::text, 'cod_amount_minor', $3::bigint)
       from app_public.order_events e where e.order_id = $1 and e.type = 'shipment_planned'`,
      [order, paymentMode, codMinor],
    ),
  );
}

const cod = { payment_mode: 'cod', cod_amount_minor: 79_900 };

test('the boxes of an order never collect more than the order says', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated', cod);
    await drive(db, merchant, order, 'assigned');
    expect(await planAnother(db, order, 'cod', 1)).toMatchObject({
      code: 'WB004',
      facts: { field: 'cod_amount_minor', due: 79_900, planned: 79_900 },
    });
  }));

test('a box of a prepaid order collects nothing', () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    expect((await planAnother(db, order, 'cod', 100)).code).toBe('WB004');
  }));

test.each([
  ['cash on a prepaid box', 'prepaid', 100],
  ['no cash on a COD box', 'cod', 0],
])('%s is refused by a constraint, whoever writes it', (_what, mode, codMinor) =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated', cod);
    await drive(db, merchant, order, 'assigned');
    // No trigger stands in the way: what is left is the table.
    await db.query('set local session_replication_role = replica');
    const write = outcomeOf(
      db.query(
        'update app_public.shipments_current set payment_mode = $2, cod_amount_minor = $3 where order_id = $1',
        [order, mode, codMinor],
      ),
    );
    expect((await write).message).toContain('shipments_current_cod_only_on_cod');
  }),
);
