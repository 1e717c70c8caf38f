import { useCallback, useState } from 'react';
import { useApi } from '../../api/api.ts';
import type { Member } from '../session/auth-http.ts';
import {
  changeRoleMutation,
  disableMutation,
  enableMutation,
  inviteMutation,
  membersQuery,
  resetPasswordMutation,
  revokeMutation,
} from './account.graphql.ts';
import type { Link, MemberRow as Row, Role } from './account.graphql.ts';
import { ConfirmDisable } from './confirm-disable.tsx';
import { InviteMember } from './invite-member.tsx';
import { LinkBox } from './link-box.tsx';
import { MemberRow } from './member-row.tsx';
import { PendingInvitations } from './pending-invitations.tsx';
import { useLoaded } from './use-loaded.ts';

/** The colleagues: owners invite, change and shut out; managers see them and invite staff. */
export function Members({ me }: { me: Member }) {
  const api = useApi();
  const load = useCallback(() => api.request(membersQuery, {}), [api]);
  const { value, problem, act, busy } = useLoaded(load);
  const [link, setLink] = useState<Link | null>(null);
  const [disabling, setDisabling] = useState<Row | null>(null);

  const invite = (input: { email: string; name: string; role: Role }) =>
    act(async () => setLink((await api.request(inviteMutation, input)).made.link));
  const reset = (memberId: number) =>
    act(async () => setLink((await api.request(resetPasswordMutation, { memberId })).made.link));
  const change = (memberId: number, role: Role) =>
    act(() => api.request(changeRoleMutation, { memberId, role }));
  const disable = async (memberId: number) => {
    await act(() => api.request(disableMutation, { memberId }));
    setDisabling(null);
  };
  const enable = (memberId: number) => act(() => api.request(enableMutation, { memberId }));
  const revoke = (invitationId: string) => act(() => api.request(revokeMutation, { invitationId }));

  return (
    <section className="account-card" aria-labelledby="members-title" data-testid="members">
      <h2 id="members-title">Members of {me.merchantName}</h2>
      {value === null && problem === null && <p className="muted">Loading…</p>}
      <ul className="account-list">
        {value?.members.nodes.map((member) => (
          <MemberRow
            key={member.id}
            member={member}
            isMe={member.id === me.id}
            mayChange={me.role === 'owner'}
            busy={busy}
            onRole={(role) => void change(member.id, role)}
            onDisable={() => setDisabling(member)}
            onEnable={() => void enable(member.id)}
            onReset={() => void reset(member.id)}
          />
        ))}
      </ul>
      {problem !== null && (
        <p className="form-error" role="alert" data-testid="members-error">
          {problem}
        </p>
      )}
      <h3>Invite somebody</h3>
      <InviteMember myRole={me.role} busy={busy} onInvite={invite} />
      {link && <LinkBox key={link.token} link={link} onClose={() => setLink(null)} />}
      <PendingInvitations
        invitations={value?.invitations.nodes ?? []}
        busy={busy}
        onRevoke={(id) => void revoke(id)}
      />
      {disabling && (
        <ConfirmDisable
          member={disabling}
          busy={busy}
          onClose={() => setDisabling(null)}
          onConfirm={() => void disable(disabling.id)}
        />
      )}
    </section>
  );
}
