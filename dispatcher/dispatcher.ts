/**
 * Turns what was committed into jobs and wake-ups: the only place that adds jobs and notifies. All of it
 * happens in SQL functions, each in one transaction, so killing this process at any moment loses and
 * doubles nothing. Any number may run; an advisory lock makes one the leader and the others wait.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import type { Logger } from 'pino';
import { describeError } from '../describe-error.ts';

/** How long to rest when nothing was found. Twenty milliseconds of latency cost next to nothing. */
const idleMs = 20;
const batch = 1000;
/** Retries, what a crash left behind, and dead workers: nothing that a customer waits for. */
const sweepEveryMs = 1000;
const leaderLock = 'waybill dispatcher';

export class Dispatcher {
  readonly #client: pg.Client;
  readonly #log: Logger;
  #stopping = false;
  #sweptAt = 0;

  constructor(url: string, log: Logger) {
    this.#client = new pg.Client({
      connectionString: url,
      application_name: 'waybill dispatcher',
      keepAlive: true,
    });
    // Without a listener a lost connection would end the process before it could say why.
    this.#client.on('error', (error) =>
      log.error({ error: describeError(error) }, 'the database connection was lost'),
    );
    this.#log = log;
  }

  stop(): void {
    this.#stopping = true;
  }

  async run(): Promise<void> {
    await this.#client.connect();
    try {
      await this.#becomeLeader();
      while (!this.#stopping) {
        const found = await this.#dispatch();
        if (performance.now() - this.#sweptAt > sweepEveryMs) await this.#sweep();
        if (found < batch) await sleep(idleMs);
      }
    } finally {
      await this.#client.end();
    }
  }

  async #becomeLeader(): Promise<void> {
    while (!this.#stopping) {
      const { rows } = await this.#client.query<{ leader: boolean }>(
        'select pg_try_advisory_lock(hashtextextended($1, 0)) as leader',
        [leaderLock],
      );
      if (rows[0]?.leader === true) {
        await this.#checkHistory();
        this.#log.info('this dispatcher leads');
        return;
      }
      await sleep(500);
    }
  }

  /** After a restored backup live cursors begin anew; see check_history.sql. */
  async #checkHistory(): Promise<void> {
    const { rows } = await this.#client.query<{ anew: boolean }>(
      'select app_private.check_history() as anew',
    );
    if (rows[0]?.anew)
      this.#log.warn('the database goes on from a backup: live cursors begin anew');
  }

  async #dispatch(): Promise<number> {
    const { rows } = await this.#client.query<{ events: number; inbound: number }>({
      name: 'dispatch',
      text: 'select app_private.dispatch_events($1) as events, app_private.sweep_inbound($1) as inbound',
      values: [batch],
    });
    return Math.max(rows[0]?.events ?? 0, rows[0]?.inbound ?? 0);
  }

  async #sweep(): Promise<void> {
    this.#sweptAt = performance.now();
    const { rows } = await this.#client.query<{ swept: number; reaped: number; checks: number }>({
      name: 'sweep',
      text: `select app_private.sweep_effects() as swept, app_private.reap_workers() as reaped,
        app_private.sweep_checks() as checks`,
    });
    const { swept, reaped } = rows[0] ?? { swept: 0, reaped: 0 };
    if (reaped > 0) this.#log.warn({ reaped }, 'released workers that were gone');
    if (swept > 0) this.#log.debug({ swept }, 'added jobs for effects that were due');
  }
}
