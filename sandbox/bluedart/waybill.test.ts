import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Sandbox } from '../sandbox.ts';
import { call, startCalmSandbox } from '../test-client.ts';
import { demoBlueDartAccounts } from './account.ts';
import { generate, login, madeAwb, post, profile, reasonIn, waybillBody } from './test-client.ts';
import type { Change } from './test-client.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startCalmSandbox();
});
afterEach(() => sandbox.close());

const path = '/waybill/v1/GenerateWayBill';
const saved = () => [...sandbox.books.bluedart.parcels.values()];

describe('signing in', () => {
  test.each([
    ['no headers', {}],
    ['a wrong secret', { ClientID: 'sandbox-bluedart-client', clientSecret: 'wrong' }],
    ['a bearer token', { authorization: 'Bearer sandbox-bluedart-secret' }],
  ])('%s: 401', async (_what, headers) => {
    const reply = await call(`${sandbox.url}/bluedart/token/v1/login`, { headers });
    expect([reply.status, reply.at('title')]).toEqual([401, 'Access to the method is not allowed']);
  });

  test('a call without the JWTToken header, with another one, or late is 401', async () => {
    const asBearer = await call(`${sandbox.url}/bluedart${path}`, {
      method: 'POST',
      headers: { authorization: `Bearer ${await login(sandbox)}` },
      body: JSON.stringify(waybillBody()),
    });
    expect(asBearer.status).toBe(401);
    expect((await generate(sandbox, {}, 'eyJ.eyJ.x')).status).toBe(401);
    let now = Date.now();
    const late = await startCalmSandbox({ blueDartTokenMs: 60_000, now: () => now });
    const jwt = await login(late);
    expect((await generate(late, {}, jwt)).status).toBe(200);
    now += 60_000;
    expect((await generate(late, {}, jwt)).status).toBe(401);
    await late.close();
  });

  test('a path that does not exist is 415 with the same text', async () => {
    const reply = await post(sandbox, '/waybill/v1/GenerateWaybill', waybillBody());
    expect([reply.status, reply.at('title')]).toEqual([415, 'Access to the method is not allowed']);
  });

  test.each([
    ['an unknown login', { LoginID: 'NOBODY' }, 'User does not exists'],
    ['another licence', { LicenceKey: 'x' }, 'Request Authentication Failed'],
    ['no type', { Api_type: '' }, 'Request Authentication Failed'],
  ])('a good token does not help %s', async (_what, change, reason) => {
    const body = { ...waybillBody(), Profile: { ...profile, ...change } };
    const reply = await post(sandbox, path, body);
    expect([reply.status, reasonIn(reply)]).toEqual([400, reason]);
  });

  test('some accounts want the whole profile', async () => {
    const [demo] = demoBlueDartAccounts;
    if (demo === undefined) throw new Error('There is no demo account');
    const strict = await startCalmSandbox({
      blueDartAccounts: [{ ...demo, wantsFullProfile: true }],
    });
    expect(reasonIn(await generate(strict))).toBe('Unauthorized User');
    const full = { ...profile, Customercode: '123456', Version: '1.3' };
    expect((await post(strict, path, { ...waybillBody(), Profile: full })).status).toBe(200);
    await strict.close();
  });
});

