/** The names of amounts, which the database writes with their unit. */
const amounts = new Set(['codFee', 'maxDeclared', 'maxCod', 'price']);

/** Half of GraphQL's input is import_rate_card()'s too: the rest is its names. */
export function rateCardRow(input: unknown): Record<string, unknown> {
  const { zones, slabs, lanes, idempotencyKey: _key, ...card } = fieldsOf(input);
  return { ...rowOf(card), zones: rowsOf(zones), slabs: rowsOf(slabs), lanes: rowsOf(lanes) };
}

const rowsOf = (list: unknown) => (list as unknown[]).map((row) => rowOf(fieldsOf(row)));

function rowOf(fields: Record<string, unknown>): Record<string, unknown> {
  return Object.fromEntries(Object.entries(fields).map(([name, value]) => [columnOf(name), value]));
}

function columnOf(name: string): string {
  const snake = name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`);
  return amounts.has(name) ? `${snake}_minor` : snake;
}

function fieldsOf(input: unknown): Record<string, unknown> {
  if (typeof input !== 'object' || input === null) throw new TypeError('GraphQL checks its inputs');
  return input as Record<string, unknown>;
}
