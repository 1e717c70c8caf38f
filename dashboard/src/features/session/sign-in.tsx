import { useState } from 'react';
import { messageOf } from '../../api/api-error.ts';
import { merchantChoices, secondsToWait } from './auth-http.ts';
import type { MerchantChoice } from './auth-http.ts';
import type { Session } from './session.ts';
import { useWait, waitText } from './use-wait.ts';
import './sign-in.css';

interface SignInProps {
  session: Session;
  notice: string | null;
}

export function SignIn({ session, notice }: SignInProps) {
  const [pending, setPending] = useState(false);
  const [message, setMessage] = useState(notice);
  const [choices, setChoices] = useState<readonly MerchantChoice[]>([]);
  const [waiting, wait] = useWait();

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
      const seconds = secondsToWait(error);
      if (seconds !== null) wait(seconds);
      setMessage(merchants.length > 0 || seconds !== null ? null : messageOf(error));
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
        <MerchantField choices={choices} />
        <p className="form-error" role="alert" data-testid="login-error">
          {message}
          {waiting > 0 && 'Too many attempts. '}
        </p>
        <WaitNotice seconds={waiting} />
        <button
          className="button primary"
          disabled={pending || waiting > 0}
          data-testid="login-submit"
        >
          {pending ? 'Signing in…' : 'Sign in'}
        </button>
      </form>
    </main>
  );
}

function MerchantField({ choices }: { choices: readonly MerchantChoice[] }) {
  if (choices.length === 0) return null;
  return (
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
  );
}

/** Outside the alert: a screen reader would read out every second. */
function WaitNotice({ seconds }: { seconds: number }) {
  if (seconds === 0) return null;
  return (
    <p className="notice" data-testid="login-wait">
      You can try again in <strong>{waitText(seconds)}</strong>. Forgotten the password? An owner of
      your merchant can make you a link for a new one.
    </p>
  );
}

function textIn(form: FormData, field: string): string {
  const value = form.get(field);
  return typeof value === 'string' ? value : '';
}
