import { PgSimplifyInflectionPreset } from '@graphile/simplify-inflection'
import type pg from 'pg'
import { makePgService } from 'postgraphile/adaptors/pg'
import { PostGraphileAmberPreset } from 'postgraphile/presets/amber'
import { PostGraphileConnectionFilterPreset } from 'postgraphile-plugin-connection-filter'

import { ExposurePlugin } from './plugins/ExposurePlugin.ts'
import { NamesPlugin } from './plugins/NamesPlugin.ts'
import { RelationsPlugin } from './plugins/RelationsPlugin.ts'
import { TenantKeysPlugin } from './plugins/TenantKeysPlugin.ts'

export function makePreset(pool: pg.Pool): GraphileConfig.Preset {
  return {
    extends: [PostGraphileAmberPreset, PgSimplifyInflectionPreset, PostGraphileConnectionFilterPreset],
    plugins: [TenantKeysPlugin, RelationsPlugin, ExposurePlugin, NamesPlugin],
    disablePlugins: ['PgConditionArgumentPlugin', 'PgConditionCustomFieldsPlugin', 'QueryQueryPlugin', 'NodePlugin', 'AddNodeInterfaceToSuitableTypesPlugin', 'NodeAccessorPlugin', 'PgTableNodePlugin', 'PgNodeIdAttributesPlugin', 'RegisterQueryNodePlugin', 'NodeIdCodecBase64JSONPlugin', 'NodeIdCodecPipeStringPlugin'],
    pgServices: [makePgService({ pool, schemas: ['app_public'], pubsub: false })],
    schema: { defaultBehavior: '-*' },
  }
}
