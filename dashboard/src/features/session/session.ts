import { RefusedError } from '../../api/api-error.ts';
import { parseInvitation, parseTokens } from './auth-http.ts';
import type { AuthCall, Invitation, Member, Tokens } from './auth-http.ts';

export type SessionState =
  | { kind: 'starting' }
  | { kind: 'signed-out'; notice: string | null }
  | { kind: 'signed-in'; member: Member };

export interface Credentials {
  email: string;
  password: string;
  /** Only asked when the same e-mail address and password belong to several merchants. */
  merchantId?: number;
}

const storageKey = 'waybill.refreshToken';
/** Opens nothing: it says that somebody has signed in on this device before. */
const deviceKey = 'waybill.deviceToken';
/** A token this close to its end is swapped before it is used. */
const margin = 30_000;

/**
 * Who is signed in. The access token lives in memory only; the refresh token in sessionStorage, so
 * that a reload stays signed in and a closed tab does not. Refreshing is single-flight: the server
 * rotates refresh tokens and takes a second use of one for theft.
 */
export class Session {
  readonly #call: AuthCall;
  readonly #storage: Storage;
  readonly #deviceStorage: Storage;
  readonly #listeners = new Set<() => void>();
  #state: SessionState = { kind: 'starting' };
  #tokens: Tokens | null = null;
  #refreshing: Promise<Tokens> | null = null;
  #timer: ReturnType<typeof setTimeout> | undefined;

  /** The device's token outlives the tab, and the tab's tokens do not. */
  constructor(call: AuthCall, storage: Storage, deviceStorage: Storage) {
    this.#call = call;
    this.#storage = storage;
    this.#deviceStorage = deviceStorage;
  }

  readonly subscribe = (listener: () => void): (() => void) => {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  };

  readonly state = (): SessionState => this.#state;

  /** Picks up where the tab left off. */
  async start(): Promise<void> {
    if (!this.#storage.getItem(storageKey)) return this.#end(null);
    try {
      await this.#refresh();
    } catch (error) {
      if (this.#state.kind === 'starting') this.#end(noticeOf(error));
    }
  }

  async signIn(credentials: Credentials): Promise<void> {
    const body = { ...credentials, deviceToken: this.#deviceStorage.getItem(deviceKey) };
    this.#begin(parseTokens(await this.#call('login', body), Date.now()));
  }

  async lookAtInvitation(token: string): Promise<Invitation> {
    return parseInvitation(await this.#call('invitation', { token }));
  }

  /** Signs in as whom the link is for, with the password that it sets. */
  async acceptInvitation(token: string, password: string): Promise<void> {
    const deviceToken = this.#deviceStorage.getItem(deviceKey);
    const body = { token, password, deviceToken };
    this.#begin(parseTokens(await this.#call('accept-invitation', body), Date.now()));
  }

  async changePassword(currentPassword: string, newPassword: string): Promise<void> {
    const body = { currentPassword, newPassword };
    await this.#call('change-password', body, await this.accessToken());
  }

  async signOut(): Promise<void> {
    const refreshToken = this.#storage.getItem(storageKey);
    this.#storage.removeItem(storageKey);
    this.#end(null);
    // The tab forgets the tokens whether or not the server hears of it.
    if (refreshToken) await this.#call('logout', { refreshToken }).catch(() => undefined);
  }

  readonly accessToken = async (): Promise<string> => {
    const tokens = this.#tokens;
    if (tokens && tokens.expiresAt - margin > Date.now()) return tokens.accessToken;
    return (await this.#refresh()).accessToken;
  };

  /** The server refused this token: the next use asks for a new one. */
  readonly rejectToken = (token: string): void => {
    if (this.#tokens?.accessToken === token) this.#tokens = null;
  };

  #refresh(): Promise<Tokens> {
    this.#refreshing ??= this.#swapTokens().finally(() => {
      this.#refreshing = null;
    });
    return this.#refreshing;
  }

  async #swapTokens(): Promise<Tokens> {
    const refreshToken = this.#storage.getItem(storageKey);
    if (!refreshToken) throw new RefusedError('Sign in again.', 'UNAUTHENTICATED');
    try {
      const tokens = parseTokens(await this.#call('refresh', { refreshToken }), Date.now());
      // Signed out, or in as somebody else, while the answer was on its way.
      if (this.#storage.getItem(storageKey) !== refreshToken) {
        throw new RefusedError('Sign in again.', 'UNAUTHENTICATED');
      }
      this.#begin(tokens);
      return tokens;
    } catch (error) {
      if (error instanceof RefusedError && this.#storage.getItem(storageKey) === refreshToken) {
        this.#storage.removeItem(storageKey);
        this.#end('Your session has ended. Please sign in again.');
      }
      throw error;
    }
  }

  #begin(tokens: Tokens): void {
    this.#tokens = tokens;
    this.#storage.setItem(storageKey, tokens.refreshToken);
    if (tokens.deviceToken) this.#deviceStorage.setItem(deviceKey, tokens.deviceToken);
    clearTimeout(this.#timer);
    const wait = Math.max(5_000, tokens.expiresAt - Date.now() - 2 * margin);
    this.#timer = setTimeout(() => void this.#refresh().catch(() => undefined), wait);
    this.#become({ kind: 'signed-in', member: tokens.member });
  }

  #end(notice: string | null): void {
    this.#tokens = null;
    clearTimeout(this.#timer);
    this.#become({ kind: 'signed-out', notice });
  }

  #become(state: SessionState): void {
    this.#state = state;
    for (const listener of this.#listeners) listener();
  }
}

/** An unreachable server keeps the refresh token: a reload tries it again. */
function noticeOf(error: unknown): string {
  return error instanceof RefusedError
    ? 'Your session has ended. Please sign in again.'
    : 'The server cannot be reached. Reload to try again.';
}
