import { describe, expect, test } from '@jest/globals';
import { Agenda } from './agenda.ts';

describe('the agenda', () => {
  test('runs things by time, and things of the same time as they were added', async () => {
    const agenda = new Agenda();
    const ran: number[] = [];
    const delays = Array.from({ length: 200 }, (_, at) => (at * 7919) % 20);
    for (const delay of delays) agenda.in(delay, () => ran.push(delay));
    await agenda.sleep(40);
    expect(ran).toEqual(delays.toSorted((a, b) => a - b));
    expect(agenda.size).toBe(0);
  });

  test('after close nothing runs and nothing can be added', async () => {
    const agenda = new Agenda();
    const other = new Agenda();
    let ran = false;
    agenda.in(1, () => { ran = true; });
    agenda.close();
    agenda.in(1, () => { ran = true; });
    await other.sleep(10);
    expect([ran, agenda.size]).toEqual([false, 0]);
  });
});
