import { context, lambda, type FieldArgs, type Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

/** What a customer may ask without a login, by a public id. */
export const TrackedOrderPlugin: GraphileConfig.Plugin = extendSchema(
  {
    typeDefs: gql`
      extend type Query {
        """
        An order as its customer may see it. Needs no login: the public id is the permission.
        Refused as NOT_FOUND when there is none.
        """
        trackedOrder(publicId: String!): TrackedOrder
      }

      """
      An order as its customer may see it: no name, no address, no price.
      """
      type TrackedOrder {
        publicId: String!
        """
        What the shop calls it.
        """
        number: String!
        storeName: String!
        fulfilmentType: FulfilmentType!
        status: OrderStatus!
        """
        shipped, delivered or returned; null before.
        """
        shippingStatus: ShippingStatus
        trackingCode: String
        trackingUrl: String
        placedAt: Datetime!
        updatedAt: Datetime!
        """
        What to pass to customerOrderUpdated as after.
        """
        cursor: String!
        """
        Where a pickup order is collected.
        """
        pickupLocation: TrackedLocation
        """
        Every status with when it was reached, first to last.
        """
        timeline: [TrackedStep!]!
        items: [TrackedItem!]!
        """
        The boxes that have left.
        """
        parcels: [TrackedParcel!]!
      }

      """
      A status that an order reached.
      """
      type TrackedStep {
        status: OrderStatus!
        timestamp: Datetime!
      }

      """
      A line of an order.
      """
      type TrackedItem {
        title: String!
        variantTitle: String
        quantity: Int!
      }

      """
      One box of an order on its way.
      """
      type TrackedParcel {
        box: Int!
        status: ShipmentStatus!
        trackingCode: String
        trackingUrl: String
      }

      """
      A counter where orders are collected.
      """
      type TrackedLocation {
        name: String!
        address: String!
        city: String!
        pincode: String!
      }
    `,
    objects: {
      Query: {
        plans: {
          trackedOrder(_$root: unknown, args: FieldArgs) {
            const $publicId = args.getRaw('publicId') as Step<string>; // as the schema has it
            const inputs = [$publicId, context().get('trackOrder')] as const;
            return lambda(inputs, ([publicId, trackOrder]) => trackOrder(publicId));
          },
        },
      },
    },
  },
  'TrackedOrderPlugin',
);
