import { context, lambda } from 'postgraphile/grafast';
import { gql, extendSchema } from 'postgraphile/utils';

/** `Shipment.labelUrl`: a link that works for ten minutes without a login, for printing. */
export const LabelUrlPlugin: GraphileConfig.Plugin = extendSchema(
  {
    typeDefs: gql`
      extend type Shipment {
        """
        Where the label PDF is for the next ten minutes, for whoever has the link. Null without
        a label.
        """
        labelUrl: String
      }
    `,
    objects: {
      Shipment: {
        plans: {
          labelUrl($shipment: { get(column: string): never }) {
            const inputs = [
              $shipment.get('id'),
              $shipment.get('labelled_at'),
              context().get('labelUrl'),
            ] as const;
            return lambda(inputs, ([id, labelledAt, labelUrl]) =>
              typeof id === 'string' && labelledAt !== null ? labelUrl(id) : null,
            );
          },
        },
      },
    },
  },
  'LabelUrlPlugin',
);
