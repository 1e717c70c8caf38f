import { parseEnvironment } from '../config.ts';
import { withClient } from './connection.ts';
import { withConfiguredServer } from './local-server.ts';
import { projectMigrations } from './migration-files.ts';
import { setUpRoles } from './roles.ts';
import { rotateSecrets } from './rotate-secrets.ts';

/**
 * `npm run secrets:rotate`, with the new WAYBILL_SECRET and the old one in WAYBILL_PREVIOUS_SECRETS:
 * the logins get their new passwords, and all stored credentials are sealed anew.
 */
const log = (line: string) => console.log(line);
const previousSecrets = parseEnvironment(process.env).WAYBILL_PREVIOUS_SECRETS;
const { resealed, current, unreadable } = await withConfiguredServer(log, ({ adminUrl, secret }) =>
  withClient(adminUrl, async (client) => {
    await setUpRoles(client, projectMigrations, secret);
    return rotateSecrets(client, { secret, previousSecrets });
  }),
);
log(
  `The logins have the passwords of the new secret. Restart the processes that have the old one.`,
);
log(`Credentials: ${resealed} sealed anew, ${current} were so already.`);
for (const which of unreadable)
  log(`No secret opens the credentials of ${which}: store them anew.`);
if (unreadable.length > 0) process.exitCode = 1;
