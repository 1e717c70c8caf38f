/**
 * One worker process: takes jobs and runs the tasks. Its supervisor is told the pool id under which it
 * holds jobs, so that a killed worker's jobs are free again at once.
 */
import { run } from 'graphile-worker';
import type { Runner } from 'graphile-worker';
import { EventEmitter } from 'node:events';
import type { WorkerEvents } from 'graphile-worker';
import { pino } from 'pino';
import { describeError } from '../describe-error.ts';
import { loadConfigOrExit } from '../config.ts';
import { createPool, loginUrl } from '../database/connection.ts';
import { loadTasks, readCrontab } from './load-tasks.ts';
import { workerLogger } from './worker-logger.ts';

const config = loadConfigOrExit(process.env);
const log = pino({ name: 'worker', level: config.logLevel });
const url = loginUrl(config.databaseDirectUrl, 'waybill_worker', config.secret);
const fail = (error: unknown): never => {
  log.fatal({ error: describeError(error) }, 'this worker ends; its supervisor starts another');
  process.exit(1);
};
const pool = createPool(url, {
  applicationName: 'waybill worker',
  max: config.workerConcurrency + 2,
  onError: (error) => log.warn({ error: describeError(error) }, 'a database connection was lost'),
});

// graphile-worker asks for a listener on each connection too: a lost one must not end the process.
pool.on('connect', (client) => client.on('error', () => undefined));

// A worker that has lost its pool lives on and never works again (graphile/worker#636): it must end.
const events: WorkerEvents = new EventEmitter();
events.on('pool:create', ({ workerPool }) => process.send?.({ poolId: workerPool.id }));
events.on('pool:fatalError', ({ error }) => fail(error));
process.on('unhandledRejection', fail);
process.on('uncaughtException', fail);

let stopping = false;
const runner: Runner = await run({
  pgPool: pool,
  taskList: await loadTasks({ db: pool, config, log, now: () => new Date() }),
  crontab: await readCrontab(),
  concurrency: config.workerConcurrency,
  events,
  noHandleSignals: true,
  logger: workerLogger(log),
  preset: {
    worker: {
      // Without these a plain SIGTERM leaves finished jobs locked, to run again hours later.
      completeJobBatchDelay: 10,
      failJobBatchDelay: 0,
      pollInterval: 1000,
      // One statement takes as many jobs as there are hands. If this process dies, its supervisor or
      // reap_workers() frees those not begun together with the others.
      localQueue: { size: config.workerConcurrency, ttl: 10_000 },
    },
  },
});

async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await runner.stop();
  await pool.end();
  process.exit(0);
}
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
// The supervisor is gone: nobody would restart or release this worker.
process.on('disconnect', () => void stop());

runner.promise.then(() => {
  if (!stopping) fail(new Error('the worker pool shut down by itself'));
}, fail);
