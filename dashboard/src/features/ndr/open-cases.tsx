import { timeLeft } from '../../format/time.ts';
import { useOpenCases } from './use-open-cases.ts';
import './ndr.css';

interface OpenCasesProps {
  now: number;
  active: boolean;
  /** The order that is open: a decision is made there, so closing it asks anew. */
  selected: string | null;
  onOpen: (orderId: string) => void;
}

/** Parcels that nobody took, the one whose time is over first. Absent while there is none. */
export function OpenCases({ now, active, selected, onOpen }: OpenCasesProps) {
  const cases = useOpenCases(selected);
  if (cases === null || cases.nodes.length === 0) return null;
  return (
    <section
      className="exceptions"
      aria-labelledby="open-cases-title"
      data-active={active}
      data-testid="open-cases"
    >
      <h2 className="column-title" id="open-cases-title">
        Failed deliveries
        <span className="count" data-alarm="true">
          {cases.nodes.length}
          {cases.pageInfo.hasNextPage && '+'}
        </span>
      </h2>
      <ul className="exception-list">
        {cases.nodes.map(({ id, attempt, reason, deadlineAt, order }) => (
          <li key={id}>
            <button
              type="button"
              className="exception"
              onClick={() => onOpen(order.id)}
              data-testid={`open-case-${order.number}`}
            >
              <span className="card-head">
                <span className="card-number">{order.number}</span>
                <span className="tag">
                  {attempt > 1 ? `Attempt ${attempt} failed` : 'Not delivered'}
                </span>
                <time className="card-age" dateTime={deadlineAt}>
                  {timeLeft(deadlineAt, now)}
                </time>
              </span>
              <span className="exception-reason">{reason || 'The delivery failed.'}</span>
            </button>
          </li>
        ))}
      </ul>
    </section>
  );
}
