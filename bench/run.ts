/**
 * `npm run bench -- NAME [--json]`: prints a table, or with --json one JSON object {name, rows} and nothing else.
 * Each bench compares with the raw limit measured in the same run, because machines are noisy.
 */
import { graphql } from './graphql.ts';
import { hash } from './hash.ts';
import { live } from './live.ts';
import { transitions } from './transitions.ts';

export interface BenchResult {
  name: string;
  rows: Record<string, number | string>[];
}

const benches: Record<
  string,
  (say: (line: string) => void, flags: string[]) => Promise<BenchResult>
> = {
  graphql,
  hash,
  live,
  transitions,
};

const [name, ...flags] = process.argv.slice(2).filter((argument) => argument !== '--json');
const json = process.argv.includes('--json');
const bench = name === undefined ? undefined : benches[name];
if (bench === undefined) {
  process.stderr.write(
    `Usage: npm run bench -- NAME [--json], with NAME one of: ${Object.keys(benches).join(', ')}\n`,
  );
  process.exit(2);
}
const result = await bench((line) => {
  process.stderr.write(`${line}\n`);
}, flags);
if (json) process.stdout.write(`${JSON.stringify(result)}\n`);
else console.table(result.rows);
