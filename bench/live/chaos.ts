/**
 * `npm run chaos:live [-- --clients 200 --per-second 50 --seconds 60 --servers 3]`: see chaos-run.ts. Ends
 * with 1 when anything was missed, doubled, invented or out of order.
 */
import { parseArgs } from 'node:util';

import { runChaos } from './chaos-run.ts';

const { values } = parseArgs({
  options: {
    clients: { type: 'string', default: '200' },
    'per-second': { type: 'string', default: '50' },
    seconds: { type: 'string', default: '60' },
    servers: { type: 'string', default: '3' },
  },
});
const result = await runChaos({
  clients: Number(values.clients),
  perSecond: Number(values['per-second']),
  seconds: Number(values.seconds),
  servers: Number(values.servers),
  say: (line) => process.stderr.write(`${line}\n`),
});
console.table([result]);
const wrong = result.missed + result.doubled + result.invented + result.disordered;
process.exitCode = wrong === 0 ? 0 : 1;
