/** Takes the plans while the statements run, by auto_explain: also of what functions do inside. */
import type pg from 'pg';
import { captureOperations, memberSettings, newOrders } from '../graphql/captured.ts';
import type { Statement } from '../graphql/capture.ts';
import { placeholder } from '../graphql/operations.ts';
import { collapsed } from './collapse.ts';
import { hotCalls, hotOperations } from './hot-statements.ts';

export interface HotPlan {
  name: string;
  about: string;
  /** In the order in which they ended; without costs, times and values. */
  plans: string[];
  /** How many more there are that an earlier statement has as well. */
  shownAbove: number;
  /** The big tables that one of them reads as a whole. */
  wholeReads: string[];
}

export async function collectPlans(
  url: string,
  admin: pg.Client,
  secret?: string,
): Promise<HotPlan[]> {
  const [order = ''] = await newOrders(admin, 20, 'automated');
  const operations = await hotOperations(admin);
  const sent = await captureOperations(url, admin, operations, secret);
  const big = await bigTables(admin);
  const found: HotPlan[] = [];
  const shown = new Set<string>();
  const add = (name: string, about: string, plans: string[]) => {
    const different = [...new Set(plans.map(collapsed))];
    found.push({
      name,
      about,
      plans: different.filter((plan) => !shown.has(plan)),
      shownAbove: different.filter((plan) => shown.has(plan)).length,
      wholeReads: plans.flatMap((plan) => wholeReadsOf(plan, big)),
    });
    for (const plan of different) shown.add(plan);
  };
  await explainAlong(admin, async (explained) => {
    for (const { name, about } of operations) {
      const statements = (sent.get(name) ?? []).flat(2);
      const run = () => runAsMember(admin, statements, order);
      add(name, about, await explained(run));
    }
    for (const { name, about, text, values } of await hotCalls(admin)) {
      add(name, about, await explained(() => admin.query(text, values)));
    }
  });
  return found;
}

async function runAsMember(admin: pg.Client, statements: Statement[], order: string) {
  await admin.query(
    'select set_config(el->>0, el->>1, true) from json_array_elements($1::json) el',
    [JSON.stringify(Object.entries(memberSettings))],
  );
  for (const { text, values } of statements) {
    await admin.query(
      text,
      values.map((value) => value?.replaceAll(placeholder.order, order)),
    );
  }
}

/** Each run is taken back, so that the next collection finds the same. */
async function explainAlong(
  admin: pg.Client,
  use: (explained: (run: () => Promise<unknown>) => Promise<string[]>) => Promise<void>,
): Promise<void> {
  let plans: string[] = [];
  const keep = ({ message = '' }: { message?: string | undefined }) => {
    const plan = normalised(message);
    if (plan !== undefined) plans.push(plan);
  };
  await admin.query(`load 'auto_explain'`);
  await admin.query(
    `set auto_explain.log_min_duration = 0; set auto_explain.log_nested_statements = on;
     set auto_explain.log_level = 'notice'; set jit = off; set max_parallel_workers_per_gather = 0`,
  );
  admin.on('notice', keep);
  try {
    await use(async (run) => {
      plans = [];
      await admin.query('begin');
      await run();
      await admin.query('rollback');
      return plans;
    });
  } finally {
    admin.off('notice', keep);
  }
}

/** Without what differs from run to run; nothing for a statement that reads no table. */
function normalised(message: string): string | undefined {
  const lines = message.split('\n').filter((line) => !/^\s*Query Text:/.test(line));
  const from = lines.findIndex((line) => /\(cost=/.test(line));
  if (from < 0) return undefined;
  const plan = lines
    .slice(from)
    .map((line) =>
      line
        .replace(/\s+\(cost=[^)]*\)/, '')
        .replace(/'[^']{3,}'/g, "'…'")
        .replace(/ = \d+\b/g, ' = …')
        .trimEnd(),
    )
    .filter((line) => !/^\s*(Query Identifier|JIT)/.test(line));
  return /(Scan|Insert|Update|Delete)( using \w+)? on (?!json_|unnest)/.test(plan.join('\n'))
    ? plan.join('\n')
    : undefined;
}

/** Tables that grow with the orders, partitions by themselves: the others have rows by the dozen. */
async function bigTables(admin: pg.Client): Promise<Set<string>> {
  const { rows } = await admin.query<{ relname: string }>(
    `select relname from pg_class
     where relkind = 'r' and reltuples > 500
       and relnamespace in ('app_public'::regnamespace, 'app_hidden'::regnamespace, 'app_private'::regnamespace)`,
  );
  return new Set(rows.map(({ relname }) => relname));
}

/** Big tables that a plan reads from one end to the other. */
function wholeReadsOf(plan: string, big: Set<string>): string[] {
  const scanned = [...plan.matchAll(/Seq Scan on (\w+)/g)].map(([, table = '']) => table);
  return scanned.filter((table) => big.has(table));
}
