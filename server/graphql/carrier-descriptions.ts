/** Of carriers, their accounts and circuit breakers; see descriptions.ts. */
export const carrierDescriptions: Readonly<Record<string, string>> = {
  'CarrierAccount.circuit': 'Its circuit breaker; null while no call under it has ever failed.',
  'CarrierAccount.connectionCheck': 'Its latest check; null when there was none.',
  'CarrierAccount.locations': 'What the carrier calls the merchant’s locations.',
  'CarrierAccountField.carrier': 'The carrier.',
  'CarrierLocation.location': 'The location.',
  'AddCarrierAccountInput.carrier': 'The carrier. It stays.',
  'AddCarrierAccountInput.coverageSeconds':
    'How long its answer about a PIN code is kept, from 60 to 86,400 seconds. 3,600 by default.',
  'ChangeCarrierAccountInput.coverageSeconds': 'From 60 to 86,400; left out: as before.',
  'AddCarrierAccountInput.name': 'What to call it: 1 to 100 characters, once per merchant.',
  'AddCarrierAccountInput.priority':
    'From 1 to 100; among accounts that serve a PIN code, the lowest is chosen. 1 by default.',
  'AddCarrierAccountInput.settings':
    'An object of the fields of kind SETTING that carrierAccountFields has for the carrier.',
  'AddCarrierAccountInput.trackingPollSeconds':
    'How often the carrier is asked about a parcel, from 60 to 86,400 seconds. 900 by default.',
  'ChangeCarrierAccountInput.name': 'What to call it; left out: as before.',
  'ChangeCarrierAccountInput.priority': 'From 1 to 100; left out: as before.',
  'ChangeCarrierAccountInput.settings': 'All of them anew; left out: as before.',
  'ChangeCarrierAccountInput.trackingPollSeconds': 'From 60 to 86,400; left out: as before.',
  'NameCarrierLocationInput.registeredName':
    'As the carrier has it, exact in case and spaces; of Blue Dart the area code. Left out: the ' +
    'location’s own name.',
  Carrier: 'The carriers that Waybill speaks to.',
  'Carrier.DELHIVERY': 'Delhivery.',
  'Carrier.SHIPROCKET': 'Shiprocket, which ships with many carriers.',
  'Carrier.BLUEDART': 'Blue Dart.',
  'CarrierAccount.carrier': 'The carrier.',
  'CarrierAccount.name': 'What the merchant calls it.',
  '!CarrierAccount.baseUrl': 'Where its API is, when that is not the carrier’s own address.',
  '!CarrierAccount.priority':
    'The lowest is chosen where the rule is PRIORITY; it breaks ties of the other rules.',
  'CarrierAccount.rateCards': 'What it charges, from which day on.',
  '!CarrierCircuit': 'The circuit breaker of one outside account.',
  'CarrierCircuit.accountId': 'The id of the account in that service.',
  'CarrierCircuit.changedAt': 'When it last changed.',
  'CarrierCircuit.failures': 'How many calls in a row failed.',
  'CarrierCircuit.openedAt': 'Since when no call goes out.',
  '!CarrierCircuit.probeAt': 'When one call may try again. Null while it is closed.',
  'CarrierCircuit.reason': 'Why it is open.',
  '!CarrierCircuit.service': 'Which service: delhivery, whatsapp, shopify, …',
  'CarrierCircuit.state': 'Whether calls go out.',
};
