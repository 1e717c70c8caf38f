import type { HttpAnswer } from '../../outbound/outcome.ts';
import { accountDefaults } from './account.ts';
import type { BlueDartAccount, BlueDartSession } from './account.ts';
import type { Booking } from './booking.ts';

/** Values for tests; all are invented. Answers have the shapes that were recorded. */
export const account: BlueDartAccount = {
  baseUrl: 'https://apigateway.bluedart.com/in/transportation',
  clientId: 'sandbox-bluedart-client',
  clientSecret: 'sandbox-bluedart-secret',
  loginId: 'COK12345',
  licenceKey: 'sandbox-bluedart-licence',
  customerCode: '123456',
  ...accountDefaults,
};

export const session: BlueDartSession = { ...account, jwt: 'eyJhbGciOiJIUzI1NiJ9.e30.x' };

export const booking: Booking = {
  reference: 'W1-1001-1',
  consignee: {
    name: 'Asha R',
    phone: '9847000000',
    addressLines: ['12/4 Beach Rd', 'near temple'],
    city: 'Kochi',
    state: 'Kerala',
    pincode: '682001',
    country: 'India',
  },
  pickupLocation: {
    name: 'KOCHI-1',
    areaCode: 'COK',
    address: '7 Market Rd',
    city: 'Kochi',
    pincode: '682011',
    phone: '9847000001',
  },
  payment: { mode: 'cod', amountMinor: 79_900 },
  totalMinor: 79_900,
  description: 'Cotton kurta x 1',
  weightGrams: 451,
  lengthMm: 250,
  widthMm: 200,
  heightMm: 45,
  pickupOn: '2026-01-04',
  pickupTime: '16:00',
  sellerName: 'Shop',
};

/** An answer as the network would bring it. */
export function answerOf(
  body: unknown,
  status = 200,
  headers: Record<string, string> = {},
): HttpAnswer {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return { status, headers, bytes: new TextEncoder().encode(text) };
}

export const generated = {
  GenerateWayBillResult: {
    AWBNo: '90001481544',
    AWBPrintContent: null,
    AvailableAmountForBooking: 0,
    AvailableBalance: 0,
    CCRCRDREF: 'W1X1001X1',
    ClusterCode: 'NRA',
    DestinationArea: 'DEL',
    DestinationLocation: 'NRA',
    InvoicePrintContent: null,
    IsError: false,
    IsErrorInPU: false,
    MPSDetails: [{ MPSNumber: '90001481544-0001', MPSRefNumber: null }],
    ShipmentPickupDate: '/Date(1767465000000+0530)/',
    Status: [
      { StatusCode: 'Valid', StatusInformation: 'Waybill Generation Successful' },
      { StatusCode: 'Pickup Registration:Valid', StatusInformation: '30526640DEMO' },
    ],
    TokenNumber: '30526640DEMO',
    TransactionAmount: 0,
  },
};

export const duplicateSentence =
  'Waybill already generated for this CreditReferenceNo. Waybill No : 21094582725 ' +
  'Dest Area : GGN Dest Scrcd : GDC';

/** The first two ways of saying no, with the line breaks that come before them. */
export function refused(
  code: string,
  information: string,
  way: 'flat' | 'nested' = 'flat',
): HttpAnswer {
  const status = { StatusCode: code, StatusInformation: information };
  const entry = way === 'flat' ? status : { IsError: true, Status: [status] };
  const body = { status: 400, title: 'Bad Request', 'error-response': [entry] };
  return answerOf(`\r\n\r\n${JSON.stringify(body)}`, 400);
}
