import { html, json, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import type { ShiprocketAccount } from './accounts.ts';
import { failed, invalid, requiredText } from './answers.ts';
import { bodyOf } from './body.ts';
import { istTimestamp } from './dates.ts';
import { bearerOf, issueToken, readToken } from './tokens.ts';

/** After so many wrong passwords the firewall in front answers, and says nothing. */
const wrongPasswords = 10;
const windowMs = 600_000;

const wrong = 'Invalid email and password combination';

/** `POST /auth/login` */
export function logIn(world: World, call: Call): Answer {
  const body = bodyOf(call);
  const missing = ['email', 'password'].filter((field) => textOf(body, field) === '');
  if (missing.length > 0) {
    return invalid(Object.fromEntries(missing.map((field) => [field, [requiredText(field)]])));
  }
  const email = textOf(body, 'email');
  const account = world.settings.shiprocketAccounts.find((one) => one.email === email);
  if (account?.password !== textOf(body, 'password')) return refuseLogin(world, email, account);
  return json({
    id: account.companyId + 1,
    first_name: 'API',
    last_name: 'USER',
    email,
    company_id: account.companyId,
    created_at: istTimestamp(Date.UTC(2026, 0, 1)),
    token: issueToken(world, account),
  });
}

/** One text in two shapes, as both have been seen. */
function refuseLogin(world: World, email: string, account: ShiprocketAccount | undefined): Answer {
  if (world.limits.takeFromWindow(`login ${email}`, wrongPasswords, windowMs) > 0) {
    return html('<html><head><title>403 Forbidden</title></head></html>', 403);
  }
  return account === undefined ? failed(400, wrong) : json(wrong, 400, 'refused');
}

/** `POST /auth/logout` */
export function logOut(world: World, call: Call): Answer {
  const access = authorise(world, call);
  if ('refusal' in access) return access.refusal;
  world.books.shiprocket.revokedTokens.add(bearerOf(call));
  world.books.changed();
  return json({ message: 'Successfully logged out', status_code: 200 });
}

const problems = {
  malformed: 'Wrong number of segments',
  forged: 'Token Signature could not be verified.',
  expired: 'Token has expired',
  revoked: 'Unauthenticated.',
} as const;

export function authorise(
  world: World,
  call: Call,
): { account: ShiprocketAccount } | { refusal: Answer } {
  const token = bearerOf(call);
  if (token === '') {
    return { refusal: failed(401, 'Unauthenticated.', 'http_401') };
  }
  if (call.draw.colours.has('expired_token')) world.books.shiprocket.revokedTokens.add(token);
  const state = readToken(world, token);
  if ('account' in state) return state;
  return { refusal: failed(401, problems[state.problem], 'http_401') };
}
