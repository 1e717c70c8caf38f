import { TYPES, listOfCodec, sqlValueWithCodec, type PgCodec } from 'postgraphile/@dataplan/pg';
import type {} from 'postgraphile/graphile-build';
import type {} from 'postgraphile/graphile-build-pg';
import { sql, type SQL } from 'postgraphile/pg-sql2';
import type { GraphQLInputType } from 'postgraphile/graphql';

import { refusal } from '../../errors/refusal.ts';
import { lists, type Filter, type Order } from '../lists.ts';

/** What both a condition and a query take. */
interface Narrowed {
  where(condition: { type: 'attribute'; attribute: string; callback: (column: SQL) => SQL }): void;
}

interface Ordered extends Narrowed {
  orderBy(order: { attribute: string; direction: 'ASC' | 'DESC' }): void;
  setOrderIsUnique(): void;
}

interface Query {
  getSubplan(): object;
}

interface Value {
  apply(target: object, prepare?: (query: { whereBuilder(): object }) => object): void;
}

type Hook = Extract<
  NonNullable<
    NonNullable<
      NonNullable<GraphileConfig.Plugin['schema']>['hooks']
    >['GraphQLObjectType_fields_field_args']
  >,
  (...given: never[]) => unknown
>;

/** As many values as a page has rows. */
const maxValues = 100;

/** `filter` and `orderBy` of lists, as `lists.ts` has them. */
export const ListsPlugin: GraphileConfig.Plugin = {
  name: 'ListsPlugin',
  version: '0.1.0',
  schema: {
    hooks: {
      init: {
        after: ['PgCodecs'],
        callback(_, build) {
          registerTimeRange(build);
          for (const [table, { filters, orders }] of Object.entries(lists)) {
            const codec = build.pgResources[table]?.codec as PgCodec | undefined;
            if (!codec) throw new Error(`There is no list of ${table}`);
            if (filters) registerFilter(build, codec, filters);
            if (orders) registerOrder(build, codec, orders);
          }
          return _;
        },
      },
      GraphQLObjectType_fields_field_args: {
        // The page comes first in a field's arguments, as people write them.
        after: ['PgFirstLastBeforeAfterArgsPlugin'],
        callback: (...given) => addArguments(...given),
      },
    },
  },
};

const filterName = (build: GraphileBuild.Build, codec: PgCodec) =>
  `${build.inflection.tableType(codec)}Filter`;
const orderName = (build: GraphileBuild.Build, codec: PgCodec) =>
  `${build.inflection.tableType(codec)}OrderBy`;

const addArguments: Hook = (args, build, { scope, Self }) => {
  if (!scope.isPgFieldConnection) return args;
  // Codecs in a scope are typed as any.
  const codec = (scope.pgFieldCodec ?? scope.pgFieldResource?.codec) as PgCodec | undefined;
  const list = codec && lists[codec.name];
  if (!list) return args;
  const added: typeof args = {};
  if (list.filters) {
    added.filter = {
      description: 'Which of them; conditions add up.',
      type: build.getInputTypeByName(filterName(build, codec)),
      applyPlan: (_$parent: unknown, $connection: Query, value: Value) =>
        value.apply($connection.getSubplan(), (query) => query.whereBuilder()),
    } as never;
  }
  const [first] = Object.values(list.orders ?? {});
  if (first) {
    const { GraphQLNonNull } = build.graphql;
    added.orderBy = {
      description: 'Which come first.',
      type: new GraphQLNonNull(build.getInputTypeByName(orderName(build, codec))),
      defaultValue: first,
      applyPlan: (_$parent: unknown, $connection: Query, value: Value) =>
        value.apply($connection.getSubplan()),
    } as never;
  }
  return build.extend(args, added, `filter and order of ${Self.name}.${scope.fieldName}`);
};

function registerOrder(
  build: GraphileBuild.Build,
  codec: PgCodec,
  orders: Readonly<Record<string, Order>>,
): void {
  const entries = Object.entries(orders).map(([name, order]) => {
    const apply = (query: Ordered) => {
      if (order.only) query.where(present(order.only));
      for (const [attribute, direction] of order.columns) query.orderBy({ attribute, direction });
      query.setOrderIsUnique();
    };
    const { description } = order;
    return [name, { value: order, description, extensions: { grafast: { apply } } }] as const;
  });
  build.registerEnumType(
    orderName(build, codec),
    {},
    () => ({
      description: `The orders in which lists of ${build.inflection.tableType(codec)} come.`,
      values: Object.fromEntries(entries),
    }),
    'ListsPlugin',
  );
}

