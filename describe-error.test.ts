import { expect, test } from '@jest/globals';
import pg from 'pg';

import { describeError, withoutValues } from './describe-error.ts';

function databaseError(message: string, fields: object): pg.DatabaseError {
  return Object.assign(new pg.DatabaseError(message, message.length, 'error'), fields);
}

const secret = 'Zubeida Quttainah';

test.each([
  [
    'a violated constraint',
    databaseError('new row for relation "order_contacts" violates check constraint "phone"', {
      code: '23514',
      constraint: 'phone',
      detail: `Failing row contains (1, ${secret}).`,
    }),
  ],
  [
    'a value of the wrong type',
    databaseError(`invalid input syntax for type uuid: "${secret}"`, { code: '22P02' }),
  ],
  [
    'a broken JSON',
    databaseError('invalid input syntax for type json', {
      code: '22P02',
      detail: `Token "${secret}" is invalid.`,
      where: `JSON data, line 1: {"name": "${secret}\nunnamed portal parameter $1 = '...${secret}'`,
    }),
  ],
  ['a JSON that JavaScript cannot read', syntaxErrorOf(`"${secret}" {`)],
  [
    'a variable of GraphQL',
    new Error(`Variable "$phone" got invalid value "${secret}"; no string`),
  ],
  ['a cause', new Error('it failed', { cause: syntaxErrorOf(`{"name": ${secret}}`) })],
  ['no error at all', { name: secret }],
])('%s is described without its values', (_what, error) => {
  expect(JSON.stringify(describeError(error))).not.toContain('Zubeida');
  expect(JSON.stringify(describeError(error))).not.toContain('Quttainah');
  const thrown = withoutValues(error);
  expect(`${thrown.message} ${thrown.stack}`).not.toContain('Zubeida');
});

test('what helps to find the fault stays: code, constraint, functions and places', () => {
  const described = describeError(
    databaseError('duplicate key value violates unique constraint "order_keys_number_once"', {
      code: '23505',
      constraint: 'order_keys_number_once',
      where:
        'PL/pgSQL function app_hidden.project_event() line 9 at PERFORM\nSQL statement "select"',
    }),
  );
  expect(described).toMatchObject({
    sqlState: '23505',
    constraint: 'order_keys_number_once',
    message: 'duplicate key value violates unique constraint "order_keys_number_once"',
    where: 'PL/pgSQL function app_hidden.project_event() line 9 at PERFORM',
  });
  expect(described.stack).toContain('describe-error.test.ts');
});

function syntaxErrorOf(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch (error) {
    return error;
  }
}
