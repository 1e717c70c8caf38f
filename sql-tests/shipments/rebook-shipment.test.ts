import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asActor, asMember } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive, scan } from '../support/drive.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, statusOf } from '../support/orders.ts';
import { codeOf, tally, tryOut } from '../support/outcome.ts';
import { committed, inParallel } from '../support/parallel.ts';
import {
  claim,
  fail,
  mustClaim,
  newAwb,
  readEffect,
  recordBooking,
  recordCancellation,
  recordLabel,
  recordOffers,
  recordScans,
  refillPool,
  shipmentOf,
  shipmentsOf,
  surface,
} from '../support/pipeline.ts';
import type { Answer } from '../support/pipeline.ts';
import { count, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { broken } from '../proof/broken.ts';
import { addAccount } from '../rates/cards.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;
let bluedart: number;
let disabled: number;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
  const add = (carrier: string, name: string, priority: number, off: boolean) =>
    value<number>(
      database.pool,
      `insert into app_public.carrier_accounts (merchant_id, carrier, name, priority, disabled_at)
       values ($1, $2, $3, $4, case when $5 then now() end) returning id as value`,
      [mine.id, carrier, name, priority, off],
    );
  disabled = await add('shiprocket', 'Shiprocket', 2, true);
  bluedart = await add('bluedart', 'Blue Dart', 3, false);
});
afterAll(() => database.drop());

function rebook(
  db: Db,
  shipment: string,
  account: number | null = null,
  { reason = 'The pickup never came.', key = null as string | null } = {},
): Promise<unknown> {
  return value(
    db,
    'select to_jsonb(s) as value from app_public.rebook_shipment($1, $2, $3, $4) s',
    [shipment, reason, account, key],
  );
}

/** In a transaction that commits. */
async function asManager<T>(work: (db: Db) => Promise<T>): Promise<T> {
  const client = await database.connect();
  const result = await committed(client, async () => {
    await asMember(client, mine, 'manager');
    return work(client);
  });
  await client.end();
  return result;
}

async function orderAt(status: 'assigned' | 'labelled'): Promise<{ order: string; box: string }> {
  const order = await placeOrder(database.pool, mine, 'automated');
  await drive(database.pool, mine, order, status);
  return { order, box: (await shipmentOf(database.pool, order)).id };
}

/** What carriers say about an order whose box shall go with another one. */
async function offered(order: string, answers: Answer[] = [takes(bluedart)]): Promise<string> {
  const { effect } = await mustClaim(database.pool, mine, order, 'assign_order');
  return recordOffers(database.pool, mine, order, effect.epoch, answers);
}

const takes = (account_id: number, more: object = {}): Answer => ({
  account_id,
  offers: [{ ...surface, ...more }],
});

async function callOff(box: string): Promise<void> {
  const { effect } = await mustClaim(database.pool, mine, box, 'cancel_shipment');
  await recordCancellation(database.pool, mine, box, effect.epoch);
}

/** The newest booking of the order's box. */
async function latest(order: string) {
  const box = (await shipmentsOf(database.pool, order)).at(-1);
  if (box === undefined) throw new Error('The order has no box');
  return box;
}

async function bookAndLabel(box: string): Promise<void> {
  const { effect } = await mustClaim(database.pool, mine, box, 'book_shipment');
  await recordBooking(database.pool, mine, box, effect.epoch, newAwb());
  const fetched = await mustClaim(database.pool, mine, box, 'fetch_label');
  await recordLabel(database.pool, mine, box, fetched.effect.epoch);
}

const attentionOf = (order: string) =>
  value<string | null>(
    database.pool,
    'select attention as value from app_public.orders_current where id = $1',
    [order],
  );

