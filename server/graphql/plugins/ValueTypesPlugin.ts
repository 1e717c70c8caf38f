import { enumCodec, TYPES, type PgCodec, type PgEnumCodec } from 'postgraphile/@dataplan/pg';
import { gatherConfig } from 'postgraphile/graphile-build';
import type {} from 'postgraphile/graphile-build-pg';
import { GraphQLError } from 'postgraphile/graphql';
import { sql } from 'postgraphile/pg-sql2';

import { wordLists, type WordList } from '../enums.ts';

/** Arguments of the exposed functions that name a status of an order. */
const statusArguments = new Set(['to_status', 'expected_status']);

/** Columns of lookup tables that hold a status of an order. */
const statusColumns = new Set([
  'order_counts.status',
  'workflow_statuses.status',
  'workflow_transitions.from_status',
  'workflow_transitions.to_status',
]);

type EnumCodec = PgEnumCodec<string, string>;

interface State {
  orderStatus?: EnumCodec;
  memberRole?: EnumCodec;
  carrier?: EnumCodec;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how Graphile is extended
  namespace GraphileConfig {
    interface GatherHelpers {
      valueTypes: Record<string, never>;
    }
  }
}

/** Whole numbers that a 32-bit Int is too small for: JSON numbers, and no texts. */
const safeInt: PgCodec = {
  ...TYPES.bigint,
  name: 'safeInt',
  sqlType: sql`int8`,
  fromPg: Number,
  toPg: String,
};

const wordCodecs = new Map<string, EnumCodec>();
const codecOfColumn = new Map<string, EnumCodec>();
for (const [name, list] of Object.entries(wordLists)) {
  const codec = codecOf(name, list);
  wordCodecs.set(name, codec);
  for (const column of list.columns) codecOfColumn.set(column, codec);
}

/**
 * Columns of text with few words become enums, amounts and numbers become SafeInt. The busy tables
 * hold text and bigint for speed.
 */
export const ValueTypesPlugin: GraphileConfig.Plugin = {
  name: 'ValueTypesPlugin',
  version: '0.1.0',
  after: ['PgEnumTablesPlugin'],
  gather: gatherConfig({
    namespace: 'valueTypes',
    helpers: {},
    initialState: (): State => ({}),
    hooks: {
      pgIntrospection_introspection(info, { introspection }) {
        const wordsOf = (table: string): EnumCodec => {
          const found = introspection.classes.find(({ relname }) => relname === table);
          const key = found?.getConstraints().find(({ contype }) => contype === 'p');
          const codec = key && info.helpers.pgEnumTables.enumCodecForConstraint(key);
          if (!codec) throw new Error(`The table ${table} is missing or not readable`);
          return codec;
        };
        info.state.orderStatus = wordsOf('order_statuses');
        info.state.memberRole = wordsOf('member_roles');
        info.state.carrier = wordsOf('carriers');
      },
      pgCodecs_attribute(info, { attribute, pgAttribute }) {
        const column = `${pgAttribute.getClass()?.relname}.${pgAttribute.attname}`;
        const words = codecOfColumn.get(column);
        const codec = attribute.codec as PgCodec; // typed as any
        if (words && !codec.arrayOfCodec) attribute.codec = words;
        if (isWholeNumber(codec)) attribute.codec = safeInt;
        // A few digits: a double holds them, and JSON shows them as a number.
        if (column.endsWith('_percent')) attribute.codec = TYPES.float;
        if (info.state.orderStatus && statusColumns.has(column))
          attribute.codec = info.state.orderStatus;
      },
      pgProcedures_functionResourceOptions(info, { functionResourceOptions }) {
        for (const parameter of functionResourceOptions.parameters ?? []) {
          if (info.state.orderStatus && statusArguments.has(parameter.name ?? '')) {
            parameter.codec = info.state.orderStatus;
          }
          // Of functions that are called with one, a role is always a member's.
          if (info.state.memberRole && parameter.name === 'role') {
            parameter.codec = info.state.memberRole;
          }
          if (parameter.name === 'rule') {
            parameter.codec = wordCodecs.get('AssignmentRule') ?? parameter.codec;
          }
          if (info.state.carrier && parameter.name === 'carrier') {
            parameter.codec = info.state.carrier;
          }
        }
      },
      async pgRegistry_PgRegistryBuilder_pgCodecs(_info, { registryBuilder }) {
        registryBuilder.addCodec(safeInt);
        for (const codec of wordCodecs.values()) registryBuilder.addCodec(codec);
      },
    },
  }),
  schema: {
    hooks: {
      init: {
        before: ['PgCodecs'],
        callback(_, build) {
          build.registerScalarType('SafeInt', {}, () => wholeNumber, 'ValueTypesPlugin');
          build.setGraphQLTypeForPgCodec(safeInt, ['input', 'output'], 'SafeInt');
          return _;
        },
      },
    },
  },
};

const wholeNumber = {
  description:
    'A whole number between −(2⁵³ − 1) and 2⁵³ − 1, which every JSON parser reads exactly. An ' +
    '`Int` ends at 2³¹ − 1.',
  serialize: asSafeInteger,
  parseValue: asSafeInteger,
};

function asSafeInteger(value: unknown): number {
  const number = typeof value === 'string' && /^-?\d{1,16}$/.test(value) ? Number(value) : value;
  if (typeof number === 'number' && Number.isSafeInteger(number)) return number;
  throw new GraphQLError('SafeInt is a whole number between −(2⁵³ − 1) and 2⁵³ − 1.');
}

function isWholeNumber(codec: PgCodec): boolean {
  return codec === TYPES.bigint || codec.domainOfCodec === TYPES.bigint;
}

function codecOf(name: string, list: WordList): EnumCodec {
  return enumCodec({
    name: `${name}Word`, // tables and functions have their names here too
    identifier: TYPES.text.sqlType,
    values: Object.entries(list.words).map(([value, word]) => ({
      value,
      description: typeof word === 'string' ? word : word.description,
    })),
    description: list.description,
    extensions: { tags: { name } },
  });
}
