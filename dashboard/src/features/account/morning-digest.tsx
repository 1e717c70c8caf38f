import { useCallback } from 'react';
import { useApi } from '../../api/api.ts';
import { digestQuery, setDigestMutation } from './account.graphql.ts';
import { fieldsOf } from './form-fields.ts';
import { useLoaded } from './use-loaded.ts';

/** When the mail comes that lists the calls which wait for a person. */
export function MorningDigest() {
  const api = useApi();
  const load = useCallback(() => api.request(digestQuery, {}), [api]);
  const { value, problem, act, busy } = useLoaded(load);
  const morningAt = value?.merchant.morningAt?.slice(0, 5) ?? null;
  return (
    <section className="account-card" aria-labelledby="digest-title" data-testid="digest">
      <h2 id="digest-title">Morning digest</h2>
      <p className="muted small">
        A mail to owners and managers with the calls that wait for a person, on days on which there
        are any{value !== null && ` (${value.merchant.timeZone})`}.
      </p>
      {problem !== null && (
        <p className="form-error" role="alert">
          {problem}
        </p>
      )}
      {value !== null && (
        <form
          className="digest-form"
          onSubmit={(event) => {
            event.preventDefault();
            const at = fieldsOf(event.currentTarget)('morning');
            void act(() => api.request(setDigestMutation, { morningAt: at }));
          }}
        >
          <label className="field">
            Send from
            <input
              key={morningAt}
              name="morning"
              type="time"
              required
              defaultValue={morningAt ?? ''}
              data-testid="morning"
            />
          </label>
          <button className="button" disabled={busy} data-testid="save-digest">
            {morningAt === null ? 'Send it' : 'Save'}
          </button>
          {morningAt !== null && (
            <button
              type="button"
              className="button quiet-danger"
              disabled={busy}
              onClick={() => void act(() => api.request(setDigestMutation, { morningAt: null }))}
              data-testid="stop-digest"
            >
              Stop sending
            </button>
          )}
          <span className="muted" role="status" data-testid="digest-state">
            {morningAt === null ? 'It is not sent.' : `It is sent from ${morningAt}.`}
          </span>
        </form>
      )}
    </section>
  );
}
