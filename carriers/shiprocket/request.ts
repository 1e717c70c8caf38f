import type { HttpRequest } from '../../outbound/outcome.ts';
import type { ShiprocketAccount } from './account.ts';

export function get(
  account: ShiprocketAccount,
  path: string,
  query?: URLSearchParams,
): HttpRequest {
  const url = account.baseUrl + path;
  return {
    method: 'GET',
    url: query === undefined ? url : `${url}?${query.toString()}`,
    headers: authorised(account),
  };
}

export function post(account: ShiprocketAccount, path: string, body: object): HttpRequest {
  return {
    method: 'POST',
    url: account.baseUrl + path,
    headers: { ...authorised(account), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

function authorised({ token }: ShiprocketAccount): Record<string, string> {
  return { authorization: `Bearer ${token}`, accept: 'application/json' };
}
