import { useState } from 'react';
import { messageOf } from '../../api/api-error.ts';
import { merchantChoices } from './auth-http.ts';
import type { MerchantChoice } from './auth-http.ts';
import type { Session } from './session.ts';
import './sign-in.css';

interface SignInProps {
  session: Session;
  notice: string | null;
}

export function SignIn({ session, notice }: SignInProps) {
  const [pending, setPending] = useState(false);
  const [message, setMessage] = useState(notice);
  const [choices, setChoices] = useState<readonly MerchantChoice[]>([]);

  async function submit(form: FormData): Promise<void> {
    setPending(true);
    setMessage(null);
    try {
      const merchantId = textIn(form, 'merchantId');
      await session.signIn({
        email: textIn(form, 'email').trim(),
        password: textIn(form, 'password'),
        ...(merchantId === '' ? {} : { merchantId: Number(merchantId) }),
      });
    } catch (error) {
      const merchants = merchantChoices(error);
      setChoices(merchants);
      setMessage(merchants.length > 0 ? null : messageOf(error));
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
        {choices.length > 0 && (
          <label className="field">
            For which merchant?
            <select name="merchantId" autoFocus>
              {choices.map(({ id, name }) => (
                <option key={id} value={id}>
                  {name}
                </option>
              ))}
            </select>
          </label>
        )}
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
