import { operation } from '../../api/operation.ts';
import type { Money } from '../../format/money.ts';
import { orderCardFragment } from '../board/board.graphql.ts';
import type { OrderRow } from '../board/board.graphql.ts';
import { ndrCaseFragment } from '../ndr/ndr.graphql.ts';
import type { NdrCase } from '../ndr/ndr.graphql.ts';

export interface OrderLine {
  line: number;
  title: string;
  variantTitle: string | null;
  sku: string | null;
  quantity: number;
  unitPrice: Money;
  discount: Money;
}

export interface ShipTo {
  customerName: string | null;
  customerPhone: string | null;
  name: string | null;
  phone: string | null;
  address1: string | null;
  address2: string | null;
  city: string | null;
  state: string | null;
  pincode: string | null;
  country: string | null;
  note: string | null;
}

export interface Shipment {
  id: string;
  box: number;
  status: string;
  carrier: string;
  service: string;
  awb: string | null;
  trackingUrl: string | null;
  labelUrl: string | null;
  lastScan: string | null;
  lastScanAt: string | null;
  /** The latest failed delivery. */
  ndrCases: { nodes: NdrCase[] };
}

export interface RateQuote {
  round: number;
  rank: number;
  carrier: string;
  service: string | null;
  isChosen: boolean;
  reason: string | null;
  detail: string | null;
  rule: string;
  price: Money | null;
  days: number | null;
}

/** A call that waits for a person. */
export interface DeadLetter {
  id: string;
  kind: string;
  errorMessage: string;
  attempts: number;
  advice: string;
  mayHaveHappened: boolean;
  lastCall: { operation: string; httpStatus: number | null; answer: string | null } | null;
}

export interface OrderEvent {
  seq: number;
  type: string;
  shipmentId: string | null;
  fromStatus: string | null;
  toStatus: string | null;
  toShipmentStatus: string | null;
  actorId: string;
  actorRole: string;
  member: { name: string } | null;
  reason: string;
  trackingCode: string | null;
  awb: string | null;
  service: string | null;
  messageKind: string | null;
  manifest: { number: number } | null;
  scan: { status: string | null; location: string | null; remark: string | null } | null;
  occurredAt: string;
}

export interface OrderDetails extends Omit<OrderRow, 'shipTo'> {
  publicId: string;
  channel: string;
  fulfilmentType: string;
  subtotal: Money;
  discount: Money;
  shipping: Money;
  tax: Money;
  codAmount: Money;
  shippingMethod: string | null;
  trackingCode: string | null;
  trackingUrl: string | null;
  shipTo: ShipTo | null;
  lines: { nodes: OrderLine[] };
  shipments: { nodes: Shipment[] };
  rateQuotes: { nodes: RateQuote[] };
  events: { nodes: OrderEvent[] };
  letters: { nodes: DeadLetter[] };
}

export interface OrderData {
  order: OrderDetails | null;
}

export const orderQuery = operation<OrderData, { id: string }>(
  /* GraphQL */ `
    query Order($id: UUID!) {
      order(id: $id) {
        ...OrderCard
        publicId
        channel
        fulfilmentType
        subtotal {
          ...Money
        }
        discount {
          ...Money
        }
        shipping {
          ...Money
        }
        tax {
          ...Money
        }
        codAmount {
          ...Money
        }
        shippingMethod
        trackingCode
        trackingUrl
        shipTo {
          customerPhone
          phone
          address1
          address2
          city
          state
          pincode
          country
          note
        }
        lines: items(first: 100) {
          nodes {
            line
            title
            variantTitle
            sku
            quantity
            unitPrice {
              ...Money
            }
            discount {
              ...Money
            }
          }
        }
        shipments(first: 50) {
          nodes {
            id
            box
            status
            carrier
            service
            awb
            trackingUrl
            labelUrl
            lastScan
            lastScanAt
            ndrCases(first: 1, orderBy: NEWEST_FIRST) {
              nodes {
                ...NdrCase
              }
            }
          }
        }
        rateQuotes(first: 20) {
          nodes {
            round
            rank
            carrier
            service
            isChosen
            reason
            detail
            rule
            price {
              ...Money
            }
            days
          }
        }
        letters: deadLetters(first: 20, filter: { isOpen: true }) {
          nodes {
            id
            kind
            errorMessage
            attempts
            advice
            mayHaveHappened
            lastCall {
              operation
              httpStatus
              answer
            }
          }
        }
        events(first: 100) {
          nodes {
            seq
            type
            shipmentId
            fromStatus
            toStatus
            toShipmentStatus
            actorId
            actorRole
            member {
              name
            }
            reason
            trackingCode
            awb
            service
            messageKind
            manifest {
              number
            }
            scan {
              status
              location
              remark
            }
            occurredAt
          }
        }
      }
    }

    fragment Money on Money {
      amount
      currency
    }
  `,
  orderCardFragment,
  ndrCaseFragment,
);
