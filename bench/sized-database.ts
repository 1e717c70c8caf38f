/** Databases with a year of history, by their number of orders; kept in a folder if one is given. */
import pg from 'pg';
import { databaseUrl, withClient } from '../database/connection.ts';
import { migrate } from '../database/migrate.ts';
import { createDatabase, dropDatabase } from '../database/scratch.ts';
import { seedDemo } from '../demo/seed.ts';
import { benchSecret, withBenchServer } from './bench-server.ts';
import { writeHistory } from './history.ts';

export interface SizedDatabases {
  /** The administrator's URL of a database with so many orders; made on first use. */
  open(orders: number): Promise<string>;
}

type Say = (line: string) => void;

/** On one server. */
export function withSizedDatabases<T>(
  { dataDir, say }: { dataDir?: string | undefined; say: Say },
  use: (databases: SizedDatabases) => Promise<T>,
): Promise<T> {
  return withBenchServer({ dataDir }, (adminUrl) =>
    use({ open: (orders) => openDatabase(adminUrl, orders, say) }),
  );
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
