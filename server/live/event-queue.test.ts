import { describe, expect, test } from '@jest/globals';

import { EventQueue, SlowConsumerError } from './event-queue.ts';

describe('an event queue', () => {
  test('gives what waits and then what comes, in order', async () => {
    const queue = new EventQueue<{ n: number }>(10, () => undefined);
    queue.push({ n: 1 });
    queue.push({ n: 2 });
    expect(await queue.next()).toEqual({ value: { n: 1 }, done: false });
    expect(await queue.next()).toEqual({ value: { n: 2 }, done: false });
    const waiting = queue.next();
    queue.push({ n: 3 });
    expect(await waiting).toEqual({ value: { n: 3 }, done: false });
  });

  test('ends a consumer that is too slow, once, and frees what waited', async () => {
    let ended = 0;
    const queue = new EventQueue<object>(1000, () => (ended += 1));
    for (let n = 0; n <= 1000; n += 1) queue.push({});
    await expect(queue.next()).rejects.toThrow(SlowConsumerError);
    queue.push({});
    expect(await queue.next()).toEqual({ value: undefined, done: true });
    await queue.return();
    expect(ended).toBe(1);
  });

  test('lets a waiting consumer go when it is closed', async () => {
    const queue = new EventQueue<object>(1, () => undefined);
    const waiting = queue.next();
    await queue.return();
    expect(await waiting).toEqual({ value: undefined, done: true });
  });
});
