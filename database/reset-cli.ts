import { databaseUrl } from './connection.ts';
import { withConfiguredServer } from './local-server.ts';
import { migrate } from './migrate.ts';
import { createDatabase, dropDatabase } from './scratch.ts';

/** `npm run db:reset -- --erase`: drops the configured database and builds it anew. */
if (!process.argv.includes('--erase')) {
  console.error('This deletes the whole database. To do it: npm run db:reset -- --erase');
  process.exit(2);
}
const log = (line: string) => console.log(line);
await withConfiguredServer(log, async (target) => {
  const name = decodeURIComponent(new URL(target.adminUrl).pathname.slice(1));
  const maintenance = databaseUrl(target.adminUrl, 'postgres');
  await dropDatabase(maintenance, name);
  await createDatabase(maintenance, name);
  await migrate({ ...target, log, includeCurrent: true });
});
