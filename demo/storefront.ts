/** The demo's web shop and counter: places orders through the API, as a manager signed in. */
import { z } from 'zod';
import type { Config } from '../config.ts';
import { parseOrder } from '../channels/shopify/parse-order.ts';
import { demoPassword } from './credentials.ts';
import { endlessOrder } from './orders.ts';
import { placeOrderInput } from './place-order-input.ts';

const email = 'manager@demo.waybill';
const timeoutMs = 10_000;
/** A token is renewed before it ends, so that none ends on its way. */
const marginMs = 30_000;

const Session = z.object({ accessToken: z.string(), expiresIn: z.number() });
const Answer = z.object({
  data: z.unknown(),
  errors: z.array(z.object({ message: z.string() })).optional(),
});
const Stores = z.object({
  stores: z.object({ nodes: z.array(z.object({ id: z.number(), name: z.string() })) }),
});

const storesQuery = 'query DemoStores { stores(first: 100) { nodes { id name } } }';
const placeOrder = `mutation DemoPlaceOrder($input: PlaceOrderInput!) {
  placeOrder(input: $input) { order { id } }
}`;

export class Storefront {
  readonly #url: string;
  readonly #runId = `storefront-${Date.now()}`;
  #session: { token: string; endsAt: number } | null = null;
  #stores: Map<string, number> | null = null;

  constructor(config: Pick<Config, 'publicUrl'>) {
    this.#url = config.publicUrl;
  }

  /** Places the nth of an endless row of orders in the store of that name. */
  async placeOrder(storeName: string, n: number): Promise<void> {
    const storeId = (await this.#storeIds()).get(storeName);
    if (storeId === undefined) throw new Error(`There is no store ${storeName}`);
    const now = new Date();
    const parsed = parseOrder(endlessOrder(this.#runId, n, now), { now });
    if (!parsed.ok) throw new Error(`Order ${n} cannot be placed`);
    const input = placeOrderInput(storeId, parsed.order);
    await this.#ask(placeOrder, { input });
  }

  async #storeIds(): Promise<Map<string, number>> {
    if (this.#stores === null) {
      const { stores } = Stores.parse(await this.#ask(storesQuery, {}));
      this.#stores = new Map(stores.nodes.map(({ id, name }) => [name, id]));
    }
    return this.#stores;
  }

  async #ask(query: string, variables: object): Promise<unknown> {
    const headers = { authorization: `Bearer ${await this.#token()}` };
    const answer = Answer.parse(await this.#post('/graphql', { query, variables }, headers));
    const [error] = answer.errors ?? [];
    if (error !== undefined) throw new Error(error.message);
    return answer.data;
  }

  async #token(): Promise<string> {
    if (this.#session === null || this.#session.endsAt - marginMs < Date.now()) {
      const { accessToken, expiresIn } = Session.parse(
        await this.#post('/auth/login', { email, password: demoPassword }),
      );
      this.#session = { token: accessToken, endsAt: Date.now() + expiresIn * 1000 };
    }
    return this.#session.token;
  }

  async #post(path: string, body: object, headers: Record<string, string> = {}): Promise<unknown> {
    const answer = await fetch(`${this.#url}${path}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body: JSON.stringify(body),
      signal: AbortSignal.timeout(timeoutMs),
    });
    // A restarted server may have another key: the next order signs in anew.
    if (answer.status === 401) this.#session = null;
    if (!answer.ok) throw new Error(`${path} answered ${answer.status}`);
    return answer.json();
  }
}
