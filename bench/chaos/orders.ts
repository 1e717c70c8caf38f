/** The orders of a run. A seed and a number decide all of it, so that a run can be had again. */
import type { Draft } from '../../demo/draft.ts';
import { orderIdOf, orderPayload, type OrderPayload } from '../../demo/payload.ts';
import { products, type ProductKey } from '../../demo/products.ts';
import { share } from '../../sandbox/chance.ts';

/** What becomes of it besides the faults of others. */
export type Fate = 'plain' | 'cancelled' | 'not served' | 'no cash on delivery';

export interface ChaosOrder {
  n: number;
  externalId: string;
  fate: Fate;
  payload: OrderPayload;
  /** How it comes in: a webhook, a webhook again and again, or a client of the database. */
  comes: 'once' | 'twice at once' | 'again later' | 'updated first' | 'placed by hand';
}

const places = [
  ['682001', 'Kochi', 'Kerala'],
  ['560038', 'Bengaluru', 'Karnataka'],
  ['400050', 'Mumbai', 'Maharashtra'],
  ['110017', 'Delhi', 'Delhi'],
  ['600028', 'Chennai', 'Tamil Nadu'],
  ['700019', 'Kolkata', 'West Bengal'],
  ['411004', 'Pune', 'Maharashtra'],
  ['302001', 'Jaipur', 'Rajasthan'],
] as const;

const goods = Object.keys(products) as ProductKey[]; // of a literal

export function chaosOrder(seed: string, n: number, now: Date): ChaosOrder {
  const luck = (what: string) => share(seed, what, n);
  const fate = fateOf(luck('fate'));
  const draft = draftOf(luck, n, fate);
  const facts = { runId: seed, n, createdAt: now.toISOString(), updatedAt: now };
  return {
    n,
    externalId: String(orderIdOf(seed, n)),
    fate,
    payload: orderPayload(draft, facts),
    comes: wayIn(luck('way in')),
  };
}

function fateOf(luck: number): Fate {
  if (luck < 0.03) return 'cancelled';
  if (luck < 0.04) return 'not served';
  return luck < 0.045 ? 'no cash on delivery' : 'plain';
}

function wayIn(luck: number): ChaosOrder['comes'] {
  if (luck < 0.15) return 'placed by hand';
  if (luck < 0.25) return 'twice at once';
  if (luck < 0.35) return 'again later';
  return luck < 0.4 ? 'updated first' : 'once';
}

function draftOf(luck: (what: string) => number, n: number, fate: Fate): Draft {
  const pick = <T>(of: readonly T[], what: string): T => {
    const picked = of[Math.floor(luck(what) * of.length)];
    if (picked === undefined) throw new Error('There is nothing to pick from');
    return picked;
  };
  const [zip, city, province] = pick(places, 'place');
  const wrongPin = { 'not served': '799999', 'no cash on delivery': '793999' }[String(fate)];
  const paysAtTheDoor = luck('pays') < 0.5 || fate === 'no cash on delivery';
  return {
    mess: 'none',
    to: {
      name: 'Asha Nair',
      address1: `${1 + (n % 400)} Beach Road, near the temple`,
      city: wrongPin === undefined ? city : 'Far away',
      province: wrongPin === undefined ? province : null,
      zip: wrongPin ?? zip,
      // Its end tells the sandbox nothing: what happens to parcels is left to its rates.
      phone: `98470${String(10_000 + (n % 60_000))}`,
    },
    buys: [[pick(goods, 'goods'), 1 + Math.floor(luck('quantity') * 3)]],
    pays: paysAtTheDoor ? { cod: 'Cash on Delivery (COD)' } : 'prepaid',
  };
}
