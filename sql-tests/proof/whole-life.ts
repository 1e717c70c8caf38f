import type pg from 'pg';

import { openMessage } from '../effects/letters.ts';
import { asMember } from '../support/acting.ts';
import type { TestDatabase } from '../support/database.ts';
import { dispatchAll } from '../support/dispatch.ts';
import { drive, scan } from '../support/drive.ts';
import type { Merchant } from '../support/merchants.ts';
import { orderInput, placeOrder } from '../support/orders.ts';
import { committed } from '../support/parallel.ts';
import { fail, mustClaim, recordCancellation, shipmentOf } from '../support/pipeline.ts';
import { rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';
import { keepBusy, liveOnce } from './busy.ts';

/**
 * A database in which everything has happened at least once: every kind of life, several at a time;
 * bulk moves, an erasure, messages, dead letters that were retried and resolved.
 */
export async function liveThroughEverything(
  database: TestDatabase,
  merchants: Merchant[],
): Promise<void> {
  const client = await database.connect();
  const busy = keepBusy(database, merchants, 3);
  for (const merchant of merchants) {
    await liveOnce(client, merchant);
    await sendMessage(client, merchant);
    await haveCollected(client, merchant);
    await moveMany(client, merchant);
    await eraseSomebody(client, merchant);
    await handOver(client, merchant);
    await settleDeadLetters(client, merchant);
    await askAsACounterDoes(client, merchant);
    await hearFromShop(client, merchant);
    await signIn(client, merchant);
    await failToDeliver(client, merchant);
    await bookAnew(client, merchant);
  }
  await busy.stop();
  await dispatchAll(database.pool);
  await client.end();
}

export async function sendMessage(db: Db, merchant: Merchant): Promise<string> {
  const { order, effect, message } = await openMessage(db, merchant);
  await db.query(`select app_private.record_message($1, $2, 'message_shipped', $3, $4, $5)`, [
    merchant.id,
    order,
    effect.epoch,
    message,
    `wamid.${message}`,
  ]);
  return order;
}

/** By a carrier that collects boxes and makes no visits. */
async function haveCollected(db: Db, merchant: Merchant): Promise<void> {
  const carrierAccount = await value<number>(
    db,
    `insert into app_public.carrier_accounts (merchant_id, carrier, name)
     values ($1, 'shiprocket', 'Shiprocket') returning id as value`,
    [merchant.id],
  );
  const order = await placeOrder(db, merchant, 'automated');
  await drive(db, { ...merchant, carrierAccount }, order, 'labelled');
  const { id } = await shipmentOf(db, order);
  const { effect } = await mustClaim(db, merchant, id, 'request_carrier_pickup');
  await db.query('select app_private.record_carrier_pickup($1, $2, $3, $4)', [
    merchant.id,
    id,
    effect.epoch,
    '100200',
  ]);
}

async function moveMany(client: pg.Client, merchant: Merchant): Promise<void> {
  const orders: string[] = [];
  for (let at = 0; at < 8; at += 1) orders.push(await placeOrder(client, merchant, 'shipping'));
  await committed(client, async () => {
    await asMember(client, merchant, 'manager');
    const move = 'select outcome from app_public.transition_orders($1, $2, null, $3, $4)';
    await client.query(move, [orders, 'accepted', null, `bulk ${merchant.id}`]);
    await client.query(move, [orders.slice(4), 'packing', null, null]);
    await client.query(move, [orders.slice(0, 2), 'cancelled', 'called off', null]);
  });
}

async function eraseSomebody(client: pg.Client, merchant: Merchant): Promise<void> {
  const order = await placeOrder(client, merchant, 'automated');
  await drive(client, merchant, order, 'delivered');
  await committed(client, async () => {
    await asMember(client, merchant, 'owner');
    await client.query(`select app_public.erase_customer(order_id => $1, reason => 'she asked')`, [
      order,
    ]);
  });
}

/** One box goes, one is called off, one is left behind and goes with the next list. */
export async function handOver(client: pg.Client, merchant: Merchant): Promise<string> {
  const orders: string[] = [];
  for (let at = 0; at < 3; at += 1) {
    const order = await placeOrder(client, merchant, 'automated');
    await drive(client, merchant, order, 'labelled');
    orders.push(order);
  }
  const create = 'select app_public.make_manifest($1, $2)';
  await committed(client, async () => {
    await asMember(client, merchant, 'staff');
    await client.query(create, [merchant.carrierAccount, merchant.location]);
    await client.query(`select app_public.cancel_order($1, 'called off')`, [orders[1]]);
    const { id } = await shipmentOf(client, orders[2] ?? '');
    await client.query(`select app_public.take_off_manifest($1, 'the van was full')`, [id]);
    await client.query(create, [merchant.carrierAccount, merchant.location]);
  });
  return orders[2] ?? '';
}

async function settleDeadLetters(client: pg.Client, merchant: Merchant): Promise<void> {
  for (const how of [
    'app_public.retry_dead_letter(d.id)',
    `app_public.resolve_dead_letter(d.id, 'done by hand')`,
  ]) {
    const order = await placeOrder(client, merchant, 'automated');
    const { effect } = await mustClaim(client, merchant, order, 'validate_order');
    await fail(client, effect, { outcome: 'refused', code: 'BUSY' });
    await committed(client, async () => {
      await asMember(client, merchant, 'manager');
      await rows(client, `select ${how} from app_public.dead_letters d where d.order_id = $1`, [
        order,
      ]);
    });
  }
}

/** With an idempotency key. */
async function askAsACounterDoes(client: pg.Client, merchant: Merchant): Promise<void> {
  await committed(client, async () => {
    await asMember(client, merchant, 'staff');
    await client.query(`select app_public.place_order($1, 'a key')`, [
      {
        store_id: merchant.pickup,
        payment_mode: 'prepaid',
        items: [{ title: 'Saree', quantity: 1, unit_price_minor: 1 }],
      },
    ]);
  });
}

/** One webhook that becomes an order, and one that nobody has looked at yet. */
async function hearFromShop(db: Db, merchant: Merchant): Promise<void> {
  const receive = `select app_private.receive_message($1, 'shopify', $2, 'orders/create', $3, '{}')`;
  for (const delivery of ['d-1', 'd-2']) {
    await db.query(receive, [merchant.id, merchant.automated, delivery]);
  }
  await db.query(
    `select app_private.intake_order(m.merchant_id, m.id, $2) from app_public.inbound_messages m
     where m.merchant_id = $1 and m.external_id = 'd-1'`,
    [merchant.id, orderInput(merchant.automated, { external_id: 'from the shop' })],
  );
}

async function signIn(db: Db, merchant: Merchant): Promise<void> {
  await db.query(`select app_private.open_session($1, $2, sha256($3), '1 day', 'a browser')`, [
    merchant.id,
    merchant.owner,
    Buffer.from(`token of ${merchant.id}`),
  ]);
}

/** One parcel waits for a decision, one for its carrier, one goes on; one is on its way back. */
async function failToDeliver(client: pg.Client, merchant: Merchant): Promise<void> {
  const failed = scan('undelivered', '2026-11-23T12:00:00+05:30');
  for (const next of [null, null, 'out_for_delivery', 'rto'] as const) {
    const order = await placeOrder(client, merchant, 'automated');
    await drive(client, merchant, order, 'dispatched');
    await failed(client, merchant, order);
    if (next === null) await decide(client, merchant, order);
    else await scan(next, '2026-11-23T13:00:00+05:30')(client, merchant, order);
  }
  const order = await placeOrder(client, merchant, 'automated');
  await drive(client, merchant, order, 'dispatched');
  await failed(client, merchant, order);
}

async function decide(client: pg.Client, merchant: Merchant, order: string): Promise<void> {
  await committed(client, async () => {
    await asMember(client, merchant, 'staff');
    await client.query(
      `select app_public.act_on_ndr(c.id, 're_attempt', phone => '9847055555')
       from app_public.ndr_cases c where c.order_id = $1`,
      [order],
    );
  });
}

async function bookAnew(client: pg.Client, merchant: Merchant): Promise<void> {
  const order = await placeOrder(client, merchant, 'automated');
  await drive(client, merchant, order, 'labelled');
  const { id } = await shipmentOf(client, order);
  await committed(client, async () => {
    await asMember(client, merchant, 'manager');
    await client.query(`select app_public.rebook_shipment($1, 'too slow', $2)`, [
      id,
      merchant.carrierAccount,
    ]);
  });
  const { effect } = await mustClaim(client, merchant, id, 'cancel_shipment');
  await recordCancellation(client, merchant, id, effect.epoch);
}
