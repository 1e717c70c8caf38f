/**
 * `npm run chaos [-- --orders 2000 --seconds 240 --faults 0.2 --kill-every 5 --restart-every 60 --seed S
 * --log FILE --json]`: see run.ts. Ends with 1 when a check fails. Only what it started itself is killed.
 */
import { openSync } from 'node:fs';
import { parseArgs } from 'node:util';

import { report } from './report.ts';
import { runChaos } from './run.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '2000' },
    seconds: { type: 'string', default: '240' },
    rate: { type: 'string' },
    faults: { type: 'string', default: '0.2' },
    'kill-every': { type: 'string', default: '5' },
    'restart-every': { type: 'string', default: '60' },
    'drain-seconds': { type: 'string', default: '1200' },
    machines: { type: 'string', default: '2' },
    workers: { type: 'string', default: '2' },
    'parcel-step-ms': { type: 'string', default: '2000' },
    seed: { type: 'string', default: 'waybill' },
    log: { type: 'string' },
    json: { type: 'boolean', default: false },
  },
});
const seconds =
  values.rate === undefined ? Number(values.seconds) : Number(values.orders) / Number(values.rate);
const drainSeconds = Number(values['drain-seconds']);

// Whatever hangs: nobody waits for longer than this. Children end when we are gone.
const hardLimit = setTimeout(
  () => {
    process.stderr.write('The run did not end by itself\n');
    process.exit(2);
  },
  (seconds + drainSeconds + 600) * 1000,
);
hardLimit.unref();

const result = await runChaos({
  orders: Number(values.orders),
  seconds,
  faults: Number(values.faults),
  killEvery: Number(values['kill-every']),
  restartEvery: Number(values['restart-every']),
  drainSeconds,
  machineCount: Number(values.machines),
  workersEach: Number(values.workers),
  parcelStepMs: Number(values['parcel-step-ms']),
  seed: values.seed,
  carriers: ['delhivery', 'shiprocket', 'bluedart'],
  log: openSync(values.log ?? '/dev/null', 'a'),
  say: (line) => process.stderr.write(`${line}\n`),
});
if (values.json) process.stdout.write(`${JSON.stringify(result)}\n`);
else report(result, (line) => process.stdout.write(`${line}\n`));
process.exitCode = result.checks.every(({ wrong }) => wrong.length === 0) ? 0 : 1;
