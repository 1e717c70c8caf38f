import { expect, test } from '@jest/globals';
import { GraphQLError } from 'postgraphile/graphql';

import { readLanes, readPrices } from './rate-sheets.ts';

const prices = [
  'zone,days,from_grams,step_grams,price',
  'local,2,0,500,24.00',
  'local,,500,500,16',
  'rest of India,5,,1000,48.5',
].join('\n');

const told = {
  zones: [
    { zone: 'local', days: 2 },
    { zone: 'rest of India', days: 5 },
  ],
  slabs: [
    { zone: 'local', from_grams: 0, step_grams: 500, price_minor: 2400 },
    { zone: 'local', from_grams: 500, step_grams: 500, price_minor: 1600 },
    { zone: 'rest of India', from_grams: 0, step_grams: 1000, price_minor: 4850 },
  ],
};

test('prices are read to the paisa, and each row knows its line', () => {
  expect(readPrices(prices)).toEqual({
    ...told,
    zoneSource: { field: 'pricesCsv', lines: [2, 4] },
    slabSource: { field: 'pricesCsv', lines: [2, 3, 4] },
  });
  const { slabs } = readPrices('zone,step_grams,price\na,500,0.29\nb,500,4.10');
  expect(slabs.map(({ price_minor }) => price_minor)).toEqual([29, 410]);
});

test.each<[string, string]>([
  ['tabs, as a spreadsheet copies', prices.replaceAll(',', '\t')],
  ['semicolons, as some countries save', prices.replaceAll(',', ';')],
  [
    'a byte order mark and the ends of lines of Windows',
    `\uFEFF${prices.replaceAll('\n', '\r\n')}`,
  ],
  ['the ends of lines of old', prices.replaceAll('\n', '\r')],
  ['quotes and spaces', prices.replace('local,2', ' "local" ,2').replace('500,16', '"500",16 ')],
  ['names as people write them', prices.replace('from_grams,step_grams', 'From grams,Step-Grams')],
  ['an end of line at the end', `${prices}\r\n\r\n`],
])('%s make no difference', (_name, text) => {
  const { zones, slabs } = readPrices(text);
  expect({ zones, slabs }).toEqual(told);
});

test('a cell in quotes may hold every mark, and lines are still counted as an editor does', () => {
  const { zones, zoneSource } = readPrices(
    'zone,step_grams,price\n\n"the ""far""\nnorth, east",500,1\nlast,500,2',
  );
  expect(zones.map(({ zone }) => zone)).toEqual(['the "far"\nnorth, east', 'last']);
  expect(zoneSource.lines).toEqual([3, 5]);
});

test('PIN codes of a zone stand in one line or in several', () => {
  expect(readLanes('zone,to,from\nlocal,682 683,682\nsouth,5 | 6,\nrest,,\n')).toEqual({
    lanes: [
      { zone: 'local', from_prefix: '682', to_prefixes: ['682', '683'] },
      { zone: 'south', from_prefix: '', to_prefixes: ['5', '6'] },
      { zone: 'rest', from_prefix: '', to_prefixes: [''] },
    ],
    laneSource: { field: 'lanesCsv', lines: [2, 3, 4] },
  });
});

const head = 'zone,days,from_grams,step_grams,price\n';

test.each<[string, string, number, string | null]>([
  ['nothing', '', 1, null],
  ['blank lines', '\n \n', 1, null],
  ['a missing column', 'zone,price\na,1', 1, 'step_grams'],
  ['a column of its own', 'zone,step_grams,price,colour\na,1,1,red', 1, 'colour'],
  ['a column twice', 'zone,price,step_grams,price\na,1,1,2', 1, 'price'],
  ['a rupee sign', `${head}a,2,0,500,₹40`, 2, 'price'],
  ['a third of a paisa', `${head}a,2,0,500,40.123`, 2, 'price'],
  ['a comma in a number', `${head}a,2,0,500,"1,200"`, 2, 'price'],
  ['a negative price', `${head}a,2,0,500,-1`, 2, 'price'],
  ['no price', `${head}a,2,0,500,1\nb,2,0,500,`, 3, 'price'],
  ['half a gram', `${head}a,2,0,0.5,40`, 2, 'step_grams'],
  ['a range of days', `${head}a,2-3,0,500,40`, 2, 'days'],
  ['two promises for a zone', `${head}a,2,0,500,40\na,3,500,500,30`, 3, 'days'],
  ['more cells than columns', `${head}a,2,0,500,40,50`, 2, null],
  ['an open quotation mark', `${head}a,2,0,500,40\n"b,2,0,500,40\n`, 3, null],
  ['a mark within a cell', `${head}a"b,2,0,500,40`, 2, null],
  ['something after a closed one', `${head}"a"b,2,0,500,40`, 2, null],
])('%s is refused with line and column', (_name, text, line, column) => {
  let fault: unknown;
  try {
    readPrices(text);
  } catch (error) {
    fault = error;
  }
  expect(fault).toBeInstanceOf(GraphQLError);
  expect((fault as GraphQLError).extensions).toEqual({
    code: 'INVALID_INPUT',
    field: 'pricesCsv',
    line,
    ...(column !== null && { column }),
  });
});

test('a long line of quotation marks takes no time', () => {
  const began = performance.now();
  expect(() => readPrices(`${head}${'"'.repeat(32_001)}`)).toThrow(GraphQLError);
  expect(() => readPrices(`${head}${' '.repeat(32_000)}x`)).toThrow(GraphQLError);
  expect(performance.now() - began).toBeLessThan(500);
});
