import { asObject, json, textOf } from '../exchange.ts';
import type { Answer } from '../exchange.ts';
import type { ShiprocketAccount } from './accounts.ts';
import { failed, invalid, requiredText } from './answers.ts';

export type Body = Record<string, unknown>;

const always = [
  'order_id',
  'order_date',
  'pickup_location',
  'billing_customer_name',
  'billing_address',
  'billing_city',
  'billing_pincode',
  'billing_state',
  'billing_country',
  'billing_email',
  'billing_phone',
  'shipping_is_billing',
  'payment_method',
  'sub_total',
  'length',
  'breadth',
  'height',
  'weight',
];
const whenShippedElsewhere = [
  'shipping_customer_name',
  'shipping_address',
  'shipping_city',
  'shipping_pincode',
  'shipping_state',
  'shipping_country',
  'shipping_email',
  'shipping_phone',
];

/** Why an order is not taken, in the shape that this reason has; null when it can be saved. */
export function refuseOrder(account: ShiprocketAccount, body: Body): Answer | null {
  const errors = { ...missingFields(body), ...badFields(body) };
  if (Object.keys(errors).length > 0) return invalid(errors);
  return refuseChannel(body) ?? refusePickup(account, body) ?? refuseItems(itemsIn(body) ?? []);
}

export function shipsElsewhere(body: Body): boolean {
  return ['false', '0'].includes(textOf(body, 'shipping_is_billing'));
}

/** The lines, or null when they are no list of objects. */
export function itemsIn(body: Body): Body[] | null {
  const sent = body['order_items'];
  if (!Array.isArray(sent) || sent.length === 0) return null;
  const items = sent.map(asObject).filter((item) => item !== null);
  return items.length === sent.length ? items : null;
}

function missingFields(body: Body): Record<string, readonly string[]> {
  const wanted = shipsElsewhere(body) ? [...always, ...whenShippedElsewhere] : always;
  const missing = wanted.filter((field) => textOf(body, field) === '');
  const errors = missing.map((field) => [field, [requiredText(field)]] as const);
  return Object.fromEntries(errors);
}

const rules: readonly [field: string, holds: RegExp, text: string][] = [
  ['order_id', /^.{1,50}$/, 'The order id may not be greater than 50 characters.'],
  ['order_date', /^\d{4}-\d\d-\d\d( \d\d:\d\d(:\d\d)?)?$/, 'The order date is not a valid date.'],
  ['billing_city', /^.{1,30}$/u, 'The billing city may not be greater than 30 characters.'],
  ['billing_pincode', /^[1-9]\d{5}$/, 'The billing pincode must be 6 digits.'],
  // The dial code is put in front by Shiprocket: a number that has it already is no number.
  ['billing_phone', /^[1-9]\d{9}$/, 'The billing phone must be 10 digits.'],
  ['shipping_pincode', /^[1-9]\d{5}$/, 'The shipping pincode must be 6 digits.'],
  ['shipping_phone', /^[1-9]\d{9}$/, 'The shipping phone must be 10 digits.'],
  ['billing_email', /^\S+@\S+\.\S+$/, 'The billing email must be a valid email address.'],
  ['payment_method', /^(cod|prepaid)$/i, 'The selected payment method is invalid.'],
];

const numbers: readonly [field: string, above: number][] = [
  ['length', 0.5],
  ['breadth', 0.5],
  ['height', 0.5],
  ['weight', 0],
  ['sub_total', 0],
];

function badFields(body: Body): Record<string, string[]> {
  const errors: Record<string, string[]> = {};
  for (const [field, holds, text] of rules) {
    const sent = textOf(body, field);
    if (sent !== '' && !holds.test(sent)) errors[field] = [text];
  }
  for (const [field, above] of numbers) {
    const sent = textOf(body, field);
    if (sent !== '' && !(Number(sent) > above)) {
      errors[field] = [`The ${field.replaceAll('_', ' ')} must be greater than ${above}.`];
    }
  }
  const items = itemsIn(body);
  if (items === null) return { ...errors, order_items: [requiredText('order_items')] };
  for (const [at, item] of items.entries()) {
    for (const field of ['name', 'sku', 'units', 'selling_price']) {
      const name = `order_items.${at}.${field}`;
      if (textOf(item, field) === '') errors[name] = [`The ${name} field is required.`];
    }
  }
  return errors;
}

function refuseChannel(body: Body): Answer | null {
  const isKnown = textOf(body, 'channel_id') === '';
  return isKnown ? null : failed(400, 'Given channel id does not exist');
}

/** Compared as it is, case and spaces included. */
function refusePickup(account: ShiprocketAccount, body: Body): Answer | null {
  const sent = body['pickup_location'];
  if (account.pickupLocations.some(({ nickname }) => nickname === sent)) return null;
  return failed(
    422,
    'Wrong Pickup location entered. Please choose one location from the data given',
  );
}

function refuseItems(items: readonly Body[]): Answer | null {
  const skus = items.map((item) => textOf(item, 'sku'));
  if (new Set(skus).size < skus.length) {
    // A JSON text inside the JSON.
    const message = JSON.stringify({ order_items: ['SKU cannot be repeated'] });
    return failed(422, message);
  }
  const at = items.findIndex((item) => !/^\d*$/.test(textOf(item, 'hsn')));
  if (at < 0) return null;
  // The list of problems where the message should be.
  const message = { [`order_items.${at}.hsn`]: ['HSN should be numeric'] };
  return json({ message, status_code: 422 }, 422, 'refused');
}
