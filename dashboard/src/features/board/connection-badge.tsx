import type { ConnectionState } from '../../api/live-stream.ts';

const labels: Readonly<Record<ConnectionState, string>> = {
  connecting: 'Connecting…',
  live: 'Live',
  reconnecting: 'Reconnecting…',
};

export function ConnectionBadge({ state }: { state: ConnectionState }) {
  return (
    <span className="connection" role="status" data-state={state} data-testid="connection-state">
      <span className="connection-dot" aria-hidden="true" />
      {labels[state]}
    </span>
  );
}
