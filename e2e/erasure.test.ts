/** A customer's data on its way through everything, and out of everything again. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';

import { signatureOf } from '../channels/whatsapp/verify-signature.ts';
import { dumpEverything, findWords } from '../sql-tests/support/dump-everything.ts';
import type { DumpedRow } from '../sql-tests/support/dump-everything.ts';
import { firstBrokenLink } from '../sql-tests/orders/hash-chain.ts';
import { one, rows } from '../sql-tests/support/query.ts';
import { customerPayload } from './customer-payload.ts';
import { startInOneProcess } from './one-process.ts';
import type { OneProcess } from './one-process.ts';

// Retries wait as long as the service asks.
jest.setTimeout(90_000);

let system: OneProcess;

/** What must be found before, and nowhere after. Of the phone: its digits, however it is spelt. */
const zubeida = {
  words: [
    'Zubeida',
    'Quttainah',
    '9747012345',
    'zubeida.q@kappad.example',
    '77 Peacock Alley',
    'lotus pond',
    'Perumbavoor',
    '683542',
    'ring the brass bell',
  ],
  payload: customerPayload({
    first: 'Zubeida',
    last: 'Quttainah',
    phone: '+91 97470-12345',
    email: 'zubeida.q@kappad.example',
    address1: '77 Peacock Alley',
    address2: 'Behind the lotus pond',
    city: 'Perumbavoor',
    zip: '683542',
    note: 'Please ring the brass bell',
  }),
};

const raman = {
  words: ['Ramanujan', '9746054321', 'raman@ponnani.example', '5 Cardamom Lane', '679577'],
  payload: customerPayload({
    first: 'Ramanujan',
    last: 'Iyer',
    phone: '097460 54321',
    email: 'raman@ponnani.example',
    address1: '5 Cardamom Lane, Hill Palace Road',
    address2: null,
    city: 'Ponnani',
    zip: '679577',
    note: null,
  }),
};

const delivered = (id: number) =>
  system.workUntil<{ id: string }>(
    `order ${id} to be delivered and its customer to have heard of it`,
    `select o.id from app_public.orders_current o
     join app_public.messages m on m.merchant_id = o.merchant_id and m.order_id = o.id
     where o.external_id = $1 and o.status = 'delivered' and m.kind = 'message_delivered'
       and m.status in ('delivered', 'read')
       and not exists (select from app_public.inbound_messages where status = 'received')`,
    [String(id)],
  );

const erase = (variables: object, role: 'owner' | 'staff' = 'owner') =>
  system.graphql(
    role,
    `mutation Erase($input: EraseCustomerInput!) { eraseCustomer(input: $input) { erasedOrders } }`,
    { input: { reason: 'Zubeida Quttainah asked, from 97470 12345', ...variables } },
  );

const dump = () => dumpEverything(system.database.pool);
const tablesOf = (found: readonly string[]) => new Set(found.map((line) => line.split(':')[0]));
const rowsOf = (dumped: DumpedRow[], words: string[]) =>
  dumped.filter((row) => findWords([row], words).length > 0);

let order: string;
let before: DumpedRow[];

beforeAll(async () => {
  system = await startInOneProcess();
  // Calls that fail keep their answers in the log.
  system.sandbox.faults.set([
    { operation: 'delhivery.create', kind: 'too_many_requests', count: 1 },
    { operation: 'whatsapp.send', kind: 'too_many_requests', count: 2 },
  ]);
  await system.webhook(810000001, zubeida.payload);
  await system.webhook(810000002, raman.payload);
  order = (await delivered(810000001)).id;
  await delivered(810000002);
  before = await dump();
}, 90_000);

afterAll(() => system.close());

test('before the erasure the customer is in contacts, webhooks, messages and the label', () => {
  const found = findWords(before, zubeida.words);
  for (const word of zubeida.words) expect(found.join()).toContain(word);
  expect([...tablesOf(found)]).toEqual([
    'app_private.coverage',
    'app_private.labels',
    'app_public.inbound_messages',
    'app_public.messages',
    'app_public.order_contacts',
  ]);
});

