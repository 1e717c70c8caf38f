import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sandbox } from '../sandbox.ts';
import {
  call,
  create,
  delhiveryToken,
  getDelhivery,
  postDelhivery,
  reserve,
  startCalmSandbox,
  track,
} from '../test-client.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startCalmSandbox();
});
afterEach(() => sandbox.close());

async function createdAwb(change: object = {}): Promise<string> {
  return String((await create(sandbox, change)).at('packages', 0, 'waybill'));
}

describe('serviceability', () => {
  const postal = (pin: string) =>
    getDelhivery(sandbox, `/c/api/pin-codes/json/?filter_codes=${pin}`);

  test('a served pin is a number with Y for prepaid and COD', async () => {
    const { at } = await postal('682001');
    expect(at('delivery_codes')).toHaveLength(1);
    expect(at('delivery_codes', 0, 'postal_code')).toMatchObject({
      pin: 682001,
      pre_paid: 'Y',
      cod: 'Y',
      city: 'Kochi',
      state_code: 'KL',
      remarks: '',
    });
  });

  test.each(['799999', '012345', '682', '990001', 'abc'])('%s has no entry', async (pin) => {
    expect((await postal(pin)).json).toEqual({ delivery_codes: [] });
  });

  test('the magic pins say embargo and no COD', async () => {
    expect((await postal('744999')).at('delivery_codes', 0, 'postal_code', 'remarks')).toBe(
      'Embargo',
    );
    expect((await postal('793999')).at('delivery_codes', 0, 'postal_code', 'cod')).toBe('N');
  });
});

describe('waybill numbers', () => {
  test('one number is a bare JSON string', async () => {
    const reply = await getDelhivery(sandbox, '/waybill/api/fetch/json/?cl=WAYBILL%20SURFACE');
    expect(JSON.parse(reply.text)).toMatch(/^\d{14}$/);
  });

  test('several come in one string, all different, and are reserved', async () => {
    const numbers = await reserve(sandbox, 100);
    expect(new Set(numbers).size).toBe(100);
    expect(sandbox.books.reservations.size).toBe(100);
  });

  test('without the client, and with a bad count, the request is refused', async () => {
    const get = (query: string) => getDelhivery(sandbox, `/waybill/api/bulk/json/?${query}`);
    const missing = await get('count=5');
    expect([missing.status, missing.json]).toEqual([
      400,
      'Unable to fetch client name for the token',
    ]);
    expect((await get('cl=WAYBILL%20SURFACE&count=x')).text).toMatch(/Bad Request! Invalid count/);
    expect((await get('cl=WAYBILL%20SURFACE&count=10001')).text).toMatch(
      /Count value should be less than 10000/,
    );
  });

  test('the sixth bulk request within five minutes is throttled for a minute', async () => {
    for (let at = 0; at < 5; at += 1) await reserve(sandbox);
    const reply = await getDelhivery(
      sandbox,
      '/waybill/api/bulk/json/?cl=WAYBILL%20SURFACE&count=1',
    );
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '60']);
  });
});

describe('packing slips', () => {
  const slip = (awb: string) =>
    getDelhivery(sandbox, `/api/p/packing_slip?wbns=${awb}&pdf=true&pdf_size=4R`);

  test('a reserved number that was not manifested has none, at HTTP 200', async () => {
    const [awb = ''] = await reserve(sandbox);
    const reply = await slip(awb);
    expect([reply.status, reply.json]).toEqual([200, { packages: [], packages_found: 0 }]);
  });

  test('the link leads to a PDF with the number on it', async () => {
    const awb = await createdAwb();
    const { json, textAt } = await slip(awb);
    expect(json).toMatchObject({ packages_found: 1, packages: [{ wbn: awb, pdf_encoding: '' }] });
    const pdf = await fetch(textAt('packages', 0, 'pdf_download_link'));
    expect(pdf.headers.get('content-type')).toBe('application/pdf');
    const text = Buffer.from(await pdf.arrayBuffer()).toString('latin1');
    expect(text).toMatch(/^%PDF-1\.4\n[\s\S]*%%EOF\n$/);
    expect(text).toContain(`(${awb}) Tj`);
    expect(text).toContain('/MediaBox [0 0 288 432]');
    const tableAt = Number(/startxref\n(\d+)/.exec(text)?.[1]);
    expect(text.slice(tableAt, tableAt + 4)).toBe('xref');
  });

  test('the link refuses a token, a changed signature and a late caller', async () => {
    const awb = await createdAwb();
    const link = String((await slip(awb)).at('packages', 0, 'pdf_download_link'));
    const headers = { authorization: `Token ${delhiveryToken}` };
    expect((await call(link, { headers })).text).toContain('Only one auth mechanism allowed');
    expect((await call(link.replace(/Expires=\d/, 'Expires=9'))).text).toContain(
      'SignatureDoesNotMatch',
    );
    const hasty = await startCalmSandbox({ labelLinkMs: -2000 });
    await create(hasty);
    const [parcel] = hasty.books.parcels.values();
    const late = await getDelhivery(hasty, `/api/p/packing_slip?wbns=${parcel?.awb}&pdf=true`);
    const answer = await call(String(late.at('packages', 0, 'pdf_download_link')));
    expect([answer.status, answer.text]).toEqual([403, expect.stringContaining('has expired')]);
    await hasty.close();
  });
});

