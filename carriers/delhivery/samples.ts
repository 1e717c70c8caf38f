import type { HttpAnswer, HttpRequest } from '../../outbound/outcome.ts';
import type { DelhiveryAccount } from './account.ts';
import type { Booking } from './booking.ts';

/** What went over the wire, request and answer side by side. All values are invented. */
export interface Sample {
  request: HttpRequest;
  answer: { status: number; headers: Record<string, string>; body: string };
}

export const account: DelhiveryAccount = {
  baseUrl: 'https://track.delhivery.com',
  token: 'sandbox-delhivery-token',
  clientName: 'WAYBILL SURFACE',
};

export const booking: Booking = {
  reference: 'SHOP1-10021',
  waybill: '57930810000011',
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
    address: '7 Market Rd',
    city: 'Kochi',
    state: 'Kerala',
    pincode: '682011',
    phone: '9847000001',
  },
  payment: { mode: 'cod', amountMinor: 79900 },
  totalMinor: 79900,
  description: 'Cotton kurta',
  quantity: 1,
  weightGrams: 450,
  lengthMm: 250,
  widthMm: 200,
  heightMm: 45,
  hsnCode: '6211',
  orderedAt: '2026-01-05T04:30:00Z',
  sellerName: 'Shop',
};

/** An answer as the network would bring it. */
export function answerOf(answer: Sample['answer']): HttpAnswer {
  return { ...answer, bytes: new TextEncoder().encode(answer.body) };
}

/** For texts inside JSON, which hold no line break. */
const oneLine = (text: string) => text.replaceAll('\n', '');

const read = { authorization: 'Token sandbox-delhivery-token', accept: 'application/json' };
const json = { 'content-type': 'application/json' };
const form = { 'content-type': 'application/x-www-form-urlencoded' };
const host = 'https://track.delhivery.com';

export const serviceability: Sample = {
  request: {
    method: 'GET',
    url: `${host}/c/api/pin-codes/json/?filter_codes=682001`,
    headers: read,
  },
  answer: {
    status: 200,
    headers: json,
    body: `{"delivery_codes":[{"postal_code":{"pin":682001,"pre_paid":"Y","cod":"Y","pickup":"Y",
      "cash":"Y","repl":"Y","district":"Ernakulam","city":"Kochi","state_code":"KL",
      "country_code":"IN","is_oda":"N","sort_code":"COK/WIL","max_amount":0.0,"max_weight":0.0,
      "remarks":"","inc":"Kochi_X_D (Kerala)","sun_tat":false,"protect_blacklist":false,
      "srv_wt_th":4500.0,"covid_zone":null,"center":[{"code":"IND682001AAA",
      "cn":"Kochi_X_D (Kerala)","sort_code":"COK/WIL","s":"2019-01-01T00:00:00+00:00",
      "e":"2999-01-01T00:00:00+00:00"}]}}]}`,
  },
};

export const reserveBulk: Sample = {
  request: {
    method: 'GET',
    url: `${host}/waybill/api/bulk/json/?cl=WAYBILL+SURFACE&count=2`,
    headers: read,
  },
  answer: { status: 200, headers: json, body: '"57930810000011,57930810000022"' },
};

export const reserveOne: Sample = {
  request: {
    method: 'GET',
    url: `${host}/waybill/api/fetch/json/?cl=WAYBILL+SURFACE`,
    headers: read,
  },
  answer: { status: 200, headers: json, body: '"57930810000011"' },
};