test('staff may not erase: FORBIDDEN, and nothing is gone', async () => {
  const answer = await erase({ orderId: order }, 'staff');
  expect(answer.errors?.[0]?.extensions).toMatchObject({ code: 'FORBIDDEN', roles: ['OWNER'] });
  expect(findWords(await dump(), zubeida.words)).toEqual(findWords(before, zubeida.words));
});

test('after the erasure nothing of them is anywhere, and nobody else has lost anything', async () => {
  const answer = await erase({ phone: '097470 12345' });
  expect(answer).toEqual({ data: { eraseCustomer: { erasedOrders: 1 } } });
  const after = await dump();
  expect(findWords(after, zubeida.words)).toEqual([]);
  const kept = rowsOf(before, raman.words);
  expect(kept.length).toBeGreaterThan(5);
  expect(rowsOf(after, raman.words)).toEqual(kept);
});

test('the erasure is an event with a reason that names nobody, and the chain is whole', async () => {
  const event = await one(
    system.database.pool,
    `select type, reason, actor_role, inputs from app_public.order_events
     where order_id = $1 order by seq desc limit 1`,
    [order],
  );
  expect(event).toEqual({
    type: 'customer_erased',
    reason: '*** asked, from ***',
    actor_role: 'owner',
    inputs: {},
  });
  expect(await firstBrokenLink(system.database.pool, order)).toBeNull();
});

test('what the shop and WhatsApp report later is processed and does not bring it back', async () => {
  const moved = { ...zubeida.payload, updated_at: '2026-02-01T11:00:05+05:30' };
  const [clock] = await rows<{ since: Date }>(
    system.database.pool,
    'select clock_timestamp() as since',
  );
  await system.webhook(810000001, moved, 'orders/updated');
  await system.webhook(810000001, moved, 'orders/cancelled');
  await system.webhook(
    1,
    { ...moved, order_id: 810000001, admin_graphql_api_id: null },
    'refunds/create',
  );
  expect(await reportMessage()).toBe(200);
  await system.workUntil(
    'every webhook to be settled',
    "select 1 where not exists (select from app_public.inbound_messages where status = 'received')",
  );
  expect(findWords(await dump(), zubeida.words)).toEqual([]);
  // The sandbox goes on reporting meanwhile: only ours are asked for.
  const later = await rows<{ service: string; status: string }>(
    system.database.pool,
    `select distinct service, topic, status from app_public.inbound_messages
     where received_at >= $1 and erased_at is not null order by service, topic`,
    [clock?.since],
  );
  const processed = { status: 'processed' };
  expect(later).toMatchObject([
    { service: 'shopify', topic: 'orders/cancelled', ...processed },
    { service: 'shopify', topic: 'orders/updated', ...processed },
    { service: 'shopify', topic: 'refunds/create', ...processed },
    { service: 'whatsapp', ...processed },
  ]);
});

test('a second erasure finds nothing and harms nothing', async () => {
  expect(await erase({ phone: '+919747012345' })).toEqual({
    data: { eraseCustomer: { erasedOrders: 0 } },
  });
  expect(await erase({ orderId: order })).toEqual({ data: { eraseCustomer: { erasedOrders: 0 } } });
});

/** WhatsApp tells once more that the customer has read the message. */
async function reportMessage(): Promise<number> {
  const { id } = await one<{ id: string }>(
    system.database.pool,
    `select id from app_public.messages where order_id = $1 and kind = 'message_delivered'`,
    [order],
  );
  const account = await one<{ phone_number_id: string }>(
    system.database.pool,
    'select phone_number_id from app_public.message_accounts',
  );
  const status = {
    id: `wamid.${Buffer.from('\x1c\x18\x0c919747012345').toString('base64')}`,
    status: 'read',
    timestamp: '1770000000',
    recipient_id: '919747012345',
    biz_opaque_callback_data: `1:${id}`,
  };
  const value = { metadata: account, statuses: [status] };
  const body = JSON.stringify({ entry: [{ changes: [{ field: 'messages', value }] }] });
  const answer = await fetch(`${system.server.url}/webhooks/whatsapp`, {
    method: 'POST',
    headers: {
      'x-hub-signature-256': signatureOf(system.config.whatsapp.appSecret, Buffer.from(body)),
    },
    body,
  });
  await answer.arrayBuffer();
  return answer.status;
}
