/** Credentials from a form to a carrier that takes them or not, and nowhere else. */
import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import type { CarrierCode } from '../carriers/registry.ts';
import { carrierCredentials } from '../demo/credentials.ts';
import type { FaultRule } from '../sandbox/faults.ts';
import { dumpEverything, findWords } from '../sql-tests/support/dump-everything.ts';
import { value } from '../sql-tests/support/query.ts';
import { startInOneProcess } from './one-process.ts';
import type { OneProcess } from './one-process.ts';

let all: OneProcess;
beforeAll(async () => {
  all = await startInOneProcess();
}, 60_000);
afterAll(() => all.close());
beforeEach(async () => {
  all.sandbox.faults.clear();
  await all.database.pool.query('delete from app_private.rate_buckets');
});

/** Without what is ours and not the carrier's. */
const right = Object.fromEntries(
  Object.entries(carrierCredentials).map(([carrier, { webhookSecret: _ours, ...its }]) => [
    carrier,
    its as Record<string, string>,
  ]),
);

/** The credential that is wrong, and what the connection check makes of it. */
const wrong: Record<CarrierCode, Record<string, string>> = {
  delhivery: { token: 'wrong-delhivery-token' },
  shiprocket: { password: 'wrong-shiprocket-password' },
  bluedart: { clientSecret: 'wrong-bluedart-secret' },
};
const carriers = Object.keys(wrong) as CarrierCode[];

const idOf = (carrier: string) =>
  value<number>(
    all.database.pool,
    'select id as value from app_public.carrier_accounts where carrier = $1',
    [carrier],
  );

async function save(carrier: string, credentials: object): Promise<void> {
  const { errors } = await all.graphql(
    'owner',
    `mutation Save($input: SaveCarrierCredentialsInput!) {
       saveCarrierCredentials(input: $input) { webhookSecret } }`,
    { input: { carrierAccountId: await idOf(carrier), credentials } },
  );
  expect(errors).toBeUndefined();
}

interface Check {
  code: string;
  message: string;
}

async function check(carrier: string): Promise<Check> {
  const id = await idOf(carrier);
  const { errors } = await all.graphql(
    'owner',
    `mutation Check($input: CheckCarrierConnectionInput!) {
       checkCarrierConnection(input: $input) { carrierAccount { connectionCheck { status } } } }`,
    { input: { carrierAccountId: id } },
  );
  expect(errors).toBeUndefined();
  await all.workUntil(
    'the check to be answered',
    `select from app_public.carrier_connection_checks
     where carrier_account_id = $1 and status = 'done'`,
    [id],
  );
  const { data } = await all.graphql(
    'owner',
    `query Answer($id: Int!) { carrierAccount(id: $id) { connectionCheck { code message } } }`,
    { id },
  );
  return data?.carrierAccount?.connectionCheck as Check;
}

describe.each(carriers)('%s', (carrier) => {
  test('takes the right credentials, refuses wrong ones, and takes the right ones again at once', async () => {
    await save(carrier, right[carrier] ?? {});
    expect((await check(carrier)).code).toBe('OK');
    await save(carrier, { ...right[carrier], ...wrong[carrier] });
    expect(await check(carrier)).toMatchObject({
      code: 'CREDENTIALS_REFUSED',
      message: expect.stringMatching(/store them, and check again\.$/) as unknown,
    });
    // The same again: a kept refusal is no answer to somebody who asks now.
    expect((await check(carrier)).code).toBe('CREDENTIALS_REFUSED');
    await save(carrier, right[carrier] ?? {});
    expect((await check(carrier)).code).toBe('OK');
  });

  test.each<[FaultRule['kind'], string]>([
    ['server_error', 'UNREACHABLE'],
    ['drop_before', 'UNREACHABLE'],
    ['malformed_after', 'UNKNOWN_ANSWER'],
  ])('in trouble (%s): %s', async (kind, code) => {
    all.sandbox.faults.set([{ operation: `${carrier}.*`, kind }]);
    expect((await check(carrier)).code).toBe(code);
  });
});

test('an account without credentials is told so, without a call', async () => {
  await all.database.pool.query(`delete from app_private.secrets where service = 'delhivery'`);
  expect(await check('delhivery')).toMatchObject({ code: 'NO_CREDENTIALS' });
});

test('what is left of a prepaid account is said', async () => {
  await save('shiprocket', right.shiprocket ?? {});
  expect((await check('shiprocket')).message).toContain('₹');
});

test('the credentials are nowhere in clear: not in the database, not in the log', async () => {
  const words = [...Object.values(right), ...Object.values(wrong)]
    .flatMap((credentials) => Object.values(credentials))
    // The e-mail address and the login id are names, and stand in no log either.
    .filter((word) => word !== 'COK12345');
  const found = findWords(await dumpEverything(all.database.pool), words);
  expect(found).toEqual([]);
  for (const word of words) expect(all.lines.join('\n')).not.toContain(word);
});
