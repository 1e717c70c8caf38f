import { pino, type Logger } from 'pino';

import type { Config } from '../config.ts';

/** JSON lines on standard output; whoever starts the server makes them pretty. */
export function createLogger(config: Pick<Config, 'logLevel'>): Logger {
  return pino({
    level: config.logLevel,
    base: { process: 'server' },
    // A last guard: no header of a request is ever logged on purpose.
    redact: ['*.authorization', '*.password', '*.refreshToken', '*.accessToken', '*.cookie'],
  });
}
