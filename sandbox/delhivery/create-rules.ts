import type { DelhiveryAccount } from '../accounts.ts';
import { textOf } from '../exchange.ts';
import type { World } from '../world.ts';
import { magicPins, serviceAt } from './pincodes.ts';
import { refuse } from './refusals.ts';
import type { Refusal } from './refusals.ts';
import { isInSeries } from './waybills.ts';

export type Shipment = Record<string, unknown>;

const longestOrder = 49;
const ewayBillFrom = 50_000;
const heaviestGrams = 20_000;

/** The first reason against a shipment, or null when it can be saved. */
export function refuseShipment(
  world: World,
  account: DelhiveryAccount,
  shipment: Shipment,
): Refusal | null {
  return (
    refuseConsignee(shipment) ??
    refusePhone(shipment) ??
    refusePayment(shipment) ??
    refuseDestination(shipment) ??
    refuseGoods(shipment) ??
    refuseIdentity(world, account, shipment)
  );
}

export function isCod(shipment: Shipment): boolean {
  return textOf(shipment, 'payment_mode').toUpperCase() === 'COD';
}

function refuseConsignee(shipment: Shipment): Refusal | null {
  const order = textOf(shipment, 'order');
  if (order === '' || order.length > longestOrder) {
    return refuse('order_id', 'oid does not pass the validator');
  }
  const name = textOf(shipment, 'name');
  if (name === '') return refuse('name_missing', 'consignee name not provided');
  if (textOf(shipment, 'add') === '') {
    return refuse('add_missing', `add is required for order ${order}`);
  }
  return /^test\b/i.test(name) ? refuse('suspicious', 'suspicious order/consignee', true) : null;
}

function refusePhone(shipment: Shipment): Refusal | null {
  const phone = shipment['phone'];
  if (Array.isArray(phone)) {
    return refuse('phone_list', "'list' object has no attribute 'strip'");
  }
  const sent = textOf(shipment, 'phone');
  if (sent === '') return refuse('phone_missing', 'No phone number provided.');
  const digits = /^(?:\+?91-?|0)?([1-9]\d{9})$/.exec(sent)?.[1];
  if (digits === undefined) {
    return refuse(
      'phone_incorrect',
      `Incorrect phone number(s) for order ${textOf(shipment, 'order')}`,
    );
  }
  const isMadeUp = /^(\d)\1{9}$/.test(digits);
  return isMadeUp ? refuse('suspicious', 'suspicious order/consignee', true) : null;
}

function refusePayment(shipment: Shipment): Refusal | null {
  const sent = textOf(shipment, 'payment_mode');
  const mode = sent.toLowerCase();
  if (mode === 'pickup' || mode === 'repl') {
    return refuse(
      'type_not_allowed',
      `Package type ${mode === 'repl' ? 'REPL' : 'Pickup'} not serviceable for this account`,
    );
  }
  if (!['prepaid', 'pre-paid', 'cod'].includes(mode)) {
    return refuse('payment_mode', `Payment mode "${sent}" could not be standardized`);
  }
  if (mode !== 'cod') return null;
  const amount = Number(textOf(shipment, 'cod_amount') || 'none');
  return amount > 0 ? null : refuse('cod_amount', 'COD amount is mandatory for a COD package');
}

function refuseDestination(shipment: Shipment): Refusal | null {
  const pin = textOf(shipment, 'pin');
  if (!/^[1-9]\d{5}$/.test(pin)) return refuse('pin_invalid', 'Consignee pin code is invalid');
  const service = serviceAt(pin);
  const isClosed = service === null || service.embargo || (isCod(shipment) && !service.cod);
  if (isClosed) return refuse('not_serviceable', `${pin} is non serviceable pincode`);
  if (pin !== magicPins.overCapacity) return null;
  return refuse(
    'over_capacity',
    'Manifestation failed as the total shipment volume has exceeded ' +
      'the available capacity of this pincode',
    true,
  );
}

function refuseGoods(shipment: Shipment): Refusal | null {
  for (const field of ['weight', 'total_amount', 'quantity', 'cod_amount']) {
    const sent = textOf(shipment, field);
    if (sent !== '' && !Number.isFinite(Number(sent))) {
      return refuse('not_a_number', `could not convert string to float: ${sent}`);
    }
  }
  // A heavy parcel on an ordinary account is refused with the words for the pin.
  if (Number(textOf(shipment, 'weight')) > heaviestGrams) {
    return refuse('too_heavy', `${textOf(shipment, 'pin')} is non serviceable pincode`);
  }
  const value = Number(textOf(shipment, 'total_amount'));
  if (value < ewayBillFrom || textOf(shipment, 'ewbn') !== '') return null;
  return refuse('eway_bill', `Ewaybill is mandatory for value of ${ewayBillFrom} and above`);
}

function refuseIdentity(
  world: World,
  account: DelhiveryAccount,
  shipment: Shipment,
): Refusal | null {
  const order = textOf(shipment, 'order');
  const waybill = textOf(shipment, 'waybill');
  const pattern = refusePattern(shipment, waybill);
  if (pattern !== null) return pattern;
  // With a waybill the same order id may come again: that is how careless clients ship twice.
  if (waybill === '') {
    const isKnown = world.books.parcelsOf(account.token, order).length > 0;
    return isKnown ? refuse('duplicate_order', `Duplicate Order Id : ${order}`) : null;
  }
  return refuseWaybill(world, account, waybill);
}

function refusePattern(shipment: Shipment, waybill: string): Refusal | null {
  if (shipment['shipment_type'] === undefined) return null;
  const hasMaster = textOf(shipment, 'master_id') !== '' && waybill !== '';
  if (textOf(shipment, 'shipment_type') === 'MPS' && hasMaster) return null;
  return refuse('master_pattern', `Waybill does not match master waybill pattern ${waybill}`);
}

function refuseWaybill(world: World, account: DelhiveryAccount, waybill: string): Refusal | null {
  if (!isInSeries(waybill)) return refuse('foreign_series', `wbn: ${waybill} is not available`);
  const parcel = world.books.parcels.get(waybill);
  const reservation = world.books.reservations.get(waybill);
  const isOwn = reservation?.account === account.token;
  // A cancelled number is used up, and a stranger's number is not told apart from it.
  const isRefused = !isOwn || (parcel !== undefined && parcel.cancelledAt !== null);
  if (isRefused || reservation.usableAt > world.now()) {
    return refuse('foreign_waybill', `Unable to consume waybill ${waybill}`);
  }
  return parcel === undefined ? null : refuse('duplicate_waybill', 'Duplicate waybill');
}
