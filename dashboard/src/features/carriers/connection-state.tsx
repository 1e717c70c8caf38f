import { formatTime } from '../../format/time.ts';
import type { AccountRow, Check } from './carriers.graphql.ts';

/** What works and what does not, in words; colour only repeats it. */
export function ConnectionState({ account }: { account: AccountRow }) {
  const { circuit, connectionCheck: check } = account;
  return (
    <ul className="connection-state">
      <li data-state={circuit?.state === 'OPEN' ? 'bad' : 'good'} data-testid="circuit">
        {circuit?.state === 'OPEN' ? (
          <>
            <strong>Calls are held back</strong>: too many failed
            {circuit.reason !== null && (
              <>
                {' '}
                (<code>{circuit.reason}</code>)
              </>
            )}
            .{circuit.probeAt !== null && ` One tries again ${timeOf(circuit.probeAt)}.`}
          </>
        ) : (
          <strong>Calls go through</strong>
        )}
      </li>
      <li data-state={stateOf(check)} role="status" data-testid="check">
        {check === null && 'The connection was not checked with these credentials.'}
        {check?.status === 'WAITING' && 'Checking the connection…'}
        {check?.status === 'DONE' && (
          <>
            <strong>{titles[check.code ?? ''] ?? check.code}</strong>
            <span className="muted small"> {timeOf(check.finishedAt ?? check.requestedAt)}</span>
            <br />
            {check.message}
          </>
        )}
      </li>
    </ul>
  );
}

const titles: Readonly<Record<string, string>> = {
  OK: 'The connection works',
  NO_CREDENTIALS: 'Something is missing',
  CREDENTIALS_REFUSED: 'The credentials are refused',
  WRONG_ENVIRONMENT: 'These credentials are of another environment',
  ACCOUNT_BLOCKED: 'The carrier has stopped the account',
  UNREACHABLE: 'The carrier does not answer',
  UNKNOWN_ANSWER: 'The answer is not understood',
};

function stateOf(check: Check | null): 'good' | 'bad' | 'open' {
  if (check?.status !== 'DONE') return 'open';
  return check.code === 'OK' ? 'good' : 'bad';
}

const timeOf = (at: string) => formatTime(at, Date.now());
