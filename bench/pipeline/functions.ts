/** Where PostgreSQL's time goes, by function: its own statistics, of what is not inlined. */
import type pg from 'pg';

/** For the connections to come. Timing costs something itself. */
export async function countFunctions(admin: pg.Client): Promise<void> {
  await admin.query("alter system set track_functions = 'all'");
  await admin.query('select pg_reload_conf()');
}

export async function functionTimes(admin: pg.Client, orders: number): Promise<string> {
  const { rows } = await admin.query<{ line: string }>(
    `select format('%s ms own, %s ms in all, %s calls: %s.%s',
       round((f.self_time / $1::float8)::numeric, 3), round((f.total_time / $1::float8)::numeric, 3),
       round((f.calls / $1::float8)::numeric, 1), f.schemaname, f.funcname) as line
     from pg_stat_user_functions f
     order by f.self_time desc limit 45`,
    [orders],
  );
  return ['An order, by function:', ...rows.map(({ line }) => line)].join('\n');
}
