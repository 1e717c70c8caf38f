import { operation } from '../../api/operation.ts';
import { orderCardFragment } from '../board/board.graphql.ts';
import type { OrderRow } from '../board/board.graphql.ts';

export interface OrderLine {
  line: number;
  title: string;
  variantTitle: string | null;
  sku: string | null;
  quantity: number;
  unitPriceMinor: string | number;
  discountMinor: string | number;
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
}

export interface OrderEvent {
  seq: number;
  type: string;
  shipmentId: string | null;
  fromStatus: string | null;
  toStatus: string | null;
  actorId: string;
  actorRole: string;
  reason: string;
  inputs: unknown;
  occurredAt: string;
}

export interface OrderDetails extends Omit<OrderRow, 'shipTo'> {
  publicId: string;
  source: string;
  fulfilmentType: string;
  subtotalMinor: string | number;
  discountMinor: string | number;
  shippingMinor: string | number;
  taxMinor: string | number;
  codAmountMinor: string | number;
  shippingMethod: string | null;
  trackingCode: string | null;
  trackingUrl: string | null;
  shipTo: ShipTo | null;
  lines: { nodes: OrderLine[] };
  shipments: { nodes: Shipment[] };
  events: { nodes: OrderEvent[] };
}

export interface OrderData {
  order: OrderDetails | null;
  members: { nodes: { id: number; name: string }[] };
}

export const orderQuery = operation<OrderData, { id: string }>(
  /* GraphQL */ `
    query Order($id: UUID!) {
      order(id: $id) {
        ...OrderCard
        publicId
        source
        fulfilmentType
        subtotalMinor
        discountMinor
        shippingMinor
        taxMinor
        codAmountMinor
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
            unitPriceMinor
            discountMinor
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
          }
        }
        events(first: 100) {
          nodes {
            seq
            type
            shipmentId
            fromStatus
            toStatus
            actorId
            actorRole
            reason
            inputs
            occurredAt
          }
        }
      }
      members(first: 100) {
        nodes {
          id
          name
        }
      }
    }
  `,
  orderCardFragment,
);
