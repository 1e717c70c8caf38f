import { databaseConfig, readSecret, withServer } from './config.ts'
import { migrate } from './migrate.ts'

/** `npm run db:migrate [-- --current]`: brings the configured database up to date. */
const log = (line: string) => console.log(line)
const config = databaseConfig()
const secret = await readSecret(config)
const includeCurrent = process.argv.includes('--current')
const ran = await withServer(config, log, (adminUrl) =>
  migrate({ adminUrl, secret, log, includeCurrent }),
)
if (ran.length === 0) log('The database is up to date')
