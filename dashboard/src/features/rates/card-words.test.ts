import { expect, test } from '@jest/globals';
import { grams, slabsTold } from './card-words.ts';

const slab = (fromGrams: number, stepGrams: number, rupees: number) => ({
  zone: 'local',
  fromGrams,
  stepGrams,
  price: { amount: rupees * 100, currency: 'INR' },
});

test.each([
  [[slab(0, 500, 40)], '₹40 for each 500 g'],
  [[slab(500, 500, 16), slab(0, 500, 24)], '₹24 for the first 500 g, then ₹16 for each 500 g'],
  [
    [slab(0, 500, 28), slab(500, 500, 20), slab(5000, 1000, 30)],
    '₹28 for the first 500 g, then ₹20 for each 500 g, from 5 kg ₹30 for each 1 kg',
  ],
  [
    [slab(0, 250, 20), slab(250, 250, 25), slab(500, 500, 30)],
    '₹20 for the first 250 g, ₹25 up to 500 g, from 500 g ₹30 for each 500 g',
  ],
  [[], ''],
])('%j is told as people say it', (slabs, told) => {
  expect(slabsTold(slabs)).toBe(told);
});

test.each([
  [250, '250 g'],
  [1500, '1.5 kg'],
  [1050, '1,050 g'],
])('%i grams are %s', (weight, told) => {
  expect(grams(weight)).toBe(told);
});
