/** Keeps so many connections busy for so many seconds, one request after the other on each. */
import { randomUUID } from 'node:crypto';
import { Client } from 'undici';
import type { BenchOperation } from './operations.ts';
import { placeholder } from './operations.ts';

export interface LoadOptions {
  url: string;
  /** graphql: the document and variables. bare: which operation and which variant. */
  kind: 'graphql' | 'bare';
  token: string;
  operation: BenchOperation;
  connections: number;
  seconds: number;
  /** For new orders, enough of them; each is driven through all variants. */
  orderIds: string[];
}

export interface LoadResult {
  requests: number;
  seconds: number;
  ordersUsed: number;
}

process.once('message', (message) => {
  void run(message as LoadOptions).then((result) => process.send?.(result)); // sent by processes.ts
});

async function run(options: LoadOptions): Promise<LoadResult> {
  let requests = 0;
  let ordersUsed = 0;
  const startedAt = performance.now();
  const endsAt = startedAt + options.seconds * 1000;
  await Promise.all(
    Array.from({ length: options.connections }, async () => {
      const client = new Client(options.url, { pipelining: 1 });
      for (let n = 0; ; n += 1) {
        const order = options.orderIds[ordersUsed % options.orderIds.length];
        if (options.operation.orders) ordersUsed += 1;
        if (options.operation.orders === 'new' && ordersUsed > options.orderIds.length) {
          throw new Error('The bench ran out of new orders');
        }
        for (const variant of variantsOf(options.operation, requests)) {
          if (performance.now() >= endsAt) return client.close();
          await send(client, options, variant, order);
          requests += 1;
        }
      }
    }),
  );
  return { requests, ordersUsed, seconds: (performance.now() - startedAt) / 1000 };
}

/** A new order goes through all moves; everything else takes its turn. */
function variantsOf({ orders, variables }: BenchOperation, turn: number): number[] {
  return orders === 'new' ? [...variables.keys()] : [turn % variables.length];
}

async function send(
  client: Client,
  { kind, token, operation }: LoadOptions,
  variant: number,
  order: string | undefined,
): Promise<void> {
  const key = randomUUID();
  const own = (value: unknown) =>
    value === placeholder.order ? order : value === placeholder.key ? key : value;
  const body =
    kind === 'bare'
      ? { operation: operation.name, variant, order, key }
      : {
          query: operation.query,
          variables: Object.fromEntries(
            Object.entries(operation.variables[variant]!).map(([name, value]) => [
              name,
              own(value),
            ]),
          ),
        };
  const answer = await client.request({
    path: kind === 'bare' ? '/run' : '/graphql',
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${token}` },
    body: JSON.stringify(body),
  });
  const text = await answer.body.text();
  if (answer.statusCode !== 200 || text.includes('"errors":')) {
    throw new Error(`${operation.name}: ${answer.statusCode} ${text.slice(0, 500)}`);
  }
}
