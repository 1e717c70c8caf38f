import { normaliseAddressLine } from '../../intake/normalise-address.ts';
import type { PlaceOrderItem } from '../../intake/place-order.ts';
import type { ShopifyLineItem } from './order-schema.ts';
import { count, idOf, money } from './problems.ts';
import type { Problems } from './problems.ts';

/**
 * The items that go into a box: no gift cards, nothing digital, nothing already sent or taken back.
 */
export function itemsOf(lines: ShopifyLineItem[], problems: Problems): PlaceOrderItem[] {
  const items = lines.flatMap((line, at) => {
    if (line.gift_card === true || line.requires_shipping === false) return [];
    return itemOf(line, `line_items[${at}]`, problems) ?? [];
  });
  if (lines.length === 0) problems.add('line_items', 'is empty');
  else if (
    items.length === 0 &&
    problems.list.every(({ field }) => !field.startsWith('line_items'))
  ) {
    problems.add('line_items', 'holds nothing that is left to ship');
  }
  return items;
}

function itemOf(line: ShopifyLineItem, path: string, problems: Problems): PlaceOrderItem | null {
  const ordered = count(line.quantity, `${path}.quantity`, problems, null);
  const quantity = shippable(line, ordered, path, problems);
  // Exports that pass through two systems bring `&amp;`, spreadsheets bring line breaks.
  const [title] = [line.title, line.name, line.sku].flatMap(
    (name) => normaliseAddressLine(name) ?? [],
  );
  if (title === undefined) problems.add(`${path}.title`, 'is missing');
  const unit_price_minor = money(line.price, `${path}.price`, problems);
  const discount = money(line.total_discount, `${path}.total_discount`, problems, 0);
  const grams = count(line.grams, `${path}.grams`, problems, null);
  if (quantity === null || quantity === 0) return null;
  return {
    external_id: idOf(line),
    sku: line.sku?.trim() ?? null,
    title: title ?? '',
    variant_title:
      line.variant_title === 'Default Title' ? null : normaliseAddressLine(line.variant_title),
    quantity,
    unit_price_minor,
    discount_minor: shareOf(discount, quantity, ordered),
    // Shopify writes 0 when nobody has entered a weight.
    weight_grams: grams === 0 ? null : grams,
    hsn_code: null,
    requires_shipping: true,
  };
}

/**
 * What is left to ship after edits, refunds and earlier fulfilments. A line without any quantity is
 * a problem: one piece would be a guess.
 */
function shippable(
  line: ShopifyLineItem,
  ordered: number | null,
  path: string,
  problems: Problems,
): number | null {
  const current = count(line.current_quantity, `${path}.current_quantity`, problems, ordered);
  const open = count(line.fulfillable_quantity, `${path}.fulfillable_quantity`, problems, current);
  if (
    open === null &&
    [line.quantity, line.current_quantity, line.fulfillable_quantity].every(isGone)
  ) {
    problems.add(`${path}.quantity`, 'is missing');
  }
  return open === null || current === null ? open : Math.min(open, current);
}

const isGone = (value: unknown): boolean => value == null || value === '';

/** The discount is the whole line's; pieces that are not shipped take theirs with them. */
function shareOf(discount: number, quantity: number, ordered: number | null): number {
  if (ordered === null || quantity >= ordered) return discount;
  return Number((BigInt(discount) * BigInt(quantity)) / BigInt(ordered));
}