describe('tracking', () => {
  test('a parcel is found by number and by reference, with the misspelt keys', async () => {
    const awb = await createdAwb();
    const byNumber = await track(sandbox, `waybill=${awb}&verbose=2`);
    const byReference = await track(sandbox, 'ref_ids=SHOP1-10021&verbose=2');
    expect(byReference.json).toEqual(byNumber.json);
    expect(byNumber.at('ShipmentData', 0, 'Shipment')).toMatchObject({
      AWB: awb,
      ReferenceNo: 'SHOP1-10021',
      OrderType: 'COD',
      CODAmount: 799,
      OriginRecieveDate: null,
      DestRecieveDate: null,
      PickupLocation: 'KOCHI-1',
      Consignee: { PinCode: 682001, Address1: [] },
      Status: { Status: 'Manifested', StatusType: 'UD', StatusCode: 'X-UCI', RecievedBy: '' },
    });
    expect(byNumber.at('ShipmentData', 0, 'Shipment', 'Status', 'StatusDateTime')).toMatch(
      /^\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d(\.\d{1,6})?$/,
    );
  });

  test('verbose 0 has no scans and verbose 1 no consignee', async () => {
    const awb = await createdAwb();
    const [bare, scans] = await Promise.all(
      [0, 1].map((verbose) => track(sandbox, `waybill=${awb}&verbose=${verbose}`)),
    );
    expect(bare?.at('ShipmentData', 0, 'Shipment')).not.toHaveProperty('Scans');
    expect(scans?.at('ShipmentData', 0, 'Shipment', 'Scans')).toHaveLength(1);
    expect(scans?.at('ShipmentData', 0, 'Shipment')).not.toHaveProperty('Consignee');
  });

  test('unknown and merely reserved numbers are an error at HTTP 200', async () => {
    const [awb = ''] = await reserve(sandbox);
    for (const query of [`waybill=${awb}`, 'ref_ids=NOBODY', 'waybill=1']) {
      const reply = await track(sandbox, query);
      expect(reply.status).toBe(200);
      expect(reply.json).toMatchObject({
        Success: false,
        Error: 'Data does not exists for provided Waybill(s)',
      });
    }
  });

  test('in a batch the unknown ones are simply missing', async () => {
    const awb = await createdAwb();
    const { at } = await track(sandbox, `waybill=1,${awb},2`);
    expect(at('ShipmentData')).toHaveLength(1);
  });

  test('two parcels under one reference are both shown', async () => {
    const numbers = await reserve(sandbox, 2);
    for (const waybill of numbers) await create(sandbox, { waybill });
    const { at } = await track(sandbox, 'ref_ids=SHOP1-10021');
    expect(at('ShipmentData')).toHaveLength(2);
  });

  test('51 numbers are too many', async () => {
    const many = Array.from({ length: 51 }, (_, at) => at).join(',');
    expect((await track(sandbox, `waybill=${many}`)).at('Success')).toBe(false);
  });

  test('a new parcel stays unseen while the index is late', async () => {
    let now = Date.now();
    const late = await startCalmSandbox({ indexDelayMs: 1000, now: () => now });
    await create(late);
    expect((await track(late, 'ref_ids=SHOP1-10021')).at('Success')).toBe(false);
    now += 1000;
    expect((await track(late, 'ref_ids=SHOP1-10021')).at('ShipmentData')).toHaveLength(1);
    await late.close();
  });

  test('the 751st look within five minutes meets the firewall', async () => {
    for (let at = 0; at < 750; at += 50) {
      await Promise.all(Array.from({ length: 50 }, () => track(sandbox, 'waybill=1')));
    }
    const reply = await track(sandbox, 'waybill=1');
    expect([reply.status, reply.headers.get('content-type')]).toEqual([
      403,
      'text/html; charset=utf-8',
    ]);
  });
});

describe('cancelling', () => {
  const cancel = (body: object | string, headers = {}) =>
    postDelhivery(sandbox, '/api/p/edit', body, headers);

  test('the answer is XML by default and JSON by request, twice the same', async () => {
    const waybill = await createdAwb();
    const asXml = await cancel({ waybill, cancellation: 'true' });
    expect(asXml.text).toContain(
      '<root><status>True</status>' +
        `<waybill>${waybill}</waybill><order_id>SHOP1-10021</order_id>` +
        '<remark>Shipment has been cancelled.</remark></root>',
    );
    const asJson = await cancel({ waybill, cancellation: 'true' }, { accept: 'application/json' });
    expect(asJson.json).toMatchObject({ status: true, waybill });
    expect(sandbox.books.parcels.get(waybill)?.cancelledAt).not.toBeNull();
  });

  test('a form body and a strange number fail at HTTP 200', async () => {
    const json = { accept: 'application/json' };
    expect((await cancel('format=json&data=%7B%7D', json)).json).toEqual({
      status: 'Failure',
      error: 'Enter Waybill/OrderID',
    });
    const strange = await cancel({ waybill: '1', cancellation: 'true' });
    expect([strange.status, strange.text]).toEqual([
      200,
      expect.stringContaining('Incorrect Waybill/OrderID'),
    ]);
  });

  test('a cancelled number cannot be used again', async () => {
    const waybill = await createdAwb();
    await cancel({ waybill, cancellation: 'true' });
    const { at } = await create(sandbox, { waybill });
    expect(at('packages', 0, 'remarks', 0)).toMatch(/Unable to consume waybill/);
  });

  test('an edit changes the name and refuses the pin', async () => {
    const waybill = await createdAwb();
    const json = { accept: 'application/json' };
    expect((await cancel({ waybill, name: 'Asha Rao' }, json)).at('status')).toBe(true);
    expect(sandbox.books.parcels.get(waybill)?.consigneeName).toBe('Asha Rao');
    expect((await cancel({ waybill, pin: '560001' }, json)).at('status')).toBe('Failure');
  });
});
