import type { Member } from '../auth/access-token.ts';
import { refusal } from '../errors/refusal.ts';
import type { Tracking } from '../tracking/track-order.ts';
import type { CountsWatch } from './counts.ts';
import { parseOrderCursor } from './cursor.ts';
import { toCustomerEvent, type CustomerEvent } from './customer-event.ts';
import type { Hub, StoreChannel } from './hub.ts';
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

const storeChannels: Readonly<Record<string, Wanted>> = {
  orderStatusUpdated: isStatusChange,
  orderCreated: isCreation,
  shippingUpdated: isShipping,
};

/** The live channels by their names in GraphQL; SSE has the same ones. */
export class Channels {
  readonly #parts: ChannelParts;

  constructor(parts: ChannelParts) {
    this.#parts = parts;
  }

  /** Which events of which store a channel tells; undefined for those that are not a store's. */
  eventsOf(channel: string, args: Arguments, { member }: Listener): StoreChannel | undefined {
    const wanted = storeChannels[channel];
    if (!wanted || !member || typeof args.storeId !== 'number') return undefined;
    return { merchantId: member.merchantId, storeId: args.storeId, wanted };
  }

  async open(channel: string, args: Arguments, listener: Listener): Promise<Source> {
    const wanted = storeChannels[channel];
    if (wanted) return this.storeEvents(wanted, args, listener);
    switch (channel) {
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
