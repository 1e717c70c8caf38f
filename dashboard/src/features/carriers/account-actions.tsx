import type { AccountRow } from './carriers.graphql.ts';

export type Open = 'credentials' | 'settings' | null;

interface AccountActionsProps {
  account: AccountRow;
  isOwner: boolean;
  busy: boolean;
  open: Open;
  onToggle: (what: Open) => void;
  onCheck: () => void;
  onReset: () => void;
  onSwitch: () => void;
}

/** What owners and managers can do with an account. */
export function AccountActions({ account, isOwner, busy, open, ...on }: AccountActionsProps) {
  const isOff = account.disabledAt !== null;
  return (
    <div className="form-end">
      <button
        type="button"
        className="button small primary"
        disabled={busy || account.connectionCheck?.status === 'WAITING'}
        onClick={on.onCheck}
        data-testid={`check-${account.id}`}
      >
        Check connection
      </button>
      {account.circuit?.state === 'OPEN' && (
        <button
          type="button"
          className="button small"
          disabled={busy}
          onClick={on.onReset}
          data-testid={`reset-${account.id}`}
        >
          Let calls through now
        </button>
      )}
      {isOwner && (
        <button
          type="button"
          className="button small"
          aria-expanded={open === 'credentials'}
          onClick={() => on.onToggle('credentials')}
          data-testid={`credentials-${account.id}`}
        >
          Credentials…
        </button>
      )}
      <button
        type="button"
        className="button small"
        aria-expanded={open === 'settings'}
        onClick={() => on.onToggle('settings')}
        data-testid={`settings-${account.id}`}
      >
        Settings…
      </button>
      {isOwner && (
        <button
          type="button"
          className={isOff ? 'button small' : 'button small quiet-danger'}
          disabled={busy}
          onClick={on.onSwitch}
          data-testid={`switch-${account.id}`}
        >
          {isOff ? 'Switch on' : 'Switch off'}
        </button>
      )}
    </div>
  );
}
