import { fieldsOf, rowNamer } from './field-names.ts';

const rowOf = rowNamer(
  new Set(['subtotal', 'discount', 'shipping', 'tax', 'total', 'codAmount', 'unitPrice']),
);

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
