import { useCallback } from 'react';
import { useApi } from '../../api/api.ts';
import { formatTime } from '../../format/time.ts';
import type { Session } from '../session/session.ts';
import { endAllSessionsMutation, endSessionMutation, sessionsQuery } from './account.graphql.ts';
import { deviceName } from './device-name.ts';
import { useLoaded } from './use-loaded.ts';

interface SessionsProps {
  session: Session;
  /** The session of this very tab. */
  current: string;
}

export function Sessions({ session, current }: SessionsProps) {
  const api = useApi();
  const load = useCallback(
    async () => (await api.request(sessionsQuery, {})).sessions.nodes,
    [api],
  );
  const { value: sessions, problem, act, busy } = useLoaded(load);
  const end = (sessionId: string) => act(() => api.request(endSessionMutation, { sessionId }));
  const endOthers = () => act(() => api.request(endAllSessionsMutation, { keepThis: true }));
  const now = Date.now();
  return (
    <section className="account-card" aria-labelledby="sessions-title" data-testid="sessions">
      <h2 id="sessions-title">Where you are signed in</h2>
      {problem !== null && (
        <p className="form-error" role="alert">
          {problem}
        </p>
      )}
      <ul className="account-list">
        {sessions?.map(({ id, userAgent, startedAt, lastUsedAt }) => (
          <li key={id} className="account-row" data-testid="session">
            <span className="account-row-text">
              <span className="account-row-name">
                {deviceName(userAgent)} {id === current && <span className="tag">this one</span>}
              </span>
              <span className="muted small">
                since {formatTime(startedAt, now)} · last used {formatTime(lastUsedAt, now)}
              </span>
            </span>
            <button
              type="button"
              className="button small"
              disabled={busy}
              onClick={() => void (id === current ? session.signOut() : end(id))}
            >
              Sign out
            </button>
          </li>
        ))}
      </ul>
      {sessions === null && problem === null && <p className="muted">Loading…</p>}
      {(sessions?.length ?? 0) > 1 && (
        <div className="form-end">
          <button
            type="button"
            className="button quiet-danger"
            disabled={busy}
            onClick={() => void endOthers()}
            data-testid="end-others"
          >
            Sign out everywhere else
          </button>
        </div>
      )}
    </section>
  );
}
