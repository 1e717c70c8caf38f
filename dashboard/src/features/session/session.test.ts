import { expect, test } from '@jest/globals';
import { RefusedError, UnreachableError } from '../../api/api-error.ts';
import { Session } from './session.ts';
import type { AuthCall } from './auth-http.ts';

/** What sessionStorage does, without a browser. */
function memoryStorage(entries: Record<string, string> = {}): Storage {
  const map = new Map(Object.entries(entries));
  return {
    get length() {
      return map.size;
    },
    clear: () => map.clear(),
    getItem: (key) => map.get(key) ?? null,
    key: (index) => [...map.keys()][index] ?? null,
    removeItem: (key) => void map.delete(key),
    setItem: (key, value) => void map.set(key, value),
  };
}

const key = 'waybill.refreshToken';

function tokens(generation: number, expiresIn = 900) {
  return {
    accessToken: `access-${generation}`,
    refreshToken: `refresh-${generation}`,
    expiresIn,
    sessionId: 'session-1',
    member: { id: 3, name: 'Sajan', role: 'staff' },
    merchant: { id: 1, name: 'Kochi Cotton' },
  };
}

test('two who need a token at once share one refresh', async () => {
  const seen: object[] = [];
  const storage = memoryStorage({ [key]: 'refresh-0' });
  const session = new Session(
    async (_path, body) => {
      seen.push(body);
      return tokens(seen.length);
    },
    storage,
    memoryStorage(),
  );
  const both = await Promise.all([session.accessToken(), session.accessToken()]);
  expect(both).toEqual(['access-1', 'access-1']);
  expect(seen).toEqual([{ refreshToken: 'refresh-0' }]);
  expect(storage.getItem(key)).toBe('refresh-1');
  await session.signOut();
});

test('a token near its end is swapped before it is used', async () => {
  let calls = 0;
  const call: AuthCall = async () => tokens(++calls, calls === 1 ? 20 : 900);
  const session = new Session(call, memoryStorage(), memoryStorage());
  await session.signIn({ email: 'a@b.in', password: 'x' });
  expect(await session.accessToken()).toBe('access-2');
  await session.signOut();
});

test('a refused refresh ends the session; an unreachable server does not', async () => {
  let failure: Error = new UnreachableError('away');
  const storage = memoryStorage({ [key]: 'refresh-0' });
  const session = new Session(async () => Promise.reject(failure), storage, memoryStorage());
  await session.start();
  expect(storage.getItem(key)).toBe('refresh-0');
  failure = new RefusedError('used before', 'UNAUTHENTICATED');
  await expect(session.accessToken()).rejects.toBe(failure);
  expect(storage.getItem(key)).toBeNull();
  expect(session.state()).toMatchObject({ kind: 'signed-out' });
});

test('the device keeps the token that it is given, and shows it at the next sign-in', async () => {
  const seen: object[] = [];
  const device = memoryStorage();
  const call: AuthCall = async (_path, body) => {
    seen.push(body);
    return { ...tokens(1), ...(seen.length === 1 ? { deviceToken: 'device-1' } : {}) };
  };
  for (let i = 0; i < 2; i += 1) {
    const session = new Session(call, memoryStorage(), device);
    await session.signIn({ email: 'a@b.in', password: 'x' });
    await session.signOut();
  }
  expect(seen.filter((body) => 'deviceToken' in body)).toMatchObject([
    { deviceToken: null },
    { deviceToken: 'device-1' },
  ]);
});
