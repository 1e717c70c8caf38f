/** The statements whose plans are kept: what runs for each click, each job and each tick. */
import type pg from 'pg';
import { orderCardFragment } from '../../dashboard/src/features/board/board.graphql.ts';
import { orderQuery } from '../../dashboard/src/features/order/order.graphql.ts';
import { one, value } from '../../sql-tests/support/query.ts';
import { placeholder } from '../graphql/operations.ts';
import type { BenchOperation } from '../graphql/operations.ts';

export type HotOperation = BenchOperation & { about: string };

export interface HotCall {
  name: string;
  about: string;
  /** As the worker's login runs it. */
  text: string;
  values: unknown[];
}

const page = (name: string, filter: string, orderBy = '') => /* GraphQL */ `
  query ${name}($value: String) {
    orders(first: 50, filter: ${filter}${orderBy}) {
      nodes { ...OrderCard }
    }
  }
  ${orderCardFragment}
`;

/** Through GraphQL, as the dashboard asks. */
export async function hotOperations(admin: pg.Client): Promise<HotOperation[]> {
  const store = await value<number>(
    admin,
    `select id as value from app_public.stores where merchant_id = 1 and workflow = 'shipping'`,
  );
  const known = await one<{ number: string; phone: string; awb: string }>(
    admin,
    `select o.number::text as number, right(c.phone_e164, 6) as phone, o.tracking_code as awb
     from app_public.orders_current o
     join app_public.order_contacts c on c.merchant_id = o.merchant_id and c.order_id = o.id and c.version = o.ship_to_version
     where o.merchant_id = 1 and o.tracking_code is not null and c.phone_e164 is not null
     order by o.id limit 1`,
  );
  const search = (what: string, text: string): HotOperation => ({
    name: `Search by ${what}`,
    about: 'search_orders() finds the orders; what it found is read by primary key.',
    query: page('Search', '{ search: $value }').replace('String)', 'String!)'),
    variables: [{ value: text }],
  });
  const counts = `query Counts($storeId: Int!) { orderCounts(storeId: $storeId) { needingAttention byStatus { status count } } }`;
  const board = `query Board($storeId: Int!) { orders(first: 50, filter: { storeId: $storeId, statuses: [PACKING] }) {
      nodes { ...OrderCard } } } ${orderCardFragment}`;
  const exceptions = `query Exceptions($storeId: Int!) { store(id: $storeId) {
      orders(first: 50, orderBy: LONGEST_ATTENTION_FIRST) { nodes { ...OrderCard } } } } ${orderCardFragment}`;
  return [
    {
      name: 'Board page',
      about: 'One column of the board: a page of 50 orders of a store in one status.',
      query: board,
      variables: [{ storeId: store }],
    },
    {
      name: 'Counts',
      about:
        'How many orders of a store are in each status and how many need attention; kept by the dispatcher, never counted.',
      query: counts,
      variables: [{ storeId: store }],
    },
    {
      name: 'Exceptions queue',
      about: 'What needs a human, the longest waiting first.',
      query: exceptions,
      variables: [{ storeId: store }],
    },
    {
      name: 'Order with events and boxes',
      about: 'The page of one order.',
      query: orderQuery.text,
      variables: [{ id: placeholder.order }],
    },
    search('number', `#${known.number}`),
    search('name', 'lakshmi nair'),
    search('phone', known.phone),
    search('AWB', known.awb),
  ];
}

/** Inside app_private, as worker and server ask. */
export async function hotCalls(admin: pg.Client): Promise<HotCall[]> {
  const effect = await one<{ merchant: number; subject: string; kind: string }>(
    admin,
    `select merchant_id as merchant, subject_id as subject, kind from app_public.effects
     where merchant_id = 1 and status = 'intent' order by created_at desc limit 1`,
  );
  return [
    {
      name: 'Dispatch',
      about:
        'Each tick of the dispatcher: the events past its cursor, the jobs they cause, the counts.',
      text: 'select app_private.dispatch_events()',
      values: [],
    },
    {
      name: 'Claim',
      about: 'What a task does first: the lease on its effect, and all it must know.',
      text: 'select app_private.claim_effect($1, $2, $3, $4)',
      values: [effect.merchant, effect.subject, effect.kind, 'plans'],
    },
    {
      name: 'Live events',
      about: 'What each server process reads when the dispatcher has woken it.',
      text: 'select * from app_private.live_events((select position - 100 from app_private.live_position()))',
      values: [],
    },
    {
      name: 'Tracking poll',
      about: 'Which parcels on their way are due to be asked for.',
      text: 'select * from app_private.shipments_to_track()',
      values: [],
    },
  ];
}
