import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sandbox } from '../sandbox.ts';
import {
  create,
  getDelhivery,
  goodShipment,
  manifestBody,
  postDelhivery,
  reserve,
  startCalmSandbox,
} from '../test-client.ts';
import type { Reply } from '../test-client.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startCalmSandbox();
});
afterEach(() => sandbox.close());

/** What a refusal says, wherever it says it. */
function reasonIn({ at }: Reply): string {
  return String(at('packages', 0, 'remarks') ?? at('rmk'));
}

describe('creating a parcel', () => {
  test('a good shipment with a reserved waybill is saved under that waybill', async () => {
    const [waybill = ''] = await reserve(sandbox);
    const { status, json, at } = await create(sandbox, { waybill });
    expect(status).toBe(200);
    expect(json).toMatchObject({ success: true, package_count: 1, cod_count: 1, cod_amount: 799 });
    expect(at('upload_wbn')).toMatch(/^UPL\d{10}/);
    expect(at('packages', 0)).toMatchObject({
      status: 'Success',
      waybill,
      refnum: 'SHOP1-10021',
      payment: 'COD',
      remarks: [''],
    });
    expect(sandbox.books.parcels.get(waybill)).toMatchObject({
      reference: 'SHOP1-10021',
      codAmount: 799,
      warehouse: 'KOCHI-1',
      address: goodShipment.add,
    });
  });

  test('a prepaid parcel collects nothing and is called Pre-paid', async () => {
    const { at } = await create(sandbox, { payment_mode: 'Prepaid', cod_amount: '' });
    expect(at('packages', 0)).toMatchObject({ payment: 'Pre-paid', cod_amount: 0 });
  });

  test('numbers of the pin and the amount may come as numbers', async () => {
    const { at } = await create(sandbox, { pin: 682001, cod_amount: 799 });
    expect(at('success')).toBe(true);
  });

  const refusals: readonly [string, object, RegExp][] = [
    ['no name', { name: '' }, /consignee name not provided/],
    ['no address', { add: '  ' }, /add is required/],
    ['no phone', { phone: undefined }, /No phone number provided\./],
    ['a phone in a list', { phone: ['9847012345'] }, /'list' object has no attribute/],
    ['a landline', { phone: '0484-2345678' }, /Incorrect phone number\(s\) for order SHOP1-10021/],
    ['the phone 9999999999', { phone: '+91-9999999999' }, /^suspicious order\/consignee$/],
    ['a name like Test', { name: 'Test User' }, /^suspicious order\/consignee$/],
    ['no order', { order: '' }, /oid does not pass the validator/],
    ['an order of 50 characters', { order: 'x'.repeat(50) }, /oid does not pass the validator/],
    ['no payment mode', { payment_mode: '' }, /Payment mode "" could not be standardized/],
    ['a replacement', { payment_mode: 'REPL' }, /Package type REPL not serviceable for th/],
    ['COD without an amount', { cod_amount: '' }, /COD amount is mandatory/],
    ['COD of nothing', { cod_amount: '0' }, /COD amount is mandatory/],
    ['a broken pin', { pin: '68200' }, /Consignee pin code is invalid/],
    ['a pin that is not served', { pin: '799999' }, /799999 is non serviceable pincode/],
    ['an embargoed pin', { pin: '744999' }, /744999 is non serviceable pincode/],
    ['COD to a prepaid-only pin', { pin: '793999' }, /793999 is non serviceable pincode/],
    ['a pin whose day is full', { pin: '781999' }, /^Manifestation failed as the total/],
    ['25 kg', { weight: '25000' }, /682001 is non serviceable pincode/],
    ['an amount in words', { total_amount: 'Rs. 799' }, /could not convert string to float/],
    ['50,000 rupees without e-way bill', { total_amount: '50000' }, /Ewaybill is mandatory/],
    ['a shipment type for one box', { shipment_type: 'Forward' }, /does not match master waybill/],
    ['a waybill of no series', { waybill: '12345678901234' }, /wbn: 12345678901234 is not avail/],
    ['a waybill of somebody else', { waybill: '57930810009995' }, /Unable to consume waybill 579/],
  ];

  test.each(refusals)('%s is refused at HTTP 200 and leaves nothing', async (_, change, reason) => {
    const reply = await create(sandbox, change);
    expect(reply.status).toBe(200);
    expect(reply.json).toMatchObject({ success: false, error: true });
    expect(reply.at('packages', 0)).toMatchObject({ status: 'Fail', err_code: 'ER0005' });
    expect(reasonIn(reply)).toMatch(reason);
    expect(sandbox.books.parcels.size).toBe(0);
  });

  test('most reasons arrive wrapped in the sentence about a partially saved package', async () => {
    expect(reasonIn(await create(sandbox, { name: '' }))).toBe(
      "Crashing while saving package due to exception 'consignee name not provided'. " +
        'Package might have been partially saved.',
    );
  });

  test('the same order without a waybill is a duplicate order id', async () => {
    await create(sandbox);
    expect(reasonIn(await create(sandbox))).toMatch(/Duplicate Order Id : SHOP1-10021/);
    expect(sandbox.books.parcels.size).toBe(1);
  });

  test('the same waybill again is a duplicate waybill, another makes a second parcel', async () => {
    const [first = '', second = ''] = await reserve(sandbox, 2);
    await create(sandbox, { waybill: first });
    expect(reasonIn(await create(sandbox, { waybill: first }))).toMatch(/Duplicate waybill/);
    expect((await create(sandbox, { waybill: second })).at('success')).toBe(true);
    expect(sandbox.books.summary()).toMatchObject({ references_with_several_parcels: 1 });
  });

  test('a fresh number of a large reservation cannot be consumed yet', async () => {
    const slow = await startCalmSandbox({ waybillSettleMs: 60_000 });
    const [waybill = ''] = await reserve(slow, 26);
    expect(reasonIn(await create(slow, { waybill }))).toMatch(/Unable to consume waybill/);
    const [small = ''] = await reserve(slow, 25);
    expect((await create(slow, { waybill: small })).at('success')).toBe(true);
    await slow.close();
  });

  test('in a batch the good ones are saved and the answer as a whole says false', async () => {
    const shipments = [
      { ...goodShipment, pin: '799999' },
      { ...goodShipment, order: 'B' },
    ];
    const body = manifestBody(shipments);
    const { at } = await postDelhivery(sandbox, '/api/cmu/create.json', body);
    expect(at('success')).toBe(false);
    expect(at('packages', '*', 'status')).toEqual(['Fail', 'Success']);
    expect([...sandbox.books.parcels.values()].map(({ reference }) => reference)).toEqual(['B']);
  });
});

