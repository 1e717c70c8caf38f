import { formatAge } from '../../format/time.ts';
import type { Card } from '../board/card.ts';
import { statusLabel } from '../workflow/workflows.ts';
import './exceptions.css';

interface ExceptionsProps {
  cards: readonly Card[];
  count: number;
  now: number;
  active: boolean;
  onOpen: (orderId: string) => void;
}

/** The orders that a human should look at, longest waiting first, each with its reason. */
export function Exceptions({ cards, count, now, active, onOpen }: ExceptionsProps) {
  return (
    <section
      className="exceptions"
      aria-labelledby="exceptions-title"
      data-active={active}
      data-testid="exceptions"
    >
      <h2 className="column-title" id="exceptions-title">
        Needs attention
        <span className="count" data-alarm={count > 0} data-testid="count-attention">
          {count}
        </span>
      </h2>
      {cards.length === 0 && <p className="empty">Nothing waits for a human.</p>}
      <ul className="exception-list">
        {cards.map((card) => (
          <li key={card.id}>
            <button
              type="button"
              className="exception"
              onClick={() => onOpen(card.id)}
              data-testid={`exception-${card.number}`}
            >
              <span className="card-head">
                <span className="card-number">{card.number}</span>
                <span className="tag">{statusLabel(card.status)}</span>
                <time className="card-age" dateTime={card.attentionSince ?? card.updatedAt}>
                  {formatAge(card.attentionSince ?? card.updatedAt, now)}
                </time>
              </span>
              <span className="exception-reason">{card.attentionReason ?? card.attention}</span>
              {card.advice !== null && (
                <span className="exception-advice muted small" data-testid="exception-advice">
                  {card.advice}
                </span>
              )}
            </button>
          </li>
        ))}
      </ul>
      {count > cards.length && <p className="empty">and {count - cards.length} more</p>}
    </section>
  );
}
