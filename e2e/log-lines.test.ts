/** No line of the log says who a customer is, whatever goes wrong. */
import { afterAll, beforeAll, expect, jest, test } from '@jest/globals';

import { findWords } from '../sql-tests/support/dump-everything.ts';
import { customerPayload } from './customer-payload.ts';
import { startInOneProcess } from './one-process.ts';
import type { OneProcess } from './one-process.ts';

// Retries wait as long as the service asks.
jest.setTimeout(90_000);

const words = [
  'Zubeida',
  'Quttainah',
  '9747012345',
  'kappad.example',
  'Peacock',
  'lotus',
  '683542',
];
const person = {
  first: 'Zubeida',
  last: 'Quttainah',
  phone: '+91 97470-12345',
  email: 'zubeida.q@kappad.example',
  address1: '77 Peacock Alley',
  address2: 'Behind the lotus pond',
  city: 'Perumbavoor',
  zip: '683542',
  note: 'Ring the bell, says Zubeida',
};

let system: OneProcess;
/** What is written past the logger. */
let printed: string[];

beforeAll(async () => {
  printed = [];
  for (const method of ['log', 'info', 'warn', 'error', 'debug'] as const) {
    jest.spyOn(console, method).mockImplementation((...said: unknown[]) => {
      printed.push(said.map(String).join(' '));
    });
  }
  system = await startInOneProcess();
}, 60_000);

afterAll(async () => {
  jest.restoreAllMocks();
  await system.close();
});

/** Lines since a mark; there must be some, or nothing was tested. */
function leaks(since: number): string[] {
  const lines = [...system.lines.slice(since), ...printed];
  expect(lines.length).toBeGreaterThan(0);
  return findWords(
    lines.map((text) => ({ table: text.slice(0, 300), text })),
    words,
  );
}

test('an order on its way from the shop to the door, with calls that fail', async () => {
  const since = system.lines.length;
  system.sandbox.faults.set([
    { operation: 'delhivery.create', kind: 'too_many_requests', count: 1 },
    { operation: 'whatsapp.send', kind: 'too_many_requests', count: 1 },
  ]);
  await system.webhook(820000001, customerPayload(person));
  await system.workUntil(
    'the order to be delivered',
    `select 1 from app_public.orders_current o
     join app_public.messages m on m.order_id = o.id and m.kind = 'message_delivered'
     where o.external_id = '820000001' and o.status = 'delivered' and m.sent_at is not null`,
  );
  expect(leaks(since)).toEqual([]);
  expect(system.lines.join('')).toContain('book_shipment failed');
});

test('orders that cannot be read or validated', async () => {
  const since = system.lines.length;
  await system.webhook(820000002, { ...customerPayload(person), line_items: [] });
  await system.webhook(820000003, { ...customerPayload(person), created_at: 'Zubeida' });
  await system.webhook(820000004, customerPayload({ ...person, phone: '97470 1234 Zubeida' }));
  await system.workUntil(
    'all of them to be settled',
    `select 1 where not exists (select from app_public.inbound_messages where status = 'received')
     and exists (select from app_public.orders_current where attention like 'SHIP_TO_PHONE%')`,
  );
  expect(leaks(since)).toEqual([]);
});

test('jobs that fail: neither in the log nor in what graphile-worker keeps of them', async () => {
  const since = system.lines.length;
  const refuse = `constraint refuse_her check (name is distinct from 'Zubeida Quttainah')`;
  await system.database.pool.query(`alter table app_public.order_contacts add ${refuse} not valid`);
  try {
    await system.webhook(820000005, customerPayload(person));
    const failed = await system.workUntil<{ last_error: string }>(
      'the job to fail',
      `select last_error from graphile_worker._private_jobs
       where last_error like '%violates check constraint%'`,
    );
    expect(findWords([{ table: 'jobs', text: failed.last_error }], words)).toEqual([]);
    expect(leaks(since)).toEqual([]);
    expect(system.lines.slice(since).join('')).toContain('Failed task');
  } finally {
    await system.database.pool.query(
      'alter table app_public.order_contacts drop constraint refuse_her',
    );
  }
});

const place = `mutation Place($input: PlaceOrderInput!) {
  placeOrder(input: $input) { order { id } } }`;
const correct = `mutation Correct($input: CorrectShipToInput!) {
  correctShipTo(input: $input) { order { id } } }`;
const goods = {
  storeId: 2,
  paymentMode: 'PREPAID',
  items: [{ title: 'Saree', quantity: 1, unitPrice: 1 }],
  total: 1,
};
const shipTo = { name: 'Zubeida Quttainah', phone: '97470 12345', address1: '77 Peacock Alley' };

test('GraphQL variables, in requests that succeed and in such that fail', async () => {
  const since = system.lines.length;
  const placed = await system.graphql('owner', place, {
    input: { ...goods, shipTo },
  });
  const order = placed.data?.placeOrder?.order as { id: string };
  const answers = [
    await system.graphql('owner', correct, {
      input: { orderId: order.id, address: shipTo, reason: 'Zubeida moved to Peacock Alley' },
    }),
    // A field that there is not: the error quotes the whole input.
    await system.graphql('owner', place, {
      input: { ...goods, shipTo: { ...shipTo, phoneE164: '9747012345' } },
    }),
    // A value of the wrong type, which the error quotes.
    await system.graphql('owner', place, {
      input: { ...goods, storeId: 'Zubeida', shipTo },
    }),
    await system.graphql('owner', correct, {
      input: { orderId: 'Zubeida Quttainah', address: shipTo, reason: 'moved' },
    }),
    // An address that is no object of this form.
    await system.graphql('owner', correct, {
      input: { orderId: order.id, address: { Zubeida: '9747012345' }, reason: 'moved' },
    }),
    await system.graphql('owner', correct, { input: { phone: 'Zubeida' } }),
  ];
  const refused = answers.map(({ errors }) => errors !== undefined);
  expect(refused).toEqual([false, true, true, true, true, true]);
  expect(leaks(since)).toEqual([]);
});

test('an unexpected error has its id in the log, and not what it was about', async () => {
  const since = system.lines.length;
  const { pool } = system.database;
  // A fault that nobody has foreseen, with the data in message, detail, hint and context.
  await pool.query(`
    create function app_hidden.stumble() returns trigger language plpgsql as $stumble$
    declare n integer;
    begin
      begin n := new.name; end;
      return new;
    end $stumble$;
    create trigger order_contacts_199_stumble before insert on app_public.order_contacts
      for each row when (new.city = 'Stumbledom') execute function app_hidden.stumble()`);
  await pool.query(`
    create unique index stumble on app_public.order_contacts (merchant_id, name)
      where city = 'Twindom'`);
  const twin = { ...goods, shipTo: { ...shipTo, city: 'Twindom' } };
  await system.graphql('owner', place, { input: twin });
  const answers = [
    await system.graphql('owner', place, { input: twin }),
    await system.graphql('owner', place, {
      input: { ...goods, shipTo: { ...shipTo, city: 'Stumbledom' } },
    }),
  ];
  expect(answers[0]?.errors?.[0]?.extensions).toMatchObject({ code: 'INTERNAL' });
  expect(answers[1]?.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT' });
  const log = system.lines.slice(since).join('');
  expect(log).toContain(String(answers[0]?.errors?.[0]?.extensions.errorId));
  expect(log).toContain('23505');
  expect(leaks(since)).toEqual([]);
});
