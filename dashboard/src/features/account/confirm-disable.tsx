import { ActionDialog } from '../order/action-dialog.tsx';
import type { MemberRow } from './account.graphql.ts';

interface ConfirmDisableProps {
  member: MemberRow;
  busy: boolean;
  onClose: () => void;
  onConfirm: () => void;
}

export function ConfirmDisable({ member, busy, onClose, onConfirm }: ConfirmDisableProps) {
  return (
    <ActionDialog
      title={`Shut ${member.name} out?`}
      confirm="Disable"
      danger
      busy={busy}
      error={null}
      onClose={onClose}
      onConfirm={onConfirm}
    >
      <p>
        They are signed out everywhere at once and cannot sign in again until an owner enables them.
        What they did stays in the history.
      </p>
    </ActionDialog>
  );
}
