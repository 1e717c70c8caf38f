import { useState } from 'react';
import { messageOf } from '../../api/api-error.ts';
import type { Session } from './session.ts';
import './sign-in.css';

interface SignInProps {
  session: Session;
  notice: string | null;
}

export function SignIn({ session, notice }: SignInProps) {
  const [pending, setPending] = useState(false);
  const [message, setMessage] = useState(notice);

  async function submit(form: FormData): Promise<void> {
    setPending(true);
    setMessage(null);
    try {
      await session.signIn(textIn(form, 'email').trim(), textIn(form, 'password'));
    } catch (error) {
      setMessage(messageOf(error));
      setPending(false);
    }
  }

  return (
    <main className="sign-in">
      <form
        className="sign-in-card"
        // Not `action`, after which React would empty the fields.
        onSubmit={(event) => {
          event.preventDefault();
          void submit(new FormData(event.currentTarget));
        }}
      >
        <h1 className="wordmark">Waybill</h1>
        <p className="muted">Sign in to see your stores’ orders.</p>
        <label className="field">
          E-mail
          <input
            name="email"
            type="email"
            autoComplete="username"
            required
            autoFocus
            data-testid="login-email"
          />
        </label>
        <label className="field">
          Password
          <input
            name="password"
            type="password"
            autoComplete="current-password"
            required
            data-testid="login-password"
          />
        </label>
        <p className="form-error" role="alert" data-testid="login-error">
          {message}
        </p>
        <button className="button primary" disabled={pending} data-testid="login-submit">
          {pending ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}

function textIn(form: FormData, field: string): string {
  const value = form.get(field);
  return typeof value === 'string' ? value : '';
}
