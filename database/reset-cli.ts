import { databaseConfig, readSecret, withServer } from './config.ts'
import { databaseUrl } from './connection.ts'
import { migrate } from './migrate.ts'
import { createDatabase, dropDatabase } from './scratch.ts'

/** `npm run db:reset -- --erase`: drops the configured database and builds it anew. */
if (!process.argv.includes('--erase')) {
  console.error('This deletes the whole database. To do it: npm run db:reset -- --erase')
  process.exit(2)
}
const log = (line: string) => console.log(line)
const config = databaseConfig()
const secret = await readSecret(config)
await withServer(config, log, async (adminUrl) => {
  const name = decodeURIComponent(new URL(adminUrl).pathname.slice(1))
  const maintenance = databaseUrl(adminUrl, 'postgres')
  await dropDatabase(maintenance, name)
  await createDatabase(maintenance, name)
  await migrate({ adminUrl, secret, log, includeCurrent: true })
})
