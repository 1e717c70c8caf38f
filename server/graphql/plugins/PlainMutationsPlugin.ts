import type {} from 'postgraphile/graphile-build';

/** `clientMutationId` served an old client library; nobody here needs it. */
export const PlainMutationsPlugin: GraphileConfig.Plugin = {
  name: 'PlainMutationsPlugin',
  version: '0.1.0',
  schema: {
    hooks: {
      GraphQLInputObjectType_fields: {
        after: ['PgCustomTypeFieldPlugin'],
        callback: (fields, _build, { scope }) => (scope.isMutationInput ? without(fields) : fields),
      },
      GraphQLObjectType_fields: {
        after: ['PgCustomTypeFieldPlugin'],
        callback: (fields, _build, { scope }) =>
          scope.isMutationPayload ? without(fields) : fields,
      },
    },
  },
};

function without<T extends { clientMutationId?: unknown }>(fields: T): T {
  delete fields.clientMutationId;
  return fields;
}
