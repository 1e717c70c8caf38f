import {
  isPlaceholder,
  longAddressCharacters,
  minimumAddressCharacters,
  normaliseAddressLine,
  usableCharacters,
} from './normalise-address.ts';
import { normalisePhone } from './normalise-phone.ts';
import { normalisePincode } from './normalise-pincode.ts';
import { normaliseState } from './normalise-state.ts';
import type { OrderCustomer, RawShipTo } from './place-order.ts';
import { pincodeReasons, phoneReasons, stateReasons, warningReasons } from './ship-to-reasons.ts';
import type { WarningCode } from './ship-to-reasons.ts';

export type ShipToField = keyof RawShipTo;

/** Reasons are fixed texts: never the value itself, because they reach events and logs. */
export interface ShipToWarning {
  field: ShipToField;
  code: WarningCode;
  reason: string;
}

export interface ShipToProblem {
  field: ShipToField;
  code: string;
  reason: string;
}

export interface UsableContact {
  name: string;
  phone_e164: string;
  address1: string;
  address2: string | null;
  /** Carriers take the city from the PIN; it may be missing. */
  city: string | null;
  state: string;
  pincode: string;
  /** ISO 3166-1 alpha-2. */
  country: string;
}

export type DraftContact = { [Part in keyof UsableContact]: UsableContact[Part] | null };

export type ShipToResult =
  | { usable: true; contact: UsableContact; warnings: ShipToWarning[]; problems: [] }
  /** A person has to settle the problems. */
  | { usable: false; contact: DraftContact; warnings: ShipToWarning[]; problems: ShipToProblem[] };

interface Notes {
  warnings: ShipToWarning[];
  problems: ShipToProblem[];
}

/** Where a parcel goes, cleaned; with what was put right on the way and what cannot be. */
export function validateShipTo(shipTo: RawShipTo, customer: OrderCustomer): ShipToResult {
  const notes: Notes = { warnings: [], problems: [] };
  const country = settleCountry(shipTo, notes);
  const name = settleName(shipTo, customer, notes);
  const phone_e164 = settlePhone(shipTo, customer, notes);
  const { address1, address2 } = settleAddress(shipTo, notes);
  const city = settleCity(shipTo, notes);
  const { pincode, state } = settlePlace(shipTo, country, notes);
  const contact = { name, phone_e164, address1, address2, city, state, pincode, country };
  const { warnings, problems } = notes;
  if (problems.length > 0 || !isUsable(contact))
    return { usable: false, contact, warnings, problems };
  return { usable: true, contact, warnings, problems: [] };
}

function isUsable(contact: DraftContact): contact is UsableContact {
  const { name, phone_e164, address1, state, pincode, country } = contact;
  return [name, phone_e164, address1, state, pincode, country].every((part) => part !== null);
}

function warn(notes: Notes, field: ShipToField, code: WarningCode): void {
  notes.warnings.push({ field, code, reason: warningReasons[code] });
}

function settleCountry(shipTo: RawShipTo, notes: Notes): string | null {
  const country = normaliseAddressLine(shipTo.country)?.toLowerCase() ?? 'in';
  if (/^(?:in|ind|india|bharat|भारत|ഇന്ത്യ|ഭാരതം)\.?$/.test(country)) return 'IN';
  const reason = 'The address is outside India';
  notes.problems.push({ field: 'country', code: 'country_not_served', reason });
  return null;
}

function settleName(shipTo: RawShipTo, customer: OrderCustomer, notes: Notes): string | null {
  const own = usableName(shipTo.name);
  const name = own ?? usableName(customer.name);
  if (name === null) {
    const reason = 'There is no name to write on the parcel';
    notes.problems.push({ field: 'name', code: 'name_missing', reason });
  } else if (own === null) warn(notes, 'name', 'name_from_customer');
  return name;
}

function usableName(raw: string | null): string | null {
  const name = normaliseAddressLine(raw);
  if (name === null || isPlaceholder(name)) return null;
  return /\p{L}/u.test(name) ? name : null;
}

function settlePhone(shipTo: RawShipTo, customer: OrderCustomer, notes: Notes): string | null {
  const own = normalisePhone(shipTo.phone);
  if (own.ok) return own.e164;
  const other = normalisePhone(customer.phone);
  if (other.ok) {
    warn(notes, 'phone', 'phone_from_customer');
    return other.e164;
  }
  const refusal = own.reason === 'missing' ? other.reason : own.reason;
  const reason = phoneReasons[refusal];
  notes.problems.push({ field: 'phone', code: `phone_${refusal}`, reason });
  return null;
}

function settleAddress(
  shipTo: RawShipTo,
  notes: Notes,
): { address1: string | null; address2: string | null } {
  const cleaned = [shipTo.address1, shipTo.address2].map(normaliseAddressLine);
  const lines = [...new Set(cleaned.filter((line) => line !== null && !isPlaceholder(line)))];
  const [address1 = null, address2 = null] = lines;
  const refuse = (code: string, reason: string) =>
    notes.problems.push({ field: 'address1', code, reason });
  const size = usableCharacters(lines);
  if (address1 === null) {
    if (cleaned.every((line) => line === null)) refuse('address_missing', 'There is no address');
    else refuse('address_placeholder', 'The address lines hold a filler, not an address');
  } else if (size < minimumAddressCharacters) {
    refuse('address_too_short', 'The address is too short to find a door');
  } else if (lines.join(' ').length > longAddressCharacters)
    warn(notes, 'address1', 'address_long');
  return { address1, address2 };
}

function settleCity(shipTo: RawShipTo, notes: Notes): string | null {
  const city = normaliseAddressLine(shipTo.city);
  if (city !== null && /\p{L}/u.test(city) && !isPlaceholder(city)) return city;
  warn(notes, 'city', 'city_missing');
  return null;
}

/** PIN and state vouch for each other, so they are settled together. */
function settlePlace(
  shipTo: RawShipTo,
  country: string | null,
  notes: Notes,
): { pincode: string | null; state: string | null } {
  // A foreign address has neither; its problem is the country.
  if (country === null) return { pincode: null, state: normaliseAddressLine(shipTo.state) };
  const pincode = settlePincode(shipTo, notes);
  const result = normaliseState(normaliseAddressLine(shipTo.state), pincode);
  if (result.ok) {
    result.warnings.forEach((code) => warn(notes, 'state', `state_${code}`));
    return { pincode, state: result.state };
  }
  // Without a PIN the state may still follow from the corrected one: one problem, not two.
  if (pincode !== null) {
    const reason = stateReasons[result.reason];
    notes.problems.push({ field: 'state', code: `state_${result.reason}`, reason });
  }
  return { pincode, state: null };
}

function settlePincode(shipTo: RawShipTo, notes: Notes): string | null {
  const lines = [shipTo.address1, shipTo.address2, shipTo.city].map((line) =>
    normaliseAddressLine(line),
  );
  const result = normalisePincode(shipTo.pincode, lines);
  if (result.ok) {
    result.warnings.forEach((code) => warn(notes, 'pincode', `pincode_${code}`));
    return result.pincode;
  }
  const reason = pincodeReasons[result.reason];
  notes.problems.push({ field: 'pincode', code: `pincode_${result.reason}`, reason });
  return null;
}
