import { randomBytes } from 'node:crypto'
import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { join } from 'node:path'

import { startEmbedded } from './embedded.ts'

/** What the database commands take from the environment; nothing else in here reads it. */
export interface DatabaseConfig {
  /** An administrator's URL of a server of your own; undefined means the embedded one. */
  adminUrl: string | undefined
  /** The folder of everything that a checkout keeps to itself. */
  home: string
  secret: string | undefined
  /** A server for tests and checks, which make and drop databases on it. */
  testUrl: string | undefined
}

export function databaseConfig(env: NodeJS.ProcessEnv = process.env): DatabaseConfig {
  return {
    // Migrations take session locks, which a pooler in front of the server would lose.
    adminUrl: env.DATABASE_DIRECT_URL ?? env.DATABASE_URL,
    home: env.WAYBILL_HOME ?? '.waybill',
    secret: env.WAYBILL_SECRET,
    testUrl: env.TEST_DATABASE_URL,
  }
}

/** The given secret, or one that is made once and kept in the home folder. */
export async function readSecret({ home, secret }: DatabaseConfig): Promise<string> {
  if (secret) return secret
  const file = join(home, 'secret')
  await mkdir(home, { recursive: true })
  await writeFile(file, randomBytes(32).toString('base64url'), { mode: 0o600, flag: 'wx' }).catch(
    (error: NodeJS.ErrnoException) => {
      if (error.code !== 'EEXIST') throw error
    },
  )
  return (await readFile(file, 'utf8')).trim()
}

/** Runs a command against the configured server, or against the embedded one. */
export async function withServer<T>(
  config: DatabaseConfig,
  log: (line: string) => void,
  use: (adminUrl: string) => Promise<T>,
): Promise<T> {
  if (config.adminUrl) return use(config.adminUrl)
  const dataDir = join(config.home, 'postgres')
  const server = await startEmbedded({ dataDir, database: 'waybill', log })
  try {
    return await use(server.url)
  } finally {
    await server.stop()
  }
}
