import { expect, test } from '@jest/globals';

import { buildCreateShipment as buildBlueDartWaybill } from '../carriers/bluedart/create-shipment.ts';
import { booking, session } from '../carriers/bluedart/samples.ts';
import { buildTrackByWaybills } from '../carriers/bluedart/track-shipments.ts';
import { buildCreateShipment } from '../carriers/delhivery/create-shipment.ts';
import { buildSendTemplate } from '../channels/whatsapp/send-template.ts';
import { maskAnswer, maskRequest, maskText } from './mask.ts';

const customer = {
  name: 'Zubeida Quttainah',
  phone: '9747012345',
  addressLines: ['77 Peacock Alley', 'Behind the lotus pond'],
  city: 'Perumbavoor',
  state: 'Kerala',
  pincode: '683542',
  country: 'IN',
};

/** Every piece of the customer that stands in a text. */
function personalIn(text: string): string[] {
  const pieces = [
    ...Object.values(customer).flat().slice(0, -1),
    'Zubeida',
    'Quttainah',
    'Peacock',
  ];
  return pieces.filter((piece) => piece !== 'Kerala' && text.includes(piece));
}

test('the request of a booking is logged without the consignee', () => {
  const request = buildCreateShipment(
    { baseUrl: 'https://carrier.example', token: 'secret-token', clientName: 'KOCHI' },
    {
      reference: 'W1-1001-1',
      waybill: '10001234567890',
      consignee: customer,
      pickupLocation: {
        name: 'KOCHI-1',
        address: '1 Marine Drive',
        city: 'Kochi',
        state: 'Kerala',
        pincode: '682001',
        phone: '+919847000001',
      },
      payment: { mode: 'prepaid' },
      totalMinor: 100_00,
      description: 'Saree',
      quantity: 1,
      weightGrams: 400,
      lengthMm: 250,
      widthMm: 200,
      heightMm: 100,
      hsnCode: null,
      orderedAt: '2026-11-21T09:30:00+05:30',
      sellerName: 'Kochi Cotton',
    },
  );
  expect(personalIn(decodeURIComponent((request.body ?? '').replaceAll('+', ' ')))).not.toEqual([]);
  const masked = maskRequest(request);
  expect(personalIn(masked)).toEqual([]);
  expect(masked).not.toContain('secret-token');
  expect(masked).toContain('W1-1001-1');
});

test('the request of a Blue Dart booking is logged without the consignee and the licence', () => {
  const request = buildBlueDartWaybill(session, { ...booking, consignee: customer });
  expect(personalIn(request.body ?? '')).not.toEqual([]);
  const masked = maskRequest(request);
  expect(personalIn(masked)).toEqual([]);
  expect(masked).not.toContain(session.licenceKey);
  expect(masked).toContain('W1X1001X1');
});

test('the licence that tracking carries in its address is not logged', () => {
  const masked = maskRequest(buildTrackByWaybills(session, ['90001481544']));
  expect(masked).not.toContain(session.licenceKey);
  expect(masked).toContain('90001481544');
});

test('the request of a message is logged without the recipient and what they read', () => {
  const request = buildSendTemplate(
    {
      baseUrl: 'https://graph.example',
      accessToken: 'secret-token',
      phoneNumberId: '1100',
      wabaId: '2200',
      version: 'v24.0',
    },
    {
      to: `+91${customer.phone}`,
      template: 'order_shipped',
      language: 'en',
      body: [customer.name, '1001'],
      callbackData: '1:0190a1b2-0000-7000-8000-000000000000',
    },
  );
  expect(personalIn(request.body ?? '')).not.toEqual([]);
  expect(personalIn(maskRequest(request))).toEqual([]);
});

test.each([
  [
    'nested',
    `{"Consignee":{"Name":"${customer.name}","City":"${customer.city}","Telephone1":"${customer.phone}"}}`,
  ],
  ['a list', `{"phone":["${customer.phone}","${customer.phone}"],"rmk":"wrong"}`],
  ['with spaces', `{ "consignee_name" : "${customer.name}" , "pin" : ${customer.pincode} }`],
  ['a form', `name=${customer.name}&add=${customer.addressLines[0]}&pin=${customer.pincode}`],
  ['plain text', `consignee name: ${customer.name}, phone: ${customer.phone}`],
  ['with a quote inside', `{"name":"Zubeida \\" Quttainah"}`],
  ['cut off', `{"name":"Zubeida Quttai`],
  ['a label as bytes, cut off', `{"AWBPrintContent":[37,80,68,${customer.phone},70`],
  ['received by', `{"received_by":"${customer.name}","Status":"Delivered"}`],
])('%s: no personal field gets through', (_what, text) => {
  expect(personalIn(text)).not.toEqual([]);
  expect(personalIn(maskText(text))).toEqual([]);
});

test('a label in an answer is counted and not kept', () => {
  const bytes = new TextEncoder().encode(`%PDF ${customer.name}`);
  const masked = maskAnswer({ status: 200, headers: { 'content-type': 'application/pdf' }, bytes });
  expect(masked).toBe(`application/pdf, ${bytes.length} bytes`);
});
