import type { Field } from './carriers.graphql.ts';

/** What stands in the field of a form; lists have a line for each. */
export function settingText(value: unknown): string {
  if (Array.isArray(value)) return value.map(String).join('\n');
  return typeof value === 'string' ? value : '';
}

/** The object that the API wants: without the fields that were left empty. */
export function settingsOf(
  fields: readonly Field[],
  typed: (name: string) => string,
): Record<string, string | string[]> {
  const entries = fields
    .filter(({ kind }) => kind === 'SETTING')
    .map(({ field, isList }): [string, string | string[]] => {
      const text = typed(field).trim();
      return [field, isList ? text.split(/\s*\n\s*/).filter((line) => line !== '') : text];
    });
  return Object.fromEntries(entries.filter(([, value]) => value.length > 0));
}
