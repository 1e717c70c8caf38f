import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant, OrderWorkflow } from '../support/merchants.ts';
import { placeOrder, readOrder } from '../support/orders.ts';
import { outcomeOf, tryOut } from '../support/outcome.ts';
import { claim, mustClaim, readEffect } from '../support/pipeline.ts';
import { count, one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { orderAt } from '../workflows/reach.ts';
import { firstBrokenLink } from '../orders/hash-chain.ts';

let database: TestDatabase;
let merchant: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine: merchant, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

const reason = 'The customer asked.';
const erase = (
  db: Db,
  order: string | null,
  phone: string | null = null,
  key: string | null = null,
) =>
  value<number>(db, 'select app_public.erase_customer($1, $2, $3, $4) as value', [
    order,
    phone,
    reason,
    key,
  ]);
const eraseByEvent = (db: Db, order: string) =>
  db.query(
    `insert into app_public.order_events (order_id, type, reason)
     values ($1, 'customer_erased', 'The customer asked.')`,
    [order],
  );
const contactsOf = (db: Db, order: string) =>
  rows<Record<string, unknown>>(
    db,
    'select * from app_public.order_contacts where order_id = $1 order by version',
    [order],
  );
const withPhone = (phone: string) => ({
  customer: { name: 'Asha', phone, email: null },
  ship_to: { name: 'Asha', phone, address1: '12 Palm Grove', pincode: '682001' },
});
/** A pickup order that has ended. */
async function ended(db: Db, of: Merchant, changes: object = {}): Promise<string> {
  const order = await placeOrder(db, of, 'pickup', { ...changes });
  await asMember(db, of, 'owner');
  await db.query(`select app_public.cancel_order($1, 'Changed their mind')`, [order]);
  await asDba(db);
  return order;
}

test("a DBA's plain event erases every version of the contact and keeps the chain", () =>
  database.withRollback(async (db) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'delivered');
    await asDba(db);
    const before = await contactsOf(db, order);
    expect(before.map(({ name }) => name)).toEqual(['Asha Menon 🌸', 'Asha Menon 🌸']);
    await eraseByEvent(db, order);
    const after = await contactsOf(db, order);
    expect(after.map(({ digest }) => digest)).toEqual(before.map(({ digest }) => digest));
    for (const row of after) {
      const { merchant_id, order_id, version, digest, created_at, erased_at, ...rest } = row;
      expect([merchant_id, order_id, digest, created_at, erased_at, version]).not.toContain(null);
      expect(new Set(Object.values(rest))).toEqual(new Set([null]));
    }
    expect(await firstBrokenLink(db, order)).toBeNull();
    const labels = `app_private.labels l join app_public.shipments_current s on s.id = l.shipment_id
      where s.order_id = $1`;
    expect(await count(db, labels, [order])).toBe(0);
  }));

test('a digest cannot be found by trying: the same contact twice has two digests', () =>
  database.withRollback(async (db) => {
    const orders = [
      await placeOrder(db, merchant, 'pickup'),
      await placeOrder(db, merchant, 'pickup'),
    ];
    const contacts = await rows<{ digest: Buffer; proven: Buffer }>(
      db,
      `select c.digest, app_hidden.contact_digest(c) as proven from app_public.order_contacts c
       where c.order_id = any ($1)`,
      [orders],
    );
    expect(contacts).toHaveLength(2);
    expect(contacts[0]?.digest.equals(contacts[1]?.digest ?? Buffer.of())).toBe(false);
    for (const { digest, proven } of contacts) expect(digest.equals(proven)).toBe(true);
  }));

test.each<[OrderWorkflow, string]>([
  ['automated', 'received'],
  ['automated', 'dispatched'],
  ['shipping', 'pending'],
  ['shipping', 'shipped'],
  ['pickup', 'ready'],
])('an order of the workflow %s that is %s keeps its customer: WB001', (workflow, status) =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, workflow, status);
    await asMember(db, merchant, 'owner');
    const outcome = await tryOut(db, () => erase(db, order));
    expect(outcome).toMatchObject({ code: 'WB001', facts: { orderId: order, status } });
    await asDba(db);
    expect((await tryOut(db, () => eraseByEvent(db, order))).code).toBe('WB001');
    expect((await contactsOf(db, order))[0]?.erased_at).toBeNull();
  }),
);

test.each<[OrderWorkflow, string]>([
  ['automated', 'delivered'],
  ['automated', 'cancelled'],
  ['automated', 'returned'],
  ['shipping', 'delivered'],
  ['shipping', 'returned'],
  ['pickup', 'completed'],
])('an order of the workflow %s that is %s is erased', (workflow, status) =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, workflow, status);
    await asMember(db, merchant, 'owner');
    expect(await erase(db, order)).toBe(1);
    expect((await contactsOf(db, order))[0]?.erased_at).not.toBeNull();
    expect((await readOrder(db, order)).status).toBe(status);
  }),
);

