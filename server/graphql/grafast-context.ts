import type {} from 'postgraphile/grafserv/node';

import type { LiveChannel } from '../live/live-channel.ts';
import type { Member } from '../auth/access-token.ts';
import { memberOf } from './request-member.ts';
import { memberSettings } from './settings.ts';

/** What plans find in their context beside the settings. */
declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how Grafast is extended
  namespace Grafast {
    interface Context {
      live: LiveChannel;
      labelUrl: (shipmentId: string) => string;
    }
  }
}

export interface ContextParts {
  liveFor: (member: Member) => LiveChannel;
  labelUrl: (shipmentId: string) => string;
  statementTimeoutMs: number;
}

/** The context of one operation, over HTTP or a socket; throws when nobody is signed in. */
export function makeContext(parts: ContextParts) {
  return (request: Partial<Grafast.RequestContext>): Partial<Grafast.Context> => {
    const member = memberOf(request.node?.req ?? request.ws?.request);
    const pgSettings = memberSettings(member, parts.statementTimeoutMs);
    if (!member) throw new Error('unreachable: memberSettings refuses it');
    return { pgSettings, live: parts.liveFor(member), labelUrl: parts.labelUrl };
  };
}
