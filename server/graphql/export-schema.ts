/**
 * `npm run schema`: writes generated/schema.graphql from the database of DATABASE_URL; with
 * `--check` it only says whether the file is up to date, so that a change to the API is seen in
 * review.
 */
import './quiet.ts'

import { mkdir, readFile, writeFile } from 'node:fs/promises'
import { makeSchema } from 'postgraphile'
import { lexicographicSortSchema, printSchema } from 'postgraphile/graphql'

import { loadConfig } from '../../config.ts'
import { createPool, loginUrl } from '../../database/connection.ts'
import { databaseService, schemaPreset } from './preset.ts'

const file = new URL('../../generated/schema.graphql', import.meta.url)

/** Sorted, because the order of enum values is that of rows in a table. */
export async function printApi(serverUrl: string): Promise<string> {
  const onError = (error: Error) => {
    throw error
  }
  const pool = createPool(serverUrl, { applicationName: 'waybill-schema', max: 2, onError })
  try {
    const { schema } = await makeSchema(schemaPreset(databaseService(pool)))
    return `${printSchema(lexicographicSortSchema(schema))}\n`
  } finally {
    await pool.end()
  }
}

async function main(): Promise<void> {
  const config = loadConfig(process.env)
  const printed = await printApi(loginUrl(config.databaseUrl, 'waybill_server', config.secret))
  if (process.argv.includes('--check')) {
    const kept = await readFile(file, 'utf8').catch(() => '')
    if (kept === printed) return
    process.stderr.write('generated/schema.graphql is not up to date: run npm run schema\n')
    process.exitCode = 1
    return
  }
  await mkdir(new URL('.', file), { recursive: true })
  await writeFile(file, printed)
}

if (import.meta.main) await main()
