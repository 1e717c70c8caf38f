import type { DelhiveryAccount } from '../accounts.ts';
import { json, xml } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';

export type Access = { account: DelhiveryAccount } | { refusal: Answer };

/** Also what a token of the other environment gets. */
const hiddenError =
  'There has been an error but we were asked to not let you see that. Please contact the dev team.';

/** How a wrong token is answered differs by service behind the same host. */
export type RefusalStyle = 'plain' | 'hidden' | 'xml';

export function authorise(world: World, call: Call, style: RefusalStyle = 'plain'): Access {
  if (!/^Token\s+\S/.test(call.headers.authorization ?? '')) return { refusal: missing(style) };
  return byToken(world, call.token, style);
}

/** The waybill service also takes the token in the query. */
export function authoriseWithQuery(world: World, call: Call): Access {
  const token = call.query.get('token');
  return token === null ? authorise(world, call) : byToken(world, token, 'plain');
}

function byToken(world: World, token: string, style: RefusalStyle): Access {
  const account = world.settings.delhiveryAccounts.find((one) => one.token === token);
  return account === undefined ? { refusal: wrong(style) } : { account };
}

function missing(style: RefusalStyle): Answer {
  const detail = 'Authentication credentials were not provided.';
  return style === 'xml' ? xmlDetail(detail) : json({ detail }, 401);
}

function wrong(style: RefusalStyle): Answer {
  if (style === 'hidden') return json(hiddenError, 401);
  if (style === 'xml') return xmlDetail('Invalid token.');
  const headers = { 'content-type': 'text/html; charset=utf-8' };
  return { status: 401, headers, body: 'Login or API Key Required', outcome: 'http_401' };
}

function xmlDetail(detail: string): Answer {
  const body = `<?xml version="1.0" encoding="utf-8"?>\n<root><detail>${detail}</detail></root>`;
  return xml(body, 401);
}
