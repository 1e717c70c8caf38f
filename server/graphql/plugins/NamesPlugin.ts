import type { PgCodec } from 'postgraphile/@dataplan/pg';
import type {} from 'postgraphile/graphile-build-pg';
import type {} from 'postgraphile/graphile-build';

import { wordLists } from '../enums.ts';
import { exposedTables } from '../exposed.ts';

/**
 * Primary keys are called `id`, as in the database: there are no global node ids to confuse them
 * with. Enum values are in capitals, as GraphQL writes them; the database keeps them in lower case.
 */
export const NamesPlugin: GraphileConfig.Plugin = {
  name: 'NamesPlugin',
  version: '0.1.0',
  after: ['PgAttributesPlugin', 'PgSimplifyInflectionPlugin'],
  inflection: {
    add: {
      // There are no nodes; PgSimplifyInflectionPlugin warns when it finds nothing to replace.
      nodeById: (_options, typeName) => typeName,
    },
    replace: {
      _attributeName(previous, _options, details) {
        const { name: table } = details.codec as PgCodec;
        const name = exposedTables[table]?.names?.[details.attributeName];
        return name ?? previous!({ ...details, skipRowId: true });
      },
      scalarCodecTypeName(previous, _options, codec) {
        // Columns of these domains have other types here (ValueTypesPlugin): the names are theirs.
        return codec.domainOfCodec ? `${previous!(codec)}Domain` : previous!(codec);
      },
      enumValue(_previous, _options, value, codec) {
        const tag = codec.extensions?.tags?.name;
        const word = typeof tag === 'string' ? wordLists[tag]?.words[String(value)] : undefined;
        return typeof word === 'object' ? word.name : this.constantCase(String(value));
      },
    },
  },
};
