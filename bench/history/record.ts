/**
 * Drives each story through the real system, as the processes do that would: members through the API's
 * role, workers through app_private. What the triggers write is what history is copied from.
 */
import pg from 'pg';
import type { Merchant } from '../../sql-tests/support/merchants.ts';
import {
  claim,
  newAwb,
  recordAssignment,
  recordBooking,
  recordCancellation,
  recordLabel,
  recordScans,
  recordValidation,
  refillPool,
  shipmentOf,
} from '../../sql-tests/support/pipeline.ts';
import type { Claim } from '../../sql-tests/support/pipeline.ts';
import { shipTo } from '../../sql-tests/support/orders.ts';
import { one, rows, value } from '../../sql-tests/support/query.ts';
import { loginUrl } from '../../database/connection.ts';
import { basket } from './baskets.ts';
import type { Act, Story } from './stories.ts';

export interface Recording {
  story: Story;
  orderId: string;
  /** When each event happened in the story, in milliseconds after the order was placed; by seq. */
  toldAt: number[];
}

/** Three connections: to look, to act as a worker, to act as a member. */
export interface Stage {
  admin: pg.Client;
  worker: pg.Client;
  server: pg.Client;
}

export async function withStage<T>(
  adminUrl: string,
  secret: string,
  use: (stage: Stage) => Promise<T>,
): Promise<T> {
  const connect = async (url: string) => {
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    return client;
  };
  const stage = {
    admin: await connect(adminUrl),
    worker: await connect(loginUrl(adminUrl, 'waybill_worker', secret)),
    server: await connect(loginUrl(adminUrl, 'waybill_server', secret)),
  };
  try {
    return await use(stage);
  } finally {
    await Promise.all(Object.values(stage).map((client) => client.end()));
  }
}

/** Seconds between a job and the one it causes, as workers take them. */
const betweenJobs = 3;

export async function recordStory(
  stage: Stage,
  merchant: Merchant,
  story: Story,
  variant: number,
): Promise<Recording> {
  const orderId = await placeOrder(stage, merchant, story, variant);
  const recording: Recording = { story, orderId, toldAt: [] };
  await tell(stage, recording, 0);
  if (story.steps[0]?.[1] !== 'bad address') await settle(stage, merchant, recording, 0);
  for (const [hours, ...act] of story.steps) {
    await perform(stage, merchant, orderId, act);
    await tell(stage, recording, hours * 3_600_000);
    if (act[0] !== 'bad address') await settle(stage, merchant, recording, hours * 3_600_000);
  }
  return recording;
}

/** The events that are new since the last call happened now; one transaction takes a millisecond each. */
async function tell({ admin }: Stage, recording: Recording, atMs: number): Promise<void> {
  const seq = await value<number>(
    admin,
    'select seq as value from app_public.orders_current where id = $1',
    [recording.orderId],
  );
  while (recording.toldAt.length < seq) {
    const last = recording.toldAt.at(-1) ?? -1;
    recording.toldAt.push(Math.max(atMs, last + 1));
  }
}

async function placeOrder(
  { admin, worker, server }: Stage,
  merchant: Merchant,
  story: Story,
  variant: number,
): Promise<string> {
  const input = basket(merchant[story.workflow], story.workflow, variant);
  if (story.steps[0]?.[1] === 'bad address') input.ship_to = shipTo({ phone: null });
  if (story.workflow !== 'automated') {
    return asMember(server, merchant, 'select (app_public.place_order($1)).id as value', [input]);
  }
  const delivery = String(input.external_id);
  await worker.query(
    `select app_private.receive_message($1, 'shopify', $2, 'orders/create', $3, $4)`,
    [merchant.id, merchant.automated, delivery, Buffer.from(JSON.stringify(input))],
  );
  const message = await value<string>(
    admin,
    'select id as value from app_public.inbound_messages where merchant_id = $1 and external_id = $2',
    [merchant.id, delivery],
  );
  return value<string>(worker, 'select app_private.intake_order($1, $2, $3) as value', [
    merchant.id,
    message,
    input,
  ]);
}

async function asMember<T>(
  server: pg.Client,
  merchant: Merchant,
  sql: string,
  values: unknown[],
): Promise<T> {
  await server.query('begin');
  await server.query(
    `select set_config('role', 'waybill_member', true), set_config('jwt.claims.merchant_id', $1, true),
       set_config('jwt.claims.member_id', $2, true), set_config('jwt.claims.role', 'manager', true)`,
    [String(merchant.id), String(merchant.manager)],
  );
  const result = await value<T>(server, sql, values);
  await server.query('commit');
  return result;
}

const badAddress = [{ code: 'phone_missing', reason: 'The phone number is missing.' }];

