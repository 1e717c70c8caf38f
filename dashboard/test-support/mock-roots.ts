import { mockStores } from './mock-orders.ts';
import type { MockOrder, MockWorld } from './mock-world.ts';

interface OrdersArguments {
  first?: number;
  after?: string | null;
  filter: {
    storeId?: { equalTo: number };
    id?: { in: string[] };
    status?: { equalTo: string };
    attention?: { isNull: boolean };
  };
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
    members: () => connection([{ id: 3, name: 'Sajan Varghese' }]),
    order: ({ id }: { id: string }) => {
      const order = world.orders.get(id);
      return order ? show(order) : null;
    },
    orders: ({ filter, ...page }: OrdersArguments) => {
      const matching = [...world.orders.values()].filter((order) => matches(order, filter));
      matching.sort((a, b) => Number(b.number) - Number(a.number));
      return connection(matching.map(show), page);
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

function matches(order: MockOrder, filter: OrdersArguments['filter']): boolean {
  if (filter.id && !filter.id.in.includes(order.id)) return false;
  if (filter.storeId && order.storeId !== filter.storeId.equalTo) return false;
  if (filter.status && order.status !== filter.status.equalTo) return false;
  return filter.attention === undefined || (order.attention === null) === filter.attention.isNull;
}

function shown(world: MockWorld, order: MockOrder) {
  const { contact, lines, boxes, ...fields } = order;
  return {
    ...fields,
    shipTo: contact,
    items: (page: { first?: number }) => connection(lines as unknown[], page), // mock-orders.ts
    shipments: () => connection(boxes as unknown[]), // mock-orders.ts
    events: () => connection(world.logs.get(order.id) ?? []),
  };
}

function connection<Node>(
  all: readonly Node[],
  page: { first?: number; after?: string | null } = {},
) {
  const start = page.after ? Number(page.after) : 0;
  const end = start + (page.first ?? 50);
  return {
    totalCount: all.length,
    nodes: all.slice(start, end),
    pageInfo: { hasNextPage: end < all.length, hasPreviousPage: start > 0, endCursor: String(end) },
  };
}