export const create: Sample = {
  request: {
    method: 'POST',
    url: `${host}/api/cmu/create.json`,
    headers: { ...read, ...form },
    body:
      'format=json&data=%7B%22shipments%22%3A%5B%7B%22order%22%3A%22SHOP1-10021%22%2C%22way' +
      'bill%22%3A%2257930810000011%22%2C%22name%22%3A%22Asha+R%22%2C%22phone%22%3A%22984700' +
      '0000%22%2C%22add%22%3A%2212%2F4+Beach+Rd%2C+near+temple%22%2C%22city%22%3A%22Kochi%2' +
      '2%2C%22state%22%3A%22Kerala%22%2C%22pin%22%3A%22682001%22%2C%22country%22%3A%22India' +
      '%22%2C%22payment_mode%22%3A%22COD%22%2C%22cod_amount%22%3A%22799.00%22%2C%22total_am' +
      'ount%22%3A%22799.00%22%2C%22products_desc%22%3A%22Cotton+kurta%22%2C%22hsn_code%22%3' +
      'A%226211%22%2C%22quantity%22%3A%221%22%2C%22weight%22%3A%22450%22%2C%22shipment_leng' +
      'th%22%3A%2225%22%2C%22shipment_width%22%3A%2220%22%2C%22shipment_height%22%3A%225%22' +
      '%2C%22shipping_mode%22%3A%22Surface%22%2C%22order_date%22%3A%222026-01-05+10%3A00%3A' +
      '00%22%2C%22seller_name%22%3A%22Shop%22%2C%22seller_add%22%3A%227+Market+Rd%22%2C%22r' +
      'eturn_name%22%3A%22KOCHI-1%22%2C%22return_add%22%3A%227+Market+Rd%22%2C%22return_cit' +
      'y%22%3A%22Kochi%22%2C%22return_state%22%3A%22Kerala%22%2C%22return_pin%22%3A%2268201' +
      '1%22%2C%22return_country%22%3A%22India%22%2C%22return_phone%22%3A%229847000001%22%7D' +
      '%5D%2C%22pickup_location%22%3A%7B%22name%22%3A%22KOCHI-1%22%7D%7D',
  },
  answer: {
    status: 200,
    headers: json,
    body: `{"cash_pickups_count":0.0,"package_count":1,"upload_wbn":"UPL1234567890",
      "replacement_count":0,"pickups_count":0,"packages":[{"status":"Success",
      "client":"WAYBILL SURFACE","sort_code":"COK/WIL","remarks":[""],"waybill":"57930810000011",
      "cod_amount":799.0,"payment":"COD","serviceable":true,"refnum":"SHOP1-10021"}],
      "cash_pickups":0.0,"cod_count":1,"success":true,"prepaid_count":0,"cod_amount":799.0}`,
  },
};

/** The same call refused; also under HTTP 200. */
export const createRefused: Sample = {
  request: create.request,
  answer: {
    status: 200,
    headers: json,
    body: oneLine(`{"success":false,"error":true,"rmk":"An internal Error has occurred, Please get
 in touch with client.support@delhivery.com","packages":[{"status":"Fail","waybill":"",
 "refnum":"SHOP1-10021","err_code":"ER0005","serviceable":false,"remarks":["Crashing while saving
 package due to exception 'Duplicate Order Id : SHOP1-10021'. Package might have been partially
 saved."]}],"package_count":1,"upload_wbn":"UPL1234567890","cod_count":0,"prepaid_count":0}`),
  },
};

export const packingSlip: Sample = {
  request: {
    method: 'GET',
    url: `${host}/api/p/packing_slip?wbns=57930810000011&pdf=true&pdf_size=4R`,
    headers: read,
  },
  answer: {
    status: 200,
    headers: json,
    body: `{"packages":[{"wbn":"57930810000011","pdf_download_link":
      "https://labels.s3.example/57930810000011.pdf?X-Amz-Signature=abc","pdf_encoding":""}],
      "packages_found":1}`,
  },
};

export const labelDownload: Sample = {
  request: {
    method: 'GET',
    url: 'https://labels.s3.example/57930810000011.pdf?X-Amz-Signature=abc',
    headers: { accept: 'application/pdf' },
  },
  answer: { status: 200, headers: { 'content-type': 'application/pdf' }, body: '%PDF-1.4\n%%EOF' },
};

