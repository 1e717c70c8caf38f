import { json, xml } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import { notAllowed } from './answers.ts';
import { refuseToken } from './auth.ts';
import { servedPin } from './finder.ts';
import type { BlueDartParcel } from './records.ts';
import { clock, scanDate, statusDate } from './times.ts';

const noInformation = 'Incorrect Waybill number or No Information';

/** `GET /tracking/v1?handler=tnt&action=custawbquery&awb=awb&numbers=a,b&format=json&scan=1…` */
export function trackWaybills(world: World, call: Call): Answer {
  const unauthorised = refuseToken(world, call);
  if (unauthorised !== null) return unauthorised;
  const { query } = call;
  if (query.get('handler') !== 'tnt' || query.get('action') !== 'custawbquery') {
    return notAllowed(415);
  }
  if (query.get('scan') === null) {
    const error = {
      status: 400,
      title: 'Bad Request',
      'error-response': 'Request validation error',
    };
    return json(error, 400, 'refused');
  }
  const account = world.settings.blueDartAccounts.find(
    ({ loginId, licenceKey }) =>
      loginId === query.get('loginid') && licenceKey === query.get('lickey'),
  );
  if (account === undefined || (account.refusesVersionNumber && query.get('verno') !== null)) {
    return json({ ShipmentData: { Error: 'License Mismatch' } }, 200, 'refused');
  }
  const numbers = (query.get('numbers') ?? '').split(',').map((number) => number.trim());
  const found = numbers.filter(Boolean).map((number) => {
    const parcels =
      query.get('awb') === 'ref'
        ? world.books.bluedart.parcelsOf(account.loginId, number)
        : [world.books.bluedart.parcels.get(number)];
    return { number, parcels: parcels.filter((parcel) => isKnown(world, account.loginId, parcel)) };
  });
  return query.get('format') === 'json' ? asJson(found) : asXml(found);
}

interface Found {
  number: string;
  parcels: BlueDartParcel[];
}

/** A cancelled waybill is answered as if it had never existed. */
function isKnown(
  world: World,
  account: string,
  parcel: BlueDartParcel | undefined,
): parcel is BlueDartParcel {
  if (parcel?.account !== account || parcel.cancelledAt !== null) return false;
  return world.now() - parcel.createdAt >= world.settings.indexDelayMs;
}

function asJson(found: readonly Found[]): Answer {
  if (found.every(({ parcels }) => parcels.length === 0)) {
    return json({ ShipmentData: { Error: noInformation } }, 200, 'not_found');
  }
  const shipments = found.flatMap(({ number, parcels }) =>
    parcels.length === 0
      ? [{ WaybillNo: number, RefNo: null, Status: noInformation, StatusType: 'NF' }]
      : parcels.map((parcel) => shown(parcel)),
  );
  // One shipment is an object, several are an array.
  const [only] = shipments;
  return json({ ShipmentData: { Shipment: shipments.length === 1 ? only : shipments } });
}

function shown(parcel: BlueDartParcel): unknown {
  const last = parcel.scans.at(-1);
  const details = parcel.scans.toReversed().map((scan) => ({
    Scan: scan.text,
    ScanCode: scan.code,
    ScanType: scan.type,
    ScanGroupType: scan.group,
    ScanDate: scanDate(scan.at),
    ScanTime: clock(scan.at),
    ScannedLocation: scan.location,
  }));
  // With one scan the list is an object around it, otherwise an array of objects.
  const [only] = details;
  const scans =
    details.length === 1
      ? { ScanDetail: [only] }
      : details.map((detail) => ({ ScanDetail: detail }));
  return {
    WaybillNo: parcel.awb,
    RefNo: parcel.reference,
    Origin: servedPin(parcel.originPin)?.city ?? '',
    Destination: servedPin(parcel.pin)?.city ?? '',
    Status: last?.text ?? '',
    StatusType: last?.type ?? '',
    StatusDate: last === undefined ? '' : statusDate(last.at),
    StatusTime: last === undefined ? '' : clock(last.at),
    Scans: scans,
  };
}

/** What a client gets that forgets `format=json`. */
function asXml(found: readonly Found[]): Answer {
  const shipments = found.flatMap(({ number, parcels }) =>
    parcels.length === 0
      ? [
          `<Shipment WaybillNo="${number.replace(/\D/g, '')}"><Status>${noInformation}</Status></Shipment>`,
        ]
      : parcels.map(
          ({ awb, reference, scans }) =>
            `<Shipment WaybillNo="${awb}" RefNo="${reference}">` +
            `<Status>${scans.at(-1)?.text ?? ''}</Status></Shipment>`,
        ),
  );
  const declaration = '<?xml version="1.0" standalone="yes"?>';
  return xml(`${declaration}\n<ShipmentData>${shipments.join('')}</ShipmentData>`);
}
