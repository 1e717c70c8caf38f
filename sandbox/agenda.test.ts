import { describe, expect, test } from '@jest/globals';
import { Agenda } from './agenda.ts';

describe('the agenda', () => {
  test('runs things by time, and things of the same time as they were added', async () => {
    let now = 0;
    const agenda = new Agenda(() => now);
    const ran: { delay: number; at: number }[] = [];
    const added = Array.from({ length: 200 }, (_, at) => ({ delay: (at * 7919) % 20, at }));
    for (const entry of added) agenda.in(entry.delay, () => ran.push(entry));
    const over = agenda.sleep(20);
    now = 20;
    await over;
    expect(ran).toEqual(added.toSorted((a, b) => a.delay - b.delay || a.at - b.at));
    expect(agenda.size).toBe(0);
  });

  test('after close nothing runs and nothing can be added', async () => {
    const agenda = new Agenda();
    const other = new Agenda();
    let ran = false;
    agenda.in(1, () => {
      ran = true;
    });
    agenda.close();
    agenda.in(1, () => {
      ran = true;
    });
    await other.sleep(10);
    expect([ran, agenda.size]).toEqual([false, 0]);
  });
});
