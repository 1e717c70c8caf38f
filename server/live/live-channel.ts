import { z } from 'zod';

import type { Member } from '../auth/access-token.ts';
import { refusal } from '../errors/refusal.ts';
import type { Hub } from './hub.ts';
import type { LiveEvent } from './live-event.ts';

/** What a subscription plan listens to: its topic is the field's arguments as JSON. */
export interface LiveChannel {
  subscribe(topic: string): Promise<AsyncIterableIterator<LiveEvent>>;
}

/** Whether a store is visible to the member, asked of the database as that member. */
export type StoreCheck = (storeId: number) => Promise<boolean>;

const Topic = z.object({ storeId: z.number().int(), after: z.string().nullish() });

/** The hub as one member may use it: the tenant is the member's own, whatever the arguments say. */
export function liveChannelFor(hub: Hub, member: Member, maySeeStore: StoreCheck): LiveChannel {
  return {
    async subscribe(topic) {
      const { storeId, after } = Topic.parse(JSON.parse(topic));
      if (!(await maySeeStore(storeId))) {
        throw refusal('NOT_FOUND', 'There is no such store.', { field: 'storeId' });
      }
      return hub.subscribe({ merchantId: member.merchantId, storeId }, after ?? null);
    },
  };
}