describe.each(['assigned', 'labelled'] as const)('a box of an order that is %s', (status) => {
  test('is called off first, and only then planned with the other carrier', async () => {
    const { order, box } = await orderAt(status);
    await asManager((db) => rebook(db, box, bluedart));
    expect(await shipmentsOf(database.pool, order)).toHaveLength(1);
    await callOff(box);
    expect(await shipmentsOf(database.pool, order)).toMatchObject([
      { id: box, box: 1, booking: 1, status: 'cancelled', carrier: 'delhivery' },
      { box: 1, booking: 2, status: 'planned', carrier: 'bluedart', awb: null },
    ]);
    const told = await rows<{ type: string; to_status: string | null }>(
      database.pool,
      `select type, to_status from app_public.order_events
       where order_id = $1 and shipment_id is not null order by seq desc limit 3`,
      [order],
    );
    expect(told.map(({ type, to_status: to }) => to ?? type)).toEqual([
      'planned',
      'cancelled',
      'rebooking_requested',
    ]);
    expect(await statusOf(database.pool, order)).toBe(status);
  });

  test('keeps its contents, goes under a reference of its own and travels on', async () => {
    const { order, box } = await orderAt(status);
    await asManager((db) => rebook(db, box));
    expect(await offered(order)).toBe('rebooked');
    await callOff(box);
    const anew = await latest(order);
    const contents = `select line, quantity from app_public.shipment_items
      where shipment_id = $1 order by line`;
    const packed = await rows(database.pool, contents, [anew.id]);
    expect(packed).toEqual(await rows(database.pool, contents, [box]));
    expect(packed.length).toBeGreaterThan(0);
    const first = await readEffect(database.pool, box, 'book_shipment');
    const second = await readEffect(database.pool, anew.id, 'book_shipment');
    expect(second.reference).toBe(`${first.reference}-2`);
    await bookAndLabel(anew.id);
    expect(await statusOf(database.pool, order)).toBe('labelled');
    const { awb } = await latest(order);
    await recordScans(database.pool, { ...mine, carrierAccount: bluedart }, [
      { awb: awb ?? '', status: 'in_transit', occurredAt: '2026-11-22T10:00:00+05:30' },
    ]);
    expect(await statusOf(database.pool, order)).toBe('dispatched');
    expect(await broken(database.pool)).toEqual({});
  });
});

test('a labelled order does not leave before the box that was booked anew has its label', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box, bluedart));
  await callOff(box);
  const outcome = await database.withRollback(async (db) => {
    await asMember(db, mine, 'owner');
    return tryOut(db, () =>
      db.query(`select app_public.transition_order($1, 'dispatched')`, [order]),
    );
  });
  expect(outcome.code).toBe('WB001');
});

test('a booking that was refused is cured: its dead letter is settled', async () => {
  const { order, box } = await orderAt('assigned');
  const { effect } = await mustClaim(database.pool, mine, box, 'book_shipment');
  await fail(database.pool, effect, { outcome: 'refused', code: 'pincode-not-serviceable' });
  expect(await attentionOf(order)).toBe('pincode-not-serviceable');
  await asManager((db) => rebook(db, box));
  await offered(order);
  await callOff(box);
  expect((await latest(order)).carrier).toBe('bluedart');
  expect(await attentionOf(order)).toBeNull();
  const open = `app_public.dead_letters where order_id = '${order}' and resolved_at is null`;
  expect(await count(database.pool, open)).toBe(0);
});

test('a carrier that has the parcel already: nothing is planned, and somebody is told', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box, bluedart));
  const { effect } = await mustClaim(database.pool, mine, box, 'cancel_shipment');
  await fail(database.pool, effect, { outcome: 'refused', code: 'CARRIER_HAS_PARCEL' });
  expect(await shipmentsOf(database.pool, order)).toMatchObject([{ id: box, status: 'labelled' }]);
  expect(await attentionOf(order)).toBe('CARRIER_HAS_PARCEL');
  // Asked once more, it is called off once more.
  await asManager((db) => rebook(db, box, bluedart));
  await callOff(box);
  expect((await latest(order)).booking).toBe(2);
});

test('a parcel that was collected while it was called off is not booked twice', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box, bluedart));
  await scan('in_transit', '2026-11-22T10:00:00+05:30')(database.pool, mine, order);
  await callOff(box);
  expect(await shipmentsOf(database.pool, order)).toMatchObject([
    { id: box, status: 'in_transit' },
  ]);
  expect(await attentionOf(order)).toBe('CANCELLED_ON_ITS_WAY');
});

