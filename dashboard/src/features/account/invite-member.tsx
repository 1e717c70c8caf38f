import { useRef } from 'react';
import type { Role } from './account.graphql.ts';
import { fieldsOf } from './form-fields.ts';
import { asRole, roleNames, rolesToGive } from './roles.ts';

interface InviteMemberProps {
  myRole: string;
  busy: boolean;
  /** True when it worked: the form is then empty for the next one. */
  onInvite: (input: { email: string; name: string; role: Role }) => Promise<boolean>;
}

export function InviteMember({ myRole, busy, onInvite }: InviteMemberProps) {
  const form = useRef<HTMLFormElement>(null);
  const submit = async (field: (name: string) => string) => {
    const input = { email: field('email'), name: field('name'), role: asRole(field('role')) };
    if (await onInvite(input)) form.current?.reset();
  };
  return (
    <form
      ref={form}
      className="invite-form"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(fieldsOf(event.currentTarget));
      }}
    >
      <label className="field">
        Name
        <input name="name" required maxLength={200} autoComplete="off" data-testid="invite-name" />
      </label>
      <label className="field">
        E-mail
        <input
          name="email"
          type="email"
          required
          maxLength={320}
          autoComplete="off"
          data-testid="invite-email"
        />
      </label>
      <label className="field">
        Role
        <select name="role" data-testid="invite-role">
          {rolesToGive(myRole).map((role) => (
            <option key={role} value={role}>
              {roleNames[role]}
            </option>
          ))}
        </select>
      </label>
      <button className="button primary" disabled={busy} data-testid="invite">
        Make a link
      </button>
    </form>
  );
}
