/** The embedded server of a bench, with fsync on: what is measured is durable. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbedded } from '../database/embedded.ts';

export const benchSecret = 'a secret for benches only, of no value elsewhere';

/** In this folder, which is kept; or in one of its own, which is not. `use` gets the administrator's URL. */
export async function withBenchServer<T>(
  { dataDir, database }: { dataDir?: string | undefined; database?: string },
  use: (adminUrl: string) => Promise<T>,
): Promise<T> {
  const folder = dataDir ?? (await mkdtemp(join(tmpdir(), 'waybill-bench-')));
  // The account that the server runs as must get in.
  if (dataDir === undefined) await chmod(folder, 0o755);
  const server = await startEmbedded({
    dataDir: join(folder, 'postgres'),
    ...(database === undefined ? {} : { database }),
    log: () => undefined,
  });
  try {
    return await use(server.url);
  } finally {
    await server.stop();
    if (dataDir === undefined) await rm(folder, { recursive: true, force: true });
  }
}
