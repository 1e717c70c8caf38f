import { asObject, textOf } from '../exchange.ts';
import { magicPins } from '../delhivery/pincodes.ts';
import type { World } from '../world.ts';
import type { BlueDartAccount } from './account.ts';
import { inner, nullReference, refuse } from './answers.ts';
import type { Refusal } from './answers.ts';
import { servedPin } from './finder.ts';
import { dayOf, readJsonDate } from './times.ts';

export interface WaybillRequest {
  consignee: Record<string, unknown>;
  shipper: Record<string, unknown>;
  services: Record<string, unknown>;
}

export function partsOf(request: Record<string, unknown>): WaybillRequest | Refusal {
  const consignee = asObject(request['Consignee']);
  const shipper = asObject(request['Shipper']);
  const services = asObject(request['Services']);
  if (consignee === null || shipper === null || services === null) return nullReference;
  return { consignee, shipper, services };
}

/** The first reason against a waybill, or null when it can be made. */
export function refuseWaybill(
  world: World,
  account: BlueDartAccount,
  request: WaybillRequest,
): Refusal | null {
  return (
    refuseLengths(request) ??
    refuseCharacters(request) ??
    refuseConsignee(request.consignee) ??
    refuseShipper(account, request.shipper) ??
    refuseGoods(request.services) ??
    refusePayment(request) ??
    refuseVisit(world, request.services)
  );
}

const longest: Readonly<Record<keyof WaybillRequest, Readonly<Record<string, number>>>> = {
  consignee: {
    ConsigneeName: 30,
    ConsigneeAddress1: 30,
    ConsigneeAddress2: 30,
    ConsigneeAddress3: 30,
    ConsigneeAttention: 30,
  },
  shipper: {
    CustomerName: 30,
    CustomerAddress1: 30,
    CustomerAddress2: 30,
    CustomerAddress3: 30,
    Sender: 20,
  },
  services: { SpecialInstruction: 50, InvoiceNo: 10 },
};

/** A field that is too long gets no reason at all: the body is empty. */
function refuseLengths(request: WaybillRequest): Refusal | null {
  const tooLong = refuse('FieldLength', '', 'empty');
  for (const part of ['consignee', 'shipper', 'services'] as const) {
    for (const [field, most] of Object.entries(longest[part])) {
      if (textOf(request[part], field).length > most) return tooLong;
    }
  }
  const commodity = Object.values(inner(request.services, 'Commodity'));
  if (commodity.some((text) => typeof text === 'string' && text.length > 30)) return tooLong;
  return null;
}

function refuseCharacters({ consignee, shipper }: WaybillRequest): Refusal | null {
  for (const [field, value] of Object.entries({ ...consignee, ...shipper })) {
    if (typeof value !== 'string' || /^[\x20-\x7e]*$/.test(value)) continue;
    return refuse('InvalidCharacters', `${field} contains special characters`, 'nested');
  }
  return null;
}

function refuseConsignee(consignee: Record<string, unknown>): Refusal | null {
  if (textOf(consignee, 'ConsigneeName') === '') {
    return refuse('InvalidConsigneeName', 'Consignee Name cannot be blank');
  }
  if (textOf(consignee, 'ConsigneeAddress1') === '') {
    return refuse('InvalidConsigneeAddress', 'Consignee Address1 cannot be blank');
  }
  const pin = textOf(consignee, 'ConsigneePincode');
  if (pin === '') return refuse('InvalidPinCode', 'Pincode cannot be blank ');
  if (typeof consignee['ConsigneePincode'] !== 'string' || !/^\d{6}$/.test(pin)) {
    return refuse('InvalidPinCode', 'Invalid Consignee Pincode');
  }
  const served = servedPin(pin);
  if (served === null || served.embargo) {
    return refuse('PincodeNotServiceable', 'Destination Pincode is not serviceable', 'nested');
  }
  const mobile = textOf(consignee, 'ConsigneeMobile');
  if (/^\d{10,15}$/.test(mobile)) return null;
  return refuse('InvalidConsigneeMobile', 'Consignee Mobile is invalid');
}

function refuseShipper(account: BlueDartAccount, shipper: Record<string, unknown>): Refusal | null {
  if (textOf(shipper, 'CustomerCode') !== account.customerCode) {
    return refuse('InvalidCustomerCode', 'Customer code is not valid', 'nested');
  }
  const area = textOf(shipper, 'OriginArea');
  const home = servedPin(textOf(shipper, 'CustomerPincode'));
  if (!/^[A-Z]{3}$/.test(area) || home?.area !== area) {
    return refuse(
      'InvalidAreaScNotInRegion',
      'Area and service centre are not in region',
      'nested',
    );
  }
  if (textOf(shipper, 'CustomerAddress1') !== '') return null;
  return refuse('InvalidCustomerAddress', 'Customer Address1 cannot be blank');
}

function refuseGoods(services: Record<string, unknown>): Refusal | null {
  if (!/^[A-Z0-9]{1,20}$/.test(textOf(services, 'CreditReferenceNo'))) {
    return refuse('InvalidCreditReferenceNo', 'CreditReferenceNo is invalid');
  }
  if (!['A', 'D', 'E'].includes(textOf(services, 'ProductCode'))) {
    return refuse('InvalidProductCode', 'Product code is not valid', 'nested');
  }
  const weight = services['ActualWeight'];
  if (typeof weight !== 'string' || !/^\d+(\.\d{1,2})?$/.test(weight) || Number(weight) === 0) {
    return refuse('InvalidActualWeight', 'Actual Weight is missing');
  }
  const dimensions: unknown = services['Dimensions'];
  if (!Array.isArray(dimensions) || dimensions.length === 0) {
    return refuse('InvalidDimensions', 'Dimensions cannot be blank');
  }
  // The number 2 demands a one-time password; the string "0" is none.
  if (services['OTPBasedDelivery'] === '0') return null;
  return refuse('InvalidOTP', 'OTPCode is mandatory for OTP based delivery', 'nested');
}

function refusePayment({ consignee, services }: WaybillRequest): Refusal | null {
  const kind = textOf(services, 'SubProductCode');
  const collect = Number(textOf(services, 'CollectableAmount') || '0');
  const declared = Number(textOf(services, 'DeclaredValue') || '0');
  if (kind !== 'P' && kind !== 'C') {
    return refuse('InvalidSubProductCode', 'Sub product code is not valid', 'nested');
  }
  if (kind === 'P' && collect !== 0) {
    return refuse('InvalidCollectableAmount', 'Collectable amount should be zero', 'nested');
  }
  if (kind === 'P') return null;
  if (!(collect > 0) || collect > declared) {
    return refuse('InvalidCollectableAmount', 'Collectable amount is not valid', 'nested');
  }
  if (textOf(consignee, 'ConsigneePincode') !== magicPins.prepaidOnly) return null;
  return refuse('CODNotServiceable', 'COD service is not available at this Pincode', 'nested');
}

function refuseVisit(world: World, services: Record<string, unknown>): Refusal | null {
  const pickupAt = readJsonDate(textOf(services, 'PickupDate'));
  if (pickupAt === null || dayOf(pickupAt) < dayOf(world.now())) {
    return refuse('InvalidPickupDate', 'Pickup date cannot be past date');
  }
  if (/^([01]\d|2[0-3])[0-5]\d$/.test(textOf(services, 'PickupTime'))) return null;
  return refuse('InvalidPickupTime', 'Pickup time is not in the format HHMM');
}
