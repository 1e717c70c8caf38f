import { chmod, mkdtemp, rm } from 'node:fs/promises'
import { tmpdir } from 'node:os'
import { join } from 'node:path'

import { startEmbedded, type EmbeddedServer } from './embedded.ts'

/** An embedded server in a folder of its own, which goes with it. Fast, and not crash-proof. */
export async function startThrowawayServer(): Promise<EmbeddedServer> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-'))
  await chmod(folder, 0o755) // the account that the server runs as must get in
  const remove = () => rm(folder, { recursive: true, force: true })
  try {
    const dataDir = join(folder, 'postgres')
    const server = await startEmbedded({
      dataDir,
      fsync: false,
      temporaryFolder: folder,
      log: () => undefined,
    })
    return {
      ...server,
      stop: async () => {
        await server.stop()
        await remove()
      },
    }
  } catch (error) {
    await remove()
    throw error
  }
}

/** Runs against the given server, or else against a throwaway one. */
export async function withThrowawayServer<T>(
  adminUrl: string | undefined,
  use: (adminUrl: string) => Promise<T>,
): Promise<T> {
  if (adminUrl) return use(adminUrl)
  const server = await startThrowawayServer()
  try {
    return await use(server.url)
  } finally {
    await server.stop()
  }
}
