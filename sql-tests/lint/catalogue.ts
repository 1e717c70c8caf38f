import { expect, test } from '@jest/globals';

import type { TestDatabase } from '../support/database.ts';
import { rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';

/** The schemas that are ours, for `= any (…)` over a namespace. */
export const ourSchemas = `array[
  'app_public'::regnamespace, 'app_hidden'::regnamespace, 'app_private'::regnamespace]::oid[]`;

/** Roles that stand between the outside world and the tables. */
export const appRoles = `array['waybill_server', 'waybill_member', 'waybill_customer', 'waybill_worker',
    'waybill_readonly']`;

/** What a query over the catalogue complains of: its column `problem`, sorted. */
export async function problems(db: Db, sql: string): Promise<string[]> {
  const found = await rows<{ problem: string }>(db, sql);
  return found.map(({ problem }) => problem).sort();
}

/** A query whose every row is a fault. */
export interface Lint {
  name: string;
  sql: string;
  /** Statements of an administrator that commit the fault, to show that the query finds it. */
  offender: string;
}

/** What lints plant in `offender`: a table of a merchant as it should be, but for one thing. */
export function plantedTable(columns = '', rest = ''): string {
  return `
    create table app_public.planted (
      merchant_id integer not null, id uuid not null ${columns}, primary key (merchant_id, id));
    alter table app_public.planted owner to waybill_owner;
    alter table app_public.planted enable row level security;
    alter table app_public.planted force row level security;
    comment on table app_public.planted is 'planted';
    ${rest}`;
}

/** A function as it should be, but for its attributes or its body. */
export function plantedFunction(
  attributes = 'language sql set search_path to pg_catalog, pg_temp',
  body = 'select 1',
): string {
  return `
    create function app_public.planted() returns integer ${attributes} as $planted$${body}$planted$;
    alter function app_public.planted() owner to waybill_owner;
    comment on function app_public.planted() is 'Planted. Errors: none';
    revoke execute on function app_public.planted() from public;`;
}

/** A PL/pgSQL body, which PostgreSQL does not look into when it is created. */
export function plantedBody(statement: string): string {
  return plantedFunction(
    'language plpgsql set search_path to pg_catalog, pg_temp',
    `begin ${statement}; return 1; end`,
  );
}

/** Each finds nothing, and finds what was planted for it. */
export function testLints(database: () => TestDatabase, lints: Lint[]): void {
  test.each(lints)('$name', async ({ sql, offender }) => {
    expect(await problems(database().pool, sql)).toEqual([]);
    await database().withRollback(async (db) => {
      await db.query(offender);
      expect(await problems(db, sql)).not.toEqual([]);
    });
  });
}
