import { expect, test } from '@jest/globals';

import { Turnstile } from './turnstile.ts';

test('so many are inside at once, in their order, also when one of them fails', async () => {
  const turnstile = new Turnstile(2, 3);
  const order: number[] = [];
  let inside = 0;
  let most = 0;
  const visits = Array.from({ length: 8 }, (_, i) =>
    turnstile.pass(async () => {
      order.push(i);
      most = Math.max(most, (inside += 1));
      await Promise.resolve();
      inside -= 1;
      if (i === 2) throw new Error('tripped');
    }),
  );
  expect(turnstile.isFull()).toBe(true);
  const results = await Promise.allSettled(visits);
  expect(results.filter(({ status }) => status === 'rejected')).toHaveLength(1);
  expect(order).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  expect(most).toBe(2);
  expect(turnstile.isFull()).toBe(false);
});
