import { sideEffectWithPgClientTransaction, type PgClient } from 'postgraphile/@dataplan/pg';
import { access, context, list, object, type Step } from 'postgraphile/grafast';
import { extendSchema, gql } from 'postgraphile/utils';

import type { CarrierDesk, CredentialField } from '../../carriers/carrier-desk.ts';

const typeDefs = gql`
  extend type Mutation {
    """
    Stores an account's credentials, encrypted: nobody can read them again. Its circuit is closed,
    and what was refused with the old ones is forgotten. Owners only. Errors: FORBIDDEN,
    INVALID_INPUT (the field that is missing or not one of the carrier's), NOT_FOUND.
    """
    saveCarrierCredentials(input: SaveCarrierCredentialsInput!): SaveCarrierCredentialsPayload
    """
    Has a worker sign in at the carrier and ask it something that changes nothing. The answer is in
    the account's connectionCheck, usually within seconds; asking again while one waits changes
    nothing. Owners and managers. Errors: FORBIDDEN, NOT_FOUND, RATE_LIMITED.
    """
    checkCarrierConnection(input: CheckCarrierConnectionInput!): CheckCarrierConnectionPayload
  }

  """
  What saveCarrierCredentials is told.
  """
  input SaveCarrierCredentialsInput {
    """
    The carrier account.
    """
    carrierAccountId: Int!
    """
    Those of its carrier, all of them.
    """
    credentials: CarrierCredentialsInput!
    """
    Also makes a new secret for the carrier's webhooks; until the carrier knows it, they are
    refused. The first one is made in any case.
    """
    newWebhookSecret: Boolean! = false
  }

  """
  Credentials; carrierAccountFields says which are wanted by which carrier.
  """
  input CarrierCredentialsInput {
    """
    Delhivery: the API token.
    """
    token: String
    """
    Shiprocket: the e-mail address of the API user.
    """
    email: String
    """
    Shiprocket: the password of the API user.
    """
    password: String
    """
    Blue Dart: the client ID of the app.
    """
    clientId: String
    """
    Blue Dart: the client secret of the app.
    """
    clientSecret: String
    """
    Blue Dart: the login ID of the profile.
    """
    loginId: String
    """
    Blue Dart: the licence key of the profile.
    """
    licenceKey: String
  }

  """
  What saveCarrierCredentials answers.
  """
  type SaveCarrierCredentialsPayload {
    """
    The account as it is now.
    """
    carrierAccount: CarrierAccount!
    """
    What the carrier's webhooks must carry, told this once; null when it stays as it was.
    """
    webhookSecret: String
  }

  """
  What checkCarrierConnection is told.
  """
  input CheckCarrierConnectionInput {
    """
    The carrier account.
    """
    carrierAccountId: Int!
  }

  """
  What checkCarrierConnection answers.
  """
  type CheckCarrierConnectionPayload {
    """
    The account, whose connectionCheck waits for its answer now.
    """
    carrierAccount: CarrierAccount!
  }
`;

const accountToReplace = 'select carrier, sealed from app_hidden.carrier_secret_to_replace($1)';
const fieldsOfCarrier = `
  select field, label, pattern from app_public.carrier_account_fields
  where carrier = $1 and kind = 'credential' order by position`;
const store = 'select app_hidden.store_carrier_secret($1, $2)';
const check = 'select from app_public.check_carrier_connection($1)';

/** What the database alone cannot do for a carrier's account: it has no keys, and takes no tokens. */
export const CarrierAccountsPlugin: GraphileConfig.Plugin = extendSchema((build) => {
  const accounts = build.pgResources.carrierAccount;
  if (!accounts) throw new Error('The schema has no carrier accounts');
  const { executor } = accounts;
  const accountOf = ($payload: Step) => accounts.get({ id: access($payload, 'id') }) as Step;
  return {
    typeDefs,
    objects: {
      Mutation: {
        plans: {
          saveCarrierCredentials: (_$root, args) => {
            const given = list([args.getRaw('input'), context().get('carrierDesk')]);
            return object({ saved: sideEffectWithPgClientTransaction(executor, given, save) });
          },
          checkCarrierConnection: (_$root, args) => {
            const merchant = access(context().get('pgSettings'), 'jwt.claims.merchant_id');
            const given = list([args.getRaw('input'), context().get('carrierDesk'), merchant]);
            return object({ saved: sideEffectWithPgClientTransaction(executor, given, askFor) });
          },
        },
      },
      SaveCarrierCredentialsPayload: {
        plans: {
          carrierAccount: ($payload: Step) => accountOf(access($payload, 'saved')),
          webhookSecret: ($payload: Step) => access(access($payload, 'saved'), 'webhookSecret'),
        },
      },
      CheckCarrierConnectionPayload: {
        plans: { carrierAccount: ($payload: Step) => accountOf(access($payload, 'saved')) },
      },
    },
  };
}, 'CarrierAccountsPlugin');

interface SaveInput {
  carrierAccountId: number;
  credentials: Record<string, string | null>;
  newWebhookSecret: boolean;
}

/** Sealed here, before anything goes to the database. */
async function save(client: PgClient, given: readonly unknown[]) {
  const [input, desk] = given as [SaveInput, CarrierDesk];
  const id = input.carrierAccountId;
  const { rows } = await client.query<{ carrier: string; sealed: Buffer | null }>({
    text: accountToReplace,
    values: [id],
  });
  const [account] = rows;
  if (account === undefined) throw new Error('An account that may be changed is there');
  const fields = await client.query<CredentialField>({
    text: fieldsOfCarrier,
    values: [account.carrier],
  });
  const { sealed, webhookSecret } = desk.seal({
    fields: fields.rows,
    given: input.credentials,
    stored: account.sealed,
    newWebhookSecret: input.newWebhookSecret,
  });
  await client.query({ text: store, values: [id, sealed] });
  return { id, webhookSecret };
}

/** Whoever may not ask takes no token; whoever has none left has asked for nothing. */
async function askFor(client: PgClient, given: readonly unknown[]) {
  const [{ carrierAccountId: id }, desk, merchant] = given as [SaveInput, CarrierDesk, string];
  await client.query({ text: check, values: [id] });
  await desk.admitCheck(merchant, id);
  return { id };
}
