import { withClient } from '../../database/connection.ts';
import { migrate } from '../../database/migrate.ts';
import { createDatabase, dropDatabase, scratchName } from '../../database/scratch.ts';
import { startTestServer } from '../../database/throwaway-server.ts';
import { announceTestServer, testSecret } from './test-server.ts';
import { rememberTeardown } from './teardown.ts';

/**
 * Once a run: one server (TEST_DATABASE_URL, or an embedded one that is thrown away) and on it
 * one migrated database, the template that each test file gets a copy of.
 */
export default async function globalSetup(): Promise<void> {
  const server = await startTestServer();
  rememberTeardown(() => server.stop());
  const template = scratchName('template');
  try {
    const url = await createDatabase(server.url, template);
    await migrate({
      adminUrl: url,
      secret: testSecret,
      includeCurrent: true,
      log: () => undefined,
    });
    // Nobody may connect to it from now on: a copy is refused while somebody is connected.
    await withClient(server.url, (client) =>
      client.query(`alter database ${client.escapeIdentifier(template)} allow_connections false`),
    );
  } catch (error) {
    await dropDatabase(server.url, template);
    await server.stop();
    throw error;
  }
  rememberTeardown(async () => {
    await dropDatabase(server.url, template);
    await server.stop();
  });
  announceTestServer({ adminUrl: server.url, template });
}