test('the old parcel that moves after all raises attention', async () => {
  const { order, box } = await orderAt('labelled');
  const { awb } = await latest(order);
  await asManager((db) => rebook(db, box, bluedart));
  await callOff(box);
  const moved = { awb: awb ?? '', status: 'in_transit', occurredAt: '2026-11-22T10:00:00+05:30' };
  await recordScans(database.pool, mine, [moved]);
  await recordScans(database.pool, mine, [{ ...moved, occurredAt: '2026-11-22T11:00:00+05:30' }]);
  expect(await attentionOf(order)).toBe('CANCELLED_PARCEL_MOVES');
  const raised = `app_public.order_events where order_id = '${order}' and type = 'attention_raised'`;
  expect(await count(database.pool, raised)).toBe(1);
  expect(await statusOf(database.pool, order)).toBe('labelled');
});

test('an order that is cancelled meanwhile gets no new box', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box, bluedart));
  await asManager((db) => db.query(`select app_public.cancel_order($1, 'Too late.')`, [order]));
  await callOff(box);
  expect(await shipmentsOf(database.pool, order)).toMatchObject([{ id: box, status: 'cancelled' }]);
});

test('an order that is cancelled afterwards has its new box called off', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box, bluedart));
  await callOff(box);
  const anew = await latest(order);
  await asManager((db) => db.query(`select app_public.cancel_order($1, 'Too late.')`, [order]));
  await callOff(anew.id);
  const live = `app_public.shipments_current where order_id = '${order}' and status <> 'cancelled'`;
  expect(await count(database.pool, live)).toBe(0);
});

test('a booking that is under way ends first, and its label is not fetched', async () => {
  const { order, box } = await orderAt('assigned');
  const { effect } = await mustClaim(database.pool, mine, box, 'book_shipment');
  const awb = await refillPool(database.pool, mine, box, effect.epoch, [newAwb()]);
  await asManager((db) => rebook(db, box, bluedart));
  const open = 'select app_private.booking_is_open($1, $2) as value';
  expect(await value(database.pool, open, [mine.id, box])).toBe(true);
  await recordBooking(database.pool, mine, box, effect.epoch, awb ?? '');
  expect(await claim(database.pool, mine, box, 'fetch_label')).toBeNull();
  await callOff(box);
  expect(await shipmentsOf(database.pool, order)).toMatchObject([
    { awb, status: 'cancelled' },
    { awb: null, status: 'planned' },
  ]);
});

test('a booking that had not begun, or fails now, is not tried again', async () => {
  const { box } = await orderAt('assigned');
  await asManager((db) => rebook(db, box, bluedart));
  expect(await claim(database.pool, mine, box, 'book_shipment')).toBeNull();
  const begun = await orderAt('assigned');
  const { effect } = await mustClaim(database.pool, mine, begun.box, 'book_shipment');
  await refillPool(database.pool, mine, begun.box, effect.epoch, [newAwb()]);
  await asManager((db) => rebook(db, begun.box, bluedart));
  expect(await fail(database.pool, effect, { outcome: 'transient' })).toBe('abandoned');
});

test.each(['named', 'by rule'])('of many who want it at once, one is heard: %s', async (how) => {
  const { order, box } = await orderAt('labelled');
  const codes = await inParallel(database, 4, 8, async (client) => {
    await asMember(client, mine, 'staff');
    await rebook(client, box, how === 'named' ? bluedart : null);
  });
  expect(tally(codes)).toEqual({ ok: 1, WB002: 7 });
  if (how === 'by rule') await offered(order);
  await callOff(box);
  expect(await shipmentsOf(database.pool, order)).toHaveLength(2);
});

