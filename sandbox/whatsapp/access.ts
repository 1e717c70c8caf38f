import type { WhatsappAccount } from '../accounts.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import { tokenError, unknownObjectError } from './errors.ts';

export type Access = { account: WhatsappAccount } | { refusal: Answer };

/** Token first, object second, as the Graph API does. */
export function accessTo(
  world: World,
  call: Call,
  id: string,
  idOf: (account: WhatsappAccount) => string,
): Access {
  const scheme = /^Bearer\s/i.test(call.headers.authorization ?? '');
  const known = world.settings.whatsappAccounts.filter(({ token }) => token === call.token);
  if (!scheme || known.length === 0) return { refusal: tokenError(call.token !== '') };
  const account = known.find((candidate) => idOf(candidate) === id);
  return account === undefined ? { refusal: unknownObjectError(call.method, id) } : { account };
}
