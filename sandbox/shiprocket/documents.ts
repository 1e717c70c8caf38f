import { createHmac, timingSafeEqual } from 'node:crypto';
import { json, xml } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';
import { foreachError, invalid, required } from './answers.ts';
import { bodyOf, idsIn } from './body.ts';
import { labelTryFails } from './label-luck.ts';
import { srLabelPdf, srManifestPdf } from './pdf.ts';
import type { SrOrder } from './records.ts';

/** `POST /courier/generate/label` */
export function generateLabel(world: World, call: Call, account: ShiprocketAccount): Answer {
  const sent = bodyOf(call)['shipment_id'];
  if (sent === undefined) return required('shipment_id');
  const ids = idsIn(sent);
  if (ids === null) return invalid({ shipment_id: ['The shipment id must be an array.'] });
  const order = world.books.shiprocket.byShipment.get(ids[0] ?? 0);
  const hasAwb = order?.account === account.email && order.awb !== null;
  if (!hasAwb || labelTryFails(world, account, order.reference, 'label_not_ready')) {
    const response = hasAwb
      ? 'Label is being generated, please try again'
      : 'No valid shipment ids to print label';
    return json({ label_created: 0, not_created: hasAwb ? ids : [], response }, 200, 'not_ready');
  }
  return json({
    label_created: 1,
    label_url: linkTo(world, call, `label-${order.shipmentId}-${order.awb}`),
    response: 'Label has been created and uploaded successfully!',
    not_created: [],
  });
}

/** `POST /manifests/generate`: once for a shipment, and only after its pickup was asked for. */
export function generateManifest(world: World, call: Call, account: ShiprocketAccount): Answer {
  const sent = bodyOf(call)['shipment_id'];
  if (sent === undefined) return required('shipment_id');
  const ids = idsIn(sent);
  if (ids === null) return foreachError();
  const orders = ids.map((id) => world.books.shiprocket.byShipment.get(id));
  const own = orders.filter((order) => order?.account === account.email && order.pickupToken);
  const ready = own.filter((order) => order !== undefined);
  const already = ready.filter(({ manifestId }) => manifestId !== null);
  if (already.length > 0) {
    const message =
      'Manifest already generated for some shipment_ids, Please try again after removin them';
    const already_manifested_shipment_ids = already.map(({ shipmentId }) => shipmentId);
    return json({ message, status_code: 400, already_manifested_shipment_ids }, 400, 'exists');
  }
  if (ready.length < ids.length || ids.length === 0) {
    return json({ status: 1, manifest_url: '' }, 200, 'refused');
  }
  const manifestId = world.books.nextSerial();
  for (const order of ready) order.manifestId = manifestId;
  world.books.changed();
  return json({ status: 1, manifest_url: linkTo(world, call, `manifest-${manifestId}`) });
}

/** `POST /manifests/print` by Shiprocket's order ids. */
export function printManifest(world: World, call: Call, account: ShiprocketAccount): Answer {
  const ids = idsIn(bodyOf(call)['order_ids']);
  if (ids === null) return foreachError();
  const orders = ids.map((id) => world.books.shiprocket.orders.get(id));
  const listed = orders.find((order) => order?.account === account.email && order.manifestId);
  if (listed === undefined) return json({ manifest_url: '' }, 200, 'not_found');
  return json({ manifest_url: linkTo(world, call, `manifest-${listed.manifestId}`) });
}

function linkTo(world: World, call: Call, name: string): string {
  const expires = String(Math.floor((world.now() + world.settings.labelLinkMs) / 1000));
  const path = `/shiprocket-files/${name}.pdf`;
  const signature = signatureOf(world, path, expires);
  const query = new URLSearchParams({ Expires: expires, Signature: signature });
  return `${call.origin}${path}?${query.toString()}`;
}

function signatureOf(world: World, path: string, expires: string): string {
  return createHmac('sha1', world.settings.seed).update(`${path}\n${expires}`).digest('base64');
}

/** The storage behind the links: no token, but a signature that does not last. */
export function downloadDocument(world: World, call: Call, match: RegExpExecArray): Answer {
  if (call.headers.authorization !== undefined) {
    return storageError(400, 'InvalidArgument', 'Only one auth mechanism allowed');
  }
  const expires = call.query.get('Expires') ?? '';
  const wanted = Buffer.from(signatureOf(world, call.path, expires));
  const given = Buffer.from(call.query.get('Signature') ?? '');
  if (wanted.length !== given.length || !timingSafeEqual(wanted, given)) {
    return storageError(403, 'SignatureDoesNotMatch', 'The signature does not match');
  }
  if (Number(expires) * 1000 < world.now()) {
    return storageError(403, 'AccessDenied', 'Request has expired');
  }
  const body = documentNamed(world, match[1] ?? '');
  if (body === null) return storageError(404, 'NoSuchKey', 'The specified key does not exist.');
  return { status: 200, headers: { 'content-type': 'application/pdf' }, body, outcome: 'ok' };
}

function documentNamed(world: World, name: string): Buffer | null {
  const orders = [...world.books.shiprocket.orders.values()];
  const [kind, id] = name.split('-');
  if (kind === 'label') {
    const order = world.books.shiprocket.byShipment.get(Number(id));
    return order === undefined ? null : srLabelPdf(order);
  }
  const listed: SrOrder[] = orders.filter(({ manifestId }) => manifestId === Number(id));
  return listed.length === 0 ? null : srManifestPdf(Number(id), listed);
}

function storageError(status: number, code: string, message: string): Answer {
  return xml(
    `<?xml version="1.0" encoding="UTF-8"?>\n<Error><Code>${code}</Code>` +
      `<Message>${message}</Message></Error>`,
    status,
  );
}
