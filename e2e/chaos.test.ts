/**
 * The short version of `npm run chaos`: the same processes, faults, kills and checks, in a database
 * whose patience is counted in seconds, because the real one's in minutes.
 */
import { openSync } from 'node:fs';
import { expect, test } from '@jest/globals';

import { runChaos } from '../bench/chaos/run.ts';

/** The same policy, scaled down; `settle` stays longer than a call and what a carrier takes late. */
const impatience = `
  update app_public.effect_kinds set
    timeout_ms = 5000, settle_seconds = 8, backoff_base_ms = 300, backoff_cap_ms = 3000, max_attempts = 14`;

test('kills, a crash of the database and failing carriers lose no order and double none', async () => {
  const result = await runChaos({
    orders: 40,
    seconds: 14,
    faults: 0.2,
    killEvery: 4,
    restartEvery: 9,
    drainSeconds: 150,
    machineCount: 1,
    workersEach: 2,
    parcelStepMs: 300,
    seed: 'a short one',
    carriers: ['delhivery', 'shiprocket', 'bluedart'],
    holdMs: 1_500,
    prepare: (db) => db.query(impatience),
    log: openSync('/dev/null', 'a'),
    say: () => undefined,
  });
  const { kills, restarts } = result.disturbances;
  expect(kills.worker).toBeGreaterThan(0);
  expect(restarts).toBeGreaterThan(0);
  expect(result.faulted.calls).toBeGreaterThan(10);
  expect(result.checks.filter(({ wrong }) => wrong.length > 0)).toEqual([]);
}, 300_000);
