import { call } from '../test-client.ts';
import type { Reply } from '../test-client.ts';
import type { Sandbox } from '../sandbox.ts';

/** What a real client of Blue Dart sends. */
export const profile = {
  LoginID: 'COK12345',
  LicenceKey: 'sandbox-bluedart-licence',
  Api_type: 'S',
};

export async function login(sandbox: Sandbox): Promise<string> {
  const reply = await call(`${sandbox.url}/bluedart/token/v1/login`, {
    headers: { ClientID: 'sandbox-bluedart-client', clientSecret: 'sandbox-bluedart-secret' },
  });
  return reply.textAt('JWTToken');
}

export async function post(
  sandbox: Sandbox,
  path: string,
  body: object | string,
  jwt?: string,
): Promise<Reply> {
  return call(`${sandbox.url}/bluedart${path}`, {
    method: 'POST',
    headers: { JWTToken: jwt ?? (await login(sandbox)), 'content-type': 'application/json' },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
}

export interface Change {
  consignee?: object;
  shipper?: object;
  services?: object;
}

export function waybillBody(change: Change = {}): object {
  const today = `/Date(${Date.now()})/`;
  return {
    Request: {
      Consignee: {
        ConsigneeName: 'Asha R',
        ConsigneeAddress1: '12/4 Beach Rd',
        ConsigneeAddress2: 'near temple',
        ConsigneeAddress3: 'Kochi',
        ConsigneePincode: '682001',
        ConsigneeMobile: '9847012345',
        ...change.consignee,
      },
      Shipper: {
        OriginArea: 'COK',
        CustomerCode: '123456',
        CustomerName: 'Shop',
        CustomerAddress1: '7 Market Rd',
        CustomerPincode: '682001',
        CustomerMobile: '9847000001',
        Sender: 'Shop',
        ...change.shipper,
      },
      Services: {
        ProductCode: 'E',
        SubProductCode: 'C',
        ProductType: 1,
        PieceCount: '1',
        ActualWeight: '0.45',
        DeclaredValue: 799,
        CollectableAmount: 799,
        CreditReferenceNo: 'SHOP110021',
        PickupDate: today,
        PickupTime: '1600',
        RegisterPickup: false,
        PDFOutputNotRequired: true,
        OTPBasedDelivery: '0',
        Dimensions: [{ Length: 25, Breadth: 20, Height: 5, Count: 1 }],
        ...change.services,
      },
    },
    Profile: profile,
  };
}

export function generate(sandbox: Sandbox, change: Change = {}, jwt?: string): Promise<Reply> {
  return post(sandbox, '/waybill/v1/GenerateWayBill', waybillBody(change), jwt);
}

export async function madeAwb(sandbox: Sandbox, change: Change = {}): Promise<string> {
  return (await generate(sandbox, change)).textAt('GenerateWayBillResult', 'AWBNo');
}

export function pickupBody(change: object = {}): object {
  return {
    request: {
      AWBNo: [],
      AreaCode: 'COK',
      CustomerCode: '123456',
      CustomerName: 'Shop',
      CustomerAddress1: '7 Market Rd',
      CustomerPincode: '682001',
      MobileTelNo: '9847000001',
      ProductCode: 'E',
      SubProducts: ['E-Tailing COD Ground'],
      NumberofPieces: 1,
      WeightofShipment: 0.5,
      ShipmentPickupDate: `/Date(${Date.now()})/`,
      ShipmentPickupTime: '1600',
      OfficeCloseTime: '1800',
      ...change,
    },
    profile,
  };
}

export function askForPickup(sandbox: Sandbox, change: object = {}): Promise<Reply> {
  return post(sandbox, '/pickup/v1/RegisterPickup', pickupBody(change));
}

export async function track(sandbox: Sandbox, query: Record<string, string>): Promise<Reply> {
  const all = new URLSearchParams({
    handler: 'tnt',
    action: 'custawbquery',
    loginid: profile.LoginID,
    lickey: profile.LicenceKey,
    awb: 'awb',
    format: 'json',
    scan: '1',
    ...query,
  });
  return call(`${sandbox.url}/bluedart/tracking/v1?${all.toString()}`, {
    headers: { JWTToken: await login(sandbox) },
  });
}

/** What a refusal says, in whichever of the four ways it says it. */
export function reasonIn({ text, at }: Reply): string {
  const flat = at('error-response', 0, 'StatusInformation');
  const nested = at('error-response', 0, 'Status', 0, 'StatusInformation');
  const inResult = /"StatusInformation":"([^"]*)"/.exec(text)?.[1];
  const said = [flat, nested, inResult, at('Error'), at('title')];
  return said.find((one) => typeof one === 'string') ?? text;
}