export const requestPickup: Sample = {
  request: {
    method: 'POST',
    url: `${host}/fm/request/new/`,
    headers: { ...read, ...json },
    body:
      '{"pickup_time":"15:00:00","pickup_date":"2026-01-06","pickup_location":"KOCHI-1",' +
      '"expected_package_count":12}',
  },
  answer: {
    status: 201,
    headers: json,
    body: `{"pickup_id":123456,"client_name":"WAYBILL SURFACE","pickup_location_name":"KOCHI-1",
      "incoming_center_name":"Kochi_X","pickup_time":"15:00:00","pickup_date":"2026-01-06",
      "expected_package_count":12}`,
  },
};

export const tracking: Sample = {
  request: {
    method: 'GET',
    url: `${host}/api/v1/packages/json/?waybill=57930810000011,57930810000022&verbose=1`,
    headers: read,
  },
  answer: {
    status: 200,
    headers: json,
    body: `{"ShipmentData":[{"Shipment":{"AWB":"57930810000011","ReferenceNo":"SHOP1-10021",
      "OrderType":"COD","CODAmount":799.0,"InvoiceAmount":799.0,"Origin":"Kochi",
      "Destination":"Kochi","PickUpDate":"2026-01-06T16:02:11","PickedupDate":null,
      "OriginRecieveDate":null,"FirstAttemptDate":null,"DeliveryDate":null,"ReturnedDate":null,
      "ExpectedDeliveryDate":"2026-01-08T23:59:59","DispatchCount":0,"ReverseInTransit":false,
      "ChargedWeight":null,"Quantity":"1","Ewaybill":[],"Extras":"","PickupLocation":"KOCHI-1",
      "SenderName":"WAYBILL SURFACE","Status":{"Status":"In Transit","StatusType":"UD",
      "StatusCode":"X-PPOM","StatusDateTime":"2026-01-06T16:02:11.120000",
      "StatusLocation":"Kochi_X_D (Kerala)","Instructions":"Shipment picked up","RecievedBy":""},
      "Scans":[{"ScanDetail":{"Scan":"In Transit","ScanType":"UD","StatusCode":"X-PPOM",
      "ScanDateTime":"2026-01-06T16:02:11.12","StatusDateTime":"2026-01-06T16:02:11.12",
      "ScannedLocation":"Kochi_X_D (Kerala)","Instructions":"Shipment picked up"}},
      {"ScanDetail":{"Scan":"Manifested","ScanType":"UD","StatusCode":"X-UCI",
      "ScanDateTime":"2026-01-06T11:20:01.123","StatusDateTime":"2026-01-06T11:20:01.123",
      "ScannedLocation":"Kochi_X_D (Kerala)","Instructions":"Manifest uploaded"}}]}}]}`,
  },
};

/** Looking up a reference that Delhivery does not have (yet); HTTP 400 is said to occur too. */
export const trackingUnknown: Sample = {
  request: {
    method: 'GET',
    url: `${host}/api/v1/packages/json/?ref_ids=SHOP1-10021&verbose=1`,
    headers: read,
  },
  answer: {
    status: 200,
    headers: json,
    body: `{"Success":false,"Error":"Data does not exists for provided Waybill(s)",
      "rmk":"Some error has occurred"}`,
  },
};

export const cancel: Sample = {
  request: {
    method: 'POST',
    url: `${host}/api/p/edit`,
    headers: { ...read, ...json },
    body: '{"waybill":"57930810000011","cancellation":"true"}',
  },
  answer: {
    status: 200,
    headers: { 'content-type': 'application/xml' },
    body: `<?xml version="1.0" encoding="utf-8"?><root><status>True</status>
      <waybill>57930810000011</waybill><order_id>SHOP1-10021</order_id>
      <remark>Shipment has been cancelled.</remark></root>`,
  },
};

/** What Delhivery posts to us. */
export const scanPush = {
  Shipment: {
    AWB: '57930810000011',
    ReferenceNo: 'SHOP1-10021',
    NSLCode: 'X-UCI',
    Sortcode: 'COK/WIL',
    PickUpDate: '2026-01-06T16:02:11.767',
    Status: {
      Status: 'Manifested',
      StatusType: 'UD',
      StatusDateTime: '2026-01-06T11:20:01.767',
      StatusLocation: 'Kochi_X_D (Kerala)',
      Instructions: 'Manifest uploaded',
    },
  },
};
