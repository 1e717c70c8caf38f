import { readConfig } from './config.ts';
import { startSandbox } from './sandbox.ts';

/** The command line entry: the outside world for a demo. */
const sandbox = await startSandbox(readConfig(process.env, Date.now()));
console.log(`sandbox: the outside world is at ${sandbox.url}`);
console.log(`sandbox: Delhivery at ${sandbox.url}/delhivery, WhatsApp at ${sandbox.url}/whatsapp`);

let isClosing = false;
for (const signal of ['SIGINT', 'SIGTERM'] as const) {
  process.on(signal, () => {
    if (isClosing) return;
    isClosing = true;
    void sandbox.close().then(() => process.exit(0));
  });
}
