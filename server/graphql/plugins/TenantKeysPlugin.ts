import type {} from 'postgraphile/graphile-build-pg';

const tenantColumn = 'merchant_id';

/**
 * Takes the tenant out of every key, before anything is named after keys: `order(id:)` and not
 * `order(merchantId:, id:)`. The tenant of a request is in its claims, row-level security compares
 * it in every statement, and the planner uses both conditions for the index that leads with it.
 *
 * Foreign keys and the other unique keys are left to `exposed.ts`, which names the relations.
 */
export const TenantKeysPlugin: GraphileConfig.Plugin = {
  name: 'TenantKeysPlugin',
  version: '0.1.0',
  before: ['PgFakeConstraintsPlugin', 'PgEnumTablesPlugin'],
  gather: {
    hooks: {
      pgIntrospection_introspection(_info, event) {
        const { introspection } = event;
        const tenantNumbers = new Map(
          introspection.attributes
            .filter((attribute) => attribute.attname === tenantColumn)
            .map((attribute) => [attribute.attrelid, attribute.attnum]),
        );
        for (const constraint of introspection.constraints) {
          if (constraint.contype !== 'p') {
            // Exclusion constraints are passed over; taking rows out of the list would not reach
            // the
            // look-ups that were made from it.
            constraint.contype = 'x';
            continue;
          }
          const tenant = tenantNumbers.get(constraint.conrelid);
          const columns = constraint.conkey?.filter((column) => column !== tenant);
          if (columns?.length) constraint.conkey = columns;
        }
      },
    },
  },
};
