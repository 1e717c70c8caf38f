import { commitSchema } from './commit.ts'
import { databaseConfig } from './config.ts'
import { projectMigrations } from './migration-files.ts'
import { withThrowawayServer } from './throwaway-server.ts'

/** `npm run db:commit`: makes the one committed migration anew from the fixtures. */
const file = await withThrowawayServer(databaseConfig().testUrl, (adminUrl) =>
  commitSchema(projectMigrations, adminUrl),
)
console.log(`Wrote ${file}`)
