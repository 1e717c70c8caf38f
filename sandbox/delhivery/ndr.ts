import { asObject, json, objectIn, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { Parcel } from '../records.ts';
import type { World } from '../world.ts';
import { authorise } from './auth.ts';

/** `POST /api/p/update`: taken into a queue, whatever becomes of it. */
export function updateParcels(world: World, call: Call): Answer {
  const access = authorise(world, call);
  if ('refusal' in access) return access.refusal;
  const data = objectIn(call.body)?.['data'];
  const wishes = Array.isArray(data) ? data.map(asObject) : [];
  if (wishes.length === 0) return json({ error: 'data key missing' }, 400);
  const id = `UPL${String(world.books.nextSerial()).padStart(10, '0')}`;
  for (const wish of wishes) {
    const parcel = world.books.parcels.get(wish === null ? '' : textOf(wish, 'waybill'));
    if (wish === null || parcel?.account !== access.account.token) {
      return json({ error: 'Incorrect Waybill/OrderID' }, 400);
    }
    parcel.ndrRequests.push({ id, act: textOf(wish, 'act'), at: world.now() });
  }
  world.books.changed();
  return json({ request_id: id });
}

/** `GET /api/cmu/get_bulk_upl/{UPL}`: what became of each of them, a step later. */
export function showUpload(world: World, call: Call, match: RegExpExecArray): Answer {
  const access = authorise(world, call);
  if ('refusal' in access) return access.refusal;
  const id = decodeURIComponent(match[1] ?? '');
  const found = [...world.books.parcels.values()].flatMap((parcel) =>
    parcel.ndrRequests.filter((wish) => wish.id === id).map((wish) => ({ parcel, wish })),
  );
  if (found.length === 0) return json({ error: 'Invalid UPL' }, 404);
  const isPending = found.some(({ wish }) => world.now() < wish.at + world.settings.parcelStepMs);
  if (isPending) return json({ request_id: id, status: 'Pending' });
  const results = found.map(({ parcel, wish }) => ({
    waybill: parcel.awb,
    ...resultOf(parcel, wish),
  }));
  return json({ request_id: id, status: 'Complete', results });
}

function resultOf(parcel: Parcel, { act, at }: { act: string; at: number }): object {
  if (act !== 'RE-ATTEMPT') return { status: 'Failure', remark: 'Invalid action' };
  // As it was when the wish came.
  const last = parcel.scans.findLast((scan) => scan.at <= at);
  const wasPending = last?.statusType === 'UD' && last.status === 'Pending';
  return wasPending
    ? { status: 'Success', remark: '' }
    : { status: 'Failure', remark: 'Action is not allowed in the current status' };
}
