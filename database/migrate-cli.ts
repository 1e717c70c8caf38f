import { withConfiguredServer } from './local-server.ts';
import { migrate } from './migrate.ts';

/** `npm run db:migrate [-- --current]`: brings the configured database up to date. */
const log = (line: string) => console.log(line);
const includeCurrent = process.argv.includes('--current');
const ran = await withConfiguredServer(log, (target) =>
  migrate({ ...target, log, includeCurrent }),
);
if (ran.length === 0) log('The database is up to date');
