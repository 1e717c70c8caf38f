import { MockWorld, logEntry, newId } from './mock-world.ts';
import type { LogEntry, MockOrder } from './mock-world.ts';

export const mockStores = [
  { id: 1, name: 'kochicotton.in', channel: 'SHOPIFY', workflow: 'AUTOMATED' },
  { id: 2, name: 'Wholesale', channel: 'WEB', workflow: 'SHIPPING' },
  { id: 3, name: 'MG Road', channel: 'COUNTER', workflow: 'PICKUP' },
];

const people: readonly (readonly [string, string, string, string])[] = [
  ['Lakshmi Menon', 'Kochi', 'Kerala', '682016'],
  ['Arjun Rao', 'Bengaluru', 'Karnataka', '560001'],
  ['Fathima K. P.', 'Kozhikode', 'Kerala', '673001'],
  ['Priya Subramanian', 'Chennai', 'Tamil Nadu', '600017'],
  ['Rohan Deshpande', 'Pune', 'Maharashtra', '411004'],
  ['അഞ്ജലി നായർ', 'തൃശ്ശൂർ', 'Kerala', '680001'],
  ['Harpreet Singh', 'Ludhiana', 'Punjab', '141001'],
  ['Ananya Bhattacharya', 'Kolkata', 'West Bengal', '700019'],
  ['Sr. Mary Vincent Thottathil-Parampil', 'Thiruvananthapuram', 'Kerala', '695001'],
  ['Imran Shaikh', 'Hyderabad', 'Telangana', '500001'],
];

const goods: readonly (readonly [string, string, number])[] = [
  ['Kasavu saree, hand-woven', 'Gold border', 489_900],
  ['Cotton mundu', 'Double, 3.6 m', 89_900],
  ['Handloom bath towel', 'Indigo', 44_950],
  ['Linen shirt', 'M, white', 219_900],
  ['Block-print bedsheet set', 'King', 329_900],
  ['Ayurvedic soap, box of 6', '', 59_900],
  ['Brass nilavilakku lamp', '14 inch', 1_249_900],
];

const paths: Readonly<Record<string, readonly string[]>> = {
  AUTOMATED: ['RECEIVED', 'VALIDATED', 'ASSIGNED', 'LABELLED', 'DISPATCHED', 'DELIVERED'],
  SHIPPING: ['PENDING', 'ACCEPTED', 'PACKING', 'SHIPPED', 'DELIVERED'],
  PICKUP: ['PENDING', 'ACCEPTED', 'IN_PROGRESS', 'READY', 'COMPLETED'],
};

/** How many orders are in each status along the path, and cancelled. */
const crowd: Readonly<Record<string, readonly number[]>> = {
  AUTOMATED: [3, 2, 4, 5, 6, 4, 2],
  SHIPPING: [4, 3, 2, 5, 3, 1],
  PICKUP: [4, 3, 2, 3, 2, 1],
};

export const firstNumber = 1041;
/** An order whose parcel nobody took. */
export const undeliveredNumber = firstNumber + 19;

export function populatedWorld(now = Date.now()): MockWorld {
  const world = new MockWorld();
  let number = firstNumber;
  for (const store of mockStores) {
    const path = paths[store.workflow] ?? [];
    const counts = crowd[store.workflow] ?? [];
    counts.forEach((count, stage) => {
      for (let i = 0; i < count; i += 1) {
        addOrder(world, store, path, stage, number, now - (stage * 5 + i) * 1_700_000 - 120_000);
        number += 1;
      }
    });
  }
  raiseAttention(
    world,
    firstNumber + 1,
    'SHIP_TO_NO_PHONE',
    'The phone number has too few digits.',
    now,
  );
  const refused = 'Delhivery does not serve the pincode 737133.';
  raiseAttention(world, firstNumber + 3, 'PINCODE_NOT_SERVED', refused, now - 5_000_000);
  return world;
}

type Store = (typeof mockStores)[number];

