import { commitSchema } from './commit.ts';
import { projectMigrations } from './migration-files.ts';
import { withTestServer } from './throwaway-server.ts';

/** `npm run db:commit`: makes the one committed migration anew from the fixtures. */
const file = await withTestServer((adminUrl) => commitSchema(projectMigrations, adminUrl));
console.log(`Wrote ${file}`);
