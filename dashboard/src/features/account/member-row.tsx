import type { MemberRow as Row, Role } from './account.graphql.ts';
import { asRole, roleNames } from './roles.ts';

interface MemberRowProps {
  member: Row;
  isMe: boolean;
  /** Owners change members; others only see them. */
  mayChange: boolean;
  busy: boolean;
  onRole: (role: Role) => void;
  onDisable: () => void;
  onEnable: () => void;
  onReset: () => void;
}

export function MemberRow({ member, isMe, mayChange, busy, ...on }: MemberRowProps) {
  const isDisabled = member.disabledAt !== null;
  return (
    <li className="account-row" data-disabled={isDisabled} data-testid={`member-${member.id}`}>
      <span className="account-row-text">
        <span className="account-row-name">
          {member.name} {isMe && <span className="tag">you</span>}
          {isDisabled && <span className="tag">disabled</span>}
        </span>
        <span className="muted small">{member.email}</span>
      </span>
      {mayChange && !isDisabled && (
        <span className="account-row-actions">
          <select
            value={member.role}
            disabled={busy}
            aria-label={`Role of ${member.name}`}
            onChange={(event) => on.onRole(asRole(event.currentTarget.value))}
            data-testid={`role-${member.id}`}
          >
            {Object.entries(roleNames).map(([role, name]) => (
              <option key={role} value={role}>
                {name}
              </option>
            ))}
          </select>
          {!isMe && (
            <button type="button" className="button small" disabled={busy} onClick={on.onReset}>
              New password
            </button>
          )}
          <button
            type="button"
            className="button small quiet-danger"
            disabled={busy}
            onClick={on.onDisable}
            data-testid={`disable-${member.id}`}
          >
            Disable
          </button>
        </span>
      )}
      {mayChange && isDisabled && (
        <span className="account-row-actions">
          <button
            type="button"
            className="button small"
            disabled={busy}
            onClick={on.onEnable}
            data-testid={`enable-${member.id}`}
          >
            Enable
          </button>
        </span>
      )}
      {!mayChange && <span className="tag">{roleNames[member.role]}</span>}
    </li>
  );
}
