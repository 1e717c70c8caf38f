import './quiet.ts';

import { PgSimplifyInflectionPreset } from '@graphile/simplify-inflection';
import type pg from 'pg';
import type { Logger } from 'pino';
import { makePgService } from 'postgraphile/adaptors/pg';
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber';

import type { GraphQLLimits } from '../../config.ts';
import { makeMaskError } from '../errors/mask-error.ts';
import { checkSessions } from './check-sessions.ts';
import { makeContext, type ContextParts } from './grafast-context.ts';
import { AuditEntriesPlugin } from './plugins/AuditEntriesPlugin.ts';
import { CarrierAccountsPlugin } from './plugins/CarrierAccountsPlugin.ts';
import { ConnectionsPlugin } from './plugins/ConnectionsPlugin.ts';
import { DescriptionsPlugin } from './plugins/DescriptionsPlugin.ts';
import type { KnownOperations } from './known-operations.ts';
import { maxBodyBytes, planningTimeoutMs } from './limits.ts';
import { documentChecksPlugin } from './plugins/DocumentChecksPlugin.ts';
import { ExposurePlugin } from './plugins/ExposurePlugin.ts';
import { knownOperationsPlugin } from './plugins/KnownOperationsPlugin.ts';
import { ListsPlugin } from './plugins/ListsPlugin.ts';
import { MoneyPlugin, MoneyTypePlugin } from './plugins/MoneyPlugin.ts';
import { NamesPlugin } from './plugins/NamesPlugin.ts';
import { OrderCountsPlugin } from './plugins/OrderCountsPlugin.ts';
import { OrderEventsPlugin } from './plugins/OrderEventsPlugin.ts';
import { OrderInputsPlugin } from './plugins/OrderInputsPlugin.ts';
import { RateCardsPlugin } from './plugins/RateCardsPlugin.ts';
import { PageSizePlugin } from './plugins/PageSizePlugin.ts';
import { PaperUrlsPlugin } from './plugins/PaperUrlsPlugin.ts';
import { PreviewOffersPlugin } from './plugins/PreviewOffersPlugin.ts';
import { PlainMutationsPlugin } from './plugins/PlainMutationsPlugin.ts';
import { RelationsPlugin } from './plugins/RelationsPlugin.ts';
import { requestLimitsPlugin } from './plugins/RequestLimitsPlugin.ts';
import { SubscriptionsPlugin } from './plugins/SubscriptionsPlugin.ts';
import { TenantKeysPlugin } from './plugins/TenantKeysPlugin.ts';
import { TrackedOrderPlugin } from './plugins/TrackedOrderPlugin.ts';
import { TransitionOrdersPlugin } from './plugins/TransitionOrdersPlugin.ts';
import { ValueTypesPlugin } from './plugins/ValueTypesPlugin.ts';
import { ViewerPlugin } from './plugins/ViewerPlugin.ts';
import { WorkflowsPlugin } from './plugins/WorkflowsPlugin.ts';

/** The pool logs in as waybill_server; each operation's settings make it a member. */
export function databaseService(pool: pg.Pool): GraphileConfig.PgServiceConfiguration {
  return checkSessions(makePgService({ pool, schemas: ['app_public'], pubsub: false }));
}

/** What the schema is made of; enough to print it. */
export function schemaPreset(
  service: GraphileConfig.PgServiceConfiguration,
): GraphileConfig.Preset {
  return {
    extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset],
    plugins: [
      TenantKeysPlugin,
      RelationsPlugin,
      ExposurePlugin,
      NamesPlugin,
      ValueTypesPlugin,
      MoneyTypePlugin,
      MoneyPlugin,
      ListsPlugin,
      PageSizePlugin,
      ConnectionsPlugin,
      PlainMutationsPlugin,
      PaperUrlsPlugin,
      OrderEventsPlugin,
      AuditEntriesPlugin,
      OrderCountsPlugin,
      OrderInputsPlugin,
      RateCardsPlugin,
      PreviewOffersPlugin,
      ViewerPlugin,
      TransitionOrdersPlugin,
      CarrierAccountsPlugin,
      WorkflowsPlugin,
      SubscriptionsPlugin,
      TrackedOrderPlugin,
      DescriptionsPlugin,
    ],
    disablePlugins: [
      // Ids are uuids and small numbers already: no second, global kind of id.
      'AddNodeInterfaceToSuitableTypesPlugin',
      'NodeAccessorPlugin',
      'PgTableNodePlugin',
      'NodePlugin',
      'PgNodeIdAttributesPlugin',
      'RegisterQueryNodePlugin',
      'NodeIdCodecBase64JSONPlugin',
      'NodeIdCodecPipeStringPlugin',
      // `lists.ts` says how lists are narrowed and ordered.
      'PgConditionArgumentPlugin',
      'PgConditionCustomFieldsPlugin',
      'PgConnectionArgOrderByPlugin',
      'PgConnectionArgOrderByDefaultValuePlugin',
      'PgOrderAllAttributesPlugin',
      'PgOrderByPrimaryKeyPlugin',
      'PgOrderCustomFieldsPlugin',
      // A query in a mutation's payload would run beside it, in a transaction of its own.
      'MutationPayloadQueryPlugin',
      'QueryQueryPlugin',
    ],
    pgServices: [service],
    gather: { pgStrictFunctions: true },
    schema: {
      defaultBehavior: '-*',
      pgForbidSetofFunctionsToReturnNull: true,
    },
  };
}

export interface ServePresetOptions extends ContextParts {
  service: GraphileConfig.PgServiceConfiguration;
  logger: Logger;
  production: boolean;
  limits: GraphQLLimits;
  knownOperations: KnownOperations;
  /** Called with the code of each error that a client is told. */
  onErrorTold: (code: string) => void;
}

/** The schema, served: who asks, what errors say, how much is kept. */
export function servePreset(options: ServePresetOptions): GraphileConfig.Preset {
  return {
    extends: [schemaPreset(options.service)],
    plugins: [
      knownOperationsPlugin(options.knownOperations, options.limits.knownOperationsOnly),
      documentChecksPlugin(options.limits),
      requestLimitsPlugin(options.limits),
    ],
    grafserv: {
      graphqlPath: '/graphql',
      graphiql: !options.production,
      graphiqlOnGraphQLGET: !options.production,
      graphiqlPath: '/graphql/ruru',
      graphiqlStaticPath: '/ruru-static/',
      websockets: false, // server/live/socket-server.ts upgrades by itself
      maxRequestLength: maxBodyBytes,
      maskError: makeMaskError(options.logger, options.onErrorTold, options.limits.introspection),
      parseAndValidateCacheSize: 0, // DocumentChecksPlugin parses, validates and remembers
    },
    grafast: {
      context: makeContext(options),
      explain: false,
      // No limit on execution: Grafast counts it once for the whole life of a subscription, whose events
      // would come without their order afterwards. RequestLimitsPlugin has one for requests over HTTP.
      timeouts: { planning: planningTimeoutMs },
    },
  };
}
