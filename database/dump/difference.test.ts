import { expect, test } from '@jest/globals';

import { describeDifference, lineDifference } from './difference.ts';

const table = { kind: 'table', name: 'a.t', text: 'create table a.t (\n  x int,\n  y int\n);' };

test('equal dumps differ in nothing', () => {
  expect(describeDifference(['left', [table]], ['right', [{ ...table }]])).toBe('');
});

test('an object that one of them lacks is shown whole', () => {
  const onlyLeft = describeDifference(['left', [table]], ['right', []]);
  expect(onlyLeft).toMatch(/^Only in left: table a\.t\n- create/);
  const onlyRight = describeDifference(['left', []], ['right', [table]]);
  expect(onlyRight).toMatch(/^Only in right: table a\.t\n\+ create/);
});

test('an object that differs is shown by its changed lines and their neighbours', () => {
  const difference = lineDifference('a\nb\nc\nd\ne\nf', 'a\nb\nc\nX\ne\nf');
  expect(difference).toBe('  b\n  c\n- d\n+ X\n  e\n  f');
});

test('of two objects of one name both are compared', () => {
  const second = { ...table, text: 'other' };
  expect(describeDifference(['left', [table, second]], ['right', [table]])).toContain('- other');
});
