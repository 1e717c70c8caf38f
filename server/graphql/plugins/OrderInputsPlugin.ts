import { TYPES } from 'postgraphile/@dataplan/pg';
import { lambda, object, type Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

import { addressRow, orderRow } from '../order-input.ts';

const typeDefs = gql`
  extend type Mutation {
    """
    Places an order in one of the merchant's stores. A store's external id is one order: placing
    it again returns the order that is there. Errors: INVALID_INPUT, NOT_FOUND,
    IDEMPOTENCY_MISMATCH.
    """
    placeOrder(input: PlaceOrderInput!): PlaceOrderPayload
    """
    Corrects name, phone or address of where an order goes, until it is validated (automated) or
    shipped; a received order is validated again. Errors: INVALID_TRANSITION, INVALID_INPUT,
    NOT_FOUND, IDEMPOTENCY_MISMATCH.
    """
    correctShipTo(input: CorrectShipToInput!): CorrectShipToPayload
  }

  """
  An order as the customer gave it. Amounts are in the minor unit of the merchant's currency:
  305000 is ₹3,050.00.
  """
  input PlaceOrderInput {
    """
    The store it was placed in, which decides its workflow.
    """
    storeId: Int!
    """
    The store's own id of the order. One order has it, whoever places it how often.
    """
    externalId: String
    """
    The number that the store shows its customer, such as #1001.
    """
    externalNumber: String
    """
    What was bought; at least one.
    """
    items: [PlaceOrderItemInput!]!
    """
    Who bought it.
    """
    customer: CustomerInput
    """
    Where it goes. Needed by the time it is validated.
    """
    shipTo: AddressInput
    """
    Who pays when.
    """
    paymentMode: PaymentMode!
    """
    ISO 4217. Refused unless it is the merchant's currency, which is also the default.
    """
    currency: String
    """
    All items, before discount, shipping and tax.
    """
    subtotal: SafeInt! = 0
    """
    What was taken off.
    """
    discount: SafeInt! = 0
    """
    What the customer pays for shipping.
    """
    shipping: SafeInt! = 0
    """
    Tax that is part of the total.
    """
    tax: SafeInt! = 0
    """
    What the customer pays in all.
    """
    total: SafeInt!
    """
    What the courier collects: more than 0 if and only if the payment mode is COD.
    """
    codAmount: SafeInt! = 0
    """
    How the customer wants it, in the store's words.
    """
    shippingMethod: String
    """
    What the customer asks for.
    """
    note: String
    """
    When the customer placed it; now, if it is left out.
    """
    placedAt: Datetime
    """
    Up to 255 characters of your own, kept for 24 hours: the same request under the same key is
    done once and answered alike; another request under it is an IDEMPOTENCY_MISMATCH.
    """
    idempotencyKey: String
  }

  """
  One line of an order.
  """
  input PlaceOrderItemInput {
    """
    What it is called.
    """
    title: String!
    """
    Which of its kind, such as Red / M.
    """
    variantTitle: String
    """
    The stock-keeping unit.
    """
    sku: String
    """
    The store's own id of the line.
    """
    externalId: String
    """
    How many, from 1 to 100,000.
    """
    quantity: Int!
    """
    The price of one, in the minor unit.
    """
    unitPrice: SafeInt!
    """
    What was taken off the line, in the minor unit.
    """
    discount: SafeInt! = 0
    """
    What one weighs, in grams.
    """
    weightGrams: Int
    """
    Its code in India's harmonised system, for the tax papers.
    """
    hsnCode: String
    """
    False for what needs no parcel, such as a voucher.
    """
    requiresShipping: Boolean! = true
  }

  """
  A customer, as they wrote themselves.
  """
  input CustomerInput {
    """
    Name.
    """
    name: String
    """
    Phone, in any spelling.
    """
    phone: String
    """
    E-mail address.
    """
    email: String
  }

  """
  Where a parcel goes. In a correction, what is left out stays as it is.
  """
  input AddressInput {
    """
    Who receives it.
    """
    name: String
    """
    Phone of who receives it, in any spelling.
    """
    phone: String
    """
    House and street.
    """
    address1: String
    """
    Flat, landmark and the like.
    """
    address2: String
    """
    Town or city.
    """
    city: String
    """
    State.
    """
    state: String
    """
    PIN code, six digits in India.
    """
    pincode: String
    """
    ISO 3166 code, such as IN.
    """
    country: String
  }

  """
  What a correction changes.
  """
  input CorrectShipToInput {
    """
    The order.
    """
    orderId: UUID!
    """
    What is different.
    """
    address: AddressInput!
    """
    Why it is corrected.
    """
    reason: String!
    """
    Up to 255 characters of your own, kept for 24 hours: the same request under the same key is
    done once and answered alike; another request under it is an IDEMPOTENCY_MISMATCH.
    """
    idempotencyKey: String
  }

  """
  What placeOrder answers.
  """
  type PlaceOrderPayload {
    """
    The order as it is now.
    """
    order: Order!
  }

  """
  What correctShipTo answers.
  """
  type CorrectShipToPayload {
    """
    The order as it is now.
    """
    order: Order!
  }
`;

/** The mutations whose SQL functions take JSON, so that the database need not know GraphQL. */
export const OrderInputsPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const { place_order: placeOrder, correct_ship_to: correctShipTo } = build.pgResources;
  if (!placeOrder || !correctShipTo) throw new Error('The schema lacks a mutation of orders');
  const text = (step: Step) => ({ step, pgCodec: TYPES.text });
  const run = (resource: typeof placeOrder, args: { step: Step }[]) =>
    object({ order: resource.execute(args as never, 'mutation') as Step });
  return {
    typeDefs,
    objects: {
      Mutation: {
        plans: {
          placeOrder(_$root, args) {
            const $order = lambda(args.getRaw('input'), orderRow);
            return run(placeOrder, [
              { step: $order, pgCodec: TYPES.jsonb } as never,
              text(args.getRaw(['input', 'idempotencyKey'])),
            ]);
          },
          correctShipTo(_$root, args) {
            return run(correctShipTo, [
              { step: args.getRaw(['input', 'orderId']), pgCodec: TYPES.uuid } as never,
              {
                step: lambda(args.getRaw(['input', 'address']), addressRow),
                pgCodec: TYPES.jsonb,
              } as never,
              text(args.getRaw(['input', 'reason'])),
              text(args.getRaw(['input', 'idempotencyKey'])),
            ]);
          },
        },
      },
    },
  };
}, 'OrderInputsPlugin');
