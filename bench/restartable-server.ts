/** A server that is stopped under its clients and comes back at the same address, nothing of it lost. */
import { chmod, mkdtemp, realpath, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startEmbedded, type EmbeddedServer } from '../database/embedded.ts';
import { clusterFiles } from '../database/embedded/cluster.ts';
import { freePort } from '../database/embedded/port.ts';
import { findPostmaster } from '../database/embedded/running.ts';

export interface RestartableServer {
  /** The administrator's. */
  url: string;
  /** As an administrator does it: sessions are ended, everything is written out. */
  restart: () => Promise<void>;
  /** As a crash does it: nothing is written out, the start recovers from the log. */
  crash: () => Promise<void>;
}

/** In a folder of its own, with fsync on: what was committed must still be there. */
export async function withRestartableServer<T>(
  database: string,
  use: (server: RestartableServer) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-chaos-'));
  await chmod(folder, 0o755); // the account that the database runs as must get in
  const dataDir = join(folder, 'postgres');
  const port = await freePort();
  const start = () => startEmbedded({ dataDir, port, database, log: () => undefined });
  let server: EmbeddedServer = await start();
  const startAgain = async () => {
    // What it does is done when the old process has gone, however it was told to.
    await server.stop();
    server = await start();
  };
  try {
    return await use({
      url: server.url,
      restart: startAgain,
      async crash() {
        const pid = await findPostmaster(clusterFiles(await realpath(dataDir)));
        if (pid !== null) process.kill(pid, 'SIGQUIT');
        await startAgain();
      },
    });
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}
