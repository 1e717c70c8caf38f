import { useCallback, useState } from 'react';
import { messageOf } from '../../api/api-error.ts';
import { secondsToWait } from '../session/auth-http.ts';
import type { Session } from '../session/session.ts';
import { waitText } from '../session/use-wait.ts';
import { leaveAccountPage } from './account-page.ts';
import { fieldsOf } from './form-fields.ts';
import { PasswordField } from './password-field.tsx';
import { useLoaded } from './use-loaded.ts';
import '../session/sign-in.css';

interface JoinProps {
  session: Session;
  token: string;
}

/** Where a link leads: somebody sets their password, and is signed in. */
export function Join({ session, token }: JoinProps) {
  const load = useCallback(() => session.lookAtInvitation(token), [session, token]);
  const { value: invitation, problem: broken } = useLoaded(load);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);

  async function submit(field: (name: string) => string): Promise<void> {
    setBusy(true);
    setProblem(null);
    try {
      await session.acceptInvitation(token, field('new-password'));
      leaveAccountPage();
    } catch (error) {
      const seconds = secondsToWait(error);
      setProblem(
        seconds === null
          ? messageOf(error)
          : `Too many attempts. You can try again in ${waitText(seconds)}.`,
      );
      setBusy(false);
    }
  }

  if (!invitation) {
    return (
      <main className="sign-in">
        <div className="sign-in-card">
          <h1 className="wordmark">Waybill</h1>
          <p role={broken === null ? 'status' : 'alert'} data-testid="join-status">
            {broken ?? 'Looking at the link…'}
          </p>
          <a href="#/">To the sign-in page</a>
        </div>
      </main>
    );
  }
  const isReset = invitation.purpose === 'reset_password';
  return (
    <main className="sign-in">
      <form
        className="sign-in-card"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(fieldsOf(event.currentTarget));
        }}
        data-testid="join"
      >
        <h1 className="wordmark">Waybill</h1>
        <p>
          {isReset ? (
            <>Set a new password for {invitation.merchantName}.</>
          ) : (
            <>
              Welcome, {invitation.name}. You are invited to <b>{invitation.merchantName}</b> as{' '}
              {invitation.role}.
            </>
          )}
        </p>
        {/* Seen by password managers, which then keep the right pair. */}
        <label className="field">
          E-mail
          <input
            name="email"
            type="email"
            value={invitation.email}
            readOnly
            autoComplete="username"
          />
        </label>
        <PasswordField name="new-password" label="Password" autoComplete="new-password" autoFocus />
        <p className="form-error" role="alert" data-testid="join-error">
          {problem}
        </p>
        <button className="button primary" disabled={busy} data-testid="join-submit">
          {isReset ? 'Set password' : 'Join'}
        </button>
      </form>
    </main>
  );
}
