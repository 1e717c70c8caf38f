import { formatTime } from '../../format/time.ts';
import type { InvitationRow } from './account.graphql.ts';
import { roleNames } from './roles.ts';

interface PendingInvitationsProps {
  invitations: readonly InvitationRow[];
  busy: boolean;
  onRevoke: (invitationId: string) => void;
}

export function PendingInvitations({ invitations, busy, onRevoke }: PendingInvitationsProps) {
  if (invitations.length === 0) return null;
  const now = Date.now();
  return (
    <>
      <h3>Links that were not used yet</h3>
      <ul className="account-list" data-testid="pending">
        {invitations.map((invitation) => (
          <li key={invitation.id} className="account-row">
            <span className="account-row-text">
              <span className="account-row-name">
                {invitation.name}{' '}
                <span className="tag">
                  {invitation.purpose === 'JOIN' ? roleNames[invitation.role] : 'new password'}
                </span>
              </span>
              <span className="muted small">
                {invitation.email} · until {formatTime(invitation.expiresAt, now)}
              </span>
            </span>
            <button
              type="button"
              className="button small"
              disabled={busy}
              onClick={() => onRevoke(invitation.id)}
            >
              Take back
            </button>
          </li>
        ))}
      </ul>
    </>
  );
}