describe('generating a waybill', () => {
  test('a good one has a number, the routing codes and no label', async () => {
    const reply = await generate(sandbox);
    expect(reply.status).toBe(200);
    expect(reply.at('GenerateWayBillResult')).toMatchObject({
      IsError: false,
      CCRCRDREF: 'SHOP110021',
      DestinationArea: 'COK',
      DestinationLocation: 'C01',
      AWBPrintContent: null,
      Status: [{ StatusCode: 'Valid' }],
    });
    expect(reply.at('GenerateWayBillResult', 'AWBNo')).toMatch(/^\d{11}$/);
    expect(saved()).toMatchObject([{ payment: 'cod', codAmount: 799, weightKg: 0.45 }]);
  });

  test('the label, when asked for, is an array of bytes', async () => {
    const reply = await generate(sandbox, { services: { PDFOutputNotRequired: false } });
    const bytes = reply.at('GenerateWayBillResult', 'AWBPrintContent') as number[];
    expect(Buffer.from(bytes).toString()).toMatch(/^%PDF/);
  });

  test('the same reference again is refused in a sentence that names the waybill', async () => {
    const awb = await madeAwb(sandbox);
    const reply = await generate(sandbox);
    expect(reply.status).toBe(400);
    expect(reasonIn(reply)).toBe(
      `Waybill already generated for this CreditReferenceNo. Waybill No : ${awb} ` +
        'Dest Area : COK Dest Scrcd : C01',
    );
    expect(saved()).toHaveLength(1);
  });

  test('an account that does not look at references makes a second one', async () => {
    const [demo] = demoBlueDartAccounts;
    if (demo === undefined) throw new Error('There is no demo account');
    const lax = await startCalmSandbox({
      blueDartAccounts: [{ ...demo, refusesDuplicates: false }],
    });
    await generate(lax);
    await generate(lax);
    expect(lax.books.summary()).toMatchObject({ bluedart: { references_with_several_parcels: 1 } });
    await lax.close();
  });

  test('a pickup on the side fails and the waybill is real', async () => {
    const reply = await generate(sandbox, { services: { RegisterPickup: true } });
    expect(reply.at('GenerateWayBillResult', 'IsErrorInPU')).toBe(true);
    expect(saved()).toHaveLength(1);
  });

  const long = 'x'.repeat(31);
  test.each<[string, Change, string]>([
    ['no name', { consignee: { ConsigneeName: '' } }, 'Consignee Name cannot be blank'],
    ['a name of 31', { consignee: { ConsigneeName: long } }, ''],
    ['a line of 31', { consignee: { ConsigneeAddress2: long } }, ''],
    ['Malayalam', { consignee: { ConsigneeName: 'ആശ' } }, 'ConsigneeName contains special'],
    ['an em dash', { consignee: { ConsigneeAddress1: 'A—B' } }, 'ConsigneeAddress1 contains'],
    ['no pin', { consignee: { ConsigneePincode: '' } }, 'Pincode cannot be blank'],
    ['a pin as a number', { consignee: { ConsigneePincode: 682001 } }, 'Invalid Consignee Pin'],
    ['a pin not served', { consignee: { ConsigneePincode: '799999' } }, 'Destination Pincode is'],
    ['an embargo', { consignee: { ConsigneePincode: '744999' } }, 'Destination Pincode is not'],
    ['COD where there is none', { consignee: { ConsigneePincode: '793999' } }, 'COD service is'],
    ['a short phone', { consignee: { ConsigneeMobile: '98470' } }, 'Consignee Mobile is invalid'],
    ['an area of elsewhere', { shipper: { OriginArea: 'BOM' } }, 'Area and service centre are'],
    ['an area in lower case', { shipper: { OriginArea: 'cok' } }, 'Area and service centre are'],
    ['another customer', { shipper: { CustomerCode: '1' } }, 'Customer code is not valid'],
    ['a hyphen', { services: { CreditReferenceNo: 'W1-1' } }, 'CreditReferenceNo is invalid'],
    ['21 characters', { services: { CreditReferenceNo: 'A'.repeat(21) } }, 'CreditReferenceNo is'],
    ['weight as a number', { services: { ActualWeight: 0.45 } }, 'Actual Weight is missing'],
    ['weight of nothing', { services: { ActualWeight: '0.00' } }, 'Actual Weight is missing'],
    ['no dimensions', { services: { Dimensions: [] } }, 'Dimensions cannot be blank'],
    ['COD of nothing', { services: { CollectableAmount: 0 } }, 'Collectable amount is not valid'],
    ['COD above the value', { services: { DeclaredValue: 1 } }, 'Collectable amount is not valid'],
    ['cash for a prepaid one', { services: { SubProductCode: 'P' } }, 'Collectable amount should'],
    ['a demand for an OTP', { services: { OTPBasedDelivery: 2 } }, 'OTPCode is mandatory'],
    ['a day in the past', { services: { PickupDate: '/Date(1767465000000)/' } }, 'Pickup date can'],
    ['a time with a colon', { services: { PickupTime: '16:00' } }, 'Pickup time is not in'],
  ])('%s is refused and leaves nothing', async (_what, change, reason) => {
    const reply = await generate(sandbox, change);
    expect(reasonIn(reply).startsWith(reason)).toBe(true);
    // An empty body is what a field that is too long is told.
    expect(reply.text === '').toBe(reason === '');
    expect(saved()).toHaveLength(0);
  });

  test('the envelope in lower case is a null reference, with line breaks before it', async () => {
    const body = JSON.stringify(waybillBody()).replace('"Request"', '"request"');
    const reply = await post(sandbox, path, body);
    expect(reply.text).toMatch(/^\r\n\r\n\{"status":400/);
    expect(reasonIn(reply)).toMatch(/^Object reference not set/);
  });
});

describe('bad luck and faults', () => {
  test('the first try of every waybill fails when asked for, the second goes through', async () => {
    const unlucky = await startCalmSandbox({ labelFailureRate: 1 });
    const first = await generate(unlucky);
    expect(first.status === 500 || first.text === '').toBe(true);
    expect((await generate(unlucky)).status).toBe(200);
    await unlucky.close();
  });

  test('low balance is told at HTTP 200 as an error of the result', async () => {
    sandbox.faults.add({ operation: 'bluedart.waybill', kind: 'low_balance' });
    const reply = await generate(sandbox);
    expect([reply.status, reply.at('GenerateWayBillResult', 'IsError')]).toEqual([200, true]);
    expect(saved()).toHaveLength(0);
  });

  test('faults are asked for by account, which is the LoginID', async () => {
    sandbox.faults.set([
      { operation: 'bluedart.*', kind: 'server_error', account: 'SOMEBODY' },
      { operation: 'bluedart.waybill', kind: 'expired_token', account: 'COK12345', count: 1 },
      { operation: 'bluedart.waybill', kind: 'too_many_requests', retryAfterSeconds: 7, count: 1 },
      { operation: 'bluedart.waybill', kind: 'malformed_after', count: 1 },
    ]);
    const limited = await generate(sandbox);
    expect([limited.status, limited.headers.get('retry-after')]).toEqual([429, '7']);
    const cut = await generate(sandbox);
    expect([cut.status, cut.json]).toEqual([200, undefined]);
    expect((await generate(sandbox)).status).toBe(400);
    expect(saved()).toHaveLength(1);
    sandbox.faults.set([{ operation: 'bluedart.waybill', kind: 'expired_token', count: 1 }]);
    expect((await generate(sandbox, { services: { CreditReferenceNo: 'B' } })).status).toBe(401);
    expect(saved()).toHaveLength(1);
  });
});
