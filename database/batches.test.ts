import { expect, test } from '@jest/globals';

import { Batches } from './batches.ts';

/** Remembers its batches; the first goes on only when it is let. */
function recorder(most = 10) {
  const ran: string[] = [];
  let release = () => {};
  const held = new Promise<void>((resolve) => (release = resolve));
  const batches = new Batches<string, number>(async (key, items) => {
    ran.push(`${key}: ${items.join(' ')}`);
    if (ran.length === 1) await held;
    if (items.includes('bad')) throw new Error('bad');
    return items.length;
  }, most);
  const started = async () => {
    while (ran.length === 0) await new Promise(setImmediate);
  };
  return { ran, batches, release, started };
}

test('what comes alone goes at once, what comes meanwhile goes together', async () => {
  const { ran, batches, release, started } = recorder();
  const first = batches.add('a', '1');
  await started();
  const others = [batches.add('a', '2'), batches.add('a', '3')];
  release();
  expect(await Promise.all([first, ...others])).toEqual([1, 2, 2]);
  expect(ran).toEqual(['a: 1', 'a: 2 3']);
});

test('no batch is larger than the most, and none mixes keys', async () => {
  const { ran, batches, release } = recorder(2);
  release();
  const all = ['1', '2', '3'].map((item) => batches.add('a', item));
  await Promise.all([...all, batches.add('b', '4')]);
  expect(ran.toSorted()).toEqual(['a: 1 2', 'a: 3', 'b: 4']);
});

test('one that fails takes no other along', async () => {
  const { ran, batches, release } = recorder();
  release();
  const all = ['1', 'bad', '3'].map((item) => batches.add('a', item));
  const outcomes = await Promise.allSettled(all);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
  expect(ran).toEqual(['a: 1 bad 3', 'a: 1', 'a: bad', 'a: 3']);
});
