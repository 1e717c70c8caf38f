/** What the demo's shop sends, and in which order: late, twice, the wrong way round, and broken. */
import { orderIdOf } from './payload.ts';
import type { DemoOrder } from './orders.ts';
import { eventIdOf } from './shop.ts';
import type { ShopWebhook } from './shop.ts';

/** Webhooks about one order. The waves follow one another; those in one wave are sent at once. */
export interface Lane {
  waves: ShopWebhook[][];
  /** Why it cannot become an order: the field a human has to look at, or a wrong signature. */
  broken?: { field: string } | 'signature';
}

export interface Script {
  lanes: Lane[];
  /** Every webhook that has to be stored, once. */
  eventIds: string[];
  /** Where a human has to look, by event. */
  broken: { eventId: string; field: string }[];
  forgedEventIds: string[];
  deliveries: number;
}

/** Places in the row of orders whose webhooks are out of the ordinary. */
const updatedFirst = [7, 23];
const paidLater = [12, 30];

export function scriptOf(runId: string, orders: readonly DemoOrder[]): Script {
  const orderLanes = orders.map((order, n) => laneOf(runId, order, n));
  const lanes = [...orderLanes, ...brokenLanes(runId, orders)];
  const forged = lanes.filter(({ broken }) => broken === 'signature');
  return {
    lanes,
    eventIds: eventIdsOf(lanes.filter((lane) => !forged.includes(lane))),
    broken: lanes.flatMap(({ waves, broken }) => {
      if (typeof broken !== 'object') return [];
      return eventIdsOf([{ waves }]).map((eventId) => ({ eventId, field: broken.field }));
    }),
    forgedEventIds: eventIdsOf(forged),
    deliveries: lanes.flatMap(({ waves }) => waves.flat()).length,
  };
}

function eventIdsOf(lanes: readonly Lane[]): string[] {
  return [...new Set(lanes.flatMap(({ waves }) => waves.flat().map(({ eventId }) => eventId)))];
}

function laneOf(runId: string, { payload }: DemoOrder, n: number): Lane {
  const webhook = (topic: string, body: unknown = payload): ShopWebhook => ({
    topic,
    payload: body,
    eventId: eventIdOf(runId, topic, payload.id),
  });
  const created = Array.from({ length: timesSent(n) }, () => webhook('orders/create'));
  if (updatedFirst.includes(n)) {
    const earlier = new Date(Date.parse(payload.updated_at) - 60_000).toISOString();
    const before = { ...payload, updated_at: earlier };
    return { waves: [[webhook('orders/updated')], [webhook('orders/create', before)]] };
  }
  if (paidLater.includes(n)) return { waves: [created, [webhook('orders/paid')]] };
  return { waves: [created] };
}

/** Every fifth webhook comes again: twice, three, four or five times. */
function timesSent(n: number): number {
  return n % 5 === 2 ? 2 + (Math.floor(n / 5) % 4) : 1;
}

/** Not counted among the orders: none of these may become one, nor hold any of them up. */
function brokenLanes(runId: string, orders: readonly DemoOrder[]): Lane[] {
  const sample = orders[0]?.payload;
  if (sample === undefined) return [];
  const lane = (place: number, change: object, broken: NonNullable<Lane['broken']>): Lane => {
    const id = orderIdOf(runId, orders.length + place);
    const webhook = {
      topic: 'orders/create',
      payload: { ...sample, id, admin_graphql_api_id: `gid://shopify/Order/${id}`, ...change },
      eventId: eventIdOf(runId, 'orders/create', id),
      forged: broken === 'signature',
    };
    return { broken, waves: [[webhook]] };
  };
  const [item] = sample.line_items;
  return [
    lane(0, { line_items: [] }, { field: 'line_items' }),
    lane(1, { line_items: [{ ...item, price: '-499.00' }] }, { field: 'line_items[0].price' }),
    lane(2, { created_at: 'the day before yesterday' }, { field: 'created_at' }),
    lane(3, {}, 'signature'),
  ];
}
