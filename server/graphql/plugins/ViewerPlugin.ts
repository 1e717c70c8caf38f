import { access, context, lambda, type Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

/** Who asks, and for which merchant: what a page shows before anything else. */
export const ViewerPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const { member: members, merchant: merchants } = build.pgResources;
  if (!members || !merchants) throw new Error('The schema has no members or no merchants');
  return {
    typeDefs: gql`
      extend type Query {
        """
        Who is signed in.
        """
        me: Member!
        """
        The merchant that is acted for.
        """
        merchant: Merchant!
      }
    `,
    objects: {
      Query: {
        plans: {
          me: () => members.get({ id: claim('member_id') }) as Step,
          merchant: () => merchants.get({ id: claim('merchant_id') }) as Step,
        },
      },
    },
  };
}, 'ViewerPlugin');

function claim(name: 'member_id' | 'merchant_id'): Step {
  return lambda(access(context().get('pgSettings'), `jwt.claims.${name}`), Number);
}