async function perform(
  { admin, worker, server }: Stage,
  merchant: Merchant,
  orderId: string,
  [what, detail]: Act,
): Promise<void> {
  const move = (sql: string, ...values: unknown[]) =>
    asMember(server, merchant, `select (app_public.${sql}).status as value`, [orderId, ...values]);
  switch (what) {
    case 'move':
      await move('transition_order($1, $2)', detail);
      break;
    case 'ship':
      await move('ship_order($1, $2, $3)', newAwb(), 'https://courier.example/track');
      break;
    case 'cancel':
      await move('cancel_order($1, $2)', detail);
      break;
    case 'correct address':
      await move('correct_ship_to($1, $2, $3)', { phone: '98470 54321' }, 'Asked by telephone.');
      break;
    case 'scan': {
      const { awb } = await shipmentOf(admin, orderId);
      const occurredAt = await value<string>(admin, 'select clock_timestamp()::text as value');
      await recordScans(worker, merchant, [{ awb: awb!, status: detail, occurredAt }]);
      break;
    }
    case 'bad address': {
      const claimed = await mustClaim(worker, merchant, orderId, 'validate_order');
      await recordValidation(worker, merchant, orderId, claimed.effect.epoch, badAddress);
      break;
    }
    case 'message fails': {
      const message = await one<{ id: string; provider_message_id: string }>(
        admin,
        'select id, provider_message_id from app_public.messages where order_id = $1',
        [orderId],
      );
      await report(worker, merchant, message.id, message.provider_message_id, 'failed');
    }
  }
}

/** Does all work that the order has caused, as the workers would, one job after the other. */
async function settle(
  stage: Stage,
  merchant: Merchant,
  recording: Recording,
  fromMs: number,
): Promise<void> {
  for (let atMs = fromMs; ;) {
    const [open] = await rows<{ subject_id: string; kind: string }>(
      stage.admin,
      `select subject_id, kind from app_public.effects
       where order_id = $1 and status = 'intent' order by created_at, kind limit 1`,
      [recording.orderId],
    );
    if (open === undefined) return;
    const claimed = await mustClaim(stage.worker, merchant, open.subject_id, open.kind);
    await doWork(stage, merchant, recording, claimed);
    atMs += betweenJobs * 1000;
    await tell(stage, recording, atMs);
  }
}

async function doWork(
  { worker }: Stage,
  merchant: Merchant,
  recording: Recording,
  { effect }: Claim,
): Promise<void> {
  const { subject_id: subject, kind, epoch } = effect;
  if (kind === 'validate_order') await recordValidation(worker, merchant, subject, epoch);
  else if (kind === 'assign_order') await recordAssignment(worker, merchant, subject, epoch);
  else if (kind === 'book_shipment') {
    const awb =
      effect.reserved_number ?? (await refillPool(worker, merchant, subject, epoch, [newAwb()]));
    await recordBooking(worker, merchant, subject, epoch, awb!);
  } else if (kind === 'fetch_label') await recordLabel(worker, merchant, subject, epoch);
  else if (kind === 'cancel_shipment') await recordCancellation(worker, merchant, subject, epoch);
  else if (kind === 'request_carrier_pickup') {
    await worker.query('select app_private.record_carrier_pickup($1, $2, $3, $4)', [
      merchant.id,
      subject,
      epoch,
      `PUR${epoch}${merchant.id}`,
    ]);
  } else if (kind.startsWith('message_')) await sendMessage(worker, merchant, recording, effect);
  else throw new Error(`History does not know how to do ${kind}`);
}

async function sendMessage(
  worker: pg.Client,
  merchant: Merchant,
  { story, orderId }: Recording,
  { kind, epoch }: Claim['effect'],
): Promise<void> {
  const message = await value<string>(
    worker,
    `select app_private.open_message($1, $2, $3, $4, $5, 'en') as value`,
    [merchant.id, orderId, kind, epoch, kind],
  );
  const sentAs = `wamid.${message}`;
  await worker.query('select app_private.record_message($1, $2, $3, $4, $5, $6)', [
    merchant.id,
    orderId,
    kind,
    epoch,
    message,
    sentAs,
  ]);
  if (!story.steps.some(([, act]) => act === 'message fails')) {
    await report(worker, merchant, message, sentAs, 'delivered');
  }
}

async function report(
  worker: pg.Client,
  merchant: Merchant,
  message: string,
  sentAs: string,
  status: string,
): Promise<void> {
  await worker.query(
    'select app_private.record_message_status($1, $2, $3, $4, clock_timestamp(), $5)',
    [merchant.id, message, sentAs, status, status === 'failed' ? '131026' : null],
  );
}

async function mustClaim(
  worker: pg.Client,
  merchant: Merchant,
  subject: string,
  kind: string,
): Promise<Claim> {
  const claimed = await claim(worker, merchant, subject, kind, 'history');
  if (claimed === null) throw new Error(`${kind} cannot be claimed`);
  return claimed;
}
