import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { drive } from '../../sql-tests/support/drive.ts';
import { placeOrder, writeMove } from '../../sql-tests/support/orders.ts';
import { codeOf, startTestApi, type TestApi } from '../testing/test-api.ts';

interface Orders {
  orders: { nodes: { id: string }[] };
}

let api: TestApi;
let owner: string;
/** By what is special about them. */
let pending: string;
let cancelled: string;
let automated: string;
let troubled: string;
let old: string;

beforeAll(async () => {
  api = await startTestApi();
  owner = await api.tokenOf(api.ours);
  const { pool } = api.database;
  const place = (workflow: 'automated' | 'shipping', placedAt = '2026-11-20T10:00:00Z') =>
    placeOrder(pool, api.ours, workflow, { placed_at: placedAt });
  old = await place('shipping', '2026-01-05T10:00:00Z');
  pending = await place('shipping');
  cancelled = await place('shipping');
  automated = await place('automated');
  troubled = await place('automated');
  await pool.query(
    `insert into app_public.order_events (order_id, to_status, reason) values ($1, 'cancelled', 'x')`,
    [cancelled],
  );
  await pool.query(
    `insert into app_public.order_events (order_id, type, reason, inputs)
     values ($1, 'attention_raised', 'lost', '{"code": "PARCEL_LOST"}')`,
    [troubled],
  );
  await api.dispatch();
});
afterAll(() => api.close());

async function idsOf(args: string): Promise<string[]> {
  const { data, errors } = await api.graphql<Orders>(owner, `{ orders(${args}) { nodes { id } } }`);
  expect(errors).toBeUndefined();
  return data.orders.nodes.map(({ id }) => id);
}

describe('orders can be narrowed', () => {
  const cases: [string, () => string, () => string[]][] = [
    ['by store', () => `storeId: ${api.ours.automated}`, () => [troubled, automated]],
    ['by one status', () => 'statuses: CANCELLED', () => [cancelled]],
    ['by several', () => 'statuses: [CANCELLED, PENDING]', () => [cancelled, pending, old]],
    ['to those that need attention', () => 'needsAttention: true', () => [troubled]],
    [
      'to those that need none',
      () => 'needsAttention: false',
      () => [automated, cancelled, pending, old],
    ],
    ['to those placed before', () => 'placedAt: { before: "2026-06-01T00:00:00Z" }', () => [old]],
    [
      'to those placed in a time',
      () => 'placedAt: { from: "2026-01-05T15:30:00+05:30", before: "2026-01-05T10:00:01Z" }',
      () => [old],
    ],
    ['by ids', () => `ids: ["${old}", "${automated}"]`, () => [automated, old]],
    [
      'by search and more',
      () => `search: "asha", statuses: [PENDING], storeId: ${api.ours.shipping}`,
      () => [pending, old],
    ],
    [
      'by nothing, for null is no condition',
      () => 'storeId: null, search: null',
      () => [troubled, automated, cancelled, pending, old],
    ],
  ];
  test.each(cases)('%s', async (_how, filter, found) => {
    expect(await idsOf(`filter: { ${filter()} }`)).toEqual(found());
  });

  test('and ordered', async () => {
    expect(await idsOf('orderBy: OLDEST_FIRST, first: 1')).toEqual([old]);
    expect(await idsOf('orderBy: LONGEST_ATTENTION_FIRST')).toEqual([troubled]);
  });

  test('but not by more values than a page has rows, nor by a search of nothing', async () => {
    const ids = Array.from({ length: 101 }, () => `"${old}"`).join(', ');
    const many = await api.graphql(owner, `{ orders(filter: { ids: [${ids}] }) { nodes { id } } }`);
    expect(many.errors?.[0]?.extensions).toMatchObject({
      code: 'INVALID_INPUT',
      field: 'filter.ids',
    });
    const empty = await api.graphql(owner, '{ orders(filter: { search: " " }) { nodes { id } } }');
    expect(empty.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', field: 'search' });
    const order = await api.graphql(owner, '{ orders(orderBy: null) { nodes { id } } }');
    expect(codeOf(order)).toBe('INVALID_INPUT');
  });
});

test('other lists can be narrowed too', async () => {
  await drive(api.database.pool, api.ours, automated, 'labelled');
  const { data, errors } = await api.graphql<Record<string, { nodes: unknown[] }>>(
    owner,
    `{
      audit: auditEntries(filter: { recordedAt: { from: "2000-01-01T00:00:00Z" } }) { nodes { id } }
      noAudit: auditEntries(filter: { recordedAt: { before: "2000-01-01T00:00:00Z" } }) { nodes { id } }
      boxes: shipments(filter: { statuses: LABELLED, carrierAccountId: ${api.ours.carrierAccount} }) {
        nodes { id order { id } events(filter: { types: SHIPMENT_PLANNED }) {
          nodes { order { id } shipment { box } toShipmentStatus toStatus service } } } }
      members(filter: { isActive: true }) { nodes { id } }
      deadLetters(filter: { isOpen: true, kinds: [BOOK_SHIPMENT] }, orderBy: NEWEST_FIRST) { nodes { id } }
      carrierCalls(filter: { reference: "x" }) { nodes { id } }
      carrierPickups(filter: { locationId: 1 }) { nodes { id } }
    }`,
  );
  expect(errors).toBeUndefined();
  expect(data.audit?.nodes.length).toBeGreaterThan(5);
  expect(data.noAudit?.nodes).toEqual([]);
  expect(data.members?.nodes).toHaveLength(3);
  expect(data.boxes?.nodes).toMatchObject([
    {
      order: { id: automated },
      events: {
        nodes: [
          {
            order: { id: automated },
            shipment: { box: 1 },
            toStatus: null,
            toShipmentStatus: 'PLANNED',
          },
        ],
      },
    },
  ]);
});

test('counts are by status, of one store or of all, with those that need attention', async () => {
  const counts = '{ total needingAttention byStatus { status count } }';
  const read = async () => {
    await api.dispatch();
    const { data } = await api.graphql<Record<string, unknown>>(
      owner,
      `{ all: orderCounts ${counts} one: orderCounts(storeId: ${api.ours.shipping}) ${counts}
         store(id: ${api.ours.automated}) { orderCounts ${counts} }
         foreign: orderCounts(storeId: ${api.theirs.shipping}) ${counts} }`,
    );
    return data;
  };
  const data = await read();
  expect(data).toMatchObject({
    all: { total: 5, needingAttention: 1 },
    one: {
      total: 3,
      needingAttention: 0,
      byStatus: expect.arrayContaining([
        { status: 'PENDING', count: 2 },
        { status: 'CANCELLED', count: 1 },
      ]),
    },
    store: { orderCounts: { total: 2, needingAttention: 1 } },
    foreign: { total: 0, needingAttention: 0, byStatus: [] },
  });
  await api.database.withRollback(async (db) => {
    await writeMove(db, pending, { to: 'cancelled', reason: 'x' });
    await db.query('commit');
  });
  const later = await read();
  expect(later).toMatchObject({ one: { total: 3, byStatus: expect.any(Array) } });
});
