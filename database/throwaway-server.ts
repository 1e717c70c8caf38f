import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

import { startEmbedded, type EmbeddedServer } from './embedded.ts';

/** An embedded server in a folder of its own, which goes with it. Fast, and not crash-proof. */
export async function startThrowawayServer(): Promise<EmbeddedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-'));
  await chmod(folder, 0o755); // the account that the server runs as must get in
  const remove = () => rm(folder, { recursive: true, force: true });
  try {
    const dataDir = join(folder, 'postgres');
    const server = await startEmbedded({
      dataDir,
      fsync: false,
      temporaryFolder: folder,
      log: () => undefined,
    });
    return {
      ...server,
      stop: async () => {
        await server.stop();
        await remove();
      },
    };
  } catch (error) {
    await remove();
    throw error;
  }
}

/**
 * A server for tests and checks, which make and drop databases on it. TEST_DATABASE_URL, the only
 * setting that config.ts does not know, names one to take instead of an embedded one.
 */
export async function startTestServer(): Promise<Pick<EmbeddedServer, 'url' | 'stop'>> {
  const url = process.env.TEST_DATABASE_URL;
  return url ? { url, stop: async () => undefined } : startThrowawayServer();
}

/** A test server for the length of a function. */
export async function withTestServer<T>(use: (adminUrl: string) => Promise<T>): Promise<T> {
  const server = await startTestServer();
  try {
    return await use(server.url);
  } finally {
    await server.stop();
  }
}
