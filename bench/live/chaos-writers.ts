import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** The way of every order, in its order. */
export const statuses = ['pending', 'accepted', 'packing', 'shipped', 'delivered'];

export interface WritersOptions {
  url: string;
  merchantId: number;
  storeId: number;
  /** Status changes, of new orders' first ones too. */
  perSecond: number;
  seconds: number;
  onOrder: (publicId: string) => void;
}

const writerCount = 4;

/**
 * Places orders and moves them to their end, at an even rate. What a lost connection did to a commit is
 * not known and not asked: the log in the database is what clients must have been told.
 */
export async function write(options: WritersOptions): Promise<void> {
  const startedAt = performance.now();
  const everyMs = (writerCount * 1000) / options.perSecond;
  await Promise.all(
    Array.from({ length: writerCount }, async (_, n) => {
      const writer = new Writer(options);
      const endsAt = startedAt + options.seconds * 1000;
      for (let due = startedAt + (n * everyMs) / writerCount; due < endsAt; due += everyMs) {
        await sleep(Math.max(0, due - performance.now()));
        await writer.step();
      }
      await writer.end();
    }),
  );
}

class Writer {
  readonly #options: WritersOptions;
  #client: pg.Client | undefined;
  #order: { id: string; reached: number } | undefined;

  constructor(options: WritersOptions) {
    this.#options = options;
  }

  async step(): Promise<void> {
    try {
      this.#client ??= await this.#connect();
      const to = statuses[(this.#order?.reached ?? statuses.length) + 1];
      if (this.#order && to !== undefined) {
        await this.#client.query(...moveTo(this.#order.id, to));
        this.#order.reached += 1;
      } else this.#order = await this.#place(this.#client);
    } catch (error) {
      // A refusal means that the move before was committed although its answer was lost.
      this.#order = undefined;
      if (error instanceof pg.DatabaseError && error.code?.startsWith('WB')) return;
      this.#client?.end().catch(() => undefined);
      this.#client = undefined;
    }
  }

  async end(): Promise<void> {
    await this.#client?.end();
  }

  async #place(client: pg.Client): Promise<{ id: string; reached: number }> {
    const { rows } = await client.query<{ id: string; public_id: string }>(
      'select (p.o).id, (p.o).public_id from (select app_public.place_order($1) as o) p',
      [
        {
          store_id: this.#options.storeId,
          payment_mode: 'prepaid',
          total_minor: 79900,
          items: [{ title: 'Cotton kurta', quantity: 1, unit_price_minor: 79900 }],
          ship_to: {
            name: 'Asha R',
            phone: '+919847000000',
            address1: '12/4 Beach Road',
            pincode: '682001',
          },
        },
      ],
    );
    const [order] = rows;
    if (!order) throw new Error('An order that was placed has no row');
    this.#options.onOrder(order.public_id);
    return { id: order.id, reached: 0 };
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({
      connectionString: this.#options.url,
      connectionTimeoutMillis: 2000,
      query_timeout: 5000,
    });
    client.on('error', () => undefined); // the next step finds out
    await client.connect();
    await client.query(
      `select set_config('jwt.claims.merchant_id', $1, false),
         set_config('jwt.claims.member_id', '1', false),
         set_config('jwt.claims.role', 'manager', false)`,
      [String(this.#options.merchantId)],
    );
    await client.query('set role waybill_member');
    return client;
  }
}

function moveTo(id: string, to: string): [string, string[]] {
  return to === 'shipped'
    ? ["select app_public.ship_order($1, '57930810000011')", [id]]
    : ['select app_public.transition_order($1, $2)', [id, to]];
}
