import { enumCodec, TYPES, type PgEnumCodec } from 'postgraphile/@dataplan/pg';
import { gatherConfig } from 'postgraphile/graphile-build';
import type {} from 'postgraphile/graphile-build-pg';

/**
 * Columns that hold a status of an order or of a shipment, depending on the row. Their type is the
 * union of both, so that a client never sees one status written in two ways.
 */
const mixedColumns = new Set([
  'order_events.from_status',
  'order_events.to_status',
  'workflow_statuses.status',
  'workflow_transitions.from_status',
  'workflow_transitions.to_status',
]);

/** Arguments of the exposed functions that name a status of an order. */
const statusArguments = new Set(['to_status', 'expected_status']);

type StatusCodec = PgEnumCodec<string, string>;

interface State {
  orderStatus?: StatusCodec;
  anyStatus?: StatusCodec;
  memberRole?: StatusCodec;
}

declare global {
  // eslint-disable-next-line @typescript-eslint/no-namespace -- how Graphile is extended
  namespace GraphileConfig {
    interface GatherHelpers {
      statuses: Record<string, never>;
    }
  }
}

/** Statuses are enums wherever they appear, though the busy tables hold them as text for speed. */
export const StatusesPlugin: GraphileConfig.Plugin = {
  name: 'StatusesPlugin',
  version: '0.1.0',
  after: ['PgEnumTablesPlugin'],
  gather: gatherConfig({
    namespace: 'statuses',
    helpers: {},
    initialState: (): State => ({}),
    hooks: {
      pgIntrospection_introspection(info, { introspection }) {
        const codecOf = (table: string) => {
          const found = introspection.classes.find(({ relname }) => relname === table);
          const key = found?.getConstraints().find(({ contype }) => contype === 'p');
          return key && info.helpers.pgEnumTables.enumCodecForConstraint(key);
        };
        const orders = codecOf('order_statuses');
        const shipments = codecOf('shipment_statuses');
        if (!orders || !shipments) throw new Error('The status tables are missing or not readable');
        info.state.orderStatus = orders;
        const roles = codecOf('member_roles');
        if (roles) info.state.memberRole = roles;
        info.state.anyStatus = unionOf([orders, shipments]);
      },
      pgCodecs_attribute(info, { attribute, pgAttribute }) {
        const column = `${pgAttribute.getClass()?.relname}.${pgAttribute.attname}`;
        if (info.state.anyStatus && mixedColumns.has(column))
          attribute.codec = info.state.anyStatus;
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
        }
      },
      async pgRegistry_PgRegistryBuilder_pgCodecs(info, { registryBuilder }) {
        if (info.state.anyStatus) registryBuilder.addCodec(info.state.anyStatus);
      },
    },
  }),
};

function unionOf(codecs: StatusCodec[]): StatusCodec {
  const values = new Map(
    codecs.flatMap((codec) => codec.values).map((value) => [value.value, value]),
  );
  return enumCodec({
    name: 'status',
    identifier: TYPES.text.sqlType,
    // `delivered` means one thing of an order and another of a box: no description fits both.
    values: [...values.keys()].map((value) => ({ value })),
    description: 'A status of an order or of a shipment.',
    extensions: { tags: { name: 'Status' } },
  });
}
