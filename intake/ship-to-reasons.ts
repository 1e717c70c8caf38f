import type { PhoneRefusal } from './normalise-phone.ts';
import type { PincodeRefusal, PincodeWarning } from './normalise-pincode.ts';
import type { StateWarning } from './normalise-state.ts';

/** What staff read beside an order that waits for them. No text here may hold a customer's data. */
export const phoneReasons: Readonly<Record<PhoneRefusal, string>> = {
  missing: 'There is no phone number',
  no_digits: 'The phone number holds words only',
  scientific: 'A spreadsheet has rounded the phone number; its digits are lost',
  wrong_length: 'The phone number does not have ten digits',
  foreign: 'The phone number is not Indian',
  not_mobile: 'The phone number is no mobile number in use',
  placeholder: 'The phone number is made up of one digit',
};

export const pincodeReasons: Readonly<Record<PincodeRefusal, string>> = {
  missing: 'There is no PIN code',
  damaged: 'The PIN code has lost a digit',
  invalid: 'The PIN code does not have six digits or starts with a zero',
  scientific: 'A spreadsheet has rounded the PIN code; its digits are lost',
  ambiguous: 'There is more than one PIN code',
};

export const stateReasons: Readonly<Record<'missing' | 'unrecognised', string>> = {
  missing: 'There is no state, and the PIN code lies in more than one',
  unrecognised: 'The state is not known, and the PIN code lies in more than one',
};

export type WarningCode =
  | 'name_from_customer'
  | 'phone_from_customer'
  | 'address_long'
  | 'city_missing'
  | `pincode_${PincodeWarning}`
  | `state_${StateWarning}`;

export const warningReasons: Readonly<Record<WarningCode, string>> = {
  name_from_customer: 'The name was taken from the customer',
  phone_from_customer: 'The phone number was taken from the customer',
  address_long: 'The address is long; some carriers will not print all of it',
  city_missing: 'There is no city; the carrier takes it from the PIN code',
  pincode_from_address: 'The PIN code was taken from the address lines',
  pincode_differs_from_address: 'Another PIN code stands in the address lines',
  pincode_unknown_prefix: 'No known PIN code starts with these digits',
  state_from_pincode: 'The state was taken from the PIN code',
  state_unrecognised: 'The state as written is not known',
  state_differs_from_pincode: 'The PIN code lies in another state',
};
