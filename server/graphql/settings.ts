import type { Member } from '../auth/access-token.ts';
import { refusal } from '../errors/refusal.ts';

/** Longer than any page takes, shorter than the login role's own limit. */
const defaultStatementTimeout = 8_000;

/** A customer has no claims: the public id is all the permission there is. */
export function customerSettings(
  statementTimeoutMs = defaultStatementTimeout,
): Record<string, string> {
  return { role: 'waybill_customer', statement_timeout: String(statementTimeoutMs) };
}

/**
 * The role and claims of one operation's transaction. Without a member there are none: a missing
 * role would run the statement as the login role, so it is refused here whatever happened before.
 */
export function memberSettings(
  member: Member | undefined,
  statementTimeoutMs = defaultStatementTimeout,
): Record<string, string> {
  if (!member?.merchantId || !member.memberId || !member.role || !member.sessionId) {
    throw refusal('UNAUTHENTICATED', 'Sign in first.');
  }
  return {
    role: 'waybill_member',
    'jwt.claims.merchant_id': String(member.merchantId),
    'jwt.claims.member_id': String(member.memberId),
    'jwt.claims.session_id': member.sessionId,
    'jwt.claims.role': member.role,
    statement_timeout: String(statementTimeoutMs),
    // Shorter, so that waiting for somebody else's transaction has a name of its own.
    lock_timeout: String(Math.ceil(statementTimeoutMs / 2)),
  };
}
