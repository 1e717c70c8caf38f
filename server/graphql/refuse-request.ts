import { getOperationAST, type ExecutionArgs, type GraphQLError } from 'postgraphile/graphql';

import { refusal } from '../errors/refusal.ts';
import { maxVariablesBytes } from './limits.ts';
import { costOf } from './operation-cost.ts';

/**
 * What one operation may cost, and how large its variables are. Asked before it is planned: over HTTP by
 * RequestLimitsPlugin, of a subscription when it is opened, because many share one execution.
 */
export function refuseRequest(
  { schema, document, operationName, variableValues }: ExecutionArgs,
  costLimit: number,
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
