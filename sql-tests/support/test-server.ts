/**
 * What globalSetup tells the test files. They may run in processes of their own, which inherit
 * the environment and nothing else.
 */
export interface TestServer {
  /** The administrator's URL, of a database that is never touched. */
  adminUrl: string;
  /** The migrated database that every test database is a copy of. */
  template: string;
}

const variable = 'WAYBILL_TEST_SERVER';

/** The passwords of the login roles on the test server follow from this. */
export const testSecret = 'a secret of the tests, of no value elsewhere';

export function announceTestServer(server: TestServer): void {
  process.env[variable] = JSON.stringify(server);
}

export function findTestServer(): TestServer {
  const text = process.env[variable];
  if (!text) {
    throw new Error('There is no test database: run this through jest, whose globalSetup makes it');
  }
  return JSON.parse(text) as TestServer; // written by announceTestServer
}
