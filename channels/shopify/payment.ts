import { money } from './problems.ts';
import type { Problems } from './problems.ts';
import type { ShopifyOrder } from './order-schema.ts';

/** Apps name their COD gateway as they like, so a shop can bring its own words. */
export const defaultCodWords: readonly string[] = [
  'cash on delivery',
  'pay on delivery',
  'payment on delivery',
  'collect on delivery',
  'cod',
];

export interface Payment {
  payment_mode: 'prepaid' | 'cod';
  cod_amount_minor: number;
}

const paidStatuses = ['paid', 'partially_refunded', 'authorized'];
const openStatuses = ['pending', 'partially_paid'];

/**
 * How the order is paid. Cash is collected only for what is still open, which after a part payment
 * is less than the total. Money that is open and is not to be collected at the door is a problem:
 * shipping it as prepaid would give the goods away.
 */
export function paymentOf(
  order: ShopifyOrder,
  totalMinor: number,
  codWords: readonly string[],
  problems: Problems,
): Payment {
  const prepaid: Payment = { payment_mode: 'prepaid', cod_amount_minor: 0 };
  const status = order.financial_status?.toLowerCase() ?? '';
  if (paidStatuses.includes(status) || totalMinor === 0) return prepaid;
  if (!openStatuses.includes(status)) {
    problems.add('financial_status', 'is not one of an order to be shipped');
    return prepaid;
  }
  if (!isCod(order, codWords)) {
    problems.add('financial_status', 'is not paid, and the payment is no cash on delivery');
    return prepaid;
  }
  const cod_amount_minor = openAmount(order, status, totalMinor, problems);
  return { payment_mode: 'cod', cod_amount_minor };
}

/**
 * What is still to be paid. Missing, it is the total of an order of which nothing has been paid.
 */
function openAmount(
  order: ShopifyOrder,
  status: string,
  totalMinor: number,
  problems: Problems,
): number {
  const field = 'total_outstanding';
  const fallback = status === 'partially_paid' ? undefined : totalMinor;
  const readable = problems.list.length;
  const open = money(order.total_outstanding, field, problems, fallback);
  if (problems.list.length > readable) return open;
  if (open === 0) problems.add(field, 'is nothing, though the payment is open');
  if (open > totalMinor) problems.add(field, 'is more than the total');
  return open;
}

function isCod(order: ShopifyOrder, codWords: readonly string[]): boolean {
  const gateways = [...order.payment_gateway_names, order.gateway].filter((name) => name !== null);
  const wanted = codWords.map(words);
  return gateways.some((name) => wanted.some((word) => words(name).includes(word)));
}

/** « cash on delivery cod »: compared word by word, so that «Barcode Pay» is no COD. */
function words(text: string): string {
  return ` ${text
    .toLowerCase()
    .replace(/[^\p{L}\p{N}]+/gu, ' ')
    .trim()} `;
}
