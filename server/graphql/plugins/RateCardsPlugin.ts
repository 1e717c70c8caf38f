import { sideEffectWithPgClientTransaction, type PgClient } from 'postgraphile/@dataplan/pg';
import { access, object, type Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

import { refusal } from '../../errors/refusal.ts';
import { inTheSheet, readRateCard, type RateCardInput } from '../rate-card-input.ts';

const typeDefs = gql`
  extend type Mutation {
    """
    Imports what a carrier account charges, in the place of the card of the same account and first
    day. Owners and managers. Errors: FORBIDDEN, INVALID_INPUT (with the field, of lists the line, and
    of sheets line and column), NOT_FOUND, IDEMPOTENCY_MISMATCH.
    """
    importRateCard(input: ImportRateCardInput!): ImportRateCardPayload
  }

  """
  A carrier account's prices. Amounts are in the minor unit of the merchant's currency.
  """
  input ImportRateCardInput {
    """
    The carrier account.
    """
    carrierAccountId: Int!
    """
    What the merchant calls it.
    """
    name: String!
    """
    The first day, in the merchant's time zone.
    """
    validFrom: Date!
    """
    The last day; left out: until the next card begins.
    """
    validUntil: Date
    """
    Cubic centimetres that count as a kilogram.
    """
    volumetricDivisor: Int! = 5000
    """
    Fuel surcharge, in percent of the freight.
    """
    fuelPercent: Float! = 0
    """
    Tax, in percent of everything.
    """
    taxPercent: Float! = 0
    """
    What a return costs, in percent of the way out.
    """
    rtoPercent: Float! = 100
    """
    The least that collecting cash costs.
    """
    codFee: SafeInt! = 0
    """
    What collecting cash costs, in percent of what is collected.
    """
    codPercent: Float! = 0
    """
    No heavier box goes with it.
    """
    maxWeightGrams: Int
    """
    No box of a higher value goes with it.
    """
    maxDeclared: SafeInt
    """
    No box for which more is collected goes with it.
    """
    maxCod: SafeInt
    """
    Where it goes, by how far it is. Without any, the card only sets limits.
    """
    zones: [RateCardZoneInput!]! = []
    """
    What weight costs in each zone.
    """
    slabs: [RateCardSlabInput!]! = []
    """
    Which PIN codes are in which zone.
    """
    lanes: [RateCardLaneInput!]! = []
    """
    Instead of zones and slabs: CSV, as a spreadsheet saves or copies it. The first line names the
    columns zone, days, from_grams, step_grams and price; each other one is a slab. Prices are in the
    currency, such as 42.50. Days need stand in one line of a zone only.
    """
    pricesCsv: String
    """
    Instead of lanes: CSV with the columns zone, to and from: how PIN codes begin. Under to there may
    be several, with spaces between.
    """
    lanesCsv: String
    """
    Up to 255 characters of your own, kept for 24 hours: the same request under the same key is
    done once and answered alike; another request under it is an IDEMPOTENCY_MISMATCH.
    """
    idempotencyKey: String
  }

  """
  A zone of a rate card.
  """
  input RateCardZoneInput {
    """
    Its name, such as metro.
    """
    zone: String!
    """
    In how many days a box arrives there.
    """
    days: Int
  }

  """
  What a part of the weight costs in a zone: each begun step, from so many grams up to the next slab.
  """
  input RateCardSlabInput {
    """
    In which zone.
    """
    zone: String!
    """
    It is for the weight above this. One slab of each zone begins at 0.
    """
    fromGrams: Int! = 0
    """
    How long a step is, in grams.
    """
    stepGrams: Int!
    """
    What a step costs.
    """
    price: SafeInt!
  }

  """
  PIN codes of one zone. The lane that names most digits of the destination holds, then of the origin.
  """
  input RateCardLaneInput {
    """
    Their zone.
    """
    zone: String!
    """
    How PIN codes of the origin begin; empty: all others.
    """
    fromPrefix: String! = ""
    """
    How PIN codes of the destination begin; empty: all others.
    """
    toPrefixes: [String!]!
  }

  """
  What importRateCard answers.
  """
  type ImportRateCardPayload {
    """
    The card as it is now.
    """
    rateCard: RateCard!
  }
`;

const importCard = 'select (app_public.import_rate_card($1, $2)).id';

export const RateCardsPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const cards = build.pgResources.rateCard;
  if (!cards) throw new Error('The schema has no rate cards');
  const { executor } = cards;
  return {
    typeDefs,
    objects: {
      Mutation: {
        plans: {
          importRateCard: (_$root, args) => {
            const input = args.getRaw('input');
            return object({ made: sideEffectWithPgClientTransaction(executor, input, put) });
          },
        },
      },
      ImportRateCardPayload: {
        plans: {
          rateCard: ($payload: Step) =>
            cards.get({ id: access(access($payload, 'made'), 'id') }) as Step,
        },
      },
    },
  };
}, 'RateCardsPlugin');

async function put(client: PgClient, input: { idempotencyKey?: string | null }) {
  const { card, sources } = readRateCard(input);
  const { rows } = await client
    .query<{ id: string }>({
      text: importCard,
      values: [JSON.stringify(card), input.idempotencyKey ?? null] as never,
    })
    .catch((error: unknown) => {
      throw asOfTheSheet(error, sources);
    });
  return rows[0];
}

/** Whoever wrote a sheet is told its lines, and not places in lists that were made of it. */
function asOfTheSheet(error: unknown, sources: RateCardInput['sources']): unknown {
  const { code, detail, message } = error as { code?: string; detail?: string; message: string };
  if (code !== 'WB004' || detail === undefined) return error;
  const facts = inTheSheet(JSON.parse(detail) as Record<string, unknown>, sources);
  return facts ? refusal('INVALID_INPUT', message, facts) : error;
}
