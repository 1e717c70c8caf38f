import { json, objectIn, textOf, xml } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { Parcel } from '../records.ts';
import type { World } from '../world.ts';
import { authorise } from './auth.ts';
import { cancelMotion } from './motion.ts';

/** `POST /api/p/edit`, plain JSON in, XML out unless JSON is asked for. */
export function editParcel(world: World, call: Call): Answer {
  const access = authorise(world, call, 'xml');
  if ('refusal' in access) return access.refusal;
  const body = objectIn(call.body);
  const waybill = body === null ? '' : textOf(body, 'waybill');
  if (body === null || waybill === '') return failure(call, 'Enter Waybill/OrderID');
  const parcel = world.books.parcels.get(waybill);
  if (parcel === undefined || parcel.account !== access.account.token) {
    return failure(call, 'Incorrect Waybill/OrderID');
  }
  if (textOf(body, 'cancellation').toLowerCase() === 'true') return cancel(world, call, parcel);
  return change(world, call, parcel, body);
}

function cancel(world: World, call: Call, parcel: Parcel): Answer {
  // A second cancel is answered like the first.
  if (parcel.cancelledAt === null) {
    if (isOver(parcel)) return failure(call, 'Shipment cannot be cancelled in its current status');
    cancelMotion(world, parcel);
  }
  return success(call, parcel, 'Shipment has been cancelled.');
}

function change(world: World, call: Call, parcel: Parcel, body: Record<string, unknown>): Answer {
  if ('pin' in body) return failure(call, 'Pin code cannot be edited');
  if (parcel.cancelledAt !== null || isOver(parcel)) {
    return failure(call, 'Shipment cannot be edited in its current status');
  }
  parcel.consigneeName = textOf(body, 'name') || parcel.consigneeName;
  parcel.phone = textOf(body, 'phone') || parcel.phone;
  parcel.address = textOf(body, 'add') || parcel.address;
  parcel.productsDescription = textOf(body, 'products_desc') || parcel.productsDescription;
  parcel.weightGrams = Number(textOf(body, 'weight')) || parcel.weightGrams;
  world.books.changed();
  return success(call, parcel, 'Shipment has been updated.');
}

function isOver(parcel: Parcel): boolean {
  const last = parcel.scans.at(-1);
  return last?.statusType === 'DL' || last?.status === 'Lost';
}

function success(call: Call, parcel: Parcel, remark: string): Answer {
  const { awb: waybill, reference: order_id } = parcel;
  if (wantsJson(call)) return json({ status: true, waybill, order_id, remark });
  return xmlRoot({ status: 'True', waybill, order_id, remark }, 'ok');
}

function failure(call: Call, error: string): Answer {
  if (wantsJson(call)) return json({ status: 'Failure', error }, 200, 'refused');
  return xmlRoot({ status: 'Failure', error }, 'refused');
}

function wantsJson(call: Call): boolean {
  return (call.headers.accept ?? '').includes('application/json');
}

function xmlRoot(fields: Record<string, string>, outcome: string): Answer {
  const inside = Object.entries(fields).map(
    ([name, value]) => `<${name}>${escapeXml(value)}</${name}>`,
  );
  const declaration = '<?xml version="1.0" encoding="utf-8"?>';
  return xml(`${declaration}\n<root>${inside.join('')}</root>`, 200, outcome);
}

function escapeXml(text: string): string {
  return text.replace(/&/g, '&amp;').replace(/</g, '&lt;').replace(/>/g, '&gt;');
}
