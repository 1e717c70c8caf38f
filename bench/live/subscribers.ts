/**
 * A process of subscribers for `bench -- live`: what they cost must not be measured as the server's.
 * Told what to do over IPC; answers how long each event took and which were missing or came twice.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import {
  subscribeOverSocket,
  type SocketSubscription,
} from '../../server/testing/socket-subscription.ts';

export interface Start {
  kind: 'start';
  url: string;
  tokens: string[];
  subscribers: number;
  query: string;
  storeId: number;
}

/** When each event's transaction had committed, by order and seq, in milliseconds of this machine. */
export interface Committed {
  kind: 'committed';
  at: Record<string, number>;
}

export interface Measured {
  latencies: number[];
  missed: number;
  doubled: number;
}

interface Update {
  orderId: string;
  seq: number;
}

const received: Map<string, number>[] = [];
const doubled = new Map<string, number>();
const sockets: SocketSubscription[] = [];

process.on('message', (message: Start | Committed) => {
  if (message.kind === 'start') start(message);
  else void answer(message.at);
});

/** What has not come after so long counts as missed. */
const patienceMs = 15_000;

async function answer(at: Committed['at']): Promise<void> {
  const endsAt = performance.now() + patienceMs;
  let measured = measure(at);
  while (measured.missed > 0 && performance.now() < endsAt) {
    await sleep(250);
    measured = measure(at);
  }
  for (const socket of sockets) socket.close();
  process.send?.(measured, () => process.disconnect());
}

function start({ url, tokens, subscribers, query, storeId }: Start): void {
  for (let n = 0; n < subscribers; n += 1) {
    const mine = new Map<string, number>();
    received.push(mine);
    const token = tokens[n % tokens.length] ?? '';
    sockets.push(
      subscribeOverSocket({
        url,
        token,
        query,
        variables: { storeId },
        onNext: (data) => take(mine, data.orderStatusUpdated as Update),
        onEnd: (why) => {
          throw new Error(`A subscriber lost its socket: ${why}`);
        },
      }),
    );
  }
}

function take(mine: Map<string, number>, { orderId, seq }: Update): void {
  const key = `${orderId} ${seq}`;
  if (mine.has(key)) doubled.set(key, (doubled.get(key) ?? 0) + 1);
  else mine.set(key, performance.timeOrigin + performance.now());
}

function measure(at: Committed['at']): Measured {
  const latencies: number[] = [];
  let missed = 0;
  for (const mine of received) {
    for (const [key, committedAt] of Object.entries(at)) {
      const receivedAt = mine.get(key);
      if (receivedAt === undefined) missed += 1;
      else latencies.push(Math.max(0, receivedAt - committedAt));
    }
  }
  let twice = 0;
  for (const [key, times] of doubled) if (key in at) twice += times;
  return { latencies, missed, doubled: twice };
}
