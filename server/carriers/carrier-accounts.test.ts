import { afterAll, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';

import { deriveKeys } from '../../config.ts';
import { openCredentials } from '../../outbound/credentials.ts';
import { dumpEverything, findWords } from '../../sql-tests/support/dump-everything.ts';
import { one, rows, value } from '../../sql-tests/support/query.ts';
import { codeOf, startTestApi, type GraphQLAnswer, type TestApi } from '../testing/test-api.ts';

let api: TestApi;
let tokens: Record<'owner' | 'manager' | 'staff', string>;
let theirOwner: string;

beforeAll(async () => {
  api = await startTestApi();
  tokens = {
    owner: await api.tokenOf(api.ours, 'owner'),
    manager: await api.tokenOf(api.ours, 'manager'),
    staff: await api.tokenOf(api.ours, 'staff'),
  };
  theirOwner = await api.tokenOf(api.theirs, 'owner');
});
afterAll(() => api.close());
beforeEach(() => api.database.pool.query('delete from app_private.rate_buckets'));

const account = `carrierAccount { id name carrier settings priority trackingPollSeconds coverageSeconds disabledAt
  credentialsSavedAt circuit { state } connectionCheck { status code }
  locations { nodes { locationId registeredName } } }`;
const mutations = {
  add: `mutation ($input: AddCarrierAccountInput!) { addCarrierAccount(input: $input) { ${account} } }`,
  change: `mutation ($input: ChangeCarrierAccountInput!) {
    changeCarrierAccount(input: $input) { ${account} } }`,
  disable: `mutation ($input: DisableCarrierAccountInput!) {
    disableCarrierAccount(input: $input) { ${account} } }`,
  enable: `mutation ($input: EnableCarrierAccountInput!) {
    enableCarrierAccount(input: $input) { ${account} } }`,
  name: `mutation ($input: NameCarrierLocationInput!) {
    nameCarrierLocation(input: $input) { ${account} } }`,
  save: `mutation ($input: SaveCarrierCredentialsInput!) {
    saveCarrierCredentials(input: $input) { webhookSecret ${account} } }`,
  check: `mutation ($input: CheckCarrierConnectionInput!) {
    checkCarrierConnection(input: $input) { ${account} } }`,
};

interface Account {
  id: number;
  name: string;
  carrier: string;
  settings: unknown;
  priority: number;
  disabledAt: string | null;
  credentialsSavedAt: string | null;
  circuit: { state: string } | null;
  connectionCheck: { status: string; code: string | null } | null;
  locations: { nodes: { locationId: number; registeredName: string }[] };
}
type Answer = GraphQLAnswer<Record<
  string,
  { carrierAccount: Account; webhookSecret?: string | null }
> | null>;

const mutate = (name: keyof typeof mutations, input: object, token = tokens.owner) =>
  api.graphql<Answer['data']>(token, mutations[name], { input });

async function done(answer: Promise<Answer>) {
  const { data, errors } = await answer;
  expect(errors).toBeUndefined();
  const [payload] = Object.values(data ?? {});
  if (payload === undefined) throw new Error('no payload');
  return payload;
}

const refusalOf = async (answer: Promise<Answer>) => {
  const { errors } = await answer;
  return [errors?.[0]?.extensions.code, errors?.[0]?.extensions.field];
};

const mine = () => api.ours.carrierAccount;
const token = 'dlv-9f8e7d6c5b4a';
const save = (input: object = {}, as = tokens.owner) =>
  mutate('save', { carrierAccountId: mine(), credentials: { token }, ...input }, as);

const delhivery = { carrier: 'DELHIVERY', settings: { client_name: 'KOCHI SURFACE' } };

describe('contracts', () => {
  test('are added by owners, with the settings that the carrier wants', async () => {
    const { carrierAccount } = await done(mutate('add', { ...delhivery, name: ' Air ' }));
    expect(carrierAccount).toMatchObject({
      name: 'Air',
      carrier: 'DELHIVERY',
      settings: { client_name: 'KOCHI SURFACE' },
      priority: 1,
      credentialsSavedAt: null,
      circuit: null,
    });
    expect(await refusalOf(mutate('add', { ...delhivery, name: 'Air' }))).toEqual([
      'INVALID_INPUT',
      'name',
    ]);
  });

  test.each([
    [{ settings: {} }, 'settings'],
    [{ settings: { client_name: ' x' } }, 'settings'],
    [{ settings: { client_name: ['x'] } }, 'settings'],
    [{ settings: { client_name: 'x', token: 'secret' } }, 'settings'],
    [{ settings: [] }, 'settings'],
    [{ name: ' ' }, 'name'],
    [{ name: 'x'.repeat(101) }, 'name'],
    [{ priority: 0 }, 'priority'],
    [{ priority: 2_000_000_000 }, 'priority'],
    [{ trackingPollSeconds: 5 }, 'trackingPollSeconds'],
    [{ coverageSeconds: 59 }, 'coverageSeconds'],
    [{ coverageSeconds: 86_401 }, 'coverageSeconds'],
  ])('%j is refused by the field', async (change, field) => {
    const input = { ...delhivery, name: 'Wrong', ...change };
    expect(await refusalOf(mutate('add', input))).toEqual(['INVALID_INPUT', field]);
    const changed = { carrierAccountId: mine(), ...change };
    expect(await refusalOf(mutate('change', changed))).toEqual(['INVALID_INPUT', field]);
  });

  test('change in what is given, and stay as they were in the rest', async () => {
    const id = (await done(mutate('add', { ...delhivery, name: 'To change', priority: 3 })))
      .carrierAccount.id;
    const { carrierAccount } = await done(
      mutate('change', { carrierAccountId: id, priority: 7, coverageSeconds: 600 }, tokens.manager),
    );
    expect(carrierAccount).toMatchObject({ name: 'To change', priority: 7, coverageSeconds: 600 });
    expect(carrierAccount.settings).toEqual(delhivery.settings);
  });

  test('are switched off and on', async () => {
    const input = { carrierAccountId: mine() };
    expect((await done(mutate('disable', input))).carrierAccount.disabledAt).not.toBeNull();
    expect((await done(mutate('enable', input))).carrierAccount.disabledAt).toBeNull();
  });

  test('know the locations by their registered names', async () => {
    const input = { carrierAccountId: mine(), locationId: api.ours.location };
    const named = await done(mutate('name', { ...input, registeredName: ' KOCHI 2 ' }));
    expect(named.carrierAccount.locations.nodes).toEqual([
      { locationId: api.ours.location, registeredName: 'KOCHI 2' },
    ]);
    const unnamed = await done(mutate('name', input, tokens.manager));
    expect(unnamed.carrierAccount.locations.nodes).toEqual([]);
    const foreign = { ...input, locationId: api.theirs.location, registeredName: 'X' };
    expect(await refusalOf(mutate('name', foreign))).toEqual(['NOT_FOUND', 'locationId']);
  });
});

describe('who may', () => {
  const everything: [keyof typeof mutations, () => object, string[]][] = [
    ['add', () => ({ ...delhivery, name: `By ${Math.random()}` }), ['owner']],
    ['change', () => ({ carrierAccountId: mine(), priority: 2 }), ['owner', 'manager']],
    ['disable', () => ({ carrierAccountId: mine() }), ['owner']],
    ['enable', () => ({ carrierAccountId: mine() }), ['owner']],
    [
      'name',
      () => ({ carrierAccountId: mine(), locationId: api.ours.location, registeredName: 'K' }),
      ['owner', 'manager'],
    ],
    ['save', () => ({ carrierAccountId: mine(), credentials: { token } }), ['owner']],
    ['check', () => ({ carrierAccountId: mine() }), ['owner', 'manager']],
  ];

  test.each(everything)('%s', async (name, input, allowed) => {
    for (const role of ['owner', 'manager', 'staff'] as const) {
      const code = codeOf(await mutate(name, input(), tokens[role])) ?? 'ok';
      expect([role, code]).toEqual([role, allowed.includes(role) ? 'ok' : 'FORBIDDEN']);
    }
  });

  test.each(everything.filter(([name]) => name !== 'add'))(
    '%s of another merchant: nobody',
    async (name, input) => {
      expect(codeOf(await mutate(name, input(), theirOwner))).toBe('NOT_FOUND');
    },
  );
});

const stored = async () =>
  openCredentials(
    deriveKeys(api.config, 'credentials'),
    await value<Buffer>(
      api.database.pool,
      `select ciphertext as value from app_private.secrets
       where service = 'delhivery' and account_id = $1`,
      [mine()],
    ),
  );

describe('credentials', () => {
  beforeEach(() => api.database.pool.query('delete from app_private.secrets'));

  test('are stored sealed, with a secret for webhooks that is told once', async () => {
    const first = await done(save({ credentials: { token: ` ${token}\n` } }));
    expect(first.carrierAccount.credentialsSavedAt).not.toBeNull();
    expect(first.webhookSecret).toMatch(/^[\w-]{32}$/);
    expect(await stored()).toEqual({ token, webhookSecret: first.webhookSecret });
    const again = await done(save({ credentials: { token: 'another-token' } }));
    expect(again.webhookSecret).toBeNull();
    expect(await stored()).toEqual({ token: 'another-token', webhookSecret: first.webhookSecret });
    const renewed = await done(save({ newWebhookSecret: true }));
    expect(renewed.webhookSecret).not.toBe(first.webhookSecret);
    expect(await stored()).toEqual({ token, webhookSecret: renewed.webhookSecret });
  });

  test.each([
    [{}, 'credentials.token'],
    [{ token: '   ' }, 'credentials.token'],
    [{ token: 'short' }, 'credentials.token'],
    [{ token: 'with a space in it' }, 'credentials.token'],
    [{ token, password: 'of Shiprocket' }, 'credentials.password'],
  ])('%j are refused by the field, and nothing is stored', async (credentials, field) => {
    const answer = await save({ credentials });
    expect(answer.errors?.[0]?.extensions).toEqual({ code: 'INVALID_INPUT', field });
    expect(JSON.stringify(answer)).not.toMatch(/with a space|of Shiprocket/);
    expect(await rows(api.database.pool, 'select from app_private.secrets')).toEqual([]);
  });

  test('close the circuit and forget the last check', async () => {
    await api.database.pool.query('select app_private.record_call($1, $2)', [
      api.ours.id,
      {
        service: 'delhivery',
        account_id: mine(),
        operation: 'track',
        outcome: 'account',
        code: 'authentication',
        duration_ms: 1,
      },
    ]);
    const before = await done(mutate('check', { carrierAccountId: mine() }));
    expect(before.carrierAccount).toMatchObject({
      circuit: { state: 'OPEN' },
      connectionCheck: { status: 'WAITING', code: null },
    });
    const { carrierAccount } = await done(save());
    expect(carrierAccount).toMatchObject({ circuit: { state: 'CLOSED' }, connectionCheck: null });
  });

  test('of two who store at once one’s are stored whole', async () => {
    await done(save());
    const { webhookSecret } = await stored();
    const saved = Array.from({ length: 8 }, (_, n) =>
      done(save({ credentials: { token: `token-number-${n}` } })),
    );
    expect((await Promise.all(saved)).every((answer) => answer.webhookSecret === null)).toBe(true);
    expect(await stored()).toMatchObject({ webhookSecret });
  });

  test('are nowhere in clear: not in the database, not in what the API shows, not in a log', async () => {
    await done(save());
    await done(mutate('check', { carrierAccountId: mine() }));
    const { webhookSecret } = await stored();
    const words = [token, String(webhookSecret)];
    expect(findWords(await dumpEverything(api.database.pool), words)).toEqual([]);
    const shown = await api.graphql(
      tokens.owner,
      `{ carrierAccounts { nodes { id name settings credentialsSavedAt } }
         auditEntries { nodes { entity action reason entityId } } carrierCalls { nodes { request answer } } }`,
    );
    expect(shown.errors).toBeUndefined();
    for (const word of words) expect(JSON.stringify(shown)).not.toContain(word);
    const audited = await one<{ n: number }>(
      api.database.pool,
      `select count(*)::integer as n from app_public.audit_log
       where entity = 'carrier_account' and action = 'credentials_saved' and merchant_id = $1`,
      [api.ours.id],
    );
    expect(audited.n).toBeGreaterThan(0);
  });
});

describe('a check of the connection', () => {
  test('waits for a worker; asking again meanwhile is the same one', async () => {
    const ids = async () =>
      await rows<{ id: string }>(
        api.database.pool,
        'select id from app_public.carrier_connection_checks where carrier_account_id = $1',
        [mine()],
      );
    await done(mutate('check', { carrierAccountId: mine() }));
    const [first] = await ids();
    await done(mutate('check', { carrierAccountId: mine() }));
    expect(await ids()).toEqual([first]);
  });

  test('cannot be asked for without end', async () => {
    const codes: unknown[] = [];
    for (let n = 0; n < 7; n += 1) {
      codes.push(codeOf(await mutate('check', { carrierAccountId: mine() })) ?? 'ok');
    }
    expect(codes).toEqual([...Array<string>(5).fill('ok'), 'RATE_LIMITED', 'RATE_LIMITED']);
  });
});
