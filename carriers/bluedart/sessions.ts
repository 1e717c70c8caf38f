import type { Outcome } from '../../outbound/outcome.ts';
import type { BlueDartAccount, BlueDartSession } from './account.ts';
import type { BlueDartToken } from './login.ts';
import { tokenRefused } from './read-answer.ts';

/** A token is not used in its last minutes: the call must end before it does. */
const marginMs = 5 * 60_000;

type Login = () => Promise<Outcome<BlueDartToken>>;

/**
 * The tokens of one process. Each process has its own: a login costs nothing and ends no other
 * token, so there is nothing to share and no secret to store.
 */
export class BlueDartSessions {
  #tokens = new Map<string, BlueDartToken>();
  #logins = new Map<string, Promise<Outcome<BlueDartToken>>>();
  #now: () => Date;

  constructor(now: () => Date) {
    this.#now = now;
  }

  /**
   * Runs the call with a token; when the gateway refuses that one, once more with a new one. A
   * refused token means that nothing happened, also for a call with an effect.
   */
  async run<T>(
    account: BlueDartAccount,
    login: Login,
    call: (session: BlueDartSession) => Promise<Outcome<T>>,
  ): Promise<Outcome<T>> {
    const first = await this.#token(account, login);
    if (first.kind !== 'done') return first;
    const { jwt } = first.value;
    const outcome = await call({ ...account, jwt });
    if (!wasTokenRefused(outcome)) return outcome;
    this.#forget(account, jwt);
    const second = await this.#token(account, login);
    if (second.kind !== 'done') return second;
    const again = await call({ ...account, jwt: second.value.jwt });
    if (!wasTokenRefused(again)) return again;
    this.#forget(account, second.value.jwt);
    // A token just given out and refused: no repeat will help.
    return { kind: 'account', code: tokenRefused.code, message: tokenRefused.message };
  }

  async #token(account: BlueDartAccount, login: Login): Promise<Outcome<BlueDartToken>> {
    const key = keyOf(account);
    const known = this.#tokens.get(key);
    if (known !== undefined && known.expiresAt.getTime() - marginMs > this.#now().getTime()) {
      return { kind: 'done', value: known };
    }
    // Fifty parcels that find no token log in once.
    const running = this.#logins.get(key) ?? this.#start(key, login);
    return running;
  }

  #start(key: string, login: Login): Promise<Outcome<BlueDartToken>> {
    const running = login()
      .then((outcome) => {
        if (outcome.kind === 'done') this.#tokens.set(key, outcome.value);
        return outcome;
      })
      .finally(() => this.#logins.delete(key));
    this.#logins.set(key, running);
    return running;
  }

  /** Only the one that was refused: another call may have logged in again meanwhile. */
  #forget(account: BlueDartAccount, jwt: string): void {
    const key = keyOf(account);
    if (this.#tokens.get(key)?.jwt === jwt) this.#tokens.delete(key);
  }
}

function wasTokenRefused(outcome: Outcome<unknown>): boolean {
  return outcome.kind === 'transient' && outcome.code === tokenRefused.code;
}

function keyOf({ baseUrl, clientId, clientSecret }: BlueDartAccount): string {
  return JSON.stringify([baseUrl, clientId, clientSecret]);
}
