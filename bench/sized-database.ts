/** Databases with a year of history, by their number of orders; kept in a folder if one is given. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { databaseUrl, withClient } from '../database/connection.ts';
import { startEmbedded } from '../database/embedded.ts';
import { migrate } from '../database/migrate.ts';
import { createDatabase, dropDatabase } from '../database/scratch.ts';
import { seedDemo } from '../demo/seed.ts';
import { writeHistory } from './history.ts';

export const benchSecret = 'a secret for benches only, of no value elsewhere';

export interface SizedDatabases {
  /** The administrator's URL of a database with so many orders; made on first use. */
  open(orders: number): Promise<string>;
}

type Say = (line: string) => void;

/** One embedded server, with fsync on: what is measured is durable. */
export async function withSizedDatabases<T>(
  { dataDir, say }: { dataDir?: string | undefined; say: Say },
  use: (databases: SizedDatabases) => Promise<T>,
): Promise<T> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'waybill-bench-')));
  // The account that the server runs as must get in.
  if (dataDir === undefined) await chmod(folder, 0o755);
  const server = await startEmbedded({ dataDir: join(folder, 'postgres'), log: () => undefined });
  try {
    return await use({ open: (orders) => openDatabase(server.url, orders, say) });
  } finally {
    await server.stop();
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
  }
}

const finished = 'history is complete';

async function openDatabase(adminUrl: string, orders: number, say: Say): Promise<string> {
  const name = `bench_${orders}`;
  const url = databaseUrl(adminUrl, name);
  if (await isFinished(adminUrl, name)) return url;
  await dropDatabase(adminUrl, name);
  await createDatabase(adminUrl, name);
  await migrate({ adminUrl: url, secret: benchSecret, log: () => undefined });
  await seedDemo(url, { secret: benchSecret });
  say(`writing a history of ${orders} orders`);
  await writeHistory({ adminUrl: url, secret: benchSecret, orders, mainMerchantId: 1, say });
  await withClient(adminUrl, (db) =>
    db.query(`comment on database ${pg.escapeIdentifier(name)} is '${finished}'`),
  );
  return url;
}

async function isFinished(adminUrl: string, name: string): Promise<boolean> {
  return withClient(adminUrl, async (db) => {
    const { rowCount } = await db.query(
      `select from pg_database where datname = $1 and shobj_description(oid, 'pg_database') = $2`,
      [name, finished],
    );
    return rowCount === 1;
  });
}
