/**
 * `npm run docs:plans [-- --orders 50000] [--data-dir FOLDER]`: writes docs/plans.md, the plans of the
 * hottest statements, taken as they run: those of the API as the real server sends them, those of the
 * workers inside their functions. Ends with 1, and writes nothing, if a big table is read as a whole.
 *
 * There is no --check: which of two near plans the planner takes depends on the sample that analyze drew.
 * What must never change is asserted by bench/plans.test.ts.
 */
import { writeFile } from 'node:fs/promises';
import { parseArgs } from 'node:util';
import { withClient } from '../database/connection.ts';
import { collectPlans } from './plans/collect.ts';
import { renderPlans } from './plans/render.ts';
import { withSizedDatabases } from './sized-database.ts';

const { values } = parseArgs({
  options: { orders: { type: 'string', default: '50000' }, 'data-dir': { type: 'string' } },
});
const say = (line: string) => process.stderr.write(`${line}\n`);
const orders = Number(values.orders);

await withSizedDatabases({ dataDir: values['data-dir'], say }, async (databases) => {
  const url = await databases.open(orders);
  const plans = await withClient(url, (admin) => collectPlans(url, admin));
  const faults = plans.flatMap(({ name, wholeReads }) =>
    wholeReads.map((table) => `${name} reads all of ${table}`),
  );
  if (faults.length > 0) {
    say(faults.join('\n'));
    process.exitCode = 1;
    return;
  }
  await writeFile(new URL('../docs/plans.md', import.meta.url), renderPlans(plans, orders));
});
