import type { Money } from '../../format/money.ts';
import type { OrderRow } from './board.graphql.ts';

/** What the board knows of one order. */
export interface Card {
  id: string;
  number: number;
  externalNumber: string | null;
  status: string;
  workflow: string;
  attention: string | null;
  attentionReason: string | null;
  attentionSince: string | null;
  total: Money;
  cashOnDelivery: boolean;
  placedAt: string;
  updatedAt: string;
  seq: number;
  customer: string | null;
  /** What a person can do; null when it needs nobody, or when it was not asked for. */
  advice: string | null;
  items: string;
}

export function cardOf(row: OrderRow): Card {
  const { shipTo, items, paymentMode, letters, ...same } = row;
  return {
    ...same,
    status: row.status.toLowerCase(),
    cashOnDelivery: paymentMode === 'COD',
    advice: letters?.nodes[0]?.advice ?? null,
    customer: shipTo?.customerName ?? shipTo?.name ?? null,
    items: summarize(items.nodes),
  };
}

/** Names three lines at most; the fourth that was asked for only tells that there are more. */
function summarize(lines: readonly { title: string; quantity: number }[]): string {
  const named = lines.slice(0, 3).map((line) => `${line.quantity}\u00a0×\u00a0${line.title}`);
  return lines.length > 3 ? `${named.join(', ')} …` : named.join(', ');
}
