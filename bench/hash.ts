/**
 * What the hash chain costs within a move: bare moves of one backend, each in a transaction of its own that
 * does not wait for the disk, with the hash and with a constant in its place, in turns. Measured is the CPU
 * time of the backend as Linux counts it, because the clock also shows what else the machine does.
 */
import { readFile } from 'node:fs/promises';
import type pg from 'pg';
import { value } from '../sql-tests/support/query.ts';
import { withBenchDatabase } from './bench-database.ts';
import type { BenchResult } from './run.ts';

const rounds = 24;
/** Not counted: a function that was replaced is planned anew, five times for its values and then for all. */
const movesToWarmUp = 20;
const movesAtOnce = 20;
const timesARound = 10;
const movesARound = movesToWarmUp + movesAtOnce * timesARound;
const moves = ['accepted', 'packing'];

const procedure = `
  create schema bench;
  create procedure bench.move(ids uuid[], status text) language plpgsql as $$
  declare
    id uuid;
  begin
    foreach id in array ids loop
      insert into app_public.order_events (order_id, to_status) values (id, status);
      commit;
    end loop;
  end
  $$`;

export async function hash(say: (line: string) => void): Promise<BenchResult> {
  return withBenchDatabase(async ({ admin, placeOrders }) => {
    const orders = await placeOrders((rounds * 2 * movesARound) / moves.length);
    await admin.query(procedure);
    await admin.query('set synchronous_commit to off; set jit to off');
    await admin.query('vacuum analyze');
    const variants = await bothHashes(admin);
    const pid = await value<number>(admin, 'select pg_backend_pid() as value');
    const costs: number[][] = variants.map(() => []);
    for (let round = 0; round < rounds * 2; round += 1) {
      const at = round % variants.length;
      await admin.query(variants[at]!);
      costs[at]!.push(...(await moveOrders(admin, pid, orders, round)));
      if (at === 1) say(`round ${(round + 1) / 2} of ${rounds}`);
    }
    return { name: 'hash', rows: rowsOf(costs[0]!, costs[1]!) };
  });
}

/** The function as it is, and one that answers the same for every event. */
async function bothHashes(admin: pg.Client): Promise<string[]> {
  const real = await value<string>(
    admin,
    `select pg_get_functiondef('app_hidden.event_hash'::regproc) as value`,
  );
  const constant = real.replace(/RETURN [\s\S]*$/, `RETURN '\\x${'00'.repeat(32)}'::bytea`);
  return [real, constant];
}

/** Microseconds of CPU a move, for each of the small portions of a round. */
async function moveOrders(
  admin: pg.Client,
  pid: number,
  orders: string[],
  round: number,
): Promise<number[]> {
  const roundsAMove = (rounds * 2) / moves.length;
  const from = (round % roundsAMove) * movesARound;
  const ids = orders.slice(from, from + movesARound);
  const move = (some: string[]) =>
    admin.query('call bench.move($1, $2)', [some, moves[Math.floor(round / roundsAMove)]]);
  await move(ids.splice(0, movesToWarmUp));
  const costs: number[] = [];
  while (ids.length > 0) {
    const before = await cpuOf(pid);
    await move(ids.splice(0, movesAtOnce));
    costs.push(((await cpuOf(pid)) - before) / movesAtOnce);
  }
  return costs;
}

async function cpuOf(pid: number): Promise<number> {
  const nanoseconds = (await readFile(`/proc/${pid}/schedstat`, 'utf8')).split(' ')[0];
  return Number(nanoseconds) / 1000;
}

function rowsOf(real: number[], constant: number[]): BenchResult['rows'] {
  return [
    { of: 'fastest quarter', share: 0.25 },
    { of: 'median', share: 0.5 },
  ].map(({ of, share }) => {
    const [hashed, bare] = [quantile(real, share), quantile(constant, share)];
    return {
      of,
      bare_us: Math.round(bare),
      hashed_us: Math.round(hashed),
      cost_percent: Math.round((1000 * (hashed - bare)) / bare) / 10,
    };
  });
}

function quantile(numbers: number[], share: number): number {
  return [...numbers].sort((a, b) => a - b)[Math.floor(numbers.length * share)]!;
}
