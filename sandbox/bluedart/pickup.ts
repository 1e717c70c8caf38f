import { json, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import type { BlueDartAccount } from './account.ts';
import { refusalAnswer, refuse } from './answers.ts';
import type { Refusal } from './answers.ts';
import { openEnvelope, refuseToken } from './auth.ts';
import { servedPin, subProducts } from './finder.ts';
import { collectWaiting } from './motion.ts';
import type { BlueDartPickup } from './records.ts';
import { dayOf, jsonDate, readJsonDate } from './times.ts';

/** `POST /pickup/v1/RegisterPickup` */
export function registerPickup(world: World, call: Call): Answer {
  const operation = 'RegisterPickup';
  const unauthorised = refuseToken(world, call);
  if (unauthorised !== null) return unauthorised;
  const opened = openEnvelope(world, call, 'as configured');
  if ('way' in opened) return refusalAnswer(operation, opened);
  const { account, request } = opened;
  const refusal = refuseFields(world, account, request);
  if (refusal !== null) return refusalAnswer(operation, refusal);

  const at = readJsonDate(textOf(request, 'ShipmentPickupDate')) ?? world.now();
  const pin = textOf(request, 'CustomerPincode');
  const earlier = world.books.bluedart.pickups.find(
    (one) =>
      one.account === account.loginId &&
      one.pin === pin &&
      one.date === dayOf(at) &&
      one.cancelledAt === null,
  );
  if (earlier !== undefined) {
    const text = 'Pickup is already registered';
    return refusalAnswer(operation, refuse('PickupIsAlreadyRegister', text, 'nested'));
  }
  const pickup: BlueDartPickup = {
    token: 30_000_000 + world.books.nextSerial(),
    account: account.loginId,
    area: textOf(request, 'AreaCode'),
    pin,
    date: dayOf(at),
    time: textOf(request, 'ShipmentPickupTime'),
    pieces: Number(textOf(request, 'NumberofPieces')),
    createdAt: world.now(),
    cancelledAt: null,
  };
  world.books.bluedart.pickups.push(pickup);
  world.books.changed();
  collectWaiting(world, pickup);
  return json({
    RegisterPickupResult: {
      IsError: false,
      TokenNumber: String(pickup.token),
      ShipmentPickupDate: jsonDate(at),
      Status: [
        { StatusCode: 'InsertSuccess', StatusInformation: 'Pickup registered successfully' },
      ],
    },
  });
}

function refuseFields(
  world: World,
  account: BlueDartAccount,
  request: Record<string, unknown>,
): Refusal | null {
  if (textOf(request, 'CustomerCode') !== account.customerCode) {
    return refuse('InvalidCustomerCode', 'Customer code is not valid', 'nested');
  }
  const area = textOf(request, 'AreaCode');
  if (servedPin(textOf(request, 'CustomerPincode'))?.area !== area) {
    return refuse(
      'InvalidAreaScNotInRegion',
      'Area and service centre are not in region',
      'nested',
    );
  }
  const lines = [1, 2, 3].map((at) => textOf(request, `CustomerAddress${at}`));
  if (lines[0] === '' || lines.some((line) => line.length > 30)) {
    return refuse('InvalidCustomerAddress', 'Customer address is not valid', 'bare');
  }
  if (!/^\d{10,15}$/.test(textOf(request, 'MobileTelNo'))) {
    return refuse('InvalidMobileTelNo', 'Mobile number is not valid');
  }
  return refuseProducts(request) ?? refuseTime(world, request);
}

function refuseProducts(request: Record<string, unknown>): Refusal | null {
  const known = subProducts[textOf(request, 'ProductCode')] ?? [];
  const sent: unknown = request['SubProducts'];
  const isGood =
    Array.isArray(sent) &&
    sent.length > 0 &&
    sent.every((name) => typeof name === 'string' && known.includes(name));
  if (!isGood) return refuse('InvalidSubProducts', 'Sub products are not valid', 'nested');
  const pieces = Number(textOf(request, 'NumberofPieces') || 'none');
  const weight = Number(textOf(request, 'WeightofShipment') || 'none');
  if (Number.isInteger(pieces) && pieces > 0 && weight > 0) return null;
  return refuse('InvalidPieces', 'Number of pieces and weight must be above zero');
}

function refuseTime(world: World, request: Record<string, unknown>): Refusal | null {
  const at = readJsonDate(textOf(request, 'ShipmentPickupDate'));
  if (at === null || dayOf(at) < dayOf(world.now())) {
    return refuse('InvalidPickupDate', 'Pickup date cannot be past date', 'result');
  }
  const times = ['ShipmentPickupTime', 'OfficeCloseTime'].map((name) => textOf(request, name));
  if (times.every((time) => /^([01]\d|2[0-3]):?[0-5]\d$/.test(time))) return null;
  return refuse('InvalidPickupTime', 'Pickup time is not valid', 'result');
}

/** `POST /cancel-pickup/v1/CancelPickup`: wants the token as a number, and its date. */
export function cancelPickup(world: World, call: Call): Answer {
  const operation = 'CancelPickup';
  const unauthorised = refuseToken(world, call);
  if (unauthorised !== null) return unauthorised;
  const opened = openEnvelope(world, call, 'as configured');
  if ('way' in opened) return refusalAnswer(operation, opened);
  const { account, request } = opened;
  const token: unknown = request['TokenNumber'];
  const at = readJsonDate(textOf(request, 'PickupRegistrationDate'));
  if (typeof token !== 'number' || at === null) {
    return refusalAnswer(operation, refuse('InvalidTokenNumber', 'Token number is not valid'));
  }
  const pickup = world.books.bluedart.pickups.find(
    (one) => one.token === token && one.account === account.loginId && one.date === dayOf(at),
  );
  if (pickup === undefined) {
    return refusalAnswer(operation, refuse('PickupNotFound', 'Pickup is not registered', 'nested'));
  }
  if (pickup.cancelledAt !== null) {
    const again = refuse('PickupAlreadyCancelled', 'Pickup is already cancelled', 'result');
    return refusalAnswer(operation, again);
  }
  pickup.cancelledAt = world.now();
  // Whatever has not left yet stays.
  for (const parcel of world.books.bluedart.parcels.values()) {
    if (parcel.pickupToken === token && parcel.position === 0) parcel.pickupToken = null;
  }
  world.books.changed();
  const status = { StatusCode: 'CancelSuccess', StatusInformation: 'Pickup cancelled' };
  return json({ CancelPickupResult: { IsError: false, Status: [status] } });
}
