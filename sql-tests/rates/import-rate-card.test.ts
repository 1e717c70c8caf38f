import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asDba, asMember } from '../support/acting.ts';
import type { MemberRole } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { codeOf, tryOut } from '../support/outcome.ts';
import { inParallel } from '../support/parallel.ts';
import { count, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { rateCard } from './cards.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
});
afterAll(() => database.drop());

const importCard = (db: Db, card: object, key: string | null = null) =>
  value<string>(db, 'select (app_public.import_rate_card($1, $2)).id as value', [card, key]);

test('a card is imported whole and replaces the one of the same day', () =>
  database.withRollback(async (db) => {
    await asMember(db, mine, 'manager');
    const first = await importCard(db, rateCard(mine.carrierAccount));
    const later = rateCard(mine.carrierAccount, { valid_from: '2026-12-01' });
    await importCard(db, later);
    const again = await importCard(db, rateCard(mine.carrierAccount, { name: 'Corrected' }));
    expect(again).not.toBe(first);
    expect(await count(db, 'app_public.rate_cards')).toBe(2);
    expect(await count(db, 'app_public.rate_lanes where rate_card_id = $1', [again])).toBe(7);
    expect(await count(db, 'app_public.rate_slabs where rate_card_id = $1', [first])).toBe(0);
    const by = await value(
      db,
      'select imported_by as value from app_public.rate_cards where id = $1',
      [again],
    );
    expect(by).toBe(String(mine.manager));
  }));

test.each<[MemberRole, string]>([
  ['owner', 'ok'],
  ['manager', 'ok'],
  ['staff', 'WB003'],
])('prices are for owners and managers to say: %s %s', (role, code) =>
  database.withRollback(async (db) => {
    await asMember(db, mine, role);
    expect(await codeOf(importCard(db, rateCard(mine.carrierAccount)))).toBe(code);
  }),
);

test('an account of another merchant is not there: WB007', () =>
  database.withRollback(async (db) => {
    expect(
      await count(db, 'app_public.carrier_accounts where id = $1', [other.carrierAccount]),
    ).toBe(1);
    await asMember(db, mine, 'owner');
    const { code, facts } = await tryOut(db, () => importCard(db, rateCard(other.carrierAccount)));
    expect({ code, facts }).toEqual({ code: 'WB007', facts: { field: 'carrier_account_id' } });
    await asDba(db);
    expect(await count(db, 'app_public.rate_cards')).toBe(0);
  }));

const oneZone = [{ zone: 'all', days: 2 }];
const oneSlab = [{ zone: 'all', from_grams: 0, step_grams: 500, price_minor: 4000 }];

test.each<[string, object, string, number | null]>([
  ['no name', { name: ' ' }, 'name', null],
  ['no first day', { valid_from: null }, 'valid_from', null],
  ['an end before its beginning', { valid_until: '2026-03-31' }, 'valid_until', null],
  ['a divisor of cubic metres', { volumetric_divisor: 5 }, 'volumetric_divisor', null],
  ['a negative surcharge', { fuel_percent: -1 }, 'fuel_percent', null],
  ['half a paisa', { cod_fee_minor: 0.5 }, 'cod_fee_minor', null],
  ['a limit of nothing', { max_weight_grams: 0 }, 'max_weight_grams', null],
  [
    'a zone twice',
    { zones: [...oneZone, ...oneZone], slabs: oneSlab, lanes: [] },
    'zones[1].zone',
    2,
  ],
  [
    'a year on the way',
    { zones: [{ zone: 'all', days: 365 }], slabs: oneSlab, lanes: [] },
    'zones[0].days',
    1,
  ],
  ['a zone without a price', { zones: oneZone, slabs: [], lanes: [] }, 'zones[0].zone', 1],
  [
    'a slab of no zone',
    { zones: oneZone, slabs: [...oneSlab, { ...oneSlab[0], zone: 'north' }], lanes: [] },
    'slabs[1].zone',
    2,
  ],
  [
    'a slab twice',
    { zones: oneZone, slabs: [...oneSlab, ...oneSlab], lanes: [] },
    'slabs[1].from_grams',
    2,
  ],
  [
    'a step of nothing',
    { zones: oneZone, slabs: [{ ...oneSlab[0], step_grams: 0 }], lanes: [] },
    'slabs[0].step_grams',
    1,
  ],
  [
    'a negative price',
    { zones: oneZone, slabs: [{ ...oneSlab[0], price_minor: -1 }], lanes: [] },
    'slabs[0].price_minor',
    1,
  ],
  [
    'a lane to no zone',
    { zones: oneZone, slabs: oneSlab, lanes: [{ zone: 'north', to_prefixes: ['1'] }] },
    'lanes[0].zone',
    1,
  ],
  [
    'a PIN code with a letter',
    { zones: oneZone, slabs: oneSlab, lanes: [{ zone: 'all', to_prefixes: ['11', '11A'] }] },
    'lanes[0].to_prefixes',
    1,
  ],
  [
    'a lane to nowhere',
    { zones: oneZone, slabs: oneSlab, lanes: [{ zone: 'all', to_prefixes: [] }] },
    'lanes[0].to_prefixes',
    1,
  ],
  [
    'a lane twice',
    {
      zones: oneZone,
      slabs: oneSlab,
      lanes: [
        { zone: 'all', to_prefixes: ['11'] },
        { zone: 'all', to_prefixes: ['11'] },
      ],
    },
    'lanes[0].to_prefixes',
    1,
  ],
  [
    'an origin that is none',
    {
      zones: oneZone,
      slabs: oneSlab,
      lanes: [{ zone: 'all', from_prefix: '0', to_prefixes: ['11'] }],
    },
    'lanes[0].from_prefix',
    1,
  ],
])('%s is refused with its field and line: WB004', (_, changes, field, line) =>
  database.withRollback(async (db) => {
    await asMember(db, mine, 'owner');
    const card = rateCard(mine.carrierAccount, { ...changes });
    const { code, facts } = await tryOut(db, () => importCard(db, card));
    const expected = line === null ? { field } : { field, line };
    expect({ code, facts }).toEqual({ code: 'WB004', facts: expected });
    expect(await count(db, 'app_public.rate_cards')).toBe(0);
  }),
);

test('a repeat under the same key imports nothing again; another card under it is WB005', async () => {
  const card = rateCard(mine.carrierAccount);
  const codes = await inParallel(database, 4, 8, async (db) => {
    await asMember(db, mine, 'owner');
    await importCard(db, card, 'april');
  });
  expect(codes).toEqual(Array(8).fill('ok'));
  expect(await count(database.pool, 'app_public.rate_cards')).toBe(1);
  await database.withRollback(async (db) => {
    await asMember(db, mine, 'owner');
    const another = rateCard(mine.carrierAccount, { name: 'Another' });
    expect((await tryOut(db, () => importCard(db, another, 'april'))).code).toBe('WB005');
  });
  await database.pool.query('delete from app_public.rate_cards');
});
