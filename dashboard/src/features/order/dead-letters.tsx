import { useState } from 'react';
import { useApi } from '../../api/api.ts';
import { newIdempotencyKey } from '../../api/idempotency-key.ts';
import { useAct } from '../../api/use-act.ts';
import { useIsLeader } from '../session/role.ts';
import { ActionDialog } from './action-dialog.tsx';
import { resolveLetterMutation, retryLetterMutation } from './moves.graphql.ts';
import type { DeadLetter } from './order.graphql.ts';

interface DeadLettersProps {
  letters: readonly DeadLetter[];
  reload: () => Promise<void>;
}

/** The calls of an order that wait for a person: what went wrong, what to do, and doing it. */
export function DeadLetters({ letters, reload }: DeadLettersProps) {
  const api = useApi();
  const mayDecide = useIsLeader();
  const [problem, setProblem] = useState<string | null>(null);
  const [settling, setSettling] = useState<DeadLetter | null>(null);
  const { busy, act } = useAct(reload, setProblem);

  const retry = ({ id }: DeadLetter) =>
    act(() => api.request(retryLetterMutation, { id, key: newIdempotencyKey() }));

  const settle = ({ id }: DeadLetter, note: string) =>
    act(async () => {
      await api.request(resolveLetterMutation, { id, note, key: newIdempotencyKey() });
      setSettling(null);
    });

  return (
    <ul className="dead-letters">
      {letters.map((letter) => (
        <li key={letter.id} data-testid="dead-letter">
          <Facts letter={letter} />
          {mayDecide ? (
            <LetterActions
              busy={busy}
              onRetry={() => void retry(letter)}
              onSettle={() => {
                setProblem(null);
                setSettling(letter);
              }}
            />
          ) : (
            <p className="muted small" data-testid="ask-a-leader">
              An owner or a manager can try it again or settle it.
            </p>
          )}
        </li>
      ))}
      {problem !== null && settling === null && (
        <li className="form-error" role="alert">
          {problem}
        </li>
      )}
      {settling && (
        <ActionDialog
          title="What was done about it?"
          confirm="Settle"
          busy={busy}
          error={problem}
          onClose={() => setSettling(null)}
          onConfirm={(field) => void settle(settling, field('note'))}
        >
          <label className="field">
            Note
            <textarea name="note" rows={3} required maxLength={500} autoFocus />
          </label>
        </ActionDialog>
      )}
    </ul>
  );
}

interface LetterActionsProps {
  busy: boolean;
  onRetry: () => void;
  onSettle: () => void;
}

function LetterActions({ busy, onRetry, onSettle }: LetterActionsProps) {
  return (
    <div className="dead-letter-actions">
      <button
        type="button"
        className="button small"
        disabled={busy}
        onClick={onRetry}
        data-testid="retry-letter"
      >
        Try again
      </button>
      <button
        type="button"
        className="button small"
        disabled={busy}
        onClick={onSettle}
        data-testid="settle-letter"
      >
        Settle…
      </button>
    </div>
  );
}

function Facts({ letter }: { letter: DeadLetter }) {
  const { lastCall } = letter;
  return (
    <>
      <p>
        <strong>{kindName(letter.kind)}</strong>: {letter.errorMessage}{' '}
        <span className="muted small">
          Tried {letter.attempts === 1 ? 'once' : `${letter.attempts} times`}.
        </span>
      </p>
      <p data-testid="advice">{letter.advice}</p>
      {lastCall !== null && lastCall.answer !== null && (
        <details>
          <summary className="small">
            What was said last ({lastCall.operation}
            {lastCall.httpStatus !== null && `, ${lastCall.httpStatus}`})
          </summary>
          <pre className="last-answer">{lastCall.answer}</pre>
        </details>
      )}
    </>
  );
}

/** BOOK_SHIPMENT: Book shipment. */
function kindName(kind: string): string {
  const words = kind.toLowerCase().replaceAll('_', ' ');
  return words.charAt(0).toUpperCase() + words.slice(1);
}
