import { useState } from 'react';
import { ActionDialog } from '../order/action-dialog.tsx';
import type { Decision } from './ndr.graphql.ts';

interface DecideDialogProps {
  carrier: string;
  busy: boolean;
  problem: string | null;
  onClose: () => void;
  onDecide: (decision: Omit<Decision, 'caseId'>) => void;
}

/** What each carrier can be told by its API; the server refuses the rest and says why. */
const takes: Readonly<Record<string, { actions: readonly string[]; day: boolean }>> = {
  DELHIVERY: { actions: ['RE_ATTEMPT', 'RETURN', 'BY_HAND'], day: false },
  SHIPROCKET: { actions: ['RE_ATTEMPT', 'RETURN', 'BY_HAND'], day: true },
  BLUEDART: { actions: ['BY_HAND'], day: true },
};

const labels: Readonly<Record<string, string>> = {
  RE_ATTEMPT: 'Try again',
  RETURN: 'Bring it back',
  BY_HAND: 'I called the carrier',
};

export function DecideDialog({ carrier, busy, problem, onClose, onDecide }: DecideDialogProps) {
  const { actions, day } = takes[carrier] ?? { actions: ['BY_HAND'], day: false };
  const [action, setAction] = useState(actions[0] ?? 'BY_HAND');
  const byHand = action === 'BY_HAND';
  const goesOut = action !== 'RETURN';
  return (
    <ActionDialog
      title="What shall follow?"
      confirm={labels[action] ?? 'Decide'}
      danger={action === 'RETURN'}
      busy={busy}
      error={problem}
      onClose={onClose}
      onConfirm={(field) =>
        onDecide({
          action,
          preferredOn: field('preferredOn') || null,
          phone: field('phone') || null,
          address: field('address') || null,
          note: field('note') || null,
        })
      }
    >
      {actions.length === 1 ? (
        <p className="muted small">This carrier has to be called: note what was agreed.</p>
      ) : (
        <fieldset className="choices">
          <legend className="visually-hidden">What shall follow?</legend>
          {actions.map((value) => (
            <label key={value} className="choice">
              <input
                type="radio"
                name="action"
                value={value}
                checked={value === action}
                onChange={() => setAction(value)}
                data-testid={`action-${value}`}
              />
              {labels[value]}
            </label>
          ))}
        </fieldset>
      )}
      {goesOut && <NewTries day={day} />}
      <label className="field">
        {byHand ? 'What was agreed' : 'Note (optional)'}
        <textarea name="note" rows={2} required={byHand} maxLength={500} data-testid="ndr-note" />
      </label>
    </ActionDialog>
  );
}

/** What is to be different at the next attempt. */
function NewTries({ day }: { day: boolean }) {
  return (
    <>
      {day && (
        <label className="field">
          On (optional)
          <input name="preferredOn" type="date" />
        </label>
      )}
      <label className="field">
        Other phone (optional)
        <input name="phone" type="tel" inputMode="tel" autoComplete="off" data-testid="ndr-phone" />
      </label>
      <label className="field">
        Other address (optional)
        <textarea name="address" rows={2} minLength={10} maxLength={200} autoComplete="off" />
      </label>
    </>
  );
}
