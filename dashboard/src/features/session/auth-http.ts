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
    if (response.status >= 500) throw new UnreachableError(`The server answered ${response.status}.`);
    if (!response.ok) throw refusalOf(response.status);
    return response.status === 204 ? null : response.json();
  };
}

function refusalOf(status: number): RefusedError {
  if (status === 429) {
    return new RefusedError('Too many attempts. Wait a minute and try again.', 'TOO_MANY');
  }
  return new RefusedError('E-mail or password is wrong.', 'UNAUTHENTICATED');
}

export function parseTokens(answer: unknown, now: number): Tokens {
  const fields = recordOf(answer);
  const member = recordOf(fields['member']);
  const expiresIn = fields['expiresIn'];
  return {
    accessToken: textOf(fields['accessToken'], 'accessToken'),
    refreshToken: textOf(fields['refreshToken'], 'refreshToken'),
    expiresAt: now + (typeof expiresIn === 'number' ? expiresIn : 300) * 1000,
    member: {
      name: textOf(member['name'], 'member.name'),
      role: textOf(member['role'], 'member.role'),
      merchantName: textOf(member['merchantName'], 'member.merchantName'),
    },
  };
}

function recordOf(value: unknown): Record<string, unknown> {
  return typeof value === 'object' && value !== null ? { ...value } : {};
}

function textOf(value: unknown, field: string): string {
  if (typeof value === 'string' && value !== '') return value;
  throw new UnreachableError(`The server's answer has no ${field}.`);
}
