import { useEffect, useRef } from 'react';
import type { RefObject } from 'react';
import { useNow } from '../../format/use-now.ts';
import { cardOf } from '../board/card.ts';
import type { Card } from '../board/card.ts';
import { statusLabel } from '../workflow/workflows.ts';
import { AttentionBanner } from './attention-banner.tsx';
import { History } from './history.tsx';
import { ItemList } from './item-list.tsx';
import { Offers } from './offers.tsx';
import type { OrderDetails } from './order.graphql.ts';
import { ShipToAddress } from './ship-to-address.tsx';
import { Shipments } from './shipments.tsx';
import { Steps } from './steps.tsx';
import { useMoves } from './use-moves.ts';
import { useOrder } from './use-order.ts';
import './order-panel.css';

interface OrderPanelProps {
  orderId: string;
  /** What the board knows of it already: shown while the rest is on its way. */
  card: Card | undefined;
  onSeen: (card: Card) => void;
  onClose: () => void;
}

export function OrderPanel({ orderId, card, onSeen, onClose }: OrderPanelProps) {
  const [view, reload] = useOrder(orderId, card?.seq ?? 0);
  const panel = useRef<HTMLElement>(null);
  useFocusWhileOpen(panel, orderId);
  const order = view.kind === 'ready' ? view.order : undefined;
  useEffect(() => {
    if (order) onSeen(cardOf(order));
  }, [order, onSeen]);
  return (
    <section
      ref={panel}
      className="order-panel"
      role="dialog"
      aria-labelledby="order-title"
      aria-busy={view.kind === 'loading'}
      tabIndex={-1}
      onKeyDown={(event) => {
        if (event.key === 'Escape') onClose();
      }}
      data-testid="order-panel"
    >
      <PanelHead order={order} card={card} onClose={onClose} />
      {view.kind === 'loading' && (
        <div className="panel-body" role="status">
          <p className="visually-hidden">Loading the order…</p>
          <div className="skeleton" />
          <div className="skeleton" />
          <div className="skeleton" />
        </div>
      )}
      {view.kind === 'failed' && (
        <div className="panel-body" role="alert">
          <p>{view.problem}</p>
          <button type="button" className="button" onClick={() => void reload()}>
            Try again
          </button>
        </div>
      )}
      {view.kind === 'ready' && <OpenOrder order={view.order} onSeen={onSeen} reload={reload} />}
    </section>
  );
}

interface PanelHeadProps {
  order: OrderDetails | undefined;
  card: Card | undefined;
  onClose: () => void;
}

function PanelHead({ order, card, onClose }: PanelHeadProps) {
  const known = order ?? card;
  return (
    <header className="panel-head">
      <div className="panel-title">
        <h2 id="order-title">Order {known?.number}</h2>
        <span className="panel-sub small">
          {known?.externalNumber && <span className="muted">{known.externalNumber}</span>}
          {order && (
            <a
              href={`./track/${order.publicId}`}
              target="_blank"
              rel="noreferrer"
              title="What the customer sees"
            >
              Customer’s page
            </a>
          )}
        </span>
      </div>
      {known && (
        <span
          className="status-pill"
          data-status={known.status.toLowerCase()}
          data-testid="order-status"
        >
          {statusLabel(known.status.toLowerCase())}
        </span>
      )}
      <button
        type="button"
        className="button close"
        aria-label="Close the order"
        onClick={onClose}
        data-testid="order-close"
      >
        ✕
      </button>
    </header>
  );
}

interface OpenOrderProps {
  order: OrderDetails;
  onSeen: (card: Card) => void;
  reload: () => Promise<void>;
}

function OpenOrder({ order, onSeen, reload }: OpenOrderProps) {
  const now = useNow();
  const moves = useMoves(onSeen, reload);
  return (
    <>
      <div className="panel-body">
        {order.attention !== null && (
          <AttentionBanner order={order} moves={moves} reload={reload} />
        )}
        <ItemList order={order} />
        <ShipToAddress order={order} />
        <Shipments order={order} now={now} reload={reload} />
        <Offers order={order} />
        <History order={order} now={now} />
      </div>
      <Steps order={order} moves={moves} />
    </>
  );
}

/** The focus goes into the panel, and back to where it came from when the panel closes. */
function useFocusWhileOpen(panel: RefObject<HTMLElement | null>, orderId: string): void {
  useEffect(() => {
    panel.current?.focus();
    return () => {
      document.querySelector<HTMLElement>(`[data-order-id="${orderId}"]`)?.focus();
    };
  }, [panel, orderId]);
}
