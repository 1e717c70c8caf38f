import { json } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { Parcel, Scan } from '../records.ts';
import type { World } from '../world.ts';
import { authorise } from './auth.ts';
import { istTimestamp } from './ist.ts';
import { placeOf } from './postal-circles.ts';
import { blockedByFirewall } from './throttle.ts';

const mostNumbers = 50;
const limit = 750;
const windowMs = 300_000;

/** `GET /api/v1/packages/json/?waybill=a,b&ref_ids=x,y&verbose=0|1|2` */
export function trackParcels(world: World, call: Call): Answer {
  const access = authorise(world, call);
  if ('refusal' in access) return access.refusal;
  const { token } = access.account;
  const waitMs = world.limits.takeFromWindow(`track ${token}`, limit, windowMs);
  if (waitMs > 0) return blockedByFirewall();
  const awbs = listIn(call, 'waybill');
  const references = listIn(call, 'ref_ids');
  if (awbs.length + references.length > mostNumbers) {
    return notFound(`Only ${mostNumbers} waybills are allowed in one request`, 400);
  }
  const found = new Set<Parcel>();
  for (const awb of awbs) {
    const parcel = world.books.parcels.get(awb);
    if (parcel?.account === token) found.add(parcel);
  }
  // One order reference can have several parcels, and all of them are shown.
  for (const reference of references) {
    for (const parcel of world.books.parcelsOf(token, reference)) found.add(parcel);
  }
  const visible = [...found].filter(
    (parcel) => world.now() - parcel.createdAt >= world.settings.indexDelayMs,
  );
  if (visible.length === 0) return notFound('Data does not exists for provided Waybill(s)', 200);
  const verbose = Number(call.query.get('verbose') ?? '1');
  const data = visible.map((parcel) => ({ Shipment: shown(world, parcel, verbose) }));
  return json({ ShipmentData: data });
}

function listIn(call: Call, name: string): string[] {
  return (call.query.get(name) ?? '')
    .split(',')
    .map((text) => text.trim())
    .filter(Boolean);
}

function notFound(error: string, status: number): Answer {
  const rmk =
    'Some error has occurred while getting tracking info, please contact ' +
    'tech.admin@delhivery.com';
  return json({ Success: false, Error: error, rmk }, status, 'not_found');
}

function shown(world: World, parcel: Parcel, verbose: number): unknown {
  const destination = placeOf(parcel.pin);
  return {
    AWB: parcel.awb,
    ReferenceNo: parcel.reference,
    OrderType: parcel.payment,
    CODAmount: parcel.codAmount,
    InvoiceAmount: parcel.totalAmount,
    Origin: originCity(world, parcel),
    Destination: destination?.city ?? parcel.city,
    ...datesOf(parcel),
    DispatchCount: parcel.scans.filter((scan) => isAttempt(scan)).length,
    ReverseInTransit: parcel.scans.some(({ statusType }) => statusType === 'RT'),
    ChargedWeight: null,
    Quantity: parcel.quantity,
    Ewaybill: [],
    Extras: '',
    PickupLocation: parcel.warehouse,
    SenderName: parcel.client,
    Status: statusOf(parcel),
    ...(verbose >= 1 ? { Scans: parcel.scans.map(detailOf) } : {}),
    ...(verbose >= 2 ? { Consignee: consigneeOf(parcel) } : {}),
  };
}

function datesOf(parcel: Parcel): Record<string, string | null> {
  const { scans } = parcel;
  const when = (test: (scan: Scan) => boolean): string | null => {
    const scan = scans.find(test);
    return scan === undefined ? null : istTimestamp(scan.at);
  };
  return {
    PickUpDate: istTimestamp(parcel.createdAt),
    PickedupDate: when(({ code }) => code === 'X-PPOM'),
    OriginRecieveDate: when(({ code }) => code === 'X-PPOM'),
    OutDestinationDate: null,
    DestRecieveDate: when(({ code }) => code === 'X-DLL2F'),
    FirstAttemptDate: when(isAttempt),
    DeliveryDate: when(({ status }) => status === 'Delivered'),
    ReturnedDate: when(({ status }) => status === 'RTO'),
    RTOStartedDate: when(({ statusType }) => statusType === 'RT'),
    ExpectedDeliveryDate: null,
    PromisedDeliveryDate: null,
  };
}

function isAttempt(scan: Scan): boolean {
  return scan.status === 'Dispatched' && scan.statusType === 'UD';
}

function statusOf(parcel: Parcel): unknown {
  const last = parcel.scans.at(-1);
  if (last === undefined) return null;
  return {
    Status: last.status,
    StatusType: last.statusType,
    StatusCode: last.code,
    StatusDateTime: istTimestamp(last.at),
    StatusLocation: last.location,
    Instructions: last.instructions,
    RecievedBy: last.status === 'Delivered' ? parcel.consigneeName : '',
  };
}

function detailOf(scan: Scan): unknown {
  return {
    ScanDetail: {
      Scan: scan.status,
      ScanType: scan.statusType,
      StatusCode: scan.code,
      ScanDateTime: istTimestamp(scan.at),
      StatusDateTime: istTimestamp(scan.at),
      ScannedLocation: scan.location,
      Instructions: scan.instructions,
    },
  };
}

function consigneeOf(parcel: Parcel): unknown {
  return {
    Name: parcel.consigneeName,
    City: parcel.city,
    State: parcel.state,
    Country: 'India',
    PinCode: Number(parcel.pin),
    Address1: [],
    Address2: [],
    Address3: '',
    Telephone1: '',
    Telephone2: '',
  };
}

function originCity(world: World, parcel: Parcel): string {
  const account = world.settings.delhiveryAccounts.find(({ token }) => token === parcel.account);
  return account?.warehouses.find(({ name }) => name === parcel.warehouse)?.city ?? '';
}
