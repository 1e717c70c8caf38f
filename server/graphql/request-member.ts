import type { IncomingMessage } from 'node:http';

import type { Member } from '../auth/access-token.ts';

/**
 * Who a request acts as. Kept beside the request and not in it, so that no header or body can put
 * anything there: only `authenticate` and the socket server do, after checking the token.
 */
const members = new WeakMap<IncomingMessage, Member>();

export function rememberMember(request: IncomingMessage, member: Member): void {
  members.set(request, member);
}

/** Requests that come without a login, for what a customer may know by a public id. */
const customers = new WeakSet<IncomingMessage>();

export function rememberCustomer(request: IncomingMessage): void {
  customers.add(request);
}

export function isCustomer(request: IncomingMessage | undefined): boolean {
  return request !== undefined && customers.has(request);
}

export function memberOf(request: IncomingMessage | undefined): Member | undefined {
  return request && members.get(request);
}
