import { describe, expect, test } from '@jest/globals';
import { carriers } from '../carriers/registry.ts';
import { parseOrder } from '../channels/shopify/parse-order.ts';
import type { ParsedOrder } from '../channels/shopify/parse-order.ts';
import { validateShipTo } from '../intake/validate-ship-to.ts';
import { consigneeOf } from '../worker/shipment-context.ts';
import { demoOrders, drafts, endlessOrder } from './orders.ts';
import type { DemoOrder } from './orders.ts';
import { scriptOf } from './webhooks.ts';

const now = new Date('2026-11-21T06:30:15.250Z');
const orders = demoOrders('a run', now);
const byMess = orders.map((order) => [order.mess, order] as const);

function parsed(payload: unknown): Extract<ParsedOrder, { ok: true }> {
  const result = parseOrder(payload, { now });
  if (!result.ok) throw new Error(JSON.stringify(result.problems));
  return result;
}

const sum = (values: number[]): number => values.reduce((total, value) => total + value, 0);

/** The code that validation raises, or null when the parcel can go. */
function problemOf(order: DemoOrder): string | null {
  const { ship_to, customer } = parsed(order.payload).order;
  const code = validateShipTo(ship_to, customer).problems[0]?.code;
  return code === undefined ? null : `SHIP_TO_${code.toUpperCase()}`;
}

/** Who does not take an address that arrives all the same, and for which field. */
const objecting: Record<string, Record<string, string>> = {
  'no city': { shiprocket: 'consignee.city' },
  'more than 300 characters of directions': { bluedart: 'consignee.addressLines' },
};

describe('the orders of the demo', () => {
  test('are forty-seven, each with a mess of its own', () => {
    expect(orders).toHaveLength(47);
    expect(new Set(orders.map(({ mess }) => mess)).size).toBe(47);
    expect(new Set(orders.map(({ externalId }) => externalId)).size).toBe(47);
  });

  test.each(byMess)('can be placed: %s', (_, order) => {
    expect(parsed(order.payload).externalId).toBe(order.externalId);
  });

  test('only those named wait for a human, under the code that is named', () => {
    const found = orders.filter((order) => problemOf(order) !== null);
    const expected = orders.filter(({ attention }) => attention?.startsWith('SHIP_TO_'));
    expect(found.map(({ mess }) => mess)).toEqual(expected.map(({ mess }) => mess));
    expect(found.map(problemOf)).toEqual(expected.map(({ attention }) => attention));
    expect(expected.length).toBeGreaterThan(0);
  });

  test.each(byMess.filter(([, { attention }]) => attention === null))(
    'has a carrier that takes its address: %s',
    (mess, order) => {
      const { ship_to, customer } = parsed(order.payload).order;
      const consignee = consigneeOf(validateShipTo(ship_to, customer).contact);
      const objections = Object.entries(carriers)
        .map(([code, { objection }]) => [code, objection(consignee)?.field] as const)
        .filter(([, field]) => field !== undefined);
      expect(Object.fromEntries(objections)).toEqual(objecting[mess] ?? {});
      expect(objections.length).toBeLessThan(Object.keys(carriers).length);
    },
  );

  test.each(byMess)('add up, and are not too dear or too heavy for the carrier: %s', (_, order) => {
    const placed = parsed(order.payload).order;
    const goods = sum(placed.items.map((item) => item.quantity * item.unit_price_minor));
    expect(placed.subtotal_minor).toBe(goods - placed.discount_minor);
    expect(placed.total_minor).toBe(placed.subtotal_minor + placed.shipping_minor);
    expect(placed.total_minor).toBeLessThan(50_000_00);
    const grams = placed.items.map((item) => item.quantity * (item.weight_grams ?? 500));
    expect(sum(grams)).toBeLessThan(20_000);
  });

  test('are prepaid, cash on delivery and partly paid', () => {
    const collected = orders
      .map(({ payload }) => parsed(payload).order)
      .map(({ cod_amount_minor, total_minor }) => cod_amount_minor / total_minor);
    expect(collected.some((share) => share === 0)).toBe(true);
    expect(collected.some((share) => share === 1)).toBe(true);
    expect(collected.some((share) => share > 0 && share < 1)).toBe(true);
  });

  test("no two customers share a phone, so that nobody gets another one's message", () => {
    const phones = orders.flatMap(({ payload }) => {
      const { ship_to, customer } = parsed(payload).order;
      return validateShipTo(ship_to, customer).contact.phone_e164 ?? [];
    });
    expect(new Set(phones).size).toBe(phones.length);
  });

  test('another run makes new orders', () => {
    const ids = new Set(orders.map(({ externalId }) => externalId));
    const others = demoOrders('another run', now).map(({ externalId }) => externalId);
    expect(others.filter((id) => ids.has(id))).toEqual([]);
  });
});

describe('their dates', () => {
  const steps = { day: 86_400_000, minute: 60_000, second: 1_000, millisecond: 1 };
  const indianMs = 19_800_000;

  test.each(byMess)('say when the order was placed: %s', (_, { payload, placedAt, dateForm }) => {
    const step = steps[dateForm.keeps];
    const wall = placedAt.getTime() + indianMs;
    expect(Date.parse(parsed(payload).order.placed_at)).toBe(wall - (wall % step) - indianMs);
  });

  test('come in at least eight forms', () => {
    const shapes = orders.map(({ payload: { created_at } }) => {
      const shape = String(created_at)
        .replace(/\p{Nd}/gu, '9')
        .replace(/[A-Za-z]+/g, 'a');
      return `${typeof created_at} ${shape}`;
    });
    expect(new Set(shapes).size).toBeGreaterThanOrEqual(8);
  });
});

describe('their webhooks', () => {
  const script = scriptOf('a run', orders);
  const copies = script.lanes.map(({ waves }) => waves[0]?.length ?? 0);

  test('some are sent two to five times, with one event id', () => {
    expect([...new Set(copies)].sort()).toEqual([1, 2, 3, 4, 5]);
    for (const { waves } of script.lanes) {
      for (const wave of waves) expect(new Set(wave.map(({ eventId }) => eventId)).size).toBe(1);
    }
  });

  test('two orders are updated before they are created', () => {
    const topics = script.lanes.map(({ waves }) =>
      waves
        .flat()
        .map(({ topic }) => topic)
        .join(' '),
    );
    expect(topics.filter((line) => line === 'orders/updated orders/create')).toHaveLength(2);
  });

  test.each(script.lanes.filter(({ broken }) => typeof broken === 'object'))(
    'one that cannot be an order is refused with its field: $broken.field',
    ({ waves, broken }) => {
      const result = parseOrder(waves[0]?.[0]?.payload, { now });
      expect(result.ok ? [] : result.problems.map(({ field }) => ({ field }))[0]).toEqual(broken);
    },
  );

  test('four are broken, one of these by its signature', () => {
    expect(script.broken).toHaveLength(3);
    expect(script.forgedEventIds).toHaveLength(1);
  });
});

describe('the endless row', () => {
  test('can be placed, each with an id of its own, whatever the number', () => {
    const numbers = [-3, 0, ...drafts.keys(), 1_234];
    const ids = numbers.map((n) => parsed(endlessOrder('feed', n, now)).externalId);
    expect(new Set(ids).size).toBe(new Set(numbers).size);
  });

  test('shows all orders before any comes again', () => {
    const row = [...drafts.keys()].map((n) => endlessOrder('feed', n, now));
    const lines = row.map(({ shipping_address }) => shipping_address.address1);
    expect(new Set(lines).size).toBe(drafts.length);
  });
});
