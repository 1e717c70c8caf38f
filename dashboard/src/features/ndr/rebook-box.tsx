import { useState } from 'react';
import { ActionDialog } from '../order/action-dialog.tsx';
import { rebookMutation } from './ndr.graphql.ts';
import { useSend } from './use-send.ts';

interface RebookBoxProps {
  shipmentId: string;
  reload: () => Promise<void>;
}

/** Another carrier for a box that has not left. */
export function RebookBox({ shipmentId, reload }: RebookBoxProps) {
  const [asking, setAsking] = useState(false);
  const rebooking = useSend(rebookMutation, reload);
  return (
    <>
      <button
        type="button"
        className="button small"
        onClick={() => {
          rebooking.forget();
          setAsking(true);
        }}
        data-testid="rebook"
      >
        Another carrier…
      </button>
      {asking && (
        <ActionDialog
          title="Send it with another carrier?"
          confirm="Call off and book anew"
          danger
          busy={rebooking.busy}
          error={rebooking.problem}
          onClose={() => setAsking(false)}
          onConfirm={(field) =>
            void rebooking
              .send({ shipmentId, reason: field('reason') })
              .then((done) => setAsking(!done))
          }
        >
          <p className="muted small">
            The other carriers are asked. When one of them takes it, the parcel is called off where
            it is and goes with the best of them. Its present label is void then.
          </p>
          <label className="field">
            Reason
            <textarea name="reason" rows={2} required maxLength={500} autoFocus />
          </label>
        </ActionDialog>
      )}
    </>
  );
}
