import { useState } from 'react';
import { ActionDialog } from './action-dialog.tsx';
import { DeadLetters } from './dead-letters.tsx';
import { clearAttentionMutation } from './moves.graphql.ts';
import type { OrderDetails } from './order.graphql.ts';
import type { Moves } from './use-moves.ts';

interface AttentionBannerProps {
  order: OrderDetails;
  moves: Moves;
  reload: () => Promise<void>;
}

export function AttentionBanner({ order, moves, reload }: AttentionBannerProps) {
  const [asking, setAsking] = useState(false);
  const letters = order.letters.nodes;
  const close = () => setAsking(false);

  async function clear(note: string): Promise<void> {
    if (await moves.send(clearAttentionMutation, { orderId: order.id, note })) close();
  }

  return (
    <div className="attention-banner" role="note" data-testid="attention-banner">
      <strong>Needs attention</strong>
      {letters.length === 0 && <p>{order.attentionReason ?? order.attention}</p>}
      {letters.length > 0 && <DeadLetters letters={letters} reload={reload} />}
      {letters.length === 0 && (
        <button
          type="button"
          className="button small"
          onClick={() => {
            moves.forget();
            setAsking(true);
          }}
        >
          Mark as dealt with…
        </button>
      )}
      {asking && (
        <ActionDialog
          title="What was done about it?"
          confirm="Mark as dealt with"
          busy={moves.busy}
          error={moves.outcome?.text ?? null}
          onClose={close}
          onConfirm={(field) => void clear(field('note'))}
        >
          <label className="field">
            Note
            <textarea name="note" rows={3} required maxLength={500} autoFocus />
          </label>
        </ActionDialog>
      )}
    </div>
  );
}
