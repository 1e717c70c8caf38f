import type { HttpAnswer } from '../../outbound/outcome.ts';
import type { ShiprocketAccount } from './account.ts';
import type { Booking } from './booking.ts';

/** What goes over the wire, after the contract. All values are invented. */
export const account: ShiprocketAccount = {
  baseUrl: 'https://apiv2.shiprocket.in/v1/external',
  token: 'a-token',
  tokenIsFresh: false,
};

export const booking: Booking = {
  reference: 'SHOP1-10021',
  consignee: {
    name: 'Asha R',
    phone: '9847012345',
    email: 'a@x.in',
    addressLines: ['12/4 Beach Rd', 'near temple'],
    city: 'Kochi',
    state: 'Kerala',
    pincode: '682001',
    country: 'IN',
  },
  pickupLocation: 'KOCHI-1',
  payment: { mode: 'cod', amountMinor: 79900 },
  totalMinor: 79900,
  lines: [{ sku: 'KUR-M', name: 'Cotton kurta', units: 1, unitPriceMinor: 79900, hsnCode: '6211' }],
  weightGrams: 450,
  lengthMm: 250,
  widthMm: 200,
  heightMm: 45,
  orderedAt: '2026-01-06T05:50:00Z',
};

/** An answer as the network would bring it. */
export function answerOf(
  status: number,
  body: unknown,
  headers: Record<string, string> = {},
): HttpAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, bytes: new TextEncoder().encode(text) };
}

export const created = {
  order_id: 16161616,
  shipment_id: 15151515,
  status: 'NEW',
  status_code: 1,
  onboarding_completed_now: 0,
  awb_code: null,
  courier_company_id: null,
  courier_name: null,
};

export const assigned = {
  awb_assign_status: 1,
  response: {
    data: {
      courier_company_id: 24,
      courier_name: 'X Surface',
      awb_code: '321055706540',
      order_id: 16161616,
      shipment_id: 15151515,
      applied_weight: 0.5,
      freight_charges: 72.5,
      cod: 1,
      routing_code: '',
      invoice_no: 'retail57',
      assigned_date_time: {
        date: '2026-01-06 11:25:17.000000',
        timezone_type: 3,
        timezone: 'Asia/Kolkata',
      },
      pickup_scheduled_date: '2026-01-07 14:00:00',
      shipped_by: { shipper_company_name: 'Shop' },
    },
  },
};

export const listedOrder = {
  id: 16161616,
  channel_id: 1,
  channel_order_id: 'SHOP1-10021',
  status: 'NEW',
  status_code: 1,
  payment_method: 'cod',
  total: '799.00',
  created_at: '6 Jan 2026, 11:21 AM',
  products: [{ id: 1, name: 'Cotton kurta', channel_sku: 'KUR-M', quantity: 1 }],
  shipments: [{ id: 15151515, awb: '', courier: '', pickup_scheduled_date: null, etd: null }],
};

export function listed(...data: unknown[]): object {
  const pagination = { total: data.length, count: data.length, per_page: 15, current_page: 1 };
  return { data, meta: { pagination: { ...pagination, total_pages: 1, links: {} } } };
}

export const activity = {
  date: '2026-01-08 11:37:00',
  status: 'X-DLL2F',
  activity: 'Bag received by RAVI , MobileNo:- 9963133564',
  location: 'Delhi_Hub',
  'sr-status': '18',
  'sr-status-label': 'IN TRANSIT',
};

export const webhook = {
  awb: '321055706540',
  courier_name: 'X Surface',
  current_status: 'IN TRANSIT',
  current_status_id: 20,
  shipment_status: 'IN TRANSIT',
  shipment_status_id: 18,
  current_timestamp: '08 01 2026 11:43:52',
  order_id: 'SHOP1-10021_150876814',
  sr_order_id: 16161616,
  awb_assigned_date: '2026-01-06 11:25:17',
  pickup_scheduled_date: '2026-01-07 14:00:00',
  etd: '2026-01-11 23:00:00',
  is_return: 0,
  channel_id: 1,
  pod_status: '',
  pod: '',
  scans: [activity],
};
