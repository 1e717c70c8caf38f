import type { HttpRequest } from '../../outbound/outcome.ts';
import type { BlueDartAccount, BlueDartSession } from './account.ts';

/** The profile with the two fields that only some accounts ask for. */
export function profileOf(account: BlueDartAccount): Record<string, string> {
  return {
    LoginID: account.loginId,
    LicenceKey: account.licenceKey,
    Api_type: 'S',
    Customercode: account.customerCode,
    Version: '1.3',
  };
}

/** `upper` for waybills; a wrong case is answered with a null reference. */
export function enveloped(
  account: BlueDartAccount,
  envelope: 'lower' | 'upper',
  request: object,
): object {
  const profile = profileOf(account);
  return envelope === 'upper' ? { Request: request, Profile: profile } : { request, profile };
}

export function post(session: BlueDartSession, path: string, body: object): HttpRequest {
  return {
    method: 'POST',
    url: `${session.baseUrl}${path}`,
    headers: { ...tokenHeaders(session), 'content-type': 'application/json' },
    body: JSON.stringify(body),
  };
}

/** Not `Authorization: Bearer`. */
export function tokenHeaders({ jwt }: BlueDartSession): Record<string, string> {
  return { jwttoken: jwt, accept: 'application/json' };
}
