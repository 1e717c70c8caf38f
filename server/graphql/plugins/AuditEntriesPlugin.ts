import { lambda, type Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

interface Row extends Step {
  get(column: string): Step;
}

/** What an audit entry says, in the words of this API; the database keeps one row shape for all. */
export const AuditEntriesPlugin: GraphileConfig.Plugin = extendSchema(
  {
    typeDefs: gql`
      extend type AuditEntry {
        """
        What was changed.
        """
        entity: AuditedEntity!
        """
        What was done to it. Of orders and boxes: as the OrderEventType.
        """
        action: String!
        """
        What it had before: a status or a role. Null when it was made, or when that stayed.
        """
        before: String
        """
        What it has since: a status or a role. Null when it was removed, or when that stayed.
        """
        after: String
      }

      """
      What changes of are kept.
      """
      enum AuditedEntity {
        """
        An order.
        """
        ORDER
        """
        A box.
        """
        SHIPMENT
        """
        Somebody who works for the merchant.
        """
        MEMBER
        """
        An invitation to become a member.
        """
        INVITATION
        """
        A contract with a carrier, and its credentials.
        """
        CARRIER_ACCOUNT
        """
        What a carrier account charges.
        """
        RATE_CARD
        """
        A location: when carriers come there.
        """
        LOCATION
        """
        What holds for the whole merchant.
        """
        MERCHANT
      }
    `,
    objects: {
      AuditEntry: {
        plans: {
          entity: ($row: Row) => lambda($row.get('entity'), inCapitals),
          action: ($row: Row) => lambda($row.get('action'), inCapitals),
          before: ($row: Row) => lambda($row.get('meta'), (meta) => valueOf(meta, 'old_')),
          after: ($row: Row) => lambda($row.get('meta'), (meta) => valueOf(meta, 'new_')),
        },
      },
    },
  },
  'AuditEntriesPlugin',
);

function inCapitals(word: unknown): string | null {
  return typeof word === 'string' ? word.toUpperCase() : null;
}

/** The driver hands JSON over as its text or parsed. */
function valueOf(meta: unknown, prefix: string): string | null {
  const parsed: unknown = typeof meta === 'string' ? JSON.parse(meta) : meta;
  const facts = typeof parsed === 'object' && parsed !== null ? Object.entries(parsed) : [];
  return inCapitals(facts.find(([name]) => name.startsWith(prefix))?.[1]);
}
