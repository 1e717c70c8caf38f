import type {} from 'postgraphile/graphile-build-pg'
import type {} from 'postgraphile/graphile-build'

import type { PgCodec } from 'postgraphile/@dataplan/pg'

import { exposedMutations, exposedTables } from '../exposed.ts'

const hiddenColumns = new Set(['merchant_id'])

/**
 * The schema's default denies everything; this allows what `exposed.ts` lists, and nothing can be added
 * by a comment in the database. A column is shown with its table unless its comment says `@behavior -*`.
 */
export const ExposurePlugin: GraphileConfig.Plugin = {
  name: 'ExposurePlugin',
  version: '0.1.0',
  schema: {
    globalBehavior: '-*',
    entityBehavior: {
      pgCodec: {
        override: {
          after: ['override'],
          provides: ['exposure'],
          callback(behavior, codec) {
            if (!codec.attributes) return [behavior, 'select']
            return [behavior, exposedTables[codec.name] ? tableBehavior(codec.name) : '-*']
          },
        },
      },
      pgResource: {
        override: {
          after: ['override'],
          provides: ['exposure'],
          callback(behavior, resource) {
            if (resource.parameters) {
              const exposed = exposedMutations.includes(resource.name)
              return [behavior, exposed ? 'mutationField resource:select' : '-*']
            }
            const exposed = exposedTables[resource.codec.name] !== undefined
            return [behavior, exposed ? tableBehavior(resource.codec.name) : '-*']
          },
        },
      },
      pgResourceUnique: {
        override: {
          after: ['override'],
          provides: ['exposure'],
          callback(behavior, [resource]) {
            const single = exposedTables[resource.codec.name]?.single
            return [behavior, single ? 'query:resource:single' : '-*']
          },
        },
      },
      pgCodecAttribute: {
        override: {
          after: ['override'],
          provides: ['exposure'],
          callback(behavior, [codec, attributeName]) {
            return [behavior, attributeBehavior(codec, attributeName)]
          },
        },
      },
    },
  },
}

function tableBehavior(name: string): string {
  const table = exposedTables[name]
  if (!table) return '-*'
  const behaviors = ['table', 'select', 'resource:select', 'connection', 'resource:connection:totalCount', 'totalCount']
  behaviors.push('filter', 'order', '-query:resource:connection', '-query:resource:list', '-list')
  behaviors.push('-resource:connection:backwards', '-query:resource:single')
  if (table.list) behaviors.push('query:resource:connection')
  return behaviors.join(' ')
}

function attributeBehavior(codec: PgCodec, column: string): string {
  const exposed = exposedTables[codec.name]
  const comment = codec.attributes?.[column]?.extensions?.tags?.behavior
  if (!exposed || hiddenColumns.has(column) || String(comment) === '-*') return '-*'
  const behaviors = ['attribute:select']
  if (exposed.filterBy?.includes(column)) behaviors.push('attribute:filterBy')
  if (exposed.orderBy?.includes(column)) behaviors.push('attribute:orderBy')
  return behaviors.join(' ')
}
