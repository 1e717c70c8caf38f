/** `npm run worker`: a supervisor with its workers and a dispatcher candidate. */
import { pino } from 'pino';
import { describeError } from '../describe-error.ts';
import { loadConfigOrExit } from '../config.ts';
import { createPool, loginUrl } from '../database/connection.ts';
import { Supervisor } from '../worker/supervisor.ts';

const config = loadConfigOrExit(process.env);
const log = pino({ name: 'supervisor', level: config.logLevel });
const db = createPool(loginUrl(config.databaseDirectUrl, 'waybill_worker', config.secret), {
  applicationName: 'waybill supervisor',
  max: 2,
  onError: (error) => log.warn({ error: describeError(error) }, 'a database connection was lost'),
});
if (config.mail === undefined) log.info('SMTP_URL is not set: no digest of dead letters is sent');
const supervisor = new Supervisor(db, log, process.env);
supervisor.start(config.workerProcesses);

let stopping = false;
async function stop(): Promise<void> {
  if (stopping) return;
  stopping = true;
  await supervisor.stop();
  await db.end();
  process.exit(0);
}
process.on('SIGTERM', () => void stop());
process.on('SIGINT', () => void stop());
process.on('disconnect', () => void stop());
