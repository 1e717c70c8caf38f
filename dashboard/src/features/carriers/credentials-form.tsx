import { useRef, useState } from 'react';
import { useApi } from '../../api/api.ts';
import { fieldsOf } from '../account/form-fields.ts';
import type { CarrierAccountProps } from './carrier-account.tsx';
import { saveCredentialsMutation } from './carriers.graphql.ts';
import { WebhookSecret } from './webhook-secret.tsx';

/** They go in and never come out: the fields are empty each time. */
export function CredentialsForm({ account, fields, busy, act }: CarrierAccountProps) {
  const api = useApi();
  const form = useRef<HTMLFormElement>(null);
  const [secret, setSecret] = useState<string | null>(null);
  const [saved, setSaved] = useState(false);
  const wanted = fields.filter(({ kind }) => kind === 'CREDENTIAL');

  async function submit(typed: (name: string) => string): Promise<void> {
    setSaved(false);
    const done = await act(async () => {
      const answer = await api.request(saveCredentialsMutation, {
        carrierAccountId: account.id,
        credentials: Object.fromEntries(wanted.map(({ field }) => [field, typed(field)])),
        newWebhookSecret: typed('new-webhook-secret') !== '',
      });
      setSecret(answer.saved.webhookSecret);
    });
    setSaved(done);
    if (done) form.current?.reset();
  }

  return (
    <form
      ref={form}
      className="account-form"
      autoComplete="off"
      onSubmit={(event) => {
        event.preventDefault();
        void submit(fieldsOf(event.currentTarget));
      }}
      data-testid={`credentials-form-${account.id}`}
    >
      {wanted.map(({ field, label, hint }) => (
        <label className="field" key={field}>
          {label}
          <input
            name={field}
            type="password"
            required
            maxLength={500}
            autoComplete="off"
            spellCheck={false}
            data-testid={`credential-${field}`}
          />
          <span className="hint muted small">{hint}</span>
        </label>
      ))}
      {account.credentialsSavedAt !== null && (
        <label className="tick">
          <input type="checkbox" name="new-webhook-secret" value="yes" />
          Also make a new secret for its webhooks
        </label>
      )}
      <p className="muted small">They are encrypted, and nobody can read them again.</p>
      <div className="form-end">
        <button className="button primary" disabled={busy} data-testid="save-credentials">
          Store
        </button>
        {saved && (
          <span className="good" role="status" data-testid="credentials-saved">
            Stored. Check the connection now.
          </span>
        )}
      </div>
      {secret !== null && (
        <WebhookSecret accountId={account.id} secret={secret} onClose={() => setSecret(null)} />
      )}
    </form>
  );
}
