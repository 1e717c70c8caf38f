import pg from 'pg';
import { withSizedDatabases } from './sized-database.ts';
await withSizedDatabases({ dataDir: '/tmp/benchdev', say: console.error }, async (d) => {
  const url = await d.open(10001);
  const c = new pg.Client({ connectionString: url });
  await c.connect();
  for (const q of process.argv.slice(2)) console.log((await c.query(q)).rows);
  await c.end();
});
