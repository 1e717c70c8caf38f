import type { PgCodec } from 'postgraphile/@dataplan/pg';
import { getNullableType, isNonNullType } from 'postgraphile/graphql';
import type {} from 'postgraphile/graphile-build';
import type {} from 'postgraphile/graphile-build-pg';

/** What is always there is not nullable: connections, the cursors of edges, elements of arrays. */
export const ConnectionsPlugin: GraphileConfig.Plugin = {
  name: 'ConnectionsPlugin',
  version: '0.1.0',
  schema: {
    hooks: {
      GraphQLObjectType_fields_field(field, build, { scope }) {
        const { GraphQLNonNull, GraphQLList } = build.graphql;
        if (scope.isPgFieldConnection || scope.isCursorField)
          return { ...field, type: new GraphQLNonNull(getNullableType(field.type)) };
        const codec = scope.pgFieldAttribute?.codec as PgCodec | undefined; // typed as any
        if (codec?.arrayOfCodec) {
          const list = getNullableType(field.type);
          if (!(list instanceof GraphQLList) || isNonNullType(list.ofType)) return field;
          const whole = new GraphQLList(new GraphQLNonNull(list.ofType));
          return {
            ...field,
            type: isNonNullType(field.type) ? new GraphQLNonNull(whole) : whole,
          };
        }
        return field;
      },
    },
  },
};
