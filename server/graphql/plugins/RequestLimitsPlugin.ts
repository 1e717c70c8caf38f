import type { GrafastExecutionArgs } from 'postgraphile/grafast';
import type {} from 'postgraphile/grafserv';
import { getOperationAST, type GraphQLError } from 'postgraphile/graphql';

import { refusal } from '../../errors/refusal.ts';
import { maxVariablesBytes } from '../limits.ts';
import { costOf } from '../operation-cost.ts';

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
          const refused = refuseRequest(args, limits);
          if (refused) return { errors: [refused] };
          const answer = next();
          return answer instanceof Promise ? inTime(answer, limits.requestTimeoutMs) : answer;
        },
        subscribe(next, { args }) {
          const refused = refuseRequest(args, limits);
          return refused ? { errors: [refused] } : next();
        },
      },
    },
  };
}

function refuseRequest(
  { schema, document, operationName, variableValues }: GrafastExecutionArgs,
  { costLimit }: RequestLimits,
): GraphQLError | undefined {
  const variables = variableValues ?? {};
  const bytes = Buffer.byteLength(JSON.stringify(variables));
  if (bytes > maxVariablesBytes) {
    const facts = { limit: 'variablesBytes', allowed: maxVariablesBytes, actual: bytes };
    return refusal('TOO_LARGE', `Variables have at most ${maxVariablesBytes} bytes.`, facts);
  }
  const operation = getOperationAST(document, operationName);
  if (!operation) return undefined; // refused where it is looked for
  const cost = costOf(schema, document, operation, variables);
  if (cost <= costLimit) return undefined;
  return refusal(
    'TOO_COMPLEX',
    `The operation may cost ${cost}, more than the ${costLimit} allowed: ask for smaller pages.`,
    { limit: 'cost', allowed: costLimit, actual: cost },
  );
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
