import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase, type TestDatabase } from '../../sql-tests/support/database.ts';
import { rows } from '../../sql-tests/support/query.ts';
import { wordLists } from './enums.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

/** The words that a check of the column, or of its domain, names. */
async function checkedWords(column: string): Promise<string[]> {
  const [table, name] = column.split('.');
  const found = await rows<{ word: string }>(
    database.pool,
    `select distinct m[1] as word
     from pg_attribute a
     join pg_type t on t.oid = a.atttypid
     join pg_constraint c on c.contype = 'c'
       and (c.contypid = t.oid or c.conrelid = a.attrelid and a.attnum = any (c.conkey)
         and cardinality(c.conkey) = 1),
     regexp_matches(pg_get_constraintdef(c.oid), '''([a-z_]+)''::text', 'g') m
     where a.attrelid = ('app_public.' || $1)::regclass and a.attname = $2
     order by 1`,
    [table, name],
  );
  return found.map(({ word }) => word);
}

const words = (name: string) => Object.keys(wordLists[name]?.words ?? {}).toSorted();

test.each([
  ['PaymentMode', 'orders_current.payment_mode'],
  ['Channel', 'stores.channel'],
  ['NdrCaseStatus', 'ndr_cases.status'],
  ['NdrAction', 'ndr_cases.action'],
  ['NdrOutcome', 'ndr_cases.outcome'],
  ['EffectStatus', 'effects.status'],
  ['MessageStatus', 'messages.status'],
  ['InboundMessageStatus', 'inbound_messages.status'],
  ['CircuitState', 'carrier_circuits.state'],
  ['CallOutcome', 'carrier_calls.outcome'],
  ['InvitationPurpose', 'invitations.purpose'],
  ['RequiredInput', 'workflow_transitions.required_inputs'],
  ['ShippingStatus', 'workflow_statuses.shipping_status'],
])('%s has the words of the check on %s', async (name, column) => {
  expect(words(name)).toEqual(await checkedWords(column));
});

test.each([
  ['Workflow', `select workflow as word from app_public.workflows where subject = 'order'`],
  [
    'FulfilmentType',
    "select distinct fulfilment_type as word from app_public.workflows where subject = 'order'",
  ],
  ['MessageKind', `select kind as word from app_public.effect_kinds where task = 'send_message'`],
  [
    'ActorRole',
    `select distinct unnest(roles) as word from app_public.workflow_transitions union select 'dba'`,
  ],
])('%s has the words of the rows', async (name, sql) => {
  const found = await rows<{ word: string }>(database.pool, `${sql} order by word`);
  expect(words(name)).toEqual(found.map(({ word }) => word).toSorted());
});
