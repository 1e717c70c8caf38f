import { formatTime } from '../../format/time.ts';
import type { OrderDetails } from './order.graphql.ts';
import { tellEvent } from './tell-event.ts';

interface HistoryProps {
  order: OrderDetails;
  now: number;
}

/** The order's log in words, latest first. */
export function History({ order, now }: HistoryProps) {
  const boxes = new Map(order.shipments.nodes.map((box) => [box.id, box]));
  const events = order.events.nodes.toSorted((a, b) => b.seq - a.seq);
  return (
    <section className="panel-section" aria-labelledby="history-title">
      <h3 id="history-title">History</h3>
      <ol className="history" reversed data-testid="history">
        {events.map((event) => {
          const told = tellEvent(event, { channel: order.channel, boxes });
          return (
            <li key={event.seq} data-type={event.type.toLowerCase()}>
              <span className="history-text">{told.text}</span>
              {told.detail !== null && <span className="history-detail">{told.detail}</span>}
              <span className="history-by">
                <time dateTime={event.occurredAt}>{formatTime(event.occurredAt, now)}</time> ·{' '}
                {told.by}
              </span>
            </li>
          );
        })}
      </ol>
    </section>
  );
}
