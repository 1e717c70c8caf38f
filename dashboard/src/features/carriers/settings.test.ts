import { expect, test } from '@jest/globals';
import type { Field } from './carriers.graphql.ts';
import { settingText, settingsOf } from './settings.ts';

const field = (name: string, isList = false, kind: Field['kind'] = 'SETTING'): Field => ({
  carrier: 'BLUEDART',
  field: name,
  kind,
  label: name,
  hint: '',
  isRequired: false,
  isList,
});

test('what is typed comes back as it was, lists by line, and what is empty is left out', () => {
  const fields = [field('a'), field('b', true), field('c'), field('d', false, 'CREDENTIAL')];
  const typed: Record<string, string> = { a: ' x ', b: 'one\n\n two\n', c: ' ', d: 'secret' };
  const settings = settingsOf(fields, (name) => typed[name] ?? '');
  expect(settings).toEqual({ a: 'x', b: ['one', 'two'] });
  expect([settings.a, settings.b, settings.c].map(settingText)).toEqual(['x', 'one\ntwo', '']);
});
