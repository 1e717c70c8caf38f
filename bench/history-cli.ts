/**
 * `npm run bench:history -- [--orders N] (--url URL --secret SECRET | --data-dir FOLDER)`: a year of orders,
 * into a migrated database that its administrator's URL names, or into an embedded server in a folder.
 * The latter runs until Ctrl-C; its URL is printed.
 */
import { once } from 'node:events';
import { parseArgs } from 'node:util';
import { startEmbedded } from '../database/embedded.ts';
import { migrate } from '../database/migrate.ts';
import { writeHistory } from './history.ts';

const { values } = parseArgs({
  options: {
    orders: { type: 'string', default: '1000000' },
    url: { type: 'string' },
    secret: { type: 'string', default: 'a secret for benches only, of no value elsewhere' },
    'data-dir': { type: 'string' },
  },
});
const say = (line: string) =>
  process.stderr.write(`${new Date().toISOString().slice(11, 19)} ${line}\n`);
const orders = Number(values.orders);
const { secret, url, 'data-dir': dataDir } = values;

if (url !== undefined) {
  await writeHistory({ adminUrl: url, secret, orders, say });
} else if (dataDir !== undefined) {
  const server = await startEmbedded({ dataDir, database: 'bench', log: say });
  await migrate({ adminUrl: server.url, secret, log: () => undefined });
  await writeHistory({ adminUrl: server.url, secret, orders, say });
  process.stdout.write(`${server.url}\n`);
  const alive = setInterval(() => undefined, 60_000); // a signal handler alone does not keep Node running
  await Promise.race([once(process, 'SIGINT'), once(process, 'SIGTERM')]);
  clearInterval(alive);
  await server.stop();
} else {
  process.stderr.write('Say where: --url URL, or --data-dir FOLDER\n');
  process.exitCode = 2;
}
