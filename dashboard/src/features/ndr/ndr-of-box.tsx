import { useState } from 'react';
import { formatTime, timeLeft } from '../../format/time.ts';
import { DecideDialog } from './decide-dialog.tsx';
import { actOnNdrMutation } from './ndr.graphql.ts';
import type { NdrCase } from './ndr.graphql.ts';
import { useSend } from './use-send.ts';
import './ndr.css';

interface NdrOfBoxProps {
  ndrCase: NdrCase;
  carrier: string;
  now: number;
  reload: () => Promise<void>;
}

/** A failed delivery of a box, and what was or is to be decided about it. */
export function NdrOfBox({ ndrCase, carrier, now, reload }: NdrOfBoxProps) {
  const [deciding, setDeciding] = useState(false);
  const decision = useSend(actOnNdrMutation, reload);
  const { id, attempt, status, reason, deadlineAt } = ndrCase;
  return (
    <div className="ndr" data-open={status === 'OPEN'} data-testid="ndr-case">
      <strong>Delivery failed{attempt > 1 ? ` (attempt ${attempt})` : ''}</strong>
      {reason !== '' && <span>{reason}</span>}
      {status === 'ACTED' && <span className="muted small">{decided(ndrCase)}</span>}
      {status === 'OPEN' && (
        <>
          <span className="small">
            The carrier waits until <time dateTime={deadlineAt}>{formatTime(deadlineAt, now)}</time>{' '}
            ({timeLeft(deadlineAt, now)}).
          </span>
          <button
            type="button"
            className="button small"
            onClick={() => {
              decision.forget();
              setDeciding(true);
            }}
            data-testid="decide"
          >
            Decide what follows…
          </button>
        </>
      )}
      {deciding && (
        <DecideDialog
          carrier={carrier}
          busy={decision.busy}
          problem={decision.problem}
          onClose={() => setDeciding(false)}
          onDecide={(given) =>
            void decision.send({ caseId: id, ...given }).then((done) => setDeciding(!done))
          }
        />
      )}
    </div>
  );
}

function decided({ action, preferredOn, note, acceptedAt }: NdrCase): string {
  const what =
    action === 'RETURN'
      ? 'To be brought back'
      : action === 'BY_HAND'
        ? 'Agreed on the phone'
        : `To be tried again${preferredOn === null ? '' : ` on ${preferredOn}`}`;
  const told = action === 'BY_HAND' ? '' : acceptedAt === null ? '; the carrier is being told' : '';
  return `${what}${told}${note === '' ? '' : `: ${note}`}`;
}
