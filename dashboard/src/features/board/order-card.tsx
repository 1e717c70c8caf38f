import { memo } from 'react';
import { formatMoney } from '../../format/money.ts';
import { formatAge } from '../../format/time.ts';
import { AttentionBadge } from '../exceptions/attention-badge.tsx';
import type { Card } from './card.ts';
import './order-card.css';

interface OrderCardProps {
  card: Card;
  now: number;
  selected: boolean;
  onOpen: (orderId: string) => void;
}

export const OrderCard = memo(function OrderCard({ card, now, selected, onOpen }: OrderCardProps) {
  return (
    <li className="card-slot" data-flip={card.id} data-status={card.status}>
      <button
        type="button"
        className="card"
        data-alarm={card.attention !== null}
        aria-pressed={selected}
        onClick={() => onOpen(card.id)}
        data-testid={`card-${card.number}`}
        data-order-id={card.id}
      >
        <span className="card-head">
          <span className="card-number">{card.number}</span>
          <span className="card-external">{card.externalNumber}</span>
          <time className="card-age" dateTime={card.placedAt}>
            {formatAge(card.placedAt, now)}
          </time>
        </span>
        <span className="card-who">{card.customer ?? 'No name'}</span>
        <span className="card-items">{card.items}</span>
        <span className="card-foot">
          <span className="card-amount">{formatMoney(card.total)}</span>
          {card.cashOnDelivery && <span className="tag">COD</span>}
          {card.attention !== null && <AttentionBadge reason={card.attentionReason} />}
        </span>
      </button>
    </li>
  );
});
