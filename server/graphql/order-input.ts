/** The names of amounts, which the database writes with their unit. */
const amounts = new Set([
  'subtotal',
  'discount',
  'shipping',
  'tax',
  'total',
  'codAmount',
  'unitPrice',
]);

/** Half of GraphQL's input is place_order()'s too: the rest is its names. */
export function orderRow(input: unknown): Record<string, unknown> {
  const { items, customer, shipTo, idempotencyKey: _key, ...order } = fieldsOf(input);
  return {
    ...rowOf(order),
    items: (items as unknown[]).map((item) => rowOf(fieldsOf(item))),
    customer: customer == null ? null : fieldsOf(customer),
    ship_to: shipTo == null ? null : fieldsOf(shipTo),
  };
}

/** An address has the same names in both. */
export function addressRow(input: unknown): Record<string, unknown> {
  return { ...fieldsOf(input) };
}

/** `items[0].unit_price_minor` of the database is `items[0].unitPrice` of the API. */
export function fieldPath(field: string): string {
  return field
    .replace(/_minor\b/g, '')
    .replace(/_([a-z0-9])/g, (_, letter: string) => letter.toUpperCase());
}

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
