/** The fields that the API asks for are those that the connectors read. */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import { carriers } from '../../carriers/registry.ts';
import type { CarrierCode } from '../../carriers/registry.ts';
import { memoryTokenStore } from '../../carriers/session.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { rows } from '../support/query.ts';

let database: TestDatabase;
beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

interface Field {
  field: string;
  kind: 'setting' | 'credential';
  is_required: boolean;
  is_list: boolean;
  pattern: string;
}

const fieldsOf = (carrier: string) =>
  rows<Field>(
    database.pool,
    'select * from app_public.carrier_account_fields where carrier = $1 order by position',
    [carrier],
  );

/** Something that matches each pattern there is. */
const words = ['api@sandbox.example', 'A', 'lower', '1.3', 'COK12345'];
function wordFor({ pattern, is_list }: Field): unknown {
  const word = words.find((candidate) => new RegExp(pattern).test(candidate));
  if (word === undefined) throw new Error(`nothing matches ${pattern}`);
  return is_list ? [word] : word;
}

function connects(carrier: CarrierCode, fields: readonly Field[]): boolean {
  const filled = (kind: Field['kind']) =>
    Object.fromEntries(
      fields.filter((field) => field.kind === kind).map((field) => [field.field, wordFor(field)]),
    );
  const account = {
    baseUrl: 'https://carrier.example',
    credentials: filled('credential'),
    settings: filled('setting'),
  };
  const call = () => Promise.reject(new Error('nothing is called'));
  try {
    carriers[carrier].connect(account, { call, tokens: memoryTokenStore(), now: () => new Date() });
    return true;
  } catch {
    return false;
  }
}

describe.each(Object.keys(carriers) as CarrierCode[])('%s', (carrier) => {
  test('connects with all of them, and with the required ones alone', async () => {
    const fields = await fieldsOf(carrier);
    expect(connects(carrier, fields)).toBe(true);
    expect(
      connects(
        carrier,
        fields.filter(({ is_required }) => is_required),
      ),
    ).toBe(true);
  });

  test('does not without one that is required', async () => {
    const fields = await fieldsOf(carrier);
    for (const left of fields.filter(({ is_required }) => is_required)) {
      const others = fields.filter(({ field }) => field !== left.field);
      expect([left.field, connects(carrier, others)]).toEqual([left.field, false]);
    }
  });
});
