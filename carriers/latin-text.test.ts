import { expect, test } from '@jest/globals';
import { latinText } from './latin-text.ts';

test.each([
  ['തിരുവനന്തപുരം', 'Thiruvananthapuram'],
  ['തൃശ്ശൂർ', 'Thrisshur'],
  ['കേരളം', 'Keralam'],
  ['റോഡ്', 'Rod'],
  ['कमल नगर', 'Kamal Nagar'],
  ['कृष्ण मार्ग', 'Krishna Marga'],
  ['हिंदी, मुंबई', 'Hindi, Mumbai'],
  ['সোনারপুর', 'Sonarapur'],
  ['ਲੁਧਿਆਣਾ', 'Ludhiana'],
  ['અમદાવાદ', 'Amadavad'],
  ['சென்னை', 'Chennai'],
  ['హైదరాబాద్', 'Haidarabad'],
  ['ಬೆಂಗಳೂರು', 'Bengaluru'],
  ['६८२००१ / ൬൮൨', '682001 / 682'],
])('%s is written %s', (given, text) => {
  expect(latinText(given)).toEqual({ text, lost: [] });
});

test.each([
  ['José’s café — “2nd” floor…', 'Jose\'s cafe - "2nd" floor...'],
  ['Flat ４, №7\u00a0Ｂ', 'Flat 4, No 7 B'],
  ['Home 🏠 sweet\t\n home 👩‍👩‍👧', 'Home sweet home'],
  ['\ufeffRahul\u200d \u202eRoy', 'Rahul Roy'],
  ['₹100 × 2', 'Rs 100 x 2'],
  ['٣ / ۴', '3 / 4'],
  ['\ud800x', 'x'],
])('%s becomes %s and loses nothing that matters', (given, text) => {
  expect(latinText(given)).toEqual({ text, lost: [] });
});

test('letters that we cannot write are named', () => {
  expect(latinText('محمد A 北京')).toEqual({ text: 'A', lost: ['م', 'ح', 'م', 'د', '北', '京'] });
});

test('composed and decomposed letters are one', () => {
  const composed = 'കൊച്ചി';
  expect(latinText(composed.normalize('NFD'))).toEqual(latinText(composed));
  expect(latinText('é')).toEqual(latinText('é'));
});