describe('without an account that is named', () => {
  let shiprocket: number;
  beforeAll(async () => {
    shiprocket = await addAccount(database.pool, mine, 'shiprocket', 9);
  });
  afterAll(() =>
    database.pool.query(
      'update app_public.carrier_accounts set disabled_at = now() where id = $1',
      [shiprocket],
    ),
  );

  test('the best by the rule gets the box, not the next by priority, with what it was quoted', async () => {
    const { order, box } = await orderAt('labelled');
    await asManager((db) => rebook(db, box));
    const answers = [
      takes(bluedart, { price_minor: 9000 }),
      {
        account_id: shiprocket,
        offers: [
          { ...surface, service: 'Slow', code: '51', price_minor: 7000 },
          { ...surface, service: 'Fast', code: '7', price_minor: 9900 },
        ],
      },
    ];
    expect(await offered(order, answers)).toBe('rebooked');
    await callOff(box);
    expect(await latest(order)).toMatchObject({
      booking: 2,
      carrier: 'shiprocket',
      service: 'Slow',
      service_codes: ['51', '7'],
    });
    const chosen = `select q.round, q.carrier, e.inputs ->> 'rule' as rule
      from app_public.rate_quotes q
      join app_public.order_events e on e.order_id = q.order_id and e.type = 'rebooking_decided'
        and (e.inputs ->> 'round')::integer = q.round
      where q.order_id = $1 and q.is_chosen`;
    expect(await rows(database.pool, chosen, [order])).toMatchObject([
      { carrier: 'shiprocket', rule: 'cheapest' },
    ]);
    expect(await broken(database.pool)).toEqual({});
  });

  test('those that it was booked with are not asked', async () => {
    const { order, box } = await orderAt('assigned');
    await asManager((db) => rebook(db, box));
    const { context } = await mustClaim(database.pool, mine, order, 'assign_order');
    const { accounts } = context as unknown as { accounts: { id: number }[] };
    expect(accounts.map(({ id }) => id)).toEqual([bluedart, shiprocket]);
  });

  test('nothing is called off before one takes it; when nobody does, somebody is told', async () => {
    const { order, box } = await orderAt('labelled');
    await asManager((db) => rebook(db, box));
    expect(await claim(database.pool, mine, box, 'cancel_shipment')).toBeNull();
    const nobody = [bluedart, shiprocket].map((account_id) => ({ account_id, offers: [] }));
    expect(await offered(order, nobody)).toBe('dead');
    expect(await attentionOf(order)).toBe('NOT_SERVICEABLE');
    expect(await shipmentsOf(database.pool, order)).toMatchObject([
      { id: box, status: 'labelled' },
    ]);
    expect(await claim(database.pool, mine, box, 'cancel_shipment')).toBeNull();
    expect(await broken(database.pool)).toEqual({});
    // Asked again, or with a name: the letter is settled.
    await asManager((db) => rebook(db, box));
    expect(await attentionOf(order)).toBeNull();
    expect(await offered(order, nobody)).toBe('dead');
    await asManager((db) => rebook(db, box, bluedart));
    expect(await attentionOf(order)).toBeNull();
    await callOff(box);
    expect(await latest(order)).toMatchObject({ booking: 2, carrier: 'bluedart' });
    expect(await broken(database.pool)).toEqual({});
  });

  test('who names one need not wait: what is being asked decides nothing any more', async () => {
    const { order, box } = await orderAt('labelled');
    await asManager((db) => rebook(db, box));
    const { effect } = await mustClaim(database.pool, mine, order, 'assign_order');
    await asManager((db) => rebook(db, box, bluedart));
    const late = recordOffers(database.pool, mine, order, effect.epoch, [takes(shiprocket)]);
    expect(await late).toBe('fenced');
    await callOff(box);
    expect(await latest(order)).toMatchObject({ booking: 2, carrier: 'bluedart' });
  });

  test('a box that leaves meanwhile stays with its carrier', async () => {
    const { order, box } = await orderAt('labelled');
    await asManager((db) => rebook(db, box));
    await scan('in_transit', '2026-11-22T10:00:00+05:30')(database.pool, mine, order);
    expect(await offered(order)).toBe('not_wanted');
    expect(await shipmentsOf(database.pool, order)).toMatchObject([
      { id: box, status: 'in_transit' },
    ]);
    expect(await claim(database.pool, mine, box, 'cancel_shipment')).toBeNull();
  });

  test('an order that is cancelled meanwhile asks nobody any more', async () => {
    const { order, box } = await orderAt('labelled');
    await asManager((db) => rebook(db, box));
    await asManager((db) => db.query(`select app_public.cancel_order($1, 'Too late.')`, [order]));
    expect(await claim(database.pool, mine, order, 'assign_order')).toBeNull();
    await callOff(box);
    expect(await shipmentsOf(database.pool, order)).toMatchObject([
      { id: box, status: 'cancelled' },
    ]);
  });
});

