import { randomInt } from 'node:crypto';
import type pg from 'pg';

import { asActor, asDba, asMember } from '../support/acting.ts';
import type { TestDatabase } from '../support/database.ts';
import { drive, scan } from '../support/drive.ts';
import type { Merchant } from '../support/merchants.ts';
import { placeOrder, shipTo, writeMove } from '../support/orders.ts';
import { committed } from '../support/parallel.ts';
import { fail, mustClaim, recordValidation, shipmentOf } from '../support/pipeline.ts';

type Life = (client: pg.Client, merchant: Merchant) => Promise<unknown>;

const cod = { payment_mode: 'cod', cod_amount_minor: 305_000 };
const noAddress = [{ code: 'pincode', reason: 'The PIN code does not exist.' }];

/** The lives that orders lead here: each path, its branches, and what happens by the way. */
const lives: Record<string, Life> = {
  delivered: async (db, merchant) => {
    const order = await placeOrder(db, merchant, 'automated', cod);
    await drive(db, merchant, order, 'dispatched');
    await scan('out_for_delivery', '2026-11-23T09:00:00+05:30')(db, merchant, order);
    await scan('in_transit', '2026-11-22T18:00:00+05:30')(db, merchant, order); // late
    await scan('undelivered', '2026-11-23T12:00:00+05:30')(db, merchant, order);
    await scan('out_for_delivery', '2026-11-24T09:00:00+05:30')(db, merchant, order);
    await drive(db, merchant, order, 'delivered', 'dispatched');
  },
  'corrected, in one transaction': (db, merchant) =>
    committed(db, async () => {
      const order = await placeOrder(db, merchant, 'automated');
      const { effect } = await mustClaim(db, merchant, order, 'validate_order');
      await recordValidation(db, merchant, order, effect.epoch, noAddress);
      await asMember(db, merchant, 'staff');
      await db.query(`select app_public.correct_ship_to($1, $2, 'rang her up')`, [
        order,
        shipTo({ pincode: '682002' }),
      ]);
      await asDba(db);
      await drive(db, merchant, order, 'labelled');
    }),
  'cancelled, with a box': async (db, merchant) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'assigned');
    await move(db, merchant, order, 'cancelled', { reason: 'changed her mind' });
  },
  returned: async (db, merchant) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'dispatched');
    await scan('rto', '2026-11-25T10:00:00+05:30')(db, merchant, order);
    await scan('returned', '2026-11-28T10:00:00+05:30')(db, merchant, order);
  },
  lost: async (db, merchant) => {
    const order = await placeOrder(db, merchant, 'automated', cod);
    await drive(db, merchant, order, 'dispatched');
    await scan('lost', '2026-11-29T10:00:00+05:30')(db, merchant, order);
  },
  'asks twice for a human': async (db, merchant) => {
    const order = await placeOrder(db, merchant, 'automated');
    await drive(db, merchant, order, 'labelled');
    const { id } = await shipmentOf(db, order);
    const packed = await mustClaim(db, merchant, order, 'message_packed');
    await fail(db, packed.effect, { outcome: 'refused', code: 'NO_WHATSAPP' });
    await committed(db, async () => {
      await asActor(db, merchant, 'system');
      await db.query(
        `insert into app_public.order_events (order_id, type, reason, inputs)
         values ($1, 'attention_raised', 'Look again.', '{"code": "TWICE"}')`,
        [order],
      );
      await db.query(
        `insert into app_public.order_events (order_id, shipment_id, type, inputs)
         values ($1, $2, 'scan_recorded', '{"carrier_status": "Manifested"}')`,
        [order, id],
      );
    });
    await committed(db, async () => {
      await asMember(db, merchant, 'manager');
      await db.query(`select app_public.clear_attention($1, 'looked')`, [order]);
    });
  },
  shipped: async (db, merchant) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await move(db, merchant, order, 'accepted');
    await move(db, merchant, order, 'shipped', { inputs: { tracking_code: 'TRACK-12345' } });
    await move(db, merchant, order, 'delivered');
  },
  overridden: async (db, merchant) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await move(db, merchant, order, 'packing', { override: true, reason: 'it is packed' });
    await move(db, merchant, order, 'cancelled', { reason: 'out of stock' });
  },
  'overridden back from the courier': async (db, merchant) => {
    const order = await placeOrder(db, merchant, 'shipping');
    await move(db, merchant, order, 'accepted');
    await move(db, merchant, order, 'shipped', { inputs: { tracking_code: 'TRACK-54321' } });
    await move(db, merchant, order, 'packing', { override: true, reason: 'it came back' });
    await move(db, merchant, order, 'cancelled', { reason: 'she does not want it' });
  },
  collected: async (db, merchant) => {
    const order = await placeOrder(db, merchant, 'pickup');
    for (const to of ['accepted', 'in_progress', 'ready', 'completed']) {
      await move(db, merchant, order, to);
    }
  },
};

function move(
  db: pg.Client,
  merchant: Merchant,
  order: string,
  to: string,
  more: { reason?: string; override?: boolean; inputs?: Record<string, unknown> } = {},
): Promise<void> {
  return committed(db, async () => {
    await asActor(db, merchant, 'owner');
    await writeMove(db, order, { to, ...more });
  });
}

/** One order of each kind, one after the other. */
export async function liveOnce(db: pg.Client, merchant: Merchant): Promise<void> {
  for (const life of Object.values(lives)) await life(db, merchant);
}

export interface Busy {
  /** Lets every order come to the end of its life; throws what went wrong in any of them. */
  stop(): Promise<number>;
}

/** So many connections that lead orders through random lives until they are told to stop. */
export function keepBusy(database: TestDatabase, merchants: Merchant[], connections: number): Busy {
  let on = true;
  let done = 0;
  const all = Object.values(lives);
  const run = async () => {
    const client = await database.connect();
    while (on) {
      await all[randomInt(all.length)]!(client, merchants[randomInt(merchants.length)]!);
      done += 1;
    }
    await client.end();
  };
  const running = Promise.all(Array.from({ length: connections }, run));
  running.catch(() => (on = false));
  return {
    stop: async () => {
      on = false;
      await running;
      return done;
    },
  };
}
