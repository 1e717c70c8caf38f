import { refusal } from '../errors/refusal.ts';
import type { Member } from '../auth/access-token.ts';

/** How much one process takes on. A subscription is one of a socket, or one SSE stream. */
export const liveLimits = {
  subscriptionsPerSocket: 20,
  subscriptionsPerMember: 1000,
  /** Of customers, who have no login to count by. */
  subscriptionsPerPublicId: 50,
  subscriptions: 20_000,
  sockets: 10_000,
} as const;

/** Counts what is open, so that nobody takes all of it. */
export class Admission {
  readonly #held = new Map<string, number>();
  #total = 0;

  /** Returns how to give the place back; once is enough. */
  take(holder: string): () => void {
    const held = this.#held.get(holder) ?? 0;
    const limit = holder.startsWith('order ')
      ? liveLimits.subscriptionsPerPublicId
      : liveLimits.subscriptionsPerMember;
    if (held >= limit || this.#total >= liveLimits.subscriptions) {
      throw refusal('TOO_MANY_SUBSCRIPTIONS', 'There are as many subscriptions as are allowed.');
    }
    this.#held.set(holder, held + 1);
    this.#total += 1;
    let isHeld = true;
    return () => {
      if (!isHeld) return;
      isHeld = false;
      this.#total -= 1;
      const left = (this.#held.get(holder) ?? 1) - 1;
      if (left > 0) this.#held.set(holder, left);
      else this.#held.delete(holder);
    };
  }
}

export function holderOf(member: Member | undefined, publicId: unknown): string {
  return member && publicId === undefined
    ? `member ${member.merchantId} ${member.memberId}`
    : `order ${String(publicId)}`;
}
