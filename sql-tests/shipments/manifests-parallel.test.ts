import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder } from '../support/orders.ts';
import { outcomeOf, tally } from '../support/outcome.ts';
import { backendOf, committed, inParallel, untilBlocked } from '../support/parallel.ts';
import { rows } from '../support/query.ts';
import { create, labelled, waiting } from './hand-over.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

test('two who press the button together: one gets all, the other is told so', async () => {
  const merchant = await addMerchant(database.pool, 'Two at once');
  for (let at = 0; at < 5; at += 1) await labelled(database.pool, merchant);
  const [first, second] = [await database.connect(), await database.connect()];
  await first.query('begin');
  await asMember(first, merchant, 'staff');
  const manifest = await create(first, merchant);
  const waiting = await backendOf(second);
  const late = committed(second, async () => {
    await asMember(second, merchant, 'manager');
    await create(second, merchant);
  });
  const outcome = outcomeOf(late);
  await untilBlocked(database.pool, waiting);
  await first.query('commit');
  expect(await outcome).toMatchObject({ code: 'WB007', facts: { manifestId: manifest.id } });
  expect(manifest.box_count).toBe(5);
  await Promise.all([first.end(), second.end()]);
});

test('labels, cancellations and ten hands on the button: each box on one list, none lost', async () => {
  const merchant = await addMerchant(database.pool, 'Busy');
  const orders: string[] = [];
  for (let at = 0; at < 12; at += 1) orders.push(await labelled(database.pool, merchant));
  const more: string[] = [];
  for (let at = 0; at < 8; at += 1) {
    const order = await placeOrder(database.pool, merchant, 'automated');
    await drive(database.pool, merchant, order, 'assigned');
    more.push(order);
  }
  const codes = await inParallel(database, 8, 40, async (client, at) => {
    const late = more[(at - 1) / 2];
    if (at % 2 === 1 && late) return drive(client, merchant, late, 'labelled', 'assigned');
    if (at % 10 === 4) {
      await asMember(client, merchant, 'manager');
      return client.query(`select app_public.cancel_order($1, 'x')`, [orders[at / 4]]);
    }
    await asMember(client, merchant, 'staff');
    return create(client, merchant);
  });
  expect(Object.keys(tally(codes)).sort()).toEqual(['WB007', 'ok']);
  await outcomeOf(committedCreate(merchant));
  expect(await waiting(database.pool, merchant)).toEqual([]);
  const lost = await rows(
    database.pool,
    `select s.id from app_public.shipments_current s
     join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
     left join app_public.manifest_boxes b
       on b.merchant_id = s.merchant_id and b.shipment_id = s.id
     where s.merchant_id = $1 and o.status <> 'cancelled'
     group by s.id having count(b.line) <> 1`,
    [merchant.id],
  );
  expect(lost).toEqual([]);
  for (const rule of ['boxes_are_handed_over_once', 'manifests_are_whole']) {
    expect(await rows(database.pool, `select * from app_private.broken_${rule}`)).toEqual([]);
  }
});

async function committedCreate(merchant: Merchant): Promise<void> {
  const client = await database.connect();
  await committed(client, async () => {
    await asMember(client, merchant, 'staff');
    await create(client, merchant);
  }).finally(() => client.end());
}
