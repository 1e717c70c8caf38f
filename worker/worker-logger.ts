import { Logger } from 'graphile-worker';
import type { Logger as Log } from 'pino';

/** graphile-worker's own chatter, one level down: a finished job is news only for debugging. */
export function workerLogger(log: Log): Logger {
  return new Logger(() => (level, message) => {
    if (level === 'error') log.error(message);
    else if (level === 'warning') log.warn(message);
    else if (level === 'info') log.debug(message);
    else log.trace(message);
  });
}
