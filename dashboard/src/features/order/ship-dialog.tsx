import { ActionDialog } from './action-dialog.tsx';
import type { Moves } from './use-moves.ts';

interface ShipDialogProps {
  moves: Moves;
  onClose: () => void;
  onShip: (trackingCode: string, trackingUrl: string) => Promise<void>;
}

export function ShipDialog({ moves, onClose, onShip }: ShipDialogProps) {
  return (
    <ActionDialog
      title="Hand to the carrier"
      confirm="Ship"
      busy={moves.busy}
      error={moves.outcome?.text ?? null}
      onClose={onClose}
      onConfirm={(field) => void onShip(field('trackingCode'), field('trackingUrl'))}
    >
      <label className="field">
        Tracking code
        <input
          name="trackingCode"
          required
          autoFocus
          autoComplete="off"
          autoCapitalize="characters"
          spellCheck={false}
          maxLength={64}
          data-testid="tracking-code"
        />
      </label>
      <label className="field">
        Tracking address (optional)
        <input
          name="trackingUrl"
          type="url"
          inputMode="url"
          placeholder="https://"
          autoComplete="off"
          data-testid="tracking-url"
        />
      </label>
    </ActionDialog>
  );
}
