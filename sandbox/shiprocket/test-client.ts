import type { Sandbox } from '../sandbox.ts';
import { call } from '../test-client.ts';
import type { Reply } from '../test-client.ts';

/** For tests: what a client of Shiprocket sends, and where to. */
export const apiUser = { email: 'api@sandbox.example', password: 'sandbox-shiprocket-password' };

const json = { 'content-type': 'application/json' };

export interface Client {
  token: string;
  get: (path: string) => Promise<Reply>;
  post: (path: string, body: unknown, init?: RequestInit) => Promise<Reply>;
  /** The ids of a new order. */
  create: (change?: object) => Promise<{ order_id: number; shipment_id: number }>;
  /** The AWB of a new order that has one. */
  book: (change?: object) => Promise<{ order_id: number; shipment_id: number; awb: string }>;
}

export function login(sandbox: Sandbox, user: object = apiUser): Promise<Reply> {
  const url = `${sandbox.url}/shiprocket/v1/external/auth/login`;
  return call(url, { method: 'POST', headers: json, body: JSON.stringify(user) });
}

export async function signIn(sandbox: Sandbox, user: object = apiUser): Promise<Client> {
  return clientWith(sandbox, (await login(sandbox, user)).textAt('token'));
}

export function clientWith(sandbox: Sandbox, token: string): Client {
  const base = `${sandbox.url}/shiprocket/v1/external`;
  const headers = { authorization: `Bearer ${token}` };
  const post: Client['post'] = (path, body, init = {}) =>
    call(base + path, {
      method: 'POST',
      headers: { ...headers, ...json },
      body: JSON.stringify(body),
      ...init,
    });
  const create: Client['create'] = async (change = {}) => {
    const { at } = await post('/orders/create/adhoc', { ...goodOrder, ...change });
    return { order_id: Number(at('order_id')), shipment_id: Number(at('shipment_id')) };
  };
  const book: Client['book'] = async (change = {}) => {
    const ids = await create(change);
    const { textAt } = await post('/courier/assign/awb', { shipment_id: ids.shipment_id });
    return { ...ids, awb: textAt('response', 'data', 'awb_code') };
  };
  return { token, get: (path) => call(base + path, { headers }), post, create, book };
}

export const goodOrder = {
  order_id: 'SHOP1-10021',
  order_date: '2026-01-06 11:20',
  pickup_location: 'KOCHI-1',
  channel_id: '',
  comment: '',
  billing_customer_name: 'Asha',
  billing_last_name: 'R',
  billing_address: '12/4 Beach Rd, near temple',
  billing_address_2: '',
  billing_city: 'Kochi',
  billing_pincode: 682001,
  billing_state: 'Kerala',
  billing_country: 'India',
  billing_email: 'a@x.in',
  billing_phone: 9847012345,
  shipping_is_billing: true,
  order_items: [
    {
      name: 'Cotton kurta',
      sku: 'KUR-M',
      units: 1,
      selling_price: 799,
      discount: '',
      tax: '',
      hsn: '6211',
    },
  ],
  payment_method: 'COD',
  sub_total: 799,
  length: 25,
  breadth: 20,
  height: 5,
  weight: 0.45,
};