test.each(['manager', 'staff'] as const)('a %s may not erase: WB003', (role) =>
  database.withRollback(async (db) => {
    const order = await ended(db, merchant);
    await asMember(db, merchant, role);
    const outcome = await outcomeOf(erase(db, order));
    expect(outcome).toMatchObject({ code: 'WB003', facts: { roles: ['owner'] } });
  }),
);

test.each([
  ['neither order nor phone', [null, null, reason], 'orderId'],
  ['both', ['0190a1b2-0000-7000-8000-000000000000', '9847012345', reason], 'phone'],
  ['a phone cut short', [null, '98470 1234', reason], 'phone'],
  ['a part of a phone', [null, '12345', reason], 'phone'],
  ['words', [null, 'same as above', reason], 'phone'],
  ['an empty phone', [null, '', reason], 'phone'],
  ['no reason', [null, '9847012345', null], 'reason'],
  ['a blank reason', [null, '9847012345', ' \t'], 'reason'],
])('%s: WB004, and the field is named', (_what, values, field) =>
  database.withRollback(async (db) => {
    await asMember(db, merchant, 'owner');
    const call = db.query('select app_public.erase_customer($1, $2, $3)', values);
    expect(await outcomeOf(call)).toMatchObject({ code: 'WB004', facts: { field } });
  }),
);

test('an order of another merchant and one that is none are not found: WB007', () =>
  database.withRollback(async (db) => {
    const theirs = await ended(db, other);
    await asMember(db, merchant, 'owner');
    for (const order of [theirs, '0190a1b2-0000-7000-8000-000000000000']) {
      expect((await tryOut(db, () => erase(db, order))).code).toBe('WB007');
    }
  }));

describe('by phone', () => {
  const spellings = [
    '98470 55501',
    '+91 98470-55501',
    '0091 9847055501',
    '09847055501',
    '+91 (0) 98470.55501',
    '91+91 9847055501',
    '98470 11111 / 98470 55501',
  ];

  test('all orders of the customer are erased, however the phone was typed, and no others', () =>
    database.withRollback(async (db) => {
      const theirs = [];
      for (const phone of spellings) theirs.push(await ended(db, merchant, withPhone(phone)));
      const near = ['98470 55502', '98470 5550', '8470555019', '+65 9847 055501'];
      const others = [await ended(db, other, withPhone('9847055501'))];
      for (const phone of near) others.push(await ended(db, merchant, withPhone(phone)));
      await asMember(db, merchant, 'owner');
      expect(await erase(db, null, '+919847055501')).toBe(spellings.length);
      await asDba(db);
      for (const order of theirs) {
        expect((await contactsOf(db, order))[0]).toMatchObject({ name: null, phone: null });
      }
      for (const order of others) {
        expect((await contactsOf(db, order))[0]).toMatchObject({ name: 'Asha', erased_at: null });
      }
    }));

  test('one order that can still move stops all of it: WB001', () =>
    database.withRollback(async (db) => {
      const done = await ended(db, merchant, withPhone('98470 55503'));
      const active = await placeOrder(db, merchant, 'pickup', withPhone('98470 55503'));
      await asMember(db, merchant, 'owner');
      const outcome = await tryOut(db, () => erase(db, null, '98470 55503'));
      expect(outcome).toMatchObject({ code: 'WB001', facts: { orderId: active } });
      expect((await contactsOf(db, done))[0]?.erased_at).toBeNull();
    }));

  test('a DBA without a merchant names an order: WB004', () =>
    database.withRollback(async (db) => {
      await asDba(db);
      const outcome = await outcomeOf(erase(db, null, '98470 55504'));
      expect(outcome).toMatchObject({ code: 'WB004', facts: { field: 'phone' } });
    }));

  test('a webhook of theirs that became no order is blanked too; one not processed, when it is', () =>
    database.withRollback(async (db) => {
      const receive = `select app_private.receive_message($1, 'shopify', $2, 'orders/create', $3, $4)`;
      const body = Buffer.from('{"phone": "+91 98470 55505", "note": "नमस्ते"}');
      for (const id of ['settled', 'waiting']) {
        await db.query(receive, [merchant.id, merchant.automated, id, body]);
      }
      const settle = `select app_private.settle_message(merchant_id, id, null, 'line_items', 'none')
        from app_public.inbound_messages where external_id = $1`;
      await db.query(settle, ['settled']);
      await asMember(db, merchant, 'owner');
      expect(await erase(db, null, '98470 55505')).toBe(0);
      await asDba(db);
      const stored = async (id: string) =>
        one<{ body: Buffer; erased: boolean }>(
          db,
          `select body, erased_at is not null as erased from app_public.inbound_messages
           where external_id = $1`,
          [id],
        );
      expect(await stored('settled')).toEqual({ body: Buffer.of(), erased: true });
      expect(await stored('waiting')).toEqual({ body, erased: false });
      await db.query(settle, ['waiting']);
      expect(await stored('waiting')).toEqual({ body: Buffer.of(), erased: true });
    }));
});

