/** Every state and union territory with the other spellings and codes that orders really bring. */
export const stateAliases: Readonly<Record<string, readonly string[]>> = {
  'Andaman and Nicobar Islands': ['andaman and nicobar', 'andaman', 'an'],
  'Andhra Pradesh': ['andhra', 'ap', 'ad'],
  'Arunachal Pradesh': ['arunanchal pradesh', 'arunachal', 'ar'],
  Assam: ['as'],
  Bihar: ['br'],
  Chandigarh: ['ch'],
  Chhattisgarh: ['chattisgarh', 'chhatisgarh', 'chatisgarh', 'cg', 'ct'],
  'Dadra and Nagar Haveli and Daman and Diu': [
    'dadra and nagar haveli',
    'daman and diu',
    'daman',
    'diu',
    'dh',
    'dn',
    'dd',
  ],
  Delhi: ['new delhi', 'nct of delhi', 'nct delhi', 'delhi ncr', 'dl'],
  Goa: ['ga'],
  Gujarat: ['gujrat', 'gj'],
  Haryana: ['hr'],
  'Himachal Pradesh': ['himachal', 'hp'],
  'Jammu and Kashmir': ['j and k', 'jk', 'jammu kashmir', 'jammu', 'kashmir'],
  Jharkhand: ['jharkand', 'jh'],
  Karnataka: ['ka', 'കർണാടക', 'ಕರ್ನಾಟಕ'],
  Kerala: ['kl', 'keralam', 'കേരളം', 'केरल'],
  Ladakh: ['la', 'leh ladakh'],
  Lakshadweep: ['ld'],
  'Madhya Pradesh': ['madhyapradesh', 'mp'],
  Maharashtra: ['maharastra', 'mh', 'महाराष्ट्र'],
  Manipur: ['mn'],
  Meghalaya: ['ml'],
  Mizoram: ['mz'],
  Nagaland: ['nl'],
  Odisha: ['orissa', 'or', 'od'],
  Puducherry: ['pondicherry', 'pondy', 'py'],
  Punjab: ['pb'],
  Rajasthan: ['rj'],
  Sikkim: ['sk'],
  'Tamil Nadu': ['tamilnadu', 'tn', 'தமிழ்நாடு'],
  Telangana: ['telengana', 'telangana state', 'ts', 'tg'],
  Tripura: ['tr'],
  'Uttar Pradesh': ['uttarpradesh', 'up'],
  Uttarakhand: ['uttaranchal', 'uttrakhand', 'uttrakand', 'uk', 'ua', 'ut'],
  'West Bengal': ['westbengal', 'wb'],
};

const canonicalByKey = new Map(
  Object.entries(stateAliases).flatMap(([name, aliases]) =>
    [name, ...aliases].map((spelling): [string, string] => [keyOf(spelling), name]),
  ),
);

/** The usual name of a state however it was written; null when nobody writes it so. */
export function canonicalState(text: string): string | null {
  return canonicalByKey.get(keyOf(text)) ?? null;
}

/** «J&K», «Tamil Nadu», «IN-KL» and «tamil-nadu.» compare equal to what the table holds. */
function keyOf(text: string): string {
  return text
    .normalize('NFC')
    .toLowerCase()
    .replace(/^in-(?=[a-z]{2}$)/, '')
    .replace(/&/g, ' and ')
    .replace(/[^\p{L}\p{M}]+/gu, ' ')
    .trim()
    .replace(/ (?:state|ut)$/, '')
    .replaceAll(' ', '');
}
