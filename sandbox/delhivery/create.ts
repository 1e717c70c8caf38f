import type { DelhiveryAccount } from '../accounts.ts';
import { asObject, json, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import { authorise } from './auth.ts';
import { parseLikePython, readForm } from './create-form.ts';
import { isCod, refuseShipment } from './create-rules.ts';
import type { Shipment } from './create-rules.ts';
import { labelTryFails } from './label-luck.ts';
import { placeOf } from './postal-circles.ts';
import { genericRemark, refuse, remarkOf } from './refusals.ts';
import type { Refusal } from './refusals.ts';
import { saveParcel } from './save-parcel.ts';
import { serverError, throttled } from './throttle.ts';

const limit = 20_000;
const windowMs = 300_000;

interface Manifest {
  shipments: Shipment[];
  warehouse: string;
}

type PackageAnswer = Record<string, unknown> & { status: 'Success' | 'Fail' };

/** `POST /api/cmu/create.json`, form fields `format` and `data`. Refusals come at HTTP 200. */
export function createParcels(world: World, call: Call): Answer {
  const access = authorise(world, call, 'hidden');
  if ('refusal' in access) return access.refusal;
  const { account } = access;
  const waitMs = world.limits.takeFromWindow(`create ${account.token}`, limit, windowMs);
  if (waitMs > 0) return throttled(limit, waitMs);

  const manifest = readManifest(call.body, account);
  if ('rmk' in manifest) return refuseAll(world, manifest.rmk);
  const orders = manifest.shipments.map((shipment) => textOf(shipment, 'order'));
  const crashes = orders.some((order) => labelTryFails(world, account, order, 'create_crash'));
  if (crashes) return serverError();

  const uploadId = nextUploadId(world);
  const isShort = call.draw.colours.has('low_balance');
  const packages = manifest.shipments.map((shipment) =>
    createOne(world, account, manifest.warehouse, uploadId, shipment, isShort),
  );
  return answerFor(uploadId, packages);
}

function readManifest(body: string, account: DelhiveryAccount): Manifest | { rmk: string } {
  const form = readForm(body);
  if (form.get('format') !== 'json') return { rmk: 'format key missing in the post' };
  const data = form.get('data');
  if (data === undefined) return { rmk: 'data key missing in the post' };
  const parsed = parseLikePython(data);
  if ('error' in parsed) return { rmk: parsed.error };
  const manifest = asObject(parsed.value);
  if (manifest === null) return { rmk: "'unicode' object has no attribute 'get'" };
  return readShipments(manifest, account);
}

function readShipments(
  manifest: Record<string, unknown>,
  account: DelhiveryAccount,
): Manifest | { rmk: string } {
  const { shipments: sent } = manifest;
  const isForeign = 'client' in manifest && manifest['client'] !== account.client;
  if (!Array.isArray(sent) || sent.length === 0 || isForeign) {
    return { rmk: 'shipment list contains no data' };
  }
  const shipments = sent.map(asObject).filter((shipment) => shipment !== null);
  if (shipments.length < sent.length) return { rmk: "'unicode' object has no attribute 'get'" };
  if (shipments.some((one) => 'client' in one && one['client'] !== account.client)) {
    return { rmk: 'shipment list contains no data' };
  }
  // The name is compared as it is, case and spaces included.
  const name = asObject(manifest['pickup_location'])?.['name'];
  const warehouse = account.warehouses.find((one) => one.name === name);
  if (warehouse === undefined) return { rmk: 'ClientWarehouse matching query does not exist.' };
  if (!warehouse.active) return { rmk: 'Client-Warehouse is not active.' };
  return { shipments, warehouse: warehouse.name };
}

function createOne(
  world: World,
  account: DelhiveryAccount,
  warehouse: string,
  uploadId: string,
  shipment: Shipment,
  isShort: boolean,
): PackageAnswer {
  const order = textOf(shipment, 'order');
  const refusal =
    refuseShipment(world, account, shipment) ??
    (isShort ? insufficientBalance : null) ??
    (labelTryFails(world, account, order, 'create_refusal') ? partiallySaved : null);
  if (refusal !== null) {
    world.books.count('delhivery.create.refusals', refusal.code);
    return refusedPackage(shipment, refusal);
  }
  const parcel = saveParcel(world, account, warehouse, uploadId, shipment);
  return {
    status: 'Success',
    client: account.client,
    sort_code: placeOf(parcel.pin)?.sortCode ?? null,
    remarks: [''],
    waybill: parcel.awb,
    cod_amount: parcel.codAmount,
    payment: parcel.payment,
    serviceable: true,
    refnum: order,
  };
}

const insufficientBalance = refuse(
  'low_balance',
  '(Prepaid) client manifest charge API failed due to insufficient balance',
  true,
);
const partiallySaved = refuse('first_try', "'NoneType' object has no attribute 'save'");

function refusedPackage(shipment: Shipment, refusal: Refusal): PackageAnswer {
  const remark = remarkOf(refusal);
  return {
    status: 'Fail',
    waybill: textOf(shipment, 'waybill'),
    refnum: textOf(shipment, 'order'),
    err_code: 'ER0005',
    serviceable: false,
    sort_code: null,
    client: '',
    payment: isCod(shipment) ? 'COD' : 'Pre-paid',
    cod_amount: 0,
    // An array as a rule, a plain string from the part that charges accounts.
    remarks: refusal.code === 'low_balance' ? remark : [remark],
  };
}

function answerFor(uploadId: string, packages: readonly PackageAnswer[]): Answer {
  const saved = packages.filter((one) => one.status === 'Success');
  const cod = saved.filter((one) => one['payment'] === 'COD');
  const success = saved.length === packages.length;
  return json(
    {
      cash_pickups_count: 0.0,
      package_count: packages.length,
      upload_wbn: uploadId,
      replacement_count: 0,
      ...(success ? {} : { rmk: genericRemark, error: true }),
      pickups_count: 0,
      packages,
      cash_pickups: 0.0,
      cod_count: cod.length,
      success,
      prepaid_count: saved.length - cod.length,
      cod_amount: cod.reduce((sum, one) => sum + Number(one['cod_amount']), 0),
    },
    200,
    success ? 'ok' : 'refused',
  );
}

function refuseAll(world: World, rmk: string): Answer {
  return json(
    {
      cash_pickups_count: 0.0,
      package_count: 0,
      upload_wbn: nextUploadId(world),
      replacement_count: 0,
      rmk,
      pickups_count: 0,
      packages: [],
      cash_pickups: 0.0,
      cod_count: 0,
      success: false,
      prepaid_count: 0,
      error: true,
      cod_amount: 0.0,
    },
    200,
    'refused',
  );
}

/** What a client is told when the parcel exists and the service believes that it failed. */
export function partiallySavedAnswer(world: World, call: Call): Answer {
  const parsed = parseLikePython(readForm(call.body).get('data') ?? '');
  const manifest = 'error' in parsed ? null : asObject(parsed.value);
  const sent: unknown = manifest?.['shipments'];
  const shipments = Array.isArray(sent) ? sent.map(asObject).filter((one) => one !== null) : [];
  const packages = shipments.map((shipment) => refusedPackage(shipment, partiallySaved));
  return answerFor(nextUploadId(world), packages);
}

function nextUploadId(world: World): string {
  return `UPL${String(1_000_000_000 + world.books.nextSerial())}`;
}
