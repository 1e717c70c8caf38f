import type { ChaosResult } from './run.ts';

/** How many ids of one check are printed; --json has all. */
const most = 10;

export function report(result: ChaosResult, say: (line: string) => void): void {
  const { figures, disturbances, drain } = result;
  console.table(figures.ends);
  console.table(figures.carriers);
  console.table(figures.calls);
  console.table(figures.effects);
  console.table(figures.humans);
  const { kills, restarts, outages } = disturbances;
  say(
    `${result.orders} orders, ${disturbances.seconds} s of faults in ${result.faulted.calls} of ` +
      `${result.faulted.of} calls; killed: ${kills.worker} workers, ` +
      `${kills.dispatcher} dispatchers, ${kills.machine} machines; PostgreSQL stopped at once ` +
      `${restarts} times; ${outages.join('; ')}`,
  );
  say(
    `Drained: every order settled ${seconds(drain.ordersSeconds)} after the faults stopped, ` +
      `every effect ${seconds(drain.allSeconds)}`,
  );
  const { orders, labelled, arrived, asked } = figures.success;
  say(
    `Of ${orders} orders that could be delivered ${percent(labelled, orders)} got their label, ` +
      `${percent(arrived, orders)} came to their end at a door, ${percent(asked, orders)} reached a human`,
  );
  for (const { name, wrong } of result.checks) {
    say(`${wrong.length === 0 ? 'PASS' : 'FAIL'}  ${name}`);
    for (const one of wrong.slice(0, most)) say(`        ${one}`);
    if (wrong.length > most) say(`        … and ${wrong.length - most} more`);
  }
}

function seconds(value: number | null): string {
  return value === null ? 'not in time' : `${value.toFixed(1)} s`;
}

function percent(part: number, whole: number): string {
  return `${((100 * part) / Math.max(1, whole)).toFixed(2)} %`;
}