describe('idempotency', () => {
  test('the same key and request gives the stored number, and one event', () =>
    database.withRollback(async (db) => {
      const order = await ended(db, merchant, withPhone('98470 55506'));
      await asMember(db, merchant, 'owner');
      expect(await erase(db, null, '98470 55506', 'k')).toBe(1);
      expect(await erase(db, null, '98470 55506', 'k')).toBe(1);
      expect(await erase(db, null, '98470 55506')).toBe(0);
      expect(await erase(db, order)).toBe(0);
      expect(
        await count(
          db,
          `app_public.order_events where order_id = $1 and type = 'customer_erased'`,
          [order],
        ),
      ).toBe(1);
    }));

  test('the same key for another customer raises WB005, though no hash of a phone is kept', () =>
    database.withRollback(async (db) => {
      await ended(db, merchant, withPhone('98470 55507'));
      await ended(db, merchant, withPhone('98470 55508'));
      await asMember(db, merchant, 'owner');
      expect(await erase(db, null, '98470 55507', 'k')).toBe(1);
      const outcome = await tryOut(db, () => erase(db, null, '98470 55508', 'k'));
      expect(outcome).toMatchObject({ code: 'WB005', facts: { field: 'idempotencyKey' } });
    }));

  test('what was asked for an erased order with personal data is not answered again: WB005', () =>
    database.withRollback(async (db) => {
      const order = await placeOrder(db, merchant, 'pickup');
      await asMember(db, merchant, 'owner');
      const correct = () =>
        db.query(`select app_public.correct_ship_to($1, '{"name": "Asha"}', 'moved', 'k')`, [
          order,
        ]);
      await correct();
      await db.query(`select app_public.cancel_order($1, 'Changed')`, [order]);
      await erase(db, order);
      expect((await tryOut(db, correct)).code).toBe('WB005');
    }));

  test('an event that is repeated by hand is recorded and harmless', () =>
    database.withRollback(async (db) => {
      const order = await ended(db, merchant);
      await eraseByEvent(db, order);
      const before = await contactsOf(db, order);
      await eraseByEvent(db, order);
      expect(await contactsOf(db, order)).toEqual(before);
    }));
});

describe('an erased order', () => {
  test('abandons the work that needs the customer, and what is retried fails in so many words', () =>
    database.withRollback(async (db) => {
      const order = await placeOrder(db, merchant, 'automated');
      await drive(db, merchant, order, 'delivered');
      const open = await mustClaim(db, merchant, order, 'message_packed');
      await db.query(
        `select app_private.fail_effect($1, $2, 'message_packed', $3, 'refused', 'X', 'No')`,
        [merchant.id, order, open.effect.epoch],
      );
      await asDba(db);
      await eraseByEvent(db, order);
      expect((await readEffect(db, order, 'message_delivered')).status).toBe('abandoned');
      const letter = await value<string>(
        db,
        'select id as value from app_public.dead_letters where order_id = $1',
        [order],
      );
      await db.query('select app_public.retry_dead_letter($1)', [letter]);
      expect(await claim(db, merchant, order, 'message_packed')).toBeNull();
      expect(await readEffect(db, order, 'message_packed')).toMatchObject({
        status: 'dead',
        error_code: 'CUSTOMER_ERASED',
      });
    }));

  test('gets no new contact and no new label: WB001', () =>
    database.withRollback(async (db) => {
      const order = await ended(db, merchant);
      await eraseByEvent(db, order);
      const add = `select app_hidden.add_contact($1, $2, '{"name": "Asha"}')`;
      expect((await tryOut(db, () => db.query(add, [merchant.id, order]))).code).toBe('WB001');
    }));

  test('is not filled again by hand: WB006', () =>
    database.withRollback(async (db) => {
      const order = await ended(db, merchant);
      await eraseByEvent(db, order);
      for (const sql of [
        `update app_public.order_contacts set name = 'Asha' where order_id = $1`,
        'update app_public.order_contacts set erased_at = null, salt = sha256($1::text::bytea)',
        'delete from app_public.order_contacts where order_id = $1',
      ]) {
        expect((await tryOut(db, () => db.query(sql, [order]))).code).toBe('WB006');
      }
    }));
});

test('a contact is not erased without an event, not by its owner either: WB006', () =>
  database.withRollback(async (db) => {
    await ended(db, merchant);
    for (const role of ['none', 'waybill_owner']) {
      await db.query(`set local role ${role}`);
      const sql = `update app_public.order_contacts set customer_name = null, customer_phone = null,
        customer_email = null, name = null, phone = null, phone_e164 = null, address1 = null,
        address2 = null, city = null, state = null, pincode = null, country = null, note = null,
        salt = null, erased_at = now()`;
      expect((await tryOut(db, () => db.query(sql))).code).toBe('WB006');
    }
  }));
