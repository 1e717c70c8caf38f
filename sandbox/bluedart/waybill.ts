import { json, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import { journeyFor } from '../journey.ts';
import type { World } from '../world.ts';
import type { BlueDartAccount } from './account.ts';
import { gatewayError, refusalAnswer, refuse } from './answers.ts';
import { openEnvelope, refuseToken } from './auth.ts';
import { servedPin } from './finder.ts';
import { firstTry } from './first-try.ts';
import { collectIfAsked, recordStep } from './motion.ts';
import type { BlueDartParcel } from './records.ts';
import { jsonDate, readJsonDate } from './times.ts';
import { partsOf, refuseWaybill } from './waybill-rules.ts';
import type { WaybillRequest } from './waybill-rules.ts';

const operation = 'GenerateWayBill';
const firstNumber = 90_000_000_000;

/** `POST /waybill/v1/GenerateWayBill`: the call that costs money. */
export function generateWaybill(world: World, call: Call): Answer {
  const unauthorised = refuseToken(world, call);
  if (unauthorised !== null) return unauthorised;
  const opened = openEnvelope(world, call, 'upper');
  if ('way' in opened) return refusalAnswer(operation, opened);
  const { account } = opened;
  const request = partsOf(opened.request);
  if ('way' in request) return refusalAnswer(operation, request);
  const refusal = refuseWaybill(world, account, request);
  if (refusal !== null) {
    world.books.count('bluedart.waybill.refusals', refusal.code);
    return refusalAnswer(operation, refusal);
  }
  const reference = textOf(request.services, 'CreditReferenceNo');
  const [existing] = world.books.bluedart.parcelsOf(account.loginId, reference);
  if (existing !== undefined && account.refusesDuplicates) return alreadyThere(existing);
  if (call.draw.colours.has('low_balance')) {
    const short = refuse('InsufficientBalance', 'Insufficient balance in the account', 'result');
    return refusalAnswer(operation, short);
  }
  const luck = firstTry(world, account, reference);
  if (luck === 'crash') return gatewayError(500, 'Internal Server Error');
  if (luck === 'empty') return refusalAnswer(operation, refuse('FirstTry', '', 'empty'));
  const parcel = saveParcel(world, account, request);
  return confirm(world, parcel, request);
}

/** The sentence that is the best recovery of all carriers: it names the waybill that exists. */
function alreadyThere({ awb, pin }: BlueDartParcel): Answer {
  const served = servedPin(pin);
  return refusalAnswer(
    operation,
    refuse(
      'DuplicateCreditReferenceNo',
      `Waybill already generated for this CreditReferenceNo. Waybill No : ${awb} ` +
        `Dest Area : ${served?.area ?? ''} Dest Scrcd : ${served?.serviceCentre ?? ''}`,
      'nested',
    ),
  );
}

function saveParcel(
  world: World,
  account: BlueDartAccount,
  { consignee, shipper, services }: WaybillRequest,
): BlueDartParcel {
  const reference = textOf(services, 'CreditReferenceNo');
  const phone = textOf(consignee, 'ConsigneeMobile');
  const lines = [1, 2, 3].map((at) => textOf(consignee, `ConsigneeAddress${at}`));
  const parcel: BlueDartParcel = {
    awb: String(firstNumber + world.books.nextSerial()),
    reference,
    account: account.loginId,
    originArea: textOf(shipper, 'OriginArea'),
    originPin: textOf(shipper, 'CustomerPincode'),
    consigneeName: textOf(consignee, 'ConsigneeName'),
    address: lines.filter((line) => line !== '').join(', '),
    pin: textOf(consignee, 'ConsigneePincode'),
    phone,
    payment: textOf(services, 'SubProductCode') === 'C' ? 'cod' : 'prepaid',
    codAmount: Number(textOf(services, 'CollectableAmount') || '0'),
    declaredValue: Number(textOf(services, 'DeclaredValue') || '0'),
    weightKg: Number(textOf(services, 'ActualWeight')),
    product: textOf(services, 'ProductCode'),
    createdAt: world.now(),
    cancelledAt: null,
    pickupToken: null,
    journey: journeyFor(world, phone, reference),
    position: -1,
    scans: [],
  };
  world.books.bluedart.addParcel(parcel);
  recordStep(world, parcel, world.settings.parcelStepMs / 2);
  collectIfAsked(world, parcel);
  return parcel;
}

/** The label inside the answer is the only one there will ever be. */
function confirm(world: World, parcel: BlueDartParcel, { services }: WaybillRequest): Answer {
  const served = servedPin(parcel.pin);
  const wantsPdf = services['PDFOutputNotRequired'] !== true;
  // A pickup on the side fails as a rule; the waybill is real all the same.
  const asksForPickup = services['RegisterPickup'] === true;
  const status = [{ StatusCode: 'Valid', StatusInformation: 'Waybill Generation Successful' }];
  if (asksForPickup) {
    status.push({
      StatusCode: 'Pickup Registration:InsertFailure',
      StatusInformation: 'PickupIsAlreadyRegister',
    });
  }
  const pickupAt = readJsonDate(textOf(services, 'PickupDate')) ?? world.now();
  return json({
    GenerateWayBillResult: {
      AWBNo: parcel.awb,
      AWBPrintContent: wantsPdf ? [...Buffer.from('%PDF-1.4\n%%EOF\n')] : null,
      AvailableAmountForBooking: 0,
      AvailableBalance: 0,
      CCRCRDREF: parcel.reference,
      ClusterCode: served?.serviceCentre ?? '',
      DestinationArea: served?.area ?? '',
      DestinationLocation: served?.serviceCentre ?? '',
      InvoicePrintContent: null,
      IsError: false,
      IsErrorInPU: asksForPickup,
      MPSDetails: [{ MPSNumber: `${parcel.awb}-0001`, MPSRefNumber: null }],
      MPSLabelPrintContent: null,
      ShipmentPickupDate: jsonDate(pickupAt),
      Status: status,
      TokenNumber: null,
      TransactionAmount: 0,
    },
  });
}
