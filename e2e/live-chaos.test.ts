/** The short version of `npm run chaos:live`: real processes, a database of its own that is restarted. */
import { expect, test } from '@jest/globals';

import { runChaos } from '../bench/live/chaos-run.ts';

test('whatever ends, every subscriber is told everything, once and in order', async () => {
  const result = await runChaos({
    clients: 20,
    perSecond: 40,
    seconds: 5,
    servers: 2,
    say: () => undefined,
  });
  expect(result.events).toBeGreaterThan(50);
  expect(result.reconnects).toBeGreaterThan(20);
  expect(result).toMatchObject({ missed: 0, doubled: 0, invented: 0, disordered: 0 });
}, 90_000);
