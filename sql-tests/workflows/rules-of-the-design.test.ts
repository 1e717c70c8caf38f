import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asActor, asMember } from '../support/acting.ts';
import type { ActorRole } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant, OrderWorkflow } from '../support/merchants.ts';
import { placeOrder, readOrder, statusOf, writeMove } from '../support/orders.ts';
import { codeOf, tryOut } from '../support/outcome.ts';
import { recordScans, shipmentOf } from '../support/pipeline.ts';
import { rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { automated, pickup, shipping } from './expected-moves.ts';
import { moveTo, orderAt } from './reach.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

const statuses: Record<OrderWorkflow, string[]> = {
  automated: Object.keys(automated),
  shipping: Object.keys(shipping),
  pickup: Object.keys(pickup),
};
const workflows = Object.keys(statuses) as OrderWorkflow[];

/** The statuses of a workflow from which one role may go to another. */
async function from(
  db: Db,
  workflow: OrderWorkflow,
  to: string,
  role: ActorRole,
): Promise<string[]> {
  const able: string[] = [];
  for (const status of statuses[workflow]) {
    const order = await orderAt(db, merchant, workflow, status);
    await asActor(db, merchant, role);
    if ((await tryOut(db, () => writeMove(db, order, moveTo(to)))).code === 'ok') able.push(status);
  }
  return able;
}

const beforeItLeft: Record<OrderWorkflow, string[]> = {
  automated: ['received', 'validated', 'assigned', 'labelled'],
  shipping: ['pending', 'accepted', 'packing'],
  pickup: ['pending', 'accepted', 'in_progress', 'ready'],
};

test.each(workflows)(
  'cancelled can be reached from any status before the parcel left: %s',
  (workflow) =>
    database.withRollback(async (db) => {
      expect(await from(db, workflow, 'cancelled', 'staff')).toEqual(beforeItLeft[workflow]);
    }),
);

test.each([
  ['automated', ['dispatched']],
  ['shipping', ['shipped']],
  ['pickup', []],
] as const)(
  'returned can be reached only from where the parcel was on its way: %s',
  (workflow, able) =>
    database.withRollback(async (db) => {
      expect(await from(db, workflow, 'returned', 'staff')).toEqual(able);
    }),
);

test('staff may ship without packing first, and no other step is skipped', () =>
  database.withRollback(async (db) => {
    expect(await from(db, 'shipping', 'shipped', 'staff')).toEqual(['accepted', 'packing']);
    expect(await from(db, 'shipping', 'delivered', 'staff')).toEqual(['shipped']);
    expect(await from(db, 'pickup', 'ready', 'staff')).toEqual(['in_progress']);
    expect(await from(db, 'automated', 'assigned', 'staff')).toEqual(['validated']);
  }));

describe.each(['manager', 'staff'] as const)('a %s', (role) => {
  test.each(['pickup', 'shipping'] as const)(
    'drives an order of the workflow %s all the way',
    (workflow) =>
      database.withRollback(async (db) => {
        const order = await placeOrder(db, merchant, workflow);
        await asMember(db, merchant, role);
        const path = {
          pickup: ['accepted', 'in_progress', 'ready', 'completed'],
          shipping: ['accepted', 'packing', 'shipped', 'delivered'],
        }[workflow];
        for (const to of path) {
          const shipping = to === 'shipped';
          const call = shipping ? 'ship_order' : 'transition_order';
          await db.query(`select app_public.${call}($1, $2)`, [
            order,
            shipping ? 'DTDC-123456' : to,
          ]);
        }
        expect(await statusOf(db, order)).toBe(path.at(-1));
      }),
  );

  test('may do each step of an automated order by hand', () =>
    database.withRollback(async (db) => {
      for (const [status, moves] of Object.entries(automated)) {
        for (const { to } of moves.filter(({ to }) => to !== 'returned')) {
          const order = await orderAt(db, merchant, 'automated', status);
          await asActor(db, merchant, role);
          const { code } = await tryOut(db, () => writeMove(db, order, moveTo(to)));
          expect({ status, to, code }).toEqual({ status, to, code: 'ok' });
        }
      }
    }));
});

test('the system drives no order that staff drive, but may call it off', () =>
  database.withRollback(async (db) => {
    for (const workflow of ['shipping', 'pickup'] as const) {
      for (const to of statuses[workflow].filter((status) => status !== 'cancelled')) {
        expect({ to, able: await from(db, workflow, to, 'system') }).toEqual({ to, able: [] });
      }
      expect(await from(db, workflow, 'cancelled', 'system')).toEqual(beforeItLeft[workflow]);
    }
  }));

test("a carrier's scan may move shipped to delivered or returned, and nothing else", () =>
  database.withRollback(async (db) => {
    for (const to of statuses.shipping) {
      const able = ['delivered', 'returned'].includes(to) ? ['shipped'] : [];
      expect({ to, able: await from(db, 'shipping', to, 'carrier') }).toEqual({ to, able });
    }
  }));

test("every status' time can be read from the events", () =>
  database.withRollback(async (db) => {
    const order = await orderAt(db, merchant, 'pickup', 'completed');
    const times = await rows<{ to_status: string; recorded_at: Date }>(
      db,
      `select to_status, recorded_at from app_public.order_events where order_id = $1 order by seq`,
      [order],
    );
    const reached = ['pending', 'accepted', 'in_progress', 'ready', 'completed'];
    expect(times.map(({ to_status }) => to_status)).toEqual(reached);
    expect(times.every(({ recorded_at }) => recorded_at instanceof Date)).toBe(true);
  }));

test('an order is created with all of its snapshot', () =>
  database.withRollback(async (db) => {
    const order = await readOrder(
      db,
      await placeOrder(db, merchant, 'shipping', { external_id: 'x-1' }),
    );
    const still = [
      'shipping_status',
      'tracking_code',
      'tracking_url',
      'attention',
      'attention_reason',
    ];
    const times = ['attention_since', 'accepted_at', 'ready_at', 'completed_at'];
    const empty = Object.keys(order).filter((column) => order[column] === null);
    expect(empty.sort()).toEqual([...still, ...times].sort());
  }));

test('over a whole life only status, shipping status, tracking and times change', () =>
  database.withRollback(async (db) => {
    const id = await placeOrder(db, merchant, 'shipping');
    const before = await readOrder(db, id);
    await asActor(db, merchant, 'owner');
    for (const to of ['accepted', 'packing', 'shipped', 'delivered']) {
      const inputs =
        to === 'shipped' ? { tracking_code: 'DTDC-1', tracking_url: 'https://x.in' } : {};
      await writeMove(db, id, { to, inputs: { ...inputs, ...moveTo(to).inputs } });
    }
    const after = await readOrder(db, id);
    const changed = Object.keys(after).filter(
      (column) => JSON.stringify(after[column]) !== JSON.stringify(before[column]),
    );
    expect(changed.sort()).toEqual(
      [
        ...['status', 'shipping_status', 'tracking_code', 'tracking_url'],
        ...['accepted_at', 'ready_at', 'completed_at', 'updated_at', 'seq', 'event_hash'],
      ].sort(),
    );
  }));

const frozen = [
  ['orders_current', 'total_minor', '1'],
  ['orders_current', 'shipping_minor', '1'],
  ['orders_current', 'subtotal_minor', '1'],
  ['orders_current', 'shipping_method', `'Drone'`],
  ['orders_current', 'payment_mode', `'cod'`],
  ['orders_current', 'placed_at', 'now()'],
  ['order_items', 'unit_price_minor', '1'],
  ['order_items', 'discount_minor', '1'],
  ['order_items', 'title', `'Silk saree'`],
  ['order_items', 'sku', `'SKU'`],
  ['order_items', 'quantity', '9'],
  ['order_contacts', 'customer_name', `'Somebody'`],
  ['order_contacts', 'customer_phone', `'1'`],
  ['order_contacts', 'customer_email', `'a@b'`],
  ['order_contacts', 'name', `'Somebody'`],
  ['order_contacts', 'address1', `'Elsewhere'`],
  ['order_contacts', 'pincode', `'110001'`],
] as const;

test.each(frozen)(
  '%s.%s is frozen at creation, for a superuser and for the owner: WB006',
  (table, column, to) =>
    database.withRollback(async (db) => {
      await placeOrder(db, merchant, 'shipping');
      for (const role of ['none', 'waybill_owner']) {
        await db.query(`set local role ${role}`);
        const sql = `update app_public.${table} set ${column} = ${to}`;
        expect({ role, code: (await tryOut(db, () => db.query(sql))).code }).toEqual({
          role,
          code: 'WB006',
        });
      }
    }),
);

describe('a scan that comes late', () => {
  const scan = (awb: string, status: string, hour: number) => ({
    awb,
    status,
    occurredAt: `2026-11-23T${String(hour).padStart(2, '0')}:00:00+05:30`,
  });

  test.each(['delivered', 'returned', 'lost'])(
    'changes nothing of a parcel that is %s, and is recorded',
    (end) =>
      database.withRollback(async (db) => {
        const order = await placeOrder(db, merchant, 'automated');
        await drive(db, merchant, order, 'labelled');
        const awb = (await shipmentOf(db, order)).awb ?? '';
        await recordScans(db, merchant, [scan(awb, 'in_transit', 9), scan(awb, end, 12)]);
        const before = await readOrder(db, order);
        const others = [
          'handed_over',
          'in_transit',
          'out_for_delivery',
          'undelivered',
          'delivered',
          'rto',
        ];
        const late = others.filter((status) => status !== end);
        for (const hour of [8, 10, 15]) {
          const scans = late.map((status) => scan(awb, status, hour));
          // The one of 9 o'clock has been told already; these are all new.
          expect(await recordScans(db, merchant, scans)).toBe(late.length);
        }
        expect((await shipmentOf(db, order)).status).toBe(end);
        const { status, completed_at, shipping_status, seq } = await readOrder(db, order);
        expect({ status, completed_at, shipping_status }).toEqual({
          status: before.status,
          completed_at: before.completed_at,
          shipping_status: before.shipping_status,
        });
        expect(seq).toBe(before.seq + 3 * late.length);
        const types = await rows<{ type: string }>(
          db,
          'select distinct type from app_public.order_events where order_id = $1 and seq > $2',
          [order, before.seq],
        );
        expect(types).toEqual([{ type: 'scan_recorded' }]);
      }),
  );

  test('of a parcel that was called off moves neither it nor its order', () =>
    database.withRollback(async (db) => {
      const order = await placeOrder(db, merchant, 'automated');
      await drive(db, merchant, order, 'labelled');
      const { awb, id } = await shipmentOf(db, order);
      await asActor(db, merchant, 'owner');
      await writeMove(db, order, { to: 'cancelled', reason: 'The customer called.' });
      await writeMove(db, order, { to: 'cancelled', shipment: id });
      expect(await codeOf(recordScans(db, merchant, [scan(awb ?? '', 'in_transit', 9)]))).toBe(
        'ok',
      );
      expect((await shipmentOf(db, order)).status).toBe('cancelled');
      expect(await statusOf(db, order)).toBe('cancelled');
    }));
});
