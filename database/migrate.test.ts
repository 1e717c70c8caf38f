import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { cp, mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { findTestServer, testSecret } from '../sql-tests/support/test-server.ts';
import { commitSchema } from './commit.ts';
import { loginUrl, withClient } from './connection.ts';
import { dumpSchema } from './dump.ts';
import { migrate } from './migrate.ts';
import { projectMigrations } from './migration-files.ts';
import { createDatabase, dropDatabase, scratchName } from './scratch.ts';
import { verifySchema } from './verify-schema.ts';

const { adminUrl } = findTestServer();
const quiet = { secret: testSecret, log: () => undefined };
let folder = '';
let name = '';
let url = '';

/** A schema of one table, one row and one function, with the project's own roles. */
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-migrations-'));
  await cp(join(projectMigrations, 'setup'), join(folder, 'setup'), { recursive: true });
  await mkdir(join(folder, 'fixtures', 'shop', 'tables'), { recursive: true });
  await fixture('schema.sql', '--!include shop/shop.sql\n');
  await fixture('shop/shop.sql', '--!include shop/tables/t.sql\n--!include shop/f.sql\n');
  await fixture(
    'shop/tables/t.sql',
    `create schema app_public; create table app_public.t (id int primary key);
     comment on table app_public.t is '@lookup';\n`,
  );
  await fixture('shop/f.sql', body(1));
  name = scratchName('migrate');
  url = await createDatabase(adminUrl, name);
});
beforeEach(async () => {
  await fixture('shop/f.sql', body(1));
  await current('');
  await rm(join(folder, 'committed'), { recursive: true, force: true });
  await commitSchema(folder, adminUrl);
});
afterAll(async () => {
  await dropDatabase(adminUrl, name);
  await rm(folder, { recursive: true, force: true });
});

async function fixture(path: string, sql: string): Promise<void> {
  await writeFile(join(folder, 'fixtures', path), sql);
}

async function current(sql: string): Promise<void> {
  await writeFile(join(folder, 'current.sql'), sql);
}

function body(answer: number): string {
  return `create or replace function app_public.f() returns int language sql
      as 'select ${answer}';
    insert into app_public.t values (1) on conflict do nothing;\n`;
}

async function verify(): Promise<string> {
  const dumpFile = join(folder, 'dump.txt');
  const options = { adminUrl, folder, dumpFile, write: true, log: quiet.log };
  return (await verifySchema(options)).join('\n');
}

test('migrators that start together wait for one another, and one does the work', async () => {
  const ran = await Promise.all([1, 2, 3].map(() => migrate({ ...quiet, adminUrl: url, folder })));
  expect(ran.flat().filter((what) => what === 'committed/000001.sql')).toHaveLength(1);
});

test('the login roles get in with the passwords that follow from the secret', async () => {
  for (const role of ['waybill_server', 'waybill_worker', 'waybill_readonly']) {
    await withClient(loginUrl(url, role, testSecret), async (client) => {
      const { rows } = await client.query('select current_user as role');
      expect(rows).toEqual([{ role }]);
    });
  }
});

test('everything belongs to waybill_owner', async () => {
  await withClient(url, async (client) => {
    const { rows } = await client.query(
      `select distinct nspowner::regrole::text as owner from pg_namespace
       where nspname in ('app_public', 'graphile_worker', 'graphile_migrate')`,
    );
    expect(rows).toEqual([{ owner: 'waybill_owner' }]);
  });
});

test('the rows of lookup tables are part of the dump', async () => {
  const dump = await withClient(url, (client) => dumpSchema(client));
  expect(dump).toContainEqual({ kind: 'rows', name: 'app_public.t', text: '{"id":1}' });
});

test('a database that an older committed migration built is refused', async () => {
  await fixture('shop/f.sql', body(2));
  await commitSchema(folder, adminUrl);
  await expect(migrate({ ...quiet, adminUrl: url, folder })).rejects.toThrow(/db:reset/);
});

test('current.sql runs once for each content', async () => {
  await current('alter table app_public.t add column if not exists x int;\n');
  const options = { ...quiet, adminUrl: url, folder, includeCurrent: true };
  expect(await migrate(options)).toEqual(['current.sql']);
  expect(await migrate(options)).toEqual([]);
});

test('fixtures that no migration includes are found out', async () => {
  expect(await verify()).toBe('');
  await fixture('shop/f.sql', body(2));
  expect(await verify()).toContain(`- AS $function$select 1$function$;`);
  await current('--!include shop/f.sql\n');
  expect(await verify()).toBe('');
});

test('fixtures that schema.sql does not lead to are found out', async () => {
  await fixture('shop/forgotten.sql', 'select 1;\n');
  expect(await verify()).toMatch(/does not lead to these fixture files\.\n\nshop\/forgotten\.sql$/);
  await rm(join(folder, 'fixtures', 'shop', 'forgotten.sql'));
});

test('behaviour files that change something when run again are found out', async () => {
  await fixture('shop/f.sql', 'insert into app_public.t select count(*) from app_public.t;\n');
  await commitSchema(folder, adminUrl);
  expect(await verify()).toContain('a second time changed the database');
});

test('an error names the fixture file and its line', async () => {
  await fixture('shop/f.sql', '\nselect nonsense;\n');
  await expect(commitSchema(folder, adminUrl)).rejects.toThrow(
    /^fixtures\/shop\/f\.sql:2: column "nonsense" does not exist \(42703\)/,
  );
});
