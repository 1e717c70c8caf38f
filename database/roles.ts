import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

import { rolePassword } from './connection.ts';
import { describeSqlError } from './sql-error.ts';

/** The role that owns every object; nobody logs in as it. */
export const ownerRole = 'waybill_owner';

/** The roles that log in with a password which follows from the secret (see loginUrl). */
const loginRoles = ['waybill_server', 'waybill_worker', 'waybill_readonly'];

/**
 * Roles belong to the whole server, so they stand outside the migrations: setup/roles.sql makes
 * them and may run any number of times. Here they get their passwords; without a secret those
 * stay as they are, for other databases of the server use them.
 */
export async function setUpRoles(
  client: pg.Client,
  migrationsFolder: string,
  secret: string | undefined,
): Promise<void> {
  const sql = await readFile(join(migrationsFolder, 'setup', 'roles.sql'), 'utf8');
  await retryConcurrent(async () => {
    await client.query(sql).catch((error: unknown) => {
      if (isConcurrent(error)) throw error;
      throw describeSqlError(error, sql, 'setup/roles.sql');
    });
    if (secret === undefined) return;
    for (const role of loginRoles) await setPassword(client, role, rolePassword(role, secret));
  });
}

async function setPassword(client: pg.Client, role: string, password: string): Promise<void> {
  // ALTER ROLE takes no parameters, so the server quotes the statement.
  const { rows } = await client.query<{ statement: string }>(
    `select format('alter role %I login password %L', $1::text, $2::text) as statement`,
    [role, password],
  );
  await client.query(rows[0]?.statement ?? '');
}

/** Databases of one server share the roles: two of them may be set up at the same moment. */
async function retryConcurrent(work: () => Promise<void>): Promise<void> {
  for (let attempt = 1; ; attempt += 1) {
    try {
      return await work();
    } catch (error) {
      if (attempt === 10 || !isConcurrent(error)) throw error;
      await sleep(50 * attempt);
    }
  }
}

/** "tuple concurrently updated", or the other one created the role first. */
function isConcurrent(error: unknown): boolean {
  if (!(error instanceof pg.DatabaseError)) return false;
  if (error.code === 'XX000') return error.message.includes('concurrently');
  return error.code === '42710' || error.code === '23505';
}
