/**
 * `npm run verify`: asks the configured database whether every invariant holds, and says what it found.
 * Ends with 1 if there is a fault. As the administrator: nobody else may read all that is compared.
 */
import { parseArgs } from 'node:util';
import { withClient } from '../database/connection.ts';
import { withConfiguredServer } from '../database/local-server.ts';

interface Finding {
  invariant: string;
  faults: string; // a bigint
  sample: unknown[];
  meaning: string;
  mend: string;
}

const { values } = parseArgs({ options: { json: { type: 'boolean', default: false } } });

const findings = await withConfiguredServer(
  () => undefined,
  ({ adminUrl }) =>
    withClient(adminUrl, async (client) => {
      await client.query('set statement_timeout to 0');
      return (await client.query<Finding>('select * from app_private.verify()')).rows;
    }),
);

const broken = findings.filter(({ faults }) => Number(faults) > 0);
const remarks = findings.filter(({ invariant }) => invariant.startsWith('detached'));
if (values.json) console.log(JSON.stringify(findings, undefined, 2));
else for (const finding of [...broken, ...remarks]) console.log(told(finding));
console.error(`${findings.length - remarks.length} invariants checked, ${broken.length} broken`);
if (broken.length > 0) process.exitCode = 1;

function told({ invariant, faults, sample, meaning, mend }: Finding): string {
  const first = sample.map((fault) => `  ${JSON.stringify(fault)}`).join('\n');
  return `${invariant}: ${faults} faults\n  ${meaning}\n  Mend: ${mend}\n${first}\n`;
}
