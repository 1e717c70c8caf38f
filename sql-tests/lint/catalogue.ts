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
