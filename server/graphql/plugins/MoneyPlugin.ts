import type { PgCodec, PgCodecWithAttributes } from 'postgraphile/@dataplan/pg';
import { lambda, object, type Step } from 'postgraphile/grafast';
import type {} from 'postgraphile/graphile-build';
import type {} from 'postgraphile/graphile-build-pg';
import { extendSchema, gql } from 'postgraphile/utils';

/** What a field is called when it is not its column without `_minor`. */
const names: Readonly<Record<string, string>> = {
  declared_minor: 'declaredValue',
  rto_minor: 'rtoPrice',
};

interface Row extends Step {
  get(column: string): Step;
}

/** An amount never comes without its currency: every `…_minor` column is a `Money`. */
export const MoneyPlugin: GraphileConfig.Plugin = {
  name: 'MoneyPlugin',
  version: '0.1.0',
  schema: {
    hooks: {
      GraphQLObjectType_fields: {
        after: ['PgAttributesPlugin'],
        callback(fields, build, { scope, fieldWithHooks }) {
          const codec = scope.isPgClassType
            ? (scope.pgCodec as PgCodecWithAttributes | undefined)
            : undefined;
          const columns = Object.keys(codec?.attributes ?? {}).filter((c) => c.endsWith('_minor'));
          if (!codec || columns.length === 0) return fields;
          const Money = build.getOutputTypeByName('Money');
          const added = columns.map((column) => {
            const fieldName = names[column] ?? build.inflection.camelCase(column.slice(0, -6));
            delete fields[build.inflection.attribute({ codec, attributeName: column })];
            const always = codec.attributes[column]?.notNull === true;
            const field = fieldWithHooks({ fieldName }, () => ({
              type: always ? new build.graphql.GraphQLNonNull(Money) : Money,
              plan: ($row: Row) => {
                const currency = currencyOf($row, codec as PgCodec, build);
                const money = object({ amount: $row.get(column), currency });
                return always ? money : lambda(money, nullWithoutAmount, true);
              },
            }));
            return [fieldName, field] as const;
          });
          return build.extend(fields, Object.fromEntries(added), 'amounts with their currency');
        },
      },
    },
  },
};

function nullWithoutAmount<T extends { amount: unknown }>(money: T): T | null {
  return money.amount === null ? null : money;
}

/**
 * Lines and boxes are in their order's currency, a rate card in its merchant's; the row is joined, not
 * asked for.
 */
function currencyOf($row: Row, codec: PgCodec, build: GraphileBuild.Build): Step {
  if (codec.attributes?.currency) return $row.get('currency');
  const { order, merchant } = build.pgResources;
  if (!order || !merchant) throw new Error('The schema has no orders');
  const $owner = codec.attributes?.order_id
    ? order.get({ id: $row.get('order_id') })
    : merchant.get({ id: $row.get('merchant_id') });
  return ($owner as Row).get('currency');
}

export const MoneyTypePlugin: GraphileConfig.Plugin = extendSchema(
  {
    typeDefs: gql`
      """
      An amount of money.
      """
      type Money {
        """
        In the currency's minor unit: 305000 is ₹3,050.00.
        """
        amount: SafeInt!
        """
        ISO 4217, such as INR.
        """
        currency: String!
      }
    `,
  },
  'MoneyTypePlugin',
);
