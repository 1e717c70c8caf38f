import { statusLabel } from '../workflow/workflows.ts';
import type { Column as ColumnState } from './board-state.ts';
import type { Card } from './card.ts';
import { OrderCard } from './order-card.tsx';

interface ColumnProps {
  status: string;
  state: ColumnState | undefined;
  cards: readonly Card[];
  now: number;
  selected: string | null;
  active: boolean;
  onOpen: (orderId: string) => void;
  onMore: (status: string) => Promise<void>;
}

export function Column({
  status,
  state,
  cards,
  now,
  selected,
  active,
  onOpen,
  onMore,
}: ColumnProps) {
  const count = state?.count ?? 0;
  return (
    <section
      className="column"
      aria-labelledby={`title-${status}`}
      data-status={status}
      data-active={active}
      data-testid={`column-${status}`}
    >
      <h2 className="column-title" id={`title-${status}`}>
        {statusLabel(status)}
        <span className="count" data-testid={`count-${status}`}>
          {count.toLocaleString('en-IN')}
        </span>
      </h2>
      {cards.length === 0 && <p className="empty">No orders</p>}
      <ul className="card-list">
        {cards.map((card) => (
          <OrderCard
            key={card.id}
            card={card}
            now={now}
            selected={card.id === selected}
            onOpen={onOpen}
          />
        ))}
      </ul>
      {state?.hasMore && (
        <button type="button" className="button more" onClick={() => void onMore(status)}>
          Show more
        </button>
      )}
    </section>
  );
}
