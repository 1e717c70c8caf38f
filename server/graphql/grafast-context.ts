import type {} from 'postgraphile/grafserv/node';

import type { Paper } from '../papers/paper-links.ts';
import type { TrackedOrder } from '../tracking/track-order.ts';
import { isCustomer, memberOf } from './request-member.ts';
import type { CarrierDesk } from '../carriers/carrier-desk.ts';
import { refusal } from '../errors/refusal.ts';
import { customerSettings, memberSettings } from './settings.ts';

/** What plans find in their context beside the settings. */
declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how Grafast is extended
  namespace Grafast {
    interface Context {
      live: LivePayloads;
      /** Where the live stream is now. */
      liveCursor: () => string;
      trackOrder: (publicId: string) => Promise<TrackedOrder>;
      paperUrl: (paper: Paper) => string;
      carrierDesk: CarrierDesk;
    }
  }
}

/** What a subscription plan listens to; server/live gives each run its payloads. */
export interface LivePayloads {
  subscribe(topic: string): Promise<AsyncIterableIterator<object>>;
}

export interface ContextParts {
  liveCursor: () => string;
  trackOrder: (publicId: string, address: string) => Promise<TrackedOrder>;
  paperUrl: (paper: Paper) => string;
  carrierDesk: CarrierDesk;
  statementTimeoutMs: number;
}

const noStream: LivePayloads = {
  subscribe: () => Promise.reject(refusal('INVALID_INPUT', 'Subscriptions go over the socket.')),
};

/** The context of one operation, over HTTP or a socket; throws when nobody is signed in. */
export function makeContext(parts: ContextParts) {
  return (requested: Partial<Grafast.RequestContext>): Partial<Grafast.Context> => {
    const request = requested.node?.req ?? requested.ws?.request;
    const pgSettings = isCustomer(request)
      ? customerSettings(parts.statementTimeoutMs)
      : memberSettings(memberOf(request), parts.statementTimeoutMs);
    const address = request?.socket.remoteAddress ?? '';
    return {
      pgSettings,
      live: noStream,
      liveCursor: parts.liveCursor,
      trackOrder: (publicId) => parts.trackOrder(publicId, address),
      paperUrl: parts.paperUrl,
      carrierDesk: parts.carrierDesk,
    };
  };
}
