import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { randomUUID } from 'node:crypto';

import { asDba, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { orderInput, readOrder, shipTo } from '../support/orders.ts';
import type { OrderInput } from '../support/orders.ts';
import { outcomeOf, tally } from '../support/outcome.ts';
import { inParallel } from '../support/parallel.ts';
import { claim, readEffect } from '../support/pipeline.ts';
import { count, one, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine: merchant, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

/** Stores a delivery raw; null when the same one is stored already. */
const receive = (db: Db, delivery: string) =>
  value<boolean>(
    db,
    `select app_private.receive_message($1, 'shopify', $2, 'orders/create', $3, $4) as value`,
    [merchant.id, merchant.automated, delivery, Buffer.from('{}')],
  );

interface Report {
  externalId: string;
  minute: number;
  cancelReason?: string;
  input?: OrderInput;
}

/** What the shop says about an order, as of a minute; returns the order. */
const report = (db: Db, { externalId, minute, cancelReason, input = {} }: Report) =>
  value<string>(db, 'select app_private.intake_order($1, $2, $3, $4) as value', [
    merchant.id,
    randomUUID(),
    orderInput(merchant.automated, {
      external_id: externalId,
      external_updated_at: new Date(Date.UTC(2026, 10, 21, 4, minute)).toISOString(),
      ...input,
    }),
    cancelReason ?? null,
  ]);

const cityOf = (db: Db, order: string) =>
  value<string>(
    db,
    `select c.city as value from app_public.orders_current o
     join app_public.order_contacts c on c.order_id = o.id and c.version = o.ship_to_version
     where o.id = $1`,
    [order],
  );
const moved = (city: string): OrderInput => ({ ship_to: shipTo({ city }) });

describe('a webhook that is delivered 100 times', () => {
  test('is stored once, over ten connections at once', async () => {
    const answers: string[] = [];
    await inParallel(database, 10, 100, async (db) => {
      answers.push(String(await receive(db, 'delivery-1')));
    });
    expect(tally(answers)).toEqual({ true: 1, false: 99 });
    expect(await count(database.pool, 'app_public.inbound_messages')).toBe(1);
  });

  test('and processed 100 times is one order with one event', async () => {
    const orders = new Set<string>();
    const codes = await inParallel(database, 10, 100, async (db) => {
      orders.add(await report(db, { externalId: '100 times', minute: 0 }));
    });
    expect(tally(codes)).toEqual({ ok: 100 });
    expect(orders.size).toBe(1);
    expect(await readOrder(database.pool, [...orders][0] ?? '')).toMatchObject({
      seq: 1,
      status: 'received',
      source: 'shopify',
      external_id: '100 times',
    });
  });
});

test('order and message are settled in one transaction', () =>
  database.withRollback(async (db) => {
    await receive(db, 'delivery-2');
    const message = await value<string>(
      db,
      `select id as value from app_public.inbound_messages where external_id = 'delivery-2'`,
    );
    const order = await value<string>(db, 'select app_private.intake_order($1, $2, $3) as value', [
      merchant.id,
      message,
      orderInput(merchant.automated, { external_id: '2' }),
    ]);
    const settled = await one(
      db,
      'select status, order_id, sweep_at from app_public.inbound_messages where id = $1',
      [message],
    );
    expect(settled).toEqual({ status: 'processed', order_id: order, sweep_at: null });
  }));

test('an update before the create places the order; the create adds nothing', () =>
  database.withRollback(async (db) => {
    const order = await report(db, { externalId: 'u', minute: 5, input: moved('Thrissur') });
    expect(await report(db, { externalId: 'u', minute: 0 })).toBe(order);
    expect((await readOrder(db, order)).seq).toBe(1);
    expect(await cityOf(db, order)).toBe('Thrissur');
  }));

test('a cancellation before the create: the order is there, cancelled, and stays so', () =>
  database.withRollback(async (db) => {
    const gone = { externalId: 'c', minute: 5, cancelReason: 'The shop cancelled: customer' };
    const order = await report(db, gone);
    expect(await readOrder(db, order)).toMatchObject({ status: 'cancelled', seq: 2 });
    await report(db, { externalId: 'c', minute: 0 });
    await report(db, { externalId: 'c', minute: 6, input: moved('Pala') });
    await report(db, gone);
    expect((await readOrder(db, order)).status).toBe('cancelled');
    expect((await readEffect(db, order, 'validate_order')).status).toBe('abandoned');
    expect(await claim(db, merchant, order, 'validate_order')).toBeNull();
  }));

test('a cancellation that comes twice cancels once', () =>
  database.withRollback(async (db) => {
    await report(db, { externalId: 'cc', minute: 0 });
    const gone = { externalId: 'cc', minute: 5, cancelReason: 'The shop cancelled: fraud' };
    const order = await report(db, gone);
    await report(db, gone);
    expect(await readOrder(db, order)).toMatchObject({ status: 'cancelled', seq: 2 });
  }));

test('a cancellation after the parcel left asks for a human, once', () =>
  database.withRollback(async (db) => {
    const order = await report(db, { externalId: 'late', minute: 0 });
    await drive(db, merchant, order, 'dispatched');
    const gone = { externalId: 'late', minute: 5, cancelReason: 'The shop cancelled: other' };
    await report(db, gone);
    const { seq } = await readOrder(db, order);
    expect(await readOrder(db, order)).toMatchObject({
      status: 'dispatched',
      attention: 'CANCELLED_TOO_LATE',
    });
    await report(db, gone);
    expect((await readOrder(db, order)).seq).toBe(seq);
  }));

describe('an address that the shop changes', () => {
  test('before validation is taken over, again and again', () =>
    database.withRollback(async (db) => {
      const order = await report(db, { externalId: 'a', minute: 0 });
      await report(db, { externalId: 'a', minute: 1, input: moved('Thrissur') });
      expect(await cityOf(db, order)).toBe('Thrissur');
      await report(db, { externalId: 'a', minute: 2, input: moved('Pala') });
      expect(await cityOf(db, order)).toBe('Pala');
      await report(db, { externalId: 'a', minute: 1, input: moved('Thrissur') });
      expect(await cityOf(db, order)).toBe('Pala');
    }));

  test('and back again is taken back', () =>
    database.withRollback(async (db) => {
      const order = await report(db, { externalId: 'b', minute: 0 });
      await report(db, { externalId: 'b', minute: 1, input: moved('Thrissur') });
      await report(db, { externalId: 'b', minute: 2 });
      expect(await cityOf(db, order)).toBe('Kochi');
    }));

  test('after validation is not taken over and asks for a human, once', () =>
    database.withRollback(async (db) => {
      const order = await report(db, { externalId: 'v', minute: 0 });
      await drive(db, merchant, order, 'validated');
      await report(db, { externalId: 'v', minute: 3, input: moved('Thrissur') });
      expect(await cityOf(db, order)).toBe('Kochi');
      expect(await readOrder(db, order)).toMatchObject({
        status: 'validated',
        attention: 'ADDRESS_CHANGED_LATE',
      });
      await asMember(db, merchant, 'staff');
      await db.query(`select app_public.clear_attention($1, 'Called her.')`, [order]);
      await asDba(db);
      await report(db, { externalId: 'v', minute: 3, input: moved('Thrissur') });
      await report(db, { externalId: 'v', minute: 4, input: moved('Thrissur') });
      expect((await readOrder(db, order)).attention).toBeNull();
    }));

  test('never overwrites what a member corrected, and asks for a human', () =>
    database.withRollback(async (db) => {
      const order = await report(db, { externalId: 'm', minute: 0 });
      await asMember(db, merchant, 'staff');
      await db.query(`select app_public.correct_ship_to($1, '{"city": "Alappuzha"}', 'Called')`, [
        order,
      ]);
      await asDba(db);
      await report(db, { externalId: 'm', minute: 5, input: moved('Thrissur') });
      expect(await cityOf(db, order)).toBe('Alappuzha');
      expect((await readOrder(db, order)).attention).toBe('ADDRESS_CHANGED_LATE');
    }));

  test('is not a change when it only says the same again', () =>
    database.withRollback(async (db) => {
      const order = await report(db, { externalId: 's', minute: 0 });
      await drive(db, merchant, order, 'validated');
      const { seq } = await readOrder(db, order);
      for (const minute of [1, 2, 3]) await report(db, { externalId: 's', minute });
      expect((await readOrder(db, order)).seq).toBe(seq);
    }));
});

test('what cannot be an order names the field, and leaves no order: WB004', async () => {
  const input = { items: [] };
  const outcome = await outcomeOf(report(database.pool, { externalId: 'bad', minute: 0, input }));
  expect(outcome).toMatchObject({ code: 'WB004', facts: { field: 'items' } });
  const placed = `app_public.orders_current where external_id = 'bad'`;
  expect(await count(database.pool, placed)).toBe(0);
});

test('a store of another merchant takes no order of ours: WB007', () =>
  database.withRollback(async (db) => {
    const input = { store_id: other.automated };
    const outcome = await outcomeOf(report(db, { externalId: 'x', minute: 0, input }));
    expect(outcome.code).toBe('WB007');
  }));
