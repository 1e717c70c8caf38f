import { context, lambda } from 'postgraphile/grafast';
import { gql, extendSchema } from 'postgraphile/utils';

interface Row {
  get(column: string): never;
}

/** Links that work for ten minutes without a login, for printing. */
export const PaperUrlsPlugin: GraphileConfig.Plugin = extendSchema(
  {
    typeDefs: gql`
      extend type Shipment {
        """
        Where the label PDF is for the next ten minutes, for whoever has the link. Null without
        a label.
        """
        labelUrl: String
      }
      extend type Manifest {
        """
        Where it is as a PDF to print and sign for the next ten minutes, for whoever has the link.
        What was called off or left behind since is struck through.
        """
        pdfUrl: String!
      }
    `,
    objects: {
      Shipment: {
        plans: {
          labelUrl($shipment: Row) {
            const inputs = [
              $shipment.get('id'),
              $shipment.get('labelled_at'),
              context().get('paperUrl'),
            ] as const;
            return lambda(inputs, ([id, labelledAt, paperUrl]) =>
              typeof id === 'string' && labelledAt !== null
                ? paperUrl({ kind: 'label', id })
                : null,
            );
          },
        },
      },
      Manifest: {
        plans: {
          pdfUrl($manifest: Row) {
            const inputs = [$manifest.get('id'), context().get('paperUrl')] as const;
            return lambda(inputs, ([id, paperUrl]) =>
              paperUrl({ kind: 'manifest', id: String(id) }),
            );
          },
        },
      },
    },
  },
  'PaperUrlsPlugin',
);
