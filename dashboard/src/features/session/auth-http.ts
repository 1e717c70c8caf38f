import { RefusedError, UnreachableError } from '../../api/api-error.ts';

export interface Member {
  name: string;
  role: string;
  merchantName: string;
}

export interface Tokens {
  accessToken: string;
  refreshToken: string;
  /** Milliseconds since 1970, on this machine's clock. */
  expiresAt: number;
  member: Member;
}

export type AuthCall = (path: 'login' | 'refresh' | 'logout', body: object) => Promise<unknown>;

/** POSTs JSON to /auth/…; throws RefusedError for a refusal and UnreachableError for no answer. */
export function authHttp(base: string): AuthCall {
  return async (path, body) => {
    const response = await fetch(`${base}/${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', accept: 'application/json' },
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
    member: {
      name: textOf(member['name'], 'member.name'),
      role: textOf(member['role'], 'member.role'),
      merchantName: textOf(merchant['name'], 'merchant.name'),
    },
  };
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
