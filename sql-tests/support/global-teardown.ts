import { runTeardown } from './teardown.ts';

export default async function globalTeardown(): Promise<void> {
  await runTeardown();
}
