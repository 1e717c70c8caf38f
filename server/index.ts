import { ConfigError, loadConfig } from '../config.ts';
import { startServer } from './app.ts';
import { createLogger } from './logger.ts';

try {
  const config = loadConfig(process.env);
  const logger = createLogger(config);
  const server = await startServer(config, { logger });
  let closing: Promise<void> | undefined;
  const close = (why: NodeJS.Signals | 'disconnect') => {
    logger.info({ why }, 'the server closes');
    closing ??= server.close().then(() => process.exit(0));
  };
  process.on('SIGTERM', close);
  process.on('SIGINT', close);
  // The process that started this one is gone without a word.
  process.on('disconnect', () => close('disconnect'));
} catch (error) {
  if (!(error instanceof ConfigError)) throw error;
  process.stderr.write(`${error.message}\n`);
  process.exitCode = 1;
}
