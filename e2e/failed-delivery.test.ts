/** Parcels that nobody took: what the shop decides, and what the carriers make of it. */
import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';
import { codOrder } from '../channels/shopify/samples.ts';
import { only, untilOrder } from './carrier-books.ts';
import { startInOneProcess } from './one-process.ts';
import type { GraphQLAnswer, OneProcess } from './one-process.ts';

let all: OneProcess;
beforeAll(async () => {
  // More than a second, because scans of one second may be told in any order; and a parcel that was not
  // delivered waits for five of them.
  all = await startInOneProcess({ parcelStepMs: 1050, failureSteps: 5 });
}, 60_000);
afterAll(() => all.close());
beforeEach(() => all.sandbox.faults.clear());

let orders = 9500;

/** The last six digits of the phone decide the parcel's fate: see the sandbox's README. */
async function place(fate: string): Promise<number> {
  orders += 1;
  const address = { ...codOrder.shipping_address, phone: `+919847${fate}` };
  expect(await all.webhook(orders, { shipping_address: address })).toBe(200);
  return orders;
}

const undelivered = (id: number) =>
  untilOrder(
    all,
    id,
    'undelivered',
    `exists (select from app_public.ndr_cases c where c.shipment_id = s.id)`,
  );

async function decide(shipment: string, decision: object): Promise<GraphQLAnswer> {
  const { rows } = await all.database.pool.query<{ id: string }>(
    'select id from app_public.ndr_cases where shipment_id = $1 order by attempt desc limit 1',
    [shipment],
  );
  return all.graphql(
    'staff',
    `mutation ($input: ActOnNdrInput!) {
      actOnNdr(input: $input) { ndrCase { status action deadlineAt shipment { awb } } }
    }`,
    { input: { caseId: rows[0]?.id, ...decision } },
  );
}

const accepted = (id: number) =>
  untilOrder(
    all,
    id,
    'one whose carrier knows the decision',
    `exists (select from app_public.ndr_cases c
      where c.shipment_id = s.id and c.accepted_at is not null)`,
  );

test('Shiprocket is told of the new phone and address, and delivers', async () => {
  await only(all, 'shiprocket');
  const id = await place('770001');
  const { shipment, awb } = await undelivered(id);
  const address = '14 Palm Grove, behind the temple';
  const { errors, data } = await decide(shipment, {
    action: 'RE_ATTEMPT',
    phone: '98470 55555',
    address,
  });
  expect(errors).toBeUndefined();
  expect(data?.['actOnNdr']).toMatchObject({ ndrCase: { status: 'ACTED', shipment: { awb } } });
  await accepted(id);
  const order = all.sandbox.books.shiprocket.byAwb.get(awb ?? '');
  expect(order?.ndr?.actions).toMatchObject([{ action: 're-attempt', address }]);
  expect(order?.phone).toContain('9847055555');
  await untilOrder(all, id, 'delivered', `o.status = 'delivered'`);
}, 90_000);

test('Delhivery takes the wish into its queue, with the new phone, and says later that it is done', async () => {
  await only(all, 'delhivery');
  const id = await place('770001');
  const { shipment, awb } = await undelivered(id);
  expect((await decide(shipment, { action: 'RE_ATTEMPT', phone: '9847055555' })).errors).toBe(
    undefined,
  );
  await all.workUntil(
    'the wish to be queued',
    `select from app_public.effects e where e.kind = 'act_on_ndr' and e.shipment_id = $1
       and (e.memory is not null or e.status = 'confirmed')`,
    [shipment],
  );
  const parcel = all.sandbox.books.parcels.get(awb ?? '');
  expect(parcel?.phone).toBe('9847055555');
  expect(parcel?.ndrRequests).toMatchObject([{ act: 'RE-ATTEMPT' }]);
  const asked = await all.workUntil<{ calls: number }>(
    'the answer',
    `with due as (
       update app_public.effects set due_at = now(), sweep_at = now()
       where kind = 'act_on_ndr' and status in ('intent', 'sending') and leased_by is null
     )
     select count(*)::integer as calls from app_public.carrier_calls
     where operation = 'ndr_action' and service = 'delhivery' having (
       select accepted_at is not null or status = 'closed' from app_public.ndr_cases
       where shipment_id = $1 order by attempt limit 1)`,
    [shipment],
  );
  expect(asked.calls).toBe(1);
  await untilOrder(all, id, 'delivered', `o.status = 'delivered'`);
}, 90_000);

test('Blue Dart has to be called: only what was agreed can be noted', async () => {
  await only(all, 'bluedart');
  const id = await place('770001');
  const { shipment } = await undelivered(id);
  const refused = await decide(shipment, { action: 'RE_ATTEMPT' });
  expect(refused.errors?.[0]?.extensions).toMatchObject({ code: 'INVALID_INPUT', field: 'action' });
  const noted = await decide(shipment, { action: 'BY_HAND', note: 'They try again tomorrow.' });
  expect(noted.errors).toBeUndefined();
  await untilOrder(all, id, 'delivered', `o.status = 'delivered'`);
}, 90_000);

test.each(['delhivery', 'shiprocket'] as const)(
  'a parcel that %s is told to bring back is returned',
  async (carrier) => {
    await only(all, carrier);
    const id = await place('770001');
    const { shipment } = await undelivered(id);
    expect((await decide(shipment, { action: 'RETURN' })).errors).toBeUndefined();
    await accepted(id);
    await untilOrder(all, id, 'returned', `o.status = 'returned' and s.status = 'returned'`);
  },
  90_000,
);
