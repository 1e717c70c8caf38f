import { fieldsOf, rowNamer } from './field-names.ts';

const rowOf = rowNamer(new Set(['codFee', 'maxDeclared', 'maxCod', 'price']));

/** Half of GraphQL's input is import_rate_card()'s too: the rest is its names. */
export function rateCardRow(input: unknown): Record<string, unknown> {
  const { zones, slabs, lanes, idempotencyKey: _key, ...card } = fieldsOf(input);
  return { ...rowOf(card), zones: rowsOf(zones), slabs: rowsOf(slabs), lanes: rowsOf(lanes) };
}

const rowsOf = (list: unknown) => (list as unknown[]).map((row) => rowOf(fieldsOf(row)));
