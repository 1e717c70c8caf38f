import type { Outcome } from '../outbound/outcome.ts';

export interface KeptToken {
  token: string;
  /** ISO 8601. */
  expiresAt: string;
}

export interface Session {
  token: string;
  /** Fetched just now: if it is refused, signing in once more does not help. */
  tokenIsFresh: boolean;
}

type AccountFailure = Extract<Outcome<never>, { kind: 'account' }>;

/** What is kept of the last login: its token, or that it was refused and not to be repeated yet. */
export type LoginRecord = KeptToken | { refusedUntil: string; failure: AccountFailure };

/**
 * Where the token is kept between calls. All workers share one: who signs in too often is locked out,
 * and a token per process would be a login per process and restart.
 */
export interface TokenStore {
  read: () => Promise<LoginRecord | null>;
  write: (record: LoginRecord) => Promise<void>;
  /** One at a time over all workers. */
  exclusively: <T>(work: () => Promise<T>) => Promise<T>;
}

/** A token that ends sooner is not used any more: the clock of the other side may be ahead. */
const marginMs = 10 * 60_000;
/** Wrong credentials are not tried again before; storing new ones forgets the refusal. */
const refusalPauseMs = 10 * 60_000;

/** What a connector says of a call whose token was refused: nothing happened. */
export const tokenRefusedCode = 'token-refused';

export interface Sessions {
  store: TokenStore;
  signIn: () => Promise<Outcome<KeptToken>>;
  now: () => Date;
}

/**
 * Calls with the token that is kept; if it is refused, signs in and calls once more. A refused token
 * is known to have had no effect, so this is safe for every call.
 */
export async function withSession<T>(
  sessions: Sessions,
  send: (session: Session) => Promise<Outcome<T>>,
): Promise<Outcome<T>> {
  const kept = await sessions.store.read();
  const usable = usableToken(sessions, kept);
  const first: Outcome<Session> =
    usable === null
      ? await renew(sessions, null)
      : { kind: 'done', value: { token: usable, tokenIsFresh: false } };
  if (first.kind !== 'done') return first;
  const outcome = await send(first.value);
  if (!wasTokenRefused(outcome)) return outcome;
  if (first.value.tokenIsFresh) return refusedAtOnce;
  const second = await renew(sessions, first.value.token);
  if (second.kind !== 'done') return second;
  const again = await send(second.value);
  return wasTokenRefused(again) ? refusedAtOnce : again;
}

const refusedAtOnce: AccountFailure = {
  kind: 'account',
  code: 'authentication',
  message: 'The carrier refuses a token that it gave out a moment ago',
};

function wasTokenRefused(outcome: Outcome<unknown>): boolean {
  return outcome.kind === 'transient' && outcome.code === tokenRefusedCode;
}

/** Of many that find the token refused one signs in, and the others take its token. */
function renew(sessions: Sessions, refused: string | null): Promise<Outcome<Session>> {
  const { store, signIn, now } = sessions;
  return store.exclusively(async () => {
    const kept = await store.read();
    if (kept !== null && 'failure' in kept && Date.parse(kept.refusedUntil) > now().getTime()) {
      return kept.failure;
    }
    const usable = usableToken(sessions, kept);
    if (usable !== null && usable !== refused) {
      return { kind: 'done', value: { token: usable, tokenIsFresh: false } };
    }
    const signedIn = await signIn();
    if (signedIn.kind === 'done') {
      await store.write(signedIn.value);
      return { kind: 'done', value: { token: signedIn.value.token, tokenIsFresh: true } };
    }
    if (signedIn.kind === 'account') {
      const refusedUntil = new Date(now().getTime() + refusalPauseMs).toISOString();
      await store.write({ refusedUntil, failure: signedIn });
    }
    return signedIn;
  });
}

function usableToken({ now }: Sessions, kept: LoginRecord | null): string | null {
  if (kept === null || 'failure' in kept) return null;
  return Date.parse(kept.expiresAt) - marginMs > now().getTime() ? kept.token : null;
}

/** For a connection check, and for tests: as long as the process lives. */
export function memoryTokenStore(): TokenStore {
  let record: LoginRecord | null = null;
  let last: Promise<unknown> = Promise.resolve();
  return {
    read: async () => record,
    write: async (next) => {
      record = next;
    },
    exclusively: <T>(work: () => Promise<T>) => {
      const mine = last.then(work);
      last = mine.catch(() => undefined);
      return mine;
    },
  };
}
