import type { Member } from '../auth/access-token.ts';
import { refusal } from '../errors/refusal.ts';

/** Longer than any page takes, shorter than the login role's own limit. */
const statementTimeout = '8s';

/** A customer has no claims: the public id is all the permission there is. */
export function customerSettings(): Record<string, string> {
  return { role: 'waybill_customer', statement_timeout: statementTimeout };
}

/**
 * The role and claims of one operation's transaction. Without a member there are none: a missing
 * role would run the statement as the login role, so it is refused here whatever happened before.
 */
export function memberSettings(member: Member | undefined): Record<string, string> {
  if (!member?.merchantId || !member.memberId || !member.role) {
    throw refusal('UNAUTHENTICATED', 'Sign in first.');
  }
  return {
    role: 'waybill_member',
    'jwt.claims.merchant_id': String(member.merchantId),
    'jwt.claims.member_id': String(member.memberId),
    'jwt.claims.role': member.role,
    statement_timeout: statementTimeout,
  };
}
