import { useCallback, useState } from 'react';
import { useApi } from '../../api/api.ts';
import { RefusedError, messageOf } from '../../api/api-error.ts';
import { newIdempotencyKey } from '../../api/idempotency-key.ts';
import type { Operation } from '../../api/operation.ts';
import { cardOf } from '../board/card.ts';
import type { Card } from '../board/card.ts';
import { statusLabel } from '../workflow/workflows.ts';
import type { Moved } from './moves.graphql.ts';

/** What came of the last click. */
export type Outcome = { kind: 'notice' | 'error'; text: string } | null;

export interface Moves {
  busy: boolean;
  outcome: Outcome;
  /** Sends one click's mutation; true when it was done. */
  send: <Variables>(
    mutation: Operation<Moved, Variables & { key: string }>,
    variables: Variables,
  ) => Promise<boolean>;
  forget: () => void;
}

export function useMoves(onMoved: (card: Card) => void, refresh: () => Promise<void>): Moves {
  const api = useApi();
  const [busy, setBusy] = useState(false);
  const [outcome, setOutcome] = useState<Outcome>(null);

  const send: Moves['send'] = async (mutation, variables) => {
    setBusy(true);
    setOutcome(null);
    try {
      const { moved } = await api.request(mutation, { ...variables, key: newIdempotencyKey() });
      onMoved(cardOf(moved.order));
      await refresh();
      return true;
    } catch (error) {
      setOutcome(outcomeOf(error));
      await refresh();
      return false;
    } finally {
      setBusy(false);
    }
  };
  const forget = useCallback(() => setOutcome(null), []);
  return { busy, outcome, send, forget };
}

/** Somebody else was first: that is news, not an error. */
function outcomeOf(error: unknown): Outcome {
  if (error instanceof RefusedError && error.code === 'CONFLICT') {
    const { status } = error.facts;
    const now =
      typeof status === 'string' ? ` It is now: ${statusLabel(status.toLowerCase())}.` : '';
    return { kind: 'notice', text: `Somebody else moved this order first.${now}` };
  }
  return { kind: 'error', text: messageOf(error) };
}
