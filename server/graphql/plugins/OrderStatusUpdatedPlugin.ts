import {
  context,
  lambda,
  listen,
  object,
  type GrafastSubscriber,
  type Step,
} from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

import type { LiveEvent } from '../../live/live-event.ts';

/** The operations board's channel: what the hub sends, with the order as the member may see it. */
export const OrderStatusUpdatedPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const orders = build.pgResources.order;
  if (!orders) throw new Error('The schema has no orders');
  return {
    typeDefs: gql`
      extend type Subscription {
        """
        Status changes of one store's orders, as they are committed. With the cursor of the last
        event that was received, everything since comes first: nothing is lost or comes twice.
        """
        orderStatusUpdated(storeId: Int!, after: String): OrderStatusUpdate
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
    `,
    objects: {
      Subscription: {
        plans: {
          orderStatusUpdated: {
            subscribePlan(_$root, args) {
              const $topic = lambda(
                object({ storeId: args.getRaw('storeId'), after: args.getRaw('after') }),
                (topic) => JSON.stringify(topic),
              );
              // The channel has one kind of topic, which the type of listen() cannot say.
              const $live = context().get('live') as Step<GrafastSubscriber>;
              return listen($live, $topic) as Step<LiveEvent[]>;
            },
            plan: ($event: Step<LiveEvent>): Step<LiveEvent> => $event,
          },
        },
      },
      OrderStatusUpdate: {
        plans: {
          order($event: Step<LiveEvent>): Step {
            return orders.get({ id: lambda($event, (event) => event.orderId) }) as Step;
          },
        },
      },
    },
  };
}, 'OrderStatusUpdatedPlugin');
