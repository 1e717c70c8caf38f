import { afterAll, afterEach, beforeAll, describe, expect, test } from '@jest/globals';
import { spawn } from 'node:child_process';
import { existsSync } from 'node:fs';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { createServer, type Server } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

import { withClient } from './connection.ts';
import { startEmbedded, type EmbeddedOptions, type EmbeddedServer } from './embedded.ts';

let folder = '';
let dataDir = '';
const started: EmbeddedServer[] = [];

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'waybill-embedded-'));
  await chmod(folder, 0o755);
  dataDir = join(folder, 'postgres');
});
afterEach(async () => {
  for (const server of started.splice(0)) await server.stop();
});
afterAll(async () => {
  await rm(folder, { recursive: true, force: true });
});

async function start(options: Partial<EmbeddedOptions> = {}): Promise<EmbeddedServer> {
  const server = await startEmbedded({ dataDir, fsync: false, log: () => undefined, ...options });
  started.push(server);
  return server;
}

async function ask(url: string, sql: string): Promise<unknown> {
  return withClient(url, async (client) => {
    const { rows } = await client.query<{ answer: unknown }>(sql);
    return rows[0]?.answer;
  });
}

describe('the embedded server', () => {
  test('starts, keeps its data and its port over a restart', async () => {
    const first = await start({ database: 'shop' });
    await withClient(first.url, (client) =>
      client.query('create table kept as select 7 as answer'),
    );
    await first.stop();
    const second = await start({ database: 'shop' });
    expect(await ask(second.url, 'select answer from kept')).toBe(7);
    expect(second.url).toBe(first.url);
  });

  test('is UTF8, knows the case of every letter and listens on 127.0.0.1 only', async () => {
    const { url } = await start();
    expect(await ask(url, `select current_setting('server_encoding') as answer`)).toBe('UTF8');
    expect(await ask(url, `select lower('ÄÖ') as answer`)).toBe('äö');
    expect(await ask(url, `select current_setting('listen_addresses') as answer`)).toBe(
      '127.0.0.1',
    );
  });

  test('keeps its password to itself and refuses another', async () => {
    const { url } = await start();
    const { mode } = await stat(join(dataDir, 'password'));
    expect(mode & 0o077).toBe(0);
    const wrong = Object.assign(new URL(url), { password: 'wrong' }).href;
    await expect(ask(wrong, 'select 1')).rejects.toMatchObject({ code: '28P01' });
  });

  test('is joined by a second start, whose stop does not stop it', async () => {
    const first = await start();
    const second = await start();
    expect([first.owned, second.owned]).toEqual([true, false]);
    await second.stop();
    expect(await ask(first.url, 'select 1 as answer')).toBe(1);
  });

  test('stops when the process that started it is killed', async () => {
    const child = spawn(
      process.execPath,
      [
        '--input-type=module',
        '--eval',
        `import { startEmbedded } from ${JSON.stringify(join(import.meta.dirname, 'embedded.ts'))}
        await startEmbedded({ dataDir: ${JSON.stringify(dataDir)}, fsync: false, log: () => {} })
        console.log('up'); setInterval(() => {}, 1000)`,
      ],
      { stdio: ['ignore', 'pipe', 'inherit'] },
    );
    await new Promise((resolve) => child.stdout.once('data', resolve));
    const pidFile = join(dataDir, 'data', 'postmaster.pid');
    expect(existsSync(pidFile)).toBe(true);
    child.kill('SIGKILL');
    for (let i = 0; i < 100 && existsSync(pidFile); i += 1) await sleep(50);
    expect(existsSync(pidFile)).toBe(false);
  });

  test('starts over a process id that a stranger has got since', async () => {
    await writeFile(join(dataDir, 'data', 'postmaster.pid'), `${process.pid}\n/elsewhere\n`);
    expect((await start()).owned).toBe(true);
  });
});

describe('what prevents a start is named', () => {
  test('a busy port', async () => {
    const { server, port } = await listen();
    await expect(start({ port })).rejects.toThrow(`127.0.0.1:${port}: the port is busy`);
    server.close();
  });

  test('a data directory of another version, or a broken one', async () => {
    const version = join(dataDir, 'data', 'PG_VERSION');
    const right = await readFile(version, 'utf8');
    await writeFile(version, '15\n');
    await expect(start()).rejects.toThrow(/belongs to PostgreSQL 15, and this is PostgreSQL 18/);
    await rm(version);
    await expect(start()).rejects.toThrow(`${dataDir}/data is broken: it has no PG_VERSION`);
    await writeFile(version, right);
  });

  test('a lost password', async () => {
    const file = join(dataDir, 'password');
    const password = await readFile(file, 'utf8');
    await rm(file);
    await expect(start()).rejects.toThrow(/lost its password file/);
    await writeFile(file, password, { mode: 0o600 });
  });

  const root = process.getuid?.() === 0 ? test : test.skip; // others run it as themselves
  root('a closed folder on the way', async () => {
    const closed = await mkdtemp(join(tmpdir(), 'waybill-closed-'));
    await expect(start({ dataDir: join(closed, 'postgres') })).rejects.toThrow(
      `${closed} is closed to it`,
    );
    await rm(closed, { recursive: true });
  });
});

async function listen(): Promise<{ server: Server; port: number }> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  return { server, port: typeof address === 'object' && address ? address.port : 0 };
}
