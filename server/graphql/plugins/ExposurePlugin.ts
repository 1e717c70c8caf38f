import { TYPES, type PgCodec } from 'postgraphile/@dataplan/pg';
import type {} from 'postgraphile/graphile-build';
import type {} from 'postgraphile/graphile-build-pg';

import { exposedFields, exposedMutations, exposedTables } from '../exposed.ts';

const hiddenColumns = new Set(['merchant_id']);

/**
 * The schema's default denies everything; this allows what `exposed.ts` lists, and nothing can be
 * added by a comment in the database. A column is shown with its table unless its comment says
 * `@behavior -*`.
 */
export const ExposurePlugin: GraphileConfig.Plugin = {
  name: 'ExposurePlugin',
  version: '0.1.0',
  gather: {
    hooks: {
      pgCodecs_findPgCodec(_info, event) {
        // A type of columns that are hidden anyway, and that would be warned about at every start.
        if (event.pgType.typname === 'xid8') event.pgCodec = TYPES.bigint;
      },
    },
  },
  schema: {
    globalBehavior: '-*',
    entityBehavior: {
      pgCodec: {
        override: {
          after: ['override'],
          provides: ['exposure'],
          callback(behavior, codec) {
            return [
              behavior,
              ...(codec.attributes ? tableBehavior(codec.name) : (['select'] as const)),
            ];
          },
        },
      },
      pgResource: {
        override: {
          after: ['override'],
          provides: ['exposure'],
          callback(behavior, resource) {
            if (resource.parameters) {
              if (exposedFields.includes(named(resource))) return [behavior, '-*', 'typeField'];
              if (!exposedMutations.includes(named(resource))) return [behavior, '-*'];
              return [behavior, 'mutationField', 'resource:select'];
            }
            return [behavior, ...tableBehavior(tableOf(resource))];
          },
        },
      },
      pgResourceUnique: {
        override: {
          after: ['override'],
          provides: ['exposure'],
          callback(behavior, [resource, unique]) {
            const single = unique.isPrimary && exposedTables[tableOf(resource)]?.single;
            return [behavior, single ? 'query:resource:single' : '-*'];
          },
        },
      },
      pgCodecAttribute: {
        override: {
          after: ['override'],
          provides: ['exposure'],
          callback(behavior, [codec, attributeName]) {
            return [behavior, ...attributeBehavior(codec as PgCodec, attributeName)];
          },
        },
      },
    },
  },
};

/** The types of resources are open; their names are texts. */
const named = ({ name }: { name: string }) => name;
const tableOf = ({ codec }: { codec: { name: string } }) => codec.name;

type Behaviors = GraphileBuild.BehaviorString[];

function tableBehavior(name: string): Behaviors {
  const exposed = exposedTables[name];
  if (!exposed) return ['-*'];
  return [
    'table',
    'select',
    'resource:select',
    'connection',
    exposed.counted ? 'totalCount' : '-totalCount',
    '-filter',
    '-order',
    '-query:resource:connection',
    '-query:resource:list',
    '-list',
    '-resource:connection:backwards',
    '-query:resource:single',
    ...(exposed.list ? (['query:resource:connection'] as const) : []),
  ];
}

function attributeBehavior(codec: PgCodec, column: string): Behaviors {
  const exposed = exposedTables[codec.name];
  const comment = codec.attributes?.[column]?.extensions?.tags?.behavior;
  const isHidden = hiddenColumns.has(column) || exposed?.hidden?.includes(column);
  if (!exposed || isHidden || String(comment) === '-*') return ['-*'];
  return ['attribute:select'];
}
