/** Orders that come in by themselves, so that the demo's page lives: one every few seconds. */
import type { Config } from '../config.ts';
import { DemoShop } from './shop.ts';
import { Storefront } from './storefront.ts';

const everyMs = 4_000;

export function startFeed(config: Config): { stop: () => void } {
  const shop = new DemoShop(config, `feed-${Date.now()}`);
  const storefront = new Storefront(config);
  let count = 0;
  const timer = setInterval(() => void next(), everyMs);
  async function next(): Promise<void> {
    count += 1;
    try {
      // Mostly the Shopify shop; now and then the web shop and the counter, which staff drive by hand.
      if (count % 5 === 3) await storefront.placeOrder('Web shop', count);
      else if (count % 5 === 0) await storefront.placeOrder('Brigade Road counter', count);
      else await shop.send(count);
    } catch {
      // The server is restarting, or stopping: the next order will get through.
    }
  }
  void next();
  return { stop: () => clearInterval(timer) };
}
