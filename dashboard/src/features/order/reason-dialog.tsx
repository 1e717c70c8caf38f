import { ActionDialog } from './action-dialog.tsx';

interface ReasonDialogProps {
  cancelling: boolean;
  busy: boolean;
  onClose: () => void;
  onReason: (reason: string) => Promise<void>;
}

export function ReasonDialog({ cancelling, busy, onClose, onReason }: ReasonDialogProps) {
  return (
    <ActionDialog
      title={cancelling ? 'Cancel this order?' : 'Did the parcel come back?'}
      confirm={cancelling ? 'Cancel order' : 'It came back'}
      danger={cancelling}
      busy={busy}
      error={null}
      onClose={onClose}
      onConfirm={(field) => void onReason(field('reason'))}
    >
      <label className="field">
        Reason
        <textarea name="reason" rows={3} required maxLength={500} autoFocus data-testid="reason" />
      </label>
      <p className="muted small">
        It is kept with the order’s history. Leave out names and phone numbers.
      </p>
    </ActionDialog>
  );
}
