import { createHmac, timingSafeEqual } from 'node:crypto';
import type { DelhiveryAccount } from '../accounts.ts';
import { json, xml } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { Parcel } from '../records.ts';
import type { World } from '../world.ts';
import { authorise } from './auth.ts';
import { labelPdf } from './label-pdf.ts';
import type { PageSize } from './label-pdf.ts';
import { labelTryFails } from './label-luck.ts';
import { placeOf } from './postal-circles.ts';
import { serverError, throttled } from './throttle.ts';

const limit = 3000;
const windowMs = 300_000;

/** `GET /api/p/packing_slip?wbns=<awb>&pdf=true&pdf_size=4R`; the PDF itself lies behind a link. */
export function findPackingSlips(world: World, call: Call): Answer {
  const access = authorise(world, call);
  if ('refusal' in access) return access.refusal;
  const { account } = access;
  const waitMs = world.limits.takeFromWindow(`slip ${account.token}`, limit, windowMs);
  if (waitMs > 0) return throttled(limit, waitMs);

  const parcels = (call.query.get('wbns') ?? '')
    .split(',')
    .map((awb) => world.books.parcels.get(awb.trim()))
    .filter((parcel) => parcel?.account === account.token)
    .filter((parcel) => parcel !== undefined);
  if (parcels.some((parcel) => firstTryCrashes(world, account, parcel))) return serverError();
  const wantsPdf = call.query.get('pdf')?.toLowerCase() === 'true';
  const size: PageSize = call.query.get('pdf_size') === 'A4' ? 'A4' : '4R';
  const packages = parcels.map((parcel) =>
    wantsPdf ? linkTo(world, call, parcel, size) : fieldsOf(parcel),
  );
  return json({ packages, packages_found: packages.length });
}

function firstTryCrashes(world: World, account: DelhiveryAccount, parcel: Parcel): boolean {
  parcel.labelRequests += 1;
  world.books.changed();
  return labelTryFails(world, account, parcel.reference, 'slip_crash');
}

function linkTo(world: World, call: Call, parcel: Parcel, size: PageSize): unknown {
  const expires = String(Math.floor((world.now() + world.settings.labelLinkMs) / 1000));
  const path = `/delhivery-labels/${size}/${parcel.awb}.pdf`;
  const query = new URLSearchParams({
    AWSAccessKeyId: 'ASIASANDBOX0LABELS00',
    Signature: signatureOf(world, path, expires),
    Expires: expires,
  });
  const link = `${call.origin}${path}?${query.toString()}`;
  return { wbn: parcel.awb, pdf_download_link: link, pdf_encoding: '' };
}

function signatureOf(world: World, path: string, expires: string): string {
  return createHmac('sha1', world.settings.seed).update(`${path}\n${expires}`).digest('base64');
}

/** The link that the slip names, like S3's: signed, soon over, and with no second credential. */
export function downloadLabel(world: World, call: Call, match: RegExpExecArray): Answer {
  if (call.headers.authorization !== undefined) {
    return storageError(
      400,
      'InvalidArgument',
      'Only one auth mechanism allowed; only the ' +
        'X-Amz-Algorithm query parameter, Signature query string parameter or the Authorization ' +
        'header should be specified',
    );
  }
  const expires = call.query.get('Expires') ?? '';
  const wanted = Buffer.from(signatureOf(world, call.path, expires));
  const given = Buffer.from(call.query.get('Signature') ?? '');
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) {
    return storageError(
      403,
      'SignatureDoesNotMatch',
      'The request signature we calculated does not match the signature you provided.',
    );
  }
  if (Number(expires) * 1000 < world.now()) {
    return storageError(403, 'AccessDenied', 'Request has expired');
  }
  const parcel = world.books.parcels.get(match[2] ?? '');
  if (parcel === undefined) {
    return storageError(404, 'NoSuchKey', 'The specified key does not exist.');
  }
  const body = labelPdf(parcel, match[1] === 'A4' ? 'A4' : '4R');
  return { status: 200, headers: { 'content-type': 'application/pdf' }, body, outcome: 'ok' };
}

function storageError(status: number, code: string, message: string): Answer {
  return xml(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code>` +
      `<Message>${message}</Message></Error>`,
    status,
  );
}

function fieldsOf(parcel: Parcel): unknown {
  return {
    wbn: parcel.awb,
    oid: parcel.reference,
    cl: parcel.client,
    name: parcel.consigneeName,
    address: parcel.address,
    pin: Number(parcel.pin),
    contact: parcel.phone,
    pt: parcel.payment,
    cod: parcel.codAmount,
    rs: parcel.totalAmount,
    weight: parcel.weightGrams,
    prd: parcel.productsDescription,
    qty: parcel.quantity,
    barcode: '',
    oid_barcode: '',
    sort_code: placeOf(parcel.pin)?.sortCode ?? null,
    destination_city: placeOf(parcel.pin)?.city,
  };
}