function registerFilter(
  build: GraphileBuild.Build,
  codec: PgCodec,
  filters: Readonly<Record<string, Filter>>,
): void {
  build.registerInputObjectType(
    filterName(build, codec),
    {},
    () => ({
      description: `Which ${build.inflection.tableType(codec)} rows a list has.`,
      fields: () =>
        Object.fromEntries(
          Object.entries(filters).map(([name, filter]) => [
            name,
            {
              description: filter.description,
              type: typeOf(build, codec, filter),
              apply: (target: Narrowed, given: unknown) => {
                if (given != null) narrow(target, name, columnOf(codec, filter), filter, given);
              },
            },
          ]),
        ),
    }),
    'ListsPlugin',
  );
}

function registerTimeRange(build: GraphileBuild.Build): void {
  build.registerInputObjectType(
    'DatetimeRange',
    {},
    () => ({
      description: 'A stretch of time; an end that is left out is open.',
      fields: () => ({
        from: {
          description: 'This moment and later.',
          type: build.getInputTypeByName('Datetime'),
        },
        before: {
          description: 'Earlier than this moment.',
          type: build.getInputTypeByName('Datetime'),
        },
      }),
    }),
    'ListsPlugin',
  );
}

function columnOf(codec: PgCodec, { column }: Filter): PgCodec {
  const attribute = codec.attributes?.[column];
  if (!attribute) throw new Error(`${codec.name} has no column ${column}`);
  return attribute.codec;
}

function typeOf(build: GraphileBuild.Build, codec: PgCodec, filter: Filter): GraphQLInputType {
  const { GraphQLList, GraphQLNonNull } = build.graphql;
  switch (filter.by) {
    case 'present':
    case 'absent':
    case 'open':
      return build.graphql.GraphQLBoolean;
    case 'between':
    case 'idBetween':
      return build.getInputTypeByName('DatetimeRange');
    case 'search':
      return build.graphql.GraphQLString;
    case 'is':
    case 'oneOf': {
      const type = build.getGraphQLTypeByPgCodec(columnOf(codec, filter), 'input');
      if (!type) throw new Error(`${codec.name}.${filter.column} has no input type`);
      const input = type as GraphQLInputType & { name: string };
      return filter.by === 'is' ? input : new GraphQLList(new GraphQLNonNull(input as never));
    }
  }
}

function narrow(
  target: Narrowed,
  name: string,
  codec: PgCodec,
  filter: Filter,
  given: unknown,
): void {
  const where = (callback: (column: SQL) => SQL) =>
    target.where({ type: 'attribute', attribute: filter.column, callback });
  switch (filter.by) {
    case 'is':
      return where((column) => sql`${column} = ${sqlValueWithCodec(given, codec)}`);
    case 'oneOf': {
      const values = given as unknown[];
      if (values.length > maxValues)
        throw refusal('INVALID_INPUT', `At most ${maxValues} values.`, { field: `filter.${name}` });
      return where((column) => sql`${column} = any(${sqlValueWithCodec(values, listOf(codec))})`);
    }
    case 'present':
    case 'absent': {
      const isPresent = (filter.by === 'present') === given;
      return target.where(isPresent ? present(filter.column) : absent(filter.column));
    }
    case 'open':
      if (given !== true) return;
      for (const column of filter.endedBy ?? []) target.where(absent(column));
      return where((end) => sql`${end} > now()`);
    case 'search':
      return where(
        (id) => sql`${id} = any(array(select app_hidden.search_orders(${text(given)})))`,
      );
    case 'between':
    case 'idBetween': {
      const { from, before } = given as { from?: unknown; before?: unknown };
      const moment = (at: unknown) => {
        const value = sqlValueWithCodec(at, TYPES.timestamptz);
        return filter.by === 'between' ? value : sql`app_hidden.uuid_v7_floor(${value})`;
      };
      if (from != null) where((column) => sql`${column} >= ${moment(from)}`);
      if (before != null) where((column) => sql`${column} < ${moment(before)}`);
    }
  }
}

/** The types of codecs say whether they are lists, which those of columns here never are. */
function listOf(codec: PgCodec): PgCodec {
  return listOfCodec(codec as Parameters<typeof listOfCodec>[0]);
}

function text(given: unknown): SQL {
  return sqlValueWithCodec(given, TYPES.text);
}

function present(attribute: string) {
  return { type: 'attribute' as const, attribute, callback: (c: SQL) => sql`${c} is not null` };
}

function absent(attribute: string) {
  return { type: 'attribute' as const, attribute, callback: (c: SQL) => sql`${c} is null` };
}
