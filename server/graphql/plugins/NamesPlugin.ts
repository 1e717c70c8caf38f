import type {} from 'postgraphile/graphile-build-pg';
import type {} from 'postgraphile/graphile-build';

/**
 * Primary keys are called `id`, as in the database: there are no global node ids to confuse them
 * with. Enum values are in capitals, as GraphQL writes them; the database keeps them in lower case.
 */
export const NamesPlugin: GraphileConfig.Plugin = {
  name: 'NamesPlugin',
  version: '0.1.0',
  after: ['PgAttributesPlugin', 'PgSimplifyInflectionPlugin'],
  inflection: {
    add: {
      // There are no nodes; PgSimplifyInflectionPlugin warns when it finds nothing to replace.
      nodeById: (_options, typeName) => typeName,
    },
    replace: {
      _attributeName(previous, _options, details) {
        return previous!({ ...details, skipRowId: true });
      },
      enumValue(_previous, _options, value) {
        return this.constantCase(String(value));
      },
    },
  },
  schema: {
    hooks: {
      // No order at all: pages of it mean nothing.
      GraphQLEnumType_values(values, _build, { scope }) {
        if (scope.isPgRowSortEnum) delete values.NATURAL;
        return values;
      },
    },
  },
};