function addOrder(
  world: MockWorld,
  store: Store,
  path: readonly string[],
  stage: number,
  number: number,
  placed: number,
): MockOrder {
  const status = path[stage] ?? 'CANCELLED';
  const id = newId();
  const placedAt = new Date(placed).toISOString();
  const lines = linesOf(number);
  const total = lines.reduce((sum, line) => sum + line.unitPrice.amount * line.quantity, 0);
  const cod = number % 4 === 0;
  const log = logOf(path, stage, status, placed);
  const order: MockOrder = {
    id,
    publicId: `wb${number}`,
    storeId: store.id,
    number,
    externalNumber: store.channel === 'SHOPIFY' ? `#KC${number + 4000}` : null,
    channel: store.channel,
    workflow: store.workflow,
    fulfilmentType: store.workflow === 'PICKUP' ? 'PICKUP' : 'SHIPPING',
    status,
    seq: log.length,
    attention: null,
    attentionReason: null,
    attentionSince: null,
    paymentMode: cod ? 'COD' : 'PREPAID',
    subtotal: rupees(total),
    discount: rupees(0),
    shipping: rupees(6000),
    tax: rupees(0),
    total: rupees(total + 6000),
    codAmount: rupees(cod ? total + 6000 : 0),
    shippingMethod: store.workflow === 'PICKUP' ? null : 'Standard',
    trackingCode: null,
    trackingUrl: null,
    placedAt,
    updatedAt: log.at(-1)?.occurredAt ?? placedAt,
    contact: contactOf(number),
    lines,
    boxes: store.workflow === 'AUTOMATED' && stage >= 3 ? [boxOf(number, stage)] : [],
  };
  return world.add(order, log);
}

function rupees(amount: number) {
  return { amount, currency: 'INR' };
}

function linesOf(number: number) {
  const count = 1 + (number % 3) + (number % 7 === 0 ? 2 : 0);
  return Array.from({ length: count }, (_, index) => {
    const [title, variant, price] = goods[(number + index * 3) % goods.length] ?? [
      'Thing',
      '',
      100,
    ];
    return {
      line: index + 1,
      title,
      variantTitle: variant === '' ? null : variant,
      sku: `KC-${100 + ((number + index * 3) % goods.length)}`,
      quantity: 1 + ((number + index) % 3 === 0 ? 1 : 0),
      unitPrice: rupees(price),
      discount: rupees(0),
    };
  });
}

function contactOf(number: number) {
  const [name, city, state, pincode] = people[number % people.length] ?? people[0]!;
  return {
    customerName: name,
    customerPhone: '+91 98470 12345',
    name,
    phone: '+91 98470 12345',
    address1: `${(number % 90) + 3}/12 Beach Road`,
    address2: 'near the old post office',
    city,
    state,
    pincode,
    country: 'India',
    note: number % 5 === 0 ? 'Please ring twice, the bell is faint 🔔' : null,
  };
}

function boxOf(number: number, stage: number) {
  return {
    id: newId(),
    box: 1,
    status:
      number === undeliveredNumber
        ? 'UNDELIVERED'
        : (['LABELLED', 'IN_TRANSIT', 'DELIVERED'][stage - 3] ?? 'CANCELLED'),
    carrier: 'DELHIVERY',
    service: 'surface',
    awb: `14${String(number).padStart(10, '0')}`,
    trackingUrl: 'https://www.delhivery.com/track',
    labelUrl: '/labels/sample.pdf',
    lastScan: stage > 3 ? 'Bag received at facility' : null,
    lastScanAt: stage > 3 ? new Date().toISOString() : null,
    ndrCases: { nodes: number === undeliveredNumber ? [failedDelivery()] : [] },
  };
}

function failedDelivery() {
  return {
    id: newId(),
    attempt: 2,
    status: 'OPEN',
    reason: 'Consignee unavailable, door closed',
    action: null as string | null,
    preferredOn: null,
    note: '',
    deadlineAt: new Date(Date.now() + 5.5 * 3_600_000).toISOString(),
    acceptedAt: null,
  };
}
export type MockCase = ReturnType<typeof failedDelivery>;

function logOf(path: readonly string[], stage: number, status: string, placed: number): LogEntry[] {
  const at = (step: number) => new Date(placed + step * 90_000).toISOString();
  const [first = 'RECEIVED'] = path;
  const log = [logEntry(1, { type: 'ORDER_PLACED', toStatus: first, occurredAt: at(0) })];
  const reached = stage < path.length ? path.slice(1, stage + 1) : [status];
  for (const toStatus of reached) {
    const seq = log.length + 1;
    const reason = toStatus === 'CANCELLED' ? 'The customer changed their mind.' : '';
    log.push(logEntry(seq, { fromStatus: first, toStatus, reason, occurredAt: at(seq) }));
  }
  return log;
}

function raiseAttention(
  world: MockWorld,
  number: number,
  code: string,
  reason: string,
  since: number,
): void {
  const order = world.byNumber(number);
  const occurredAt = new Date(since).toISOString();
  order.seq += 1;
  Object.assign(order, { attention: code, attentionReason: reason, attentionSince: occurredAt });
  const log = world.logs.get(order.id);
  log?.push(logEntry(order.seq, { type: 'ATTENTION_RAISED', reason, attention: code, occurredAt }));
}
