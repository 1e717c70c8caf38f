import type { Member } from '../session/auth-http.ts';
import { isLeader } from '../session/role.ts';
import type { Session } from '../session/session.ts';
import { SignOutButton } from '../session/sign-out-button.tsx';
import { ChangePassword } from './change-password.tsx';
import { MorningDigest } from './morning-digest.tsx';
import { Members } from './members.tsx';
import { Sessions } from './sessions.tsx';
import './account.css';

interface AccountProps {
  session: Session;
  member: Member;
}

/** What is about people and not about orders: your password and devices, your colleagues. */
export function Account({ session, member }: AccountProps) {
  return (
    <div className="account-screen" data-testid="account-page">
      <header className="top-bar">
        <span className="wordmark">Waybill</span>
        <span className="top-bar-end">
          <a className="button small" href="#/" data-testid="account-back">
            Back to orders
          </a>
          <SignOutButton session={session} />
        </span>
      </header>
      <main className="account">
        <div className="account-title">
          <h1>{member.name}</h1>
          <p className="muted">
            {member.role} · {member.merchantName}
          </p>
        </div>
        {member.role !== 'staff' && <Members me={member} />}
        {isLeader(member.role) && <MorningDigest />}
        <ChangePassword session={session} />
        <Sessions session={session} current={member.sessionId} />
      </main>
    </div>
  );
}
