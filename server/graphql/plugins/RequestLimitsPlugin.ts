import type {} from 'postgraphile/grafserv';
import type { GraphQLError } from 'postgraphile/graphql';

import { refusal } from '../../errors/refusal.ts';
import { refuseRequest } from '../refuse-request.ts';

export interface RequestLimits {
  costLimit: number;
  requestTimeoutMs: number;
}

/**
 * What an operation may cost is checked before it is planned, over HTTP and over sockets alike, and
 * a request over HTTP is answered in time. A subscription has no end to wait for: each of its events
 * has the time-out of its statements.
 */
export function requestLimitsPlugin(limits: RequestLimits): GraphileConfig.Plugin {
  return {
    name: 'RequestLimitsPlugin',
    version: '0.1.0',
    grafast: {
      middleware: {
        execute(next, { args }) {
          const refused = refuseRequest(args, limits.costLimit);
          if (refused) return { errors: [refused] };
          const answer = next();
          return answer instanceof Promise ? inTime(answer, limits.requestTimeoutMs) : answer;
        },
        subscribe(next, { args }) {
          const refused = refuseRequest(args, limits.costLimit);
          return refused ? { errors: [refused] } : next();
        },
      },
    },
  };
}

/** What still runs is ended by its own time-outs; nobody waits for it any more. */
async function inTime<T extends object | null | undefined>(
  answer: Promise<T>,
  milliseconds: number,
): Promise<T | { errors: GraphQLError[] }> {
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<{ errors: GraphQLError[] }>((resolve) => {
    timer = setTimeout(() => resolve({ errors: [tooLate()] }), milliseconds);
  });
  try {
    return await Promise.race([answer, late]);
  } finally {
    clearTimeout(timer);
  }
}

function tooLate(): GraphQLError {
  return refusal('TIMEOUT', 'This took too long. Ask for less, or try again.', {
    limit: 'request',
  });
}
