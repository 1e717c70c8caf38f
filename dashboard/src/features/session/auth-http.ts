import { RefusedError, UnreachableError } from '../../api/api-error.ts';

export interface Member {
  id: number;
  name: string;
  role: string;
  merchantName: string;
  /** The sign-in of this tab, among the member's others. */
  sessionId: string;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since 1970, on this machine's clock. */
  expiresAt: number;
  member: Member;
  /** Only when this device has a new one to keep. */
  deviceToken: string | null;
}

export type AuthPath =
  'login' | 'refresh' | 'logout' | 'invitation' | 'accept-invitation' | 'change-password';

export type AuthCall = (path: AuthPath, body: object, accessToken?: string) => Promise<unknown>;

/** POSTs JSON to /auth/…; throws RefusedError for a refusal and UnreachableError for no answer. */
export function authHttp(base: string): AuthCall {
  return async (path, body, accessToken) => {
    const response = await fetch(`${base}/${path}`, {
      method: 'POST',
      headers: {
        'content-type': 'application/json',
        accept: 'application/json',
        ...(accessToken === undefined ? {} : { authorization: `Bearer ${accessToken}` }),
      },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(15_000),
    }).catch((cause: unknown) => {
      throw new UnreachableError('The server cannot be reached.', { cause });
    });
    const answer: unknown = await response.json().catch(() => null);
    if (response.ok) return answer;
    if (response.status >= 500)
      throw new UnreachableError(`The server answered ${response.status}.`);
    throw refusalOf(response.status, answer);
  };
}

/** Outside GraphQL an error is `{ error: { code, message, …facts } }`. */
function refusalOf(status: number, answer: unknown): RefusedError {
  const error = recordOf(recordOf(answer)['error']);
  const { code, message } = error;
  return new RefusedError(
    typeof message === 'string' ? message : `The server answered ${status}.`,
    typeof code === 'string' ? code : `HTTP_${status}`,
    error,
  );
}

export function parseTokens(answer: unknown, now: number): Tokens {
  const fields = recordOf(answer);
  const member = recordOf(fields['member']);
  const merchant = recordOf(fields['merchant']);
  const expiresIn = fields['expiresIn'];
  return {
    accessToken: textOf(fields['accessToken'], 'accessToken'),
    refreshToken: textOf(fields['refreshToken'], 'refreshToken'),
    expiresAt: now + (typeof expiresIn === 'number' ? expiresIn : 300) * 1000,
    deviceToken: typeof fields['deviceToken'] === 'string' ? fields['deviceToken'] : null,
    member: {
      id: Number(member['id']),
      name: textOf(member['name'], 'member.name'),
      role: textOf(member['role'], 'member.role'),
      merchantName: textOf(merchant['name'], 'merchant.name'),
      sessionId: textOf(fields['sessionId'], 'sessionId'),
    },
  };
}

export interface Invitation {
  purpose: 'join' | 'reset_password';
  email: string;
  name: string;
  role: string;
  merchantName: string;
}

export function parseInvitation(answer: unknown): Invitation {
  const fields = recordOf(answer);
  return {
    purpose: fields['purpose'] === 'reset_password' ? 'reset_password' : 'join',
    email: textOf(fields['email'], 'email'),
    name: textOf(fields['name'], 'name'),
    role: textOf(fields['role'], 'role'),
    merchantName: textOf(recordOf(fields['merchant'])['name'], 'merchant.name'),
  };
}

/** The seconds that a refusal asks to wait; null when it was no matter of time. */
export function secondsToWait(error: unknown): number | null {
  if (!(error instanceof RefusedError) || error.code !== 'RATE_LIMITED') return null;
  const seconds = Number(error.facts['retryAfter']);
  return Number.isFinite(seconds) && seconds > 0 ? seconds : 1;
}

export interface MerchantChoice {
  id: number;
  name: string;
}

/** The merchants among which an e-mail address must choose; empty when that was not the problem. */
export function merchantChoices(error: unknown): MerchantChoice[] {
  if (!(error instanceof RefusedError) || error.code !== 'CHOOSE_MERCHANT') return [];
  const { merchants } = error.facts;
  if (!Array.isArray(merchants)) return [];
  return merchants.map(recordOf).map(({ id, name }) => ({ id: Number(id), name: String(name) }));
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new UnreachableError(`The server's answer has no ${field}.`);
}
