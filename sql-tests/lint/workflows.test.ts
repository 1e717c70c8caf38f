import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { problems } from './catalogue.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const asserts: [name: string, sql: string][] = [
  [
    'every workflow begins in exactly one status',
    `select w.workflow as problem from app_public.workflows w
     left join app_public.workflow_statuses s on s.workflow = w.workflow and s.is_initial
     group by w.workflow having count(s.status) <> 1`,
  ],
  [
    'a status is terminal if and only if nothing leads out of it',
    `select s.workflow || ' ' || s.status as problem from app_public.workflow_statuses s
     where s.is_terminal = exists (
       select from app_public.workflow_transitions t
       where t.workflow = s.workflow and t.from_status = s.status)`,
  ],
  [
    'every status but the first can be reached, and nothing leads into the first',
    `select s.workflow || ' ' || s.status as problem from app_public.workflow_statuses s
     where s.is_initial = exists (
       select from app_public.workflow_transitions t
       where t.workflow = s.workflow and t.to_status = s.status)`,
  ],
  [
    'every status of a workflow is in the list of words of its subject',
    `select s.workflow || ' ' || s.status as problem from app_public.workflow_statuses s
     join app_public.workflows w using (workflow)
     where not exists (
       select from app_public.order_statuses o where w.subject = 'order' and o.status = s.status)
     and not exists (
       select from app_public.shipment_statuses p
       where w.subject = 'shipment' and p.status = s.status)`,
  ],
  [
    'no order goes back to a status that comes before',
    `select t.workflow || ' ' || t.from_status || ' ' || t.to_status as problem
     from app_public.workflow_transitions t
     join app_public.workflow_statuses f on (f.workflow, f.status) = (t.workflow, t.from_status)
     join app_public.workflow_statuses n on (n.workflow, n.status) = (t.workflow, t.to_status)
     where n.position <= f.position
       and (t.from_status, t.to_status) <> ('undelivered', 'out_for_delivery')`,
  ],
  [
    'every cancellation of an order requires a reason',
    `select t.workflow || ' ' || t.from_status as problem from app_public.workflow_transitions t
     where t.workflow <> 'parcel' and t.to_status = 'cancelled'
       and not 'reason' = any (t.required_inputs)`,
  ],
  [
    'every kind of effect has a task, and is caused by something or follows another',
    `select k.kind as problem from app_public.effect_kinds k
     where k.task = '' or k.kind <> 'fetch_label' and not exists (
       select from app_public.transition_tasks t where t.effect_kind = k.kind)`,
  ],
];

test.each(asserts)('%s', async (_name, sql) => {
  expect(await problems(database.pool, sql)).toEqual([]);
});
