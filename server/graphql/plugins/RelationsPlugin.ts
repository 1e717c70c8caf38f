import { pgSmartTags } from 'postgraphile/utils';

import { relations, tableNames } from '../exposed.ts';

type Relation = (typeof relations)[number];

const shown = 'singularRelation:resource:single';
const listed = 'manyRelation:resource:connection';

/** Turns the relations of `exposed.ts` into smart tags, as if they were written in the database. */
export const RelationsPlugin: GraphileConfig.Plugin = pgSmartTags(
  [...new Set([...relations.map(({ from }) => from), ...Object.keys(tableNames)])].map((table) => ({
    kind: 'class' as const,
    match: `app_public.${table}`,
    tags: {
      ...(tableNames[table] ? { name: tableNames[table] } : {}),
      foreignKey: relations.filter(({ from }) => from === table).map(describe),
    },
  })),
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
