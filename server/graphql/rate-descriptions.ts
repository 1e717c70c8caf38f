/** Of rate cards and quotes; see descriptions.ts. */
export const rateDescriptions: Readonly<Record<string, string>> = {
  'RateCard.carrierAccount': 'Whose prices they are.',
  'RateCard.codFee': 'The least that collecting cash costs.',
  'RateCard.importedAt': 'When it was imported.',
  'RateCard.lanes': 'Which PIN codes are in which zone.',
  'RateCard.maxCod': 'No box for which more is collected goes with it; null: no limit.',
  'RateCard.maxDeclared': 'No box of a higher value goes with it; null: no limit.',
  'RateCard.slabs': 'What weight costs in each zone.',
  'RateCard.zones': 'Its zones, and how long a box takes there.',
  'RateSlab.price': 'What a step costs.',
  'RateQuote.carrier': 'The carrier.',
  'RateQuote.carrierAccount': 'Under which contract.',
  'RateQuote.price': 'All that is paid for the way out; null when nobody says.',
  'RateQuote.quotedAt': 'When it was offered.',
  'RateQuote.rtoPrice': 'What it would cost if it comes back; null when nobody says.',
};
