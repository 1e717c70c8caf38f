import type { Merchant } from './merchants.ts';
import type { Db } from './query.ts';

export type MemberRole = 'owner' | 'manager' | 'staff';
export type ActorRole = MemberRole | 'system' | 'carrier';

/** As the API runs an operation: the member's role and claims, until the transaction ends. */
export async function asMember(db: Db, merchant: Merchant, role: MemberRole): Promise<void> {
  await setClaims(db, { merchant_id: merchant.id, member_id: merchant[role], role });
  await db.query('set local role waybill_member');
}

/** With the claims of a role and the administrator's privileges, to write events directly. */
export async function asActor(db: Db, merchant: Merchant, role: ActorRole): Promise<void> {
  const member = role === 'system' || role === 'carrier' ? '' : merchant[role];
  await setClaims(db, { merchant_id: merchant.id, member_id: member, role });
  await db.query('reset role');
}

/** A psql session of an administrator, without claims. */
export async function asDba(db: Db): Promise<void> {
  await setClaims(db, { merchant_id: '', member_id: '', role: '' });
  await db.query('reset role');
}

export async function asWorker(db: Db): Promise<void> {
  await asDba(db);
  await db.query('set local role waybill_worker');
}

async function setClaims(db: Db, claims: Record<string, string | number>): Promise<void> {
  for (const [name, claim] of Object.entries(claims)) {
    await db.query('select set_config($1, $2, true)', [`jwt.claims.${name}`, String(claim)]);
  }
}
