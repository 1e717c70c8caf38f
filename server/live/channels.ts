import type { Member } from '../auth/access-token.ts';
import { refusal } from '../errors/refusal.ts';
import type { Tracking } from '../tracking/track-order.ts';
import type { CountsWatch } from './counts.ts';
import { parseOrderCursor } from './cursor.ts';
import { toCustomerEvent, type CustomerEvent } from './customer-event.ts';
import type { Hub } from './hub.ts';
import { isCreation, isShipping, isStatusChange, type Wanted } from './live-event.ts';
import { picked, replayThen } from './replay-then.ts';

/** Who listens: a member, or a customer who knows a public id. */
export interface Listener {
  member: Member | undefined;
  /** For limits on guessing. */
  address: string;
}

/** One thing to tell. Payloads with the same key of the same channel are the same. */
export interface Told {
  key: string;
  payload: object;
  kind: 'live' | 'replay';
}

export type Source = AsyncIterableIterator<Told>;

/** Whether a store is visible to the member, asked of the database as that member. */
export type StoreCheck = (member: Member, storeId: number) => Promise<boolean>;

export interface ChannelParts {
  hub: Hub;
  counts: CountsWatch;
  tracking: Tracking;
  maySeeStore: StoreCheck;
}

type Arguments = Readonly<Record<string, unknown>>;

/** The live channels by their names in GraphQL; SSE has the same ones. */
export class Channels {
  readonly #parts: ChannelParts;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
  }

  async open(channel: string, args: Arguments, listener: Listener): Promise<Source> {
    switch (channel) {
      case 'orderStatusUpdated':
        return this.storeEvents(isStatusChange, args, listener);
      case 'orderCreated':
        return this.storeEvents(isCreation, args, listener);
      case 'shippingUpdated':
        return this.storeEvents(isShipping, args, listener);
      case 'orderCounts':
        return this.#orderCounts(args, listener);
      case 'customerOrderUpdated':
        return this.#customerEvents(args, listener);
      default:
        throw refusal('INVALID_INPUT', 'There is no such channel.');
    }
  }

  /** The tenant is the member's own, whatever the arguments say. */
  async storeEvents(wanted: Wanted, args: Arguments, listener: Listener): Promise<Source> {
    const { merchantId, storeId } = await this.#store(args, listener);
    const startsAt = this.#parts.hub.position();
    const events = await this.#parts.hub.ofStore(
      { merchantId, storeId, wanted },
      textOf(args.after),
    );
    return picked(events, (event) => ({
      key: event.cursor,
      payload: event,
      kind: event.position > startsAt ? 'live' : 'replay',
    }));
  }

  async #orderCounts(args: Arguments, listener: Listener): Promise<Source> {
    const { merchantId, storeId } = await this.#store(args, listener);
    return picked(this.#parts.counts.watch(merchantId, storeId), (counts) => ({
      key: counts.timestamp,
      payload: counts,
      kind: 'live',
    }));
  }

  async #store(
    { storeId }: Arguments,
    { member }: Listener,
  ): Promise<{ merchantId: number; storeId: number }> {
    if (!member) throw refusal('UNAUTHENTICATED', 'Sign in first.');
    if (typeof storeId !== 'number' || !(await this.#parts.maySeeStore(member, storeId)))
      throw refusal('NOT_FOUND', 'There is no such store.', { field: 'storeId' });
    return { merchantId: member.merchantId, storeId };
  }

  /**
   * Joined before what was missed is read, so nothing falls between; an event that both have is told
   * once, by its seq.
   */
  async #customerEvents(args: Arguments, { address }: Listener): Promise<Source> {
    const { hub, tracking } = this.#parts;
    const publicId = textOf(args.publicId) ?? '';
    const after = textOf(args.after);
    let last = after === null ? 0 : parseOrderCursor(after);
    await tracking.find(publicId, address);
    const live = picked(hub.ofOrder(publicId, isStatusChange), toCustomerEvent);
    const events = after === null ? live : replayThen(live, missedBy(tracking, publicId, last));
    return picked(events, (event) => {
      if (event.seq <= last) return undefined;
      last = event.seq;
      return { key: event.cursor, payload: event, kind: 'live' };
    });
  }
}

async function* missedBy(
  tracking: Tracking,
  publicId: string,
  after: number,
): AsyncGenerator<CustomerEvent> {
  yield* await tracking.eventsSince(publicId, after);
}

function textOf(argument: unknown): string | null {
  return typeof argument === 'string' ? argument : null;
}
