import { asObject, json, objectIn, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import { magicPins } from '../delhivery/pincodes.ts';
import { placeOf } from '../delhivery/postal-circles.ts';
import type { World } from '../world.ts';
import { nullReference, refusalAnswer, refuse } from './answers.ts';
import { checkProfile, refuseToken } from './auth.ts';
import { jsonDate, readJsonDate } from './times.ts';

export interface Served {
  area: string;
  serviceCentre: string;
  city: string;
  state: string;
  cod: boolean;
  embargo: boolean;
}

/** Null when Blue Dart does not go to this PIN. The same magic PINs as Delhivery's. */
export function servedPin(pin: string): Served | null {
  const place = placeOf(pin);
  if (place === null || pin === magicPins.notServiceable) return null;
  return {
    area: place.sortCode.slice(0, 3),
    serviceCentre: `${place.sortCode.slice(0, 1)}${pin.slice(4)}`,
    city: place.city.toUpperCase(),
    state: place.state.toUpperCase(),
    cod: pin !== magicPins.prepaidOnly,
    embargo: pin === magicPins.embargo,
  };
}

/** `POST /finder/v1/GetServicesforPincode`: the PIN beside a lower-case profile. */
export function findServices(world: World, call: Call): Answer {
  const operation = 'GetServicesforPincode';
  const opened = openFlat(world, call, operation);
  if ('answer' in opened) return opened.answer;
  const { body } = opened;
  const pin = textOf(body, 'pinCode');
  if (pin === '') {
    const blank = refuse('InvalidPinCode', 'Pincode cannot be blank ');
    return refusalAnswer(operation, blank);
  }
  const served = servedPin(pin);
  const result = served === null ? unserved(pin) : services(pin, served);
  return json({ [`${operation}Result`]: result }, 200, served === null ? 'refused' : 'ok');
}

function unserved(pin: string): unknown {
  return { IsError: true, ErrorMessage: 'Invalid Pincode', PinCode: pin, AreaCode: null };
}

/** The keys as recorded, with the misspelt `Outound` of the prepaid air services. */
function services(
  pin: string,
  { area, serviceCentre, city, state, cod, embargo }: Served,
): unknown {
  const codFlag = cod ? 'Yes' : 'No';
  return {
    AirValueLimit: 200_000,
    AirValueLimiteTailPrePaid: 1_000_000,
    ApexInbound: 'Yes',
    ApexOutbound: 'Yes',
    AreaCode: area,
    CityDescription: city,
    DomesticPriorityInbound: 'Yes',
    DomesticPriorityOutbound: 'Yes',
    Embargo: embargo ? 'Yes' : 'No',
    ErrorMessage: 'Valid',
    GroundInbound: 'Yes',
    GroundOutbound: 'Yes',
    GroundValueLimit: 50_000,
    GroundValueLimiteTailPrePaid: 100_000,
    IsError: false,
    PinCode: pin,
    PincodeDescription: city,
    Region: 'SOUTH1',
    ServiceCenterCode: serviceCentre,
    State: state,
    eTailCODAirInbound: codFlag,
    eTailCODAirOutbound: codFlag,
    eTailCODGroundInbound: codFlag,
    eTailCODGroundOutbound: codFlag,
    eTailPrePaidAirInbound: 'Yes',
    eTailPrePaidAirOutound: 'Yes',
    eTailPrePaidGroundInbound: 'Yes',
    eTailPrePaidGroundOutbound: 'Yes',
  };
}

/** `POST /transit/v1/GetDomesticTransitTimeForPinCodeandProduct` */
export function findTransitTime(world: World, call: Call): Answer {
  const operation = 'GetDomesticTransitTimeForPinCodeandProduct';
  const opened = openFlat(world, call, operation);
  if ('answer' in opened) return opened.answer;
  const { body } = opened;
  // Two spellings of the origin are told of; this one takes either.
  const from = servedPin(textOf(body, 'pPinCodeFrom') || textOf(body, 'pPinCode'));
  const to = servedPin(textOf(body, 'pPinCodeTo'));
  const leaves = readJsonDate(textOf(body, 'pPudate'));
  if (from === null || to === null || leaves === null) {
    const result = { IsError: true, ErrorMessage: 'Invalid Pincode or Pickup Date' };
    return json({ [`${operation}Result`]: result }, 200, 'refused');
  }
  const days = from.area === to.area ? 1 : textOf(body, 'pProductCode') === 'A' ? 2 : 4;
  const arrives = leaves + days * 24 * 3_600_000;
  const result = {
    AdditionalDays: 0,
    Area: to.area,
    ServiceCenter: to.serviceCentre,
    ExpectedDateDelivery: jsonDate(arrives),
    ExpectedDatePOD: jsonDate(arrives + 24 * 3_600_000),
    IsError: false,
    ErrorMessage: 'Valid',
  };
  return json({ [`${operation}Result`]: result });
}

/** `POST /allproduct/v1/GetAllProductsAndSubProducts` */
export function listProducts(world: World, call: Call): Answer {
  const operation = 'GetAllProductsAndSubProducts';
  const opened = openFlat(world, call, operation);
  if ('answer' in opened) return opened.answer;
  return json({
    [`${operation}Result`]: Object.entries(subProducts).map(([code, names]) => ({
      ProductCode: code,
      ProductName: productNames[code],
      SubProducts: names,
    })),
  });
}

const productNames: Readonly<Record<string, string>> = {
  A: 'APEX',
  D: 'DOMESTIC PRIORITY',
  E: 'SURFACE',
};

/** Full names, as a pickup wants them. */
export const subProducts: Readonly<Record<string, readonly string[]>> = {
  A: ['E-Tailing PrePaid Air', 'E-Tailing COD Air'],
  D: ['TDD'],
  E: ['E-Tailing PrePaid Ground', 'E-Tailing COD Ground'],
};

/** These APIs have no `request` around their fields. */
function openFlat(
  world: World,
  call: Call,
  operation: string,
): { body: Record<string, unknown> } | { answer: Answer } {
  const answer = refuseToken(world, call);
  if (answer !== null) return { answer };
  const body = objectIn(call.body);
  const profile = asObject(body?.['profile']);
  if (body === null || profile === null) {
    return { answer: refusalAnswer(operation, nullReference) };
  }
  const access = checkProfile(world, profile);
  return 'way' in access ? { answer: refusalAnswer(operation, access) } : { body };
}
