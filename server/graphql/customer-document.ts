import { GraphQLError, Kind } from 'postgraphile/graphql';

import { checkDocument } from './document-limits.ts';

/** What may be asked without a login; the roots of everything else need a member. */
const forCustomers = 'trackedOrder';

/**
 * Whether a request's body asks for nothing but what customers may ask. Fragments at the root are not
 * looked into: such a document needs a login.
 */
export function isForCustomers(body: unknown): boolean {
  if (typeof body !== 'object' || body === null || !('query' in body)) return false;
  if (typeof body.query !== 'string' || !body.query.includes(forCustomers)) return false;
  const document = checkDocument(body.query);
  if (document instanceof GraphQLError) return false;
  const operations = document.definitions.filter(
    (definition) => definition.kind === Kind.OPERATION_DEFINITION,
  );
  return (
    operations.length > 0 &&
    operations.every(({ selectionSet }) =>
      selectionSet.selections.every(
        (selection) => selection.kind === Kind.FIELD && selection.name.value === forCustomers,
      ),
    )
  );
}
