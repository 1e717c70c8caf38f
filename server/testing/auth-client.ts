import { hashPassword } from '../auth/password.ts';
import type { TestApi } from './test-api.ts';

export interface AuthAnswer {
  status: number;
  retryAfter: string | null;
  body: {
    accessToken: string;
    refreshToken: string;
    sessionId: string;
    deviceToken?: string;
    member?: { id: number; role: string; name: string };
    merchant?: { id: number; name: string };
    error?: {
      code: string;
      message: string;
      field?: string;
      retryAfter?: number;
      merchants?: { id: number; name: string }[];
    };
  };
}

/** POSTs to /auth/… as from an address, for servers that trust a proxy in front of them. */
export async function postAuth(
  api: TestApi,
  path: string,
  body: unknown,
  from: { address?: string; token?: string; userAgent?: string } = {},
): Promise<AuthAnswer> {
  const response = await fetch(`${api.server.url}/auth/${path}`, {
    method: 'POST',
    headers: {
      'content-type': 'application/json',
      ...(from.address ? { 'x-forwarded-for': from.address } : {}),
      ...(from.token ? { authorization: `Bearer ${from.token}` } : {}),
      ...(from.userAgent ? { 'user-agent': from.userAgent } : {}),
    },
    body: typeof body === 'string' ? body : JSON.stringify(body),
  });
  const text = await response.text();
  return {
    status: response.status,
    retryAfter: response.headers.get('retry-after'),
    body: (text === '' ? {} : JSON.parse(text)) as AuthAnswer['body'], // the tests know its shape
  };
}

export async function setPassword(
  api: TestApi,
  merchant: number,
  member: number,
  password: string,
): Promise<void> {
  await api.database.pool.query('insert into app_private.member_passwords values ($1, $2, $3)', [
    merchant,
    member,
    await hashPassword(password),
  ]);
}
