import { afterAll, beforeAll } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { testLints } from './catalogue.ts';
import type { Lint } from './catalogue.ts';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase();
});
afterAll(() => database.drop());

const lints: Lint[] = [
  {
    name: 'every workflow begins in exactly one status',
    sql: `select w.workflow as problem from app_public.workflows w
     left join app_public.workflow_statuses s on s.workflow = w.workflow and s.is_initial
     group by w.workflow having count(s.status) <> 1`,
    offender: `insert into app_public.workflows values ('planted', 'shipment', null, 'planted')`,
  },
  {
    name: 'a status is terminal if and only if nothing leads out of it',
    sql: `select s.workflow || ' ' || s.status as problem from app_public.workflow_statuses s
     where s.is_terminal = exists (
       select from app_public.workflow_transitions t
       where t.workflow = s.workflow and t.from_status = s.status)`,
    offender: `update app_public.workflow_statuses set is_terminal = true where status = 'accepted'`,
  },
  {
    name: 'every status but the first can be reached, and nothing leads into the first',
    sql: `select s.workflow || ' ' || s.status as problem from app_public.workflow_statuses s
     where s.is_initial = exists (
       select from app_public.workflow_transitions t
       where t.workflow = s.workflow and t.to_status = s.status)`,
    offender: `delete from app_public.workflow_transitions where to_status = 'accepted'`,
  },
  {
    name: 'every status of a workflow is in the list of words of its subject',
    sql: `select s.workflow || ' ' || s.status as problem from app_public.workflow_statuses s
     join app_public.workflows w using (workflow)
     where not exists (
       select from app_public.order_statuses o where w.subject = 'order' and o.status = s.status)
     and not exists (
       select from app_public.shipment_statuses p
       where w.subject = 'shipment' and p.status = s.status)`,
    offender: `insert into app_public.workflow_statuses (workflow, status, position, is_initial, is_terminal)
      select workflow, 'planted', 99, false, true from app_public.workflows limit 1`,
  },
  {
    name: 'no order goes back to a status that comes before',
    sql: `select t.workflow || ' ' || t.from_status || ' ' || t.to_status as problem
     from app_public.workflow_transitions t
     join app_public.workflow_statuses f on (f.workflow, f.status) = (t.workflow, t.from_status)
     join app_public.workflow_statuses n on (n.workflow, n.status) = (t.workflow, t.to_status)
     where n.position <= f.position
       and (t.from_status, t.to_status) <> ('undelivered', 'out_for_delivery')`,
    offender: `insert into app_public.workflow_transitions
      select (jsonb_populate_record(t, '{"from_status": "packing", "to_status": "accepted"}')).*
      from app_public.workflow_transitions t
      where t.workflow = 'shipping' and t.from_status = 'accepted' and t.to_status = 'packing'`,
  },
  {
    name: 'every cancellation of an order requires a reason',
    sql: `select t.workflow || ' ' || t.from_status as problem from app_public.workflow_transitions t
     where t.workflow <> 'parcel' and t.to_status = 'cancelled'
       and not 'reason' = any (t.required_inputs)`,
    offender: `update app_public.workflow_transitions set required_inputs = '{}' where to_status = 'cancelled'`,
  },
  {
    name: 'every kind of effect has a task, and is caused by something or follows another',
    sql: `select k.kind as problem from app_public.effect_kinds k
     where k.task = '' or k.kind not in ('fetch_label', 'act_on_ndr') and k.scope <> 'merchant_day' and not exists (
       select from app_public.transition_tasks t where t.effect_kind = k.kind)`,
    offender: `delete from app_public.transition_tasks`,
  },
];

testLints(() => database, lints);
