import { pgSmartTags } from 'postgraphile/utils';

import { exposedMutations } from '../exposed.ts';
import { functionTags, relations, tableTags } from '../relations.ts';

type Relation = (typeof relations)[number];

const shown = 'singularRelation:resource:single';
const listed = 'manyRelation:resource:connection';

/** Turns the relations of `exposed.ts` into smart tags, as if they were written in the database. */
export const RelationsPlugin: GraphileConfig.Plugin = pgSmartTags(
  [
    ...[...new Set([...relations.map(({ from }) => from), ...Object.keys(tableTags)])].map(
      (table) => ({
        kind: 'class' as const,
        match: `app_public.${table}`,
        tags: {
          ...tableTags[table],
          foreignKey: relations.filter(({ from }) => from === table).map(describe),
        },
      }),
    ),
    ...exposedMutations.map((name) => ({
      kind: 'procedure' as const,
      match: `app_public.${name}`,
      tags: { ...functionTags[name], notNull: true as const },
    })),
  ],
  null,
  { name: 'RelationsPlugin', version: '0.1.0' },
);

function describe(relation: Relation): string {
  return [
    `(${relation.columns}) references app_public.${relation.to} (${relation.toColumns})`,
    relation.field ? `@fieldName ${relation.field}` : '',
    relation.list ? `@foreignFieldName ${relation.list}` : '',
    relation.required ? '@notNull' : '',
    `@forwardBehavior -* ${relation.field ? `resource:select ${shown}` : ''}`,
    `@backwardBehavior -* ${relation.list ? `resource:select ${listed}` : ''}`,
  ]
    .filter((part) => part !== '')
    .join('|');
}
