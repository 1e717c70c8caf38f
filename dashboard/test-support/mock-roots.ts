import { mockStores } from './mock-orders.ts';
import type { MockCase } from './mock-orders.ts';
import type { MockOrder, MockWorld } from './mock-world.ts';

interface OrdersArguments {
  first?: number;
  after?: string | null;
  filter?: { storeId?: number; ids?: string[]; statuses?: string[] };
  orderBy: string;
}

interface MutationArguments {
  input: {
    orderId: string;
    toStatus: string;
    expectedStatus?: string;
    reason?: string;
    note?: string;
    trackingCode?: string;
    idempotencyKey?: string;
  };
}

/** The root fields that the page uses, for graphql-js' default resolvers. */
export function mockRoots(world: MockWorld) {
  const show = (order: MockOrder) => shown(world, order);
  return {
    stores: () => connection(mockStores),
    store: ({ id }: { id: number }) => ({
      orders: ({ filter, ...page }: OrdersArguments) =>
        listed(world, { ...page, filter: { ...filter, storeId: id } }),
    }),
    orderCounts: ({ storeId }: { storeId: number }) => counted(world, storeId),
    order: ({ id }: { id: string }) => {
      const order = world.orders.get(id);
      return order ? show(order) : null;
    },
    orders: (page: OrdersArguments) => listed(world, page),
    ndrCases: () => connection(casesIn(world).filter(({ status }) => status === 'OPEN')),
    actOnNdr: ({ input }: { input: { caseId: string; action: string; note?: string } }) => {
      const found = casesIn(world).find(({ id }) => id === input.caseId);
      Object.assign(found?.kept ?? {}, {
        status: 'ACTED',
        action: input.action,
        note: input.note ?? '',
      });
      return { ndrCase: found };
    },
    transitionOrder: ({ input }: MutationArguments) => ({ order: show(world.transition(input)) }),
    shipOrder: ({ input }: MutationArguments) => ({
      order: show(world.transition({ ...input, toStatus: 'SHIPPED' })),
    }),
    clearAttention: ({ input }: MutationArguments) => ({
      order: show(world.clearAttention(input.orderId, input.note ?? '')),
    }),
    orderStatusUpdated: async function* (channel: { storeId: number; after?: string | null }) {
      for await (const event of world.follow(channel.storeId, channel.after ?? null)) {
        const order = world.withholdsOrders ? undefined : world.orders.get(event.orderId);
        yield { orderStatusUpdated: { ...event, order: order ? show(order) : null } };
      }
    },
  };
}

/** The failed deliveries of all orders, each with its order and the row that is kept. */
function casesIn(world: MockWorld) {
  return [...world.orders.values()].flatMap((order) =>
    (order.boxes as { ndrCases: { nodes: MockCase[] } }[]) // mock-orders.ts
      .flatMap(({ ndrCases }) => ndrCases.nodes)
      .map((kept) => ({ ...kept, kept, order: { id: order.id, number: order.number } })),
  );
}

function listed(world: MockWorld, { filter = {}, orderBy, ...page }: OrdersArguments) {
  const { storeId, ids, statuses } = filter;
  const matching = [...world.orders.values()].filter(
    (order) =>
      (ids?.includes(order.id) ?? true) &&
      (storeId === undefined || order.storeId === storeId) &&
      (statuses?.includes(order.status) ?? true) &&
      (orderBy !== 'LONGEST_ATTENTION_FIRST' || order.attention !== null),
  );
  matching.sort((a, b) => b.number - a.number);
  return connection(
    matching.map((order) => shown(world, order)),
    page,
  );
}

function counted(world: MockWorld, storeId: number) {
  const orders = [...world.orders.values()].filter((order) => order.storeId === storeId);
  const statuses = [...new Set(orders.map(({ status }) => status))];
  return {
    needingAttention: orders.filter(({ attention }) => attention !== null).length,
    byStatus: statuses.map((status) => ({
      status,
      count: orders.filter((order) => order.status === status).length,
    })),
  };
}

function shown(world: MockWorld, order: MockOrder) {
  const { contact, lines, boxes, ...fields } = order;
  return {
    ...fields,
    shipTo: contact,
    items: (page: { first?: number }) => connection(lines as unknown[], page), // mock-orders.ts
    shipments: () => connection(boxes as unknown[]), // mock-orders.ts
    events: () => connection(world.logs.get(order.id) ?? []),
    deadLetters: () => connection([]),
    rateQuotes: () => connection([]),
  };
}

function connection<Node>(
  all: readonly Node[],
  page: { first?: number; after?: string | null } = {},
) {
  const start = page.after ? Number(page.after) : 0;
  const end = start + (page.first ?? 50);
  return {
    nodes: all.slice(start, end),
    pageInfo: { hasNextPage: end < all.length, hasPreviousPage: start > 0, endCursor: String(end) },
  };
}