describe('the form of a create', () => {
  const post = (body: string) => postDelhivery(sandbox, '/api/cmu/create.json', body);
  const data = JSON.stringify({ shipments: [goodShipment], pickup_location: { name: 'KOCHI-1' } });

  test('a JSON body has no format key', async () => {
    expect((await post(data)).at('rmk')).toBe('format key missing in the post');
  });

  test.each(['&', ';', '#', '%'])('an unencoded %s leaves an unterminated string', async (unit) => {
    const raw = data.replace(goodShipment.add, `Shop 3${unit} Beach Rd`);
    expect((await post(`format=json&data=${raw}`)).at('rmk')).toMatch(
      /^Unterminated string starting at: line 1 column \d+ \(char \d+\)$/,
    );
  });

  test('an unencoded backslash is an invalid escape', async () => {
    const raw = data.replace(goodShipment.add, 'Shop 3\\4 Beach Rd');
    expect((await post(`format=json&data=${raw}`)).at('rmk')).toMatch(/Invalid \\escape: line 1/);
  });

  test('an unencoded body without such characters goes through', async () => {
    const raw = data.replace(goodShipment.add, 'Shop 3 Beach Rd');
    expect((await post(`format=json&data=${raw}`)).at('success')).toBe(true);
  });

  test('doubly encoded JSON is a string without get', async () => {
    const body = new URLSearchParams({ format: 'json', data: JSON.stringify(data) });
    expect((await post(body.toString())).at('rmk')).toMatch(/'unicode' object has no attribute/);
  });

  test('Malayalam, emoji and quotes come through an encoded body unharmed', async () => {
    const name = 'ആശ "R" 🎁\\';
    await create(sandbox, { name });
    expect([...sandbox.books.parcels.values()][0]?.consigneeName).toBe(name);
  });

  test.each([{ name: 'kochi-1' }, { name: 'KOCHI-1 ' }, {}])(
    'the warehouse %j is not the registered one',
    async (pickup_location) => {
      const reply = await post(manifestBody([goodShipment], { pickup_location }));
      expect(reply.json).toMatchObject({
        success: false,
        rmk: 'ClientWarehouse matching query does not exist.',
        packages: [],
      });
    },
  );

  test('a closed warehouse is refused in other words', async () => {
    const pickup_location = { name: 'CLOSED-1' };
    const reply = await post(manifestBody([goodShipment], { pickup_location }));
    expect(reply.at('rmk')).toBe('Client-Warehouse is not active.');
  });

  test.each([
    [[], {}],
    [[goodShipment], { client: '' }],
    [[{ ...goodShipment, client: 'X' }], {}],
  ])('no shipments or a wrong client is a list without data', async (shipments, more) => {
    const reply = await post(manifestBody(shipments, more));
    expect(reply.at('rmk')).toBe('shipment list contains no data');
  });
});

describe('credentials', () => {
  test('a create with a wrong token is answered with a bare JSON string', async () => {
    const headers = { authorization: 'Token of-another-environment' };
    const reply = await postDelhivery(sandbox, '/api/cmu/create.json', manifestBody([]), headers);
    expect(reply.status).toBe(401);
    expect(JSON.parse(reply.text)).toMatch(/^There has been an error but we were asked/);
  });

  test('other pages answer a wrong token in plain text and a cancel in XML', async () => {
    const headers = { authorization: 'Token wrong' };
    const plain = await getDelhivery(sandbox, '/api/v1/packages/json/?waybill=1', headers);
    expect([plain.status, plain.text]).toEqual([401, 'Login or API Key Required']);
    const xml = await postDelhivery(sandbox, '/api/p/edit', {}, headers);
    expect(xml.text).toContain('<root><detail>Invalid token.</detail></root>');
  });

  test('a Bearer header counts as no credentials', async () => {
    const headers = { authorization: 'Bearer sandbox-delhivery-token' };
    const reply = await getDelhivery(sandbox, '/c/api/pin-codes/json/', headers);
    expect(reply.status).toBe(401);
    expect(reply.at('detail')).toBe('Authentication credentials were not provided.');
  });
});
