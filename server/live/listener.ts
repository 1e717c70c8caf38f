import pg from 'pg';
import type { Logger } from 'pino';
import { setTimeout as sleep } from 'node:timers/promises';
import { describeError } from '../../describe-error.ts';

export interface ListenerOptions {
  /** Unpooled: a LISTEN does not survive a pooler. */
  url: string;
  channel: string;
  heartbeatMs?: number;
  /** Something may have happened: a notification, a new connection, or a while without either. */
  onWake: () => void;
  /** Also of each new connection, after which something may have been missed. */
  onConnected?: () => void;
  logger: Logger;
}

export interface Listener {
  isConnected(): boolean;
  stop(): Promise<void>;
}

/**
 * One dedicated connection that listens for as long as the process lives. A notification says only
 * that there is something to read, so a lost connection loses nothing: every new one wakes the
 * reader, which goes on from its own cursor. The heartbeat finds connections that died without a
 * word, and wakes too.
 */
export function startListener(options: ListenerOptions): Listener {
  const stopping = new AbortController();
  let connected = false;
  const loop = (async () => {
    for (let failures = 0; !stopping.signal.aborted;) {
      try {
        await listenUntilLost(options, stopping.signal, () => {
          connected = true;
          options.onConnected?.();
          failures = 0;
        });
      } catch (error) {
        failures += 1;
        options.logger.warn({ error: describeError(error) }, 'the listening connection was lost');
      }
      connected = false;
      await pause(Math.min(100 * 2 ** failures, 5000), stopping.signal);
    }
  })();
  return {
    isConnected: () => connected,
    stop: async () => {
      stopping.abort();
      await loop;
    },
  };
}

async function listenUntilLost(
  options: ListenerOptions,
  stop: AbortSignal,
  onConnected: () => void,
): Promise<void> {
  const client = new pg.Client({
    connectionString: options.url,
    application_name: 'waybill-listener',
    connectionTimeoutMillis: 5000,
    query_timeout: 5000,
    keepAlive: true,
  });
  const lost = new Promise<never>((_resolve, reject) => {
    client.on('error', reject);
    client.on('end', () => reject(new Error('the connection ended')));
  });
  lost.catch(() => undefined); // awaited below, unless connecting fails first
  try {
    await client.connect();
    client.on('notification', options.onWake);
    await client.query(`listen ${client.escapeIdentifier(options.channel)}`);
    onConnected();
    options.onWake();
    while (!stop.aborted) {
      await Promise.race([lost, pause(options.heartbeatMs ?? 10_000, stop)]);
      if (stop.aborted) return;
      await Promise.race([lost, client.query('select 1')]);
      options.onWake();
    }
  } finally {
    await client.end().catch(() => undefined);
  }
}

function pause(ms: number, stop: AbortSignal): Promise<void> {
  return sleep(ms, undefined, { signal: stop }).catch(() => undefined);
}
