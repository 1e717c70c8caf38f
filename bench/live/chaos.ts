/** `npm run chaos:live`: see chaos-run.ts. Ends with 1 when anything was missed, doubled or invented. */
import { runChaos } from './chaos-run.ts';

const result = await runChaos({
  clients: Number(process.env.CLIENTS ?? 200),
  perSecond: Number(process.env.PER_SECOND ?? 50),
  seconds: Number(process.env.SECONDS ?? 60),
  servers: Number(process.env.SERVERS ?? 3),
  say: (line) => process.stderr.write(`${line}\n`),
});
console.table([result]);
const wrong = result.missed + result.doubled + result.invented + result.disordered;
process.exitCode = wrong === 0 ? 0 : 1;