test('cancelling and booking anew at once leave no live parcel behind', async () => {
  for (let time = 0; time < 6; time += 1) {
    const { order, box } = await orderAt('labelled');
    const codes = await inParallel(database, 2, 2, async (client, at) => {
      await asMember(client, mine, 'manager');
      if (at === 0) await rebook(client, box, bluedart);
      else await client.query(`select app_public.cancel_order($1, 'Changed her mind.')`, [order]);
    });
    expect(codes.filter((code) => !['ok', 'WB001'].includes(code))).toEqual([]);
    await callOff(box);
    expect(await shipmentsOf(database.pool, order)).toMatchObject([{ status: 'cancelled' }]);
  }
});

test('a box has one live booking, by constraint', async () => {
  const { order } = await orderAt('assigned');
  const again = database.withRollback(async (db) => {
    await asActor(db, mine, 'system');
    await db.query(
      `insert into app_public.order_events (order_id, shipment_id, type, inputs)
       select order_id, app_hidden.uuid_v7(), type, inputs || '{"booking": 2}'
       from app_public.order_events where order_id = $1 and type = 'shipment_planned'`,
      [order],
    );
  });
  expect(await codeOf(again)).toBe('23505');
});

test('what cannot be booked anew is refused with its reason', async () => {
  const { box } = await orderAt('labelled');
  const gone = await placeOrder(database.pool, mine, 'automated');
  await drive(database.pool, mine, gone, 'dispatched');
  const { id: travelling } = await shipmentOf(database.pool, gone);
  await database.withRollback(async (db) => {
    await asMember(db, mine, 'staff');
    const refusal = async (...given: Parameters<typeof rebook>) => {
      const { code, facts } = await tryOut(db, () => rebook(...given));
      return [code, facts['field'] ?? facts['status']];
    };
    expect(await refusal(db, travelling)).toEqual(['WB001', 'in_transit']);
    expect(await refusal(db, box, bluedart, { reason: ' ' })).toEqual(['WB004', 'reason']);
    expect(await refusal(db, box, disabled)).toEqual(['WB004', 'carrierAccountId']);
    expect(await refusal(db, box, other.carrierAccount)).toEqual(['WB004', 'carrierAccountId']);
    const first = await rebook(db, box, bluedart, { key: 'k' });
    expect(await rebook(db, box, bluedart, { key: 'k' })).toEqual(first);
    expect(await refusal(db, box, null, { key: 'k' })).toEqual(['WB005', 'idempotencyKey']);
    expect(await refusal(db, box, bluedart)).toEqual(['WB002', 'labelled']);
    await asMember(db, other, 'owner');
    expect(await refusal(db, box, bluedart)).toEqual(['WB007', 'shipmentId']);
  });
});

test('when every account was tried, one has to be named', async () => {
  const { order, box } = await orderAt('assigned');
  await asManager((db) => rebook(db, box));
  await offered(order);
  await callOff(box);
  const anew = await latest(order);
  const outcome = await codeOf(asManager((db) => rebook(db, anew.id)));
  expect(outcome).toBe('WB004');
  await asManager((db) => rebook(db, anew.id, mine.carrierAccount));
  await callOff(anew.id);
  expect(await latest(order)).toMatchObject({ booking: 3, carrier: 'delhivery' });
});
