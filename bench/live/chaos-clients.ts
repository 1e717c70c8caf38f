import { setTimeout as sleep } from 'node:timers/promises';

import { readEvents } from '../../server/testing/event-stream.ts';
import { subscribeOverSocket } from '../../server/testing/socket-subscription.ts';
import { statuses } from './chaos-writers.ts';

/** One thing that a client was told: an order and the status that it reached. */
export interface Received {
  orderId: string;
  status: string;
}

export interface ChaosClient {
  kind: string;
  received: Received[];
  /** The order that a customer watches. */
  publicId?: string;
  /** Times that it came back. */
  reconnects: number;
  /** Events of an order that came before earlier ones. */
  disordered: number;
  /** Ends its connection without a word; it comes back by itself. */
  drop(): void;
  stop(): void;
}

/** One connection: tells what comes and where it stands then, until it ends. */
type Connect = (
  url: string,
  after: string,
  tell: (received: Received | undefined, cursor: string | undefined) => void,
  end: (why: string) => void,
) => () => void;

export interface World {
  /** Any of the servers, as a balancer would choose. */
  anyUrl(): string;
  token: string;
  storeId: number;
  /** Where the stream was before anything was written. */
  start: string;
  /** The database's time then. */
  startedAt: string;
}

/** A client that always comes back, to any server, with the cursor of the last thing it was told. */
function persistent(kind: string, world: World, connect: Connect, start: string): ChaosClient {
  let after = start;
  let stopped = false;
  let hangUp: () => void = () => undefined;
  const reached = new Map<string, number>();
  const take = (received: Received | undefined, cursor: string | undefined) => {
    after = cursor ?? after;
    if (!received) return;
    client.received.push(received);
    const place = statuses.indexOf(received.status);
    if (place < (reached.get(received.orderId) ?? -1)) client.disordered += 1;
    reached.set(received.orderId, place);
  };
  const come = async (): Promise<void> => {
    while (!stopped) {
      await new Promise<void>((resolve) => {
        let over = false;
        const end = (why: string) => {
          if (over) return;
          over = true;
          if (why === 'CURSOR_TOO_OLD') throw new Error(`A client's cursor was refused: ${after}`);
          resolve();
        };
        const leave = connect(
          world.anyUrl(),
          after,
          (received, cursor) => over || take(received, cursor),
          end,
        );
        hangUp = () => {
          end('dropped');
          leave();
        };
      });
      client.reconnects += 1;
      await sleep(20 + Math.random() * 200);
    }
  };
  const client: ChaosClient = {
    kind,
    received: [],
    reconnects: 0,
    disordered: 0,
    drop: () => hangUp(),
    stop() {
      stopped = true;
      hangUp();
    },
  };
  void come();
  return client;
}

interface Told {
  orderId?: string;
  newStatus?: string;
  shippingStatus?: string;
  cursor: string;
}

/** The cursor in a variable, as any client would have it. */
function overSocket(world: World, kind: string, field: string): Connect {
  return (url, after, tell, end) => {
    const subscription = subscribeOverSocket({
      url,
      token: kind === 'customer' ? undefined : world.token,
      query: `subscription Chaos($after: String!) { told: ${field} }`,
      variables: { after },
      onNext(data) {
        const told = data.told as Told | null; // what the field asks for
        if (!told) return end('told nothing');
        const status = (told.newStatus ?? told.shippingStatus ?? '').toLowerCase();
        tell({ orderId: told.orderId ?? '', status }, told.cursor);
      },
      onEnd: end,
    });
    return () => subscription.terminate();
  };
}

export function memberClient(world: World, withOrder: boolean): ChaosClient {
  const selection = `orderId newStatus cursor ${withOrder ? 'order { id status }' : ''}`;
  const connect = overSocket(
    world,
    'moves',
    `orderStatusUpdated(storeId: ${world.storeId}, after: $after) { ${selection} }`,
  );
  return persistent('moves', world, connect, world.start);
}

export function shippingClient(world: World): ChaosClient {
  const connect = overSocket(
    world,
    'shipping',
    `shippingUpdated(storeId: ${world.storeId}, after: $after) { orderId shippingStatus cursor }`,
  );
  return persistent('shipping', world, connect, world.start);
}

/** Knows no internal id: what it was told is its order's. */
export function customerClient(world: World, publicId: string): ChaosClient {
  const connect = overSocket(
    world,
    'customer',
    `customerOrderUpdated(publicId: "${publicId}", after: $after) { newStatus cursor }`,
  );
  return Object.assign(persistent('customer', world, connect, '0'), { publicId });
}

/** The moves among what the event stream of the store tells. */
export function streamClient(world: World): ChaosClient {
  const connect: Connect = (url, after, tell, end) => {
    const stop = new AbortController();
    const headers = { authorization: `Bearer ${world.token}`, 'last-event-id': after };
    const events = `${url}/stores/${world.storeId}/events`;
    readEvents(events, { headers, signal: stop.signal }, ({ id, event, data }) => {
      const isMove = event === 'OrderStatusUpdated';
      const move = { orderId: String(data.order_id), status: String(data.new_status) };
      tell(isMove ? move : undefined, id);
    }).then(end, (error: unknown) => end(String(error)));
    return () => stop.abort();
  };
  return persistent('stream', world, connect, world.start);
}
