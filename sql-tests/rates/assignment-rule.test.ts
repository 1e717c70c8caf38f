import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asMember } from '../support/acting.ts';
import type { MemberRole } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { tryOut } from '../support/outcome.ts';
import { value } from '../support/query.ts';

let database: TestDatabase;
let merchant: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
});
afterAll(() => database.drop());

test.each<[MemberRole, string]>([
  ['owner', 'ok'],
  ['manager', 'ok'],
  ['staff', 'WB003'],
])('the rule is for owners and managers to say: %s %s', (role, expected) =>
  database.withRollback(async (db) => {
    await asMember(db, merchant, role);
    for (const call of [
      `set_assignment_rule('fastest')`,
      `set_store_assignment_rule(${merchant.automated}, 'fastest')`,
    ]) {
      const { code } = await tryOut(db, () => db.query(`select app_public.${call}`));
      expect({ call, code }).toEqual({ call, code: expected });
    }
  }),
);

test('a merchant has a rule, a store may have none; nobody has one that is not known: WB004', () =>
  database.withRollback(async (db) => {
    await asMember(db, merchant, 'owner');
    const store = (rule: string | null) =>
      value<string | null>(
        db,
        'select (app_public.set_store_assignment_rule($1, $2)).assignment_rule as value',
        [merchant.automated, rule],
      );
    expect(await store('priority')).toBe('priority');
    expect(await store(null)).toBeNull();
    for (const call of [
      `set_assignment_rule('dearest')`,
      'set_assignment_rule(null)',
      `set_store_assignment_rule(${merchant.automated}, 'dearest')`,
    ]) {
      const { code, facts } = await tryOut(db, () => db.query(`select app_public.${call}`));
      expect({ call, code, facts }).toEqual({ call, code: 'WB004', facts: { field: 'rule' } });
    }
  }));
