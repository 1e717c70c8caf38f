import type { Member } from '../session/auth-http.ts';
import { Page } from '../session/page.tsx';
import { isLeader } from '../session/role.ts';
import type { Session } from '../session/session.ts';
import { ChangePassword } from './change-password.tsx';
import { Members } from './members.tsx';
import { MorningDigest } from './morning-digest.tsx';
import { Sessions } from './sessions.tsx';
import './account.css';

interface AccountProps {
  session: Session;
  member: Member;
}

/** What is about people and not about orders: your password and devices, your colleagues. */
export function Account({ session, member }: AccountProps) {
  return (
    <Page
      session={session}
      name="account"
      title={member.name}
      about={`${member.role} · ${member.merchantName}`}
    >
      {member.role !== 'staff' && <Members me={member} />}
      {isLeader(member.role) && <MorningDigest />}
      <ChangePassword session={session} />
      <Sessions session={session} current={member.sessionId} />
    </Page>
  );
}
