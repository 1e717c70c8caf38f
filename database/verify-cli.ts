import { join } from 'node:path';

import { projectMigrations } from './migration-files.ts';
import { withTestServer } from './throwaway-server.ts';
import { verifySchema } from './verify-schema.ts';

/** `npm run db:verify [-- --write]`: proves that the fixtures are the schema. */
const faults = await withTestServer((adminUrl) =>
  verifySchema({
    adminUrl,
    folder: projectMigrations,
    dumpFile: join('generated', 'schema.dump.txt'),
    write: process.argv.includes('--write'),
    log: (line) => console.log(line),
  }),
);
for (const fault of faults) console.error(`\n${fault}`);
if (faults.length > 0) process.exitCode = 1;
