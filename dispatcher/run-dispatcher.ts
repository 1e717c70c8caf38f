/** The dispatcher's process: see dispatcher.ts. */
import { pino } from 'pino';
import { describeError } from '../describe-error.ts';
import { loadConfigOrExit } from '../config.ts';
import { loginUrl } from '../database/connection.ts';
import { Dispatcher } from './dispatcher.ts';

const config = loadConfigOrExit(process.env);
const log = pino({ name: 'dispatcher', level: config.logLevel });
const dispatcher = new Dispatcher(
  loginUrl(config.databaseDirectUrl, 'waybill_worker', config.secret),
  log,
);

const stop = () => dispatcher.stop();
process.on('SIGTERM', stop);
process.on('SIGINT', stop);
process.on('disconnect', stop);

try {
  await dispatcher.run();
  process.exit(0);
} catch (error) {
  log.fatal({ error: describeError(error) }, 'this dispatcher ends; its supervisor starts another');
  process.exit(1);
}
