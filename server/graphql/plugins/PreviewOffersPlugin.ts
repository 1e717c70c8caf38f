import { loadOneWithPgClient, type PgClient } from 'postgraphile/@dataplan/pg';
import { access, lambda, object, type Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

const typeDefs = gql`
  extend type Query {
    """
    What each carrier account would take for a box that does not exist yet, ranked as for an order.
    No carrier is asked: what it said lately holds. Errors: INVALID_INPUT, NOT_FOUND.
    """
    previewOffers(
      """
      The box, and where from and to.
      """
      box: PreviewedBoxInput!
      """
      By the rule of this store; left out: by the merchant's.
      """
      storeId: Int
    ): OffersPreview!
  }

  """
  A box that might be sent.
  """
  input PreviewedBoxInput {
    """
    Where it leaves from.
    """
    locationId: Int!
    """
    The PIN code that it goes to.
    """
    toPincode: String!
    """
    What it weighs.
    """
    weightGrams: Int!
    """
    Whether its value is collected at the door.
    """
    paymentMode: PaymentMode!
    """
    What it is worth, in the minor unit of the merchant's currency.
    """
    value: SafeInt!
  }

  """
  What carrier accounts would take for a box.
  """
  type OffersPreview {
    """
    By which rule they are ranked.
    """
    rule: AssignmentRule!
    """
    The best first.
    """
    offers: [PreviewedOffer!]!
  }

  """
  What one carrier account would take for a box, or why it would not take it.
  """
  type PreviewedOffer {
    """
    Under which contract.
    """
    carrierAccount: CarrierAccount!
    """
    The carrier's words for it; null when the account offers none, or none are known.
    """
    service: String
    """
    The box would go with it.
    """
    isChosen: Boolean!
    """
    What it says about the PIN code is not known at the moment: it is taken to carry the box.
    """
    isAssumed: Boolean!
    """
    Why it would not be chosen; null if it would.
    """
    reason: QuoteReason
    """
    All that would be paid for the way out; null when nobody says.
    """
    price: Money
    """
    What it would cost if it came back; null when nobody says.
    """
    rtoPrice: Money
    """
    In how many days it would arrive; null when nobody says.
    """
    days: Int
    """
    The zone of the rate card.
    """
    zone: String
    """
    The weight that the rate card charges.
    """
    chargedGrams: Int
    """
    Who named the price.
    """
    rateSource: RateSource
  }
`;

const preview = `
  select app_public.preview_offers($1, $2, $3, $4, $5, $6) as preview, m.currency
  from app_public.merchants m`;

interface Asked {
  box: {
    locationId: number;
    toPincode: string;
    weightGrams: number;
    paymentMode: string;
    value: number;
  };
  storeId?: number | null;
}

interface Offer {
  carrier_account_id: number;
  service: string | null;
  price_minor: number | null;
  rto_minor: number | null;
  [column: string]: unknown;
}

interface Preview {
  rule: string;
  offers: Offer[];
}

/** "What would it cost?", answered by the function that ranks the offers of orders. */
export const PreviewOffersPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const accounts = build.pgResources.carrierAccount;
  if (!accounts) throw new Error('The schema has no carrier accounts');
  const { executor } = accounts;
  return {
    typeDefs,
    objects: {
      Query: {
        plans: {
          previewOffers: (_$root, args) => {
            const asked = object({
              box: args.getRaw('box'),
              storeId: args.getRaw('storeId'),
            });
            return loadOneWithPgClient(executor, asked, previewsOf) as Step;
          },
        },
      },
      PreviewedOffer: {
        plans: {
          carrierAccount: ($offer: Step) =>
            accounts.get({ id: access($offer, 'carrier_account_id') }) as Step,
          isChosen: ($offer: Step) => access($offer, 'is_chosen'),
          isAssumed: ($offer: Step) => access($offer, 'is_assumed'),
          price: ($offer: Step) =>
            lambda($offer, (offer) => moneyOf(offer as Offer, 'price_minor')),
          rtoPrice: ($offer: Step) =>
            lambda($offer, (offer) => moneyOf(offer as Offer, 'rto_minor')),
          chargedGrams: ($offer: Step) => access($offer, 'charged_grams'),
          rateSource: ($offer: Step) => access($offer, 'rate_source'),
        },
      },
    },
  };
}, 'PreviewOffersPlugin');

async function previewsOf(client: PgClient, asked: readonly unknown[]): Promise<unknown[]> {
  const previews: unknown[] = [];
  for (const each of asked as Asked[]) previews.push(await previewOf(client, each));
  return previews;
}

async function previewOf(client: PgClient, { box, storeId }: Asked): Promise<Preview> {
  const { rows } = await client.query<{ preview: Preview; currency: string }>({
    text: preview,
    values: [
      box.locationId,
      box.toPincode,
      box.weightGrams,
      box.paymentMode,
      box.value,
      storeId ?? null,
    ] as never,
  });
  const [row] = rows;
  if (!row) throw new Error('Who is signed in has a merchant');
  const { rule, offers } = row.preview;
  return { rule, offers: offers.map((offer) => ({ ...offer, currency: row.currency })) };
}

function moneyOf(offer: Offer, column: 'price_minor' | 'rto_minor'): object | null {
  const amount = offer[column];
  return amount === null ? null : { amount, currency: offer.currency };
}
