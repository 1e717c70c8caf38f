import { context, lambda, listen, type GrafastSubscriber, type Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

import type { OrderCounts } from '../../live/counts.ts';
import type { LiveEvent } from '../../live/live-event.ts';

const typeDefs = gql`
  extend type Query {
    """
    Where the live events are now. Ask for it with the page's own data and pass it as after: what
    happens between the two is then told, too.
    """
    liveCursor: String!
  }

  extend type Subscription {
    """
    Status changes of one store's orders, as they are committed; new orders among them. With the
    cursor of the last event that was received, everything since comes first: nothing is lost or
    comes twice.
    """
    orderStatusUpdated(storeId: Int!, after: String): OrderStatusUpdate
    """
    New orders of one store.
    """
    orderCreated(storeId: Int!, after: String): OrderStatusUpdate
    """
    What happens to the parcels of one store's orders, and to the orders' shipping status.
    """
    shippingUpdated(storeId: Int!, after: String): ShippingUpdate
    """
    How many orders of one store are in each status: now, and when it changes, at most four times a
    second.
    """
    orderCounts(storeId: Int!): OrderCountsUpdate
    """
    Status changes of one order, for its customer: needs no login.
    """
    customerOrderUpdated(publicId: String!, after: String): CustomerOrderUpdate
  }

  """
  One status change of one order.
  """
  type OrderStatusUpdate {
    orderId: UUID!
    publicId: String!
    """
    Null when the order was just placed.
    """
    oldStatus: OrderStatus
    newStatus: OrderStatus!
    timestamp: Datetime!
    fulfilmentType: FulfilmentType!
    storeId: Int!
    """
    Of the event: counts from 1 within the order.
    """
    seq: Int!
    """
    What to pass as after in order to go on from here.
    """
    cursor: String!
    """
    The order as it is now, which may be further than this event.
    """
    order: Order
  }

  """
  Something that happened to one box of an order, or to the order's shipping status.
  """
  type ShippingUpdate {
    orderId: UUID!
    publicId: String!
    """
    The box; null when it is about the order as a whole.
    """
    shipmentId: UUID
    """
    The box's status before; null when it did not move.
    """
    oldStatus: ShipmentStatus
    """
    The box's status after; null when it did not move.
    """
    newStatus: ShipmentStatus
    """
    The order's shipping status, when it changed: shipped, delivered or returned.
    """
    shippingStatus: ShippingStatus
    trackingCode: String
    trackingUrl: String
    timestamp: Datetime!
    fulfilmentType: FulfilmentType!
    storeId: Int!
    """
    Of the event: counts from 1 within the order.
    """
    seq: Int!
    """
    What to pass as after in order to go on from here.
    """
    cursor: String!
    """
    The order as it is now, which may be further than this event.
    """
    order: Order
    """
    The box as it is now.
    """
    shipment: Shipment
  }

  """
  How many orders of a store are in which status, at a moment.
  """
  type OrderCountsUpdate {
    storeId: Int!
    counts: OrderCounts!
    timestamp: Datetime!
  }

  """
  One status change of one order, as its customer may see it.
  """
  type CustomerOrderUpdate {
    publicId: String!
    """
    Null when the order was just placed.
    """
    oldStatus: OrderStatus
    newStatus: OrderStatus!
    timestamp: Datetime!
    fulfilmentType: FulfilmentType!
    """
    shipped, delivered or returned, when the change brought it.
    """
    shippingStatus: ShippingStatus
    trackingCode: String
    trackingUrl: String
    """
    What to pass as after in order to go on from here.
    """
    cursor: String!
  }
`;

/** Payloads come from server/live, which decides who gets them; here is how they look. */
const channel = {
  subscribePlan(): Step<object[]> {
    // One payload after the other, whatever the topic: the type of listen() cannot say that.
    const $live = context().get('live') as Step<GrafastSubscriber>;
    return listen($live, '');
  },
  plan: ($payload: Step): Step => $payload,
};

export const SubscriptionsPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const { order: orders, shipment: shipments } = build.pgResources;
  if (!orders || !shipments) throw new Error('The schema has no orders or shipments');
  const order = ($event: Step<LiveEvent>): Step =>
    orders.get({ id: lambda($event, (event) => event.orderId, true) }) as Step;
  return {
    typeDefs,
    objects: {
      Query: {
        plans: {
          liveCursor: () => lambda(context().get('liveCursor'), (cursor) => cursor()),
        },
      },
      Subscription: {
        plans: {
          orderStatusUpdated: channel,
          orderCreated: channel,
          shippingUpdated: channel,
          orderCounts: channel,
          customerOrderUpdated: channel,
        },
      },
      OrderStatusUpdate: { plans: { order } },
      ShippingUpdate: {
        plans: {
          // Of the order as a whole they are the order's own, which this type has no names for.
          oldStatus: ($event: Step<LiveEvent>) => lambda($event, ofBox('oldStatus'), true),
          newStatus: ($event: Step<LiveEvent>) => lambda($event, ofBox('newStatus'), true),
          order,
          shipment: ($event: Step<LiveEvent>): Step =>
            shipments.get({ id: lambda($event, (event) => event.shipmentId, true) }) as Step,
        },
      },
      OrderCountsUpdate: {
        plans: {
          counts: ($update: Step<OrderCounts>) => lambda($update, countsOf, true),
        },
      },
    },
  };
}, 'SubscriptionsPlugin');

function ofBox(field: 'oldStatus' | 'newStatus') {
  return (event: LiveEvent) => (event.shipmentId === null ? null : event[field]);
}

function countsOf({ orders, attention }: OrderCounts) {
  const byStatus = Object.entries(orders).map(([status, count]) => ({ status, count }));
  return {
    total: byStatus.reduce((sum, { count }) => sum + count, 0),
    needingAttention: attention,
    byStatus,
  };
}
