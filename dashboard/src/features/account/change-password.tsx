import { useRef, useState } from 'react';
import { messageOf } from '../../api/api-error.ts';
import { secondsToWait } from '../session/auth-http.ts';
import type { Session } from '../session/session.ts';
import { waitText } from '../session/use-wait.ts';
import { fieldsOf } from './form-fields.ts';
import { PasswordField } from './password-field.tsx';

export function ChangePassword({ session }: { session: Session }) {
  const form = useRef<HTMLFormElement>(null);
  const [busy, setBusy] = useState(false);
  const [problem, setProblem] = useState<string | null>(null);
  const [done, setDone] = useState(false);

  async function submit(field: (name: string) => string): Promise<void> {
    setBusy(true);
    setProblem(null);
    setDone(false);
    try {
      await session.changePassword(field('current-password'), field('new-password'));
      form.current?.reset();
      setDone(true);
    } catch (error) {
      const seconds = secondsToWait(error);
      setProblem(
        seconds === null
          ? messageOf(error)
          : `Too many attempts. You can try again in ${waitText(seconds)}.`,
      );
    } finally {
      setBusy(false);
    }
  }

  return (
    <section className="account-card" aria-labelledby="password-title">
      <h2 id="password-title">Password</h2>
      <form
        ref={form}
        className="account-form"
        onSubmit={(event) => {
          event.preventDefault();
          void submit(fieldsOf(event.currentTarget));
        }}
      >
        <PasswordField
          name="current-password"
          label="Present password"
          autoComplete="current-password"
        />
        <PasswordField name="new-password" label="New password" autoComplete="new-password" />
        <p className="muted small">Changing it signs you out everywhere else.</p>
        {problem !== null && (
          <p className="form-error" role="alert" data-testid="password-error">
            {problem}
          </p>
        )}
        <div className="form-end">
          <button className="button primary" disabled={busy} data-testid="change-password">
            Change password
          </button>
          {done && (
            <span className="good" role="status" data-testid="password-changed">
              Changed.
            </span>
          )}
        </div>
      </form>
    </section>
  );
}
