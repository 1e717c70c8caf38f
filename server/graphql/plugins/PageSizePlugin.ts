import { lambda } from 'postgraphile/grafast';
import type {} from 'postgraphile/graphile-build';
import type {} from 'postgraphile/graphile-build-pg';

import { refusal } from '../../errors/refusal.ts';

export const defaultPageSize = 50;
export const maxPageSize = 100;

/**
 * No list without a cap, nested ones included: `first` has a default and a limit; offsets are gone.
 */
export const PageSizePlugin: GraphileConfig.Plugin = {
  name: 'PageSizePlugin',
  version: '0.1.0',
  after: ['PgFirstLastBeforeAfterArgsPlugin'],
  schema: {
    hooks: {
      GraphQLObjectType_fields_field_args(args, _build, { scope }) {
        if (!scope.isPgFieldConnection || !args.first) return args;
        const { offset: _offset, ...kept } = args;
        return {
          ...kept,
          first: {
            ...args.first,
            description: `How many, ${maxPageSize} at most.`,
            defaultValue: defaultPageSize,
            applyPlan(_$parent, $connection: { setFirst(first: unknown): void }, value) {
              $connection.setFirst(lambda(value.getRaw(), pageSize));
            },
          },
        };
      },
    },
  },
};

function pageSize(first: unknown): number {
  if (first == null) return defaultPageSize;
  if (Number.isInteger(first) && Number(first) >= 0 && Number(first) <= maxPageSize)
    return Number(first);
  throw refusal('INVALID_INPUT', `A page has at most ${maxPageSize} rows.`, { field: 'first' });
}
