import { readConfig } from './config.ts';
import { startSandbox } from './sandbox.ts';

/** The command line entry: the outside world for a demo. */
const sandbox = await startSandbox(readConfig(process.env, Date.now()));
console.log(`sandbox: the outside world is at ${sandbox.url}`);
console.log(`sandbox: Delhivery at ${sandbox.url}/delhivery, Blue Dart at ${sandbox.url}/bluedart`);
console.log(`sandbox: Shiprocket at ${sandbox.url}/shiprocket/v1/external`);
console.log(`sandbox: WhatsApp at ${sandbox.url}/whatsapp`);
if (sandbox.smtpPort !== null) console.log(`sandbox: mail at smtp://127.0.0.1:${sandbox.smtpPort}`);

let isClosing = false;
function close(): void {
  if (isClosing) return;
  isClosing = true;
  void sandbox.close().then(() => process.exit(0));
}
process.on('SIGINT', close);
process.on('SIGTERM', close);
// The process that started this one is gone without a word.
process.on('disconnect', close);
