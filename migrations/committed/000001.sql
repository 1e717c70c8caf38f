--! Previous: -
--! Hash: sha1:8d6d0c77923929fad6ed67603048916a47a6e347

--! Included schema.sql
-- The database, table of contents. Each domain's manifest lists its files in the order they depend on
-- one another: tables, data, functions, triggers, access.
--! Included common/common.sql
--! Included common/schemas.sql
-- app_public: what the API shows, row-level security on every table.
-- app_hidden: helpers that policies and exposed functions need.
-- app_private: secrets, queues and the functions of the workers.
create schema if not exists app_public;
create schema if not exists app_hidden;
create schema if not exists app_private;

comment on schema app_public is 'What the API and DBAs see. Row-level security on every table.';
comment on schema app_hidden is 'Helpers of policies, triggers and exposed functions. Not shown by the API.';
comment on schema app_private is 'Secrets, queues and the functions that workers call.';

grant usage on schema app_public
  to waybill_member, waybill_customer, waybill_worker, waybill_readonly, waybill_server;
grant usage on schema app_hidden
  to waybill_member, waybill_customer, waybill_worker, waybill_readonly, waybill_server;
grant usage on schema app_private to waybill_worker;

alter default privileges revoke execute on functions from public;
--! EndIncluded common/schemas.sql
--! Included common/tables/domains.sql
-- Rules of single values that never change are domains: they are checked when a value comes in. A table's
-- check constraints are read and run again at every update of its row, which on orders_current cost a
-- fifth of a transition.
create domain app_public.amount_minor as bigint
  constraint amount_minor_not_negative check (value >= 0);
comment on domain app_public.amount_minor is 'An amount in the minor unit of its currency (paise), not negative.';

create domain app_public.payment_mode as text
  constraint payment_mode_is_known check (value in ('prepaid', 'cod'));
comment on domain app_public.payment_mode is 'prepaid: nothing to collect. cod: cash on delivery.';
--! EndIncluded common/tables/domains.sql
--! Included common/tables/detached_months.sql
-- One row is one month whose events and audit rows are kept in tables of their own in app_private, apart
-- from the log.
create table app_private.detached_months (
  month date not null,
  from_id uuid not null,
  below_id uuid not null,
  events bigint not null,
  detached_at timestamptz not null default now(),
  constraint detached_months_pkey primary key (month),
  constraint detached_months_begins_on_the_first check (extract(day from month) = 1)
);
comment on table app_private.detached_months is
  'The months that app_private.detach_month() took out of the log: their orders can be read, and change no more.';
comment on column app_private.detached_months.from_id is 'The first order id that can be of this month.';
comment on column app_private.detached_months.below_id is 'The first order id of the next month.';
--! EndIncluded common/tables/detached_months.sql
--! Included common/functions/uuid_v7.sql
-- Time-ordered ids. PostgreSQL 18 has uuidv7(); 15 to 17 do not, and one way for all is simpler.
create or replace function app_hidden.uuid_v7()
returns uuid
language sql volatile parallel safe
return encode(
  set_bit(
    set_bit(
      overlay(
        uuid_send(gen_random_uuid())
        placing substring(int8send(floor(extract(epoch from clock_timestamp()) * 1000)::bigint) from 3)
        from 1 for 6
      ),
      52, 1
    ),
    53, 1
  ),
  'hex'
)::uuid;
comment on function app_hidden.uuid_v7() is
  'A new UUIDv7 (RFC 9562): 48 bits of Unix milliseconds, the rest random.';

-- The smallest UUIDv7 that can have been made at a moment: the bound of a month's partition.
create or replace function app_hidden.uuid_v7_floor(at timestamptz)
returns uuid
language sql immutable strict parallel safe
set search_path to pg_catalog, pg_temp
as $$
  select (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || repeat('0', 20))::uuid
$$;
comment on function app_hidden.uuid_v7_floor(timestamptz) is
  'The lower bound of all UUIDv7 made at or after a moment.';

grant execute on function app_hidden.uuid_v7() to waybill_member, waybill_worker;
grant execute on function app_hidden.uuid_v7_floor(timestamptz) to waybill_member;
--! EndIncluded common/functions/uuid_v7.sql
--! Included common/functions/refuse.sql
-- The one way to say no. The code is one of docs/error-codes.md; the facts travel in DETAIL as JSON and
-- reach a GraphQL client as errors[].extensions. Never put personal data into either.
create or replace function app_hidden.refuse(code text, message text, facts jsonb default '{}')
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  raise exception using errcode = code, message = message, detail = facts::text;
end
$$;
comment on function app_hidden.refuse(text, text, jsonb) is
  'Raises one of the WB errors with its facts. Errors: the given code.';

grant execute on function app_hidden.refuse(text, text, jsonb) to waybill_member, waybill_customer;
--! EndIncluded common/functions/refuse.sql
--! Included common/functions/trimmed.sql
-- btrim() alone takes a tab or a line break for a text. (Before PostgreSQL 16, '\v' is the letter v.)
create or replace function app_hidden.trimmed(words text)
returns text
language sql immutable parallel safe
return btrim(coalesce(words, ''), E' \t\r\n\f\x0b');
comment on function app_hidden.trimmed(text) is 'A text without white space around it; empty for null.';
grant execute on function app_hidden.trimmed(text) to waybill_member;
--! EndIncluded common/functions/trimmed.sql
--! Included common/functions/searchable.sql
-- What people type and what was written down meet here: without accents and joiners, in lower case, with one
-- space for whatever is no letter and no digit. Emoji count as such spaces. NFKD also takes apart the vowels
-- of Malayalam that can be written in two ways.
create or replace function app_hidden.searchable(words text)
returns text
language sql immutable parallel safe strict
return btrim(regexp_replace(
  lower(regexp_replace(normalize(words, NFKD), '[\u0300-\u036f\u200b-\u200d\ufe0f]', '', 'g')),
  '[\u0001-\u002f\u003a-\u0040\u005b-\u0060\u007b-\u00bf\u2000-\u206f\u2300-\u2bff\U0001f000-\U0001faff]+', ' ', 'g'
));
comment on function app_hidden.searchable(text) is
  'A text as it is compared in a search: no accents, no case, no punctuation, no emoji.';
--! EndIncluded common/functions/searchable.sql
--! Included common/functions/actor.sql
-- Who is acting, from the transaction's claims. A used custom setting reads '' and not null. Bodies in
-- the standard form are bound at creation, so they need no search_path, and are inlined into every policy.
create or replace function app_hidden.current_merchant_id()
returns integer
language sql stable parallel safe
return nullif(current_setting('jwt.claims.merchant_id', true), '')::integer;
comment on function app_hidden.current_merchant_id() is 'The merchant this transaction acts for, or null.';

create or replace function app_hidden.current_member_id()
returns integer
language sql stable parallel safe
return nullif(current_setting('jwt.claims.member_id', true), '')::integer;
comment on function app_hidden.current_member_id() is 'The signed-in member of this transaction, or null.';

create or replace function app_hidden.current_actor_id()
returns text
language sql stable
return coalesce(nullif(current_setting('jwt.claims.member_id', true), ''), session_user);
comment on function app_hidden.current_actor_id() is
  'Who writes an event: the member''s id, or the name of the database login.';

create or replace function app_hidden.current_session_id()
returns uuid
language sql stable parallel safe
return nullif(current_setting('jwt.claims.session_id', true), '')::uuid;
comment on function app_hidden.current_session_id() is 'The session this transaction belongs to, or null.';

-- owner, manager, staff: a member. system, carrier: a worker. dba: a psql session without claims.
-- The application's logins always carry claims; without them they are nobody.
create or replace function app_hidden.current_actor_role()
returns text
language sql stable
return coalesce(
  nullif(current_setting('jwt.claims.role', true), ''),
  case when session_user in ('waybill_server', 'waybill_worker') then 'nobody' else 'dba' end
);
comment on function app_hidden.current_actor_role() is
  'The role the workflow tables are asked about: owner, manager, staff, system, carrier or dba.';

-- One tenant and one role a transaction: the only place where workers set the claims.
create or replace function app_hidden.act_for(merchant_id integer, actor_role text default 'system')
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  perform set_config('jwt.claims.merchant_id', act_for.merchant_id::text, true),
    set_config('jwt.claims.role', act_for.actor_role, true),
    set_config('jwt.claims.member_id', '', true);
end
$$;
comment on function app_hidden.act_for(integer, text) is
  'Makes this transaction act for one merchant as the system or a carrier.';

-- For what a member does before a request could act as them: setting a password.
create or replace function app_hidden.act_as_member(merchant_id integer, member_id integer, session_id uuid)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  perform set_config('jwt.claims.merchant_id', act_as_member.merchant_id::text, true),
    set_config('jwt.claims.member_id', act_as_member.member_id::text, true),
    set_config('jwt.claims.session_id', coalesce(act_as_member.session_id::text, ''), true),
    set_config('jwt.claims.role', m.role, true)
  from app_public.members m
  where m.merchant_id = act_as_member.merchant_id and m.id = act_as_member.member_id;
end
$$;
comment on function app_hidden.act_as_member(integer, integer, uuid) is
  'Makes this transaction act as a member, with their present role.';

grant execute on function app_hidden.current_merchant_id()
  to waybill_member, waybill_customer, waybill_worker, waybill_readonly;
grant execute on function app_hidden.current_member_id()
  to waybill_member, waybill_customer, waybill_worker, waybill_readonly;
grant execute on function app_hidden.current_actor_role() to waybill_member, waybill_worker;
--! EndIncluded common/functions/actor.sql
--! Included common/functions/partitions.sql
-- order_events and audit_log are partitioned by month through their time-ordered ids, so that an order's
-- events stay together and (order, seq) is unique across all partitions. There is no default partition:
-- a missing month is an error, not a slow table.

-- A partition bears its bounds as a check too: it can be detached and attached without being read. It is
-- closed to whoever names it: statement triggers of the parent do not fire for the partition, so an event
-- inserted there would be numbered and never projected.
create or replace function app_hidden.add_partition(parent text, month timestamptz)
returns void
language plpgsql volatile
set timezone to 'UTC'
set search_path to pg_catalog, pg_temp
as $$
declare
  partition text := parent || to_char(month, '_YYYY_MM');
  key text := case parent when 'audit_log' then 'id' else 'order_id' end;
  from_id uuid := app_hidden.uuid_v7_floor(month);
  below_id uuid := app_hidden.uuid_v7_floor(month + interval '1 month');
begin
  execute format(
    'create table app_public.%I partition of app_public.%I (constraint %I check (%I >= %L and %I < %L)) '
    'for values from (%L) to (%L)',
    partition, parent, parent || '_of_its_month', key, from_id, key, below_id, from_id, below_id
  );
  execute format('alter table app_public.%I enable row level security', partition);
  execute format('alter table app_public.%I force row level security', partition);
  execute format(
    'create policy owner_all on app_public.%I to waybill_owner using (true) with check (true)', partition
  );
  execute format(
    'create trigger %I before insert or update or delete or truncate on app_public.%I for each statement '
    'execute function app_hidden.refuse_change(%L)',
    parent || '_130_not_by_itself', partition, 'rows are only ever added, and to the whole table'
  );
end
$$;
comment on function app_hidden.add_partition(text, timestamptz) is
  'Creates the partition of a month, with everything that protects it.';

-- Security definer: housekeeping runs as waybill_worker, and only the owner may create tables.
create or replace function app_private.create_partitions(
  months_ahead integer default 3, months_back integer default 1
)
returns integer
language plpgsql volatile security definer
set timezone to 'UTC'
set search_path to pg_catalog, pg_temp
as $$
declare
  created integer;
begin
  perform app_hidden.add_partition(p.parent, p.month)
  from (
    select t.parent, m.month
    from unnest(array['order_events', 'audit_log']) t (parent), generate_series(
      date_trunc('month', now(), 'UTC') - months_back * interval '1 month',
      date_trunc('month', now(), 'UTC') + months_ahead * interval '1 month',
      interval '1 month'
    ) m (month)
  ) p
  where to_regclass('app_public.' || p.parent || to_char(p.month, '_YYYY_MM')) is null;
  get diagnostics created = row_count;
  return created;
end
$$;
comment on function app_private.create_partitions(integer, integer) is
  'Creates the monthly partitions from so many months back to so many ahead; returns how many were new.';

grant execute on function app_private.create_partitions(integer, integer) to waybill_worker;
--! EndIncluded common/functions/partitions.sql
--! Included common/functions/months.sql
-- An old month can be taken out of the log, with its audit rows, and put back: both are a matter of
-- milliseconds, because each partition bears its bounds as a check of its own from the day it was made.
-- The tables move to app_private; an empty partition that refuses every row stays in their place, so that
-- a late event gets a listed error and not a missing partition. All of it is for administrators.

-- Orders whose events are not in the log at present: nothing can be said about them.
create or replace function app_hidden.is_detached(order_id uuid)
returns boolean
language sql stable parallel safe
return exists (
  select from app_private.detached_months d
  where is_detached.order_id >= d.from_id and is_detached.order_id < d.below_id
);
comment on function app_hidden.is_detached(uuid) is 'Whether the month of an order was detached.';

create or replace function app_hidden.refuse_detached()
returns trigger
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  perform app_hidden.refuse('WB006', 'The month of this order was detached: it can be read and changes no more.',
    jsonb_build_object('orderId', to_jsonb(new) ->> 'order_id'));
  return null;
end
$$;
comment on function app_hidden.refuse_detached() is
  'Trigger: refuses whatever is written into a month that was detached. Errors: WB006.';

-- Only a month that is over and whose orders have ended, with no work left and nothing to dispatch.
create or replace function app_hidden.check_detachable(month date, from_id uuid, below_id uuid)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
  going_on bigint;
begin
  if month is null or extract(day from month) <> 1 or month >= date_trunc('month', now() at time zone 'UTC') then
    perform app_hidden.refuse('WB004', 'Name a month that is over, by its first day.', '{"field": "month"}');
  end if;
  if exists (select from app_private.detached_months d where d.month = check_detachable.month)
    or to_regclass('app_public.order_events' || to_char(month, '_YYYY_MM')) is null then
    perform app_hidden.refuse('WB007', 'The log has no such month.', '{"field": "month"}');
  end if;
  select count(*) into going_on from app_public.orders_current o
  where o.id >= from_id and o.id < below_id and (
    not exists (
      select from app_public.workflow_statuses s
      where s.workflow = o.workflow and s.status = o.status and s.is_terminal
    ) or exists (
      select from app_public.effects f
      where f.merchant_id = o.merchant_id and f.order_id = o.id and f.status in ('intent', 'sending')
    )
  );
  if going_on > 0 then
    perform app_hidden.refuse('WB001', 'Some orders of this month have not ended, or still have work to be done.',
      jsonb_build_object('field', 'month', 'orders', going_on));
  end if;
  perform from app_public.order_events e
  join app_private.dispatch_cursor c on e.xact_id >= c.next_xact and e.recorded_at > c.began_at
  where e.order_id >= from_id and e.order_id < below_id;
  if found then
    perform app_hidden.refuse('WB002', 'Some events of this month were not dispatched yet: try again.',
      '{"field": "month"}');
  end if;
end
$$;
comment on function app_hidden.check_detachable(date, uuid, uuid) is
  'Refuses to detach a month in which anything can still happen. Errors: WB001, WB002, WB004, WB007.';

-- Security definer: what it creates belongs to the owner, whoever calls it. The log is locked for the
-- moment of the swap; who cannot get the lock in time gives up, and the next call tries again.
create or replace function app_private.detach_month(month date)
returns bigint
language plpgsql volatile security definer
set timezone to 'UTC'
set search_path to pg_catalog, pg_temp
set lock_timeout to '3s'
as $$
declare
  from_id uuid := app_hidden.uuid_v7_floor(month::timestamptz);
  below_id uuid := app_hidden.uuid_v7_floor(month + interval '1 month');
  parent text;
  partition text;
  events bigint;
begin
  lock table app_public.order_events in share row exclusive mode;
  perform app_hidden.check_detachable(month, from_id, below_id);
  select count(*) into events from app_public.order_events e where e.order_id >= from_id and e.order_id < below_id;
  insert into app_private.detached_months values (month, from_id, below_id, events);
  foreach parent in array array['order_events', 'audit_log'] loop
    partition := parent || to_char(month, '_YYYY_MM');
    execute format('alter table app_public.%I detach partition app_public.%I', parent, partition);
    execute format('alter table app_public.%I set schema app_private', partition);
    perform app_hidden.add_partition(parent, month::timestamptz);
    execute format(
      'create trigger %I before insert on app_public.%I for each row execute function app_hidden.refuse_detached()',
      parent || '_010_detached', partition
    );
  end loop;
  return events;
end
$$;
comment on function app_private.detach_month(date) is
  'Takes a month that is over out of the log and the audit log, into tables of app_private; answers with how many events. Errors: WB001 (orders still going on), WB002 (not dispatched yet), WB004, WB007.';

create or replace function app_private.attach_month(month date)
returns bigint
language plpgsql volatile security definer
set timezone to 'UTC'
set search_path to pg_catalog, pg_temp
set lock_timeout to '3s'
as $$
declare
  detached app_private.detached_months;
  parent text;
  partition text;
begin
  delete from app_private.detached_months d where d.month = attach_month.month returning d.* into detached;
  if not found then
    perform app_hidden.refuse('WB007', 'No such month was detached.', '{"field": "month"}');
  end if;
  foreach parent in array array['order_events', 'audit_log'] loop
    partition := parent || to_char(month, '_YYYY_MM');
    execute format('drop table app_public.%I', partition);
    execute format('alter table app_private.%I set schema app_public', partition);
    execute format(
      'alter table app_public.%I attach partition app_public.%I for values from (%L) to (%L)',
      parent, partition, detached.from_id, detached.below_id
    );
  end loop;
  return detached.events;
end
$$;
comment on function app_private.attach_month(date) is
  'Puts a month back that detach_month() took out; answers with how many events it had. Then verify(). Errors: WB007.';
--! EndIncluded common/functions/months.sql
--! Included common/functions/grant_worker_schema.sql
-- graphile-worker's tables have row-level security on and no policy: only their owner gets through.
-- Workers log in as waybill_worker, which owns nothing, so it is let in by name.
create or replace function app_private.grant_worker_schema()
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  worker_table regclass;
begin
  execute 'grant usage on schema graphile_worker to waybill_worker, waybill_readonly';
  execute 'grant select, insert, update, delete on all tables in schema graphile_worker to waybill_worker';
  execute 'grant select on all tables in schema graphile_worker to waybill_readonly';
  execute 'grant usage on all sequences in schema graphile_worker to waybill_worker';
  execute 'grant execute on all functions in schema graphile_worker to waybill_worker';
  for worker_table in
    select c.oid from pg_class c
    where c.relnamespace = 'graphile_worker'::regnamespace and c.relkind = 'r'
  loop
    execute format('drop policy if exists worker_all on %s', worker_table);
    execute format(
      'create policy worker_all on %s to waybill_worker using (true) with check (true)', worker_table
    );
    execute format('drop policy if exists readonly_reads on %s', worker_table);
    execute format(
      'create policy readonly_reads on %s for select to waybill_readonly using (true)', worker_table
    );
  end loop;
end
$$;
comment on function app_private.grant_worker_schema() is
  'Lets waybill_worker use graphile-worker''s schema; run after each of its migrations.';
--! EndIncluded common/functions/grant_worker_schema.sql
--! EndIncluded common/common.sql
--! Included workflows/workflows.sql
--! Included workflows/tables/workflows.sql
-- One row is one path that a subject (an order, or a shipment) can take.
create table app_public.workflows (
  workflow text not null,
  subject text not null,
  fulfilment_type text,
  description text not null,
  constraint workflows_pkey primary key (workflow),
  constraint workflows_subject_is_known check (subject in ('order', 'shipment')),
  constraint workflows_fulfilment_type_is_known check (
    case subject when 'order' then fulfilment_type in ('shipping', 'pickup') else fulfilment_type is null end
  )
);
comment on table app_public.workflows is
  E'@name workflow\n@lookup\n@behavior -*\nThe paths of orders (automated, shipping, pickup) and of shipments (parcel).';

-- One row is one status that an order can have, in any workflow.
create table app_public.order_statuses (
  status text not null,
  description text not null,
  constraint order_statuses_pkey primary key (status)
);
comment on table app_public.order_statuses is
  E'@enum\n@enumName OrderStatus\n@lookup\nThe statuses of orders over all workflows.';

-- One row is one status that a shipment can have.
create table app_public.shipment_statuses (
  status text not null,
  description text not null,
  constraint shipment_statuses_pkey primary key (status)
);
comment on table app_public.shipment_statuses is
  E'@enum\n@enumName ShipmentStatus\n@lookup\nThe statuses of shipments.';

-- One row is one status of one workflow and what reaching it means.
create table app_public.workflow_statuses (
  workflow text not null,
  status text not null,
  position smallint not null,
  is_initial boolean not null default false,
  is_terminal boolean not null default false,
  guard text,
  stamps text,
  shipping_status text,
  constraint workflow_statuses_pkey primary key (workflow, status),
  constraint workflow_statuses_position_once unique (workflow, position),
  constraint workflow_statuses_stamps_once unique (workflow, stamps),
  constraint workflow_statuses_stamps_is_known check (stamps in ('accepted_at', 'ready_at', 'completed_at')),
  constraint workflow_statuses_shipping_status_is_known check (
    shipping_status in ('shipped', 'delivered', 'returned')
  ),
  constraint workflow_statuses_workflow_fkey foreign key (workflow)
    references app_public.workflows (workflow) on delete cascade
);
comment on table app_public.workflow_statuses is
  E'@lookup\n@behavior -*\nThe statuses of each workflow and what reaching them means.';
comment on column app_public.workflow_statuses.position is 'The order on a board, from first to last.';
comment on column app_public.workflow_statuses.guard is
  'What must hold to enter: see app_hidden.guard_holds().';
comment on column app_public.workflow_statuses.stamps is
  'The time column that is set on first reaching it; each by one status of a workflow.';

-- One row is one allowed move.
create table app_public.workflow_transitions (
  workflow text not null,
  from_status text not null,
  to_status text not null,
  roles text[] not null,
  required_inputs text[] not null default '{}',
  is_guarded boolean not null default false,
  goes_back boolean not null default false,
  constraint workflow_transitions_pkey primary key (workflow, from_status, to_status),
  constraint workflow_transitions_roles_are_known check (
    roles <@ array['owner', 'manager', 'staff', 'system', 'carrier']
  ),
  constraint workflow_transitions_inputs_are_known check (
    required_inputs <@ array['reason', 'tracking_code']
  ),
  constraint workflow_transitions_from_fkey foreign key (workflow, from_status)
    references app_public.workflow_statuses (workflow, status) on delete cascade,
  constraint workflow_transitions_to_fkey foreign key (workflow, to_status)
    references app_public.workflow_statuses (workflow, status) on delete cascade
);
create index workflow_transitions_to_idx on app_public.workflow_transitions (workflow, to_status);
comment on table app_public.workflow_transitions is
  E'@lookup\n@behavior -*\nThe moves that each workflow allows, to whom, and what each requires.';
comment on column app_public.workflow_transitions.is_guarded is
  'Copied from workflow_statuses.guard by trigger, so that the usual move reads one row.';
comment on column app_public.workflow_transitions.goes_back is
  'Says that a move to an earlier position is meant; any other is refused by app_hidden.workflow_faults().';
comment on column app_public.workflow_transitions.required_inputs is
  'reason: a text why. tracking_code: a well-formed tracking code.';
--! EndIncluded workflows/tables/workflows.sql
--! Included workflows/functions/copy_guards.sql
-- workflow_transitions.is_guarded says whether the status that a move leads to has a guard.
create or replace function app_hidden.copy_guards()
returns trigger
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  update app_public.workflow_transitions t set is_guarded = s.guard is not null
  from app_public.workflow_statuses s
  where s.workflow = t.workflow and s.status = t.to_status and t.is_guarded <> (s.guard is not null);
  return null;
end
$$;
comment on function app_hidden.copy_guards() is 'Trigger: keeps workflow_transitions.is_guarded true to the statuses.';
--! EndIncluded workflows/functions/copy_guards.sql
--! Included workflows/triggers/workflows.sql
create or replace trigger workflow_statuses_300_copy_guards
  after insert or update on app_public.workflow_statuses
  for each statement execute function app_hidden.copy_guards();

create or replace trigger workflow_transitions_300_copy_guards
  after insert on app_public.workflow_transitions
  for each statement execute function app_hidden.copy_guards();
--! EndIncluded workflows/triggers/workflows.sql
--! Included workflows/data/workflows.sql
-- The workflows themselves. Adding one is adding rows here.
insert into app_public.workflows (workflow, subject, fulfilment_type, description) values
  ('automated', 'order', 'shipping', 'The workers drive: validate, assign, label, dispatch, deliver.'),
  ('shipping', 'order', 'shipping', 'Staff drive: accept, pack, ship.'),
  ('pickup', 'order', 'pickup', 'Staff drive: accept, prepare, hand over at the counter.'),
  ('parcel', 'shipment', null, 'One box, from plan to door.')
on conflict (workflow) do update set
  subject = excluded.subject, fulfilment_type = excluded.fulfilment_type, description = excluded.description;

insert into app_public.order_statuses (status, description) values
  ('received', 'Came in; not yet looked at.'),
  ('validated', 'Address and phone are usable.'),
  ('assigned', 'Boxes are planned and a carrier is chosen.'),
  ('labelled', 'Every box has its AWB and label.'),
  ('dispatched', 'The carrier has every box.'),
  ('pending', 'Waits for the merchant to accept it.'),
  ('accepted', 'The merchant took it on.'),
  ('packing', 'Being packed.'),
  ('shipped', 'Handed to the carrier.'),
  ('in_progress', 'Being prepared for the counter.'),
  ('ready', 'Waits at the counter.'),
  ('completed', 'The customer collected it.'),
  ('delivered', 'At the customer''s door.'),
  ('cancelled', 'Called off before it left.'),
  ('returned', 'Came back to the merchant.')
on conflict (status) do update set description = excluded.description;

insert into app_public.shipment_statuses (status, description) values
  ('planned', 'Box and carrier are chosen.'),
  ('labelled', 'Has its AWB and label.'),
  ('handed_over', 'The carrier has collected it.'),
  ('in_transit', 'On its way.'),
  ('out_for_delivery', 'With the courier, today.'),
  ('undelivered', 'A delivery attempt failed (NDR).'),
  ('delivered', 'Handed to the customer.'),
  ('rto', 'On its way back to the merchant.'),
  ('returned', 'Back at the merchant.'),
  ('lost', 'The carrier lost it.'),
  ('cancelled', 'Called off before hand-over.')
on conflict (status) do update set description = excluded.description;

insert into app_public.workflow_statuses
  (workflow, status, position, is_initial, is_terminal, guard, stamps, shipping_status)
values
  ('automated', 'received', 1, true, false, null, null, null),
  ('automated', 'validated', 2, false, false, 'usable_ship_to', null, null),
  ('automated', 'assigned', 3, false, false, null, null, null),
  ('automated', 'labelled', 4, false, false, 'shipments_labelled', null, null),
  ('automated', 'dispatched', 5, false, false, 'shipments_handed_over', null, 'shipped'),
  ('automated', 'delivered', 6, false, true, 'shipments_delivered', 'completed_at', 'delivered'),
  ('automated', 'cancelled', 7, false, true, null, null, null),
  ('automated', 'returned', 8, false, true, 'shipments_returned', null, 'returned'),
  ('shipping', 'pending', 1, true, false, null, null, null),
  ('shipping', 'accepted', 2, false, false, null, 'accepted_at', null),
  ('shipping', 'packing', 3, false, false, 'fulfilment_type_shipping', null, null),
  ('shipping', 'shipped', 4, false, false, null, 'ready_at', 'shipped'),
  ('shipping', 'delivered', 5, false, true, null, 'completed_at', 'delivered'),
  ('shipping', 'cancelled', 6, false, true, null, null, null),
  ('shipping', 'returned', 7, false, true, null, null, 'returned'),
  ('pickup', 'pending', 1, true, false, null, null, null),
  ('pickup', 'accepted', 2, false, false, null, 'accepted_at', null),
  ('pickup', 'in_progress', 3, false, false, null, null, null),
  ('pickup', 'ready', 4, false, false, null, 'ready_at', null),
  ('pickup', 'completed', 5, false, true, null, 'completed_at', null),
  ('pickup', 'cancelled', 6, false, true, null, null, null),
  ('parcel', 'planned', 1, true, false, null, null, null),
  ('parcel', 'labelled', 2, false, false, null, null, null),
  ('parcel', 'handed_over', 3, false, false, null, null, null),
  ('parcel', 'in_transit', 4, false, false, null, null, null),
  ('parcel', 'out_for_delivery', 5, false, false, null, null, null),
  ('parcel', 'undelivered', 6, false, false, null, null, null),
  ('parcel', 'delivered', 7, false, true, null, null, null),
  ('parcel', 'rto', 8, false, false, null, null, null),
  ('parcel', 'returned', 9, false, true, null, null, null),
  ('parcel', 'lost', 10, false, true, null, null, null),
  ('parcel', 'cancelled', 11, false, true, null, null, null)
on conflict (workflow, status) do update set
  position = excluded.position, is_initial = excluded.is_initial, is_terminal = excluded.is_terminal,
  guard = excluded.guard, stamps = excluded.stamps, shipping_status = excluded.shipping_status;

insert into app_public.workflow_transitions (workflow, from_status, to_status, roles, required_inputs)
values
  ('automated', 'received', 'validated', '{system,owner,manager,staff}', '{}'),
  ('automated', 'validated', 'assigned', '{system,owner,manager,staff}', '{}'),
  ('automated', 'assigned', 'labelled', '{system,carrier,owner,manager,staff}', '{}'),
  ('automated', 'labelled', 'dispatched', '{system,carrier,owner,manager,staff}', '{}'),
  ('automated', 'dispatched', 'delivered', '{system,carrier,owner,manager,staff}', '{}'),
  ('automated', 'dispatched', 'returned', '{system,carrier,owner,manager,staff}', '{}'),
  ('automated', 'received', 'cancelled', '{system,owner,manager,staff}', '{reason}'),
  ('automated', 'validated', 'cancelled', '{system,owner,manager,staff}', '{reason}'),
  ('automated', 'assigned', 'cancelled', '{system,owner,manager,staff}', '{reason}'),
  ('automated', 'labelled', 'cancelled', '{system,owner,manager,staff}', '{reason}'),
  ('shipping', 'pending', 'accepted', '{owner,manager,staff}', '{}'),
  ('shipping', 'accepted', 'packing', '{owner,manager,staff}', '{}'),
  ('shipping', 'accepted', 'shipped', '{owner,manager,staff}', '{tracking_code}'),
  ('shipping', 'packing', 'shipped', '{owner,manager,staff}', '{tracking_code}'),
  ('shipping', 'shipped', 'delivered', '{carrier,owner,manager,staff}', '{}'),
  ('shipping', 'shipped', 'returned', '{carrier,owner,manager,staff}', '{}'),
  ('shipping', 'pending', 'cancelled', '{system,owner,manager,staff}', '{reason}'),
  ('shipping', 'accepted', 'cancelled', '{system,owner,manager,staff}', '{reason}'),
  ('shipping', 'packing', 'cancelled', '{system,owner,manager,staff}', '{reason}'),
  ('pickup', 'pending', 'accepted', '{owner,manager,staff}', '{}'),
  ('pickup', 'accepted', 'in_progress', '{owner,manager,staff}', '{}'),
  ('pickup', 'in_progress', 'ready', '{owner,manager,staff}', '{}'),
  ('pickup', 'ready', 'completed', '{owner,manager,staff}', '{}'),
  ('pickup', 'pending', 'cancelled', '{system,owner,manager,staff}', '{reason}'),
  ('pickup', 'accepted', 'cancelled', '{system,owner,manager,staff}', '{reason}'),
  ('pickup', 'in_progress', 'cancelled', '{system,owner,manager,staff}', '{reason}'),
  ('pickup', 'ready', 'cancelled', '{system,owner,manager,staff}', '{reason}'),
  ('parcel', 'planned', 'labelled', '{system,owner,manager,staff}', '{}'),
  ('parcel', 'planned', 'cancelled', '{system,carrier,owner,manager,staff}', '{}'),
  ('parcel', 'labelled', 'cancelled', '{system,carrier,owner,manager,staff}', '{}')
on conflict (workflow, from_status, to_status) do update set
  roles = excluded.roles, required_inputs = excluded.required_inputs;

-- Carriers skip scans: once labelled, a parcel may jump forward to any later place on its way; and from planned,
-- when it was booked and its label will not come here, see check_shipment_move().
insert into app_public.workflow_transitions (workflow, from_status, to_status, roles)
select 'parcel', f.status, t.status, '{system,carrier,owner,manager,staff}'::text[]
from app_public.workflow_statuses f
join app_public.workflow_statuses t on t.workflow = f.workflow and t.position > f.position
where f.workflow = 'parcel'
  and f.status in ('planned', 'labelled', 'handed_over', 'in_transit', 'out_for_delivery', 'undelivered', 'rto')
  and t.status in ('handed_over', 'in_transit', 'out_for_delivery', 'undelivered', 'delivered', 'rto',
    'returned', 'lost')
  and not (f.status = 'rto' and t.status = 'delivered')
on conflict (workflow, from_status, to_status) do update set roles = excluded.roles;

-- The one way back: a courier tries again after a failed attempt.
insert into app_public.workflow_transitions (workflow, from_status, to_status, roles, goes_back) values
  ('parcel', 'undelivered', 'out_for_delivery', '{system,carrier,owner,manager,staff}', true)
on conflict (workflow, from_status, to_status) do update set
  roles = excluded.roles, goes_back = excluded.goes_back;

-- What these rows owe their constraint triggers is settled here, before anything alters the tables.
set constraints all immediate;
set constraints all deferred;
--! EndIncluded workflows/data/workflows.sql
--! Included workflows/access/workflows.sql
-- Workflows belong to nobody: they are the same for every merchant, and everybody may read them.
do $$
declare
  lookup regclass;
begin
  foreach lookup in array array[
    'app_public.workflows', 'app_public.workflow_statuses', 'app_public.workflow_transitions',
    'app_public.order_statuses', 'app_public.shipment_statuses'
  ]::regclass[] loop
    execute format('drop policy if exists everybody_reads on %s', lookup);
    execute format(
      'create policy everybody_reads on %s for select to waybill_member, waybill_readonly, waybill_server using (true)',
      lookup
    );
    execute format('grant select on %s to waybill_member, waybill_readonly, waybill_server', lookup);
  end loop;
end
$$;
--! EndIncluded workflows/access/workflows.sql
--! EndIncluded workflows/workflows.sql
--! Included tenants/tenants.sql
--! Included tenants/tables/merchants.sql
-- One row is one merchant: the tenant that owns stores, locations, accounts and members.
create table app_public.merchants (
  id integer generated always as identity,
  name text not null,
  time_zone text not null default 'Asia/Kolkata',
  currency text not null default 'INR',
  morning_at time default '08:00',
  assignment_rule text not null default 'cheapest',
  created_at timestamptz not null default now(),
  constraint merchants_pkey primary key (id),
  constraint merchants_name_not_blank check (btrim(name) <> ''),
  constraint merchants_assignment_rule_is_known check (assignment_rule in ('cheapest', 'fastest', 'priority')),
  constraint merchants_currency_is_iso check (currency ~ '^[A-Z]{3}$'),
  -- An unknown name raises 22023 here, and not in every function that tells the merchant's day.
  constraint merchants_time_zone_is_known check (to_timestamp(0) at time zone time_zone is not null)
);
comment on table app_public.merchants is
  E'@name merchant\n@behavior -query:resource:list -query:resource:connection -query:resource:single\nA merchant: the tenant that owns stores, locations, carrier accounts and members.';
comment on column app_public.merchants.time_zone is 'IANA name; day boundaries and cut-off times are in it.';
comment on column app_public.merchants.currency is 'ISO 4217; amounts are in its minor unit.';
comment on column app_public.merchants.morning_at is
  'From when on, in the merchant''s time zone, the morning digest of open dead letters is sent; null: never.';
comment on column app_public.merchants.assignment_rule is
  'How the carrier of a box is chosen, unless its store has a rule of its own.';
--! EndIncluded tenants/tables/merchants.sql
--! Included tenants/tables/counters.sql
-- One row is the last number given out of one series of a merchant, such as order numbers.
create table app_private.counters (
  merchant_id integer not null,
  series text not null,
  last_number bigint not null,
  constraint counters_pkey primary key (merchant_id, series),
  constraint counters_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade
);
comment on table app_private.counters is 'The last number given out of each series of a merchant.';
--! EndIncluded tenants/tables/counters.sql
--! Included tenants/tables/locations.sql
-- One row is one warehouse or counter that holds stock and hands over parcels.
create table app_public.locations (
  merchant_id integer not null,
  id integer generated always as identity,
  name text not null,
  address text not null,
  city text not null,
  state text not null,
  pincode text not null,
  phone text not null,
  pickup_cutoff_at time not null default '15:00',
  pickup_weekdays smallint[] not null default '{1,2,3,4,5,6}',
  created_at timestamptz not null default now(),
  constraint locations_pkey primary key (merchant_id, id),
  constraint locations_name_once unique (merchant_id, name),
  constraint locations_pincode_is_indian check (pincode ~ '^[1-9][0-9]{5}$'),
  constraint locations_phone_is_e164 check (phone ~ '^\+[1-9][0-9]{7,14}$'),
  constraint locations_pickup_weekdays_are_iso check (
    pickup_weekdays <@ '{1,2,3,4,5,6,7}' and cardinality(pickup_weekdays) > 0
  ),
  constraint locations_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade
);
comment on table app_public.locations is
  E'@name location\nA warehouse or counter that holds stock and hands over parcels.';
comment on column app_public.locations.pickup_cutoff_at is
  'Parcels labelled after this time of day (merchant''s time zone) go with the next day''s carrier pickup.';
comment on column app_public.locations.pickup_weekdays is
  'On which days parcels are handed over: 1 is Monday, 7 is Sunday.';
--! EndIncluded tenants/tables/locations.sql
--! Included tenants/tables/stores.sql
-- One row is one sales channel: a Shopify shop, a web shop, a counter. It chooses its orders' workflow.
create table app_public.stores (
  merchant_id integer not null,
  id integer generated always as identity,
  name text not null,
  channel text not null,
  workflow text not null,
  location_id integer not null,
  shop_domain text,
  assignment_rule text,
  created_at timestamptz not null default now(),
  constraint stores_pkey primary key (merchant_id, id),
  constraint stores_name_once unique (merchant_id, name),
  constraint stores_channel_is_known check (channel in ('shopify', 'web', 'counter')),
  constraint stores_assignment_rule_is_known check (assignment_rule in ('cheapest', 'fastest', 'priority')),
  constraint stores_shopify_has_domain check (channel <> 'shopify' or shop_domain is not null),
  constraint stores_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade,
  constraint stores_workflow_fkey foreign key (workflow)
    references app_public.workflows (workflow) on delete restrict,
  constraint stores_location_fkey foreign key (merchant_id, location_id)
    references app_public.locations (merchant_id, id) on delete restrict
);
create index stores_id_idx on app_public.stores (id);
create index stores_workflow_idx on app_public.stores (workflow);
create index stores_location_idx on app_public.stores (merchant_id, location_id);
comment on table app_public.stores is
  E'@name store\nA sales channel of a merchant; its workflow becomes its orders'' workflow.';
comment on column app_public.stores.location_id is 'Where its orders leave from.';
comment on column app_public.stores.assignment_rule is
  'How the carrier of a box is chosen; null: as the merchant says.';
--! EndIncluded tenants/tables/stores.sql
--! Included tenants/tables/members.sql
-- One row is one role that members may have.
create table app_public.member_roles (
  role text not null,
  description text not null,
  constraint member_roles_pkey primary key (role)
);
comment on table app_public.member_roles is E'@enum\n@enumName MemberRole\n@lookup\nWhat a member may be.';

insert into app_public.member_roles (role, description) values
  ('owner', 'May do everything, and override a status in exceptional cases.'),
  ('manager', 'Runs the operation: moves orders, settles what needs attention.'),
  ('staff', 'Prepares, packs and hands over orders.');

-- One row is one user of a merchant.
create table app_public.members (
  merchant_id integer not null,
  id integer generated always as identity,
  email text not null,
  name text not null,
  role text not null,
  created_at timestamptz not null default now(),
  disabled_at timestamptz,
  constraint members_pkey primary key (merchant_id, id),
  constraint members_email_once unique (merchant_id, email),
  constraint members_email_is_lower check (email = lower(btrim(email)) and email ~ '^[^@\s]+@[^@\s]+$'),
  constraint members_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade,
  constraint members_role_fkey foreign key (role)
    references app_public.member_roles (role) on delete restrict
);
create index members_id_idx on app_public.members (id);
create index members_email_idx on app_public.members (email);
create index members_role_idx on app_public.members (role);
comment on table app_public.members is E'@name member\nA user with a role in a merchant.';
comment on column app_public.members.email is 'The login, in lower case; once per merchant.';
comment on column app_public.members.disabled_at is 'Set: the member can neither sign in nor go on with a session.';

-- One row is the password of one member.
create table app_private.member_passwords (
  merchant_id integer not null,
  member_id integer not null,
  password_hash text not null,
  changed_at timestamptz not null default now(),
  constraint member_passwords_pkey primary key (merchant_id, member_id),
  constraint member_passwords_is_argon2id check (password_hash like '$argon2id$%'),
  constraint member_passwords_member_fkey foreign key (merchant_id, member_id)
    references app_public.members (merchant_id, id) on delete cascade
);
comment on table app_private.member_passwords is 'Argon2id hashes in PHC form.';
--! EndIncluded tenants/tables/members.sql
--! Included tenants/tables/sessions.sql
-- One row is one sign-in of a member and all that follows from it: a family of refresh tokens. Access
-- tokens name it, and each request of the API looks it up, so an ended session is over at once.
create table app_public.sessions (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  member_id integer not null,
  user_agent text not null,
  started_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  expires_at timestamptz not null,
  ended_at timestamptz,
  constraint sessions_pkey primary key (merchant_id, id),
  constraint sessions_user_agent_is_short check (length(user_agent) <= 200),
  constraint sessions_member_fkey foreign key (merchant_id, member_id)
    references app_public.members (merchant_id, id) on delete cascade
);
create index sessions_member_idx on app_public.sessions (merchant_id, member_id);
comment on table app_public.sessions is
  E'@name session\nA sign-in on one device. Members see their own.';
comment on column app_public.sessions.user_agent is 'What the browser called itself, shortened.';
comment on column app_public.sessions.last_used_at is 'Its last sign-in or refresh; accurate to a quarter of an hour.';
comment on column app_public.sessions.expires_at is 'When it ends by itself unless it is used before.';
comment on column app_public.sessions.ended_at is 'Signed out, ended by its member, or for a token that was used twice.';

-- One row is one refresh token that was handed out in a session.
create table app_private.refresh_tokens (
  merchant_id integer not null,
  token_hash bytea not null,
  session_id uuid not null,
  issued_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  constraint refresh_tokens_pkey primary key (merchant_id, token_hash),
  constraint refresh_tokens_session_fkey foreign key (merchant_id, session_id)
    references app_public.sessions (merchant_id, id) on delete cascade
);
create index refresh_tokens_session_idx on app_private.refresh_tokens (merchant_id, session_id);
create index refresh_tokens_token_hash_idx on app_private.refresh_tokens (token_hash);
comment on table app_private.refresh_tokens is
  'SHA-256 of each refresh token; one that is used twice ends its session.';

-- One row is one device on which a member has signed in. It opens nothing: it only has its own share of
-- failed attempts, so that strangers who guess cannot use up the member's.
create table app_private.member_devices (
  merchant_id integer not null,
  member_id integer not null,
  token_hash bytea not null,
  session_id uuid not null,
  first_used_at timestamptz not null default now(),
  last_used_at timestamptz not null default now(),
  constraint member_devices_pkey primary key (merchant_id, member_id, token_hash),
  constraint member_devices_member_fkey foreign key (merchant_id, member_id)
    references app_public.members (merchant_id, id) on delete cascade
);
create index member_devices_token_hash_idx on app_private.member_devices (token_hash);
comment on table app_private.member_devices is
  'SHA-256 of the token of each device on which a member has signed in before.';
comment on column app_private.member_devices.session_id is 'The newest session on it, which may be gone.';
--! EndIncluded tenants/tables/sessions.sql
--! Included tenants/tables/invitations.sql
-- One row is one link by which somebody sets a password: an invitation to become a member, or a new
-- password for one who is. There is no e-mail service: whoever asked for the link passes it on.
create table app_public.invitations (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  purpose text not null,
  email text not null,
  name text not null,
  role text not null,
  member_id integer,
  invited_by integer not null,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null,
  accepted_at timestamptz,
  revoked_at timestamptz,
  constraint invitations_pkey primary key (merchant_id, id),
  constraint invitations_purpose_is_known check (purpose in ('join', 'reset_password')),
  constraint invitations_reset_names_member check (purpose <> 'reset_password' or member_id is not null),
  constraint invitations_email_is_lower check (email = lower(btrim(email)) and email ~ '^[^@\s]+@[^@\s]+$'),
  constraint invitations_end_once check (accepted_at is null or revoked_at is null),
  constraint invitations_member_fkey foreign key (merchant_id, member_id)
    references app_public.members (merchant_id, id) on delete cascade,
  constraint invitations_inviter_fkey foreign key (merchant_id, invited_by)
    references app_public.members (merchant_id, id) on delete cascade,
  constraint invitations_role_fkey foreign key (role)
    references app_public.member_roles (role) on delete restrict
);
create index invitations_member_idx on app_public.invitations (merchant_id, member_id);
create index invitations_inviter_idx on app_public.invitations (merchant_id, invited_by);
create index invitations_role_idx on app_public.invitations (role);
create unique index invitations_pending_once on app_public.invitations (merchant_id, email, purpose)
  where accepted_at is null and revoked_at is null;
comment on table app_public.invitations is
  E'@name invitation\nA link by which somebody sets a password. Owners and managers see them.';
comment on column app_public.invitations.purpose is 'join: becomes a member. reset_password: a new password for one who is.';
comment on column app_public.invitations.member_id is 'Who became a member by it, or whose password it sets.';
comment on column app_public.invitations.accepted_at is 'Set: the link was used. It works once.';

-- One row is the secret of one invitation's link.
create table app_private.invitation_tokens (
  merchant_id integer not null,
  invitation_id uuid not null,
  token_hash bytea not null,
  constraint invitation_tokens_pkey primary key (merchant_id, invitation_id),
  constraint invitation_tokens_invitation_fkey foreign key (merchant_id, invitation_id)
    references app_public.invitations (merchant_id, id) on delete cascade
);
create index invitation_tokens_token_hash_idx on app_private.invitation_tokens (token_hash);
comment on table app_private.invitation_tokens is 'SHA-256 of the token in each invitation''s link.';

create type app_public.invitation_link as (
  id uuid, purpose text, email text, name text, expires_at timestamptz, token text
);
comment on type app_public.invitation_link is
  E'@name invitationLink\nAn invitation with the token of its link, which is told this one time only.';
comment on column app_public.invitation_link.id is '@notNull';
comment on column app_public.invitation_link.purpose is '@notNull';
comment on column app_public.invitation_link.email is '@notNull';
comment on column app_public.invitation_link.name is '@notNull';
comment on column app_public.invitation_link.expires_at is '@notNull';
comment on column app_public.invitation_link.token is
  E'@notNull\nThe secret of the link: /#/join/<token>, and the body of POST /auth/accept-invitation.';
--! EndIncluded tenants/tables/invitations.sql
--! Included tenants/tables/rate_buckets.sql
-- One row is one bucket of a rate limit that is not full: somebody has taken tokens out of it, and they
-- come back at a fixed pace. All of its state is the moment at which it will be full again, so a bucket
-- whose moment has passed need not exist. Unlogged: taking a token then waits for no disk, and all that a
-- crash of the database loses is who was slowed down. Belongs to no merchant: most callers are nobody yet.
create unlogged table app_private.rate_buckets (
  kind text not null,
  subject text not null,
  full_at timestamptz not null,
  constraint rate_buckets_pkey primary key (kind, subject)
) with (fillfactor = 70);
comment on table app_private.rate_buckets is
  'Token buckets of the rate limits; subject is an address, an account, or a keyed digest where it would be personal.';
comment on column app_private.rate_buckets.full_at is 'When every token is back; in the past: the same as no row.';
--! EndIncluded tenants/tables/rate_buckets.sql
--! Included tenants/tables/secrets.sql
-- One row is the credentials of one outside account, encrypted by the application (AES-256-GCM); the
-- database never sees the key.
create table app_private.secrets (
  merchant_id integer not null,
  service text not null,
  account_id integer not null,
  ciphertext bytea not null,
  changed_at timestamptz not null default now(),
  constraint secrets_pkey primary key (merchant_id, service, account_id),
  constraint secrets_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade
);
comment on table app_private.secrets is
  'Encrypted credentials of carrier accounts, message accounts and shops, by service and account id.';
--! EndIncluded tenants/tables/secrets.sql
--! Included tenants/functions/next_number.sql
-- The counter's row stays locked until commit, so numbers have no gaps and no doubles.
create or replace function app_hidden.next_number(merchant_id integer, series text, first_number bigint)
returns bigint
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  insert into app_private.counters as c (merchant_id, series, last_number)
  values (next_number.merchant_id, next_number.series, next_number.first_number)
  on conflict on constraint counters_pkey do update set last_number = c.last_number + 1
  returning c.last_number
$$;
comment on function app_hidden.next_number(integer, text, bigint) is
  'The next number of a merchant''s series, starting at first_number.';
--! EndIncluded tenants/functions/next_number.sql
--! Included tenants/functions/rate_limits.sql
-- Token buckets, in the form of the generic cell rate algorithm: a bucket of `burst` tokens gets one back
-- every `every_ms`. One round trip takes from all the buckets of a request; it is a transaction of its own,
-- so a bucket's row is locked for microseconds and never while anything is written or waited for.
-- Security definer: waybill_worker, as whom the server calls, reads no table.
create or replace function app_private.take_tokens(takes jsonb)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  at timestamptz := clock_timestamp();
  take record;
  full_then timestamptz;
begin
  for take in
    select t.kind, t.subject, t.burst * t.every_ms * interval '1 ms' as capacity,
      coalesce(t.cost, 1) * t.every_ms * interval '1 ms' as price
    from jsonb_to_recordset(takes) t (kind text, subject text, burst integer, every_ms integer, cost integer)
  loop
    insert into app_private.rate_buckets as b (kind, subject, full_at)
    values (take.kind, take.subject, at + take.price)
    on conflict on constraint rate_buckets_pkey do update set full_at = greatest(b.full_at, at) + take.price
      where greatest(b.full_at, at) + take.price <= at + take.capacity;
    if not found then
      select b.full_at into full_then from app_private.rate_buckets b
      where b.kind = take.kind and b.subject = take.subject;
      return greatest(1, ceil(1000 * extract(epoch from full_then + take.price - at - take.capacity)));
    end if;
  end loop;
  return 0;
end
$$;
comment on function app_private.take_tokens(jsonb) is
  'Takes from each bucket ({kind, subject, burst, every_ms, cost}), up to the first that has too little; returns 0, or the milliseconds until it has enough.';

create or replace function app_private.return_tokens(takes jsonb)
returns void
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  update app_private.rate_buckets b
  set full_at = b.full_at - coalesce(t.cost, 1) * t.every_ms * interval '1 ms'
  from jsonb_to_recordset(takes) t (kind text, subject text, every_ms integer, cost integer)
  where b.kind = t.kind and b.subject = t.subject
$$;
comment on function app_private.return_tokens(jsonb) is 'Puts back what take_tokens() took: the attempt was an honest one.';

-- A device on which the member has signed in before has a bucket of its own: whatever strangers do to the
-- account, it is not slowed down. Everybody else pays per address, and per address and account. When an
-- account is guessed at from very many addresses, `pressed` applies: each address then has one try.
create or replace function app_private.admit_sign_in(email text, device_hash bytea, takes jsonb)
returns table (known_device boolean, pressed boolean, wait_ms integer)
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  pressure jsonb := takes -> 'pressure' -> 0;
begin
  known_device := exists (
    select from app_private.member_devices d
    join app_public.members m on m.merchant_id = d.merchant_id and m.id = d.member_id
    where d.token_hash = device_hash and m.email = lower(btrim(admit_sign_in.email))
  );
  pressed := not known_device and exists (
    select from app_private.rate_buckets b
    where b.kind = pressure ->> 'kind' and b.subject = pressure ->> 'subject'
      and b.full_at > clock_timestamp()
        + ((pressure ->> 'burst')::integer - 1) * (pressure ->> 'every_ms')::integer * interval '1 ms'
  );
  wait_ms := app_private.take_tokens(
    takes -> case when known_device then 'known' when pressed then 'pressed' else 'unknown' end
  );
  if wait_ms = 0 and not known_device then
    perform app_private.take_tokens(takes -> 'pressure');
  end if;
  return next;
end
$$;
comment on function app_private.admit_sign_in(text, bytea, jsonb) is
  'Whether an attempt to sign in may be checked now, and if not, in how many milliseconds.';

grant execute on function
  app_private.take_tokens(jsonb), app_private.return_tokens(jsonb),
  app_private.admit_sign_in(text, bytea, jsonb)
to waybill_worker;
--! EndIncluded tenants/functions/rate_limits.sql
--! Included tenants/functions/sign_in.sql
-- Signing in. The server checks the Argon2id hash; the database keeps who, until when, and which token
-- was used. Security definer throughout: waybill_worker, as whom the server calls, reads no table.
create or replace function app_private.find_sign_in(email text)
returns table (merchant_id integer, member_id integer, role text, name text, merchant_name text, password_hash text)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select m.merchant_id, m.id, m.role, m.name, t.name, p.password_hash
  from app_public.members m
  join app_private.member_passwords p on p.merchant_id = m.merchant_id and p.member_id = m.id
  join app_public.merchants t on t.id = m.merchant_id
  where m.email = lower(btrim(find_sign_in.email)) and m.disabled_at is null
  order by m.merchant_id
$$;
comment on function app_private.find_sign_in(text) is
  'The memberships behind an e-mail address with their password hashes; one row a merchant.';

create or replace function app_private.open_session(
  merchant_id integer, member_id integer, token_hash bytea, lifetime interval, user_agent text
)
returns uuid
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  with opened as (
    insert into app_public.sessions (merchant_id, member_id, user_agent, expires_at)
    select m.merchant_id, m.id, left(coalesce(open_session.user_agent, ''), 200), now() + open_session.lifetime
    from app_public.members m
    where m.merchant_id = open_session.merchant_id and m.id = open_session.member_id and m.disabled_at is null
    returning merchant_id, id, expires_at
  ), issued as (
    insert into app_private.refresh_tokens (merchant_id, token_hash, session_id, expires_at)
    select o.merchant_id, open_session.token_hash, o.id, o.expires_at from opened o
  )
  select o.id from opened o
$$;
comment on function app_private.open_session(integer, integer, bytea, interval, text) is
  'Begins a session with the hash of its first refresh token; null when the member is disabled.';

-- The token that a device brought is kept when it is one of ours, also for another member: a tablet at the
-- counter is used by many. Anything else is replaced, so that nobody can plant a token that they know.
create or replace function app_private.remember_device(
  merchant_id integer, member_id integer, session_id uuid, brought bytea, new_hash bytea
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  is_ours boolean := exists (select from app_private.member_devices d where d.token_hash = brought);
  at timestamptz := now();
begin
  insert into app_private.member_devices (merchant_id, member_id, token_hash, session_id)
  values (remember_device.merchant_id, remember_device.member_id,
    case when is_ours then brought else new_hash end, remember_device.session_id)
  on conflict on constraint member_devices_pkey
  do update set session_id = excluded.session_id, last_used_at = at;
  -- A program that signs in without ever keeping its token leaves no heap of them.
  delete from app_private.member_devices d
  where d.merchant_id = remember_device.merchant_id and d.member_id = remember_device.member_id
    and d.token_hash in (
      select old.token_hash from app_private.member_devices old
      where old.merchant_id = remember_device.merchant_id and old.member_id = remember_device.member_id
      order by old.last_used_at desc offset 20
    );
  return is_ours;
end
$$;
comment on function app_private.remember_device(integer, integer, uuid, bytea, bytea) is
  'Notes that a member signed in on a device; true when the token it brought stays its token.';

-- Rotation: the token's row is locked, so of two parallel uses one is first. A second use is theft, unless
-- it is the same client asking again: the next token follows from the old one, so a repeat within seconds
-- (a lost answer, two tabs) is answered with the very same next token while that one is unused. Whoever is
-- second in any other way ends the session.
create or replace function app_private.rotate_refresh_token(
  old_hash bytea, new_hash bytea, lifetime interval
)
returns table (merchant_id integer, member_id integer, session_id uuid, role text, name text, merchant_name text)
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  token app_private.refresh_tokens;
  grace constant interval := '10 seconds';
begin
  select t.* into token
  from app_private.refresh_tokens t
  join app_public.sessions s on s.merchant_id = t.merchant_id and s.id = t.session_id
  where t.token_hash = old_hash and s.ended_at is null
  for update of t;
  if not found or token.expires_at < now() then
    return;
  end if;
  if token.used_at is null then
    update app_private.refresh_tokens t set used_at = now()
    where t.merchant_id = token.merchant_id and t.token_hash = old_hash;
    insert into app_private.refresh_tokens (merchant_id, token_hash, session_id, expires_at)
    values (token.merchant_id, new_hash, token.session_id, now() + lifetime);
    update app_public.sessions s set last_used_at = now(), expires_at = now() + lifetime
    where s.merchant_id = token.merchant_id and s.id = token.session_id;
  elsif token.used_at < clock_timestamp() - grace or not exists (
    select from app_private.refresh_tokens t
    where t.merchant_id = token.merchant_id and t.token_hash = new_hash
      and t.session_id = token.session_id and t.used_at is null
  ) then
    update app_public.sessions s set ended_at = now()
    where s.merchant_id = token.merchant_id and s.id = token.session_id and s.ended_at is null;
    return;
  end if;
  return query
    select m.merchant_id, m.id, s.id, m.role, m.name, c.name
    from app_public.sessions s
    join app_public.members m on m.merchant_id = s.merchant_id and m.id = s.member_id
    join app_public.merchants c on c.id = m.merchant_id
    where s.merchant_id = token.merchant_id and s.id = token.session_id
      and s.ended_at is null and m.disabled_at is null;
end
$$;
comment on function app_private.rotate_refresh_token(bytea, bytea, interval) is
  'Swaps a refresh token for the next one; no row when it is unknown, expired, used before, or its session has ended.';

create or replace function app_private.sign_out(old_hash bytea)
returns void
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  update app_public.sessions s set ended_at = now()
  from app_private.refresh_tokens t
  where t.token_hash = old_hash
    and s.merchant_id = t.merchant_id and s.id = t.session_id and s.ended_at is null
$$;
comment on function app_private.sign_out(bytea) is 'Ends the session of a refresh token.';

grant execute on function
  app_private.find_sign_in(text),
  app_private.open_session(integer, integer, bytea, interval, text),
  app_private.remember_device(integer, integer, uuid, bytea, bytea),
  app_private.rotate_refresh_token(bytea, bytea, interval),
  app_private.sign_out(bytea)
to waybill_worker;
--! EndIncluded tenants/functions/sign_in.sql
--! Included tenants/functions/sessions.sql
-- Whether a session still stands, and as what. An access token says who signed in a quarter of an hour ago
-- at most; this says what they may be now. The API asks with the statement that sets a request's claims, so
-- it costs two look-ups by primary key and no round trip. Security definer: it is asked before the request
-- has any rights.
create or replace function app_hidden.session_standing(merchant_id integer, member_id integer, session_id uuid)
returns table (role text)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select m.role
  from app_public.sessions s
  join app_public.members m on m.merchant_id = s.merchant_id and m.id = s.member_id
  where s.merchant_id = session_standing.merchant_id and s.id = session_standing.session_id
    and s.member_id = session_standing.member_id and s.ended_at is null and m.disabled_at is null
$$;
comment on function app_hidden.session_standing(integer, integer, uuid) is
  'The role that a session''s member has now; no row when the session has ended or the member is disabled.';

-- The same for whoever delivers live events: asked again while a subscription runs.
create or replace function app_private.member_standing(
  merchant_id integer, member_id integer, session_id uuid default null
)
returns table (role text, disabled_at timestamptz, session_ended_at timestamptz, stands boolean)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select m.role, m.disabled_at, s.ended_at,
    m.disabled_at is null
      and (member_standing.session_id is null or s.id is not null and s.ended_at is null)
  from app_public.members m
  left join app_public.sessions s on s.merchant_id = m.merchant_id
    and s.member_id = m.id and s.id = member_standing.session_id
  where m.merchant_id = member_standing.merchant_id and m.id = member_standing.member_id
$$;
comment on function app_private.member_standing(integer, integer, uuid) is
  'What a member is now and whether they, and the session if one is named, may go on; no row for an unknown member.';

create or replace function app_public.end_session(session_id uuid)
returns app_public.sessions
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  ended app_public.sessions;
begin
  update app_public.sessions s set ended_at = coalesce(s.ended_at, now())
  where s.merchant_id = app_hidden.current_merchant_id() and s.member_id = app_hidden.current_member_id()
    and s.id = end_session.session_id
  returning s.* into ended;
  if not found then
    perform app_hidden.refuse('WB007', 'You have no such session.', '{"field": "sessionId"}');
  end if;
  return ended;
end
$$;
comment on function app_public.end_session(uuid) is
  E'@resultFieldName session\nSigns one of your own sessions out, at once. Errors: NOT_FOUND.';

create or replace function app_public.end_all_sessions(keep_this boolean default true)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  ended integer;
begin
  if app_hidden.current_member_id() is null then
    perform app_hidden.refuse('WB003', 'This transaction does not say who acts.');
  end if;
  update app_public.sessions s set ended_at = now()
  where s.merchant_id = app_hidden.current_merchant_id() and s.member_id = app_hidden.current_member_id()
    and s.ended_at is null
    and not (keep_this and s.id is not distinct from app_hidden.current_session_id());
  get diagnostics ended = row_count;
  perform app_hidden.forget_devices(
    app_hidden.current_merchant_id(), app_hidden.current_member_id(),
    case when keep_this then app_hidden.current_session_id() end
  );
  return ended;
end
$$;
comment on function app_public.end_all_sessions(boolean) is
  E'@resultFieldName ended\nSigns you out everywhere, by default but here; returns how many sessions ended. Errors: FORBIDDEN.';

create or replace function app_hidden.forget_devices(merchant_id integer, member_id integer, but_of uuid)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  delete from app_private.member_devices d
  where d.merchant_id = forget_devices.merchant_id and d.member_id = forget_devices.member_id
    and d.session_id is distinct from but_of
$$;
comment on function app_hidden.forget_devices(integer, integer, uuid) is
  'Makes a member''s devices unknown ones, but for the one with the given session.';

create or replace function app_private.prune_access()
returns jsonb
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  tokens integer;
  ended integer;
  devices integer;
  buckets integer;
begin
  -- A used token is kept while its session may live: without it a second use could not be told from a guess.
  delete from app_private.refresh_tokens where expires_at < now() - interval '7 days';
  get diagnostics tokens = row_count;
  delete from app_public.sessions
  where least(ended_at, expires_at) < now() - interval '90 days';
  get diagnostics ended = row_count;
  delete from app_private.member_devices where last_used_at < now() - interval '180 days';
  get diagnostics devices = row_count;
  delete from app_private.rate_buckets where full_at < now();
  get diagnostics buckets = row_count;
  return jsonb_build_object('refresh_tokens_deleted', tokens, 'sessions_deleted', ended,
    'devices_forgotten', devices, 'rate_buckets_deleted', buckets);
end
$$;
comment on function app_private.prune_access() is
  'Deletes expired tokens, old sessions, devices that were long not used, and full rate buckets.';

grant execute on function app_hidden.session_standing(integer, integer, uuid) to waybill_server;
grant execute on function app_private.member_standing(integer, integer, uuid) to waybill_worker;
grant execute on function
  app_public.end_session(uuid), app_public.end_all_sessions(boolean)
to waybill_member;
--! EndIncluded tenants/functions/sessions.sql
--! Included tenants/functions/guard_members.sql
-- A merchant that has an owner keeps one, whoever writes: the last cannot be disabled, demoted or removed.
-- The merchant's row is locked first, so two owners who demote each other at the same moment are checked
-- one after the other, and the second sees what the first has done.
create or replace function app_hidden.keep_an_owner()
returns trigger
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
begin
  perform from app_public.merchants t where t.id = old.merchant_id for no key update;
  -- The merchant itself is being removed, or the row stays an active owner's.
  if not found or (tg_op = 'UPDATE' and new.role = 'owner' and new.disabled_at is null) then
    return case tg_op when 'DELETE' then old else new end;
  end if;
  perform from app_public.members m
  where m.merchant_id = old.merchant_id and m.id <> old.id and m.role = 'owner' and m.disabled_at is null;
  if not found then
    perform app_hidden.refuse('WB003', 'A merchant keeps at least one owner.',
      jsonb_build_object('field', 'memberId', 'lastOwner', true));
  end if;
  return case tg_op when 'DELETE' then old else new end;
end
$$;
comment on function app_hidden.keep_an_owner() is 'Trigger: refuses to lose a merchant''s last active owner. Errors: FORBIDDEN.';

-- Without names and addresses: an audit row is never erased.
create or replace function app_hidden.audit_access(
  merchant_id integer, entity text, entity_id text, action text, meta jsonb
)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  insert into app_public.audit_log (
    merchant_id, id, entity, entity_id, action, actor_id, actor_role, reason, meta, recorded_at
  ) values (
    audit_access.merchant_id, app_hidden.uuid_v7(), audit_access.entity, audit_access.entity_id,
    audit_access.action,
    coalesce(nullif(current_setting('jwt.claims.member_id', true), ''), session_user),
    app_hidden.current_actor_role(), '', audit_access.meta, now()
  );
end
$$;
comment on function app_hidden.audit_access(integer, text, text, text, jsonb) is
  'One row of the audit log about anything but an order or a box.';

-- Every way to change who may do what comes past here, psql too. Security definer: the audit log is
-- written by nobody else, and sessions and invitations end whoever disables the member.
create or replace function app_hidden.record_member()
returns trigger
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  subject app_public.members := coalesce(new, old);
begin
  perform app_hidden.audit_access(subject.merchant_id, 'member', subject.id::text,
    case
      when tg_op = 'INSERT' then 'member_added'
      when tg_op = 'DELETE' then 'member_removed'
      when old.role <> new.role then 'role_changed'
      when new.disabled_at is null then 'member_enabled'
      else 'member_disabled'
    end,
    jsonb_strip_nulls(jsonb_build_object(
      'old_role', case when tg_op <> 'INSERT' then old.role end,
      'new_role', case when tg_op <> 'DELETE' then new.role end
    )));
  if tg_op = 'UPDATE' and (new.disabled_at is not null or new.role <> old.role) then
    -- What somebody set up while they might does not outlast it.
    update app_public.invitations i set revoked_at = now()
    where i.merchant_id = new.merchant_id and new.id in (i.invited_by, i.member_id)
      and i.accepted_at is null and i.revoked_at is null;
  end if;
  if tg_op = 'UPDATE' and new.disabled_at is not null then
    update app_public.sessions s set ended_at = now()
    where s.merchant_id = new.merchant_id and s.member_id = new.id and s.ended_at is null;
  end if;
  return null;
end
$$;
comment on function app_hidden.record_member() is
  'Trigger: a change of a member into the audit log; a disabled one''s sessions end.';

create or replace function app_hidden.record_password()
returns trigger
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
begin
  perform app_hidden.audit_access(new.merchant_id, 'member', new.member_id::text,
    case tg_op when 'INSERT' then 'password_set' else 'password_changed' end, '{}');
  return null;
end
$$;
comment on function app_hidden.record_password() is 'Trigger: that a password was set, into the audit log.';
--! EndIncluded tenants/functions/guard_members.sql
--! Included tenants/functions/manage_members.sql
-- Who may do what is changed by owners, one at a time in a merchant: the merchant's row is locked, and the
-- acting member is read anew behind the lock, so what somebody lost a moment ago no longer counts.
-- Security definer: members hold no write privilege.
create or replace function app_hidden.lead_members(allowed text[])
returns app_public.members
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  acting app_public.members;
begin
  perform from app_public.merchants t where t.id = app_hidden.current_merchant_id() for no key update;
  select m.* into acting from app_public.members m
  where m.merchant_id = app_hidden.current_merchant_id() and m.id = app_hidden.current_member_id()
    and m.disabled_at is null;
  if not found or acting.role <> all (allowed) then
    perform app_hidden.refuse('WB003', 'Your role may not do this.', jsonb_build_object('roles', allowed));
  end if;
  return acting;
end
$$;
comment on function app_hidden.lead_members(text[]) is
  'Locks the merchant''s members and returns the acting one. Errors: FORBIDDEN.';

create or replace function app_hidden.member_of_mine(member_id integer)
returns app_public.members
language plpgsql stable security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  found_member app_public.members;
begin
  select m.* into found_member from app_public.members m
  where m.merchant_id = app_hidden.current_merchant_id() and m.id = member_of_mine.member_id;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such member.', '{"field": "memberId"}');
  end if;
  return found_member;
end
$$;
comment on function app_hidden.member_of_mine(integer) is 'A member of the acting one''s merchant. Errors: NOT_FOUND.';

create or replace function app_hidden.check_member_role(role text)
returns void
language plpgsql stable security definer
set search_path to pg_catalog, pg_temp
as $$
begin
  perform from app_public.member_roles r where r.role = check_member_role.role;
  if not found then
    perform app_hidden.refuse('WB004', 'There is no such role.', '{"field": "role"}');
  end if;
end
$$;
comment on function app_hidden.check_member_role(text) is 'Refuses what is no role. Errors: INVALID_INPUT.';

create or replace function app_public.change_member_role(member_id integer, role text)
returns app_public.members
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  member app_public.members;
begin
  perform app_hidden.lead_members('{owner}');
  perform app_hidden.check_member_role(change_member_role.role);
  member := app_hidden.member_of_mine(change_member_role.member_id);
  update app_public.members m set role = change_member_role.role
  where m.merchant_id = member.merchant_id and m.id = member.id and m.role <> change_member_role.role;
  return app_hidden.member_of_mine(change_member_role.member_id);
end
$$;
comment on function app_public.change_member_role(integer, text) is
  E'@resultFieldName member\nGives a member another role, from their next request on; owners only. Errors: FORBIDDEN (also for the last owner), INVALID_INPUT, NOT_FOUND.';

create or replace function app_public.disable_member(member_id integer)
returns app_public.members
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  member app_public.members;
begin
  perform app_hidden.lead_members('{owner}');
  member := app_hidden.member_of_mine(disable_member.member_id);
  update app_public.members m set disabled_at = now()
  where m.merchant_id = member.merchant_id and m.id = member.id and m.disabled_at is null;
  return app_hidden.member_of_mine(disable_member.member_id);
end
$$;
comment on function app_public.disable_member(integer) is
  E'@resultFieldName member\nShuts a member out at once: their sessions end, their next request is refused; owners only. Errors: FORBIDDEN (also for the last owner), NOT_FOUND.';

create or replace function app_public.enable_member(member_id integer)
returns app_public.members
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  member app_public.members;
begin
  perform app_hidden.lead_members('{owner}');
  member := app_hidden.member_of_mine(enable_member.member_id);
  update app_public.members m set disabled_at = null
  where m.merchant_id = member.merchant_id and m.id = member.id and m.disabled_at is not null;
  return app_hidden.member_of_mine(enable_member.member_id);
end
$$;
comment on function app_public.enable_member(integer) is
  E'@resultFieldName member\nLets a disabled member sign in again; owners only. Errors: FORBIDDEN, NOT_FOUND.';

grant execute on function
  app_public.change_member_role(integer, text), app_public.disable_member(integer),
  app_public.enable_member(integer)
to waybill_member;
--! EndIncluded tenants/functions/manage_members.sql
--! Included tenants/functions/invitations.sql
-- Links by which somebody sets a password. The token is made here, told once, and kept as its hash: two
-- version 4 uuids are 244 random bits. Security definer: members hold no write privilege.
create or replace function app_hidden.issue_invitation(invitation app_public.invitations)
returns app_public.invitation_link
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  token text := replace(gen_random_uuid()::text || gen_random_uuid()::text, '-', '');
begin
  -- A new link takes the place of the one before.
  update app_public.invitations i set revoked_at = now()
  where i.merchant_id = invitation.merchant_id and i.email = invitation.email
    and i.purpose = invitation.purpose and i.accepted_at is null and i.revoked_at is null;
  insert into app_public.invitations (merchant_id, purpose, email, name, role, member_id, invited_by, expires_at)
  values (invitation.merchant_id, invitation.purpose, invitation.email, invitation.name, invitation.role,
    invitation.member_id, invitation.invited_by, invitation.expires_at)
  returning id into invitation.id;
  insert into app_private.invitation_tokens (merchant_id, invitation_id, token_hash)
  values (invitation.merchant_id, invitation.id, sha256(convert_to(token, 'UTF8')));
  perform app_hidden.audit_access(invitation.merchant_id, 'invitation', invitation.id::text, 'invited',
    jsonb_strip_nulls(jsonb_build_object(
      'purpose', invitation.purpose, 'role', invitation.role, 'member_id', invitation.member_id
    )));
  return row(invitation.id, invitation.purpose, invitation.email, invitation.name,
    invitation.expires_at, token)::app_public.invitation_link;
end
$$;
comment on function app_hidden.issue_invitation(app_public.invitations) is
  'Stores an invitation in place of a pending one and returns its link.';

create or replace function app_public.invite_member(email text, name text, role text default 'staff')
returns app_public.invitation_link
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  acting app_public.members := app_hidden.lead_members('{owner,manager}');
  address text := lower(app_hidden.trimmed(invite_member.email));
  full_name text := app_hidden.trimmed(invite_member.name);
  invitation app_public.invitations;
begin
  if address !~ '^[^@\s]+@[^@\s]+$' or length(address) > 320 then
    perform app_hidden.refuse('WB004', 'This is no e-mail address.', '{"field": "email"}');
  end if;
  if length(full_name) not between 1 and 200 then
    perform app_hidden.refuse('WB004', 'A name has 1 to 200 characters.', '{"field": "name"}');
  end if;
  perform app_hidden.check_member_role(invite_member.role);
  if acting.role = 'manager' and invite_member.role <> 'staff' then
    perform app_hidden.refuse('WB003', 'A manager may invite staff.', '{"roles": ["owner"], "field": "role"}');
  end if;
  perform from app_public.members m where m.merchant_id = acting.merchant_id and m.email = address;
  if found then
    perform app_hidden.refuse('WB004', 'Somebody with this e-mail address is a member already.', '{"field": "email"}');
  end if;
  invitation.merchant_id := acting.merchant_id;
  invitation.purpose := 'join';
  invitation.email := address;
  invitation.name := full_name;
  invitation.role := invite_member.role;
  invitation.invited_by := acting.id;
  invitation.expires_at := now() + interval '7 days';
  return app_hidden.issue_invitation(invitation);
end
$$;
comment on function app_public.invite_member(text, text, text) is
  E'@resultFieldName link\nMakes a link by which somebody becomes a member, within seven days; pass it on yourself, no mail is sent. Owners; managers for staff. A second invitation replaces the first. Errors: FORBIDDEN, INVALID_INPUT.';

create or replace function app_public.reset_member_password(member_id integer)
returns app_public.invitation_link
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  acting app_public.members := app_hidden.lead_members('{owner}');
  member app_public.members := app_hidden.member_of_mine(reset_member_password.member_id);
  invitation app_public.invitations;
begin
  if member.disabled_at is not null then
    perform app_hidden.refuse('WB004', 'This member is disabled.', '{"field": "memberId"}');
  end if;
  invitation.merchant_id := acting.merchant_id;
  invitation.purpose := 'reset_password';
  invitation.email := member.email;
  invitation.name := member.name;
  invitation.role := member.role;
  invitation.member_id := member.id;
  invitation.invited_by := acting.id;
  invitation.expires_at := now() + interval '1 day';
  return app_hidden.issue_invitation(invitation);
end
$$;
comment on function app_public.reset_member_password(integer) is
  E'@resultFieldName link\nMakes a link by which a member sets a new password, within a day; pass it on yourself, no mail is sent. The old password works until then. Owners only. Errors: FORBIDDEN, INVALID_INPUT, NOT_FOUND.';

create or replace function app_public.revoke_invitation(invitation_id uuid)
returns app_public.invitations
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  acting app_public.members := app_hidden.lead_members('{owner,manager}');
  revoked app_public.invitations;
begin
  update app_public.invitations i set revoked_at = now()
  where i.merchant_id = acting.merchant_id and i.id = revoke_invitation.invitation_id
    and i.accepted_at is null and i.revoked_at is null
    and (acting.role = 'owner' or i.invited_by = acting.id)
  returning i.* into revoked;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such pending invitation.', '{"field": "invitationId"}');
  end if;
  perform app_hidden.audit_access(acting.merchant_id, 'invitation', revoked.id::text, 'revoked', '{}');
  return revoked;
end
$$;
comment on function app_public.revoke_invitation(uuid) is
  E'@resultFieldName invitation\nMakes an invitation''s link worthless; owners any, managers their own. Errors: FORBIDDEN, NOT_FOUND.';

grant execute on function
  app_public.invite_member(text, text, text), app_public.reset_member_password(integer),
  app_public.revoke_invitation(uuid)
to waybill_member;
--! EndIncluded tenants/functions/invitations.sql
--! Included tenants/functions/daily_times.sql
-- What happens at which time of day is for owners and managers to say. A time comes as text, so that a wrong
-- one is refused by its field. Security definer: members hold no write privilege.
create or replace function app_hidden.time_of_day(words text, field text)
returns time
language plpgsql immutable
set search_path to pg_catalog, pg_temp
as $$
begin
  if words !~ '^([01][0-9]|2[0-3]):[0-5][0-9](:[0-5][0-9]([.]0{1,6})?)?$' then
    perform app_hidden.refuse('WB004', 'A time of day is written like 15:00.', jsonb_build_object('field', field));
  end if;
  return words::time;
end
$$;
comment on function app_hidden.time_of_day(text, text) is 'Reads a time of day; null stays null. Errors: INVALID_INPUT.';

create or replace function app_public.set_carrier_pickup_times(
  location_id integer, cutoff_at text default null, weekdays integer[] default null
)
returns app_public.locations
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner,manager}');
  cutoff time := app_hidden.time_of_day(cutoff_at, 'cutoffAt');
  location app_public.locations;
begin
  if weekdays is not null and (cardinality(weekdays) = 0 or not weekdays <@ '{1,2,3,4,5,6,7}') then
    perform app_hidden.refuse('WB004', 'Weekdays are from 1, Monday, to 7, Sunday; at least one of them.',
      '{"field": "weekdays"}');
  end if;
  update app_public.locations l
  set pickup_cutoff_at = coalesce(cutoff, l.pickup_cutoff_at),
    pickup_weekdays = coalesce(
      (select array_agg(distinct d.day::smallint) from unnest(weekdays) d (day)), l.pickup_weekdays)
  where l.merchant_id = acting.merchant_id and l.id = set_carrier_pickup_times.location_id
  returning l.* into location;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such location.', '{"field": "locationId"}');
  end if;
  perform app_hidden.audit_access(acting.merchant_id, 'location', location.id::text, 'pickup_times_set',
    jsonb_build_object('cutoff_at', location.pickup_cutoff_at, 'weekdays', location.pickup_weekdays));
  return location;
end
$$;
comment on function app_public.set_carrier_pickup_times(integer, text, integer[]) is
  E'@resultFieldName location\nUntil when, in the merchant''s time zone, and on which weekdays carriers collect at a location; what is left out stays. Visits that are planned stay as they are. Owners and managers. Errors: FORBIDDEN, INVALID_INPUT, NOT_FOUND.';

create or replace function app_public.set_morning_digest(morning_at text default null)
returns app_public.merchants
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner,manager}');
  morning time := app_hidden.time_of_day(set_morning_digest.morning_at, 'morningAt');
  merchant app_public.merchants;
begin
  update app_public.merchants m set morning_at = morning where m.id = acting.merchant_id
  returning m.* into merchant;
  perform app_hidden.audit_access(acting.merchant_id, 'merchant', acting.merchant_id::text, 'digest_set',
    jsonb_build_object('morning_at', morning));
  return merchant;
end
$$;
comment on function app_public.set_morning_digest(text) is
  E'@resultFieldName merchant\nFrom when on, in the merchant''s time zone, the digest of open dead letters is sent each morning; without a time, never. Owners and managers. Errors: FORBIDDEN, INVALID_INPUT.';

grant execute on function
  app_public.set_carrier_pickup_times(integer, text, integer[]), app_public.set_morning_digest(text)
to waybill_member;
--! EndIncluded tenants/functions/daily_times.sql
--! Included tenants/functions/passwords.sql
-- Passwords are hashed by the server; the database keeps the hash and decides who may set one.
-- Security definer throughout: waybill_worker, as whom the server calls, reads no table.
create or replace function app_hidden.set_password(merchant_id integer, member_id integer, password_hash text)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  at timestamptz := now();
begin
  insert into app_private.member_passwords (merchant_id, member_id, password_hash)
  values (set_password.merchant_id, set_password.member_id, set_password.password_hash)
  on conflict on constraint member_passwords_pkey
  do update set password_hash = excluded.password_hash, changed_at = at;
end
$$;
comment on function app_hidden.set_password(integer, integer, text) is 'Sets or replaces a member''s password.';

create or replace function app_private.password_of(merchant_id integer, member_id integer, session_id uuid)
returns table (email text, password_hash text)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select m.email, p.password_hash
  from app_hidden.session_standing(password_of.merchant_id, password_of.member_id, password_of.session_id) s
  join app_public.members m on m.merchant_id = password_of.merchant_id and m.id = password_of.member_id
  join app_private.member_passwords p on p.merchant_id = m.merchant_id and p.member_id = m.id
$$;
comment on function app_private.password_of(integer, integer, uuid) is
  'The password hash of a signed-in member; no row when their session does not stand.';

-- Whoever changes a password may do so because somebody else knows the old one: all other sessions and
-- devices go. The old hash is compared, so of two changes at once one is made.
create or replace function app_private.change_password(
  merchant_id integer, member_id integer, session_id uuid, old_hash text, new_hash text
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
begin
  perform from app_private.member_passwords p
  where p.merchant_id = change_password.merchant_id and p.member_id = change_password.member_id
    and p.password_hash = old_hash
  for update;
  if not found then
    return false;
  end if;
  perform app_hidden.act_as_member(
    change_password.merchant_id, change_password.member_id, change_password.session_id
  );
  perform app_hidden.set_password(change_password.merchant_id, change_password.member_id, new_hash);
  perform app_public.end_all_sessions(keep_this => true);
  return true;
end
$$;
comment on function app_private.change_password(integer, integer, uuid, text, text) is
  'Replaces a member''s password and ends their other sessions; false when it was changed in between.';

create or replace function app_private.find_invitation(token_hash bytea)
returns table (purpose text, email text, name text, role text, merchant_name text, expires_at timestamptz)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select i.purpose, i.email, i.name, i.role, t.name, i.expires_at
  from app_private.invitation_tokens k
  join app_public.invitations i on i.merchant_id = k.merchant_id and i.id = k.invitation_id
  join app_public.merchants t on t.id = i.merchant_id
  where k.token_hash = find_invitation.token_hash
    and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
$$;
comment on function app_private.find_invitation(bytea) is 'The open invitation behind a link, or no row.';

create or replace function app_private.accept_invitation(token_hash bytea, password_hash text)
returns table (merchant_id integer, member_id integer, role text, name text, merchant_name text)
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  invitation app_public.invitations;
begin
  -- The lock of whoever manages members: an invitation is not accepted while it is being revoked.
  perform from app_public.merchants t
  where t.id = (select k.merchant_id from app_private.invitation_tokens k
    where k.token_hash = accept_invitation.token_hash)
  for no key update;
  update app_public.invitations i set accepted_at = now()
  from app_private.invitation_tokens k
  where k.token_hash = accept_invitation.token_hash
    and i.merchant_id = k.merchant_id and i.id = k.invitation_id
    and i.accepted_at is null and i.revoked_at is null and i.expires_at > now()
  returning i.* into invitation;
  if not found then
    return;
  end if;
  if invitation.purpose = 'join' then
    -- The audit log shows who let the new member in.
    perform app_hidden.act_as_member(invitation.merchant_id, invitation.invited_by, null);
    insert into app_public.members (merchant_id, email, name, role)
    values (invitation.merchant_id, invitation.email, invitation.name, invitation.role)
    on conflict on constraint members_email_once do nothing
    returning id into invitation.member_id;
    if not found then
      return; -- became a member some other way
    end if;
    update app_public.invitations i set member_id = invitation.member_id
    where i.merchant_id = invitation.merchant_id and i.id = invitation.id;
  end if;
  perform app_hidden.act_as_member(invitation.merchant_id, invitation.member_id, null);
  perform app_hidden.audit_access(invitation.merchant_id, 'invitation', invitation.id::text, 'accepted',
    jsonb_build_object('purpose', invitation.purpose, 'member_id', invitation.member_id));
  perform app_hidden.set_password(
    invitation.merchant_id, invitation.member_id, accept_invitation.password_hash
  );
  perform app_public.end_all_sessions(keep_this => false);
  return query
    select m.merchant_id, m.id, m.role, m.name, t.name
    from app_public.members m join app_public.merchants t on t.id = m.merchant_id
    where m.merchant_id = invitation.merchant_id and m.id = invitation.member_id;
end
$$;
comment on function app_private.accept_invitation(bytea, text) is
  'Uses an invitation''s link: the member it makes or whose password it sets; no row when it is not open.';

grant execute on function
  app_private.password_of(integer, integer, uuid),
  app_private.change_password(integer, integer, uuid, text, text),
  app_private.find_invitation(bytea),
  app_private.accept_invitation(bytea, text)
to waybill_worker;
--! EndIncluded tenants/functions/passwords.sql
--! Included tenants/functions/secrets.sql
-- Security definer: waybill_worker reads no table.
create or replace function app_private.secret_of(merchant_id integer, service text, account_id integer)
returns bytea
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select s.ciphertext from app_private.secrets s
  where s.merchant_id = secret_of.merchant_id and s.service = secret_of.service
    and s.account_id = secret_of.account_id
$$;
comment on function app_private.secret_of(integer, text, integer) is
  'The encrypted credentials of one outside account, or null.';

grant execute on function app_private.secret_of(integer, text, integer) to waybill_worker;
--! EndIncluded tenants/functions/secrets.sql
--! Included tenants/triggers/members.sql
create or replace trigger members_110_keep_an_owner
  before update of role, disabled_at or delete on app_public.members
  for each row when (old.role = 'owner' and old.disabled_at is null)
  execute function app_hidden.keep_an_owner();

create or replace trigger members_510_record_added
  after insert or delete on app_public.members
  for each row execute function app_hidden.record_member();

create or replace trigger members_520_record_changed
  after update of role, disabled_at on app_public.members
  for each row when (
    old.role <> new.role or (old.disabled_at is null) <> (new.disabled_at is null)
  )
  execute function app_hidden.record_member();

create or replace trigger member_passwords_500_record
  after insert or update on app_private.member_passwords
  for each row execute function app_hidden.record_password();
--! EndIncluded tenants/triggers/members.sql
--! Included tenants/access/tenants.sql
drop policy if exists tenant_reads on app_public.merchants;
create policy tenant_reads on app_public.merchants for select to waybill_member
  using (id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.merchants;
create policy readonly_reads on app_public.merchants for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.members;
create policy tenant_reads on app_public.members for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.members;
create policy readonly_reads on app_public.members for select to waybill_readonly using (true);

drop policy if exists everybody_reads on app_public.member_roles;
create policy everybody_reads on app_public.member_roles for select
  to waybill_member, waybill_readonly, waybill_server using (true);

drop policy if exists tenant_reads on app_public.locations;
create policy tenant_reads on app_public.locations for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.locations;
create policy readonly_reads on app_public.locations for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.stores;
create policy tenant_reads on app_public.stores for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.stores;
create policy readonly_reads on app_public.stores for select to waybill_readonly using (true);

-- Your own sessions; nobody else's.
drop policy if exists own_reads on app_public.sessions;
create policy own_reads on app_public.sessions for select to waybill_member
  using (
    merchant_id = (select app_hidden.current_merchant_id())
    and member_id = (select app_hidden.current_member_id())
  );
drop policy if exists readonly_reads on app_public.sessions;
create policy readonly_reads on app_public.sessions for select to waybill_readonly using (true);

drop policy if exists leaders_read on app_public.invitations;
create policy leaders_read on app_public.invitations for select to waybill_member
  using (
    merchant_id = (select app_hidden.current_merchant_id())
    and (select app_hidden.current_actor_role()) in ('owner', 'manager')
  );
drop policy if exists readonly_reads on app_public.invitations;
create policy readonly_reads on app_public.invitations for select to waybill_readonly using (true);

grant select on app_public.sessions, app_public.invitations to waybill_member, waybill_readonly;
grant select on app_public.merchants, app_public.locations, app_public.stores, app_public.members to waybill_member, waybill_readonly;
grant select on app_public.member_roles to waybill_member, waybill_readonly, waybill_server;
--! EndIncluded tenants/access/tenants.sql
--! EndIncluded tenants/tenants.sql
--! Included carriers/carriers.sql
--! Included carriers/tables/carrier_accounts.sql
-- One row is one carrier that Waybill speaks to.
create table app_public.carriers (
  carrier text not null,
  name text not null,
  tracking_url text not null,
  reserves_awbs boolean not null,
  collects text not null,
  ndr_hours smallint not null,
  ndr_actions text[] not null,
  ndr_defer_days smallint not null,
  quotes_parcels boolean not null,
  constraint carriers_pkey primary key (carrier),
  constraint carriers_collects_is_known check (collects in ('visit', 'parcel')),
  constraint carriers_ndr_terms_are_sane check (ndr_hours > 0 and ndr_defer_days >= 0),
  constraint carriers_tracking_url_has_place check (tracking_url like '%{awb}%')
);
comment on table app_public.carriers is
  E'@enum\n@enumName CarrierCode\n@lookup\nThe carriers that Waybill speaks to.';

comment on column app_public.carriers.reserves_awbs is
  E'@behavior -*\nIt gives out AWBs ahead, which are kept in a pool and stored before a parcel is booked with one.';
comment on column app_public.carriers.collects is
  E'@behavior -*\nvisit: one request a location and day. parcel: one request a parcel.';
comment on column app_public.carriers.quotes_parcels is
  E'@behavior -*\nIts offers are for a parcel: from where, how heavy, how paid. Else they are about a PIN code alone.';

comment on column app_public.carriers.ndr_hours is
  'How long after a failed delivery attempt the carrier waits for the merchant''s word before it decides itself.';
comment on column app_public.carriers.ndr_actions is
  E'@behavior -*\nWhat it can be told by its API after a failed attempt; empty: a person calls.';
comment on column app_public.carriers.ndr_defer_days is
  E'@behavior -*\nHow many days ahead it can be asked to try again; 0: it takes no date.';

-- No contract names the hours that a carrier waits. Two of them try again on the next working day, so a
-- word has to come within 24 hours; of Blue Dart, where a person calls, 48 are assumed. Blue Dart's days
-- are what is agreed on the phone.
insert into app_public.carriers (
  carrier, name, tracking_url, reserves_awbs, collects, quotes_parcels, ndr_hours, ndr_actions, ndr_defer_days
) values
  ('delhivery', 'Delhivery', 'https://www.delhivery.com/track-v2/package/{awb}', true, 'visit', false,
    24, '{re_attempt,return}', 0),
  ('shiprocket', 'Shiprocket', 'https://shiprocket.co/tracking/{awb}', false, 'parcel', true,
    24, '{re_attempt,return}', 7),
  ('bluedart', 'Blue Dart', 'https://www.bluedart.com/trackdartresultthirdparty?trackFor=0&trackNo={awb}',
    false, 'visit', false, 48, '{}', 7);

-- One row is one contract of a merchant with a carrier. Its credentials are in app_private.secrets.
create table app_public.carrier_accounts (
  merchant_id integer not null,
  id integer generated always as identity,
  carrier text not null,
  name text not null,
  base_url text,
  settings jsonb not null default '{}',
  tracking_poll_seconds integer not null default 900,
  priority smallint not null default 1,
  coverage_seconds integer not null default 3600,
  created_at timestamptz not null default now(),
  credentials_saved_at timestamptz,
  disabled_at timestamptz,
  constraint carrier_accounts_pkey primary key (merchant_id, id),
  constraint carrier_accounts_name_once unique (merchant_id, name),
  constraint carrier_accounts_settings_is_object check (jsonb_typeof(settings) = 'object'),
  constraint carrier_accounts_poll_is_sane check (tracking_poll_seconds between 5 and 86400),
  constraint carrier_accounts_coverage_is_sane check (coverage_seconds between 1 and 86400),
  constraint carrier_accounts_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade,
  constraint carrier_accounts_carrier_fkey foreign key (carrier)
    references app_public.carriers (carrier) on delete restrict
);
create index carrier_accounts_id_idx on app_public.carrier_accounts (id);
create index carrier_accounts_carrier_idx on app_public.carrier_accounts (carrier);
comment on table app_public.carrier_accounts is
  E'@name carrierAccount\nA contract of a merchant with a carrier.';
comment on column app_public.carrier_accounts.base_url is 'Null: the carrier''s production address.';
comment on column app_public.carrier_accounts.settings is
  'What the carrier wants to know besides credentials, such as Delhivery''s client_name; see carrier_account_fields.';
comment on column app_public.carrier_accounts.tracking_poll_seconds is
  'How often the carrier is asked about a parcel that no webhook has told of.';
comment on column app_public.carrier_accounts.credentials_saved_at is
  'When credentials were last stored; null: there are none. They cannot be read.';
comment on column app_public.carrier_accounts.disabled_at is
  'Set: no new parcel goes with it; those under way are followed and can be cancelled.';
comment on column app_public.carrier_accounts.priority is
  'The lowest is chosen where the rule is priority; it breaks ties of the other rules.';
comment on column app_public.carrier_accounts.coverage_seconds is
  'How long its answer about a PIN code holds: so long may a PIN code that was closed go unnoticed.';

-- One row is a location as one carrier knows it: its registered pickup name, exact to the letter.
create table app_public.carrier_locations (
  merchant_id integer not null,
  carrier_account_id integer not null,
  location_id integer not null,
  registered_name text not null,
  constraint carrier_locations_name_is_sane check (
    registered_name = btrim(registered_name) and length(registered_name) between 1 and 100
  ),
  constraint carrier_locations_pkey primary key (merchant_id, carrier_account_id, location_id),
  constraint carrier_locations_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete cascade,
  constraint carrier_locations_location_fkey foreign key (merchant_id, location_id)
    references app_public.locations (merchant_id, id) on delete cascade
);
create index carrier_locations_location_idx on app_public.carrier_locations (merchant_id, location_id);
comment on table app_public.carrier_locations is
  E'@name carrierLocation\nA location as a carrier account knows it.';
comment on column app_public.carrier_locations.registered_name is
  'The name under which the carrier has registered it, exact in case and spaces; of Blue Dart the area code, such as COK.';
--! EndIncluded carriers/tables/carrier_accounts.sql
--! Included carriers/tables/carrier_account_fields.sql
-- One row is one thing that a carrier wants to know of an account, besides its name: a setting, which is kept
-- in carrier_accounts.settings, or a credential, which is sealed.
create table app_public.carrier_account_fields (
  carrier text not null,
  field text not null,
  kind text not null,
  label text not null,
  hint text not null,
  is_required boolean not null,
  is_list boolean not null default false,
  pattern text not null,
  position smallint not null,
  constraint carrier_account_fields_pkey primary key (carrier, field),
  constraint carrier_account_fields_kind_is_known check (kind in ('setting', 'credential')),
  constraint carrier_account_fields_credentials_are_texts check (kind = 'setting' or is_required and not is_list),
  constraint carrier_account_fields_carrier_fkey foreign key (carrier)
    references app_public.carriers (carrier) on delete cascade
);
comment on table app_public.carrier_account_fields is
  E'@name carrierAccountField\n@lookup\nWhat a carrier wants to know of an account.';
comment on column app_public.carrier_account_fields.kind is
  'setting: may be read and changed. credential: is sealed, and never read again.';
comment on column app_public.carrier_account_fields.field is 'Its key.';
comment on column app_public.carrier_account_fields.label is 'What the carrier calls it.';
comment on column app_public.carrier_account_fields.hint is 'Where it is found, or what it is for.';
comment on column app_public.carrier_account_fields.is_required is 'An account without it cannot be used.';
comment on column app_public.carrier_account_fields.is_list is 'Several texts.';
comment on column app_public.carrier_account_fields.pattern is 'A regular expression that each text matches.';
comment on column app_public.carrier_account_fields.position is 'Its place in a form.';
--! EndIncluded carriers/tables/carrier_account_fields.sql
--! Included carriers/tables/carrier_connection_checks.sql
-- One row is the latest check of one carrier account's connection: asked for by somebody, answered by a job.
create table app_public.carrier_connection_checks (
  merchant_id integer not null,
  carrier_account_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  status text not null default 'waiting',
  code text,
  message text,
  requested_by text not null,
  requested_at timestamptz not null default clock_timestamp(),
  finished_at timestamptz,
  sweep_at timestamptz default clock_timestamp(),
  constraint carrier_connection_checks_pkey primary key (merchant_id, carrier_account_id),
  constraint carrier_connection_checks_status_is_known check (status in ('waiting', 'done')),
  constraint carrier_connection_checks_code_is_known check (code in (
    'ok', 'no_credentials', 'credentials_refused', 'wrong_environment', 'account_blocked', 'unreachable',
    'unknown_answer'
  )),
  constraint carrier_connection_checks_done_is_whole check (
    (status = 'done') = (finished_at is not null) and (status = 'done') = (code is not null)
    and (status = 'done') = (message is not null) and (status = 'done') = (sweep_at is null)
  ),
  constraint carrier_connection_checks_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete cascade
);
create index carrier_connection_checks_sweep_idx on app_public.carrier_connection_checks (sweep_at)
  where sweep_at is not null;
comment on table app_public.carrier_connection_checks is
  E'@name connectionCheck\nThe latest check of a carrier account''s connection: a login and one cheap question.';
comment on column app_public.carrier_connection_checks.status is 'waiting: a worker will ask. done: it was answered.';
comment on column app_public.carrier_connection_checks.code is 'What came of it; null while it waits.';
comment on column app_public.carrier_connection_checks.message is 'The same in words, and what to do.';
comment on column app_public.carrier_connection_checks.requested_by is 'The id of the member, or the database login, that asked.';
comment on column app_public.carrier_connection_checks.requested_at is 'When it was asked for.';
comment on column app_public.carrier_connection_checks.finished_at is 'When it was answered; null while it waits.';
--! EndIncluded carriers/tables/carrier_connection_checks.sql
--! Included carriers/tables/carrier_circuits.sql
-- One row is the circuit breaker of one outside account, shared by all workers.
create table app_public.carrier_circuits (
  merchant_id integer not null,
  service text not null,
  account_id integer not null,
  state text not null default 'closed',
  failures integer not null default 0,
  reason text,
  opened_at timestamptz,
  probe_at timestamptz,
  changed_at timestamptz not null default now(),
  constraint carrier_circuits_pkey primary key (merchant_id, service, account_id),
  constraint carrier_circuits_state_is_known check (state in ('closed', 'open')),
  constraint carrier_circuits_open_has_probe check ((state = 'open') = (probe_at is not null)),
  constraint carrier_circuits_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade
);
comment on table app_public.carrier_circuits is
  E'@name carrierCircuit\nThe circuit breaker of each outside account. Open: no call until probe_at, then one.';
comment on column app_public.carrier_circuits.service is 'delhivery, whatsapp, …';
comment on column app_public.carrier_circuits.probe_at is
  'When one call may try again. Taking the probe moves it on, so a crashed probe frees itself.';
--! EndIncluded carriers/tables/carrier_circuits.sql
--! Included carriers/tables/carrier_calls.sql
-- One row is one call to an outside service: what for, what it said, how long it took.
create table app_public.carrier_calls (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  service text not null,
  account_id integer not null,
  operation text not null,
  reference text,
  outcome text not null,
  code text,
  http_status integer,
  duration_ms integer not null,
  request_masked text,
  answer_masked text,
  called_at timestamptz not null default now(),
  constraint carrier_calls_pkey primary key (merchant_id, id),
  constraint carrier_calls_outcome_is_known check (
    outcome in ('done', 'absent', 'transient', 'refused', 'exists', 'unknown', 'account', 'drift')
  ),
  constraint carrier_calls_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade
);
create index carrier_calls_reference_idx on app_public.carrier_calls (merchant_id, reference);
comment on table app_public.carrier_calls is
  E'@name carrierCall\nEvery call to an outside service. Secrets and personal data are masked.';
comment on column app_public.carrier_calls.reference is 'Ours: the same over all attempts of one effect.';
--! EndIncluded carriers/tables/carrier_calls.sql
--! Included carriers/tables/carrier_pickups.sql
-- One row is one visit of a carrier to one location on one day.
create table app_public.carrier_pickups (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  carrier_account_id integer not null,
  location_id integer not null,
  pickup_on date not null,
  status text not null default 'planned',
  carrier_reference text,
  requested_at timestamptz,
  created_at timestamptz not null default now(),
  constraint carrier_pickups_pkey primary key (merchant_id, id),
  constraint carrier_pickups_once_a_day unique (merchant_id, carrier_account_id, location_id, pickup_on),
  constraint carrier_pickups_status_is_known check (status in ('planned', 'requested', 'refused')),
  constraint carrier_pickups_requested_has_time check ((status = 'requested') = (requested_at is not null)),
  constraint carrier_pickups_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete cascade,
  constraint carrier_pickups_location_fkey foreign key (merchant_id, location_id)
    references app_public.locations (merchant_id, id) on delete cascade
);
create index carrier_pickups_location_idx on app_public.carrier_pickups (merchant_id, location_id);
comment on table app_public.carrier_pickups is
  E'@name carrierPickup\nA carrier''s visit to collect parcels: one per account, location and day.';
comment on column app_public.carrier_pickups.status is
  'planned: the carrier was not asked, or has not answered. requested: it comes. refused: it does not, and a dead letter says why.';
comment on column app_public.carrier_pickups.requested_at is 'When the carrier confirmed it; null until then.';
--! EndIncluded carriers/tables/carrier_pickups.sql
--! Included carriers/tables/carrier_sessions.sql
-- One row is the last login of one carrier account: its token, sealed by the application, or that it was
-- refused. All workers share it, because who signs in too often is locked out.
create table app_private.carrier_sessions (
  merchant_id integer not null,
  carrier_account_id integer not null,
  sealed bytea,
  expires_at timestamptz,
  refused_until timestamptz,
  failure jsonb,
  leased_by uuid,
  leased_until timestamptz,
  constraint carrier_sessions_pkey primary key (merchant_id, carrier_account_id),
  constraint carrier_sessions_token_ends check ((sealed is null) = (expires_at is null)),
  constraint carrier_sessions_refusal_is_whole check ((refused_until is null) = (failure is null)),
  constraint carrier_sessions_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete cascade
);
comment on table app_private.carrier_sessions is
  'The token of each carrier account''s last login, encrypted, or that the login was refused.';
comment on column app_private.carrier_sessions.refused_until is 'Wrong credentials are not tried again before.';
comment on column app_private.carrier_sessions.leased_until is
  'One worker at a time signs in. The lease ends by itself: no transaction stays open over a call.';
--! EndIncluded carriers/tables/carrier_sessions.sql
--! Included carriers/data/carrier_account_fields.sql
-- Compared with what the connectors parse by carrier-account-fields.test.ts.
insert into app_public.carrier_account_fields (
  carrier, field, kind, label, hint, is_required, is_list, pattern, position
)
select c.carrier, f.field, f.kind, f.label, f.hint, f.is_required, f.is_list, f.pattern, f.position
from (values
  ('delhivery', 'client_name', 'setting', 'Client name', 'As Delhivery registered it, exact in case and spaces.',
    true, false, '^\S(.{0,98}\S)?$', 1),
  ('delhivery', 'token', 'credential', 'API token', 'In Delhivery One under Settings, API Setup.',
    true, false, '^[\x21-\x7e]{8,500}$', 2),
  ('shiprocket', 'contact_email', 'setting', 'Contact e-mail', 'Goes with each order that has no address of its own.',
    true, false, '^[^@\s]+@[^@\s]+\.[^@\s]+$', 1),
  ('shiprocket', 'email', 'credential', 'API user''s e-mail', 'Of the API user, in the panel under Settings, API; not the login of the panel.',
    true, false, '^[^@\s]+@[^@\s]+$', 2),
  ('shiprocket', 'password', 'credential', 'API user''s password', 'Sent to the API user''s e-mail address when it was made.',
    true, false, '^.{1,500}$', 3),
  ('bluedart', 'customer_code', 'setting', 'Customer code', 'From the contract; digits.',
    true, false, '^[A-Za-z0-9]{3,20}$', 1),
  ('bluedart', 'product', 'setting', 'Product', 'A: air. E: surface.', false, false, '^[AE]$', 2),
  ('bluedart', 'pickup_sub_products', 'setting', 'Sub-products of a pickup', 'In the words of Blue Dart.',
    false, true, '^\S(.{0,98}\S)?$', 3),
  ('bluedart', 'pickup_envelope', 'setting', 'Envelope of a pickup', 'lower or upper: how the gateway spells it for this account.',
    false, false, '^(lower|upper)$', 4),
  ('bluedart', 'tracking_version', 'setting', 'Tracking version', 'Leave it out unless Blue Dart names one.',
    false, false, '^[0-9.]{1,10}$', 5),
  ('bluedart', 'clientId', 'credential', 'Client ID', 'Of the app in Blue Dart''s developer portal.',
    true, false, '^[\x21-\x7e]{4,500}$', 6),
  ('bluedart', 'clientSecret', 'credential', 'Client secret', 'Of the same app.', true, false, '^[\x21-\x7e]{4,500}$', 7),
  ('bluedart', 'loginId', 'credential', 'Login ID', 'Of the profile, such as COK12345.', true, false, '^[\x21-\x7e]{3,100}$', 8),
  ('bluedart', 'licenceKey', 'credential', 'Licence key', 'Of the same profile, for shipping.', true, false, '^[\x21-\x7e]{4,500}$', 9)
) f (carrier, field, kind, label, hint, is_required, is_list, pattern, position)
join app_public.carriers c on c.carrier = f.carrier
on conflict on constraint carrier_account_fields_pkey do update set
  kind = excluded.kind, label = excluded.label, hint = excluded.hint, is_required = excluded.is_required,
  is_list = excluded.is_list, pattern = excluded.pattern, position = excluded.position;
--! EndIncluded carriers/data/carrier_account_fields.sql
--! Included carriers/functions/circuit.sql
-- The circuit breaker. Closed rows are written only when something fails, so a healthy call costs one
-- index look-up. Security definer: waybill_worker reads no table.
create or replace function app_private.circuit_wait(merchant_id integer, service text, account_id integer)
returns timestamptz
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  circuit app_public.carrier_circuits;
begin
  select c.* into circuit from app_public.carrier_circuits c
  where c.merchant_id = circuit_wait.merchant_id and c.service = circuit_wait.service
    and c.account_id = circuit_wait.account_id and c.state = 'open';
  if not found then
    return null;
  end if;
  update app_public.carrier_circuits c
  set probe_at = clock_timestamp() + interval '30 seconds'
  where c.merchant_id = circuit.merchant_id and c.service = circuit.service
    and c.account_id = circuit.account_id and c.state = 'open' and c.probe_at <= clock_timestamp();
  if found then
    return null;
  end if;
  return circuit.probe_at;
end
$$;
comment on function app_private.circuit_wait(integer, text, integer) is
  'Null: the call may go (for an open circuit: as its one probe). Else when to ask again.';

-- Five failures in a row open the circuit for 30 s; an account-wide refusal opens it at once, for five
-- minutes; any success closes it.
create or replace function app_hidden.note_outcome(
  merchant_id integer, service text, account_id integer, outcome text, reason text
)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  pause interval;
begin
  if outcome not in ('transient', 'unknown', 'account', 'drift') then
    update app_public.carrier_circuits c
    set state = 'closed', failures = 0, opened_at = null, probe_at = null, changed_at = clock_timestamp()
    where c.merchant_id = note_outcome.merchant_id and c.service = note_outcome.service
      and c.account_id = note_outcome.account_id and (c.state = 'open' or c.failures > 0);
    return;
  end if;
  insert into app_public.carrier_circuits as c (merchant_id, service, account_id, failures, reason)
  values (note_outcome.merchant_id, note_outcome.service, note_outcome.account_id, 1, note_outcome.reason)
  on conflict on constraint carrier_circuits_pkey do update
    set failures = c.failures + 1, reason = excluded.reason;
  pause := case when outcome = 'account' then interval '5 minutes' else interval '30 seconds' end;
  update app_public.carrier_circuits c
  set state = 'open', opened_at = coalesce(c.opened_at, clock_timestamp()),
    probe_at = clock_timestamp() + pause, changed_at = clock_timestamp()
  where c.merchant_id = note_outcome.merchant_id and c.service = note_outcome.service
    and c.account_id = note_outcome.account_id and (c.failures >= 5 or outcome = 'account');
end
$$;
comment on function app_hidden.note_outcome(integer, text, integer, text, text) is
  'Feeds the circuit breaker with the outcome of one call.';

-- One log row a call, and the circuit's food, in one statement.
create or replace function app_private.record_call(merchant_id integer, call jsonb)
returns void
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  masked text[] := app_hidden.redacted_call(
    array[call ->> 'request_masked', call ->> 'answer_masked'], record_call.merchant_id, call ->> 'reference');
begin
  insert into app_public.carrier_calls (
    merchant_id, service, account_id, operation, reference, outcome, code,
    http_status, duration_ms, request_masked, answer_masked
  ) values (
    record_call.merchant_id, call ->> 'service', (call ->> 'account_id')::integer, call ->> 'operation',
    call ->> 'reference', call ->> 'outcome', call ->> 'code', (call ->> 'http_status')::integer,
    (call ->> 'duration_ms')::integer, masked[1], masked[2]
  );
  perform app_hidden.note_outcome(
    record_call.merchant_id, call ->> 'service', (call ->> 'account_id')::integer,
    call ->> 'outcome', call ->> 'code'
  );
end
$$;
comment on function app_private.record_call(integer, jsonb) is
  'Writes the log row of one outside call and feeds the circuit breaker.';

-- Those of one merchant that ended at the same time; circuits in the order of their key, as each locks its own.
create or replace function app_private.record_calls(merchant_id integer, calls jsonb)
returns void
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
begin
  perform app_private.record_call(record_calls.merchant_id, c.call)
  from (
    select call from jsonb_array_elements(calls) with ordinality n (call, place)
    order by call ->> 'service', (call ->> 'account_id')::integer, place
  ) c;
end
$$;
comment on function app_private.record_calls(integer, jsonb) is
  'Writes the log rows of outside calls and feeds the circuit breaker.';

grant execute on function
  app_private.circuit_wait(integer, text, integer), app_private.record_call(integer, jsonb),
  app_private.record_calls(integer, jsonb)
to waybill_worker;

-- Security definer: members hold no write privilege on carrier_circuits.
create or replace function app_public.reset_circuit(
  carrier_account_id integer, idempotency_key text default null
)
returns app_public.carrier_circuits
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  mine integer := coalesce(app_hidden.current_merchant_id(), (
    select a.merchant_id from app_public.carrier_accounts a where a.id = reset_circuit.carrier_account_id
  ));
  circuit app_public.carrier_circuits;
  stored jsonb;
begin
  if app_hidden.current_actor_role() not in ('owner', 'manager', 'dba') then
    perform app_hidden.refuse('WB003', 'Only an owner or a manager may reset a circuit.',
      '{"roles": ["owner", "manager"]}');
  end if;
  if mine is not null then
    stored := app_hidden.recall_result(idempotency_key, 'reset_circuit', to_jsonb(carrier_account_id), mine);
  end if;
  if stored is not null then
    return jsonb_populate_record(null::app_public.carrier_circuits, stored);
  end if;
  update app_public.carrier_circuits c
  set state = 'closed', failures = 0, opened_at = null, probe_at = null, changed_at = now()
  from app_public.carrier_accounts a
  where a.id = reset_circuit.carrier_account_id
    and a.merchant_id = mine
    and c.merchant_id = a.merchant_id and c.service = a.carrier and c.account_id = a.id
  returning c.* into circuit;
  if not found then
    perform app_hidden.refuse('WB007', 'This carrier account has no circuit to reset.',
      jsonb_build_object('field', 'carrierAccountId'));
  end if;
  perform app_hidden.store_result(idempotency_key, to_jsonb(circuit), mine);
  return circuit;
end
$$;
comment on function app_public.reset_circuit(integer, text) is
  E'@resultFieldName circuit\nCloses the circuit breaker of a carrier account by hand. Errors: FORBIDDEN, NOT_FOUND, IDEMPOTENCY_MISMATCH.';
grant execute on function app_public.reset_circuit(integer, text) to waybill_member;
--! EndIncluded carriers/functions/circuit.sql
--! Included carriers/functions/sessions.sql
-- The logins of carriers, shared by all workers. Security definer: waybill_worker reads and writes no table.
create or replace function app_private.read_session(merchant_id integer, carrier_account_id integer)
returns jsonb
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select jsonb_build_object('sealed', encode(s.sealed, 'base64'), 'refused_until', s.refused_until,
    'failure', s.failure)
  from app_private.carrier_sessions s
  where s.merchant_id = read_session.merchant_id and s.carrier_account_id = read_session.carrier_account_id
    and (s.sealed is not null or s.failure is not null)
$$;
comment on function app_private.read_session(integer, integer) is
  'The sealed token of an account''s last login, or its refusal; null when there is neither.';

create or replace function app_private.lease_session(
  merchant_id integer, carrier_account_id integer, lease uuid, seconds integer
)
returns boolean
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  with leased as (
    insert into app_private.carrier_sessions as s (merchant_id, carrier_account_id, leased_by, leased_until)
    values (lease_session.merchant_id, lease_session.carrier_account_id, lease,
      clock_timestamp() + seconds * interval '1 second')
    on conflict on constraint carrier_sessions_pkey do update
      set leased_by = excluded.leased_by, leased_until = excluded.leased_until
      where s.leased_until is null or s.leased_until < clock_timestamp()
    returning 1
  )
  select exists (select from leased)
$$;
comment on function app_private.lease_session(integer, integer, uuid, integer) is
  'Makes the caller the one who signs in; false while another one does.';

create or replace function app_private.write_session(
  merchant_id integer, carrier_account_id integer, lease uuid,
  sealed bytea, expires_at timestamptz, refused_until timestamptz, failure jsonb
)
returns void
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  update app_private.carrier_sessions s
  set sealed = write_session.sealed, expires_at = write_session.expires_at,
    refused_until = write_session.refused_until, failure = write_session.failure
  where s.merchant_id = write_session.merchant_id
    and s.carrier_account_id = write_session.carrier_account_id and s.leased_by = lease
$$;
comment on function app_private.write_session(integer, integer, uuid, bytea, timestamptz, timestamptz, jsonb) is
  'Keeps the outcome of a login, if the caller''s lease is the latest.';

create or replace function app_private.release_session(merchant_id integer, carrier_account_id integer, lease uuid)
returns void
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  update app_private.carrier_sessions s set leased_until = null
  where s.merchant_id = release_session.merchant_id
    and s.carrier_account_id = release_session.carrier_account_id and s.leased_by = lease
$$;
comment on function app_private.release_session(integer, integer, uuid) is 'Ends a lease, so that the next may sign in.';

grant execute on function
  app_private.read_session(integer, integer), app_private.lease_session(integer, integer, uuid, integer),
  app_private.write_session(integer, integer, uuid, bytea, timestamptz, timestamptz, jsonb),
  app_private.release_session(integer, integer, uuid)
to waybill_worker;

-- New credentials make the old login worthless, and its refusal too.
create or replace function app_hidden.forget_session()
returns trigger
language plpgsql
set search_path to pg_catalog, pg_temp
as $$
begin
  delete from app_private.carrier_sessions s
  using app_public.carrier_accounts a
  where a.merchant_id = new.merchant_id and a.id = new.account_id and a.carrier = new.service
    and s.merchant_id = a.merchant_id and s.carrier_account_id = a.id;
  return null;
end
$$;
comment on function app_hidden.forget_session() is 'Forgets the login of an account whose credentials changed.';

create or replace trigger secrets_500_forget_session
  after insert or update of ciphertext on app_private.secrets
  for each row execute function app_hidden.forget_session();
--! EndIncluded carriers/functions/sessions.sql
--! Included carriers/functions/manage_accounts.sql
-- Contracts with carriers are made and ended by owners; managers run them. The merchant's row is locked, and
-- who acts is read anew behind the lock, as for members. Where an account's calls go (base_url) is not for the
-- API to say: it would let a member make the workers call any address. Security definer, all: members hold no
-- write privilege.
create or replace function app_hidden.account_of_mine(carrier_account_id integer)
returns app_public.carrier_accounts
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  account app_public.carrier_accounts;
begin
  select a.* into account from app_public.carrier_accounts a
  where a.merchant_id = app_hidden.current_merchant_id() and a.id = account_of_mine.carrier_account_id
  for no key update;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such carrier account.', '{"field": "carrierAccountId"}');
  end if;
  return account;
end
$$;
comment on function app_hidden.account_of_mine(integer) is
  'Locks and returns a carrier account of the acting member''s merchant. Errors: NOT_FOUND.';

-- What stands in settings is what its carrier's connector reads: no field that it does not know, none missing.
create or replace function app_hidden.check_carrier_settings(carrier text, settings jsonb)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  wrong text;
begin
  if jsonb_typeof(settings) is distinct from 'object' then
    perform app_hidden.refuse('WB004', 'Settings are an object.', '{"field": "settings"}');
  end if;
  select coalesce(f.field, given.key) into wrong
  from jsonb_each(settings) given (key, value)
  full join (
    select f.* from app_public.carrier_account_fields f
    where f.carrier = check_carrier_settings.carrier and f.kind = 'setting'
  ) f on f.field = given.key
  where f.field is null or given.key is null and f.is_required or given.key is not null and not (
    case when f.is_list then jsonb_typeof(given.value) = 'array'
        and jsonb_array_length(case jsonb_typeof(given.value) when 'array' then given.value else '[]' end) between 1 and 20
      else jsonb_typeof(given.value) = 'string' end
    and not exists (
      select from jsonb_array_elements(
        case jsonb_typeof(given.value) when 'array' then given.value else jsonb_build_array(given.value) end
      ) v (word)
      where jsonb_typeof(v.word) <> 'string' or v.word #>> '{}' !~ f.pattern
    )
  )
  order by 1
  limit 1;
  if found then
    perform app_hidden.refuse('WB004', 'This setting is missing, malformed or not one of this carrier''s.',
      jsonb_build_object('field', 'settings', 'setting', wrong));
  end if;
end
$$;
comment on function app_hidden.check_carrier_settings(text, jsonb) is
  'Refuses settings that are not those of the carrier. Errors: INVALID_INPUT.';

create or replace function app_hidden.check_carrier_account(
  merchant_id integer, carrier_account_id integer, carrier text,
  name text, settings jsonb, priority integer, tracking_poll_seconds integer, coverage_seconds integer
)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if length(check_carrier_account.name) not between 1 and 100 then
    perform app_hidden.refuse('WB004', 'A name has 1 to 100 characters.', '{"field": "name"}');
  end if;
  if exists (
    select from app_public.carrier_accounts a
    where a.merchant_id = check_carrier_account.merchant_id and a.name = check_carrier_account.name
      and a.id is distinct from check_carrier_account.carrier_account_id
  ) then
    perform app_hidden.refuse('WB004', 'Another carrier account has this name.', '{"field": "name"}');
  end if;
  if check_carrier_account.priority not between 1 and 100 then
    perform app_hidden.refuse('WB004', 'A priority is from 1 to 100.', '{"field": "priority"}');
  end if;
  if check_carrier_account.tracking_poll_seconds not between 60 and 86400 then
    perform app_hidden.refuse('WB004', 'Tracking is polled every 60 to 86,400 seconds.',
      '{"field": "trackingPollSeconds"}');
  end if;
  if check_carrier_account.coverage_seconds not between 60 and 86400 then
    perform app_hidden.refuse('WB004', 'An answer about a PIN code is kept for 60 to 86,400 seconds.',
      '{"field": "coverageSeconds"}');
  end if;
  if settings is not null then
    perform app_hidden.check_carrier_settings(check_carrier_account.carrier, settings);
  end if;
end
$$;
comment on function app_hidden.check_carrier_account(integer, integer, text, text, jsonb, integer, integer, integer) is
  'Refuses what a carrier account may not be; null is not looked at. Errors: INVALID_INPUT.';

create or replace function app_public.add_carrier_account(
  carrier text, name text, settings jsonb default '{}', priority integer default 1,
  tracking_poll_seconds integer default 900, coverage_seconds integer default 3600
)
returns app_public.carrier_accounts
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner}');
  called text := app_hidden.trimmed(add_carrier_account.name);
  account app_public.carrier_accounts;
begin
  if not exists (select from app_public.carriers c where c.carrier = add_carrier_account.carrier) then
    perform app_hidden.refuse('WB004', 'There is no such carrier.', '{"field": "carrier"}');
  end if;
  perform app_hidden.check_carrier_account(acting.merchant_id, null, add_carrier_account.carrier, called,
    coalesce(settings, '{}'), priority, tracking_poll_seconds, coverage_seconds);
  insert into app_public.carrier_accounts (
    merchant_id, carrier, name, settings, priority, tracking_poll_seconds, coverage_seconds
  ) values (
    acting.merchant_id, add_carrier_account.carrier, called, coalesce(settings, '{}'), coalesce(priority, 1),
    coalesce(tracking_poll_seconds, 900), coalesce(add_carrier_account.coverage_seconds, 3600)
  )
  returning * into account;
  perform app_hidden.audit_access(account.merchant_id, 'carrier_account', account.id::text, 'created',
    jsonb_build_object('carrier', account.carrier, 'name', account.name));
  return account;
end
$$;
comment on function app_public.add_carrier_account(text, text, jsonb, integer, integer, integer) is
  E'@resultFieldName carrierAccount\nAdds a contract with a carrier; owners only. It takes parcels once it has credentials. Errors: FORBIDDEN, INVALID_INPUT.';

create or replace function app_public.change_carrier_account(
  carrier_account_id integer, name text default null, settings jsonb default null,
  priority integer default null, tracking_poll_seconds integer default null,
  coverage_seconds integer default null
)
returns app_public.carrier_accounts
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner,manager}');
  before app_public.carrier_accounts := app_hidden.account_of_mine(change_carrier_account.carrier_account_id);
  called text := case when change_carrier_account.name is not null
    then app_hidden.trimmed(change_carrier_account.name) end;
  account app_public.carrier_accounts;
begin
  perform app_hidden.check_carrier_account(acting.merchant_id, before.id, before.carrier, called,
    change_carrier_account.settings, change_carrier_account.priority,
    change_carrier_account.tracking_poll_seconds, change_carrier_account.coverage_seconds);
  update app_public.carrier_accounts a
  set name = coalesce(called, a.name), settings = coalesce(change_carrier_account.settings, a.settings),
    priority = coalesce(change_carrier_account.priority, a.priority),
    tracking_poll_seconds = coalesce(change_carrier_account.tracking_poll_seconds, a.tracking_poll_seconds),
    coverage_seconds = coalesce(change_carrier_account.coverage_seconds, a.coverage_seconds)
  where a.merchant_id = acting.merchant_id and a.id = before.id
  returning a.* into account;
  perform app_hidden.audit_access(account.merchant_id, 'carrier_account', account.id::text, 'changed', (
    select coalesce(jsonb_object_agg(n.key, n.value), '{}') from jsonb_each(to_jsonb(account)) n
    where n.value is distinct from to_jsonb(before) -> n.key
  ));
  return account;
end
$$;
comment on function app_public.change_carrier_account(integer, text, jsonb, integer, integer, integer) is
  E'@resultFieldName carrierAccount\nChanges what is given and leaves the rest; settings are replaced as a whole. Owners and managers. Errors: FORBIDDEN, INVALID_INPUT, NOT_FOUND.';

create or replace function app_hidden.switch_carrier_account(carrier_account_id integer, off boolean)
returns app_public.carrier_accounts
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner}');
  account app_public.carrier_accounts := app_hidden.account_of_mine(switch_carrier_account.carrier_account_id);
begin
  if (account.disabled_at is not null) = off then
    return account;
  end if;
  update app_public.carrier_accounts a set disabled_at = case when off then now() end
  where a.merchant_id = acting.merchant_id and a.id = account.id
  returning a.* into account;
  perform app_hidden.audit_access(account.merchant_id, 'carrier_account', account.id::text,
    case when off then 'disabled' else 'enabled' end, '{}');
  return account;
end
$$;
comment on function app_hidden.switch_carrier_account(integer, boolean) is
  'Switches a carrier account off or on. Errors: FORBIDDEN, NOT_FOUND.';

create or replace function app_public.disable_carrier_account(carrier_account_id integer)
returns app_public.carrier_accounts
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  select * from app_hidden.switch_carrier_account(disable_carrier_account.carrier_account_id, true)
$$;
comment on function app_public.disable_carrier_account(integer) is
  E'@resultFieldName carrierAccount\nLets no new parcel go with this account; those under way are followed and can be cancelled. Owners only. Errors: FORBIDDEN, NOT_FOUND.';

create or replace function app_public.enable_carrier_account(carrier_account_id integer)
returns app_public.carrier_accounts
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  select * from app_hidden.switch_carrier_account(enable_carrier_account.carrier_account_id, false)
$$;
comment on function app_public.enable_carrier_account(integer) is
  E'@resultFieldName carrierAccount\nLets parcels go with this account again. Owners only. Errors: FORBIDDEN, NOT_FOUND.';

create or replace function app_public.name_carrier_location(
  carrier_account_id integer, location_id integer, registered_name text default null
)
returns app_public.carrier_accounts
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner,manager}');
  account app_public.carrier_accounts := app_hidden.account_of_mine(name_carrier_location.carrier_account_id);
  name text := app_hidden.trimmed(name_carrier_location.registered_name);
begin
  perform from app_public.locations l
  where l.merchant_id = acting.merchant_id and l.id = name_carrier_location.location_id;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such location.', '{"field": "locationId"}');
  end if;
  if length(name) > 100 then
    perform app_hidden.refuse('WB004', 'A registered name has 100 characters at most.', '{"field": "registeredName"}');
  end if;
  delete from app_public.carrier_locations c
  where c.merchant_id = account.merchant_id and c.carrier_account_id = account.id
    and c.location_id = name_carrier_location.location_id;
  insert into app_public.carrier_locations (merchant_id, carrier_account_id, location_id, registered_name)
  select account.merchant_id, account.id, name_carrier_location.location_id, name
  where name <> '';
  perform app_hidden.audit_access(account.merchant_id, 'carrier_account', account.id::text, 'location_named',
    jsonb_build_object('location_id', name_carrier_location.location_id, 'registered_name', nullif(name, '')));
  return account;
end
$$;
comment on function app_public.name_carrier_location(integer, integer, text) is
  E'@resultFieldName carrierAccount\nSays under which name the carrier has registered a location; without one the location''s own name is used. Owners and managers. Errors: FORBIDDEN, INVALID_INPUT, NOT_FOUND.';

grant execute on function
  app_public.add_carrier_account(text, text, jsonb, integer, integer, integer),
  app_public.change_carrier_account(integer, text, jsonb, integer, integer, integer),
  app_hidden.switch_carrier_account(integer, boolean), app_public.disable_carrier_account(integer),
  app_public.enable_carrier_account(integer), app_public.name_carrier_location(integer, integer, text)
to waybill_member;
--! EndIncluded carriers/functions/manage_accounts.sql
--! Included carriers/functions/store_credentials.sql
-- Credentials come here sealed by the server process: the database never sees what is in them. In one
-- transaction the server asks for what there is (the webhook's secret stays unless a new one is asked for),
-- seals, and stores. The account's row is locked from the first to the second, so two who store at once do
-- not mix. Security definer: members reach no secret; what they are given here is sealed.
create or replace function app_hidden.carrier_secret_to_replace(carrier_account_id integer)
returns table (carrier text, sealed bytea)
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner}');
  account app_public.carrier_accounts := app_hidden.account_of_mine(carrier_secret_to_replace.carrier_account_id);
begin
  return query select account.carrier, (
    select s.ciphertext from app_private.secrets s
    where s.merchant_id = acting.merchant_id and s.service = account.carrier and s.account_id = account.id
  );
end
$$;
comment on function app_hidden.carrier_secret_to_replace(integer) is
  'Locks a carrier account whose credentials will change; returns its carrier and what is stored, sealed. Errors: FORBIDDEN, NOT_FOUND.';

create or replace function app_hidden.store_carrier_secret(carrier_account_id integer, sealed bytea)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner}');
  account app_public.carrier_accounts := app_hidden.account_of_mine(store_carrier_secret.carrier_account_id);
begin
  insert into app_private.secrets as s (merchant_id, service, account_id, ciphertext)
  values (acting.merchant_id, account.carrier, account.id, sealed)
  on conflict on constraint secrets_pkey do update
    set ciphertext = excluded.ciphertext, changed_at = excluded.changed_at;
  update app_public.carrier_accounts a set credentials_saved_at = now()
  where a.merchant_id = account.merchant_id and a.id = account.id;
  -- What was refused or given up under the old ones says nothing about the new.
  update app_public.carrier_circuits c
  set state = 'closed', failures = 0, opened_at = null, probe_at = null, changed_at = now()
  where c.merchant_id = account.merchant_id and c.service = account.carrier and c.account_id = account.id
    and (c.state = 'open' or c.failures > 0);
  delete from app_public.carrier_connection_checks k
  where k.merchant_id = account.merchant_id and k.carrier_account_id = account.id;
  perform app_hidden.audit_access(account.merchant_id, 'carrier_account', account.id::text,
    'credentials_saved', '{}');
  return account.id;
end
$$;
comment on function app_hidden.store_carrier_secret(integer, bytea) is
  'Stores sealed credentials of a carrier account, closes its circuit and forgets its last check. Errors: FORBIDDEN, NOT_FOUND.';

grant execute on function
  app_hidden.carrier_secret_to_replace(integer), app_hidden.store_carrier_secret(integer, bytea)
to waybill_member;

-- Also for what is stored with SQL.
create or replace function app_hidden.note_credentials()
returns trigger
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  update app_public.carrier_accounts a set credentials_saved_at = new.changed_at
  where a.merchant_id = new.merchant_id and a.id = new.account_id and a.carrier = new.service;
  return null;
end
$$;
comment on function app_hidden.note_credentials() is 'Says on a carrier account since when it has credentials.';
--! EndIncluded carriers/functions/store_credentials.sql
--! Included carriers/triggers/secrets.sql
create or replace trigger secrets_500_note_credentials
  after insert on app_private.secrets
  for each row execute function app_hidden.note_credentials();
--! EndIncluded carriers/triggers/secrets.sql
--! Included carriers/access/carriers.sql
drop policy if exists everybody_reads on app_public.carriers;
create policy everybody_reads on app_public.carriers for select
  to waybill_member, waybill_readonly, waybill_server using (true);
grant select on app_public.carriers to waybill_member, waybill_readonly, waybill_server;

drop policy if exists tenant_reads on app_public.carrier_accounts;
create policy tenant_reads on app_public.carrier_accounts for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.carrier_accounts;
create policy readonly_reads on app_public.carrier_accounts for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.carrier_locations;
create policy tenant_reads on app_public.carrier_locations for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.carrier_locations;
create policy readonly_reads on app_public.carrier_locations for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.carrier_circuits;
create policy tenant_reads on app_public.carrier_circuits for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.carrier_circuits;
create policy readonly_reads on app_public.carrier_circuits for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.carrier_calls;
create policy tenant_reads on app_public.carrier_calls for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.carrier_calls;
create policy readonly_reads on app_public.carrier_calls for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.carrier_pickups;
create policy tenant_reads on app_public.carrier_pickups for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.carrier_pickups;
create policy readonly_reads on app_public.carrier_pickups for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.carrier_connection_checks;
create policy tenant_reads on app_public.carrier_connection_checks for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.carrier_connection_checks;
create policy readonly_reads on app_public.carrier_connection_checks for select to waybill_readonly using (true);

drop policy if exists everybody_reads on app_public.carrier_account_fields;
create policy everybody_reads on app_public.carrier_account_fields for select
  to waybill_member, waybill_readonly using (true);
grant select on app_public.carrier_account_fields, app_public.carrier_connection_checks
to waybill_member, waybill_readonly;

grant select on app_public.carrier_accounts, app_public.carrier_locations, app_public.carrier_circuits,
  app_public.carrier_calls, app_public.carrier_pickups
to waybill_member, waybill_readonly;
--! EndIncluded carriers/access/carriers.sql
--! EndIncluded carriers/carriers.sql
--! Included messages/messages.sql
--! Included messages/tables/messages.sql
-- One row is one WhatsApp number of a merchant. Its token is in app_private.secrets.
create table app_public.message_accounts (
  merchant_id integer not null,
  id integer generated always as identity,
  channel text not null default 'whatsapp',
  phone_number_id text not null,
  waba_id text not null,
  api_version text not null default 'v24.0',
  base_url text,
  created_at timestamptz not null default now(),
  constraint message_accounts_pkey primary key (merchant_id, id),
  constraint message_accounts_one_a_channel unique (merchant_id, channel),
  constraint message_accounts_channel_is_known check (channel in ('whatsapp')),
  constraint message_accounts_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade
);
create index message_accounts_phone_number_idx on app_public.message_accounts (phone_number_id);
comment on table app_public.message_accounts is
  E'@name messageAccount\nThe number a merchant''s messages come from.';

-- One row is one template as the service knows it: its approval is cached here, so that a message that
-- could not be sent is refused before it is tried.
create table app_public.message_templates (
  merchant_id integer not null,
  name text not null,
  language text not null default 'en',
  message_kind text not null,
  body text not null,
  parameters text[] not null default '{}',
  status text not null default 'PENDING',
  synced_at timestamptz,
  constraint message_templates_pkey primary key (merchant_id, name, language),
  constraint message_templates_kind_once unique (merchant_id, message_kind, language),
  constraint message_templates_parameters_are_known check (
    parameters <@ array['name', 'number', 'tracking_code', 'tracking_url', 'store', 'location']
  ),
  constraint message_templates_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade
);
comment on table app_public.message_templates is
  E'@name messageTemplate\nWhatsApp templates with their approval status as last synced.';
comment on column app_public.message_templates.message_kind is 'The effect kind that sends it.';
comment on column app_public.message_templates.parameters is 'What fills {{1}}, {{2}}, … of the body.';
comment on column app_public.message_templates.status is 'As the service says: APPROVED, PENDING, REJECTED, PAUSED, …';

-- One row is one message to a customer about one order.
create table app_public.messages (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  order_id uuid not null,
  kind text not null,
  template text not null,
  language text not null,
  status text not null default 'sending',
  provider_message_id text,
  error_code text,
  created_at timestamptz not null default now(),
  sent_at timestamptz,
  delivered_at timestamptz,
  read_at timestamptz,
  constraint messages_pkey primary key (merchant_id, id),
  constraint messages_once_a_kind unique (merchant_id, order_id, kind),
  constraint messages_provider_id_once unique (merchant_id, provider_message_id),
  constraint messages_status_is_known check (status in ('sending', 'sent', 'delivered', 'read', 'failed'))
);
comment on table app_public.messages is
  E'@name message\nMessages to customers: one of each kind per order, by constraint.';
comment on column app_public.messages.kind is 'message_packed, message_shipped, message_delivered or message_ready.';
comment on column app_public.messages.status is
  'sending: handed over, outcome not known. sent: accepted. delivered, read, failed: as the service reported.';
--! EndIncluded messages/tables/messages.sql
--! Included messages/access/messages.sql
drop policy if exists tenant_reads on app_public.message_accounts;
create policy tenant_reads on app_public.message_accounts for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.message_accounts;
create policy readonly_reads on app_public.message_accounts for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.message_templates;
create policy tenant_reads on app_public.message_templates for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.message_templates;
create policy readonly_reads on app_public.message_templates for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.messages;
create policy tenant_reads on app_public.messages for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.messages;
create policy readonly_reads on app_public.messages for select to waybill_readonly using (true);

grant select on app_public.message_accounts, app_public.message_templates, app_public.messages
to waybill_member, waybill_readonly;
--! EndIncluded messages/access/messages.sql
--! EndIncluded messages/messages.sql
--! Included orders/orders.sql
--! Included orders/functions/contact_terms.sql
-- What an order's contact is found by. Indexes of order_contacts hold these values, so that they go when a
-- contact is erased, and nothing else keeps a copy. A change here needs those indexes built anew.
-- PL/pgSQL, because the planner would put a body of SQL in place of each call: a look-up over all of the
-- indexes then takes 5 ms to plan.

create or replace function app_hidden.contact_names(name text, customer_name text)
returns text
language plpgsql immutable parallel safe
set search_path to pg_catalog, pg_temp
as $$
begin
  return app_hidden.searchable(case
    when customer_name is null or customer_name = name then name
    when name is null then customer_name
    else name || ' ' || customer_name
  end);
end
$$;
comment on function app_hidden.contact_names(text, text) is
  'Both names of a contact, as a search compares them.';

-- Two names of two words, or one of four, is as far as a search looks.
create or replace function app_hidden.contact_word(name text, customer_name text, place integer)
returns text
language plpgsql immutable parallel safe
set search_path to pg_catalog, pg_temp
as $$
begin
  return nullif(left(split_part(app_hidden.contact_names(name, customer_name), ' ', place), 40), '');
end
$$;
comment on function app_hidden.contact_word(text, text, integer) is
  'One word of the names of a contact; null when there are fewer.';

create or replace function app_hidden.full_name(name text)
returns text
language plpgsql immutable parallel safe
set search_path to pg_catalog, pg_temp
as $$
begin
  return left(app_hidden.searchable(name), 80);
end
$$;
comment on function app_hidden.full_name(text) is 'A whole name, as a search compares it.';

-- Backwards, because people give the last digits; ten of them, so that country code and trunk zero are no
-- matter.
create or replace function app_hidden.phone_tail(phone text, same_as text default null)
returns text
language plpgsql immutable parallel safe
set search_path to pg_catalog, pg_temp
as $$
begin
  if phone = same_as then
    return null;
  end if;
  return nullif(reverse(right(regexp_replace(phone, '[^0-9]', '', 'g'), 10)), '');
end
$$;
comment on function app_hidden.phone_tail(text, text) is
  'The last ten digits of a phone, last one first; null for the same phone as another.';

create or replace function app_hidden.email_term(email text)
returns text
language plpgsql immutable parallel safe
set search_path to pg_catalog, pg_temp
as $$
begin
  return left(lower(btrim(email)), 254);
end
$$;
comment on function app_hidden.email_term(text) is 'An e-mail address, as a search compares it.';
--! EndIncluded orders/functions/contact_terms.sql
--! Included privacy/functions/phone_keys.sql
-- Phones are typed in many ways and made callable in TypeScript (intake/normalise-phone.ts) only for
-- orders that are validated. To find a person they are compared by their digits: without trunk 0 and
-- without India's 91, which may be there twice.
create or replace function app_hidden.phone_key(typed text)
returns text
language sql immutable parallel safe
return regexp_replace(
  ltrim(regexp_replace(typed, '\D', '', 'g'), '0'), '^(?:0|91)+(?=\d{10}$)', ''
);
comment on function app_hidden.phone_key(text) is
  'The digits by which a phone is recognised: ten for an Indian one, code and number for another.';

-- PL/pgSQL, because an index calls it for each contact: as one statement it took eight times as long.
create or replace function app_hidden.phone_keys(typed text[])
returns text[]
language plpgsql immutable parallel safe
set search_path to pg_catalog, pg_temp
as $$
declare
  words text;
  part text;
  keys text[] := '{}';
begin
  foreach words in array typed loop
    foreach part in array case
      when words ~* '[/,;|&]|\mor\M|\mand\M' then regexp_split_to_array(words, '[/,;|&]|\mor\M|\mand\M', 'i')
      else array[words] end
    loop
      part := app_hidden.phone_key(part);
      if length(part) between 8 and 15 and part <> all (keys) then
        keys := keys || part;
      end if;
    end loop;
  end loop;
  return keys;
end
$$;
comment on function app_hidden.phone_keys(text[]) is 'The keys of all phones that stand in some texts.';

create or replace function app_hidden.checked_phone_key(phone text)
returns text
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
  key text := app_hidden.phone_key(phone);
begin
  if key ~ '^[6-9]\d{9}$' and phone !~ '^\s*\+(?!0*91)'
    or phone ~ '^\s*\+' and key ~ '^[1-9]\d{7,14}$' and phone !~ '^\s*\+0*91' then
    return key;
  end if;
  perform app_hidden.refuse('WB004', 'This is no phone number: ten Indian digits, or + and the country code.',
    jsonb_build_object('field', 'phone'));
end
$$;
comment on function app_hidden.checked_phone_key(text) is
  'The key of a phone that a person is looked for by. Too short, it would be a part of others''. Errors: WB004.';
--! EndIncluded privacy/functions/phone_keys.sql
--! Included orders/tables/order_contacts.sql
-- One row is one version of an order's personal data, write-once until it is erased. Version 1 is the
-- snapshot as it came, emoji and all; each correction is a new version that an event names with its
-- digest. Where else personal data is, and how all of it is erased: docs/privacy.md.
create table app_public.order_contacts (
  merchant_id integer not null,
  order_id uuid not null,
  version integer not null,
  customer_name text,
  customer_phone text,
  customer_email text,
  name text,
  phone text,
  phone_e164 text,
  address1 text,
  address2 text,
  city text,
  state text,
  pincode text,
  country text,
  note text,
  salt bytea,
  digest bytea not null,
  created_at timestamptz not null default now(),
  erased_at timestamptz,
  constraint order_contacts_pkey primary key (merchant_id, order_id, version),
  constraint order_contacts_version_counts_from_1 check (version >= 1),
  constraint order_contacts_phone_e164_is_e164 check (phone_e164 ~ '^\+[1-9][0-9]{7,14}$'),
  constraint order_contacts_salted_until_erased check ((erased_at is null) = (salt is not null)),
  constraint order_contacts_erased_holds_nothing check (
    erased_at is null or num_nonnulls(customer_name, customer_phone, customer_email, name, phone, phone_e164,
      address1, address2, city, state, pincode, country, note) = 0
  )
);
-- What search_orders() looks up. They are here and not on orders_current because a contact is written once:
-- a status change costs none of them anything.
create index order_contacts_word_1_idx on app_public.order_contacts
  (merchant_id, (app_hidden.contact_word(name, customer_name, 1) collate "C"), order_id)
  where app_hidden.contact_word(name, customer_name, 1) is not null;
create index order_contacts_word_2_idx on app_public.order_contacts
  (merchant_id, (app_hidden.contact_word(name, customer_name, 2) collate "C"), order_id)
  where app_hidden.contact_word(name, customer_name, 2) is not null;
create index order_contacts_word_3_idx on app_public.order_contacts
  (merchant_id, (app_hidden.contact_word(name, customer_name, 3) collate "C"), order_id)
  where app_hidden.contact_word(name, customer_name, 3) is not null;
create index order_contacts_word_4_idx on app_public.order_contacts
  (merchant_id, (app_hidden.contact_word(name, customer_name, 4) collate "C"), order_id)
  where app_hidden.contact_word(name, customer_name, 4) is not null;
create index order_contacts_full_name_idx on app_public.order_contacts
  (merchant_id, (app_hidden.full_name(name) collate "C"), order_id)
  where app_hidden.full_name(name) is not null;
create index order_contacts_phone_idx on app_public.order_contacts
  (merchant_id, (app_hidden.phone_tail(phone) collate "C"), order_id)
  where app_hidden.phone_tail(phone) is not null;
create index order_contacts_customer_phone_idx on app_public.order_contacts
  (merchant_id, (app_hidden.phone_tail(customer_phone, phone) collate "C"), order_id)
  where app_hidden.phone_tail(customer_phone, phone) is not null;
create index order_contacts_email_idx on app_public.order_contacts
  (merchant_id, (app_hidden.email_term(customer_email) collate "C"), order_id)
  where app_hidden.email_term(customer_email) is not null;

-- A person is found by phone, whoever typed it how.
create index order_contacts_phones_idx on app_public.order_contacts
  using gin (app_hidden.phone_keys(array[phone_e164, phone, customer_phone]));
create index order_contacts_erased_idx on app_public.order_contacts (merchant_id) where erased_at is not null;

comment on table app_public.order_contacts is
  E'@name orderContact\nName, phone, address and e-mail of an order, by version. Version 1 is as it came.';
comment on column app_public.order_contacts.phone is 'As it was typed.';
comment on column app_public.order_contacts.phone_e164 is 'The same phone, made callable; null until validated.';
comment on column app_public.order_contacts.digest is
  E'@behavior -*\nSHA-256 of salt and content, named by events. Outlives the content.';
comment on column app_public.order_contacts.salt is
  E'@behavior -*\nRandom, so that nobody can guess a phone by its digest; erased with the content.';
comment on column app_public.order_contacts.erased_at is
  'When the personal data was removed; the rest of the row only says that there was some.';
--! EndIncluded orders/tables/order_contacts.sql
--! Included orders/tables/order_events.sql
-- One row is one kind of event.
create table app_public.event_types (
  type text not null,
  description text not null,
  constraint event_types_pkey primary key (type)
);
comment on table app_public.event_types is
  E'@enum\n@enumName OrderEventType\n@lookup\nWhat an event can say.';

-- One row is one thing that happened to an order or to one of its shipments. It is the only way to change
-- an order: triggers check each row, number it, chain it and project it. Never updated.
create table app_public.order_events (
  merchant_id integer not null,
  order_id uuid not null,
  seq integer not null,
  shipment_id uuid,
  type text not null,
  from_status text,
  to_status text,
  actor_id text not null,
  actor_role text not null,
  reason text not null default '',
  inputs jsonb not null default '{}',
  override boolean not null default false,
  idempotency_key text,
  occurred_at timestamptz not null,
  recorded_at timestamptz not null,
  xact_id xid8 not null,
  hash bytea not null,
  constraint order_events_pkey primary key (merchant_id, order_id, seq)
) partition by range (order_id);

-- «Why did this order fail?» is answered with or without the merchant.
create index order_events_order_id_idx on app_public.order_events (order_id);
-- The dispatcher and the live subscriptions read in commit order.
create index order_events_xact_id_idx on app_public.order_events (xact_id);

comment on table app_public.order_events is
  E'@name orderEvent\nEverything that happened to an order, in order: the only way to change one.';
comment on column app_public.order_events.seq is 'Counts from 1 within the order, without gaps.';
comment on column app_public.order_events.shipment_id is 'Set when the event is about one box.';
comment on column app_public.order_events.from_status is 'Null when the event moves nothing, or began the order.';
comment on column app_public.order_events.to_status is 'Null when the event moves nothing.';
comment on column app_public.order_events.actor_id is
  'The member''s id, or the name of the database login (waybill_worker, a DBA).';
comment on column app_public.order_events.actor_role is 'owner, manager, staff, system, carrier or dba.';
comment on column app_public.order_events.inputs is 'Facts that came with the event. Never personal data.';
comment on column app_public.order_events.override is 'An owner moved the order past its workflow.';
comment on column app_public.order_events.occurred_at is 'When it happened out there, such as a carrier''s scan.';
comment on column app_public.order_events.recorded_at is 'When it was written here.';
comment on column app_public.order_events.xact_id is
  E'@behavior -*\nThe writing transaction: readers take only rows below the oldest one still running.';
comment on column app_public.order_events.hash is
  E'@behavior -*\nSHA-256 over this event and the previous event''s hash.';
--! EndIncluded orders/tables/order_events.sql
--! Included orders/tables/orders_current.sql
-- One row is one order: its frozen snapshot and where it stands now. A read model, projected from
-- order_events by trigger; nobody else writes it.
create table app_public.orders_current (
  merchant_id integer not null,
  id uuid not null,
  public_id text not null,
  store_id integer not null,
  source text not null,
  external_id text,
  external_number text,
  number bigint not null,
  workflow text not null,
  fulfilment_type text not null,
  status text not null,
  shipping_status text,
  location_id integer not null,
  currency text not null,
  payment_mode app_public.payment_mode not null,
  subtotal_minor app_public.amount_minor not null,
  discount_minor app_public.amount_minor not null,
  shipping_minor app_public.amount_minor not null,
  tax_minor app_public.amount_minor not null,
  total_minor app_public.amount_minor not null,
  cod_amount_minor app_public.amount_minor not null,
  shipping_method text,
  ship_to_version integer not null,
  tracking_code text,
  tracking_url text,
  attention text,
  attention_reason text,
  attention_since timestamptz,
  accepted_at timestamptz,
  ready_at timestamptz,
  completed_at timestamptz,
  seq integer not null,
  event_hash bytea not null,
  placed_at timestamptz not null,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint orders_current_pkey primary key (merchant_id, id),
  constraint orders_current_cod_only_on_cod check ((payment_mode = 'cod') = (cod_amount_minor > 0)),
  constraint orders_current_attention_has_since check ((attention is null) = (attention_since is null))
) with (fillfactor = 80);

-- Active orders by status, oldest first.
create index idx_orders_status on app_public.orders_current (merchant_id, status, id)
  where status not in ('delivered', 'completed', 'cancelled', 'returned');
-- The operations board of one store.
create index idx_orders_store_status on app_public.orders_current (merchant_id, store_id, status, id desc);
-- The exceptions queue of one store; holds only the few rows that need it.
create index orders_current_attention_idx on app_public.orders_current
  (merchant_id, store_id, attention_since, id)
  where attention is not null;
-- Orders are found by what staff shipped them with. Automated orders get it from their first box.
create index orders_current_tracking_code_idx on app_public.orders_current (merchant_id, tracking_code)
  where tracking_code is not null;

comment on table app_public.orders_current is
  E'@name order\nWhat a customer bought: a frozen snapshot plus where it stands now.';
comment on column app_public.orders_current.public_id is
  'What the customer knows the order by: random, cannot be guessed.';
comment on column app_public.orders_current.number is 'Counts per merchant, for people.';
comment on column app_public.orders_current.external_number is 'The number the shop shows, such as #1001.';
comment on column app_public.orders_current.shipping_status is 'Null until shipped; then shipped, delivered or returned.';
comment on column app_public.orders_current.ship_to_version is 'The version of the contact that parcels really go to.';
comment on column app_public.orders_current.attention is 'A code why a human should look, or null.';
comment on column app_public.orders_current.attention_reason is 'The same in words, without personal data.';
comment on column app_public.orders_current.accepted_at is 'When it was first accepted.';
comment on column app_public.orders_current.ready_at is 'When it was ready (pickup) or shipped (shipping).';
comment on column app_public.orders_current.completed_at is 'When it was completed or delivered.';
comment on column app_public.orders_current.seq is 'The seq of its latest event.';
comment on column app_public.orders_current.event_hash is E'@behavior -*\nThe hash of its latest event.';
comment on column app_public.orders_current.total_minor is 'In the minor unit of the currency (paise).';

-- One row is the unchanging names of one order. They are apart from orders_current because every index
-- there gets a new entry with each status change; here uniqueness is paid for once.
create table app_hidden.order_keys (
  merchant_id integer not null,
  order_id uuid not null,
  public_id text not null,
  store_id integer not null,
  external_id text,
  external_number text,
  number bigint not null,
  constraint order_keys_pkey primary key (merchant_id, order_id),
  constraint order_keys_number_once unique (merchant_id, number),
  constraint order_keys_external_id_once unique (merchant_id, store_id, external_id),
  constraint order_keys_public_id_once unique (merchant_id, public_id)
);
create index order_keys_order_id_idx on app_hidden.order_keys (order_id);
create index order_keys_public_id_idx on app_hidden.order_keys (public_id);
create index order_keys_external_number_idx on app_hidden.order_keys (merchant_id, external_number, order_id)
  where external_number is not null;
comment on table app_hidden.order_keys is
  'Number, public id and external id of each order, each unique, and the number the shop shows; projected from the order_placed event.';
--! EndIncluded orders/tables/orders_current.sql
--! Included orders/tables/order_items.sql
-- One row is one line of an order, frozen as it was bought.
create table app_public.order_items (
  merchant_id integer not null,
  order_id uuid not null,
  line smallint not null,
  external_id text,
  sku text,
  title text not null,
  variant_title text,
  quantity integer not null,
  unit_price_minor app_public.amount_minor not null,
  discount_minor app_public.amount_minor not null,
  weight_grams integer,
  hsn_code text,
  requires_shipping boolean not null,
  constraint order_items_pkey primary key (merchant_id, order_id, line),
  constraint order_items_quantity_is_positive check (quantity > 0),
  constraint order_items_weight_not_negative check (weight_grams >= 0),
  constraint order_items_title_not_blank check (btrim(title) <> '')
);
comment on table app_public.order_items is E'@name orderItem\nThe lines of an order, frozen as bought.';
comment on column app_public.order_items.unit_price_minor is 'In the minor unit of the order''s currency.';
comment on column app_public.order_items.weight_grams is 'Of one piece; null when the shop does not say.';
--! EndIncluded orders/tables/order_items.sql
--! Included orders/tables/audit_log.sql
-- One row is one change with who, why and what, written in the same transaction as the change itself.
create table app_public.audit_log (
  merchant_id integer not null,
  id uuid not null,
  entity text not null,
  entity_id text not null,
  action text not null,
  actor_id text not null,
  actor_role text not null,
  reason text not null,
  meta jsonb not null,
  order_seq integer,
  recorded_at timestamptz not null,
  constraint audit_log_pkey primary key (merchant_id, id)
) partition by range (id);
comment on table app_public.audit_log is
  E'@name auditEntry\nEvery change with who made it, why, and from what to what. Never updated.';
comment on column app_public.audit_log.entity is 'order, shipment, member or invitation.';
comment on column app_public.audit_log.action is 'status_changed, or the type of the event; of members and invitations, what was done.';
comment on column app_public.audit_log.meta is 'Old and new values.';
comment on column app_public.audit_log.order_seq is 'The event of the order that this row belongs to; null for members and invitations.';
--! EndIncluded orders/tables/audit_log.sql
--! Included orders/tables/order_counts.sql
-- One row is how many orders of one store are in one status. Kept by the dispatcher as it passes over the
-- events, and not by a trigger: every move of a store would wait for the same row until the other commits.
-- So it is true as of the dispatcher's cursor, some tens of milliseconds behind.
create table app_public.order_counts (
  merchant_id integer not null,
  store_id integer not null,
  status text not null,
  orders bigint not null,
  constraint order_counts_pkey primary key (merchant_id, store_id, status)
) with (fillfactor = 50);
comment on table app_public.order_counts is
  E'@name orderCount\nHow many orders of a store are in each status, as far as the dispatcher has come.';

-- One row is how many orders of one store need attention; kept in the same way, and by its own table because
-- it counts the same orders a second time.
create table app_public.attention_counts (
  merchant_id integer not null,
  store_id integer not null,
  orders bigint not null,
  constraint attention_counts_pkey primary key (merchant_id, store_id)
) with (fillfactor = 50);
comment on table app_public.attention_counts is
  E'@name attentionCount\nHow many orders of a store need attention, as far as the dispatcher has come.';
--! EndIncluded orders/tables/order_counts.sql
--! Included orders/tables/idempotency_keys.sql
-- One row is one request that must not happen twice, with its stored result.
create table app_private.idempotency_keys (
  merchant_id integer not null,
  key text not null,
  function_name text not null,
  request_hash bytea not null,
  response jsonb,
  created_at timestamptz not null default now(),
  expires_at timestamptz not null default now() + interval '24 hours',
  constraint idempotency_keys_pkey primary key (merchant_id, key),
  constraint idempotency_keys_key_is_sane check (length(key) between 1 and 255)
);
create index idempotency_keys_expires_idx on app_private.idempotency_keys (expires_at);
comment on table app_private.idempotency_keys is
  'Same key and same request: the stored result. Same key, another request: IDEMPOTENCY_MISMATCH. Kept 24 h.';
--! EndIncluded orders/tables/idempotency_keys.sql
--! Included shipments/tables/shipments_current.sql
-- One row is one box of an order: its carrier, AWB, label and where it is. A read model, projected from
-- order_events by trigger; nobody else writes it.
create table app_public.shipments_current (
  merchant_id integer not null,
  id uuid not null,
  order_id uuid not null,
  box smallint not null,
  booking smallint not null default 1,
  status text not null,
  location_id integer not null,
  carrier_account_id integer not null,
  carrier text not null,
  service text not null,
  awb text,
  tracking_url text,
  weight_grams integer not null,
  length_mm integer not null,
  width_mm integer not null,
  height_mm integer not null,
  declared_minor app_public.amount_minor not null,
  payment_mode app_public.payment_mode not null,
  cod_amount_minor app_public.amount_minor not null,
  service_codes jsonb,
  courier text,
  freight_minor app_public.amount_minor,
  routing text,
  carrier_ids jsonb,
  carrier_pickup_id uuid,
  manifest_id uuid,
  labelled_at timestamptz,
  handed_over_at timestamptz,
  delivered_at timestamptz,
  last_scan_at timestamptz,
  last_scan text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint shipments_current_pkey primary key (merchant_id, id),
  constraint shipments_current_booking_once unique (merchant_id, order_id, box, booking),
  constraint shipments_current_awb_once unique (merchant_id, carrier, awb),
  constraint shipments_current_box_counts_from_1 check (box >= 1 and booking >= 1),
  -- Cash asked for a paid parcel, or none for an unpaid one, is the costliest mistake there is.
  constraint shipments_current_cod_only_on_cod check ((payment_mode = 'cod') = (cod_amount_minor > 0)),
  constraint shipments_current_cod_within_declared check (cod_amount_minor <= declared_minor),
  constraint shipments_current_measures_are_positive check (
    least(weight_grams, length_mm, width_mm, height_mm) > 0
  )
) with (fillfactor = 80);
-- A box that was booked anew is another row; the one before it is cancelled at its carrier first.
create unique index shipments_current_box_once on app_public.shipments_current (merchant_id, order_id, box)
  where status <> 'cancelled';
-- What the tracking poll looks for: parcels that were booked and have not ended, by account, oldest first.
create index shipments_current_live_idx on app_public.shipments_current (merchant_id, carrier_account_id, id)
  where awb is not null
    and status in ('planned', 'labelled', 'handed_over', 'in_transit', 'out_for_delivery', 'undelivered', 'rto');
-- What waits for a visit of the carrier.
create index shipments_current_pickup_idx on app_public.shipments_current (merchant_id, carrier_pickup_id, id)
  where carrier_pickup_id is not null;
-- What waits to be handed over, for the next manifest of an account and location.
create index shipments_current_waiting_idx
  on app_public.shipments_current (merchant_id, carrier_account_id, location_id, id)
  where status = 'labelled' and manifest_id is null;
comment on table app_public.shipments_current is
  E'@name shipment\nOne box of an order: its own carrier, AWB, label and tracking.';
comment on column app_public.shipments_current.box is 'Counts from 1 within the order.';
comment on column app_public.shipments_current.booking is
  'Counts from 1 within the box: a box that goes with another carrier after all is booked anew.';
comment on column app_public.shipments_current.awb is 'The carrier''s tracking number; a box has at most one.';
comment on column app_public.shipments_current.payment_mode is 'cod: the courier collects at the door.';
comment on column app_public.shipments_current.service_codes is
  E'@behavior -*\nThe carrier''s codes of the offers that were chosen, best first, as its booking names them.';
comment on column app_public.shipments_current.courier is 'Who carries it, where the carrier is an aggregator.';
comment on column app_public.shipments_current.freight_minor is 'What the carrier charged at booking, in paise; null when it did not say.';
comment on column app_public.shipments_current.routing is 'The carrier''s routing codes, coarsest first, with a slash between.';
comment on column app_public.shipments_current.carrier_ids is
  E'@behavior -*\nThe carrier''s own numbers of the parcel, which later calls have to name.';
comment on column app_public.shipments_current.cod_amount_minor is 'What the courier collects for this box; 0 when prepaid.';
comment on column app_public.shipments_current.carrier_pickup_id is
  'The visit of the carrier that it waits for, or that collected it.';
comment on column app_public.shipments_current.manifest_id is 'The hand-over list that it is on; null: on none yet.';
comment on column app_public.shipments_current.last_scan is 'The carrier''s words in its latest scan.';

-- One row is one line of an order in one box.
create table app_public.shipment_items (
  merchant_id integer not null,
  shipment_id uuid not null,
  line smallint not null,
  order_id uuid not null,
  quantity integer not null,
  constraint shipment_items_pkey primary key (merchant_id, shipment_id, line),
  constraint shipment_items_quantity_is_positive check (quantity > 0)
);
create index shipment_items_order_idx on app_public.shipment_items (merchant_id, order_id);
comment on table app_public.shipment_items is E'@name shipmentItem\nWhich lines of the order are in which box.';

-- One row is the label of one shipment as the carrier made it. Write-once.
create table app_private.labels (
  merchant_id integer not null,
  shipment_id uuid not null,
  awb text not null,
  pdf bytea not null,
  fetched_at timestamptz not null default now(),
  constraint labels_pkey primary key (merchant_id, shipment_id),
  constraint labels_is_pdf check (substring(pdf from 1 for 4) = '\x25504446'::bytea)
);
create index labels_shipment_idx on app_private.labels (shipment_id);
comment on table app_private.labels is 'Label PDFs. They show name and address, so they are served signed and short-lived.';

-- One row is one scan that was seen, so that a webhook and a poll that tell the same are one event.
create table app_private.shipment_scans (
  merchant_id integer not null,
  shipment_id uuid not null,
  scan_key text not null,
  occurred_at timestamptz not null,
  moved boolean not null default false,
  constraint shipment_scans_pkey primary key (merchant_id, shipment_id, scan_key)
);
comment on table app_private.shipment_scans is 'The scans already recorded, for deduplication.';
comment on column app_private.shipment_scans.moved is 'It has moved the shipment; told again it never does so again.';

-- One row is one scan of an AWB that no box has yet: the carrier may push it before its answer to the booking
-- is recorded. The booking takes it over; what nobody booked is deleted after 7 days.
create table app_private.unmatched_scans (
  merchant_id integer not null,
  carrier_account_id integer not null,
  awb text not null,
  occurred_at timestamptz not null,
  carrier_status text not null default '',
  status text,
  carrier_code text,
  location text,
  received_at timestamptz not null default now(),
  constraint unmatched_scans_pkey
    primary key (merchant_id, carrier_account_id, awb, occurred_at, carrier_status),
  constraint unmatched_scans_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete cascade
);
create index unmatched_scans_received_idx on app_private.unmatched_scans (received_at);
comment on table app_private.unmatched_scans is
  'Scans of AWBs that no box has yet, without their free remark. The booking takes them over.';

-- One row is when the carrier was last asked about one shipment.
create table app_private.tracking_polls (
  merchant_id integer not null,
  shipment_id uuid not null,
  polled_at timestamptz not null,
  constraint tracking_polls_pkey primary key (merchant_id, shipment_id)
);
comment on table app_private.tracking_polls is 'When each parcel on its way was last polled.';
--! EndIncluded shipments/tables/shipments_current.sql
--! Included shipments/tables/manifests.sql
-- One row is one hand-over list: what one carrier account collects at one location at one time. Write-once.
create table app_public.manifests (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  number bigint not null,
  carrier_account_id integer not null,
  location_id integer not null,
  hand_over_on date not null,
  box_count integer not null,
  made_by integer,
  made_at timestamptz not null default now(),
  constraint manifests_pkey primary key (merchant_id, id),
  constraint manifests_number_once unique (merchant_id, number),
  constraint manifests_is_not_empty check (box_count > 0),
  constraint manifests_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete restrict,
  constraint manifests_location_fkey foreign key (merchant_id, location_id)
    references app_public.locations (merchant_id, id) on delete restrict,
  constraint manifests_maker_fkey foreign key (merchant_id, made_by)
    references app_public.members (merchant_id, id) on delete restrict
);
create index manifests_id_idx on app_public.manifests (id);
create index manifests_account_idx on app_public.manifests (merchant_id, carrier_account_id, id);
create index manifests_location_idx on app_public.manifests (merchant_id, location_id, id);
create index manifests_maker_idx on app_public.manifests (merchant_id, made_by);
comment on table app_public.manifests is
  E'@name manifest\nA hand-over list: the boxes that one carrier account collects at one location at one time.';
comment on column app_public.manifests.number is 'Counts per merchant from 1, for people to say.';
comment on column app_public.manifests.hand_over_on is 'The day on which it was made, in the merchant''s time zone.';
comment on column app_public.manifests.box_count is 'How many boxes it was made with.';
comment on column app_public.manifests.made_by is 'The member who made it; null: somebody in the database itself.';

-- One row is one line of a manifest. Write-once: a box that was called off or left behind stays on the list
-- it was on, and is struck through when that is printed.
create table app_public.manifest_boxes (
  merchant_id integer not null,
  manifest_id uuid not null,
  line integer not null,
  shipment_id uuid not null,
  order_id uuid not null,
  ship_to_version integer not null,
  constraint manifest_boxes_pkey primary key (merchant_id, manifest_id, line),
  constraint manifest_boxes_box_once unique (merchant_id, manifest_id, shipment_id),
  constraint manifest_boxes_line_counts_from_1 check (line >= 1),
  constraint manifest_boxes_manifest_fkey foreign key (merchant_id, manifest_id)
    references app_public.manifests (merchant_id, id) on delete cascade
);
comment on table app_public.manifest_boxes is
  E'@name manifestBox\nOne line of a manifest: a box that was handed over, or was meant to be.';
comment on column app_public.manifest_boxes.line is 'Counts from 1 within the manifest.';
comment on column app_public.manifest_boxes.ship_to_version is
  E'@behavior -*\nThe version of the order''s contact whose PIN code is printed.';
--! EndIncluded shipments/tables/manifests.sql
--! Included effects/tables/effects.sql
-- One row is one kind of work on the outside world, and the whole retry policy for it.
create table app_public.effect_kinds (
  kind text not null,
  task text not null,
  scope text not null,
  service text,
  after_unknown text not null,
  needs_customer boolean not null default false,
  max_attempts smallint not null,
  timeout_ms integer not null,
  lease_seconds integer not null,
  settle_seconds integer not null,
  backoff_base_ms integer not null,
  backoff_cap_ms integer not null,
  patience_seconds integer,
  description text not null,
  constraint effect_kinds_pkey primary key (kind),
  constraint effect_kinds_scope_is_known check (
    scope in ('order', 'shipment', 'live_shipments', 'carrier_pickup', 'merchant_day')
  ),
  constraint effect_kinds_after_unknown_is_known check (after_unknown in ('look_up', 'repeat', 'ask')),
  constraint effect_kinds_lease_outlasts_call check (lease_seconds * 1000 > timeout_ms),
  constraint effect_kinds_settle_outlasts_call check (settle_seconds * 1000 >= timeout_ms),
  constraint effect_kinds_backoff_is_sane check (0 < backoff_base_ms and backoff_base_ms <= backoff_cap_ms),
  constraint effect_kinds_attempts_is_positive check (max_attempts > 0),
  constraint effect_kinds_patience_outlasts_call check (patience_seconds * 1000 > timeout_ms)
);
comment on table app_public.effect_kinds is
  E'@lookup\n@behavior -*\nThe kinds of effects and the one retry policy of each. A kind without a row cannot be planned.';
comment on column app_public.effect_kinds.scope is
  'What an effect of this kind is about: the order, the event''s shipment, each live shipment, the day''s carrier pickup, or a merchant''s day (dead_letter_digests, which are no effects of an order).';
comment on column app_public.effect_kinds.timeout_ms is
  'The longest that one call of it may take; each operation has its own time-out, in policies.ts of its service.';
comment on column app_public.effect_kinds.service is 'channel kinds: the service. Null: the shipment''s carrier, or none.';
comment on column app_public.effect_kinds.after_unknown is
  'look_up: ask the service for our reference first. repeat: the service answers a repeat with the same. ask: neither; wait for its report, then a person decides.';
comment on column app_public.effect_kinds.needs_customer is
  'Uses, or brings back, the customer''s name, phone or address: refused once they are erased.';
comment on column app_public.effect_kinds.settle_seconds is
  'How long after sending a "not found" still proves nothing.';
comment on column app_public.effect_kinds.patience_seconds is
  'How long after sending the service may say that it is still working on it; then a human is asked. Null: nothing of this kind is worked on later.';

-- One row is a job that a reached status causes.
create table app_public.transition_tasks (
  workflow text not null,
  status text not null,
  effect_kind text not null,
  constraint transition_tasks_pkey primary key (workflow, status, effect_kind),
  constraint transition_tasks_status_fkey foreign key (workflow, status)
    references app_public.workflow_statuses (workflow, status) on delete cascade,
  constraint transition_tasks_kind_fkey foreign key (effect_kind)
    references app_public.effect_kinds (kind) on delete cascade
);
create index transition_tasks_kind_idx on app_public.transition_tasks (effect_kind);
comment on table app_public.transition_tasks is
  E'@lookup\n@behavior -*\nWhat work each reached status causes.';

-- One row is one effect on the world that must happen once: planned in the transaction of the event that
-- causes it, claimed with a lease and an epoch, confirmed together with the event that records it.
create table app_public.effects (
  merchant_id integer not null,
  subject_id uuid not null,
  kind text not null,
  order_id uuid not null,
  shipment_id uuid,
  caused_by_seq integer not null,
  status text not null default 'intent',
  reference text not null,
  reserved_number text,
  memory jsonb,
  epoch integer not null default 0,
  attempts integer not null default 0,
  leased_by text,
  leased_until timestamptz,
  due_at timestamptz not null,
  sweep_at timestamptz,
  sent_at timestamptz,
  error_code text,
  error_message text,
  created_at timestamptz not null,
  confirmed_at timestamptz,
  constraint effects_pkey primary key (merchant_id, subject_id, kind),
  constraint effects_status_is_known check (
    status in ('intent', 'sending', 'confirmed', 'dead', 'abandoned')
  ),
  constraint effects_open_is_swept check ((status in ('intent', 'sending')) = (sweep_at is not null)),
  constraint effects_kind_fkey foreign key (kind)
    references app_public.effect_kinds (kind) on delete restrict
) with (fillfactor = 70);
create index effects_order_idx on app_public.effects (merchant_id, order_id);
create index effects_sweep_idx on app_public.effects (sweep_at) where sweep_at is not null;
create index effects_leased_by_idx on app_public.effects (leased_by) where leased_by is not null;
-- Of a kind. With the rest of the key behind it, because a session that made its plans while the table was empty
-- may keep to this index for one effect of many.
create index effects_kind_idx on app_public.effects (kind, merchant_id, subject_id)
  where status in ('intent', 'sending');
comment on table app_public.effects is
  E'@name effect\nThe ledger of effects on the outside world: each happens once.';
comment on column app_public.effects.subject_id is 'The order, shipment, carrier pickup or NDR case that it is about.';
comment on column app_public.effects.status is
  'intent: nothing sent. sending: sent, outcome not recorded. confirmed; dead: retries used up or refused; abandoned: no longer wanted.';
comment on column app_public.effects.reference is 'Ours, the same over all attempts, known to the service.';
comment on column app_public.effects.reserved_number is 'The AWB that the carrier reserved for us before we send.';
comment on column app_public.effects.memory is
  E'@behavior -*\nWhat an attempt leaves for the next one, committed before the call that follows it.';
comment on column app_public.effects.epoch is 'Fencing token: only the claimer that holds the latest may confirm.';
comment on column app_public.effects.due_at is 'Not before.';
comment on column app_public.effects.sweep_at is 'When the sweeper adds a job, if nobody has claimed it by then.';

-- One row is an effect that used up its retries or was refused for good, waiting for a human.
create table app_public.dead_letters (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  subject_id uuid not null,
  effect_kind text not null,
  order_id uuid not null,
  service text,
  carrier_account_id integer,
  reference text not null,
  operation text,
  last_call_id uuid,
  error_code text not null,
  error_message text not null,
  may_have_happened boolean not null default false,
  advice text not null,
  attempts integer not null,
  created_at timestamptz not null default now(),
  resolved_at timestamptz,
  resolved_by text,
  resolution text,
  constraint dead_letters_pkey primary key (merchant_id, id),
  constraint dead_letters_resolution_is_whole check (
    (resolved_at is null) = (resolution is null) and (resolved_at is null) = (resolved_by is null)
  )
);
create unique index dead_letters_open_once on app_public.dead_letters (merchant_id, subject_id, effect_kind)
  where resolved_at is null;
create index dead_letters_order_idx on app_public.dead_letters (merchant_id, order_id);
create index dead_letters_last_call_idx on app_public.dead_letters (merchant_id, last_call_id)
  where resolved_at is null;
comment on table app_public.dead_letters is
  E'@name deadLetter\nExternal calls that used up their retries or were refused, each waiting for a human.';
comment on column app_public.dead_letters.service is
  'Whose call it was: a carrier, whatsapp; null when no service was asked.';
comment on column app_public.dead_letters.carrier_account_id is
  'The contract under which it was asked; null when it was no carrier.';
comment on column app_public.dead_letters.reference is 'Ours, the same over all attempts: all calls of the call log bear it.';
comment on column app_public.dead_letters.operation is 'The call that failed last, such as create_shipment; null when none went out.';
comment on column app_public.dead_letters.last_call_id is
  'That call in the log, kept for as long as this is open; null when none went out.';
comment on column app_public.dead_letters.may_have_happened is
  'Nobody knows whether the service did it: its answer was lost.';
comment on column app_public.dead_letters.advice is 'What a human can do about it.';
comment on column app_public.dead_letters.resolution is 'retried, or what the human noted.';
--! EndIncluded effects/tables/effects.sql
--! Included ndr/tables/ndr_cases.sql
-- One row is one failed delivery attempt of one parcel, and what was decided about it. Opened, closed and
-- numbered by the projection of the parcel's events; acted on by app_public.act_on_ndr. Each is changed
-- only under the lock of its order.
create table app_public.ndr_cases (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  order_id uuid not null,
  shipment_id uuid not null,
  attempt smallint not null,
  status text not null default 'open',
  reason text not null,
  action text,
  preferred_on date,
  changes_phone boolean not null default false,
  changes_address boolean not null default false,
  note text not null default '',
  acted_by text,
  outcome text,
  failed_at timestamptz not null,
  opened_at timestamptz not null,
  remind_at timestamptz not null,
  reminded_at timestamptz,
  deadline_at timestamptz not null,
  acted_at timestamptz,
  accepted_at timestamptz,
  closed_at timestamptz,
  constraint ndr_cases_pkey primary key (merchant_id, id),
  constraint ndr_cases_attempt_once unique (merchant_id, shipment_id, attempt),
  constraint ndr_cases_attempt_counts_from_1 check (attempt >= 1),
  constraint ndr_cases_status_is_known check (status in ('open', 'acted', 'closed')),
  constraint ndr_cases_action_is_known check (action in ('re_attempt', 'return', 'by_hand')),
  constraint ndr_cases_outcome_is_known check (
    outcome in ('out_for_delivery', 'delivered', 'undelivered', 'rto', 'returned', 'lost')
  ),
  constraint ndr_cases_open_has_no_action check (status <> 'open' or action is null),
  constraint ndr_cases_acted_has_action check (status <> 'acted' or action is not null),
  constraint ndr_cases_action_is_whole check (
    (action is null) = (acted_at is null) and (action is null) = (acted_by is null)
  ),
  constraint ndr_cases_closed_has_outcome check (
    (status = 'closed') = (outcome is not null) and (status = 'closed') = (closed_at is not null)
  )
);
create unique index ndr_cases_live_once on app_public.ndr_cases (merchant_id, shipment_id) where status <> 'closed';
-- The queue of what waits for a decision.
create index ndr_cases_deadline_idx on app_public.ndr_cases (merchant_id, deadline_at, id) where status = 'open';
create index ndr_cases_order_idx on app_public.ndr_cases (merchant_id, order_id);
create index ndr_cases_remind_idx on app_public.ndr_cases (remind_at) where status = 'open' and reminded_at is null;
comment on table app_public.ndr_cases is
  E'@name ndrCase\nA failed delivery attempt (NDR), what was decided about it, and how it ended.';
comment on column app_public.ndr_cases.attempt is 'Counts from 1 within the parcel: each failed attempt is a case of its own.';
comment on column app_public.ndr_cases.reason is 'Why it failed, in the carrier''s words, without the customer''s data.';
comment on column app_public.ndr_cases.preferred_on is 'The day on which the courier is to try again; null: as soon as it can.';
comment on column app_public.ndr_cases.changes_phone is 'The courier is to call the number of the order''s corrected contact.';
comment on column app_public.ndr_cases.changes_address is 'The courier is to go to the address of the order''s corrected contact.';
comment on column app_public.ndr_cases.acted_by is E'@behavior -*\nWho decided: a member''s id, or a database login.';
comment on column app_public.ndr_cases.outcome is 'What the parcel did next; undelivered: the next attempt failed too.';
comment on column app_public.ndr_cases.failed_at is 'When the attempt failed, as the carrier says.';
comment on column app_public.ndr_cases.remind_at is E'@behavior -*\nHalf way to the deadline: an open case then raises attention.';
comment on column app_public.ndr_cases.reminded_at is E'@behavior -*\nWhen it did.';
comment on column app_public.ndr_cases.deadline_at is 'Until then the carrier waits for a decision; afterwards it decides itself.';
comment on column app_public.ndr_cases.accepted_at is 'When the carrier took the decision; null until then, and where a person told it.';
comment on column app_public.ndr_cases.status is 'How far it is.';
comment on column app_public.ndr_cases.action is 'What was decided; null while it is open.';
comment on column app_public.ndr_cases.note is 'What was noted with the decision.';
comment on column app_public.ndr_cases.acted_at is 'When somebody decided.';
comment on column app_public.ndr_cases.opened_at is 'When Waybill heard of it.';
comment on column app_public.ndr_cases.closed_at is 'When the parcel went on; null until it did.';
--! EndIncluded ndr/tables/ndr_cases.sql
--! Included orders/data/event_types.sql
insert into app_public.event_types (type, description) values
  ('order_placed', 'The order came in.'),
  ('status_changed', 'The order or a shipment moved along its workflow.'),
  ('status_overridden', 'An owner moved the order past its workflow.'),
  ('ship_to_corrected', 'The order has a new version of its contact.'),
  ('attention_raised', 'A human should look at the order.'),
  ('attention_cleared', 'A human looked.'),
  ('shipment_planned', 'A box was planned with its carrier.'),
  ('shipment_booked', 'The carrier gave the box its AWB.'),
  ('rebooking_requested', 'Somebody wants the box to go with another carrier, or booked again.'),
  ('rebooking_decided', 'The carrier that the box goes with instead was chosen by the merchant''s rule.'),
  ('ndr_action_chosen', 'Somebody decided what follows a failed delivery.'),
  ('ndr_action_accepted', 'The carrier took the decision about a failed delivery.'),
  ('scan_recorded', 'The carrier reported something that moves nothing.'),
  ('shipment_manifested', 'The box was put on a hand-over manifest.'),
  ('shipment_taken_off_manifest', 'The box was not handed over with the manifest it was on, and waits for the next.'),
  ('carrier_pickup_requested', 'The carrier was asked to collect the box.'),
  ('carrier_pickup_missed', 'The carrier did not come for the box, which waits for its next visit.'),
  ('message_sent', 'A message to the customer was accepted for delivery.'),
  ('customer_erased', 'The personal data of the customer was removed.')
on conflict (type) do update set description = excluded.description;
--! EndIncluded orders/data/event_types.sql
--! Included effects/data/effect_kinds.sql
-- The retry policy of every kind of call: transient by default, exponential back-off with jitter.
-- Delhivery documents a P99 of 61 s on the packing slip; "not found" right after a create proves nothing.
insert into app_public.effect_kinds (
  kind, task, scope, service, after_unknown, max_attempts, timeout_ms, lease_seconds, settle_seconds,
  backoff_base_ms, backoff_cap_ms, description
) values
  ('validate_order', 'validate_order', 'order', null, 'repeat', 8, 5000, 30, 10, 500, 60000,
    'Check and normalise address and phone. No outside call.'),
  ('assign_order', 'assign_order', 'order', null, 'repeat', 10, 10000, 30, 15, 1000, 300000,
    'Ask which carrier serves the pincode, and plan the boxes.'),
  ('book_shipment', 'create_label', 'shipment', null, 'look_up', 10, 30000, 120, 75, 1000, 300000,
    'Book the parcel with its carrier, exactly once.'),
  ('fetch_label', 'create_label', 'shipment', null, 'repeat', 12, 70000, 120, 90, 1000, 300000,
    'Fetch the label PDF of a booked parcel, or make it.'),
  ('cancel_shipment', 'cancel_shipment', 'live_shipments', null, 'repeat', 10, 15000, 45, 20, 1000, 300000,
    'Cancel a parcel at the carrier; a repeat answers the same.'),
  ('act_on_ndr', 'act_on_ndr', 'shipment', null, 'repeat', 10, 20000, 60, 20, 1000, 300000,
    'Tell the carrier what follows a failed delivery; the same wish twice is the same wish.'),
  ('request_carrier_pickup', 'request_carrier_pickup', 'carrier_pickup', null, 'repeat', 10, 20000, 60, 20,
    1000, 300000, 'Ask the carrier to collect at one location on one day; a repeat is answered as existing.'),
  ('message_packed', 'send_message', 'order', 'whatsapp', 'ask', 8, 10000, 30, 600, 1000, 300000,
    'Tell the customer that the order is packed, with its tracking link.'),
  ('message_shipped', 'send_message', 'order', 'whatsapp', 'ask', 8, 10000, 30, 600, 1000, 300000,
    'Tell the customer that the order is on its way.'),
  ('message_delivered', 'send_message', 'order', 'whatsapp', 'ask', 8, 10000, 30, 600, 1000, 300000,
    'Tell the customer that the order was delivered.'),
  ('message_ready', 'send_message', 'order', 'whatsapp', 'ask', 8, 10000, 30, 600, 1000, 300000,
    'Tell the customer that the order waits at the counter.'),
  ('dead_letter_digest', 'dead_letter_digest', 'merchant_day', 'smtp', 'ask', 8, 30000, 60, 600, 60000, 900000,
    'Tell owners and managers each morning which calls wait for a person.')
on conflict (kind) do update set
  task = excluded.task, scope = excluded.scope, service = excluded.service, after_unknown = excluded.after_unknown,
  max_attempts = excluded.max_attempts, timeout_ms = excluded.timeout_ms,
  lease_seconds = excluded.lease_seconds, settle_seconds = excluded.settle_seconds,
  backoff_base_ms = excluded.backoff_base_ms, backoff_cap_ms = excluded.backoff_cap_ms,
  description = excluded.description;

update app_public.effect_kinds k set needs_customer = n.needed
from (
  select kind, kind not in ('cancel_shipment', 'request_carrier_pickup', 'dead_letter_digest') as needed
  from app_public.effect_kinds
) n
where n.kind = k.kind and k.needs_customer <> n.needed;

-- Carriers take a decision about a failed delivery into a queue. They wait a day for it, so there is time to call.
update app_public.effect_kinds k set patience_seconds = 7200
where k.kind = 'act_on_ndr' and k.patience_seconds is distinct from 7200;

insert into app_public.transition_tasks (workflow, status, effect_kind) values
  ('automated', 'received', 'validate_order'),
  ('automated', 'validated', 'assign_order'),
  ('parcel', 'planned', 'book_shipment'),
  ('parcel', 'labelled', 'request_carrier_pickup'),
  ('automated', 'labelled', 'message_packed'),
  ('automated', 'dispatched', 'message_shipped'),
  ('automated', 'delivered', 'message_delivered'),
  ('automated', 'cancelled', 'cancel_shipment'),
  ('shipping', 'shipped', 'message_shipped'),
  ('shipping', 'delivered', 'message_delivered'),
  ('pickup', 'ready', 'message_ready')
on conflict do nothing;

set constraints all immediate;
set constraints all deferred;
--! EndIncluded effects/data/effect_kinds.sql
--! Included workflows/functions/workflow_faults.sql
-- What is wrong with a workflow, one row a fault; a sound one has none. A DBA asks this before a change
-- is committed; prove_workflow() asks it at every commit.
create or replace function app_hidden.workflow_faults(workflow text)
returns table (status text, fault text)
language sql stable parallel safe
set search_path to pg_catalog, pg_temp
as $$
  with recursive statuses as (
    select s.* from app_public.workflow_statuses s where s.workflow = workflow_faults.workflow
  ), moves as (
    select t.* from app_public.workflow_transitions t where t.workflow = workflow_faults.workflow
  ), reached (status) as (
    select s.status from statuses s where s.is_initial
    union select t.to_status from reached r join moves t on t.from_status = r.status
  ), ending (status) as (
    select s.status from statuses s where s.is_terminal
    union select t.from_status from ending e join moves t on t.to_status = e.status
  )
  select null, format('it has %s initial statuses instead of one', count(*)) from statuses s
  where s.is_initial having count(*) <> 1
  union all
  select s.status, 'nothing leads to it from the initial status' from statuses s
  where s.status not in (select r.status from reached r)
  union all
  select s.status, 'nothing leads from it to a terminal status' from statuses s
  where s.status not in (select e.status from ending e)
  union all
  select s.status, format('it is terminal, and yet leads to %s', t.to_status) from statuses s
  join moves t on t.from_status = s.status where s.is_terminal
  union all
  select s.status, format('it is initial, and yet %s leads back to it', t.from_status) from statuses s
  join moves t on t.to_status = s.status where s.is_initial
  union all
  select s.status, format('its guard %s is not known', s.guard) from statuses s
  where s.guard <> all (array['usable_ship_to', 'shipments_labelled', 'shipments_handed_over',
    'shipments_delivered', 'shipments_returned', 'fulfilment_type_shipping'])
  union all
  select s.status, format('it is no status of %s', case w.subject when 'order' then 'an order' else 'a shipment' end)
  from statuses s join app_public.workflows w on w.workflow = s.workflow
  where not exists (select from app_public.order_statuses o where w.subject = 'order' and o.status = s.status)
    and not exists (select from app_public.shipment_statuses p where w.subject = 'shipment' and p.status = s.status)
  union all
  select t.from_status, format('nobody may move it to %s', t.to_status) from moves t where t.roles = '{}'
  union all
  select t.from_status, format('its move to %s %s', t.to_status, case when t.goes_back
    then 'goes forward, but is declared to go back' else 'goes back without being declared so' end)
  from moves t
  join statuses f on f.status = t.from_status
  join statuses n on n.status = t.to_status
  where t.goes_back <> (n.position <= f.position)
$$;
comment on function app_hidden.workflow_faults(text) is
  'What is wrong with a workflow, by status; no row when it is sound.';

-- An effect of an order cannot be caused by a shipment's status, nor the other way round.
create or replace function app_hidden.task_faults(workflow text)
returns table (status text, fault text)
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select t.status, format('it plans %s, which is not about %s', t.effect_kind,
    case w.subject when 'order' then 'an order' else 'a shipment' end)
  from app_public.transition_tasks t
  join app_public.workflows w on w.workflow = t.workflow
  join app_public.effect_kinds k on k.kind = t.effect_kind
  where t.workflow = task_faults.workflow
    and w.subject <> case when k.scope in ('order', 'live_shipments') then 'order' else 'shipment' end
$$;
comment on function app_hidden.task_faults(text) is 'What is wrong with the work that a workflow''s statuses plan.';

create or replace function app_hidden.refuse_faults(workflow text)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  first record;
begin
  select f.status, f.fault into first
  from app_public.workflows w, lateral (
    select * from app_hidden.workflow_faults(w.workflow)
    union all
    select * from app_hidden.task_faults(w.workflow)
  ) f
  where w.workflow = refuse_faults.workflow
  order by f.status nulls first, f.fault
  limit 1;
  if found then
    perform app_hidden.refuse('WB004',
      format('The workflow %s is broken%s: %s.', refuse_faults.workflow, ' at ' || first.status, first.fault),
      jsonb_build_object('field', 'workflow', 'workflow', refuse_faults.workflow, 'status', first.status));
  end if;
end
$$;
comment on function app_hidden.refuse_faults(text) is 'Refuses a workflow that is not sound. Errors: WB004.';

create or replace function app_hidden.prove_workflow()
returns trigger
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  if tg_op <> 'INSERT' then
    perform app_hidden.refuse_faults(old.workflow);
  end if;
  if tg_op <> 'DELETE' then
    perform app_hidden.refuse_faults(new.workflow);
  end if;
  return null;
end
$$;
comment on function app_hidden.prove_workflow() is
  'Trigger: refuses at commit a workflow that has a fault. Errors: WB004.';
--! EndIncluded workflows/functions/workflow_faults.sql
--! Included workflows/triggers/proof.sql
-- At the end of the transaction, so that a workflow may be built in any order. There is no "create or
-- replace" for constraint triggers.
drop trigger if exists workflows_900_prove on app_public.workflows;
create constraint trigger workflows_900_prove
  after insert or update on app_public.workflows deferrable initially deferred
  for each row execute function app_hidden.prove_workflow();

drop trigger if exists workflow_statuses_900_prove on app_public.workflow_statuses;
create constraint trigger workflow_statuses_900_prove
  after insert or update or delete on app_public.workflow_statuses deferrable initially deferred
  for each row execute function app_hidden.prove_workflow();

drop trigger if exists workflow_transitions_900_prove on app_public.workflow_transitions;
create constraint trigger workflow_transitions_900_prove
  after insert or update or delete on app_public.workflow_transitions deferrable initially deferred
  for each row execute function app_hidden.prove_workflow();

drop trigger if exists transition_tasks_900_prove on app_public.transition_tasks;
create constraint trigger transition_tasks_900_prove
  after insert or update on app_public.transition_tasks deferrable initially deferred
  for each row execute function app_hidden.prove_workflow();
--! EndIncluded workflows/triggers/proof.sql
--! Included workflows/data/proof.sql
-- Every migration proves every workflow; from then on every change does.
select app_hidden.refuse_faults(w.workflow) from app_public.workflows w;
--! EndIncluded workflows/data/proof.sql
--! Included orders/functions/event_hash.sql
-- Tamper evidence: each event's hash covers every field of it and the hash before it. Times come first, as
-- the eight bytes that the server sends them in; then all other fields as one text, where what may hold
-- anything is quoted and ends at its quote; then the previous hash. Two different events therefore never
-- give the same bytes, and no setting of a session (time zone, date style, encoding of the client) changes
-- them. record_send() of the row would be shorter, but sends texts in the encoding of the client.
-- Within a move most of the cost is setting the expression up, so what counts is few functions; measured in
-- docs/performance.md. A field that is added to events later goes behind inputs, and adds nothing where it
-- is null: what was written before keeps its hash.
create or replace function app_hidden.event_hash(
  previous bytea, merchant_id integer, order_id uuid, seq integer, shipment_id uuid, type text,
  from_status text, to_status text, actor_id text, actor_role text, reason text, inputs jsonb,
  override boolean, idempotency_key text, occurred_at timestamptz, recorded_at timestamptz, xact_id xid8
)
returns bytea
language sql stable parallel safe
return sha256(
  timestamptz_send(occurred_at) || timestamptz_send(recorded_at) || convert_to(format(
    '%s %s %s %s %s %s %L %L %L %L %L %L %L %s',
    merchant_id, seq, order_id, shipment_id, xact_id, override, type, from_status, to_status, actor_id,
    actor_role, reason, idempotency_key, inputs
  ), 'UTF8') || previous
);
comment on function app_hidden.event_hash(
  bytea, integer, uuid, integer, uuid, text, text, text, text, text, text, jsonb, boolean, text,
  timestamptz, timestamptz, xid8
) is 'SHA-256 over all fields of an event and the previous hash of its order (empty for the first).';
--! EndIncluded orders/functions/event_hash.sql
--! Included orders/functions/idempotency.sql
-- One function for the whole story of idempotency keys. A concurrent duplicate waits on the primary key
-- until the first commits, then reads its result; if the first rolled back, it takes over. Whoever acts
-- for no merchant, a DBA, says whose the request is.
-- Security definer: members hold no privilege on the keys.
create or replace function app_hidden.recall_result(
  idempotency_key text, function_name text, request jsonb, merchant_id integer default null
)
returns jsonb
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  mine integer := coalesce(merchant_id, app_hidden.current_merchant_id());
  hash bytea := sha256(convert_to(function_name || request::text, 'UTF8'));
  stored app_private.idempotency_keys;
begin
  if idempotency_key is null then
    return null;
  end if;
  if length(idempotency_key) not between 1 and 255 then
    perform app_hidden.refuse('WB004', 'An idempotency key has 1 to 255 characters.',
      jsonb_build_object('field', 'idempotencyKey'));
  end if;
  if app_hidden.current_actor_role() = 'nobody' then
    perform app_hidden.refuse('WB003', 'This transaction does not say who acts.');
  end if;
  if mine is null then
    perform app_hidden.refuse('WB007', 'There is nothing of any merchant here.', '{"field": "idempotencyKey"}');
  end if;
  delete from app_private.idempotency_keys k
  where k.merchant_id = mine and k.key = idempotency_key and k.expires_at < now();
  insert into app_private.idempotency_keys (merchant_id, key, function_name, request_hash)
  values (mine, idempotency_key, recall_result.function_name, hash)
  on conflict on constraint idempotency_keys_pkey do nothing;
  if found then
    return null;
  end if;
  select k.* into strict stored from app_private.idempotency_keys k
  where k.merchant_id = mine and k.key = idempotency_key;
  if stored.request_hash <> hash then
    perform app_hidden.refuse('WB005', 'This idempotency key was used for another request.',
      jsonb_build_object('field', 'idempotencyKey'));
  end if;
  return stored.response;
end
$$;
comment on function app_hidden.recall_result(text, text, jsonb, integer) is
  'Null: go on, and store the result. Else the stored result of the same request. Errors: WB005.';

create or replace function app_hidden.store_result(
  idempotency_key text, response jsonb, merchant_id integer default null
)
returns void
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  update app_private.idempotency_keys k set response = store_result.response
  where store_result.idempotency_key is not null
    and k.merchant_id = coalesce(store_result.merchant_id, (select app_hidden.current_merchant_id()))
    and k.key = store_result.idempotency_key
$$;
comment on function app_hidden.store_result(text, jsonb, integer) is 'Stores what a repeat of the request will be given.';
--! EndIncluded orders/functions/idempotency.sql
--! Included privacy/functions/redacted.sql
-- Events and their audit rows are never changed, so what a person or a carrier writes into them must not
-- hold what would have to be erased: the order's own name, phone, e-mail, address and PIN code are
-- replaced on the way in, however they are spelt.
-- One plan for all orders: planning it anew took as long as all the rest. And hardly any text holds any of it,
-- while each expression is compiled for this one order and drives another one out of the session's few
-- compiled ones: so plain letters are compared first, where that cannot miss what the expression would find.
create or replace function app_hidden.personal_patterns(merchant_id integer, order_id uuid, haystack text)
returns text[]
language plpgsql stable
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set plan_cache_mode to force_generic_plan
as $$
#variable_conflict use_column
declare
  is_ascii boolean := octet_length(haystack) = length(haystack);
  squeezed text := lower(regexp_replace(haystack, '\s+', ' ', 'g') collate "C");
  digits text := translate(haystack, E' \t\n\x0b\f\r().-', '');
  may_hold_phone boolean := not is_ascii or digits ~ '\d{8}';
  found_patterns text[];
begin
  with written (words, is_name) as (
    select p.words, p.is_name from app_public.order_contacts c,
      lateral (values (c.customer_name, true), (c.name, true), (c.customer_email, false), (c.address1, false),
        (c.address2, false), (c.note, false), (c.pincode, false)) p (words, is_name)
    where c.merchant_id = personal_patterns.merchant_id and c.order_id = personal_patterns.order_id
  ), pieces (words, is_word) as (
    select btrim(words), false from written where length(btrim(words)) >= 4
    union all
    -- A courier writes «delivered to Asha», of Asha Menon.
    select word, true from written, regexp_split_to_table(words, '\W+') word
    where is_name and length(word) >= 3
  ), patterns (pattern) as (
    select case when is_word then '\m' || words || '\M' else regexp_replace(
      regexp_replace(words, '([].\\^$*+?(){}|[])', '\\\1', 'g'), '\s+', '\\s+', 'g') end
    from pieces
    where not is_ascii or octet_length(words) > length(words)
      or position(lower(regexp_replace(words, '\s+', ' ', 'g') collate "C") in squeezed) > 0
    union
    select '(?:\+?(?:91|0)[\s().-]*)?' || regexp_replace(key, '(\d)(?=\d)', '\1[\s().-]*', 'g')
    from app_public.order_contacts c,
      unnest(app_hidden.phone_keys(array[c.phone_e164, c.phone, c.customer_phone])) key
    where c.merchant_id = personal_patterns.merchant_id and c.order_id = personal_patterns.order_id
      and may_hold_phone and (not is_ascii or position(key in digits) > 0)
  )
  select array_agg(pattern order by length(pattern) desc) into found_patterns from patterns;
  return found_patterns;
end
$$;
comment on function app_hidden.personal_patterns(integer, uuid, text) is
  'What of an order''s customer may stand in a text and must not, as regular expressions; null when nothing.';

create or replace function app_hidden.redacted_texts(texts text[], merchant_id integer, order_id uuid)
returns text[]
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  haystack text := array_to_string(texts, E'\n');
  pattern text;
begin
  if coalesce(haystack, '') = '' then
    return texts;
  end if;
  foreach pattern in array coalesce(
    app_hidden.personal_patterns(redacted_texts.merchant_id, redacted_texts.order_id, haystack), '{}'
  ) loop
    for n in 1 .. cardinality(texts) loop
      texts[n] := regexp_replace(texts[n], pattern, '***', 'gi');
    end loop;
  end loop;
  return texts;
end
$$;
comment on function app_hidden.redacted_texts(text[], integer, uuid) is
  'Texts without the personal data of an order''s customer.';

create or replace function app_hidden.redacted(words text, merchant_id integer, order_id uuid)
returns text
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if words is null or words = '' then
    return words;
  end if;
  return (app_hidden.redacted_texts(array[words], redacted.merchant_id, redacted.order_id))[1];
end
$$;
comment on function app_hidden.redacted(text, integer, uuid) is
  'A text without the personal data of an order''s customer.';

-- Our reference has the order's number in it. What the service echoes of the customer is not kept.
create or replace function app_hidden.redacted_call(texts text[], merchant_id integer, reference text)
returns text[]
language plpgsql stable
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  found_order uuid;
begin
  select k.order_id into found_order from app_hidden.order_keys k
  where k.merchant_id = redacted_call.merchant_id
    and k.number = substring(reference from '^W\d+-(\d+)')::bigint;
  return case when found_order is null then texts
    else app_hidden.redacted_texts(texts, redacted_call.merchant_id, found_order) end;
end
$$;
comment on function app_hidden.redacted_call(text[], integer, text) is
  'Texts of a call without the personal data of the order that its reference names.';
--! EndIncluded privacy/functions/redacted.sql
--! Included orders/functions/guards.sql
-- The rules that guard_event() asks. Those of the plain move answer instead of raising, so that one order
-- and five hundred are judged by the same words.

-- A DBA's insert names the order alone.
create or replace function app_hidden.merchant_of(order_id uuid)
returns integer
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select k.merchant_id from app_hidden.order_keys k where k.order_id = merchant_of.order_id
$$;
comment on function app_hidden.merchant_of(uuid) is 'The merchant of an order, or null.';

create or replace function app_hidden.merchant_for(order_id uuid)
returns integer
language sql stable
return coalesce(app_hidden.current_merchant_id(), app_hidden.merchant_of(order_id));
comment on function app_hidden.merchant_for(uuid) is
  'The merchant this transaction acts for; for a DBA, who acts for none, the order''s.';

create or replace function app_hidden.missing_input(required text[], reason text, inputs jsonb)
returns text
language sql immutable parallel safe
return case
  when required = '{}' then null
  when 'reason' = any (required) and reason = '' then 'reason'
  when 'tracking_code' = any (required)
    and coalesce(inputs ->> 'tracking_code', '') !~ '^[A-Za-z0-9][A-Za-z0-9-]{5,39}$' then 'trackingCode'
end;
comment on function app_hidden.missing_input(text[], text, jsonb) is
  'The field of the first required input that is missing or malformed, or null.';

create or replace function app_hidden.guard_of(workflow text, status text)
returns text
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select s.guard from app_public.workflow_statuses s
  where s.workflow = guard_of.workflow and s.status = guard_of.status
$$;
comment on function app_hidden.guard_of(text, text) is 'The guard of a status, or null.';

-- labelled, dispatched, delivered and returned follow the last shipment. Cancelled boxes do not count.
create or replace function app_hidden.shipments_behind(
  guard text, merchant_id integer, order_id uuid, out total integer, out behind integer
)
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select count(*), count(*) filter (where s.status <> all (case guard
    when 'shipments_labelled' then array['labelled', 'handed_over', 'in_transit', 'out_for_delivery',
      'undelivered', 'delivered', 'rto', 'returned', 'lost']
    when 'shipments_handed_over' then array['handed_over', 'in_transit', 'out_for_delivery',
      'undelivered', 'delivered', 'rto', 'returned', 'lost']
    when 'shipments_delivered' then array['delivered']
    when 'shipments_returned' then array['returned', 'delivered']
  end))
  from app_public.shipments_current s
  where s.merchant_id = shipments_behind.merchant_id and s.order_id = shipments_behind.order_id
    and s.status <> 'cancelled'
$$;
comment on function app_hidden.shipments_behind(text, integer, uuid) is
  'How many live shipments an order has, and how many have not come as far as the guard asks.';

-- What must hold to enter a guarded status: the guard column of workflow_statuses.
create or replace function app_hidden.guard_holds(
  workflow text, to_status text, merchant_id integer, order_id uuid, inputs jsonb
)
returns boolean
language plpgsql stable
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  guard text := app_hidden.guard_of(guard_holds.workflow, guard_holds.to_status);
begin
  case guard
  when 'usable_ship_to' then
    return exists (
      select from app_public.orders_current o
      join app_public.order_contacts c
        on c.merchant_id = o.merchant_id and c.order_id = o.id
        and c.version = coalesce((guard_holds.inputs ->> 'ship_to_version')::integer, o.ship_to_version)
      where o.merchant_id = guard_holds.merchant_id and o.id = guard_holds.order_id
        and c.phone_e164 is not null and c.pincode ~ '^[1-9][0-9]{5}$'
        and app_hidden.trimmed(c.name) <> '' and app_hidden.trimmed(c.address1) <> ''
    );
  when 'fulfilment_type_shipping' then
    return exists (
      select from app_public.workflows w
      where w.workflow = guard_holds.workflow and w.fulfilment_type = 'shipping'
    );
  else
    return (
      select s.total > 0 and s.behind = 0
      from app_hidden.shipments_behind(guard, guard_holds.merchant_id, guard_holds.order_id) s
    );
  end case;
end
$$;
comment on function app_hidden.guard_holds(text, text, integer, uuid, jsonb) is
  'Whether an order may enter a guarded status.';

-- In the standard form and inlined: it is asked with every move.
create or replace function app_hidden.move_refusal(
  expected_status text, current_status text, roles text[], actor_role text, required text[], reason text,
  inputs jsonb, is_guarded boolean, workflow text, to_status text, merchant_id integer, order_id uuid
)
returns text
language sql stable
return case
  when actor_role = 'nobody' then 'nobody'
  when expected_status <> current_status then 'conflict'
  when roles is null then 'no_such_move'
  when actor_role <> all (roles) and actor_role <> 'dba' then 'role'
  when required <> '{}' and app_hidden.missing_input(required, reason, inputs) is not null then 'input'
  when is_guarded and not app_hidden.guard_holds(workflow, to_status, merchant_id, order_id, inputs)
    then 'guard'
end;
comment on function app_hidden.move_refusal(
  text, text, text[], text, text[], text, jsonb, boolean, text, text, integer, uuid
) is 'Why an order may not make a plain move, in one word of explain_refusal(), or null: it may.';

-- An owner may move an order to any status but the initial one, with a reason, never out of the end.
create or replace function app_hidden.check_override(
  event app_public.order_events, workflow text, current_status text
)
returns app_public.order_events
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if event.from_status <> current_status then
    perform app_hidden.raise_refusal('conflict', event, workflow, current_status);
  end if;
  event.type := 'status_overridden';
  event.from_status := current_status;
  if event.actor_role not in ('owner', 'dba') then
    perform app_hidden.refuse('WB003', 'Only an owner may override a status.',
      jsonb_build_object('orderId', event.order_id, 'roles', array['owner']));
  end if;
  perform from app_public.workflow_statuses f
  join app_public.workflow_statuses t on t.workflow = f.workflow
  where f.workflow = check_override.workflow and f.status = event.from_status and not f.is_terminal
    and t.status = event.to_status and not t.is_initial and t.status <> f.status;
  if not found then
    perform app_hidden.refuse('WB001',
      format('Not even an override moves an order of the workflow %s from %s to %s.',
        workflow, event.from_status, event.to_status),
      jsonb_build_object('orderId', event.order_id, 'status', event.from_status,
        'toStatus', event.to_status, 'seq', event.seq - 1));
  end if;
  if event.reason = '' then
    perform app_hidden.raise_refusal('input', event, workflow, current_status, required => '{reason}');
  end if;
  return event;
end
$$;
comment on function app_hidden.check_override(app_public.order_events, text, text) is
  'Refuses an override by anybody but an owner, without a reason, out of the end or into the beginning.';

create or replace function app_hidden.check_event_type(event app_public.order_events)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  if event.type is null then
    perform app_hidden.refuse('WB004', 'An event needs a status to move to, or a type.',
      jsonb_build_object('field', 'toStatus'));
  end if;
  perform from app_public.event_types t where t.type = event.type;
  if not found or event.type in ('status_changed', 'status_overridden', 'shipment_planned', 'shipment_booked') then
    perform app_hidden.refuse('WB004', 'This is no type of an event that moves nothing.',
      jsonb_build_object('field', 'type'));
  end if;
end
$$;
comment on function app_hidden.check_event_type(app_public.order_events) is
  'Refuses an event about an order that neither moves it nor says a known fact. Errors: WB004.';
--! EndIncluded orders/functions/guards.sql
--! Included orders/functions/refusals.sql
-- The words for what move_refusal() found, for the error of one move and the answers of a bulk move.
-- Off the hot path: asked only when the answer was no.

create or replace function app_hidden.explain_refusal(
  refusal text, event app_public.order_events, workflow text, current_status text, roles text[],
  required text[], out code text, out message text, out facts jsonb
)
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  if refusal is null then
    return;
  end if;
  facts := jsonb_build_object('orderId', event.order_id, 'status', current_status, 'toStatus', event.to_status,
    'seq', event.seq - 1);
  case refusal
  when 'conflict' then
    code := 'WB002';
    message := format('The order is %s and no longer %s: someone else was first.', current_status, event.from_status);
  when 'no_such_move' then
    code := 'WB001';
    message := format('An order of the workflow %s cannot move from %s to %s.', workflow, current_status, event.to_status);
  when 'role' then
    code := 'WB003';
    message := format('The role %s may not move an order from %s to %s.', event.actor_role, current_status, event.to_status);
    facts := jsonb_build_object('orderId', event.order_id, 'roles', roles);
  when 'input' then
    code := 'WB004';
    facts := jsonb_build_object('orderId', event.order_id,
      'field', app_hidden.missing_input(required, event.reason, event.inputs));
    message := case facts ->> 'field' when 'reason' then 'A reason is required.'
      else 'A tracking code of 6 to 40 letters, digits and hyphens is required.' end;
  when 'inputs' then
    code := 'WB004';
    message := 'The inputs of an event are an object.';
    facts := '{"field": "inputs"}';
  when 'nobody' then
    code := 'WB003';
    message := 'This transaction does not say who acts.';
    facts := '{}';
  when 'not_found' then
    code := 'WB007';
    message := 'There is no such order.';
    facts := jsonb_build_object('orderId', event.order_id, 'field', 'orderId');
  when 'twice' then
    code := 'WB004';
    message := 'A statement writes one event of each order: insert the next one by a statement of its own.';
    facts := jsonb_build_object('orderId', event.order_id, 'field', 'orderId');
  when 'guard' then
    select g.code, g.message, explain_refusal.facts || g.facts into code, message, facts
    from app_hidden.explain_guard(app_hidden.guard_of(workflow, event.to_status), event) g;
  end case;
end
$$;
comment on function app_hidden.explain_refusal(text, app_public.order_events, text, text, text[], text[]) is
  'Code, message and facts for a refusal of move_refusal(); nulls for none.';

create or replace function app_hidden.explain_guard(
  guard text, event app_public.order_events, out code text, out message text, out facts jsonb
)
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select
    case guard when 'usable_ship_to' then 'WB004' else 'WB001' end,
    case guard
      when 'usable_ship_to' then 'The order has no usable address and phone yet.'
      when 'fulfilment_type_shipping' then 'Only a shipping order can be packed.'
      else 'The order''s shipments are not there yet.'
    end,
    case guard
      when 'usable_ship_to' then jsonb_build_object('field', 'shipTo')
      when 'fulfilment_type_shipping' then '{}'
      else jsonb_build_object('shipments', s.total, 'behind', s.behind)
    end
  from app_hidden.shipments_behind(guard, event.merchant_id, event.order_id) s
$$;
comment on function app_hidden.explain_guard(text, app_public.order_events) is
  'Code, message and facts for a guard that does not hold.';

create or replace function app_hidden.raise_refusal(
  refusal text, event app_public.order_events, workflow text, current_status text,
  roles text[] default null, required text[] default null
)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  perform app_hidden.refuse(r.code, r.message, r.facts)
  from app_hidden.explain_refusal(refusal, event, workflow, current_status, roles, required) r;
end
$$;
comment on function app_hidden.raise_refusal(text, app_public.order_events, text, text, text[], text[]) is
  'Raises what explain_refusal() says.';

-- From guard_event(), with the order locked: the event has been filled in, but for the status that the
-- writer expected.
create or replace function app_hidden.refuse_move(
  event app_public.order_events, expected_status text, refusal text
)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  current_status text := event.from_status;
  current_workflow text;
  move app_public.workflow_transitions;
begin
  if event.seq is null then
    event.actor_role := app_hidden.current_actor_role();
    refusal := case when event.actor_role = 'nobody' then 'nobody' else 'not_found' end;
  else
    select o.workflow into current_workflow from app_public.orders_current o
    where o.merchant_id = event.merchant_id and o.id = event.order_id;
    select t.* into move from app_public.workflow_transitions t
    where t.workflow = current_workflow and t.from_status = current_status and t.to_status = event.to_status;
    event.from_status := expected_status;
  end if;
  perform app_hidden.raise_refusal(refusal, event, current_workflow, current_status, move.roles, move.required_inputs);
end
$$;
comment on function app_hidden.refuse_move(app_public.order_events, text, text) is
  'Says why a move is not allowed. Errors: WB001 to WB004, WB007.';
--! EndIncluded orders/functions/refusals.sql
--! Included orders/functions/guard_event.sql
-- The gate through which every change of every order goes: locks the order, checks the move against the
-- workflow tables, fills in who, when and which number, and chains the hash. Security definer: the
-- writers hold no privilege on the read models that it locks and reads.
--
-- The usual move is one statement: PL/pgSQL sets each of its expressions up anew in every transaction,
-- which cost more than the work itself when each field had one. The order is locked in a subquery of its
-- own, so that all the rest is read and timed after the lock was got; «offset 0» keeps what e computes from
-- being written out, set up and run at each place that names it. It leaves the previous hash in new.hash:
-- within the statement, the new one cost half as much again. enable_seqscan is off here and in the other
-- functions of the hot path: their plans are made once a session, often while the tables are still empty,
-- and kept while they grow.
--
-- The events of one statement are projected when all of them are in, so a second one of the same order
-- would be judged by what was true before the first. It is found by the first's row; that is looked for
-- only if this transaction, or one that began later, had locked the order before, and costs a third of a
-- move; transition_orders(), which locks first and names each order once, says that it need not be.
create or replace function app_hidden.guard_event()
returns trigger
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
  expected text := new.from_status;
  refusal text;
begin
  if new.type = 'order_placed' then
    return app_hidden.guard_first_event(new);
  end if;
  if new.shipment_id is not null or new.to_status is null or new.override then
    return app_hidden.guard_unusual_event(new);
  end if;
  if new.reason <> '' then
    new.reason := app_hidden.redacted(new.reason, coalesce(
      app_hidden.current_merchant_id(), new.merchant_id, app_hidden.merchant_of(new.order_id)), new.order_id);
  end if;
  select
    case when jsonb_typeof(e.inputs) <> 'object' then 'inputs'
      when o.is_mine and current_setting('waybill.orders_differ', true) is distinct from 'on'
        and app_hidden.is_recorded(o.merchant_id, new.order_id, o.seq + 1) then 'twice'
      else app_hidden.move_refusal(
      expected, o.status, t.roles, e.actor_role, t.required_inputs, e.reason, e.inputs,
      t.is_guarded, o.workflow, new.to_status, o.merchant_id, new.order_id) end,
    o.merchant_id, o.seq + 1, 'status_changed', o.status, e.actor_id, e.actor_role, e.reason, e.inputs, false,
    coalesce(new.occurred_at, c.at), c.at, pg_current_xact_id(),
    o.event_hash
  into refusal,
    new.merchant_id, new.seq, new.type, new.from_status, new.actor_id, new.actor_role, new.reason, new.inputs,
    new.override, new.occurred_at, new.recorded_at, new.xact_id, new.hash
  from (
    select app_hidden.current_actor_id() as actor_id, app_hidden.current_actor_role() as actor_role,
      coalesce(new.inputs, '{}') as inputs,
      app_hidden.trimmed(new.reason) as reason
    offset 0
  ) e
  cross join (
    select l.merchant_id, l.workflow, l.status, l.seq, l.event_hash, l.updated_at, age(l.xmax) <= 0 as is_mine
    from app_public.orders_current l
    where l.id = new.order_id and l.merchant_id = coalesce(
      app_hidden.current_merchant_id(), new.merchant_id, app_hidden.merchant_of(new.order_id))
    for no key update
  ) o
  cross join lateral (select greatest(clock_timestamp(), o.updated_at) as at) c
  left join app_public.workflow_transitions t
    on t.workflow = o.workflow and t.from_status = o.status and t.to_status = new.to_status;
  if found and refusal is null then
    new.hash := app_hidden.event_hash(new.hash, new.merchant_id, new.order_id, new.seq, new.shipment_id,
      new.type, new.from_status, new.to_status, new.actor_id, new.actor_role, new.reason, new.inputs,
      new.override, new.idempotency_key, new.occurred_at, new.recorded_at, new.xact_id);
    return new;
  end if;
  perform app_hidden.refuse_move(new, expected, refusal);
end
$$;
comment on function app_hidden.guard_event() is
  'Trigger: checks, numbers and chains each event. Errors: WB001 to WB004, WB007.';

create or replace function app_hidden.is_recorded(merchant_id integer, order_id uuid, seq integer)
returns boolean
language plpgsql stable
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
begin
  return exists (
    select from app_public.order_events e
    where e.merchant_id = is_recorded.merchant_id and e.order_id = is_recorded.order_id
      and e.seq = is_recorded.seq and e.xact_id = pg_current_xact_id()
  );
end
$$;
comment on function app_hidden.is_recorded(integer, uuid, integer) is
  'Whether this transaction has written this event, though the read model does not know of it yet.';

-- The first event of an order: there is nothing yet to lock or to compare with.
create or replace function app_hidden.guard_first_event(event app_public.order_events)
returns app_public.order_events
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  event := app_hidden.name_actor(event);
  event.seq := 1;
  event.override := false;
  return app_hidden.seal_event(event, '', null);
end
$$;
comment on function app_hidden.guard_first_event(app_public.order_events) is
  'Numbers the event that begins an order.';

-- Everything but an order's plain move: a shipment's event, an override, a fact that moves nothing.
create or replace function app_hidden.guard_unusual_event(event app_public.order_events)
returns app_public.order_events
language plpgsql volatile
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
  current app_public.orders_current;
begin
  event := app_hidden.name_actor(event);
  select o.* into current from app_public.orders_current o
  where o.merchant_id = event.merchant_id and o.id = event.order_id
  for no key update;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such order.', jsonb_build_object('orderId', event.order_id));
  end if;
  event.seq := current.seq + 1;
  if app_hidden.is_recorded(event.merchant_id, event.order_id, event.seq) then
    perform app_hidden.raise_refusal('twice', event, current.workflow, current.status);
  end if;
  event.override := coalesce(event.override, false);
  if event.type = 'customer_erased' then
    perform app_hidden.check_erasure(event, current.workflow, current.status);
  elsif event.shipment_id is not null then
    event := app_hidden.check_shipment_move(event);
  elsif event.to_status is null then
    perform app_hidden.check_event_type(event);
  else
    event := app_hidden.check_override(event, current.workflow, current.status);
  end if;
  return app_hidden.seal_event(event, current.event_hash, current.updated_at);
end
$$;
comment on function app_hidden.guard_unusual_event(app_public.order_events) is
  'Checks and numbers an event that is no plain move of an order. Errors: WB001 to WB004, WB006, WB007.';

create or replace function app_hidden.name_actor(event app_public.order_events)
returns app_public.order_events
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  event.actor_id := app_hidden.current_actor_id();
  event.actor_role := app_hidden.current_actor_role();
  if event.actor_role = 'nobody' then
    perform app_hidden.refuse('WB003', 'This transaction does not say who acts.');
  end if;
  event.merchant_id := coalesce(app_hidden.current_merchant_id(), event.merchant_id,
    app_hidden.merchant_of(event.order_id));
  event.reason := app_hidden.redacted(app_hidden.trimmed(event.reason), event.merchant_id, event.order_id);
  event.inputs := coalesce(event.inputs, '{}');
  if jsonb_typeof(event.inputs) <> 'object' then
    perform app_hidden.refuse('WB004', 'The inputs of an event are an object.', '{"field": "inputs"}');
  end if;
  return event;
end
$$;
comment on function app_hidden.name_actor(app_public.order_events) is
  'Fills in for whom and by whom the event is, whatever the writer said. Errors: WB003, WB004.';

create or replace function app_hidden.seal_event(
  event app_public.order_events, previous_hash bytea, not_before timestamptz
)
returns app_public.order_events
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  event.recorded_at := greatest(clock_timestamp(), not_before);
  event.occurred_at := coalesce(event.occurred_at, event.recorded_at);
  event.xact_id := pg_current_xact_id();
  event.hash := app_hidden.event_hash(previous_hash, event.merchant_id, event.order_id, event.seq,
    event.shipment_id, event.type, event.from_status, event.to_status, event.actor_id, event.actor_role,
    event.reason, event.inputs, event.override, event.idempotency_key, event.occurred_at,
    event.recorded_at, event.xact_id);
  return event;
end
$$;
comment on function app_hidden.seal_event(app_public.order_events, bytea, timestamptz) is
  'Fills in the times and the hash, the last of all fields.';
--! EndIncluded orders/functions/guard_event.sql
--! Included shipments/functions/guard_manifest.sql
-- A box is on one manifest at a time. Called by check_shipment_move() with the order locked. The manifest's
-- line is there before the event that tells of it.
create or replace function app_hidden.check_manifest_event(event app_public.order_events)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
  box app_public.shipments_current;
begin
  select s.* into strict box from app_public.shipments_current s
  where s.merchant_id = event.merchant_id and s.id = event.shipment_id;
  if box.status <> 'labelled' then
    perform app_hidden.refuse('WB001', format('The box is %s: it waits for no hand-over.', box.status),
      jsonb_build_object('shipmentId', box.id, 'status', box.status));
  end if;
  if event.type = 'shipment_taken_off_manifest' then
    if box.manifest_id::text is distinct from event.inputs ->> 'manifest_id' then
      perform app_hidden.refuse('WB002', 'The box is no longer on this manifest.',
        jsonb_build_object('shipmentId', box.id));
    end if;
    return;
  end if;
  if box.manifest_id is not null then
    perform app_hidden.refuse('WB002', 'The box is on a manifest already.',
      jsonb_build_object('shipmentId', box.id));
  end if;
  perform from app_public.manifest_boxes b
  where b.merchant_id = event.merchant_id and b.manifest_id::text = event.inputs ->> 'manifest_id'
    and b.shipment_id = event.shipment_id;
  if not found then
    perform app_hidden.refuse('WB004', 'There is no such line of a manifest.', '{"field": "inputs"}');
  end if;
end
$$;
comment on function app_hidden.check_manifest_event(app_public.order_events) is
  'Refuses to put a box on a second manifest, or to take it off one that it is not on. Errors: WB001, WB002, WB004.';
--! EndIncluded shipments/functions/guard_manifest.sql
--! Included shipments/functions/guard_shipment.sql
-- One move of a shipment. Called by guard_event() with the order already locked, which serialises the
-- shipments of one order.
create or replace function app_hidden.check_shipment_move(event app_public.order_events)
returns app_public.order_events
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  current_status text;
  current_awb text;
  roles text[];
begin
  select s.status, s.awb into current_status, current_awb from app_public.shipments_current s
  where s.merchant_id = event.merchant_id and s.id = event.shipment_id and s.order_id = event.order_id;
  if event.type = 'shipment_planned' and current_status is null then
    event.to_status := 'planned';
    perform app_hidden.check_cod(event);
    return event;
  end if;
  if current_status is null then
    perform app_hidden.refuse('WB007', 'There is no such shipment.',
      jsonb_build_object('shipmentId', event.shipment_id));
  end if;
  if event.inputs ->> 'awb' <> current_awb then
    perform app_hidden.refuse('WB006', 'The shipment has an AWB already.',
      jsonb_build_object('shipmentId', event.shipment_id));
  end if;
  if event.to_status is null then
    perform from app_public.event_types t where t.type = event.type;
    if not found then
      perform app_hidden.refuse('WB004', 'There is no such type of event.', jsonb_build_object('field', 'type'));
    end if;
    if event.type in ('shipment_manifested', 'shipment_taken_off_manifest') then
      perform app_hidden.check_manifest_event(event);
    end if;
    return event;
  end if;
  if event.from_status is not null and event.from_status <> current_status then
    perform app_hidden.refuse('WB002', format('The shipment is %s.', current_status),
      jsonb_build_object('shipmentId', event.shipment_id, 'status', current_status));
  end if;
  event.type := 'status_changed';
  event.from_status := current_status;
  select t.roles into roles from app_public.workflow_transitions t
  where t.workflow = 'parcel' and t.from_status = current_status and t.to_status = event.to_status;
  if not found then
    perform app_hidden.refuse('WB001',
      format('A shipment cannot move from %s to %s.', current_status, event.to_status),
      jsonb_build_object('shipmentId', event.shipment_id, 'status', current_status,
        'toStatus', event.to_status));
  end if;
  if event.actor_role <> all (roles) and event.actor_role <> 'dba' then
    perform app_hidden.refuse('WB003', format('The role %s may not move this shipment.', event.actor_role),
      jsonb_build_object('shipmentId', event.shipment_id, 'roles', roles));
  end if;
  if current_status = 'planned' and event.to_status not in ('labelled', 'cancelled') then
    perform app_hidden.check_booked(event, current_awb);
  end if;
  if event.to_status = 'labelled' then
    perform app_hidden.check_labelled(event.merchant_id, event.shipment_id);
    -- The event says which visit the box waits for, also when that was asked for before.
    event.inputs := jsonb_build_object('carrier_pickup_id', app_hidden.join_carrier_pickup(
      event.merchant_id, event.shipment_id, clock_timestamp())) || event.inputs;
  end if;
  return event;
end
$$;
comment on function app_hidden.check_shipment_move(app_public.order_events) is
  'Refuses a move of a shipment that its path does not allow; fills in type, from_status and, when labelled, the carrier pickup.';

-- No label will come any more when its order was cancelled, another carrier is to take the box, or it was given
-- up: then somebody may have printed it elsewhere, and what the carrier scans is all that is known.
create or replace function app_hidden.awaits_label(merchant_id integer, shipment_id uuid)
returns boolean
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select exists (
    select from app_public.effects e
    where e.merchant_id = awaits_label.merchant_id and e.subject_id = awaits_label.shipment_id
      and e.kind = 'fetch_label' and e.status in ('intent', 'sending')
  )
$$;
comment on function app_hidden.awaits_label(integer, uuid) is 'Whether the label of a shipment is still being fetched.';

create or replace function app_hidden.check_booked(event app_public.order_events, awb text)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  if awb is null or app_hidden.awaits_label(event.merchant_id, event.shipment_id) then
    perform app_hidden.refuse('WB001', 'The shipment is not booked, or its label is still to come.',
      jsonb_build_object('shipmentId', event.shipment_id, 'status', event.from_status,
        'toStatus', event.to_status));
  end if;
end
$$;
comment on function app_hidden.check_booked(app_public.order_events, text) is
  'Refuses to let a box leave that has no AWB, or whose label is still to come.';

create or replace function app_hidden.check_labelled(merchant_id integer, shipment_id uuid)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  perform from app_public.shipments_current s
  join app_private.labels l
    on l.merchant_id = s.merchant_id and l.shipment_id = s.id and l.awb = s.awb
  where s.merchant_id = check_labelled.merchant_id and s.id = check_labelled.shipment_id;
  if not found then
    perform app_hidden.refuse('WB001', 'The shipment has no AWB or no label yet.',
      jsonb_build_object('shipmentId', shipment_id));
  end if;
end
$$;
comment on function app_hidden.check_labelled(integer, uuid) is
  'Refuses unless the shipment has an AWB and the label for it.';

-- The order's lock makes the boxes of one order see one another.
create or replace function app_hidden.check_cod(event app_public.order_events)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
  asked bigint := coalesce((event.inputs ->> 'cod_amount_minor')::bigint, 0);
  planned bigint;
  due bigint;
begin
  select o.cod_amount_minor, coalesce((
    select sum(s.cod_amount_minor) from app_public.shipments_current s
    where s.merchant_id = o.merchant_id and s.order_id = o.id and s.status <> 'cancelled'
  ), 0)
  into due, planned
  from app_public.orders_current o where o.merchant_id = event.merchant_id and o.id = event.order_id;
  if asked > 0 and planned + asked > due then
    perform app_hidden.refuse('WB004', 'The boxes of the order would collect more than the order says.',
      jsonb_build_object('field', 'cod_amount_minor', 'due', due, 'planned', planned));
  end if;
end
$$;
comment on function app_hidden.check_cod(app_public.order_events) is
  'Refuses a box with which the order''s boxes would collect more at the door than the order says.';
--! EndIncluded shipments/functions/guard_shipment.sql
--! Included ndr/functions/follow_ndr.sql
-- Opens and closes the cases of failed deliveries. Called by the projection of a parcel's events, which
-- runs once for each event and under the lock of the order: a scan that is told twice is no second event,
-- and a late one moves nothing, so neither opens anything.

-- A failed attempt after a decision, without word that the courier had set out again, is the next attempt;
-- of a parcel that is to come back, and of one that nobody has decided about, it is the same one still.
create or replace function app_hidden.follow_ndr(event app_public.order_events)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  latest app_public.ndr_cases;
begin
  select c.* into latest from app_public.ndr_cases c
  where c.merchant_id = event.merchant_id and c.shipment_id = event.shipment_id
  order by c.attempt desc limit 1;
  if event.to_status is null and (
    latest.status is distinct from 'acted' or latest.action = 'return' or event.occurred_at <= latest.acted_at
  ) then
    return;
  end if;
  update app_public.ndr_cases c
  set status = 'closed', outcome = coalesce(event.to_status, 'undelivered'), closed_at = event.recorded_at
  where c.merchant_id = event.merchant_id and c.id = latest.id and c.status <> 'closed';
  if coalesce(event.to_status, 'undelivered') = 'undelivered' then
    insert into app_public.ndr_cases (
      merchant_id, order_id, shipment_id, attempt, reason, failed_at, opened_at, remind_at, deadline_at
    )
    select event.merchant_id, event.order_id, s.id, coalesce(latest.attempt, 0) + 1,
      coalesce(nullif(event.inputs ->> 'remark', ''), event.inputs ->> 'carrier_status', event.reason),
      event.occurred_at, event.recorded_at, event.occurred_at + c.ndr_hours * interval '30 minutes',
      event.occurred_at + c.ndr_hours * interval '1 hour'
    from app_public.shipments_current s
    join app_public.carriers c on c.carrier = s.carrier
    where s.merchant_id = event.merchant_id and s.id = event.shipment_id;
  end if;
end
$$;
comment on function app_hidden.follow_ndr(app_public.order_events) is
  'Opens a case for a failed delivery attempt, and closes it when the parcel goes on.';

-- Nobody need tell the carrier any more what it did not take before the parcel went on.
create or replace function app_hidden.settle_closed_cases(merchant_id integer, order_id uuid, shipment_id uuid)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  given_up app_public.effects;
begin
  for given_up in
    update app_public.effects e set status = 'abandoned'
    from app_public.ndr_cases c
    where c.merchant_id = settle_closed_cases.merchant_id and c.shipment_id = settle_closed_cases.shipment_id
      and c.status = 'closed' and e.merchant_id = c.merchant_id and e.subject_id = c.id
      and e.kind = 'act_on_ndr' and e.status = 'dead'
    returning e.*
  loop
    perform app_hidden.settle_letters(given_up.merchant_id, given_up.order_id, given_up.subject_id,
      'The carrier has gone on with the parcel.');
  end loop;
end
$$;
comment on function app_hidden.settle_closed_cases(integer, uuid, uuid) is
  'Settles what had failed about the decisions of cases that are closed.';

-- Nothing is inserted where nothing is to be said: an insert of no rows runs all triggers of its statement.
create or replace function app_hidden.clear_ndr_attention(merchant_id integer, order_id uuid, reason text)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  perform from app_public.orders_current o
  where o.merchant_id = clear_ndr_attention.merchant_id and o.id = clear_ndr_attention.order_id
    and o.attention = 'NDR_WAITING'
    and not exists (
      select from app_public.ndr_cases c
      where c.merchant_id = o.merchant_id and c.order_id = o.id and c.status = 'open'
    );
  if found then
    insert into app_public.order_events (order_id, type, reason)
    values (clear_ndr_attention.order_id, 'attention_cleared', clear_ndr_attention.reason);
  end if;
end
$$;
comment on function app_hidden.clear_ndr_attention(integer, uuid, text) is
  'Clears the attention that an order needed because nobody had decided about a failed delivery, once somebody has.';
--! EndIncluded ndr/functions/follow_ndr.sql
--! Included shipments/functions/project_shipment.sql
-- Projects an event of a shipment onto shipments_current.
create or replace function app_hidden.project_shipment(event app_public.order_events)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  if event.type = 'shipment_planned' then
    insert into app_public.shipments_current
    select s.* from jsonb_populate_record(null::app_public.shipments_current, event.inputs - 'items' || jsonb_build_object(
      'merchant_id', event.merchant_id, 'id', event.shipment_id, 'order_id', event.order_id,
      'booking', coalesce((event.inputs ->> 'booking')::smallint, 1),
      'status', event.to_status, 'created_at', event.recorded_at, 'updated_at', event.recorded_at
    )) s;
    insert into app_public.shipment_items (merchant_id, shipment_id, line, order_id, quantity)
    select event.merchant_id, event.shipment_id, i.line, event.order_id, i.quantity
    from jsonb_to_recordset(event.inputs -> 'items') i (line smallint, quantity integer);
    return;
  end if;
  update app_public.shipments_current s
  set status = coalesce(event.to_status, s.status),
    awb = coalesce(event.inputs ->> 'awb', s.awb),
    tracking_url = coalesce(event.inputs ->> 'tracking_url', s.tracking_url),
    courier = coalesce(event.inputs ->> 'courier', s.courier),
    freight_minor = coalesce((event.inputs ->> 'freight_minor')::bigint, s.freight_minor),
    routing = coalesce(event.inputs ->> 'routing', s.routing),
    carrier_ids = coalesce(nullif(event.inputs -> 'carrier_ids', 'null'), s.carrier_ids),
    carrier_pickup_id = coalesce((event.inputs ->> 'carrier_pickup_id')::uuid, s.carrier_pickup_id),
    manifest_id = case event.type when 'shipment_manifested' then (event.inputs ->> 'manifest_id')::uuid
      when 'shipment_taken_off_manifest' then null else s.manifest_id end,
    labelled_at = case event.to_status when 'labelled' then event.occurred_at else s.labelled_at end,
    handed_over_at = case when event.to_status in ('handed_over', 'in_transit', 'out_for_delivery', 'delivered')
      then coalesce(s.handed_over_at, event.occurred_at) else s.handed_over_at end,
    delivered_at = case event.to_status when 'delivered' then event.occurred_at else s.delivered_at end,
    last_scan = case when event.actor_role = 'carrier' and event.occurred_at >= coalesce(s.last_scan_at, '-infinity')
      then event.inputs ->> 'carrier_status' else s.last_scan end,
    last_scan_at = case when event.actor_role = 'carrier'
      then greatest(s.last_scan_at, event.occurred_at) else s.last_scan_at end,
    updated_at = event.recorded_at
  where s.merchant_id = event.merchant_id and s.id = event.shipment_id;
  if 'undelivered' in (event.from_status, event.to_status)
    or event.type = 'scan_recorded' and event.inputs ->> 'status' = 'undelivered' then
    perform app_hidden.follow_ndr(event);
  end if;
end
$$;
comment on function app_hidden.project_shipment(app_public.order_events) is
  'An event of a shipment, onto shipments_current and shipment_items.';
--! EndIncluded shipments/functions/project_shipment.sql
--! Included effects/functions/plan_effects.sql
-- What is ours in an effect's name at the service: the same over all attempts, and another one for a box
-- that is booked anew, because a service answers a repeated reference with what it had before.
create or replace function app_hidden.effect_reference(
  merchant_id integer, order_number bigint, box integer, booking integer
)
returns text
language sql immutable parallel safe
return 'W' || merchant_id || '-' || order_number || coalesce('-' || box, '')
  || case when booking > 1 then '-' || booking else '' end;
comment on function app_hidden.effect_reference(integer, bigint, integer, integer) is
  'An effect''s reference, derived from merchant, order number, box and its booking (null: none).';

-- PL/pgSQL and not SQL, because a SQL function that cannot be inlined is planned anew at each call.
create or replace function app_hidden.plan_effect(
  event app_public.order_events, kind text, subject_id uuid, shipment_id uuid default null
)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  insert into app_public.effects (
    merchant_id, subject_id, kind, order_id, shipment_id, caused_by_seq, reference,
    due_at, sweep_at, created_at
  )
  select event.merchant_id, plan_effect.subject_id, plan_effect.kind, event.order_id,
    coalesce(plan_effect.shipment_id, event.shipment_id), event.seq,
    app_hidden.effect_reference(event.merchant_id, o.number, s.box, s.booking),
    event.recorded_at, event.recorded_at + interval '1 minute', event.recorded_at
  from app_public.orders_current o
  left join app_public.shipments_current s
    on s.merchant_id = event.merchant_id and s.id = coalesce(plan_effect.shipment_id, event.shipment_id)
  where o.merchant_id = event.merchant_id and o.id = event.order_id
  on conflict on constraint effects_pkey do nothing;
end
$$;
comment on function app_hidden.plan_effect(app_public.order_events, text, uuid, uuid) is
  'One intent, once per subject and kind. Its reference is derived from merchant, number and box.';

-- A corrected address is validated again, or carriers are asked about it again, unless the order has already
-- gone on. The new epoch fences off what is under way: a validation would write the old address over the
-- correction, an assignment would keep answers about another PIN code.
create or replace function app_hidden.plan_validation_again(event app_public.order_events)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  update app_public.effects e
  set status = 'intent', epoch = e.epoch + 1, attempts = 0, caused_by_seq = event.seq, confirmed_at = null,
    leased_by = null, leased_until = null, error_code = null, error_message = null, due_at = event.recorded_at, sweep_at = event.recorded_at + interval '1 minute'
  from app_public.orders_current o
  where o.merchant_id = event.merchant_id and o.id = event.order_id
    and e.merchant_id = event.merchant_id and e.subject_id = event.order_id
    and e.kind = case o.status when 'received' then 'validate_order' when 'validated' then 'assign_order' end
$$;
comment on function app_hidden.plan_validation_again(app_public.order_events) is
  'Makes the validation of a received order, or the assignment of a validated one, due again.';

create or replace function app_hidden.abandon_effects(event app_public.order_events)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  update app_public.effects f set status = 'abandoned', sweep_at = null
  where f.merchant_id = event.merchant_id and f.order_id = event.order_id and f.status in ('intent', 'dead')
    and f.kind in ('validate_order', 'assign_order', 'book_shipment', 'fetch_label');
end
$$;
comment on function app_hidden.abandon_effects(app_public.order_events) is
  'Abandons the effects of a cancelled order that were not begun.';

-- Somebody wants again what had come to an end.
create or replace function app_hidden.plan_effect_anew(event app_public.order_events, kind text, subject_id uuid)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  perform app_hidden.plan_effect(event, plan_effect_anew.kind, plan_effect_anew.subject_id);
  update app_public.effects e
  set status = 'intent', epoch = e.epoch + 1, attempts = 0, caused_by_seq = event.seq, memory = null, sent_at = null,
    confirmed_at = null, leased_by = null, leased_until = null, error_code = null, error_message = null,
    due_at = event.recorded_at, sweep_at = event.recorded_at + interval '1 minute'
  where e.merchant_id = event.merchant_id and e.subject_id = plan_effect_anew.subject_id
    and e.kind = plan_effect_anew.kind
    -- A carrier was found once, and another one is wanted.
    and (e.status in ('dead', 'abandoned') or e.status = 'confirmed' and e.kind = 'assign_order');
end
$$;
comment on function app_hidden.plan_effect_anew(app_public.order_events, text, uuid) is
  'One intent, once per subject and kind, begun anew if it had died or was abandoned, and the choice of a carrier also if one was made.';
--! EndIncluded effects/functions/plan_effects.sql
--! Included effects/functions/plan_carrier_pickup.sql
-- The first day on which the location hands over parcels, today only until its cut-off.
create or replace function app_hidden.next_pickup_on(merchant_id integer, location_id integer, at timestamptz)
returns date
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select min(d.day)
  from app_public.locations l
  join app_public.merchants m on m.id = l.merchant_id
  cross join lateral (
    select (at at time zone m.time_zone)::date + ahead as day from generate_series(0, 7) ahead
    where ahead > 0 or (at at time zone m.time_zone)::time <= l.pickup_cutoff_at
  ) d
  where l.merchant_id = next_pickup_on.merchant_id and l.id = next_pickup_on.location_id
    and extract(isodow from d.day) = any (l.pickup_weekdays)
$$;
comment on function app_hidden.next_pickup_on(integer, integer, timestamptz) is
  'The day of a location''s next carrier pickup, in the merchant''s time zone.';

-- One visit of the carrier per account, location and day, however many boxes wait for it. Called by
-- check_shipment_move(), so that the event of each box names it.
create or replace function app_hidden.join_carrier_pickup(merchant_id integer, shipment_id uuid, at timestamptz)
returns uuid
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  box app_public.shipments_current;
  day date;
  joined uuid;
begin
  select s.* into strict box from app_public.shipments_current s
  where s.merchant_id = join_carrier_pickup.merchant_id and s.id = join_carrier_pickup.shipment_id;
  day := app_hidden.next_pickup_on(box.merchant_id, box.location_id, at);
  insert into app_public.carrier_pickups (merchant_id, carrier_account_id, location_id, pickup_on)
  values (box.merchant_id, box.carrier_account_id, box.location_id, day)
  on conflict on constraint carrier_pickups_once_a_day do nothing
  returning id into joined;
  if joined is null then
    select p.id into strict joined from app_public.carrier_pickups p
    where p.merchant_id = box.merchant_id and p.carrier_account_id = box.carrier_account_id
      and p.location_id = box.location_id and p.pickup_on = day;
  end if;
  return joined;
end
$$;
comment on function app_hidden.join_carrier_pickup(integer, uuid, timestamptz) is
  'The visit that a box labelled at this moment waits for; planned, if it is the first.';

-- The subject is the visit, or the box where the carrier collects parcels and not visits. One that was
-- called off because nothing waited is wanted again.
create or replace function app_hidden.ask_for_pickup(
  event app_public.order_events, pickup_kind text, pickup_id uuid
)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  subject uuid;
begin
  select case c.collects when 'parcel' then event.shipment_id else ask_for_pickup.pickup_id end into strict subject
  from app_public.shipments_current s
  join app_public.carriers c on c.carrier = s.carrier
  where s.merchant_id = event.merchant_id and s.id = event.shipment_id;
  perform app_hidden.plan_effect(event, pickup_kind, subject);
  update app_public.effects e
  set status = 'intent', epoch = e.epoch + 1, attempts = 0, order_id = event.order_id,
    shipment_id = event.shipment_id, caused_by_seq = event.seq, confirmed_at = null, error_code = null,
    error_message = null, due_at = event.recorded_at, sweep_at = event.recorded_at + interval '1 minute'
  where e.merchant_id = event.merchant_id and e.subject_id = subject and e.kind = pickup_kind
    and (e.order_id, e.caused_by_seq) <> (event.order_id, event.seq)
    and (e.status = 'abandoned' or e.status = 'confirmed' and subject = event.shipment_id);
end
$$;
comment on function app_hidden.ask_for_pickup(app_public.order_events, text, uuid) is
  'Plans to ask the carrier for a visit, or for the one box; once, unless nothing waited or it did not come.';

create or replace function app_hidden.plan_carrier_pickup(event app_public.order_events)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  pickup_kind text;
begin
  select k.kind into pickup_kind from app_public.transition_tasks t
  join app_public.effect_kinds k on k.kind = t.effect_kind
  where t.workflow = 'parcel' and t.status = event.to_status and k.scope = 'carrier_pickup';
  if not found then
    return;
  end if;
  perform app_hidden.ask_for_pickup(event, pickup_kind, (event.inputs ->> 'carrier_pickup_id')::uuid);
end
$$;
comment on function app_hidden.plan_carrier_pickup(app_public.order_events) is
  'Plans the day''s carrier pickup for a box whose status asks for one, unless it is planned already.';

create or replace function app_hidden.pickup_of(effect app_public.effects)
returns uuid
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select p.id from app_public.carrier_pickups p
  where p.merchant_id = effect.merchant_id and p.id = effect.subject_id
  union all
  select s.carrier_pickup_id from app_public.shipments_current s
  where s.merchant_id = effect.merchant_id and s.id = effect.subject_id
$$;
comment on function app_hidden.pickup_of(app_public.effects) is 'Which carrier pickup an effect asks for.';

-- Called off since, or collected already: then nobody has to come.
create or replace function app_hidden.waits_for_pickup(effect app_public.effects)
returns boolean
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select exists (
    select from app_public.shipments_current s
    join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
    where s.merchant_id = effect.merchant_id and s.carrier_pickup_id = app_hidden.pickup_of(effect)
      and effect.subject_id in (s.carrier_pickup_id, s.id) and s.status = 'labelled' and o.status <> 'cancelled'
  )
$$;
comment on function app_hidden.waits_for_pickup(app_public.effects) is
  'Whether any box still waits for the visit that this effect asks for.';
--! EndIncluded effects/functions/plan_carrier_pickup.sql
--! Included orders/functions/project_event.sql
-- Makes events true in the read models, the audit log and the effect ledger, in their own transaction: one
-- statement for all events of an insert, whether it moves one order or five hundred. Security definer: the
-- writers hold no privilege on read models.
create or replace function app_hidden.project_events()
returns trigger
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
begin
  with moved as (
    update app_public.orders_current o
    set status = e.to_status,
      -- An override to before it was shipped takes this back; one that calls it off does not.
      shipping_status = coalesce(s.shipping_status, case when s.is_terminal then o.shipping_status end),
      ship_to_version = coalesce((e.inputs ->> 'ship_to_version')::integer, o.ship_to_version),
      tracking_code = coalesce(e.inputs ->> 'tracking_code', o.tracking_code),
      tracking_url = coalesce(e.inputs ->> 'tracking_url', o.tracking_url),
      accepted_at = case s.stamps when 'accepted_at'
        then coalesce(o.accepted_at, e.recorded_at) else o.accepted_at end,
      ready_at = case s.stamps when 'ready_at'
        then coalesce(o.ready_at, e.recorded_at) else o.ready_at end,
      completed_at = case s.stamps when 'completed_at'
        then coalesce(o.completed_at, e.recorded_at) else o.completed_at end,
      seq = e.seq, event_hash = e.hash, updated_at = e.recorded_at
    from events e, app_public.workflow_statuses s
    where e.shipment_id is null and e.from_status is not null and e.to_status is not null
      and o.merchant_id = e.merchant_id and o.id = e.order_id
      and s.workflow = o.workflow and s.status = e.to_status
  ), audited as (
    insert into app_public.audit_log (
      merchant_id, id, entity, entity_id, action, actor_id, actor_role, reason, meta, order_seq, recorded_at
    )
    select e.merchant_id, app_hidden.uuid_v7(), case when e.shipment_id is null then 'order' else 'shipment' end,
      coalesce(e.shipment_id, e.order_id)::text, e.type, e.actor_id, e.actor_role, e.reason,
      jsonb_build_object('old_status', e.from_status, 'new_status', e.to_status), e.seq, e.recorded_at
    from events e
  )
  insert into app_public.effects (
    merchant_id, subject_id, kind, order_id, shipment_id, caused_by_seq, reference, due_at, sweep_at, created_at
  )
  select e.merchant_id, coalesce(s.id, e.order_id), k.kind, e.order_id, s.id, e.seq,
    app_hidden.effect_reference(e.merchant_id, o.number, s.box, s.booking), e.recorded_at,
    e.recorded_at + interval '1 minute', e.recorded_at
  from events e
  join app_public.orders_current o on o.merchant_id = e.merchant_id and o.id = e.order_id
  join app_public.transition_tasks t
    on t.workflow = case when e.shipment_id is null then o.workflow else 'parcel' end and t.status = e.to_status
  join app_public.effect_kinds k on k.kind = t.effect_kind
  left join app_public.shipments_current s
    on k.scope <> 'order' and s.merchant_id = e.merchant_id and s.order_id = e.order_id
    and case k.scope when 'shipment' then s.id = e.shipment_id else s.status in ('planned', 'labelled') end
  where k.scope = 'order' or (k.scope in ('shipment', 'live_shipments') and s.id is not null)
  on conflict on constraint effects_pkey do nothing;
  return null;
end
$$;
comment on function app_hidden.project_events() is
  'Trigger: the events of a statement, onto the read models, the audit log and the effect ledger.';

-- What is more than a move along the path, one event at a time and before project_events().
create or replace function app_hidden.project_unusual_event()
returns trigger
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
begin
  if new.type = 'order_placed' then
    perform app_hidden.project_order_placed(new);
  elsif new.shipment_id is not null then
    perform app_hidden.project_fact(new);
    perform app_hidden.project_shipment(new);
    perform app_hidden.plan_carrier_pickup(new);
  elsif new.to_status = 'cancelled' then
    perform app_hidden.abandon_effects(new);
  else
    perform app_hidden.project_fact(new);
    if new.type = 'ship_to_corrected' then
      perform app_hidden.plan_validation_again(new);
    elsif new.type = 'customer_erased' then
      perform app_hidden.erase_order(new.merchant_id, new.order_id);
    end if;
  end if;
  return null;
end
$$;
comment on function app_hidden.project_unusual_event() is
  'Trigger: a first event, a fact, a shipment''s event or a cancellation, onto the read models.';

-- The first event of an order carries its whole snapshot but the personal part. A record is unfolded from
-- `from`: `(record).*` would make it once for each of its columns.
create or replace function app_hidden.project_order_placed(event app_public.order_events)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  insert into app_hidden.order_keys (merchant_id, order_id, public_id, store_id, external_id, external_number, number)
  select event.merchant_id, event.order_id, k.public_id, k.store_id, k.external_id, k.external_number, k.number
  from jsonb_to_record(event.inputs) k (
    public_id text, store_id integer, external_id text, external_number text, number bigint
  );
  insert into app_public.orders_current
  select o.* from jsonb_populate_record(null::app_public.orders_current, event.inputs - 'items' || jsonb_build_object(
    'merchant_id', event.merchant_id, 'id', event.order_id, 'status', event.to_status,
    'seq', event.seq, 'event_hash', event.hash,
    'created_at', event.recorded_at, 'updated_at', event.recorded_at
  )) o;
  insert into app_public.order_items
  select i.*
  from jsonb_array_elements(event.inputs -> 'items') with ordinality e (item, line),
    jsonb_populate_record(null::app_public.order_items, item || jsonb_build_object(
      'merchant_id', event.merchant_id, 'order_id', event.order_id, 'line', line
    )) i;
end
$$;
comment on function app_hidden.project_order_placed(app_public.order_events) is
  'A new order, onto orders_current, order_items and order_keys.';

-- Events that leave the order's status as it is: attention, a new contact version, a shipment's events.
create or replace function app_hidden.project_fact(event app_public.order_events)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  update app_public.orders_current o
  set ship_to_version = coalesce((event.inputs ->> 'ship_to_version')::integer, o.ship_to_version),
    attention = case event.type when 'attention_raised' then event.inputs ->> 'code'
      when 'attention_cleared' then null else o.attention end,
    attention_reason = case event.type when 'attention_raised' then event.reason
      when 'attention_cleared' then null else o.attention_reason end,
    attention_since = case event.type
      when 'attention_raised' then coalesce(o.attention_since, event.recorded_at)
      when 'attention_cleared' then null else o.attention_since end,
    seq = event.seq, event_hash = event.hash, updated_at = event.recorded_at
  where o.merchant_id = event.merchant_id and o.id = event.order_id;
end
$$;
comment on function app_hidden.project_fact(app_public.order_events) is
  'An event that leaves the order''s status as it is, onto orders_current.';
--! EndIncluded orders/functions/project_event.sql
--! Included orders/functions/immutable.sql
-- Refuses, for everybody, the owner of the tables included.
create or replace function app_hidden.refuse_change()
returns trigger
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  perform app_hidden.refuse('WB006', format('%s of %s: %s', tg_op, tg_table_name, tg_argv[0]));
  return null;
end
$$;
comment on function app_hidden.refuse_change() is 'Trigger: raises WB006 with the rule in its argument.';
--! EndIncluded orders/functions/immutable.sql
--! Included proof/functions/frozen.sql
-- What was frozen at creation stays frozen, even for a trigger, with one exception that opens nothing: a
-- row that had become untrue may be made what the log says again.
create or replace function app_hidden.refuse_untrue_order()
returns trigger
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  perform from app_hidden.fold_orders(null) f
  where f.merchant_id = old.merchant_id and f.order_id = old.id and f.folded *= row(new.*)::app_hidden.plain_orders;
  if not found then
    perform app_hidden.refuse('WB006', format('%s of %s: %s', tg_op, tg_table_name, 'the snapshot is frozen at creation'));
  end if;
  return new;
end
$$;
comment on function app_hidden.refuse_untrue_order() is
  'Trigger: refuses to change a snapshot, unless it becomes what the order''s events say. Errors: WB006.';

create or replace function app_hidden.refuse_untrue_item()
returns trigger
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  is_true boolean := app_hidden.is_detached(old.order_id) or exists (
    select from app_hidden.fold_order_items() f
    where f.merchant_id = old.merchant_id and f.order_id = old.order_id and f *= old
  );
begin
  if tg_op = 'UPDATE' or pg_trigger_depth() = 1 or is_true then
    perform app_hidden.refuse('WB006', format('%s of %s: %s', tg_op, tg_table_name, 'items are frozen at creation'));
  end if;
  return old;
end
$$;
comment on function app_hidden.refuse_untrue_item() is
  'Trigger: refuses to change or remove an item, unless it is not what the order''s first event says. Errors: WB006.';
--! EndIncluded proof/functions/frozen.sql
--! Included orders/triggers/order_events.sql
create or replace trigger order_events_100_guard
  before insert on app_public.order_events
  for each row execute function app_hidden.guard_event();

-- Before the next one, as triggers for rows come before those for statements.
create or replace trigger order_events_500_project_unusual
  after insert on app_public.order_events
  for each row when (
    new.from_status is null or new.to_status is null or new.shipment_id is not null or new.to_status = 'cancelled'
  )
  execute function app_hidden.project_unusual_event();

create or replace trigger order_events_510_project
  after insert on app_public.order_events
  referencing new table as events
  for each statement execute function app_hidden.project_events();

create or replace trigger order_events_110_append_only
  before update or delete on app_public.order_events
  for each row execute function app_hidden.refuse_change('events are only ever added');

create or replace trigger order_events_120_no_truncate
  before truncate on app_public.order_events
  for each statement execute function app_hidden.refuse_change('events are only ever added');

create or replace trigger audit_log_110_append_only
  before update or delete on app_public.audit_log
  for each row execute function app_hidden.refuse_change('the audit log is only ever added to');

create or replace trigger audit_log_120_no_truncate
  before truncate on app_public.audit_log
  for each statement execute function app_hidden.refuse_change('the audit log is only ever added to');
--! EndIncluded orders/triggers/order_events.sql
--! Included orders/triggers/read_models.sql
-- Read models change only from within an event's trigger: whoever writes them directly is refused, and
-- what was frozen at creation stays frozen even then.
create or replace trigger orders_current_110_only_from_events
  before insert or update or delete on app_public.orders_current
  for each row when (pg_trigger_depth() = 0)
  execute function app_hidden.refuse_change('write an event instead');

-- "update of" and no "when": a condition over so many columns is read anew with every statement, and cost
-- 0.1 ms a transition; a list of columns that the projection never sets costs nothing.
create or replace trigger orders_current_120_frozen
  before update of
    merchant_id, id, public_id, store_id, source, external_id, external_number, number, workflow,
    fulfilment_type, location_id, currency, payment_mode, subtotal_minor, discount_minor, shipping_minor,
    tax_minor, total_minor, cod_amount_minor, shipping_method, placed_at, created_at
  on app_public.orders_current
  for each row execute function app_hidden.refuse_untrue_order();

create or replace trigger order_items_120_frozen
  before update or delete on app_public.order_items
  for each row execute function app_hidden.refuse_untrue_item();

create or replace trigger order_items_110_only_from_events
  before insert on app_public.order_items
  for each row when (pg_trigger_depth() = 0)
  execute function app_hidden.refuse_change('write an event instead');

create or replace trigger shipments_current_110_only_from_events
  before insert or update or delete on app_public.shipments_current
  for each row when (pg_trigger_depth() = 0)
  execute function app_hidden.refuse_change('write an event instead');

create or replace trigger order_contacts_110_write_once
  before update on app_public.order_contacts
  for each row when (pg_trigger_depth() = 0)
  execute function app_hidden.refuse_change('a contact is corrected by a new version');

-- A customer_erased event empties it. That an erased contact holds nothing is a constraint of the table.
create or replace trigger order_contacts_120_only_erased
  before update on app_public.order_contacts
  for each row when (
    new.erased_at is null or old.erased_at is not null
    or (new.merchant_id, new.order_id, new.version, new.digest, new.created_at)
      is distinct from (old.merchant_id, old.order_id, old.version, old.digest, old.created_at)
  )
  execute function app_hidden.refuse_change('a contact is corrected by a new version');

create or replace trigger order_contacts_120_not_deleted
  before delete on app_public.order_contacts
  for each row execute function app_hidden.refuse_change('a contact is erased by an event');

create or replace trigger shipment_items_110_only_from_events
  before insert or update or delete on app_public.shipment_items
  for each row when (pg_trigger_depth() = 0)
  execute function app_hidden.refuse_change('write an event instead');

create or replace trigger orders_current_130_no_truncate
  before truncate on app_public.orders_current
  for each statement execute function app_hidden.refuse_change('write an event instead');

create or replace trigger order_items_130_no_truncate
  before truncate on app_public.order_items
  for each statement execute function app_hidden.refuse_change('items are frozen at creation');

create or replace trigger shipments_current_130_no_truncate
  before truncate on app_public.shipments_current
  for each statement execute function app_hidden.refuse_change('write an event instead');

create or replace trigger shipment_items_130_no_truncate
  before truncate on app_public.shipment_items
  for each statement execute function app_hidden.refuse_change('write an event instead');

create or replace trigger order_contacts_130_no_truncate
  before truncate on app_public.order_contacts
  for each statement execute function app_hidden.refuse_change('a contact is corrected by a new version');
--! EndIncluded orders/triggers/read_models.sql
--! Included shipments/triggers/manifests.sql
-- A manifest was signed: whatever becomes of its boxes later, the list stays as it was.
create or replace trigger manifests_110_write_once
  before update or delete on app_public.manifests
  for each row execute function app_hidden.refuse_change('a manifest is written once');

create or replace trigger manifest_boxes_110_write_once
  before update or delete on app_public.manifest_boxes
  for each row execute function app_hidden.refuse_change('a manifest is written once');

create or replace trigger manifests_130_no_truncate
  before truncate on app_public.manifests
  for each statement execute function app_hidden.refuse_change('a manifest is written once');

create or replace trigger manifest_boxes_130_no_truncate
  before truncate on app_public.manifest_boxes
  for each statement execute function app_hidden.refuse_change('a manifest is written once');
--! EndIncluded shipments/triggers/manifests.sql
--! Included orders/functions/place_order.sql
-- The digest covers the content, so that an event that names version and digest pins it without holding
-- it; with the salt, so that nobody can find the content by trying.
create or replace function app_hidden.contact_digest(contact app_public.order_contacts)
returns bytea
language sql stable parallel safe
return sha256(contact.salt || convert_to(row(
  contact.merchant_id, contact.order_id, contact.customer_name, contact.customer_phone,
  contact.customer_email, contact.name, contact.phone, contact.phone_e164, contact.address1,
  contact.address2, contact.city, contact.state, contact.pincode, contact.country, contact.note
)::text, 'UTF8'));
comment on function app_hidden.contact_digest(app_public.order_contacts) is
  'SHA-256 over salt and content of a contact; null once it is erased.';

-- Adds a version of an order's contact and returns its number.
create or replace function app_hidden.add_contact(merchant_id integer, order_id uuid, contact jsonb)
returns integer
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  latest app_public.order_contacts;
  next app_public.order_contacts;
begin
  select c.* into latest from app_public.order_contacts c
  where c.merchant_id = add_contact.merchant_id and c.order_id = add_contact.order_id
  order by c.version desc limit 1;
  if latest.erased_at is not null then
    perform app_hidden.refuse('WB001', 'The customer of this order was erased.',
      jsonb_build_object('orderId', order_id));
  end if;
  next := jsonb_populate_record(latest, contact);
  next.merchant_id := add_contact.merchant_id;
  next.order_id := add_contact.order_id;
  next.version := coalesce(latest.version, 0) + 1;
  next.salt := latest.salt;
  if app_hidden.contact_digest(next) = latest.digest then
    return latest.version;
  end if;
  next.created_at := clock_timestamp();
  next.salt := uuid_send(gen_random_uuid());
  next.digest := app_hidden.contact_digest(next);
  insert into app_public.order_contacts select next.*;
  return next.version;
end
$$;
comment on function app_hidden.add_contact(integer, uuid, jsonb) is
  'A new version of the contact: the latest with the given fields replaced; the latest itself if nothing differs.';

-- How an event names a contact: it pins the content without holding it.
create or replace function app_hidden.contact_named(merchant_id integer, order_id uuid, version integer)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select jsonb_build_object('ship_to_version', c.version, 'ship_to_digest', encode(c.digest, 'hex'))
  from app_public.order_contacts c
  where c.merchant_id = contact_named.merchant_id and c.order_id = contact_named.order_id
    and c.version = contact_named.version
$$;
comment on function app_hidden.contact_named(integer, uuid, integer) is
  'Version and digest of a contact, for the inputs of an event.';

-- What cannot be an order is refused with the field and the reason, before anything is written.
create or replace function app_hidden.check_order_input(input jsonb)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
  item record;
  amount text;
begin
  if jsonb_typeof(input -> 'items') is distinct from 'array' or jsonb_array_length(input -> 'items') = 0 then
    perform app_hidden.refuse('WB004', 'An order has at least one item.', jsonb_build_object('field', 'items'));
  end if;
  for item in
    select i.*, n - 1 as at from jsonb_array_elements(input -> 'items') with ordinality e (value, n),
      lateral jsonb_to_record(e.value) i (title text, quantity numeric, unit_price_minor numeric, discount_minor numeric)
  loop
    if coalesce(item.quantity, 0) not between 1 and 100000 or item.quantity <> trunc(item.quantity) then
      perform app_hidden.refuse('WB004', 'A quantity is a whole number from 1 to 100,000.',
        jsonb_build_object('field', format('items[%s].quantity', item.at)));
    end if;
    if coalesce(item.unit_price_minor, -1) < 0 or coalesce(item.discount_minor, 0) < 0 then
      perform app_hidden.refuse('WB004', 'A price is not negative.',
        jsonb_build_object('field', format('items[%s].unit_price_minor', item.at)));
    end if;
    if btrim(coalesce(item.title, '')) = '' then
      perform app_hidden.refuse('WB004', 'An item has a title.',
        jsonb_build_object('field', format('items[%s].title', item.at)));
    end if;
  end loop;
  foreach amount in array array['subtotal_minor', 'shipping_minor', 'discount_minor', 'tax_minor', 'total_minor',
    'cod_amount_minor'] loop
    if coalesce((input ->> amount)::numeric, 0) < 0 then
      perform app_hidden.refuse('WB004', 'An amount is not negative.', jsonb_build_object('field', amount));
    end if;
  end loop;
  if input ->> 'source' not in ('shopify', 'web', 'counter') then
    perform app_hidden.refuse('WB004', 'An order comes from shopify, web or counter.',
      jsonb_build_object('field', 'source'));
  end if;
  if coalesce(input ->> 'payment_mode', '') not in ('prepaid', 'cod') then
    perform app_hidden.refuse('WB004', 'The payment mode is prepaid or cod.',
      jsonb_build_object('field', 'payment_mode'));
  end if;
  if (input ->> 'payment_mode' = 'cod') <> (coalesce((input ->> 'cod_amount_minor')::bigint, 0) > 0) then
    perform app_hidden.refuse('WB004', 'There is an amount to collect if and only if the order is COD.',
      jsonb_build_object('field', 'cod_amount_minor'));
  end if;
end
$$;
comment on function app_hidden.check_order_input(jsonb) is 'Refuses what cannot be an order. Errors: WB004.';

-- An order is in its merchant's currency: amounts of another would be taken for it.
create or replace function app_hidden.check_currency(merchant_id integer, currency text)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  perform from app_public.merchants m
  where m.id = check_currency.merchant_id and m.currency <> check_currency.currency;
  if found then
    perform app_hidden.refuse('WB004', 'An order is in the currency of its merchant.',
      jsonb_build_object('field', 'currency'));
  end if;
end
$$;
comment on function app_hidden.check_currency(integer, text) is
  'Refuses a currency that is given and not the merchant''s. Errors: WB004.';

create or replace function app_hidden.check_something_to_ship(store app_public.stores, input jsonb)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  perform from app_public.workflows w
  where w.workflow = store.workflow and w.fulfilment_type = 'shipping' and not exists (
    select from jsonb_array_elements(input -> 'items') item
    where coalesce((item ->> 'requires_shipping')::boolean, true)
  );
  if found then
    perform app_hidden.refuse('WB004', 'An order that is shipped has an item that requires shipping.',
      jsonb_build_object('field', 'items'));
  end if;
end
$$;
comment on function app_hidden.check_something_to_ship(app_public.stores, jsonb) is
  'Refuses an order of a shipping store in which nothing is shipped. Errors: WB004.';

-- The order_placed event: the whole frozen snapshot but its personal part.
create or replace function app_hidden.order_snapshot(store app_public.stores, input jsonb, order_number bigint)
returns jsonb
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'public_id', translate(encode(
      substring(uuid_send(u.random) from 1 for 6) || substring(uuid_send(u.random) from 10 for 3), 'base64'
    ), '+/', '-_'),
    'number', order_number, 'store_id', store.id, 'location_id', store.location_id,
    'workflow', store.workflow, 'fulfilment_type', w.fulfilment_type,
    'source', coalesce(input ->> 'source', store.channel),
    'external_id', input ->> 'external_id', 'external_number', input ->> 'external_number',
    'external_updated_at', input ->> 'external_updated_at',
    'currency', m.currency, 'payment_mode', input ->> 'payment_mode',
    'subtotal_minor', coalesce((input ->> 'subtotal_minor')::bigint, 0),
    'discount_minor', coalesce((input ->> 'discount_minor')::bigint, 0),
    'shipping_minor', coalesce((input ->> 'shipping_minor')::bigint, 0),
    'tax_minor', coalesce((input ->> 'tax_minor')::bigint, 0),
    'total_minor', coalesce((input ->> 'total_minor')::bigint, 0),
    'cod_amount_minor', coalesce((input ->> 'cod_amount_minor')::bigint, 0),
    'shipping_method', input ->> 'shipping_method',
    'placed_at', coalesce((input ->> 'placed_at')::timestamptz, now()),
    'items', (
      select jsonb_agg(jsonb_build_object(
        'external_id', i.external_id, 'sku', i.sku, 'title', i.title, 'variant_title', i.variant_title,
        'quantity', i.quantity, 'unit_price_minor', i.unit_price_minor,
        'discount_minor', coalesce(i.discount_minor, 0), 'weight_grams', i.weight_grams,
        'hsn_code', i.hsn_code, 'requires_shipping', coalesce(i.requires_shipping, true)
      ) order by n)
      from jsonb_array_elements(input -> 'items') with ordinality e (value, n),
        lateral jsonb_to_record(e.value) i (
          external_id text, sku text, title text, variant_title text, quantity integer,
          unit_price_minor bigint, discount_minor bigint, weight_grams integer, hsn_code text,
          requires_shipping boolean
        )
    )
  )
  from (select gen_random_uuid() as random) u, app_public.workflows w, app_public.merchants m
  where w.workflow = store.workflow and m.id = store.merchant_id
$$;
comment on function app_hidden.order_snapshot(app_public.stores, jsonb, bigint) is
  'The inputs of an order_placed event. The public id has 72 random bits.';

-- Security definer: members and workers hold no write privilege. The advisory lock makes duplicates of
-- one external order wait for one another, so that the second finds the first.
create or replace function app_public.place_order(input jsonb, idempotency_key text default null)
returns app_public.orders_current
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  mine integer := app_hidden.current_merchant_id();
  store app_public.stores;
  placed app_public.orders_current;
  stored jsonb;
  new_id uuid;
begin
  select s.* into store from app_public.stores s
  where s.id = (input ->> 'store_id')::integer and s.merchant_id = coalesce(mine,
    case app_hidden.current_actor_role() when 'dba' then s.merchant_id end);
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such store.', jsonb_build_object('field', 'store_id'));
  end if;
  mine := store.merchant_id;
  stored := app_hidden.recall_result(idempotency_key, 'place_order', input, mine);
  if stored is not null then
    return jsonb_populate_record(null::app_public.orders_current, stored);
  end if;
  perform app_hidden.check_order_input(input);
  perform app_hidden.check_currency(mine, input ->> 'currency');
  perform app_hidden.check_something_to_ship(store, input);
  if input ->> 'external_id' is not null then
    perform pg_advisory_xact_lock(hashtextextended(format('%s:%s:%s', mine, store.id, input ->> 'external_id'), 0));
    select o.* into placed from app_hidden.order_keys k
    join app_public.orders_current o on o.merchant_id = k.merchant_id and o.id = k.order_id
    where k.merchant_id = mine and k.store_id = store.id and k.external_id = input ->> 'external_id';
  end if;
  if placed.id is null then
    new_id := app_hidden.uuid_v7();
    perform app_hidden.add_contact(mine, new_id, coalesce(nullif(input -> 'ship_to', 'null'), '{}') || jsonb_build_object(
      'customer_name', input #>> '{customer,name}', 'customer_phone', input #>> '{customer,phone}',
      'customer_email', input #>> '{customer,email}', 'note', input ->> 'note'
    ));
    insert into app_public.order_events (merchant_id, order_id, type, to_status, inputs, occurred_at)
    select mine, new_id, 'order_placed', s.status, app_hidden.order_snapshot(store, input,
      app_hidden.next_number(mine, 'order', 1001)) || app_hidden.contact_named(mine, new_id, 1), (input ->> 'placed_at')::timestamptz
    from app_public.workflow_statuses s
    where s.workflow = store.workflow and s.is_initial;
    select o.* into strict placed from app_public.orders_current o where o.merchant_id = mine and o.id = new_id;
  end if;
  perform app_hidden.store_result(idempotency_key, to_jsonb(placed), mine);
  return placed;
end
$$;
comment on function app_public.place_order(jsonb, text) is
  E'@resultFieldName order\nPlaces an order in one of the merchant''s stores. The same external_id is the same order. Errors: INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_MISMATCH.';
grant execute on function app_public.place_order(jsonb, text) to waybill_member;
--! EndIncluded orders/functions/place_order.sql
--! Included orders/functions/transition_order.sql
-- The one way in which the functions below write: an event, with an idempotency key around it.
-- Security definer: members hold no write privilege; guard_event() checks tenant, role and workflow. Few
-- expressions, because PL/pgSQL sets each of them up anew in every transaction.
create or replace function app_hidden.write_move(
  function_name text, order_id uuid, to_status text, expected_status text, reason text, inputs jsonb,
  override boolean, idempotency_key text
)
returns app_public.orders_current
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  moved app_public.orders_current;
  stored jsonb;
begin
  if write_move.idempotency_key is not null then
    stored := app_hidden.recall_result(write_move.idempotency_key, function_name, jsonb_build_array(
      write_move.order_id, write_move.to_status, expected_status, write_move.reason, write_move.inputs),
      app_hidden.merchant_for(write_move.order_id));
    if stored is not null then
      return jsonb_populate_record(null::app_public.orders_current, stored);
    end if;
  end if;
  -- From the order, because an id of a month without a partition would fail in routing, before the guard
  -- could say what is wrong.
  insert into app_public.order_events (
    merchant_id, order_id, from_status, to_status, reason, inputs, override, idempotency_key
  )
  select o.merchant_id, o.id, expected_status, write_move.to_status, write_move.reason, write_move.inputs,
    write_move.override, write_move.idempotency_key
  from app_public.orders_current o
  where o.id = write_move.order_id and o.merchant_id = app_hidden.merchant_for(write_move.order_id)
  returning merchant_id into moved.merchant_id;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such order.', jsonb_build_object('field', 'orderId'));
  end if;
  select o.* into moved from app_public.orders_current o
  where o.merchant_id = moved.merchant_id and o.id = write_move.order_id;
  if write_move.idempotency_key is not null then
    perform app_hidden.store_result(write_move.idempotency_key, to_jsonb(moved), moved.merchant_id);
  end if;
  return moved;
end
$$;
comment on function app_hidden.write_move(text, uuid, text, text, text, jsonb, boolean, text) is
  'Inserts one move of an order and returns the order after it.';

create or replace function app_public.transition_order(
  order_id uuid, to_status text, expected_status text default null, reason text default null,
  idempotency_key text default null
)
returns app_public.orders_current
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  return app_hidden.write_move(
    'transition_order', order_id, to_status, expected_status, reason, null, false, idempotency_key);
end
$$;
comment on function app_public.transition_order(uuid, text, text, text, text) is
  E'@resultFieldName order\nMoves an order along its workflow. Errors: INVALID_TRANSITION, CONFLICT (when expected_status no longer holds), FORBIDDEN, INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_MISMATCH.';

create or replace function app_public.ship_order(
  order_id uuid, tracking_code text, tracking_url text default null, expected_status text default null,
  idempotency_key text default null
)
returns app_public.orders_current
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  if tracking_url !~ '^https?://[^[:space:]]+$' then
    perform app_hidden.refuse('WB004', 'A tracking address begins with http:// or https://.',
      jsonb_build_object('field', 'trackingUrl'));
  end if;
  return app_hidden.write_move('ship_order', order_id, 'shipped', expected_status, null,
    jsonb_strip_nulls(jsonb_build_object('tracking_code', btrim(tracking_code), 'tracking_url', tracking_url)),
    false, idempotency_key);
end
$$;
comment on function app_public.ship_order(uuid, text, text, text, text) is
  E'@resultFieldName order\nHands an order of the shipping workflow to a carrier, with its tracking code. Errors: as transition_order.';

create or replace function app_public.override_order_status(
  order_id uuid, to_status text, reason text, idempotency_key text default null
)
returns app_public.orders_current
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  return app_hidden.write_move(
    'override_order_status', order_id, to_status, null, reason, null, true, idempotency_key);
end
$$;
comment on function app_public.override_order_status(uuid, text, text, text) is
  E'@resultFieldName order\nMoves an order past its workflow; owners only, with a reason, never out of a terminal status. Errors: as transition_order.';

create or replace function app_public.cancel_order(order_id uuid, reason text, idempotency_key text default null)
returns app_public.orders_current
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  return app_hidden.write_move(
    'cancel_order', order_id, 'cancelled', null, reason, null, false, idempotency_key);
end
$$;
comment on function app_public.cancel_order(uuid, text, text) is
  E'@resultFieldName order\nCalls an order off before it left, with a reason; its boxes are cancelled at the carrier. Errors: as transition_order.';

grant execute on function
  app_hidden.write_move(text, uuid, text, text, text, jsonb, boolean, text),
  app_public.transition_order(uuid, text, text, text, text),
  app_public.ship_order(uuid, text, text, text, text),
  app_public.override_order_status(uuid, text, text, text),
  app_public.cancel_order(uuid, text, text)
to waybill_member;
--! EndIncluded orders/functions/transition_order.sql
--! Included orders/functions/transition_orders.sql
-- One row is what became of one order in a bulk move. A type and no table: nothing is kept.
do $$
begin
  if to_regtype('app_public.order_transition') is null then
    create type app_public.order_transition as (
      order_id uuid,
      outcome text,
      code text,
      message text,
      status text,
      seq integer
    );
  end if;
end
$$;
comment on type app_public.order_transition is
  'What became of one order in a bulk move: moved, conflict (someone else was first) or refused.';

-- Bulk work: every order is judged by the rule that guard_event() asks, and those that may move are moved
-- by one insert, which is projected by one statement a table. Orders are locked in the order of their
-- ids, so that two bulk moves never wait for one another in a circle.
-- Security definer: members hold no write privilege.
create or replace function app_public.transition_orders(
  order_ids uuid[], to_status text, expected_status text default null, reason text default null,
  idempotency_key text default null
)
returns setof app_public.order_transition
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  results app_public.order_transition[];
  stored jsonb;
begin
  perform app_hidden.check_bulk_move(order_ids, transition_orders.to_status);
  stored := app_hidden.recall_result(transition_orders.idempotency_key, 'transition_orders', jsonb_build_array(
    order_ids, transition_orders.to_status, expected_status, transition_orders.reason));
  if stored is not null then
    return query select r.* from jsonb_populate_recordset(null::app_public.order_transition, stored) r;
    return;
  end if;
  perform from app_public.orders_current o
  where o.merchant_id = app_hidden.current_merchant_id() and o.id = any (order_ids)
  order by o.id
  for no key update;
  results := app_hidden.judge_moves(order_ids, transition_orders.to_status, expected_status,
    app_hidden.trimmed(transition_orders.reason));
  set local waybill.orders_differ to on;
  insert into app_public.order_events (order_id, from_status, to_status, reason, idempotency_key)
  select r.order_id, r.status, transition_orders.to_status, transition_orders.reason,
    transition_orders.idempotency_key
  from unnest(results) r
  where r.outcome = 'moved'
  order by r.order_id;
  set local waybill.orders_differ to off;
  select array_agg(row(r.order_id, r.outcome, r.code, r.message,
    case r.outcome when 'moved' then transition_orders.to_status else r.status end,
    case r.outcome when 'moved' then r.seq + 1 else r.seq end)::app_public.order_transition order by n)
  into results
  from unnest(results) with ordinality r (order_id, outcome, code, message, status, seq, n);
  perform app_hidden.store_result(transition_orders.idempotency_key, to_jsonb(results));
  return query select r.* from unnest(results) r;
end
$$;
comment on function app_public.transition_orders(uuid[], text, text, text, text) is
  'Moves up to 500 orders at once and answers for each, in the order given: moved, conflict or refused with its code. Errors: INVALID_INPUT, FORBIDDEN, IDEMPOTENCY_MISMATCH.';

create or replace function app_hidden.check_bulk_move(order_ids uuid[], to_status text)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  if app_hidden.current_merchant_id() is null then
    perform app_hidden.refuse('WB003', 'This transaction does not say for which merchant.');
  end if;
  if coalesce(cardinality(order_ids), 0) not between 1 and 500 then
    perform app_hidden.refuse('WB004', 'A bulk move names 1 to 500 orders.', '{"field": "orderIds"}');
  end if;
  if array_position(order_ids, null) is not null
    or (select count(distinct i) from unnest(order_ids) i) < cardinality(order_ids) then
    perform app_hidden.refuse('WB004', 'A bulk move names each order once.', '{"field": "orderIds"}');
  end if;
  if to_status is null then
    perform app_hidden.refuse('WB004', 'A status to move to is required.', '{"field": "toStatus"}');
  end if;
end
$$;
comment on function app_hidden.check_bulk_move(uuid[], text) is 'Refuses what is no bulk move. Errors: WB003, WB004.';

-- With the orders locked. The status and seq of an answer are those before the move.
create or replace function app_hidden.judge_moves(
  order_ids uuid[], to_status text, expected_status text, reason text
)
returns app_public.order_transition[]
language sql stable
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
  select array_agg(row(j.order_id,
    case when j.refusal is null then 'moved' when j.refusal = 'conflict' then 'conflict' else 'refused' end,
    x.code, x.message, j.status, j.seq)::app_public.order_transition order by j.n)
  from (
    select i.order_id, i.n, o.status, o.seq, o.workflow, t.roles, t.required_inputs, a.actor_role,
      case when o.id is null then 'not_found' else app_hidden.move_refusal(
        judge_moves.expected_status, o.status, t.roles, a.actor_role, t.required_inputs, judge_moves.reason, '{}',
        t.is_guarded, o.workflow, judge_moves.to_status, o.merchant_id, i.order_id) end as refusal
    from (select app_hidden.current_actor_role() as actor_role) a
    cross join unnest(order_ids) with ordinality i (order_id, n)
    left join app_public.orders_current o
      on o.merchant_id = (select app_hidden.current_merchant_id()) and o.id = i.order_id
    left join app_public.workflow_transitions t
      on t.workflow = o.workflow and t.from_status = o.status and t.to_status = judge_moves.to_status
  ) j
  left join lateral app_hidden.explain_refusal(
    j.refusal,
    jsonb_populate_record(null::app_public.order_events, jsonb_build_object(
      'merchant_id', app_hidden.current_merchant_id(), 'order_id', j.order_id, 'seq', j.seq + 1,
      'from_status', judge_moves.expected_status, 'to_status', judge_moves.to_status,
      'actor_role', j.actor_role, 'reason', judge_moves.reason, 'inputs', '{}'::jsonb)),
    j.workflow, j.status, j.roles, j.required_inputs
  ) x on j.refusal is not null
$$;
comment on function app_hidden.judge_moves(uuid[], text, text, text) is
  'What each order of a bulk move may do, by the rule of the single move.';

grant execute on function app_public.transition_orders(uuid[], text, text, text, text) to waybill_member;
--! EndIncluded orders/functions/transition_orders.sql
--! Included orders/functions/correct_ship_to.sql
-- Where a parcel really goes can be corrected until it is assigned (automated) or shipped; the snapshot stays
-- as it came.
-- Security definer: members hold no write privilege.
create or replace function app_public.correct_ship_to(
  order_id uuid, address jsonb, reason text, idempotency_key text default null
)
returns app_public.orders_current
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  mine integer := app_hidden.merchant_for(order_id);
  corrected app_public.orders_current;
  stored jsonb;
  version integer;
begin
  perform from app_public.orders_current o where o.merchant_id = mine and o.id = correct_ship_to.order_id;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such order.', jsonb_build_object('field', 'orderId'));
  end if;
  stored := app_hidden.recall_result(idempotency_key, 'correct_ship_to',
    jsonb_build_array(order_id, address, reason), mine);
  if stored is not null then
    return jsonb_populate_record(null::app_public.orders_current, stored);
  end if;
  select o.* into strict corrected from app_public.orders_current o
  where o.merchant_id = mine and o.id = correct_ship_to.order_id
  for no key update;
  if corrected.status not in ('received', 'validated', 'pending', 'accepted', 'packing') then
    perform app_hidden.refuse('WB001', format('The address of an order that is %s is no longer corrected.',
      corrected.status), jsonb_build_object('orderId', order_id, 'status', corrected.status));
  end if;
  perform app_hidden.check_address(address);
  if app_hidden.trimmed(reason) = '' then
    perform app_hidden.refuse('WB004', 'A reason is required.', jsonb_build_object('field', 'reason'));
  end if;
  version := app_hidden.add_contact(corrected.merchant_id, order_id, address || case
    when not address ? 'phone' then '{}'
    when corrected.status = 'validated' then jsonb_build_object('phone_e164', app_hidden.indian_mobile(address ->> 'phone'))
    else '{"phone_e164": null}' end);
  if corrected.status = 'validated' then
    perform app_hidden.check_usable(corrected.merchant_id, order_id, version);
  end if;
  insert into app_public.order_events (order_id, type, reason, inputs)
  values (correct_ship_to.order_id, 'ship_to_corrected', reason, app_hidden.contact_named(corrected.merchant_id, correct_ship_to.order_id, version));
  if corrected.status = 'validated' then
    perform app_hidden.settle_letters(corrected.merchant_id, order_id, order_id, 'The address was corrected.',
      'assign_order');
  elsif corrected.attention like 'SHIP\_TO\_%' then
    insert into app_public.order_events (order_id, type, reason)
    values (correct_ship_to.order_id, 'attention_cleared', reason);
  end if;
  select o.* into strict corrected from app_public.orders_current o
  where o.merchant_id = corrected.merchant_id and o.id = correct_ship_to.order_id;
  perform app_hidden.store_result(idempotency_key, to_jsonb(corrected), mine);
  return corrected;
end
$$;
comment on function app_public.correct_ship_to(uuid, jsonb, text, text) is
  E'@resultFieldName order\nCorrects name, phone or address of where the order goes; a received order is validated again, and for one that was validated, which takes only what is usable as it stands, carriers are asked again. Errors: INVALID_TRANSITION, INVALID_INPUT, NOT_FOUND.';

create or replace function app_hidden.check_address(address jsonb)
returns void
language plpgsql immutable
set search_path to pg_catalog, pg_temp
as $$
declare
  field text;
begin
  if jsonb_typeof(address) is distinct from 'object' or address = '{}' then
    perform app_hidden.refuse('WB004', 'An address is an object with at least one field.',
      jsonb_build_object('field', 'address'));
  end if;
  for field in select k from jsonb_object_keys(address) k loop
    if field not in ('name', 'phone', 'address1', 'address2', 'city', 'state', 'pincode', 'country') then
      perform app_hidden.refuse('WB004', 'An address has no such field.',
        jsonb_build_object('field', 'address.' || field));
    end if;
    if jsonb_typeof(address -> field) not in ('string', 'null') or length(address ->> field) > 500 then
      perform app_hidden.refuse('WB004', 'A field of an address is a text of at most 500 characters.',
        jsonb_build_object('field', 'address.' || field));
    end if;
  end loop;
end
$$;
comment on function app_hidden.check_address(jsonb) is 'Refuses what is no address. Errors: WB004.';

-- Nobody cleans the address of a validated order any more: what is corrected has to be usable as it stands.
create or replace function app_hidden.check_usable(merchant_id integer, order_id uuid, version integer)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  field text;
begin
  select case
    when c.phone_e164 is null then 'phone'
    when c.pincode is null or c.pincode !~ '^[1-9][0-9]{5}$' then 'pincode'
    when coalesce(app_hidden.trimmed(c.name), '') = '' then 'name'
    when coalesce(app_hidden.trimmed(c.address1), '') = '' then 'address1'
    when coalesce(app_hidden.trimmed(c.state), '') = '' then 'state'
    when c.country is distinct from 'IN' then 'country'
  end into field
  from app_public.order_contacts c
  where c.merchant_id = check_usable.merchant_id and c.order_id = check_usable.order_id
    and c.version = check_usable.version;
  if field is not null then
    perform app_hidden.refuse('WB004', 'The order was validated: its address keeps a name, a mobile number of ten digits, an address line, a state, a PIN code of six digits and the country IN.',
      jsonb_build_object('field', 'address.' || field));
  end if;
end
$$;
comment on function app_hidden.check_usable(integer, uuid, integer) is
  'Refuses a contact that no parcel can be sent to. Errors: WB004.';

grant execute on function app_public.correct_ship_to(uuid, jsonb, text, text) to waybill_member;
--! EndIncluded orders/functions/correct_ship_to.sql
--! Included orders/functions/clear_attention.sql
-- Security definer: members hold no write privilege.
create or replace function app_public.clear_attention(order_id uuid, note text, idempotency_key text default null)
returns app_public.orders_current
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  mine integer := app_hidden.merchant_for(order_id);
  cleared app_public.orders_current;
  stored jsonb;
begin
  if mine is null or app_hidden.merchant_of(order_id) is distinct from mine then
    perform app_hidden.refuse('WB007', 'There is no such order.', jsonb_build_object('field', 'orderId'));
  end if;
  stored := app_hidden.recall_result(idempotency_key, 'clear_attention', jsonb_build_array(order_id, note), mine);
  if stored is not null then
    return jsonb_populate_record(null::app_public.orders_current, stored);
  end if;
  if app_hidden.trimmed(note) = '' then
    perform app_hidden.refuse('WB004', 'A note is required.', jsonb_build_object('field', 'note'));
  end if;
  insert into app_public.order_events (order_id, type, reason)
  values (clear_attention.order_id, 'attention_cleared', note);
  select o.* into strict cleared from app_public.orders_current o
  where o.merchant_id = mine and o.id = clear_attention.order_id;
  perform app_hidden.store_result(idempotency_key, to_jsonb(cleared), mine);
  return cleared;
end
$$;
comment on function app_public.clear_attention(uuid, text, text) is
  E'@resultFieldName order\nNotes that a human has looked; the order leaves the exceptions queue. Errors: INVALID_INPUT, NOT_FOUND.';

grant execute on function app_public.clear_attention(uuid, text, text) to waybill_member;
--! EndIncluded orders/functions/clear_attention.sql
--! Included orders/views/contact_terms.sql
-- One row is one text by which an order can be found, and of what kind it is. Each branch is one index of
-- order_contacts, read in order and no further than needed; a branch with a condition of its own would be
-- read whole instead.
create or replace view app_hidden.contact_terms with (security_invoker = true) as
  select c.merchant_id, 'word' as kind,
    app_hidden.contact_word(c.name, c.customer_name, 1) collate "C" as term, c.order_id
  from app_public.order_contacts c
  union all
  select c.merchant_id, 'word', app_hidden.contact_word(c.name, c.customer_name, 2) collate "C", c.order_id
  from app_public.order_contacts c
  union all
  select c.merchant_id, 'word', app_hidden.contact_word(c.name, c.customer_name, 3) collate "C", c.order_id
  from app_public.order_contacts c
  union all
  select c.merchant_id, 'word', app_hidden.contact_word(c.name, c.customer_name, 4) collate "C", c.order_id
  from app_public.order_contacts c
  union all
  select c.merchant_id, 'name', app_hidden.full_name(c.name) collate "C", c.order_id
  from app_public.order_contacts c
  union all
  select c.merchant_id, 'phone', app_hidden.phone_tail(c.phone) collate "C", c.order_id
  from app_public.order_contacts c
  union all
  select c.merchant_id, 'phone', app_hidden.phone_tail(c.customer_phone, c.phone) collate "C", c.order_id
  from app_public.order_contacts c
  union all
  select c.merchant_id, 'email', app_hidden.email_term(c.customer_email) collate "C", c.order_id
  from app_public.order_contacts c;
comment on view app_hidden.contact_terms is
  'What orders are found by: words and whole names, phones (last digit first), e-mail addresses.';
--! EndIncluded orders/views/contact_terms.sql
--! Included orders/views/store_counts.sql
-- What stands above a board, for the API and the live channels alike: a few rows found by their keys, however
-- many orders there are. A count is below zero for as long as the dispatcher has come to an order's later
-- event and not to its earlier one.
create or replace view app_public.store_counts with (security_invoker = true) as
select s.merchant_id, s.id as store_id,
  coalesce((
    select jsonb_object_agg(c.status, c.orders) from app_public.order_counts c
    where c.merchant_id = s.merchant_id and c.store_id = s.id and c.orders > 0
  ), '{}') as orders,
  coalesce((
    select a.orders from app_public.attention_counts a
    where a.merchant_id = s.merchant_id and a.store_id = s.id and a.orders > 0
  ), 0)::integer as attention
from app_public.stores s;
comment on view app_public.store_counts is
  E'@name storeCount\nOrders per status, and how many need attention, of each store, as far as the dispatcher has come.';
--! EndIncluded orders/views/store_counts.sql
--! Included orders/functions/search_orders.sql
-- The newest orders whose contact has a term that begins like this. It hops from one different term to the
-- next, 20 of them at most, and takes the newest 100 orders of each: however many orders there are, no more
-- index entries are read. One plan for all calls: making it costs more than running it.
create or replace function app_hidden.orders_by_prefix(merchant_id integer, kind text, prefix text)
returns setof uuid
language plpgsql stable rows 100
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set plan_cache_mode to force_generic_plan
as $$
#variable_conflict use_column
declare
  mine integer := orders_by_prefix.merchant_id;
  wanted text := orders_by_prefix.kind;
  beyond text := prefix || U&'\+10FFFF';
  current_term text;
  hops integer := 0;
begin
  select min(t.term) into current_term from app_hidden.contact_terms t
  where t.merchant_id = mine and t.kind = wanted
    and t.term >= prefix collate "C" and t.term < beyond collate "C";
  while current_term is not null and hops < 20 loop
    return query
      select t.order_id from app_hidden.contact_terms t
      where t.merchant_id = mine and t.kind = wanted and t.term = current_term collate "C"
      order by t.order_id desc limit 100;
    select min(t.term) into current_term from app_hidden.contact_terms t
    where t.merchant_id = mine and t.kind = wanted
      and t.term > current_term collate "C" and t.term < beyond collate "C";
    hops := hops + 1;
  end loop;
end
$$;
comment on function app_hidden.orders_by_prefix(integer, text, text) is
  'The newest orders of which a word, name, phone (last digit first) or e-mail address begins with this.';

-- Orders by the names of their contact. One word is looked up by itself; of several the whole must begin a
-- name, or, in any order and place, all must be among the newest orders with the longest of them.
create or replace function app_hidden.orders_by_name(merchant_id integer, wanted text)
returns setof uuid
language plpgsql stable rows 100
set search_path to pg_catalog, pg_temp
as $$
declare
  words text[] := string_to_array(app_hidden.searchable(wanted), ' ');
  longest text;
begin
  select w into longest from unnest(words) w order by length(w) desc limit 1;
  if coalesce(length(longest), 0) < 2 then
    return;
  end if;
  if cardinality(words) = 1 then
    return query select app_hidden.orders_by_prefix(merchant_id, 'word', left(longest, 40));
    return;
  end if;
  return query select app_hidden.orders_by_prefix(merchant_id, 'name', left(array_to_string(words, ' '), 80));
  return query
    select f.order_id from app_hidden.orders_by_prefix(merchant_id, 'word', left(longest, 40)) f (order_id)
    join app_public.order_contacts c on c.merchant_id = orders_by_name.merchant_id and c.order_id = f.order_id
    where not exists (
      select from unnest(words) w
      where not starts_with(' ' || app_hidden.contact_names(c.name, c.customer_name), ' ' || w)
        and strpos(' ' || app_hidden.contact_names(c.name, c.customer_name), ' ' || w) = 0
    );
end
$$;
comment on function app_hidden.orders_by_name(integer, text) is
  'The newest orders with these words, or beginnings of words, in the names of their contact.';

-- Orders by what is written on papers and parcels, exactly, but for case and a number sign.
create or replace function app_hidden.orders_by_code(merchant_id integer, code text)
returns setof uuid
language sql stable rows 10
set search_path to pg_catalog, pg_temp
as $$
  select k.order_id from app_hidden.order_keys k
  where k.merchant_id = orders_by_code.merchant_id
    and k.number = case when code ~ '^#?[0-9]{1,15}$' then ltrim(code, '#')::bigint end
  union all
  select x.order_id from (
    select k.order_id from app_hidden.order_keys k
    where k.merchant_id = orders_by_code.merchant_id
      and k.external_number = any (array[code, '#' || code, ltrim(code, '#'), upper(code), '#' || upper(code)])
    order by k.order_id desc limit 100
  ) x
  union all
  select k.order_id from app_hidden.order_keys k
  where k.merchant_id = orders_by_code.merchant_id and k.public_id = code
  union all
  select s.order_id from app_public.shipments_current s
  where s.merchant_id = orders_by_code.merchant_id
    and s.carrier = any (array(select c.carrier from app_public.carriers c))
    and s.awb = any (array[code, upper(code)])
  union all
  select x.id from (
    select o.id from app_public.orders_current o
    where o.merchant_id = orders_by_code.merchant_id and o.tracking_code = any (array[code, upper(code)])
    order by o.id desc limit 100
  ) x
$$;
comment on function app_hidden.orders_by_code(integer, text) is
  'Orders with this number, number in the shop, public id, AWB or tracking code.';

-- The one box in which people type. A condition on a text of another's row is no index condition under
-- row-level security, because its operator might tell the row in an error; hence security definer, with the
-- tenant taken from the claims and first in every index.
create or replace function app_hidden.search_orders(wanted text)
returns setof uuid
language plpgsql stable security definer rows 100
set search_path to pg_catalog, pg_temp
as $$
declare
  mine integer := app_hidden.current_merchant_id();
  given text := app_hidden.trimmed(wanted);
  digits text := regexp_replace(given, '[^0-9]', '', 'g');
begin
  if given = '' or length(given) > 200 then
    perform app_hidden.refuse('WB004', 'A search has 1 to 200 characters.', jsonb_build_object('field', 'search'));
  end if;
  return query
    select distinct f.order_id from (
      select app_hidden.orders_by_code(mine, given)
      union all
      select app_hidden.orders_by_prefix(mine, 'email', app_hidden.email_term(given)) where strpos(given, '@') > 1
      union all
      select app_hidden.orders_by_prefix(mine, 'phone', reverse(right(digits, 10)))
      where length(digits) between 4 and 15 and given ~ '^[+(]?[0-9][0-9 ().-]*$'
      union all
      select app_hidden.orders_by_name(mine, given) where strpos(given, '@') = 0
    ) f (order_id)
    order by f.order_id desc limit 100;
end
$$;
comment on function app_hidden.search_orders(text) is
  'The newest orders, 100 at most, by number, name, phone, e-mail address, public id, AWB or tracking code. Errors: WB004.';
grant execute on function app_hidden.search_orders(text) to waybill_member;
--! EndIncluded orders/functions/search_orders.sql
--! Included orders/access/orders.sql
drop policy if exists everybody_reads on app_public.event_types;
create policy everybody_reads on app_public.event_types for select
  to waybill_member, waybill_readonly, waybill_server using (true);
grant select on app_public.event_types to waybill_member, waybill_readonly, waybill_server;

drop policy if exists tenant_reads on app_public.order_contacts;
create policy tenant_reads on app_public.order_contacts for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.order_contacts;
create policy readonly_reads on app_public.order_contacts for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.order_events;
create policy tenant_reads on app_public.order_events for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.order_events;
create policy readonly_reads on app_public.order_events for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.orders_current;
create policy tenant_reads on app_public.orders_current for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.orders_current;
create policy readonly_reads on app_public.orders_current for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.order_items;
create policy tenant_reads on app_public.order_items for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.order_items;
create policy readonly_reads on app_public.order_items for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.audit_log;
create policy tenant_reads on app_public.audit_log for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.audit_log;
create policy readonly_reads on app_public.audit_log for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.order_counts;
create policy tenant_reads on app_public.order_counts for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.order_counts;
create policy readonly_reads on app_public.order_counts for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.attention_counts;
create policy tenant_reads on app_public.attention_counts for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.attention_counts;
create policy readonly_reads on app_public.attention_counts for select to waybill_readonly using (true);

grant select on app_public.order_counts, app_public.attention_counts, app_public.store_counts,
  app_public.order_contacts, app_public.order_events, app_public.orders_current, app_public.order_items,
  app_public.audit_log
to waybill_member, waybill_readonly;

select app_private.create_partitions();
--! EndIncluded orders/access/orders.sql
--! EndIncluded orders/orders.sql
--! Included shipments/shipments.sql
--! Included shipments/functions/order_follows.sql
-- An order follows its last shipment. Called after a shipment's event, with the order locked: adds each
-- event that the order is now due, one after the other, so that no step is skipped.
create or replace function app_hidden.follow_shipments(merchant_id integer, order_id uuid)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  order_status text;
  next_status text;
  behind integer;
  ahead integer;
  hand_over jsonb;
begin
  -- Most scans move no order, so that is found out with one statement.
  select o.status, min(p.place), max(p.place), (array_agg(
    jsonb_build_object('tracking_code', s.awb, 'tracking_url', s.tracking_url) order by s.box
  ))[1]
  into order_status, behind, ahead, hand_over
  from app_public.orders_current o
  join app_public.shipments_current s
    on s.merchant_id = o.merchant_id and s.order_id = o.id and s.status <> 'cancelled'
  cross join lateral (select case s.status when 'planned' then 0 when 'labelled' then 1
    when 'delivered' then 3 when 'returned' then 4 else 2 end) p (place)
  where o.merchant_id = follow_shipments.merchant_id and o.id = follow_shipments.order_id
    and o.workflow = 'automated'
  group by o.status;
  loop
    next_status := case
      when order_status = 'assigned' and behind >= 1 then 'labelled'
      when order_status = 'labelled' and behind >= 2 then 'dispatched'
      when order_status = 'dispatched' and behind = 3 and ahead = 3 then 'delivered'
      when order_status = 'dispatched' and behind >= 3 then 'returned'
    end;
    exit when next_status is null;
    insert into app_public.order_events (order_id, from_status, to_status, inputs)
    values (follow_shipments.order_id, order_status, next_status,
      case when next_status = 'dispatched' then hand_over else '{}' end);
    order_status := next_status;
  end loop;
end
$$;
comment on function app_hidden.follow_shipments(integer, uuid) is
  'Moves an order on to where its shipments are.';
--! EndIncluded shipments/functions/order_follows.sql
--! Included shipments/functions/record_label.sql
-- Security definer, all of these: waybill_worker writes no table.
create or replace function app_private.record_booking(
  merchant_id integer, shipment_id uuid, epoch integer, booked jsonb
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
  event app_public.order_events;
  number text := booked ->> 'awb';
begin
  perform app_hidden.act_for(record_booking.merchant_id);
  perform app_hidden.lock_awb(record_booking.merchant_id, number);
  effect := app_hidden.confirm_effect(record_booking.merchant_id, record_booking.shipment_id,
    'book_shipment', record_booking.epoch);
  if effect.subject_id is null then
    return false;
  end if;
  insert into app_public.order_events (order_id, shipment_id, type, inputs)
  select effect.order_id, effect.subject_id, 'shipment_booked', jsonb_strip_nulls(jsonb_build_object(
    'awb', number, 'tracking_url', replace(c.tracking_url, '{awb}', number),
    'reference', coalesce(booked ->> 'reference', effect.reference), 'attempts', effect.attempts,
    'found_by_look_up', (booked ->> 'found')::boolean, 'courier', booked ->> 'courier',
    'freight_minor', (booked ->> 'freight_minor')::bigint, 'routing', booked ->> 'routing',
    'carrier_ids', booked -> 'ids'
  ))
  from app_public.shipments_current s
  join app_public.carriers c on c.carrier = s.carrier
  where s.merchant_id = effect.merchant_id and s.id = effect.subject_id
  returning * into event;
  if not app_hidden.is_called_off(effect) then
    perform app_hidden.plan_effect(event, 'fetch_label', effect.subject_id);
  end if;
  perform app_hidden.adopt_scans(s.merchant_id, s.carrier_account_id, number)
  from app_public.shipments_current s
  where s.merchant_id = effect.merchant_id and s.id = effect.subject_id;
  return true;
end
$$;
comment on function app_private.record_booking(integer, uuid, integer, jsonb) is
  'Records a shipment''s AWB and what the carrier said with it, and plans the fetching of its label; false when the claim was lost.';

create or replace function app_private.record_label(
  merchant_id integer, shipment_id uuid, epoch integer, pdf bytea
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
begin
  perform app_hidden.act_for(record_label.merchant_id);
  effect := app_hidden.confirm_effect(record_label.merchant_id, record_label.shipment_id,
    'fetch_label', record_label.epoch);
  if effect.subject_id is null then
    return false;
  end if;
  if app_hidden.is_erased(effect.merchant_id, effect.order_id) then
    return true;
  end if;
  insert into app_private.labels (merchant_id, shipment_id, awb, pdf)
  select s.merchant_id, s.id, s.awb, record_label.pdf from app_public.shipments_current s
  where s.merchant_id = effect.merchant_id and s.id = effect.subject_id
  on conflict on constraint labels_pkey do nothing;
  insert into app_public.order_events (order_id, shipment_id, from_status, to_status, inputs)
  select effect.order_id, s.id, 'planned', 'labelled', jsonb_build_object('label_bytes', length(pdf))
  from app_public.shipments_current s
  where s.merchant_id = effect.merchant_id and s.id = effect.subject_id and s.status = 'planned';
  perform app_hidden.follow_shipments(effect.merchant_id, effect.order_id);
  perform app_hidden.catch_up_scans(effect.merchant_id, effect.order_id, effect.subject_id);
  return true;
end
$$;
comment on function app_private.record_label(integer, uuid, integer, bytea) is
  'Stores a label and moves shipment and order to labelled; false when the claim was lost.';

create or replace function app_private.record_cancellation(merchant_id integer, shipment_id uuid, epoch integer)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
begin
  perform app_hidden.act_for(record_cancellation.merchant_id);
  effect := app_hidden.confirm_effect(record_cancellation.merchant_id, record_cancellation.shipment_id,
    'cancel_shipment', record_cancellation.epoch);
  if effect.subject_id is null then
    return false;
  end if;
  update app_public.effects e set status = 'abandoned', sweep_at = null
  where e.merchant_id = effect.merchant_id and e.subject_id = effect.subject_id
    and e.kind in ('fetch_label', 'request_carrier_pickup') and e.status in ('intent', 'sending');
  -- What was only noted while the label was to come may say that it was collected before.
  perform app_hidden.catch_up_scans(effect.merchant_id, effect.order_id, effect.subject_id);
  perform app_hidden.act_for(effect.merchant_id);
  insert into app_public.order_events (order_id, shipment_id, to_status)
  select effect.order_id, s.id, 'cancelled' from app_public.shipments_current s
  where s.merchant_id = effect.merchant_id and s.id = effect.subject_id and s.status in ('planned', 'labelled');
  if found then
    perform app_hidden.clear_box_attention(effect.merchant_id, effect.order_id, effect.subject_id,
      'The box was called off.');
    perform app_hidden.book_anew(effect.merchant_id, effect.order_id, effect.subject_id);
  else
    insert into app_public.order_events (order_id, type, reason, inputs)
    select s.order_id, 'attention_raised', 'The carrier called a parcel off that it had collected: it may bring it back.',
      jsonb_build_object('code', 'CANCELLED_ON_ITS_WAY', 'shipment_id', s.id)
    from app_public.shipments_current s
    where s.merchant_id = effect.merchant_id and s.id = effect.subject_id
      and s.status not in ('cancelled', 'rto', 'returned');
  end if;
  return true;
end
$$;
comment on function app_private.record_cancellation(integer, uuid, integer) is
  'Records that the carrier called off a shipment, and books the box anew if that was wanted; false when the claim was lost.';

-- A booking that may be under way has to end before its box can be called off; one that has just ended
-- with an AWB has to be called off at the carrier.
create or replace function app_private.booking_is_open(merchant_id integer, shipment_id uuid)
returns boolean
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select exists (
    select from app_public.effects e
    where e.merchant_id = booking_is_open.merchant_id and e.subject_id = booking_is_open.shipment_id
      and e.kind = 'book_shipment' and e.status in ('intent', 'sending')
  ) or exists (
    select from app_public.shipments_current s
    where s.merchant_id = booking_is_open.merchant_id and s.id = booking_is_open.shipment_id
      and s.awb is not null
  )
$$;
comment on function app_private.booking_is_open(integer, uuid) is
  'Whether the booking of a shipment may still bring an AWB, or has brought one.';

create or replace function app_private.label_of(shipment_id uuid)
returns table (merchant_id integer, awb text, pdf bytea)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select l.merchant_id, l.awb, l.pdf from app_private.labels l where l.shipment_id = label_of.shipment_id
$$;
comment on function app_private.label_of(uuid) is 'The label of a shipment, for a signed link.';

grant execute on function
  app_private.record_booking(integer, uuid, integer, jsonb),
  app_private.record_label(integer, uuid, integer, bytea),
  app_private.record_cancellation(integer, uuid, integer),
  app_private.booking_is_open(integer, uuid),
  app_private.label_of(uuid)
to waybill_worker;
--! EndIncluded shipments/functions/record_label.sql
--! Included shipments/functions/heed_scans.sql
-- What a scan means beside the move of its box: what it settles, and what somebody has to be told. Called by
-- record_scan() with the order locked.

-- attention: what the order had when the scan came.
create or replace function app_hidden.settle_what_moved(
  merchant_id integer, order_id uuid, shipment_id uuid, from_status text, to_status text, attention text
)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_variable
begin
  if to_status = 'lost' then
    insert into app_public.order_events (order_id, type, reason, inputs)
    values (settle_what_moved.order_id, 'attention_raised', 'The carrier lost a parcel.',
      jsonb_build_object('code', 'PARCEL_LOST', 'shipment_id', shipment_id));
  elsif to_status = 'cancelled' then
    perform app_hidden.settle_cancellation(merchant_id, order_id, shipment_id);
  end if;
  if from_status = 'undelivered' then
    perform app_hidden.settle_closed_cases(merchant_id, order_id, shipment_id);
  end if;
  if attention = 'NDR_WAITING' then
    perform app_hidden.clear_ndr_attention(merchant_id, order_id, 'The carrier has gone on with the parcel.');
  elsif attention in ('NOT_COLLECTED', 'CANCELLED_AT_CARRIER') then
    perform app_hidden.clear_box_attention(merchant_id, order_id, shipment_id, 'The carrier has the parcel.');
  end if;
end
$$;
comment on function app_hidden.settle_what_moved(integer, uuid, uuid, text, text, text) is
  'What a scan that moved a box settles, and whom it alarms.';

-- The carrier would not call it off, or nobody could ask it; now somebody did so in its panel.
create or replace function app_hidden.settle_cancellation(merchant_id integer, order_id uuid, shipment_id uuid)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  update app_public.effects e set status = 'abandoned'
  where e.merchant_id = settle_cancellation.merchant_id and e.subject_id = settle_cancellation.shipment_id
    and e.kind = 'cancel_shipment' and e.status = 'dead';
  perform app_hidden.settle_letters(settle_cancellation.merchant_id, settle_cancellation.order_id,
    settle_cancellation.shipment_id, 'The carrier has cancelled the parcel.');
end
$$;
comment on function app_hidden.settle_cancellation(integer, uuid, uuid) is
  'Settles what had failed about a box that the carrier has cancelled now.';

-- Of two boxes one may have gone on while the other still waits: the latest alarm says which it is about.
create or replace function app_hidden.clear_box_attention(
  merchant_id integer, order_id uuid, shipment_id uuid, reason text
)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  insert into app_public.order_events (order_id, type, reason)
  select o.id, 'attention_cleared', clear_box_attention.reason from app_public.orders_current o
  where o.merchant_id = clear_box_attention.merchant_id and o.id = clear_box_attention.order_id
    and o.attention in ('NOT_COLLECTED', 'CANCELLED_AT_CARRIER') and (
      select e.inputs ->> 'shipment_id' from app_public.order_events e
      where e.merchant_id = o.merchant_id and e.order_id = o.id and e.type = 'attention_raised'
      order by e.seq desc limit 1
    ) = clear_box_attention.shipment_id::text
$$;
comment on function app_hidden.clear_box_attention(integer, uuid, uuid, text) is
  'Clears the attention that an order needed because a box of it lay there, once that box does so no more.';

-- «Cancelled», and neither was the order nor had anybody here asked for it: it was done in the carrier's
-- panel, or by the carrier itself. The box stays what it is, so that it can be booked anew.
create or replace function app_hidden.heed_cancellation(merchant_id integer, order_id uuid, shipment_id uuid)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  box record;
begin
  select s.status in ('planned', 'labelled') as is_here, o.attention into box
  from app_public.shipments_current s
  join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
  where s.merchant_id = heed_cancellation.merchant_id and s.id = heed_cancellation.shipment_id
    and o.status <> 'cancelled'
    and s.status in ('planned', 'labelled', 'handed_over', 'in_transit', 'out_for_delivery', 'undelivered')
    and not exists (
      select from app_public.effects e
      where e.merchant_id = s.merchant_id and e.subject_id = s.id and e.kind = 'cancel_shipment'
        and e.status in ('intent', 'sending', 'confirmed')
    );
  if box.is_here and box.attention is distinct from 'CANCELLED_AT_CARRIER' then
    insert into app_public.order_events (order_id, type, reason, inputs)
    values (heed_cancellation.order_id, 'attention_raised',
      'The carrier has cancelled a parcel, and nobody here asked for that. Book it anew, or cancel the order.',
      jsonb_build_object('code', 'CANCELLED_AT_CARRIER', 'shipment_id', heed_cancellation.shipment_id));
  elsif not box.is_here and box.attention is distinct from 'CANCELLED_ON_ITS_WAY' then
    insert into app_public.order_events (order_id, type, reason, inputs)
    values (heed_cancellation.order_id, 'attention_raised',
      'The carrier has cancelled a parcel that it had collected: it may bring it back.',
      jsonb_build_object('code', 'CANCELLED_ON_ITS_WAY', 'shipment_id', heed_cancellation.shipment_id));
  end if;
end
$$;
comment on function app_hidden.heed_cancellation(integer, uuid, uuid) is
  'Raises attention when a carrier cancelled a parcel that shall go.';

-- A parcel that was called off and travels all the same: its order was cancelled, or another parcel is under
-- way in its place. The first sign of it, that it was delivered, and that it is back are told once each.
create or replace function app_hidden.heed_called_off(
  order_id uuid, shipment_id uuid, status text, attention text
)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  code text;
  reason text;
begin
  if status = 'delivered' then
    code := 'CANCELLED_PARCEL_DELIVERED';
    reason := 'The carrier has delivered a parcel that was called off: settle with the customer who has it.';
  elsif status = 'returned' then
    code := 'CANCELLED_PARCEL_RETURNED';
    reason := 'A parcel that was called off too late has come back.';
  elsif status in ('handed_over', 'in_transit', 'out_for_delivery', 'undelivered')
    and coalesce(attention, '') <> all (array['CARRIER_HAS_PARCEL', 'CANCELLED_ON_ITS_WAY',
      'CANCELLED_PARCEL_DELIVERED', 'CANCELLED_PARCEL_RETURNED']) then
    code := 'CANCELLED_PARCEL_MOVES';
    reason := 'The carrier moves a parcel that was called off.';
  end if;
  if code is distinct from attention and code is not null then
    insert into app_public.order_events (order_id, type, reason, inputs)
    values (heed_called_off.order_id, 'attention_raised', reason,
      jsonb_build_object('code', code, 'shipment_id', shipment_id));
  end if;
end
$$;
comment on function app_hidden.heed_called_off(uuid, uuid, text, text) is
  'Raises attention when a scan shows that a parcel travels that was called off; not again while it stands.';
--! EndIncluded shipments/functions/heed_scans.sql
--! Included shipments/functions/record_scans.sql
-- What a carrier reports, by webhook or by poll: twice, late, early, in any order. Each scan is one event; it
-- moves the shipment only forward, and only when it is no older than the scan that moved it last. Ages are
-- compared by the second: carriers cut their times after anything from the second to the microsecond.
-- Security definer: waybill_worker writes no table.
create or replace function app_private.record_scans(
  merchant_id integer, carrier_account_id integer, scans jsonb
)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  scan record;
  texts text[];
  recorded integer := 0;
begin
  perform app_hidden.act_for(record_scans.merchant_id, 'carrier');
  perform app_hidden.keep_unmatched_scans(record_scans.merchant_id, record_scans.carrier_account_id, scans);
  for scan in
    select s.id as shipment_id, s.order_id, x.*
    from rows from (jsonb_to_recordset(scans) as (
      awb text, status text, carrier_code text, carrier_status text, occurred_at timestamptz,
      location text, remark text
    )) with ordinality x (awb, status, carrier_code, carrier_status, occurred_at, location, remark, place)
    join app_public.carrier_accounts a
      on a.merchant_id = record_scans.merchant_id and a.id = record_scans.carrier_account_id
    join app_public.shipments_current s
      on s.merchant_id = a.merchant_id and s.carrier = a.carrier and s.awb = x.awb
    -- Of one second: as they came.
    order by s.order_id, x.occurred_at, x.place
  loop
    perform from app_public.orders_current o
    where o.merchant_id = record_scans.merchant_id and o.id = scan.order_id
    for no key update;
    texts := app_hidden.redacted_texts(array[scan.carrier_status, scan.remark],
      record_scans.merchant_id, scan.order_id);
    recorded := recorded + app_hidden.record_scan(record_scans.merchant_id, scan.order_id, scan.shipment_id,
      scan.status, scan.occurred_at, jsonb_strip_nulls(jsonb_build_object(
        'carrier_code', scan.carrier_code,
        'carrier_status', texts[1],
        'location', scan.location,
        'remark', texts[2]
      )));
  end loop;
  return recorded;
end
$$;
comment on function app_private.record_scans(integer, integer, jsonb) is
  'Records the scans of a carrier account''s parcels; returns how many were new. Those of unknown AWBs are kept for 7 days.';

-- The lock orders this after or before the booking that brings the AWB: either it finds what is kept here, or
-- its box is found there.
create or replace function app_hidden.keep_unmatched_scans(
  merchant_id integer, carrier_account_id integer, scans jsonb
)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  unmatched text[] := app_hidden.unmatched_awbs(keep_unmatched_scans.merchant_id, carrier_account_id, scans);
begin
  if unmatched is null then
    return;
  end if;
  perform app_hidden.lock_awb(keep_unmatched_scans.merchant_id, awb) from unnest(unmatched) u (awb);
  unmatched := app_hidden.unmatched_awbs(keep_unmatched_scans.merchant_id, carrier_account_id, scans);
  insert into app_private.unmatched_scans
    (merchant_id, carrier_account_id, awb, occurred_at, carrier_status, status, carrier_code, location)
  select keep_unmatched_scans.merchant_id, keep_unmatched_scans.carrier_account_id, x.awb, x.occurred_at,
    coalesce(x.carrier_status, ''), x.status, x.carrier_code, x.location
  from jsonb_to_recordset(scans) x (
    awb text, status text, carrier_code text, carrier_status text, occurred_at timestamptz, location text
  )
  where x.awb = any (unmatched)
  on conflict do nothing;
end
$$;
comment on function app_hidden.keep_unmatched_scans(integer, integer, jsonb) is
  'Keeps the scans of AWBs that no box has yet.';

create or replace function app_hidden.unmatched_awbs(
  merchant_id integer, carrier_account_id integer, scans jsonb
)
returns text[]
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  select array_agg(distinct x.awb order by x.awb)
  from jsonb_to_recordset(scans) x (awb text)
  join app_public.carrier_accounts a
    on a.merchant_id = unmatched_awbs.merchant_id and a.id = unmatched_awbs.carrier_account_id
  where not exists (
    select from app_public.shipments_current s
    where s.merchant_id = a.merchant_id and s.carrier = a.carrier and s.awb = x.awb
  )
$$;
comment on function app_hidden.unmatched_awbs(integer, integer, jsonb) is
  'Which AWBs of these scans no box has yet; null when none.';

create or replace function app_hidden.lock_awb(merchant_id integer, awb text)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  select pg_advisory_xact_lock(hashtextextended(format('awb %s:%s', merchant_id, awb), 0))
$$;
comment on function app_hidden.lock_awb(integer, text) is
  'Makes a booking and the scans of the same AWB wait for each other until the end of the transaction.';

-- Called once a box has its AWB, under lock_awb.
create or replace function app_hidden.adopt_scans(merchant_id integer, carrier_account_id integer, awb text)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  kept jsonb;
begin
  with taken as (
    delete from app_private.unmatched_scans u
    where u.merchant_id = adopt_scans.merchant_id and u.carrier_account_id = adopt_scans.carrier_account_id
      and u.awb = adopt_scans.awb
    returning u.*
  )
  select jsonb_agg(to_jsonb(t)) into kept from taken t;
  if kept is not null then
    perform app_private.record_scans(adopt_scans.merchant_id, adopt_scans.carrier_account_id, kept);
  end if;
end
$$;
comment on function app_hidden.adopt_scans(integer, integer, text) is
  'Records the scans that were kept for this AWB.';

-- A box whose label is still to come is not moved: its scans wait for it. «cancelled» ends a box only when its
-- order was cancelled: else somebody may want it to go all the same.
create or replace function app_hidden.record_scan(
  merchant_id integer, order_id uuid, shipment_id uuid, status text, occurred_at timestamptz, inputs jsonb
)
returns integer
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  key text := concat_ws('|', extract(epoch from record_scan.occurred_at), inputs ->> 'carrier_code',
    inputs ->> 'carrier_status');
  is_new boolean;
  box record;
  moves boolean;
begin
  insert into app_private.shipment_scans (merchant_id, shipment_id, scan_key, occurred_at)
  values (record_scan.merchant_id, record_scan.shipment_id, key, record_scan.occurred_at)
  on conflict do nothing;
  is_new := found;
  select s.status, o.status as order_status, o.attention, exists (
    select from app_public.workflow_transitions t
    where t.workflow = 'parcel' and t.from_status = s.status and t.to_status = record_scan.status
      and 'carrier' = any (t.roles)
  ) as leads_on, exists (
    select from app_private.shipment_scans k
    where k.merchant_id = record_scan.merchant_id and k.shipment_id = record_scan.shipment_id and k.moved
      and (k.scan_key = key
        or date_trunc('second', k.occurred_at) > date_trunc('second', record_scan.occurred_at))
  ) as is_late
  into strict box
  from app_public.shipments_current s
  join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
  where s.merchant_id = record_scan.merchant_id and s.id = record_scan.shipment_id;
  moves := box.leads_on and not box.is_late
    and (record_scan.status <> 'cancelled' or box.order_status = 'cancelled')
    and (box.status <> 'planned'
      or not app_hidden.awaits_label(record_scan.merchant_id, record_scan.shipment_id));
  if not is_new and not moves then
    return 0;
  end if;
  insert into app_public.order_events (order_id, shipment_id, type, to_status, inputs, occurred_at)
  values (record_scan.order_id, record_scan.shipment_id, case when not moves then 'scan_recorded' end,
    case when moves then record_scan.status end,
    case when moves then record_scan.inputs
      else record_scan.inputs || jsonb_build_object('status', record_scan.status) end,
    record_scan.occurred_at);
  if moves then
    update app_private.shipment_scans k set moved = true
    where k.merchant_id = record_scan.merchant_id and k.shipment_id = record_scan.shipment_id
      and k.scan_key = key;
    perform app_hidden.follow_shipments(record_scan.merchant_id, record_scan.order_id);
    perform app_hidden.settle_what_moved(record_scan.merchant_id, record_scan.order_id,
      record_scan.shipment_id, box.status, record_scan.status, box.attention);
  elsif record_scan.status = 'cancelled' and not box.is_late then
    perform app_hidden.heed_cancellation(record_scan.merchant_id, record_scan.order_id,
      record_scan.shipment_id);
  end if;
  if box.status = 'cancelled' or moves and box.order_status = 'cancelled' then
    perform app_hidden.heed_called_off(record_scan.order_id, record_scan.shipment_id, record_scan.status,
      box.attention);
  end if;
  return 1;
end
$$;
comment on function app_hidden.record_scan(integer, uuid, uuid, text, timestamptz, jsonb) is
  'One scan: a move if it leads forward and is no older than the last that did, else a note, else nothing.';

-- The carrier may be quicker than our own record of the label: what it scanned meanwhile was only noted,
-- and no webhook brings it again. Called once the box is labelled, or it is known that no label will come,
-- with the order locked. From then on the transaction acts for the carrier.
create or replace function app_hidden.catch_up_scans(merchant_id integer, order_id uuid, shipment_id uuid)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
set plan_cache_mode to force_generic_plan
as $$
#variable_conflict use_column
declare
  early record;
begin
  perform app_hidden.act_for(catch_up_scans.merchant_id, 'carrier');
  for early in
    select e.inputs ->> 'status' as status, e.occurred_at, e.inputs - 'status' as inputs
    from app_public.order_events e
    where e.merchant_id = catch_up_scans.merchant_id and e.order_id = catch_up_scans.order_id
      and e.shipment_id = catch_up_scans.shipment_id and e.type = 'scan_recorded'
    order by e.occurred_at, e.seq
  loop
    perform app_hidden.record_scan(catch_up_scans.merchant_id, catch_up_scans.order_id,
      catch_up_scans.shipment_id, early.status, early.occurred_at, early.inputs);
  end loop;
end
$$;
comment on function app_hidden.catch_up_scans(integer, uuid, uuid) is
  'Lets the scans that were only noted while the label was to come move the box, oldest first.';

-- Parcels whose carrier was not asked for a while: the safety net under lost webhooks. Taking them moves
-- them on, so that two polls never ask for the same.
create or replace function app_private.shipments_to_track(batch integer default 50)
returns table (merchant_id integer, account jsonb, awbs text[])
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return query
    with due as (
      select s.merchant_id, s.carrier_account_id, s.id, s.awb, a.tracking_poll_seconds
      from app_public.shipments_current s
      join app_public.carrier_accounts a on a.merchant_id = s.merchant_id and a.id = s.carrier_account_id
      -- By its key, parcel by parcel: the limit is reached long before all polls were read.
      left join lateral (
        select p.polled_at from app_private.tracking_polls p
        where p.merchant_id = s.merchant_id and p.shipment_id = s.id
        limit 1
      ) p on true
      where s.status in ('planned', 'labelled', 'handed_over', 'in_transit', 'out_for_delivery', 'undelivered', 'rto')
        and s.awb is not null
        and coalesce(p.polled_at, s.labelled_at, s.created_at) < now() - a.tracking_poll_seconds * interval '1 second'
        and (s.status <> 'planned' or not app_hidden.awaits_label(s.merchant_id, s.id))
      limit 1000
    ), polled as (
      insert into app_private.tracking_polls as p (merchant_id, shipment_id, polled_at)
      select d.merchant_id, d.id, now() from due d
      on conflict on constraint tracking_polls_pkey do update set polled_at = excluded.polled_at
        where p.polled_at < excluded.polled_at
      returning p.merchant_id, p.shipment_id
    ), numbered as (
      select d.*, (row_number() over (partition by d.merchant_id, d.carrier_account_id order by d.id) - 1)
        / batch as chunk
      from due d
      join polled p on p.merchant_id = d.merchant_id and p.shipment_id = d.id
    )
    select n.merchant_id, app_hidden.account_context(n.merchant_id, n.carrier_account_id), array_agg(n.awb)
    from numbered n
    group by n.merchant_id, n.carrier_account_id, n.chunk;
end
$$;
comment on function app_private.shipments_to_track(integer) is
  'The AWBs whose tracking is due, in batches of one account each.';

grant execute on function
  app_private.record_scans(integer, integer, jsonb), app_private.shipments_to_track(integer)
to waybill_worker;
--! EndIncluded shipments/functions/record_scans.sql
--! Included shipments/functions/rebook_shipment.sql
-- A box goes with another carrier after all. Who names no account has the others asked first, as for an order
-- that is assigned; so nothing is called off before somebody takes it. Then its parcel is called off at the
-- carrier that has it, and only when that is recorded is the same box planned anew: so it never has two live
-- AWBs, which the unique index shipments_current_box_once holds. An order that is labelled stays so while its
-- box is booked anew, and cannot leave before that has its label. Security definer: members hold no write
-- privilege.
create or replace function app_public.rebook_shipment(
  shipment_id uuid, reason text, carrier_account_id integer default null, idempotency_key text default null
)
returns app_public.shipments_current
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  box app_public.shipments_current := app_hidden.lock_shipment(app_hidden.current_merchant_id(), shipment_id);
  stored jsonb;
  event app_public.order_events;
begin
  stored := app_hidden.recall_result(idempotency_key, 'rebook_shipment',
    jsonb_build_array(shipment_id, reason, carrier_account_id), box.merchant_id);
  if stored is not null then
    return jsonb_populate_record(null::app_public.shipments_current, stored);
  end if;
  perform app_hidden.check_rebooking(box, reason, carrier_account_id);
  insert into app_public.order_events (order_id, shipment_id, type, reason, inputs)
  select box.order_id, box.id, 'rebooking_requested', reason, jsonb_strip_nulls(jsonb_build_object(
    'box', box.box, 'carrier_account_id', carrier_account_id, 'carrier', (
      select a.carrier from app_public.carrier_accounts a
      where a.merchant_id = box.merchant_id and a.id = carrier_account_id
    )))
  returning * into event;
  perform app_hidden.stop_looking(event);
  if carrier_account_id is null then
    perform app_hidden.plan_effect_anew(event, 'assign_order', box.order_id);
  else
    perform app_hidden.call_off_box(event);
  end if;
  select s.* into strict box from app_public.shipments_current s
  where s.merchant_id = box.merchant_id and s.id = box.id;
  perform app_hidden.store_result(idempotency_key, to_jsonb(box), box.merchant_id);
  return box;
end
$$;
comment on function app_public.rebook_shipment(uuid, text, integer, text) is
  E'@resultFieldName shipment\nCalls a box off at its carrier and, once that is done, books it anew with another account; when none is named, with the best by the merchant''s rule of those that it was not booked with yet, and nothing is called off before one takes it. Before it is handed over only. Errors: FORBIDDEN, INVALID_INPUT, INVALID_TRANSITION, CONFLICT, NOT_FOUND, IDEMPOTENCY_MISMATCH.';

-- A DBA acts for no merchant, and for all.
create or replace function app_hidden.lock_shipment(mine integer, shipment_id uuid)
returns app_public.shipments_current
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  box app_public.shipments_current;
begin
  perform from app_public.shipments_current s
  join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
  where s.merchant_id = coalesce(mine, s.merchant_id)
    and s.id = lock_shipment.shipment_id
  for no key update of o;
  select s.* into box from app_public.shipments_current s
  where s.merchant_id = coalesce(mine, s.merchant_id)
    and s.id = lock_shipment.shipment_id;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such shipment.', jsonb_build_object('field', 'shipmentId'));
  end if;
  return box;
end
$$;
comment on function app_hidden.lock_shipment(integer, uuid) is
  'A box of the caller''s own merchant, with its order locked. Errors: WB007.';

create or replace function app_hidden.check_rebooking(
  box app_public.shipments_current, reason text, carrier_account_id integer
)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
  order_status text;
begin
  if app_hidden.current_actor_role() not in ('owner', 'manager', 'staff', 'dba') then
    perform app_hidden.refuse('WB003', 'Only a member may have a box booked anew.',
      '{"roles": ["owner", "manager", "staff"]}');
  end if;
  if app_hidden.trimmed(coalesce(reason, '')) = '' then
    perform app_hidden.refuse('WB004', 'A reason is required.', jsonb_build_object('field', 'reason'));
  end if;
  select o.status into strict order_status from app_public.orders_current o
  where o.merchant_id = box.merchant_id and o.id = box.order_id;
  if box.status not in ('planned', 'labelled') or order_status not in ('assigned', 'labelled') then
    perform app_hidden.refuse('WB001',
      format('The box is %s and its order %s: it can no longer be booked anew.', box.status, order_status),
      jsonb_build_object('shipmentId', box.id, 'status', box.status, 'orderStatus', order_status));
  end if;
  perform from app_public.effects e
  where e.merchant_id = box.merchant_id and e.subject_id = box.id and e.kind = 'cancel_shipment'
    and e.status in ('intent', 'sending');
  if found then
    perform app_hidden.refuse('WB002', 'The box is being called off already.',
      jsonb_build_object('shipmentId', box.id, 'status', box.status));
  end if;
  perform app_hidden.check_account_to_rebook(box, carrier_account_id);
end
$$;
comment on function app_hidden.check_rebooking(app_public.shipments_current, text, integer) is
  'Refuses to book a box anew that has left, that is being called off, or that no account is left for. Errors: WB001 to WB004.';

-- Who names an account need not wait for an answer of those that are being asked.
create or replace function app_hidden.check_account_to_rebook(
  box app_public.shipments_current, wanted integer
)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  if wanted is null and exists (
    select from app_public.effects e
    where e.merchant_id = box.merchant_id and e.subject_id = box.order_id and e.kind = 'assign_order'
      and e.status in ('intent', 'sending')
  ) then
    perform app_hidden.refuse('WB002', 'Another carrier is being looked for already: wait, or name one.',
      jsonb_build_object('shipmentId', box.id, 'status', box.status));
  end if;
  perform from app_public.carrier_accounts a
  where a.merchant_id = box.merchant_id and a.disabled_at is null and case
    when wanted is not null then a.id = wanted
    else not app_hidden.was_booked_with(box.merchant_id, box.order_id, a.id) end;
  if not found then
    perform app_hidden.refuse('WB004', case when wanted is null
        then 'There is no other carrier account that this box was not booked with yet: name one.'
        else 'There is no such carrier account, or it is disabled.' end,
      jsonb_build_object('field', 'carrierAccountId'));
  end if;
end
$$;
comment on function app_hidden.check_account_to_rebook(app_public.shipments_current, integer) is
  'Refuses an account that is none, and to look for another one where there is none or somebody looks already. Errors: WB002, WB004.';

create or replace function app_hidden.was_booked_with(
  merchant_id integer, order_id uuid, carrier_account_id integer
)
returns boolean
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return exists (
    select from app_public.shipments_current s
    where s.merchant_id = was_booked_with.merchant_id and s.order_id = was_booked_with.order_id
      and s.carrier_account_id = was_booked_with.carrier_account_id
  );
end
$$;
comment on function app_hidden.was_booked_with(integer, uuid, integer) is
  'Whether an account has, or had, a box of an order.';

-- For good, if an account was named: the new epoch fences off a round of offers that is under way.
create or replace function app_hidden.stop_looking(event app_public.order_events)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  update app_public.effects e
  set status = 'abandoned', epoch = e.epoch + 1, leased_by = null, leased_until = null, sweep_at = null
  where e.merchant_id = event.merchant_id and e.subject_id = event.order_id and e.kind = 'assign_order'
    and e.status in ('intent', 'sending', 'dead');
  perform app_hidden.settle_letters(event.merchant_id, event.order_id, event.order_id, 'Asked for anew.', 'assign_order');
end
$$;
comment on function app_hidden.stop_looking(app_public.order_events) is
  'Ends the search for a carrier that goes on or has failed, because of a new request.';

-- Has the carrier of a box asked to call it off, for an event that names who gets it instead.
create or replace function app_hidden.call_off_box(event app_public.order_events)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  update app_public.effects e set status = 'abandoned', leased_by = null, leased_until = null, sweep_at = null
  where e.merchant_id = event.merchant_id and e.subject_id = event.shipment_id and e.status in ('intent', 'dead')
    and e.kind in ('book_shipment', 'fetch_label', 'request_carrier_pickup');
  update app_public.dead_letters d
  set resolved_at = clock_timestamp(), resolution = 'Called off again.', resolved_by = event.actor_id
  where d.merchant_id = event.merchant_id and d.subject_id = event.shipment_id and d.effect_kind = 'cancel_shipment'
    and d.resolved_at is null;
  perform app_hidden.plan_effect_anew(event, 'cancel_shipment', event.shipment_id);
end
$$;
comment on function app_hidden.call_off_box(app_public.order_events) is
  'Plans the cancellation of a box at its carrier, and abandons what else was to be done with it.';

-- Called once a box is cancelled, with the order locked: the same box again, if somebody asked for that and
-- its order was not cancelled meanwhile. Its contents, measures and cash are those of the plan it had.
create or replace function app_hidden.book_anew(merchant_id integer, order_id uuid, shipment_id uuid)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  insert into app_public.order_events (order_id, shipment_id, type, inputs)
  select p.order_id, app_hidden.uuid_v7(), 'shipment_planned', p.inputs - 'service_codes' || jsonb_build_object(
    'booking', s.booking + 1, 'replaces', s.id, 'carrier_account_id', r.inputs -> 'carrier_account_id',
    'carrier', r.inputs -> 'carrier', 'service', coalesce(r.inputs ->> 'service',
      case when r.inputs ->> 'carrier' = s.carrier then s.service end, 'surface'))
    || jsonb_strip_nulls(jsonb_build_object('service_codes', r.inputs -> 'service_codes'))
  from app_public.orders_current o
  join app_public.shipments_current s on s.merchant_id = o.merchant_id and s.order_id = o.id
  join app_public.order_events p
    on p.merchant_id = o.merchant_id and p.order_id = o.id and p.shipment_id = s.id and p.type = 'shipment_planned'
  join lateral (
    select e.inputs from app_public.order_events e
    where e.merchant_id = o.merchant_id and e.order_id = o.id and e.shipment_id = s.id
      and e.type in ('rebooking_requested', 'rebooking_decided') and e.inputs ? 'carrier_account_id'
    order by e.seq desc limit 1
  ) r on true
  where o.merchant_id = book_anew.merchant_id and o.id = book_anew.order_id and s.id = book_anew.shipment_id
    and o.status in ('assigned', 'labelled');
  if found then
    perform app_hidden.settle_letters(book_anew.merchant_id, book_anew.order_id, book_anew.shipment_id,
      'The box was booked anew.');
  end if;
end
$$;
comment on function app_hidden.book_anew(integer, uuid, uuid) is
  'Plans a cancelled box again with the account that was named or decided on last, and settles what had failed about it.';

grant execute on function app_public.rebook_shipment(uuid, text, integer, text) to waybill_member;
--! EndIncluded shipments/functions/rebook_shipment.sql
--! Included shipments/functions/move_missed_pickups.sql
-- A visit that did not happen, or left boxes behind: from six hours after its day, by when the scans of an
-- evening have come, what still waits goes to the next visit, and the carrier is asked again. After a week
-- nobody asks any more. One merchant a transaction.
create or replace function app_hidden.missed_boxes(merchant_id integer)
returns setof app_public.shipments_current
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select s.*
  from app_public.carrier_pickups p
  join app_public.merchants m on m.id = p.merchant_id
  join app_public.shipments_current s on s.merchant_id = p.merchant_id and s.carrier_pickup_id = p.id
  join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
  where p.merchant_id = missed_boxes.merchant_id
    and p.pickup_on between (now() at time zone m.time_zone)::date - 7
      and (now() at time zone m.time_zone - interval '6 hours')::date - 1
    and s.status = 'labelled' and s.labelled_at > now() - interval '7 days' and o.status <> 'cancelled'
    -- Nobody comes for a number that the carrier has cancelled.
    and o.attention is distinct from 'CANCELLED_AT_CARRIER'
  order by s.order_id, s.box
  limit 500
$$;
comment on function app_hidden.missed_boxes(integer) is
  'The boxes of a merchant that still wait although the day of their visit is over, up to 500 at a time.';

-- Security definer, both: waybill_worker writes no table.
create or replace function app_private.merchants_with_missed_pickups()
returns setof integer
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select m.id from app_public.merchants m
  where exists (select from app_hidden.missed_boxes(m.id))
  order by m.id
$$;
comment on function app_private.merchants_with_missed_pickups() is
  'Whose boxes were not collected on their day.';

create or replace function app_private.move_missed_pickups(merchant_id integer)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  box app_public.shipments_current;
  event app_public.order_events;
  moved integer := 0;
begin
  perform app_hidden.act_for(move_missed_pickups.merchant_id);
  perform from app_public.orders_current o
  where o.merchant_id = move_missed_pickups.merchant_id
    and o.id in (select b.order_id from app_hidden.missed_boxes(move_missed_pickups.merchant_id) b)
  order by o.id
  for no key update;
  for box in select b.* from app_hidden.missed_boxes(move_missed_pickups.merchant_id) b loop
    insert into app_public.order_events (order_id, shipment_id, type, inputs)
    values (box.order_id, box.id, 'carrier_pickup_missed', jsonb_build_object(
      'missed_pickup_id', box.carrier_pickup_id,
      'carrier_pickup_id', app_hidden.join_carrier_pickup(box.merchant_id, box.id, now())
    ))
    returning * into event;
    perform app_hidden.ask_for_pickup(event, 'request_carrier_pickup', (event.inputs ->> 'carrier_pickup_id')::uuid);
    moved := moved + 1;
  end loop;
  return moved;
end
$$;
comment on function app_private.move_missed_pickups(integer) is
  'Makes up to 500 boxes that were not collected wait for the next visit, and asks for it; returns how many.';

grant execute on function
  app_private.merchants_with_missed_pickups(), app_private.move_missed_pickups(integer)
to waybill_worker;
--! EndIncluded shipments/functions/move_missed_pickups.sql
--! Included shipments/functions/report_uncollected.sql
-- Boxes that were booked and that no carrier has collected: seven days after the label nobody asks for a visit
-- any more (see missed_boxes), and carriers give such numbers up. Once a box; the day of its visit is over.
-- An id is made before its label, so the index by account gives the old ones first, of the few that are live.
create or replace function app_hidden.uncollected_boxes(merchant_id integer default null)
returns setof app_public.shipments_current
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select s.*
  from app_public.carrier_accounts a
  join app_public.merchants m on m.id = a.merchant_id
  join app_public.shipments_current s on s.merchant_id = a.merchant_id and s.carrier_account_id = a.id
  join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
  left join app_public.carrier_pickups p on p.merchant_id = s.merchant_id and p.id = s.carrier_pickup_id
  left join app_public.effects c
    on c.merchant_id = s.merchant_id and c.subject_id = s.id and c.kind = 'cancel_shipment'
    and c.status in ('intent', 'sending')
  -- By their keys, box by box: never by way of the whole log.
  left join lateral (
    select e.seq from app_public.order_events e
    where e.merchant_id = s.merchant_id and e.order_id = s.order_id and e.type = 'attention_raised'
      and e.inputs ->> 'code' = 'NOT_COLLECTED' and e.inputs ->> 'shipment_id' = s.id::text
    limit 1
  ) told on true
  where a.merchant_id = coalesce(uncollected_boxes.merchant_id, a.merchant_id)
    and s.id < app_hidden.uuid_v7_floor(now() - interval '7 days')
    and s.awb is not null and s.status in ('planned', 'labelled')
    and coalesce(s.labelled_at, s.created_at) < now() - interval '7 days'
    and coalesce(p.pickup_on < (now() at time zone m.time_zone - interval '6 hours')::date, true)
    and o.status in ('assigned', 'labelled') and o.attention is distinct from 'CANCELLED_AT_CARRIER'
    and c.kind is null and told.seq is null
$$;
comment on function app_hidden.uncollected_boxes(integer) is
  'The boxes of a merchant, or of all, that no carrier has collected for a week, and about which nobody was told.';

-- One merchant a call, as a transaction touches one only; the caller goes on until there is none. A second box
-- of an order has its turn in the next call: a statement adds one event to an order.
-- Security definer: waybill_worker writes no table.
create or replace function app_private.report_uncollected(batch integer default 100)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  mine integer;
  orders uuid[];
begin
  select u.merchant_id into mine from app_hidden.uncollected_boxes() u limit 1;
  if not found then
    return 0;
  end if;
  perform app_hidden.act_for(mine);
  select array_agg(distinct u.order_id) into orders
  from (select b.order_id from app_hidden.uncollected_boxes(mine) b limit batch) u;
  perform from app_public.orders_current o where o.merchant_id = mine and o.id = any (orders)
  order by o.id
  for no key update;
  -- Asked again under the locks: another one may have been here, or the carrier.
  insert into app_public.order_events (order_id, type, reason, inputs)
  select distinct on (u.order_id) u.order_id, 'attention_raised',
    'No carrier has collected a parcel for a week, and carriers give such numbers up. Book it anew, or cancel the order.',
    jsonb_build_object('code', 'NOT_COLLECTED', 'shipment_id', u.id)
  from app_hidden.uncollected_boxes(mine) u
  where u.order_id = any (orders)
  order by u.order_id, u.box;
  return coalesce(cardinality(orders), 0);
end
$$;
comment on function app_private.report_uncollected(integer) is
  'Raises attention on orders of one merchant with a box that no carrier has collected, once a box; returns how many orders it looked at, 0 when none is left.';

grant execute on function app_private.report_uncollected(integer) to waybill_worker;
--! EndIncluded shipments/functions/report_uncollected.sql
--! Included shipments/functions/pickup_counts.sql
-- Fields of a carrier pickup, each counted by an index of its boxes, with the rights of who asks.
create or replace function app_public.carrier_pickups_box_count(pickup app_public.carrier_pickups)
returns integer
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select count(*)::integer from app_public.shipments_current s
  where s.merchant_id = pickup.merchant_id and s.carrier_pickup_id = pickup.id and s.status <> 'cancelled'
$$;
comment on function app_public.carrier_pickups_box_count(app_public.carrier_pickups) is
  E'@notNull\nHow many boxes it collects, or has collected.';

create or replace function app_public.carrier_pickups_waiting_count(pickup app_public.carrier_pickups)
returns integer
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select count(*)::integer from app_public.shipments_current s
  where s.merchant_id = pickup.merchant_id and s.carrier_pickup_id = pickup.id and s.status = 'labelled'
$$;
comment on function app_public.carrier_pickups_waiting_count(app_public.carrier_pickups) is
  E'@notNull\nHow many of them the carrier has not scanned yet.';

grant execute on function
  app_public.carrier_pickups_box_count(app_public.carrier_pickups),
  app_public.carrier_pickups_waiting_count(app_public.carrier_pickups)
to waybill_member;
--! EndIncluded shipments/functions/pickup_counts.sql
--! Included shipments/views/hand_overs.sql
-- What waits to be handed over, told from few rows by an index of their own; with the rights of who asks.
create or replace view app_public.hand_overs with (security_invoker = true) as
select s.merchant_id, s.carrier_account_id, s.location_id, count(*)::integer as box_count,
  sum(s.weight_grams)::integer as weight_grams, min(s.labelled_at) as waiting_since
from app_public.shipments_current s
join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
where s.status = 'labelled' and s.manifest_id is null and o.status <> 'cancelled'
group by s.merchant_id, s.carrier_account_id, s.location_id;
comment on view app_public.hand_overs is
  E'@name handOver\nThe labelled boxes of one carrier account at one location that are on no manifest yet.';
comment on column app_public.hand_overs.box_count is E'@notNull\nHow many boxes wait.';
comment on column app_public.hand_overs.weight_grams is E'@notNull\nWhat they weigh together, in grams.';
comment on column app_public.hand_overs.waiting_since is E'@notNull\nWhen the first of them was labelled.';
comment on column app_public.hand_overs.carrier_account_id is '@notNull';
comment on column app_public.hand_overs.location_id is '@notNull';
--! EndIncluded shipments/views/hand_overs.sql
--! Included shipments/functions/make_manifest.sql
-- The orders with a box that waits at a location for a carrier account, the oldest 500, locked in the order
-- of their ids like every bulk work. What is called off meanwhile is left out by who asks again behind the
-- lock.
create or replace function app_hidden.lock_waiting_orders(
  merchant_id integer, carrier_account_id integer, location_id integer
)
returns uuid[]
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  waiting uuid[] := array(
    select distinct s.order_id
    from app_public.shipments_current s
    join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
    where s.merchant_id = lock_waiting_orders.merchant_id
      and s.carrier_account_id = lock_waiting_orders.carrier_account_id
      and s.location_id = lock_waiting_orders.location_id
      and s.status = 'labelled' and s.manifest_id is null and o.status <> 'cancelled'
    order by s.order_id
    limit 500
  );
begin
  perform from app_public.orders_current o
  where o.merchant_id = lock_waiting_orders.merchant_id and o.id = any (waiting)
  order by o.id
  for no key update;
  return waiting;
end
$$;
comment on function app_hidden.lock_waiting_orders(integer, integer, integer) is
  'Locks the orders whose boxes wait for a hand-over, 500 at most, and returns their ids.';

-- The manifest and its lines, without the events that tell of them: null when nothing waits.
create or replace function app_hidden.write_manifest(
  merchant_id integer, carrier_account_id integer, location_id integer, order_ids uuid[]
)
returns app_public.manifests
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  made app_public.manifests;
  boxes uuid[] := array(
    select s.id
    from app_public.shipments_current s
    join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
    where s.merchant_id = write_manifest.merchant_id and s.order_id = any (order_ids)
      and s.carrier_account_id = write_manifest.carrier_account_id and s.location_id = write_manifest.location_id
      and s.status = 'labelled' and s.manifest_id is null and o.status <> 'cancelled'
    order by o.number, s.box
  );
begin
  if cardinality(boxes) = 0 then
    return null;
  end if;
  insert into app_public.manifests (
    merchant_id, number, carrier_account_id, location_id, hand_over_on, box_count, made_by, made_at
  )
  select m.id, app_hidden.next_number(m.id, 'manifest', 1), write_manifest.carrier_account_id,
    write_manifest.location_id, (clock_timestamp() at time zone m.time_zone)::date, cardinality(boxes),
    app_hidden.current_member_id(), clock_timestamp()
  from app_public.merchants m
  where m.id = write_manifest.merchant_id
  returning * into made;
  insert into app_public.manifest_boxes (merchant_id, manifest_id, line, shipment_id, order_id, ship_to_version)
  select made.merchant_id, made.id, b.line, s.id, o.id, o.ship_to_version
  from unnest(boxes) with ordinality b (id, line)
  join app_public.shipments_current s on s.merchant_id = made.merchant_id and s.id = b.id
  join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id;
  return made;
end
$$;
comment on function app_hidden.write_manifest(integer, integer, integer, uuid[]) is
  'Numbers a manifest of the waiting boxes of these orders, which are locked; null when there are none.';

-- First boxes in one statement, second boxes in the next: two events of one order are never in one.
create or replace function app_hidden.tell_manifest(manifest app_public.manifests, idempotency_key text)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  told integer := 0;
  turn integer := 0;
  written integer;
begin
  while told < manifest.box_count loop
    insert into app_public.order_events (merchant_id, order_id, shipment_id, type, inputs, idempotency_key)
    select b.merchant_id, b.order_id, b.shipment_id, 'shipment_manifested', jsonb_build_object(
      'manifest_id', manifest.id, 'manifest_number', manifest.number, 'line', b.line
    ), tell_manifest.idempotency_key
    from (
      select m.*, row_number() over (partition by m.order_id order by m.line) as place
      from app_public.manifest_boxes m
      where m.merchant_id = manifest.merchant_id and m.manifest_id = manifest.id
    ) b
    where b.place = turn + 1
    order by b.order_id;
    get diagnostics written = row_count;
    told := told + written;
    turn := turn + 1;
  end loop;
end
$$;
comment on function app_hidden.tell_manifest(app_public.manifests, text) is
  'Writes the events of the boxes of a new manifest.';

-- Two who press the button at once wait for each other: the first gets all that waits, the second is told so.
-- Security definer: members hold no write privilege.
create or replace function app_public.make_manifest(
  carrier_account_id integer, location_id integer, idempotency_key text default null
)
returns app_public.manifests
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  mine integer := app_hidden.merchant_for_hand_over(carrier_account_id, location_id);
  made app_public.manifests;
  stored jsonb := app_hidden.recall_result(idempotency_key, 'make_manifest',
    jsonb_build_array(carrier_account_id, location_id), mine);
begin
  if stored is not null then
    return jsonb_populate_record(null::app_public.manifests, stored);
  end if;
  perform pg_advisory_xact_lock(hashtextextended(
    format('manifest %s:%s:%s', mine, carrier_account_id, location_id), 0));
  made := app_hidden.write_manifest(mine, carrier_account_id, location_id,
    app_hidden.lock_waiting_orders(mine, carrier_account_id, location_id));
  if made.id is null then
    perform app_hidden.refuse_empty_manifest(mine, carrier_account_id, location_id);
  end if;
  perform app_hidden.tell_manifest(made, make_manifest.idempotency_key);
  perform app_hidden.store_result(idempotency_key, to_jsonb(made), mine);
  return made;
end
$$;
comment on function app_public.make_manifest(integer, integer, text) is
  E'@resultFieldName manifest\nMakes the hand-over list of every labelled box of a carrier account and location that is on none yet, up to 500 orders at a time; boxes of cancelled orders stay behind. Errors: NOT_FOUND (also when nothing waits: the facts name the manifest that took the last), IDEMPOTENCY_MISMATCH.';

create or replace function app_hidden.merchant_for_hand_over(carrier_account_id integer, location_id integer)
returns integer
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  mine integer;
begin
  if app_hidden.current_merchant_id() is null and app_hidden.current_actor_role() <> 'dba' then
    perform app_hidden.refuse('WB003', 'This transaction does not say for which merchant.');
  end if;
  select a.merchant_id into mine from app_public.carrier_accounts a
  where a.id = carrier_account_id and a.merchant_id = coalesce(app_hidden.current_merchant_id(), a.merchant_id);
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such carrier account.', '{"field": "carrierAccountId"}');
  end if;
  perform from app_public.locations l where l.merchant_id = mine and l.id = merchant_for_hand_over.location_id;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such location.', '{"field": "locationId"}');
  end if;
  return mine;
end
$$;
comment on function app_hidden.merchant_for_hand_over(integer, integer) is
  'Whose account and location these are, of the acting merchant or, for a DBA, of any. Errors: FORBIDDEN, NOT_FOUND.';

create or replace function app_hidden.refuse_empty_manifest(
  merchant_id integer, carrier_account_id integer, location_id integer
)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  latest app_public.manifests;
begin
  select m.* into latest from app_public.manifests m
  where m.merchant_id = refuse_empty_manifest.merchant_id
    and m.carrier_account_id = refuse_empty_manifest.carrier_account_id
    and m.location_id = refuse_empty_manifest.location_id
  order by m.id desc limit 1;
  perform app_hidden.refuse('WB007', case
    when latest.id is null then 'No labelled box waits there for this carrier.'
    else format('No labelled box waits there for this carrier: manifest %s took the last.', latest.number) end,
    jsonb_build_object('field', 'carrierAccountId', 'manifestId', latest.id, 'number', latest.number,
      'madeAt', latest.made_at));
end
$$;
comment on function app_hidden.refuse_empty_manifest(integer, integer, integer) is
  'Says that nothing waits, and which manifest took the last. Errors: NOT_FOUND.';

grant execute on function app_public.make_manifest(integer, integer, text) to waybill_member;
--! EndIncluded shipments/functions/make_manifest.sql
--! Included shipments/functions/take_off_manifest.sql
-- The van was full, or the box was not found: it waits for the next manifest, and the list that it was on
-- shows it struck through. Security definer: members hold no write privilege.
create or replace function app_public.take_off_manifest(
  shipment_id uuid, reason text, idempotency_key text default null
)
returns app_public.shipments_current
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  mine integer := app_hidden.current_merchant_id();
  box app_public.shipments_current;
  stored jsonb;
begin
  if mine is null then
    perform app_hidden.refuse('WB003', 'This transaction does not say for which merchant.');
  end if;
  select s.* into box from app_public.shipments_current s
  where s.merchant_id = mine and s.id = take_off_manifest.shipment_id;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such shipment.', '{"field": "shipmentId"}');
  end if;
  stored := app_hidden.recall_result(idempotency_key, 'take_off_manifest', jsonb_build_array(shipment_id, reason));
  if stored is not null then
    return jsonb_populate_record(null::app_public.shipments_current, stored);
  end if;
  if app_hidden.trimmed(reason) = '' then
    perform app_hidden.refuse('WB004', 'A reason is required.', '{"field": "reason"}');
  end if;
  if box.manifest_id is null then
    perform app_hidden.refuse('WB007', 'The box is on no manifest.', '{"field": "shipmentId"}');
  end if;
  insert into app_public.order_events (merchant_id, order_id, shipment_id, type, reason, inputs, idempotency_key)
  select m.merchant_id, box.order_id, box.id, 'shipment_taken_off_manifest', take_off_manifest.reason,
    jsonb_build_object('manifest_id', m.id, 'manifest_number', m.number), take_off_manifest.idempotency_key
  from app_public.manifests m
  where m.merchant_id = mine and m.id = box.manifest_id;
  select s.* into strict box from app_public.shipments_current s where s.merchant_id = mine and s.id = box.id;
  perform app_hidden.store_result(idempotency_key, to_jsonb(box));
  return box;
end
$$;
comment on function app_public.take_off_manifest(uuid, text, text) is
  E'@resultFieldName shipment\nTakes a box that was left behind off its manifest, so that it waits for the next. Errors: FORBIDDEN, INVALID_TRANSITION (it has left, or was called off), CONFLICT (it is on another by now), INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_MISMATCH.';

grant execute on function app_public.take_off_manifest(uuid, text, text) to waybill_member;
--! EndIncluded shipments/functions/take_off_manifest.sql
--! Included shipments/functions/manifest_of.sql
-- What is printed, from the rows as they are now: a box that was called off or left behind since is struck
-- through. No name and no address: of the customer only the PIN code, while it is not erased.
create or replace function app_hidden.manifest_parcels(merchant_id integer, manifest_id uuid)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select jsonb_agg(jsonb_build_object(
    'awb', s.awb, 'reference', app_hidden.effect_reference(o.merchant_id, o.number, s.box, s.booking),
    'box', s.box, 'boxes', greatest(s.box, n.boxes), 'pincode', coalesce(c.pincode, ''),
    'weightGrams', s.weight_grams, 'codMinor', s.cod_amount_minor,
    'struck', case
      when s.status = 'cancelled' or s.status = 'labelled' and o.status = 'cancelled' then 'cancelled'
      when s.manifest_id is distinct from b.manifest_id then 'left behind' end
  ) order by b.line)
  from app_public.manifest_boxes b
  join app_public.shipments_current s on s.merchant_id = b.merchant_id and s.id = b.shipment_id
  join app_public.orders_current o on o.merchant_id = b.merchant_id and o.id = b.order_id
  join app_public.order_contacts c
    on c.merchant_id = b.merchant_id and c.order_id = b.order_id and c.version = b.ship_to_version
  cross join lateral (
    select count(*) as boxes from app_public.shipments_current x
    where x.merchant_id = b.merchant_id and x.order_id = b.order_id and x.status <> 'cancelled'
  ) n
  where b.merchant_id = manifest_parcels.merchant_id and b.manifest_id = manifest_parcels.manifest_id
$$;
comment on function app_hidden.manifest_parcels(integer, uuid) is 'The lines of a manifest as they are printed.';

-- Security definer: waybill_worker, as which the server answers signed links, reads no table.
create or replace function app_private.manifest_of(manifest_id uuid)
returns jsonb
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'number', m.number, 'carrier', k.name, 'account', a.name, 'day', m.hand_over_on, 'madeAt', m.made_at,
    'madeBy', (
      select w.name from app_public.members w where w.merchant_id = m.merchant_id and w.id = m.made_by
    ),
    'location', jsonb_build_object('name', l.name, 'address', l.address, 'city', l.city,
      'pincode', l.pincode, 'phone', l.phone),
    'pickupReference', (
      select p.carrier_reference from app_public.carrier_pickups p
      where p.merchant_id = m.merchant_id and p.carrier_account_id = m.carrier_account_id
        and p.location_id = m.location_id and p.pickup_on = m.hand_over_on
    ),
    'parcels', app_hidden.manifest_parcels(m.merchant_id, m.id)
  )
  from app_public.manifests m
  join app_public.carrier_accounts a on a.merchant_id = m.merchant_id and a.id = m.carrier_account_id
  join app_public.carriers k on k.carrier = a.carrier
  join app_public.locations l on l.merchant_id = m.merchant_id and l.id = m.location_id
  where m.id = manifest_of.manifest_id
$$;
comment on function app_private.manifest_of(uuid) is 'A manifest with its lines, for a signed link.';

grant execute on function app_private.manifest_of(uuid) to waybill_worker;
--! EndIncluded shipments/functions/manifest_of.sql
--! Included shipments/access/shipments.sql
drop policy if exists tenant_reads on app_public.shipments_current;
create policy tenant_reads on app_public.shipments_current for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.shipments_current;
create policy readonly_reads on app_public.shipments_current for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.shipment_items;
create policy tenant_reads on app_public.shipment_items for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.shipment_items;
create policy readonly_reads on app_public.shipment_items for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.manifests;
create policy tenant_reads on app_public.manifests for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.manifests;
create policy readonly_reads on app_public.manifests for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.manifest_boxes;
create policy tenant_reads on app_public.manifest_boxes for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.manifest_boxes;
create policy readonly_reads on app_public.manifest_boxes for select to waybill_readonly using (true);

grant select on app_public.shipments_current, app_public.shipment_items, app_public.manifests,
  app_public.manifest_boxes, app_public.hand_overs
to waybill_member, waybill_readonly;
--! EndIncluded shipments/access/shipments.sql
--! EndIncluded shipments/shipments.sql
--! Included rates/rates.sql
--! Included rates/tables/rate_cards.sql
-- One row is what one carrier account charges from a day on: the agreed terms, for carriers that tell no price.
create table app_public.rate_cards (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  carrier_account_id integer not null,
  name text not null,
  valid_from date not null,
  valid_until date,
  volumetric_divisor integer not null default 5000,
  fuel_percent numeric(6, 3) not null default 0,
  tax_percent numeric(6, 3) not null default 0,
  rto_percent numeric(6, 3) not null default 100,
  cod_fee_minor app_public.amount_minor not null default 0,
  cod_percent numeric(6, 3) not null default 0,
  max_weight_grams integer,
  max_declared_minor app_public.amount_minor,
  max_cod_minor app_public.amount_minor,
  imported_by text not null,
  imported_at timestamptz not null default clock_timestamp(),
  constraint rate_cards_pkey primary key (merchant_id, id),
  constraint rate_cards_one_a_day unique (merchant_id, carrier_account_id, valid_from),
  constraint rate_cards_ends_after_it_begins check (valid_until >= valid_from),
  constraint rate_cards_divisor_is_sane check (volumetric_divisor between 1000 and 10000),
  constraint rate_cards_percents_are_sane check (
    least(fuel_percent, tax_percent, rto_percent, cod_percent) >= 0
    and greatest(fuel_percent, tax_percent, rto_percent, cod_percent) <= 500
  ),
  constraint rate_cards_max_weight_is_positive check (max_weight_grams > 0),
  constraint rate_cards_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete cascade
);
comment on table app_public.rate_cards is
  E'@name rateCard\nWhat a carrier account charges from a day on, and the most that it takes. The latest one that has begun is in force.';
comment on column app_public.rate_cards.name is 'What the merchant calls it.';
comment on column app_public.rate_cards.valid_from is 'The first day, in the merchant''s time zone.';
comment on column app_public.rate_cards.valid_until is 'The last day; null: until the next card begins.';
comment on column app_public.rate_cards.volumetric_divisor is
  'Cubic centimetres that count as a kilogram; the greater of both weights is charged.';
comment on column app_public.rate_cards.fuel_percent is 'Fuel surcharge, in percent of the freight.';
comment on column app_public.rate_cards.tax_percent is 'Tax, in percent of everything.';
comment on column app_public.rate_cards.rto_percent is 'What a return costs, in percent of the way out.';
comment on column app_public.rate_cards.cod_fee_minor is 'The least that collecting cash costs.';
comment on column app_public.rate_cards.cod_percent is 'What collecting cash costs, in percent of what is collected.';
comment on column app_public.rate_cards.max_weight_grams is 'No heavier box goes with it; null: no limit.';
comment on column app_public.rate_cards.max_declared_minor is 'No box of a higher value goes with it; null: no limit.';
comment on column app_public.rate_cards.max_cod_minor is 'No box for which more is collected goes with it; null: no limit.';
comment on column app_public.rate_cards.imported_by is 'The id of the member, or the database login, that imported it.';

-- One row is one zone of a rate card: how long a parcel takes there.
create table app_public.rate_zones (
  merchant_id integer not null,
  rate_card_id uuid not null,
  zone text not null,
  days smallint,
  constraint rate_zones_pkey primary key (merchant_id, rate_card_id, zone),
  constraint rate_zones_zone_is_short check (length(zone) between 1 and 40),
  constraint rate_zones_days_are_sane check (days between 0 and 60),
  constraint rate_zones_card_fkey foreign key (merchant_id, rate_card_id)
    references app_public.rate_cards (merchant_id, id) on delete cascade
);
comment on table app_public.rate_zones is E'@name rateZone\nA zone of a rate card, such as local, metro or rest of India.';
comment on column app_public.rate_zones.zone is 'Its name, such as metro.';
comment on column app_public.rate_zones.days is 'In how many days a parcel arrives there; null: not promised.';

-- One row is one part of the weight in one zone: from so many grams on, each begun step costs so much.
create table app_public.rate_slabs (
  merchant_id integer not null,
  rate_card_id uuid not null,
  zone text not null,
  from_grams integer not null,
  step_grams integer not null,
  price_minor app_public.amount_minor not null,
  constraint rate_slabs_pkey primary key (merchant_id, rate_card_id, zone, from_grams),
  constraint rate_slabs_from_is_not_negative check (from_grams >= 0),
  constraint rate_slabs_step_is_positive check (step_grams > 0),
  constraint rate_slabs_zone_fkey foreign key (merchant_id, rate_card_id, zone)
    references app_public.rate_zones (merchant_id, rate_card_id, zone) on delete cascade
);
comment on table app_public.rate_slabs is
  E'@name rateSlab\nWhat weight costs in a zone: from 0 g one step of 500 g, then each begun step of the slabs that follow.';
comment on column app_public.rate_slabs.zone is 'In which zone.';
comment on column app_public.rate_slabs.from_grams is 'It is for the weight above this, up to where the next slab begins.';
comment on column app_public.rate_slabs.step_grams is 'Each begun step of so many grams is charged.';
comment on column app_public.rate_slabs.price_minor is 'What a step costs.';

-- One row is one lane of a rate card: where PIN codes that begin so and go to PIN codes that begin so belong.
create table app_public.rate_lanes (
  merchant_id integer not null,
  rate_card_id uuid not null,
  to_prefix text not null,
  from_prefix text not null,
  zone text not null,
  constraint rate_lanes_pkey primary key (merchant_id, rate_card_id, to_prefix, from_prefix),
  constraint rate_lanes_prefixes_are_digits check (to_prefix ~ '^([1-9][0-9]{0,5})?$' and from_prefix ~ '^([1-9][0-9]{0,5})?$'),
  constraint rate_lanes_zone_fkey foreign key (merchant_id, rate_card_id, zone)
    references app_public.rate_zones (merchant_id, rate_card_id, zone) on delete cascade
);
create index rate_lanes_zone_idx on app_public.rate_lanes (merchant_id, rate_card_id, zone);
comment on table app_public.rate_lanes is
  E'@name rateLane\nWhich zone a way between two PIN codes is in. The lane that names most digits of the destination holds, then of the origin.';
comment on column app_public.rate_lanes.to_prefix is 'How PIN codes of the destination begin; empty: all others.';
comment on column app_public.rate_lanes.from_prefix is 'How PIN codes of the origin begin; empty: all others.';
comment on column app_public.rate_lanes.zone is 'The zone.';
--! EndIncluded rates/tables/rate_cards.sql
--! Included rates/tables/rate_quotes.sql
-- One row is one offer that was considered for a box of an order: what it would cost, when it would arrive,
-- whether it was chosen, and if not, why. Written once, kept for 90 days.
create table app_public.rate_quotes (
  merchant_id integer not null,
  order_id uuid not null,
  round integer not null,
  rank smallint not null,
  carrier_account_id integer not null,
  carrier text not null,
  service text,
  code text,
  is_chosen boolean not null,
  reason text,
  detail text,
  rule text not null,
  price_minor app_public.amount_minor,
  rto_minor app_public.amount_minor,
  days smallint,
  zone text,
  charged_grams integer,
  rate_source text,
  answer_source text,
  quoted_at timestamptz not null default clock_timestamp(),
  constraint rate_quotes_pkey primary key (merchant_id, order_id, round, rank),
  constraint rate_quotes_reason_is_known check (reason in (
    'not_served', 'embargo', 'cod_not_taken', 'prepaid_not_taken', 'over_weight_limit', 'over_value_limit',
    'circuit_open', 'not_answered', 'address_not_taken', 'refused', 'no_price', 'ranked_lower'
  )),
  constraint rate_quotes_chosen_or_reason check (is_chosen = (reason is null)),
  constraint rate_quotes_detail_of_address check ((detail is not null) = coalesce(reason = 'address_not_taken', false)),
  constraint rate_quotes_first_is_chosen check (not is_chosen or rank = 1),
  constraint rate_quotes_rule_is_known check (rule in ('cheapest', 'fastest', 'priority')),
  constraint rate_quotes_rate_has_source check ((price_minor is null) = (rate_source is null)),
  constraint rate_quotes_rate_source_is_known check (rate_source in ('carrier', 'rate_card')),
  constraint rate_quotes_answer_source_is_known check (answer_source in ('carrier', 'coverage'))
);
-- For what is deleted and what is counted by time; it costs next to nothing at the insert.
create index rate_quotes_quoted_idx on app_public.rate_quotes using brin (quoted_at) with (pages_per_range = 16);
comment on table app_public.rate_quotes is
  E'@name rateQuote\nEvery offer that was considered for an order''s box: price, days, whether it was chosen, and if not, why.';
comment on column app_public.rate_quotes.round is 'Each time that the carriers were asked is a round; the latest has the highest number. Of rounds without a choice only the last is kept.';
comment on column app_public.rate_quotes.rank is 'Its place in the round by the rule, from 1; those that were out of the question come last.';
comment on column app_public.rate_quotes.service is 'The carrier''s words for it; null when the account offers none.';
comment on column app_public.rate_quotes.code is 'The carrier''s code of it.';
comment on column app_public.rate_quotes.is_chosen is 'The box was planned with it.';
comment on column app_public.rate_quotes.reason is 'Why it was not chosen; null if it was.';
comment on column app_public.rate_quotes.detail is 'Which field of the address the carrier does not take, and by which rule; never what is in it.';
comment on column app_public.rate_quotes.rule is 'By which rule the choice was made.';
comment on column app_public.rate_quotes.price_minor is 'All that is paid for the way out; null when nobody says.';
comment on column app_public.rate_quotes.rto_minor is 'What it would cost if it comes back; null when nobody says.';
comment on column app_public.rate_quotes.days is 'In how many days it would arrive; null when nobody says.';
comment on column app_public.rate_quotes.zone is 'The zone of the rate card.';
comment on column app_public.rate_quotes.charged_grams is 'The weight that the rate card charges.';
comment on column app_public.rate_quotes.rate_source is 'carrier: it named the price. rate_card: the merchant''s card did.';
comment on column app_public.rate_quotes.answer_source is 'carrier: it was asked. coverage: its last answer still holds. Null: it did not answer.';
--! EndIncluded rates/tables/rate_quotes.sql
--! Included rates/tables/coverage.sql
-- One row is what one carrier account last said about one PIN code (or one kind of parcel to it).
create table app_private.coverage (
  merchant_id integer not null,
  carrier_account_id integer not null,
  to_pincode text not null,
  question text not null,
  offers jsonb not null,
  answered_at timestamptz not null,
  expires_at timestamptz not null,
  constraint coverage_pkey primary key (merchant_id, carrier_account_id, to_pincode, question),
  constraint coverage_offers_is_list check (jsonb_typeof(offers) = 'array'),
  constraint coverage_expires_later check (expires_at > answered_at),
  constraint coverage_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete cascade
);
create index coverage_expires_idx on app_private.coverage (expires_at);
comment on table app_private.coverage is
  'What each carrier account last said about a PIN code, until it expires; only answers, no failures.';
comment on column app_private.coverage.question is
  'Empty where the answer is about the PIN code alone; else origin, payment, weight and value, in steps.';
comment on column app_private.coverage.offers is 'As the connector gave them; empty: not served.';
--! EndIncluded rates/tables/coverage.sql
--! Included rates/functions/card_price.sql
-- What a rate card charges. Plain arithmetic in whole paise: freight by the heavier of weight and volume, the
-- fuel surcharge on it, the fee for collecting cash, tax on all of them; each is rounded once.

-- PL/pgSQL, because it keeps its plans: this runs for every account of every order.
create or replace function app_hidden.card_in_force(merchant_id integer, carrier_account_id integer, day date)
returns app_public.rate_cards
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  card app_public.rate_cards;
begin
  select c.* into card from app_public.rate_cards c
  where c.merchant_id = card_in_force.merchant_id and c.carrier_account_id = card_in_force.carrier_account_id
    and c.valid_from <= day
  order by c.valid_from desc limit 1;
  if card.valid_until < day then
    return null;
  end if;
  return card;
end
$$;
comment on function app_hidden.card_in_force(integer, integer, date) is
  'The latest rate card of an account that has begun by a day, unless it has ended by then.';

create or replace function app_hidden.zone_of(card app_public.rate_cards, from_pincode text, to_pincode text)
returns text
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  zone text;
begin
  select l.zone into zone from app_public.rate_lanes l
  where l.merchant_id = card.merchant_id and l.rate_card_id = card.id
    and l.to_prefix = any (app_hidden.prefixes_of(zone_of.to_pincode))
    and l.from_prefix = any (app_hidden.prefixes_of(zone_of.from_pincode))
  order by length(l.to_prefix) desc, length(l.from_prefix) desc
  limit 1;
  return zone;
end
$$;
comment on function app_hidden.zone_of(app_public.rate_cards, text, text) is
  'The zone of the lane that names most digits of the destination, then of the origin; null when none does.';

create or replace function app_hidden.prefixes_of(pincode text)
returns text[]
language sql immutable parallel safe
return array['', left(pincode, 1), left(pincode, 2), left(pincode, 3), left(pincode, 4), left(pincode, 5), pincode];
comment on function app_hidden.prefixes_of(text) is 'How a PIN code begins, from nothing to all of it.';

-- Each slab is charged for the part of the weight that lies in it, by begun steps.
create or replace function app_hidden.freight_minor(card app_public.rate_cards, zone text, grams integer)
returns bigint
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  freight bigint;
begin
  select sum((least(grams, s.below) - s.from_grams + s.step_grams - 1) / s.step_grams * s.price_minor)
  into freight
  from (
    select r.from_grams, r.step_grams, r.price_minor,
      lead(r.from_grams, 1, 2147483647) over (order by r.from_grams) as below
    from app_public.rate_slabs r
    where r.merchant_id = card.merchant_id and r.rate_card_id = card.id and r.zone = freight_minor.zone
  ) s
  where s.from_grams < grams;
  return freight;
end
$$;
comment on function app_hidden.freight_minor(app_public.rate_cards, text, integer) is
  'What so many grams cost in a zone, without anything that comes on top; null when the zone has no price.';

create or replace function app_hidden.card_price(
  card app_public.rate_cards, from_pincode text, to_pincode text,
  weight_grams integer, volume_mm3 bigint, cod_minor bigint
)
returns table (zone text, days smallint, charged_grams integer, price_minor bigint, rto_minor bigint)
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  freight bigint;
  cod bigint := 0;
begin
  zone := app_hidden.zone_of(card, from_pincode, to_pincode);
  if zone is null then
    return;
  end if;
  select z.days into days from app_public.rate_zones z
  where z.merchant_id = card.merchant_id and z.rate_card_id = card.id and z.zone = card_price.zone;
  charged_grams := greatest(weight_grams, (volume_mm3 + card.volumetric_divisor - 1) / card.volumetric_divisor);
  freight := app_hidden.freight_minor(card, zone, charged_grams);
  freight := freight + round(freight * card.fuel_percent / 100);
  if cod_minor > 0 then
    cod := greatest(card.cod_fee_minor, round(cod_minor * card.cod_percent / 100));
  end if;
  price_minor := freight + cod + round((freight + cod) * card.tax_percent / 100);
  rto_minor := round(freight * card.rto_percent / 100);
  rto_minor := rto_minor + round(rto_minor * card.tax_percent / 100);
  return next;
end
$$;
comment on function app_hidden.card_price(app_public.rate_cards, text, text, integer, bigint, bigint) is
  'What a rate card charges for a box between two PIN codes, there and back; no row when no lane names them.';
--! EndIncluded rates/functions/card_price.sql
--! Included rates/functions/import_rate_card.sql
-- A rate card comes as a whole and replaces the one of the same account and first day. Whatever is wrong with it
-- is named by list, line and field before anything is written.
create or replace function app_hidden.rate_card_faults(card jsonb)
returns table (field text, line bigint, message text)
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  with zones as (
    select z.* from rows from (jsonb_to_recordset(card -> 'zones') as (zone text, days numeric))
      with ordinality z (zone, days, n)
  ), slabs as (
    select s.* from rows from (
      jsonb_to_recordset(card -> 'slabs') as (zone text, from_grams numeric, step_grams numeric, price_minor numeric)
    ) with ordinality s (zone, from_grams, step_grams, price_minor, n)
  ), lanes as (
    select l.zone, coalesce(l.from_prefix, '') as from_prefix, p.prefix, l.n
    from rows from (jsonb_to_recordset(card -> 'lanes') as (zone text, from_prefix text, to_prefixes jsonb))
      with ordinality l (zone, from_prefix, to_prefixes, n)
    left join lateral jsonb_array_elements_text(coalesce(l.to_prefixes, '[]')) p (prefix) on true
  ), faults as (
    select 1 as list, n, 'zones' as name, 'zone' as field, 'A zone has a name of 1 to 40 characters, which no other has.' as message
    from zones z where length(coalesce(z.zone, '')) not between 1 and 40
      or exists (select from zones o where o.zone = z.zone and o.n < z.n)
    union all
    select 1, n, 'zones', 'days', 'Days are a whole number from 0 to 60.' from zones
    where days not between 0 and 60 or days <> trunc(days)
    union all
    select 1, n, 'zones', 'zone', 'A zone has a slab that begins at 0 g.' from zones z
    where not exists (select from slabs s where s.zone = z.zone and s.from_grams = 0)
    union all
    select 2, n, 'slabs', 'zone', 'There is no such zone on this card.' from slabs s
    where not exists (select from zones z where z.zone = s.zone)
    union all
    select 2, n, 'slabs', 'from_grams', 'A slab begins at a whole number of grams, where no other of its zone does.' from slabs s
    where coalesce(s.from_grams, -1) not between 0 and 1000000 or s.from_grams <> trunc(s.from_grams)
      or exists (select from slabs o where o.zone = s.zone and o.from_grams = s.from_grams and o.n < s.n)
    union all
    select 2, n, 'slabs', 'step_grams', 'A step is a whole number of grams, from 1 to 1,000,000.' from slabs
    where coalesce(step_grams, 0) not between 1 and 1000000 or step_grams <> trunc(step_grams)
    union all
    select 2, n, 'slabs', 'price_minor', 'A price is a whole number of paise, not negative.' from slabs
    where coalesce(price_minor, -1) not between 0 and 1000000000 or price_minor <> trunc(price_minor)
    union all
    select 3, n, 'lanes', 'zone', 'There is no such zone on this card.' from lanes l
    where not exists (select from zones z where z.zone = l.zone)
    union all
    select 3, n, 'lanes', 'from_prefix', 'A PIN code begins with up to six digits, the first of them not 0.' from lanes
    where from_prefix !~ '^([1-9][0-9]{0,5})?$'
    union all
    select 3, n, 'lanes', 'to_prefixes', 'A PIN code begins with up to six digits, the first of them not 0; a lane names at least one beginning, which no other names from there.'
    from (select l.*, count(*) over (partition by l.prefix, l.from_prefix) as named from lanes l) l
    where coalesce(l.prefix !~ '^([1-9][0-9]{0,5})?$', true) or l.named > 1
  )
  select format('%s[%s].%s', f.name, f.n - 1, f.field), f.n, f.message from faults f
  order by f.list, f.n, f.field
$$;
comment on function app_hidden.rate_card_faults(jsonb) is
  'What is wrong with the lists of a rate card: field with its list and place, line from 1, and why.';

create or replace function app_hidden.check_rate_card(card jsonb)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
  fault record;
begin
  if length(coalesce(app_hidden.trimmed(card ->> 'name'), '')) not between 1 and 100 then
    perform app_hidden.refuse('WB004', 'A name has 1 to 100 characters.', '{"field": "name"}');
  end if;
  if card ->> 'valid_from' is null then
    perform app_hidden.refuse('WB004', 'A rate card has a first day.', '{"field": "valid_from"}');
  end if;
  if (card ->> 'valid_until')::date < (card ->> 'valid_from')::date then
    perform app_hidden.refuse('WB004', 'A rate card ends after it begins.', '{"field": "valid_until"}');
  end if;
  if (card ->> 'volumetric_divisor')::numeric not between 1000 and 10000 then
    perform app_hidden.refuse('WB004', 'A divisor is from 1,000 to 10,000.', '{"field": "volumetric_divisor"}');
  end if;
  for fault in
    select v.key as field,
      case when v.key like '%percent' then 'A percentage is from 0 to 500.' else 'It is a whole number above 0.' end as message
    from jsonb_each_text(card) v (key, value)
    where v.key like '%percent' and v.value::numeric not between 0 and 500
      or v.key like 'max\_%' and (v.value::numeric < 1 or v.value::numeric <> trunc(v.value::numeric))
      or v.key = 'cod_fee_minor' and (v.value::numeric < 0 or v.value::numeric <> trunc(v.value::numeric))
    order by v.key
  loop
    perform app_hidden.refuse('WB004', fault.message, jsonb_build_object('field', fault.field));
  end loop;
  for fault in select f.field, f.line, f.message from app_hidden.rate_card_faults(card) f loop
    perform app_hidden.refuse('WB004', fault.message, jsonb_build_object('field', fault.field, 'line', fault.line));
  end loop;
end
$$;
comment on function app_hidden.check_rate_card(jsonb) is
  'Refuses what is no rate card, by its first fault. Errors: INVALID_INPUT.';

create or replace function app_hidden.put_rate_card(merchant_id integer, card jsonb, imported_by text)
returns app_public.rate_cards
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  given app_public.rate_cards;
  made app_public.rate_cards;
begin
  perform app_hidden.check_rate_card(card);
  given := jsonb_populate_record(null::app_public.rate_cards, card);
  delete from app_public.rate_cards c
  where c.merchant_id = put_rate_card.merchant_id and c.carrier_account_id = given.carrier_account_id
    and c.valid_from = given.valid_from;
  insert into app_public.rate_cards (
    merchant_id, carrier_account_id, name, valid_from, valid_until, volumetric_divisor, fuel_percent, tax_percent,
    rto_percent, cod_fee_minor, cod_percent, max_weight_grams, max_declared_minor, max_cod_minor, imported_by
  ) values (
    put_rate_card.merchant_id, given.carrier_account_id, app_hidden.trimmed(given.name), given.valid_from,
    given.valid_until, coalesce(given.volumetric_divisor, 5000), coalesce(given.fuel_percent, 0),
    coalesce(given.tax_percent, 0), coalesce(given.rto_percent, 100), coalesce(given.cod_fee_minor, 0),
    coalesce(given.cod_percent, 0), given.max_weight_grams, given.max_declared_minor, given.max_cod_minor,
    put_rate_card.imported_by
  ) returning * into made;
  insert into app_public.rate_zones (merchant_id, rate_card_id, zone, days)
  select made.merchant_id, made.id, z.zone, z.days
  from jsonb_to_recordset(card -> 'zones') z (zone text, days smallint);
  insert into app_public.rate_slabs (merchant_id, rate_card_id, zone, from_grams, step_grams, price_minor)
  select made.merchant_id, made.id, s.zone, s.from_grams, s.step_grams, s.price_minor
  from jsonb_to_recordset(card -> 'slabs') s (zone text, from_grams integer, step_grams integer, price_minor bigint);
  insert into app_public.rate_lanes (merchant_id, rate_card_id, to_prefix, from_prefix, zone)
  select made.merchant_id, made.id, p.prefix, coalesce(l.from_prefix, ''), l.zone
  from jsonb_to_recordset(card -> 'lanes') l (zone text, from_prefix text, to_prefixes jsonb)
  cross join lateral jsonb_array_elements_text(l.to_prefixes) p (prefix);
  return made;
end
$$;
comment on function app_hidden.put_rate_card(integer, jsonb, text) is
  'Puts a checked rate card in the place of the one of the same account and first day. Errors: INVALID_INPUT.';

-- Prices decide who carries what, so owners and managers import them. Security definer: members hold no write
-- privilege; whose account it is and who acts is asked first.
create or replace function app_public.import_rate_card(card jsonb, idempotency_key text default null)
returns app_public.rate_cards
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner,manager}');
  stored jsonb := app_hidden.recall_result(idempotency_key, 'import_rate_card', card);
  made app_public.rate_cards;
begin
  if stored is not null then
    return jsonb_populate_record(null::app_public.rate_cards, stored);
  end if;
  perform from app_public.carrier_accounts a
  where a.merchant_id = acting.merchant_id and a.id = (card ->> 'carrier_account_id')::integer;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such carrier account.', '{"field": "carrier_account_id"}');
  end if;
  made := app_hidden.put_rate_card(acting.merchant_id, card, acting.id::text);
  perform app_hidden.audit_access(made.merchant_id, 'rate_card', made.id::text, 'imported', jsonb_build_object(
    'carrier_account_id', made.carrier_account_id, 'name', made.name, 'valid_from', made.valid_from
  ));
  perform app_hidden.store_result(idempotency_key, to_jsonb(made));
  return made;
end
$$;
comment on function app_public.import_rate_card(jsonb, text) is
  E'@resultFieldName rateCard\nImports a rate card in the place of the one of the same account and first day. Errors: FORBIDDEN, INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_MISMATCH.';
grant execute on function app_public.import_rate_card(jsonb, text) to waybill_member;
--! EndIncluded rates/functions/import_rate_card.sql
--! Included rates/functions/assignment_rule.sql
-- By which rule carriers are chosen is for owners and managers to say. Security definer, both: members hold no
-- write privilege.
create or replace function app_hidden.check_assignment_rule(rule text)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  if rule not in ('cheapest', 'fastest', 'priority') then
    perform app_hidden.refuse('WB004', 'A rule is cheapest, fastest or priority.', '{"field": "rule"}');
  end if;
end
$$;
comment on function app_hidden.check_assignment_rule(text) is 'Refuses what is no rule. Errors: INVALID_INPUT.';

create or replace function app_public.set_assignment_rule(rule text)
returns app_public.merchants
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner,manager}');
  merchant app_public.merchants;
begin
  perform app_hidden.check_assignment_rule(coalesce(rule, ''));
  update app_public.merchants m set assignment_rule = set_assignment_rule.rule where m.id = acting.merchant_id
  returning m.* into merchant;
  return merchant;
end
$$;
comment on function app_public.set_assignment_rule(text) is
  E'@resultFieldName merchant\nHow the carriers of orders are chosen from now on, but for stores with a rule of their own; owners and managers. Errors: FORBIDDEN, INVALID_INPUT.';

create or replace function app_public.set_store_assignment_rule(store_id integer, rule text default null)
returns app_public.stores
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner,manager}');
  store app_public.stores;
begin
  perform app_hidden.check_assignment_rule(rule);
  update app_public.stores s set assignment_rule = set_store_assignment_rule.rule
  where s.merchant_id = acting.merchant_id and s.id = set_store_assignment_rule.store_id
  returning s.* into store;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such store.', '{"field": "storeId"}');
  end if;
  return store;
end
$$;
comment on function app_public.set_store_assignment_rule(integer, text) is
  E'@resultFieldName store\nHow the carriers of a store''s orders are chosen from now on; without a rule, as the merchant says; owners and managers. Errors: FORBIDDEN, INVALID_INPUT, NOT_FOUND.';

grant execute on function
  app_public.set_assignment_rule(text), app_public.set_store_assignment_rule(integer, text)
to waybill_member;
--! EndIncluded rates/functions/assignment_rule.sql
--! Included rates/functions/planned_box.sql
-- What there is to assign: the one box that an order goes in. Splitting an order into boxes changes this.
create or replace function app_hidden.goods_weight_grams(merchant_id integer, order_id uuid)
returns integer
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select sum(i.quantity * coalesce(nullif(i.weight_grams, 0), 500))::integer from app_public.order_items i
  where i.merchant_id = goods_weight_grams.merchant_id and i.order_id = goods_weight_grams.order_id
    and i.requires_shipping
$$;
comment on function app_hidden.goods_weight_grams(integer, uuid) is
  'What the goods of an order that are shipped weigh: as the items say, or half a kilogram a piece.';

do $$
begin
  if to_regtype('app_hidden.planned_box') is null then
    create type app_hidden.planned_box as (
      from_pincode text, to_pincode text, payment_mode text, declared_minor bigint, cod_minor bigint,
      weight_grams integer, length_mm integer, width_mm integer, height_mm integer, volume_mm3 bigint
    );
    comment on type app_hidden.planned_box is 'A box that has no carrier yet.';
  end if;
end
$$;

create or replace function app_hidden.usual_box(
  from_pincode text, to_pincode text, payment_mode text, declared_minor bigint, cod_minor bigint, weight_grams integer
)
returns app_hidden.planned_box
language sql immutable parallel safe
return row(from_pincode, to_pincode, payment_mode, declared_minor, cod_minor, weight_grams,
  250, 200, 100, 250 * 200 * 100)::app_hidden.planned_box;
comment on function app_hidden.usual_box(text, text, text, bigint, bigint, integer) is
  'A box of the size in which everything is packed.';

create or replace function app_hidden.box_of(merchant_id integer, order_id uuid)
returns app_hidden.planned_box
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  box app_hidden.planned_box;
begin
  -- As a value and not in `from`, where the function would not be inlined.
  box := (
    select app_hidden.usual_box(l.pincode, c.pincode, o.payment_mode, o.total_minor, o.cod_amount_minor,
      app_hidden.goods_weight_grams(o.merchant_id, o.id))
    from app_public.orders_current o
    join app_public.locations l on l.merchant_id = o.merchant_id and l.id = o.location_id
    join app_public.order_contacts c
      on c.merchant_id = o.merchant_id and c.order_id = o.id and c.version = o.ship_to_version
    where o.merchant_id = box_of.merchant_id and o.id = box_of.order_id
  );
  return box;
end
$$;
comment on function app_hidden.box_of(integer, uuid) is 'The box that an order goes in, and where from and to.';
--! EndIncluded rates/functions/planned_box.sql
--! Included rates/functions/coverage.sql
-- The cache of what carriers said about PIN codes. It holds answers only, never a failure, and each for a
-- limited time, so that a PIN code that was closed is not gone on with for longer.

-- Weight, value and payment change what a carrier takes for a parcel, but not with each gram and rupee: asked
-- in steps of 500 g, as carriers charge, and of 100 rupees where cash is collected, many parcels are the same
-- question. What is asked is the upper end of the step, so that nobody is told too little.
create or replace function app_hidden.coverage_question(box app_hidden.planned_box)
returns jsonb
language plpgsql immutable parallel safe
set search_path to pg_catalog, pg_temp
as $$
declare
  grams integer := (greatest(box.weight_grams, (box.volume_mm3 + 4999) / 5000) + 499) / 500 * 500;
  cod boolean := box.cod_minor > 0;
  declared bigint := case when cod then (box.declared_minor + 9999) / 10000 * 10000 else box.declared_minor end;
begin
  return jsonb_build_object('to_pincode', box.to_pincode, 'weight_grams', grams, 'cod', cod, 'declared_minor', declared,
    'key', concat_ws(':', box.from_pincode, grams, case when cod then 'cod' || declared / 100 else 'prepaid' end));
end
$$;
comment on function app_hidden.coverage_question(app_hidden.planned_box) is
  'What carriers are asked about a box, and the key of that question in the cache.';

create or replace function app_hidden.keep_coverage(merchant_id integer, question jsonb, answers jsonb)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  -- In the order of their ids, so that two workers that learn the same never wait for each other in a circle.
  insert into app_private.coverage as k
    (merchant_id, carrier_account_id, to_pincode, question, offers, answered_at, expires_at)
  select a.merchant_id, a.id, keep_coverage.question ->> 'to_pincode',
    case when c.quotes_parcels then keep_coverage.question ->> 'key' else '' end, s.offers,
    clock_timestamp(), clock_timestamp() + a.coverage_seconds * interval '1 second'
  from jsonb_to_recordset(answers) s (account_id integer, known boolean, offers jsonb)
  join app_public.carrier_accounts a on a.merchant_id = keep_coverage.merchant_id and a.id = s.account_id
  join app_public.carriers c on c.carrier = a.carrier
  where s.offers is not null and not s.known
  order by a.id
  on conflict on constraint coverage_pkey do update
    set offers = excluded.offers, answered_at = excluded.answered_at, expires_at = excluded.expires_at;
end
$$;
comment on function app_hidden.keep_coverage(integer, jsonb, jsonb) is
  'Keeps what carriers have just answered, until it expires; failures are not kept.';

-- Security definer: waybill_worker reads no table.
create or replace function app_private.coverage_hit_ratio(lately interval default '5 minutes')
returns numeric
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  -- An account that offers several services has several rows of one answer.
  select round(avg((s.answer_source = 'coverage')::integer), 4) from (
    select distinct on (q.merchant_id, q.order_id, q.round, q.carrier_account_id) q.answer_source
    from app_public.rate_quotes q
    where q.quoted_at > now() - lately and q.answer_source is not null
    order by q.merchant_id, q.order_id, q.round, q.carrier_account_id
  ) s
$$;
comment on function app_private.coverage_hit_ratio(interval) is
  'Of the answers that lately decided on carriers, the share that no carrier had to be asked for; null: there were none.';
grant execute on function app_private.coverage_hit_ratio(interval) to waybill_worker;
--! EndIncluded rates/functions/coverage.sql
--! Included rates/functions/assignment_context.sql
-- Read with the claim, in its round trip: the question, and of each account what it said before and whether
-- its circuit lets calls through.
create or replace function app_hidden.assignment_context(merchant_id integer, order_id uuid)
returns jsonb
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  asked jsonb := app_hidden.coverage_question(app_hidden.box_of(merchant_id, order_id));
  accounts jsonb;
  location jsonb;
begin
  select jsonb_agg(app_hidden.account_context(a.merchant_id, a.id) || jsonb_build_object(
    'known', k.offers, 'circuit_is_open', coalesce(t.state = 'open', false)) order by a.priority, a.id)
  into accounts
  from app_public.carrier_accounts a
  join app_public.carriers c on c.carrier = a.carrier
  left join app_private.coverage k
    on k.merchant_id = a.merchant_id and k.carrier_account_id = a.id and k.to_pincode = asked ->> 'to_pincode'
    and k.question = case when c.quotes_parcels then asked ->> 'key' else '' end
    and k.expires_at > clock_timestamp()
  left join app_public.carrier_circuits t
    on t.merchant_id = a.merchant_id and t.service = a.carrier and t.account_id = a.id
  where a.merchant_id = assignment_context.merchant_id and a.disabled_at is null
    -- A box that is booked anew shall go with another one.
    and not app_hidden.was_booked_with(a.merchant_id, assignment_context.order_id, a.id);
  select to_jsonb(l) - 'merchant_id' || jsonb_build_object('registered_name', l.name) into location
  from app_public.orders_current o
  join app_public.locations l on l.merchant_id = o.merchant_id and l.id = o.location_id
  where o.merchant_id = assignment_context.merchant_id and o.id = assignment_context.order_id;
  return jsonb_build_object('question', asked, 'location', location, 'accounts', accounts);
end
$$;
comment on function app_hidden.assignment_context(integer, uuid) is
  'What carriers are asked about an order, whom to ask, and what they said before, for a task.';
--! EndIncluded rates/functions/assignment_context.sql
--! Included rates/functions/rank_offers.sql
-- Why an offer is out of the question whatever it costs; null when it is not.
create or replace function app_hidden.offer_fault(
  offer jsonb, card app_public.rate_cards, box app_hidden.planned_box
)
returns text
language sql immutable parallel safe
return case
  when (offer ->> 'embargo')::boolean then 'embargo'
  when box.payment_mode = 'cod' and not (offer ->> 'cod')::boolean then 'cod_not_taken'
  when box.payment_mode = 'prepaid' and not (offer ->> 'prepaid')::boolean then 'prepaid_not_taken'
  when box.weight_grams > card.max_weight_grams then 'over_weight_limit'
  when box.declared_minor > card.max_declared_minor or box.cod_minor > card.max_cod_minor
    or box.declared_minor > (offer ->> (box.payment_mode || '_limit_minor'))::bigint then 'over_value_limit'
end;
comment on function app_hidden.offer_fault(jsonb, app_public.rate_cards, app_hidden.planned_box) is
  'Why an offer does not take a box; null when it does.';

-- Each thing that was said becomes a row: an offer, or that there is none. The price is the carrier's own
-- where it names one, else the rate card's. One plan: planning it took as long as running it.
create or replace function app_hidden.price_offers(
  merchant_id integer, box app_hidden.planned_box, answers jsonb
)
returns table (
  carrier_account_id integer, carrier text, priority smallint, place bigint, service text, code text, fault text,
  detail text, price_minor bigint, rto_minor bigint, days smallint, zone text, charged_grams integer,
  rate_source text, answer_source text
)
language plpgsql stable
set search_path to pg_catalog, pg_temp
set plan_cache_mode to force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  select a.id, a.carrier, a.priority, f.place, f.offer ->> 'service', f.offer ->> 'code',
    case
      when s.failure is not null then s.failure ->> 'reason'
      when f.offer is null then 'not_served'
      else app_hidden.offer_fault(f.offer, k, price_offers.box)
    end,
    case when s.failure ->> 'reason' = 'address_not_taken' then s.failure ->> 'message' end,
    coalesce((f.offer ->> 'price_minor')::bigint, p.price_minor),
    coalesce((f.offer ->> 'rto_minor')::bigint, p.rto_minor),
    coalesce((f.offer ->> 'days')::smallint, p.days),
    p.zone, p.charged_grams,
    case when f.offer ->> 'price_minor' is not null then 'carrier' when p.price_minor is not null then 'rate_card' end,
    case when s.failure is null then case when s.known then 'coverage' else 'carrier' end end
  from jsonb_to_recordset(answers) s (account_id integer, known boolean, offers jsonb, failure jsonb)
  join app_public.carrier_accounts a on a.merchant_id = price_offers.merchant_id and a.id = s.account_id
  join app_public.merchants m on m.id = a.merchant_id
  cross join lateral app_hidden.card_in_force(a.merchant_id, a.id, (now() at time zone m.time_zone)::date) k
  left join lateral jsonb_array_elements(s.offers) with ordinality f (offer, place) on true
  -- The condition is inside, so that nothing is reckoned where it is not needed.
  left join lateral (
    select c.* from app_hidden.card_price(k, (price_offers.box).from_pincode, (price_offers.box).to_pincode,
      (price_offers.box).weight_grams, (price_offers.box).volume_mm3, (price_offers.box).cod_minor) c
    where k.id is not null and f.offer is not null and f.offer ->> 'price_minor' is null
  ) p on true;
end
$$;
comment on function app_hidden.price_offers(integer, app_hidden.planned_box, jsonb) is
  'What the accounts said about a box, one row an offer, with its price and what speaks against it.';

-- The choice. Whoever answered is in the running; whoever could not be asked is not, for an order does not
-- wait for a carrier that is down while another takes it. What has no price comes after what has one. Ties
-- are broken by priority, then by the account that is older, then by the order in which it named its offers.
create or replace function app_hidden.rank_offers(
  merchant_id integer, box app_hidden.planned_box, rule text, answers jsonb
)
returns table (
  rank smallint, reason text, detail text, carrier_account_id integer, carrier text, service text, code text,
  price_minor bigint, rto_minor bigint, days smallint, zone text, charged_grams integer, rate_source text,
  answer_source text
)
language plpgsql stable
set search_path to pg_catalog, pg_temp
set plan_cache_mode to force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
  with ranked as (
    select row_number() over (
      order by f.fault is not null,
        case rank_offers.rule when 'fastest' then f.days when 'priority' then f.priority end,
        f.price_minor, f.priority, f.carrier_account_id, f.place
    )::smallint as rank, f.*
    from app_hidden.price_offers(rank_offers.merchant_id, rank_offers.box, rank_offers.answers) f
  )
  select r.rank, coalesce(r.fault, case
      when r.rank = 1 then null
      when r.price_minor is null and rank_offers.rule = 'cheapest' then 'no_price'
      else 'ranked_lower'
    end),
    r.detail, r.carrier_account_id, r.carrier, r.service, r.code, r.price_minor, r.rto_minor, r.days, r.zone, r.charged_grams,
    r.rate_source, r.answer_source
  from ranked r;
end
$$;
comment on function app_hidden.rank_offers(integer, app_hidden.planned_box, text, jsonb) is
  'What was said about a box, best first by a rule, with why each but the first is not taken.';
--! EndIncluded rates/functions/rank_offers.sql
--! Included rates/functions/rebook_by_rule.sql
-- Another carrier for a box that has one, chosen like the first: rebook_shipment() has the offers asked for.
create or replace function app_hidden.box_to_rebook(merchant_id integer, order_id uuid, seq integer)
returns app_public.shipments_current
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  box app_public.shipments_current;
begin
  select s.* into box
  from app_public.order_events r
  join app_public.orders_current o on o.merchant_id = r.merchant_id and o.id = r.order_id
  join app_public.shipments_current s on s.merchant_id = r.merchant_id and s.id = r.shipment_id
  where r.merchant_id = box_to_rebook.merchant_id and r.order_id = box_to_rebook.order_id and r.seq = box_to_rebook.seq
    and r.type = 'rebooking_requested' and s.status in ('planned', 'labelled')
    and o.status in ('assigned', 'labelled');
  return box;
end
$$;
comment on function app_hidden.box_to_rebook(integer, uuid, integer) is
  'The box that an event wants to go with another carrier; a null row when it has left, or the event wants nothing like it.';

create or replace function app_hidden.rebook_with(box app_public.shipments_current, best app_public.rate_quotes)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  event app_public.order_events;
begin
  insert into app_public.order_events (order_id, shipment_id, type, inputs)
  values (box.order_id, box.id, 'rebooking_decided', jsonb_strip_nulls(jsonb_build_object(
    'box', box.box, 'carrier_account_id', best.carrier_account_id, 'carrier', best.carrier, 'service', best.service,
    'service_codes', app_hidden.service_codes_of(best), 'rule', best.rule, 'price_minor', best.price_minor,
    'round', best.round
  )))
  returning * into event;
  perform app_hidden.call_off_box(event);
end
$$;
comment on function app_hidden.rebook_with(app_public.shipments_current, app_public.rate_quotes) is
  'Decides for an offer which carrier a box goes with instead, and has it called off at the one it has.';
--! EndIncluded rates/functions/rebook_by_rule.sql
--! Included rates/functions/record_offers.sql
-- An account's further offers go with the best one: when the carrier refuses that at the booking, the next is
-- tried.
create or replace function app_hidden.service_codes_of(best app_public.rate_quotes)
returns jsonb
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  return (
    select jsonb_agg(q.code order by q.rank) from app_public.rate_quotes q
    where q.merchant_id = best.merchant_id and q.order_id = best.order_id and q.round = best.round
      and q.carrier_account_id = best.carrier_account_id and q.code is not null
      and (q.is_chosen or q.reason in ('ranked_lower', 'no_price'))
  );
end
$$;
comment on function app_hidden.service_codes_of(app_public.rate_quotes) is
  'What a booking names to take an offer, and the same account''s others after it, best first; null when there is nothing to name.';

-- Plans the box of an order with the best offer of a round.
create or replace function app_hidden.plan_box(
  box app_hidden.planned_box, best app_public.rate_quotes
)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  insert into app_public.order_events (order_id, from_status, to_status, inputs)
  values (best.order_id, 'validated', 'assigned', jsonb_strip_nulls(jsonb_build_object(
    'carrier_account_id', best.carrier_account_id, 'service', best.service, 'boxes', 1, 'rule', best.rule,
    'price_minor', best.price_minor, 'round', best.round
  )));
  insert into app_public.order_events (order_id, shipment_id, type, inputs)
  select o.id, app_hidden.uuid_v7(), 'shipment_planned', jsonb_build_object(
    'box', 1, 'location_id', o.location_id, 'carrier_account_id', best.carrier_account_id, 'carrier', best.carrier,
    'service', best.service, 'service_codes', app_hidden.service_codes_of(best),
    'weight_grams', box.weight_grams,
    'length_mm', box.length_mm, 'width_mm', box.width_mm, 'height_mm', box.height_mm,
    'declared_minor', box.declared_minor, 'payment_mode', box.payment_mode, 'cod_amount_minor', box.cod_minor,
    'items', (
      select jsonb_agg(jsonb_build_object('line', i.line, 'quantity', i.quantity) order by i.line)
      from app_public.order_items i
      where i.merchant_id = o.merchant_id and i.order_id = o.id and i.requires_shipping
    )
  )
  from app_public.orders_current o
  where o.merchant_id = best.merchant_id and o.id = best.order_id;
end
$$;
comment on function app_hidden.plan_box(app_hidden.planned_box, app_public.rate_quotes) is
  'Assigns an order to the carrier of an offer and plans its box.';

-- Keeps what was considered: one statement, whatever the number of offers; answers the one that was chosen.
create or replace function app_hidden.keep_quotes(
  merchant_id integer, order_id uuid, round integer, box app_hidden.planned_box, answers jsonb
)
returns app_public.rate_quotes
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  rule text;
  best app_public.rate_quotes;
begin
  select coalesce(s.assignment_rule, m.assignment_rule) into rule
  from app_public.orders_current o
  join app_public.merchants m on m.id = o.merchant_id
  join app_public.stores s on s.merchant_id = o.merchant_id and s.id = o.store_id
  where o.merchant_id = keep_quotes.merchant_id and o.id = keep_quotes.order_id;
  -- An order that waits for hours asks again and again: of rounds that decided nothing the last is enough.
  delete from app_public.rate_quotes q
  where keep_quotes.round > 1 and q.merchant_id = keep_quotes.merchant_id and q.order_id = keep_quotes.order_id
    and not exists (
      select from app_public.rate_quotes c
      where c.merchant_id = q.merchant_id and c.order_id = q.order_id and c.round = q.round and c.is_chosen
    );
  with kept as (
    insert into app_public.rate_quotes (
      merchant_id, order_id, round, rank, is_chosen, reason, detail, carrier_account_id, carrier, service, code, rule,
      price_minor, rto_minor, days, zone, charged_grams, rate_source, answer_source
    )
    select keep_quotes.merchant_id, keep_quotes.order_id, keep_quotes.round, r.rank, r.reason is null, r.reason,
      r.detail, r.carrier_account_id, r.carrier, r.service, r.code, rule,
      r.price_minor, r.rto_minor, r.days, r.zone, r.charged_grams, r.rate_source, r.answer_source
    from app_hidden.rank_offers(keep_quotes.merchant_id, box, rule, answers) r
    returning *
  )
  select k.* into best from kept k where k.is_chosen;
  return best;
end
$$;
comment on function app_hidden.keep_quotes(integer, uuid, integer, app_hidden.planned_box, jsonb) is
  'Stores every offer of a round, ranked; returns the chosen one, a null row when there is none.';

create or replace function app_hidden.objections_of(merchant_id integer, answers jsonb)
returns text
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select 'No carrier takes the parcel as it is addressed: '
    || string_agg(a.name || ', ' || (s.failure ->> 'message'), '; ' order by a.priority, a.id) || '.'
  from jsonb_to_recordset(answers) s (account_id integer, failure jsonb)
  join app_public.carrier_accounts a on a.merchant_id = objections_of.merchant_id and a.id = s.account_id
  where s.failure ->> 'reason' = 'address_not_taken'
$$;
comment on function app_hidden.objections_of(integer, jsonb) is
  'Which accounts object to an address, to which field of it and by which rule.';

-- Nobody takes it. As long as somebody could not be asked, that is not known, and the order waits: without
-- counting attempts while all of those are circuits that are open. An address that somebody does not take is
-- told before what else was refused, because it can be mended.
create or replace function app_hidden.refuse_assignment(
  merchant_id integer, order_id uuid, epoch integer, answers jsonb
)
returns text
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  failure jsonb;
begin
  select s.failure into failure
  from rows from (jsonb_to_recordset(answers) as (failure jsonb)) with ordinality s (failure, place)
  where s.failure is not null
  order by array_position(array['not_answered', 'circuit_open', 'address_not_taken', 'refused'],
    s.failure ->> 'reason'), (s.failure ->> 'due_in_ms')::integer, s.place
  limit 1;
  if failure ->> 'reason' = 'address_not_taken' then
    failure := failure || jsonb_build_object('message', app_hidden.objections_of(merchant_id, answers));
  end if;
  failure := coalesce(failure, jsonb_build_object('outcome', 'refused', 'code', 'NOT_SERVICEABLE',
    'message', 'No carrier delivers to this pincode with this payment mode.'));
  return app_private.fail_effect(merchant_id, order_id, 'assign_order', epoch,
    failure ->> 'outcome', failure ->> 'code', failure ->> 'message',
    (failure ->> 'retry_after_ms')::integer, (failure ->> 'due_in_ms')::integer);
end
$$;
comment on function app_hidden.refuse_assignment(integer, uuid, integer, jsonb) is
  'Decides what comes after a round without an offer: retry, or dead when everybody has said no.';

-- Security definer: waybill_worker reads and writes no table.
create or replace function app_private.record_offers(
  merchant_id integer, order_id uuid, epoch integer, answers jsonb
)
returns text
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
  box app_hidden.planned_box;
  rebooked app_public.shipments_current;
  best app_public.rate_quotes;
begin
  perform app_hidden.act_for(record_offers.merchant_id);
  effect := app_hidden.lock_claim(record_offers.merchant_id, record_offers.order_id, 'assign_order',
    record_offers.epoch);
  if effect.subject_id is null then
    return 'fenced';
  end if;
  perform from app_public.orders_current o
  where o.merchant_id = effect.merchant_id and o.id = effect.order_id and o.status = 'validated';
  if not found then
    rebooked := app_hidden.box_to_rebook(effect.merchant_id, effect.order_id, effect.caused_by_seq);
    if rebooked.id is null then
      perform app_hidden.confirm_effect(effect.merchant_id, effect.subject_id, effect.kind, effect.epoch);
      return 'not_wanted';
    end if;
  end if;
  box := app_hidden.box_of(effect.merchant_id, effect.order_id);
  perform app_hidden.keep_coverage(effect.merchant_id, app_hidden.coverage_question(box), answers);
  best := app_hidden.keep_quotes(effect.merchant_id, effect.order_id, effect.epoch, box, answers);
  if best.rank is null then
    return app_hidden.refuse_assignment(effect.merchant_id, effect.order_id, effect.epoch, answers);
  end if;
  perform app_hidden.confirm_effect(effect.merchant_id, effect.subject_id, effect.kind, effect.epoch);
  if rebooked.id is not null then
    perform app_hidden.rebook_with(rebooked, best);
    return 'rebooked';
  end if;
  perform app_hidden.plan_box(box, best);
  return 'planned';
end
$$;
comment on function app_private.record_offers(integer, uuid, integer, jsonb) is
  'Stores what the carriers said about an order and plans its box with the best of them by the merchant''s rule, or decides who gets a box that is booked anew: planned, rebooked, retry, dead, abandoned, not_wanted, or fenced when the claim was lost.';

grant execute on function app_private.record_offers(integer, uuid, integer, jsonb) to waybill_worker;
--! EndIncluded rates/functions/record_offers.sql
--! Included rates/functions/preview_offers.sql
-- What would happen to a box, without an order and without asking anybody: what accounts have said and what still
-- holds goes through the very function that ranks the offers of orders. An account whose answer is not known is
-- taken to carry the box, and that is told with its offer.
create or replace function app_hidden.expected_answers(merchant_id integer, question jsonb)
returns jsonb
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  return (
    select jsonb_agg(jsonb_build_object('account_id', a.id, 'known', k.offers is not null) || case
        when t.state = 'open' then '{"failure": {"reason": "circuit_open"}}'
        when k.offers is not null then jsonb_build_object('offers', k.offers)
        when a.credentials_saved_at is null then '{"failure": {"reason": "not_answered"}}'
        else '{"offers": [{"cod": true, "prepaid": true}]}'
      end)
    from app_public.carrier_accounts a
    join app_public.carriers c on c.carrier = a.carrier
    left join app_private.coverage k
      on k.merchant_id = a.merchant_id and k.carrier_account_id = a.id
      and k.to_pincode = expected_answers.question ->> 'to_pincode'
      and k.question = case when c.quotes_parcels then expected_answers.question ->> 'key' else '' end
      and k.expires_at > clock_timestamp()
    left join app_public.carrier_circuits t
      on t.merchant_id = a.merchant_id and t.service = a.carrier and t.account_id = a.id
    where a.merchant_id = expected_answers.merchant_id and a.disabled_at is null
  );
end
$$;
comment on function app_hidden.expected_answers(integer, jsonb) is
  'What the accounts of a merchant would say to a question, as far as it is known, as rank_offers() takes it.';

create or replace function app_hidden.check_preview(
  to_pincode text, weight_grams integer, payment_mode text, value_minor bigint
)
returns void
language plpgsql immutable
set search_path to pg_catalog, pg_temp
as $$
begin
  if coalesce(to_pincode, '') !~ '^[1-9][0-9]{5}$' then
    perform app_hidden.refuse('WB004', 'A PIN code has six digits, the first of them not 0.', '{"field": "toPincode"}');
  end if;
  if coalesce(weight_grams, 0) not between 1 and 1000000 then
    perform app_hidden.refuse('WB004', 'A box weighs 1 to 1,000,000 grams.', '{"field": "weightGrams"}');
  end if;
  if coalesce(payment_mode, '') not in ('cod', 'prepaid') then
    perform app_hidden.refuse('WB004', 'A payment is cod or prepaid.', '{"field": "paymentMode"}');
  end if;
  if coalesce(value_minor, -1) not between 0 and 1000000000 then
    perform app_hidden.refuse('WB004', 'A value is from 0 to 1,000,000,000 in the minor unit.', '{"field": "value"}');
  end if;
end
$$;
comment on function app_hidden.check_preview(text, integer, text, bigint) is
  'Refuses what cannot be a box on its way. Errors: INVALID_INPUT.';

-- Security definer: members do not read what is kept of answers; whose location and store it is is asked first.
create or replace function app_public.preview_offers(
  location_id integer, to_pincode text, weight_grams integer, payment_mode text, value_minor bigint,
  store_id integer default null
)
returns jsonb
language plpgsql stable security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  asking integer := app_hidden.current_merchant_id();
  box app_hidden.planned_box;
  rule text;
begin
  perform app_hidden.check_preview(to_pincode, weight_grams, payment_mode, value_minor);
  select b.* into box
  from app_public.locations l
  cross join lateral app_hidden.usual_box(l.pincode, preview_offers.to_pincode, preview_offers.payment_mode,
    preview_offers.value_minor, case preview_offers.payment_mode when 'cod' then preview_offers.value_minor else 0 end,
    preview_offers.weight_grams) b
  where l.merchant_id = asking and l.id = preview_offers.location_id;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such location.', '{"field": "locationId"}');
  end if;
  select coalesce(s.assignment_rule, m.assignment_rule) into rule
  from app_public.merchants m
  left join app_public.stores s on s.merchant_id = m.id and s.id = preview_offers.store_id
  where m.id = asking and (preview_offers.store_id is null or s.id is not null);
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such store.', '{"field": "storeId"}');
  end if;
  return (
    select jsonb_build_object('rule', rule, 'offers', coalesce(jsonb_agg(to_jsonb(r)
      || jsonb_build_object('is_chosen', r.reason is null, 'is_assumed', r.answer_source is not distinct from 'carrier')
      order by r.rank), '[]'))
    from app_hidden.rank_offers(asking, box, rule,
      app_hidden.expected_answers(asking, app_hidden.coverage_question(box))) r
  );
end
$$;
comment on function app_public.preview_offers(integer, text, integer, text, bigint, integer) is
  'What each carrier account would take for a box from a location to a PIN code, best first by the rule of the merchant or of a store; asks no carrier. Errors: INVALID_INPUT, NOT_FOUND.';
grant execute on function app_public.preview_offers(integer, text, integer, text, bigint, integer) to waybill_member;
--! EndIncluded rates/functions/preview_offers.sql
--! Included rates/functions/card_today.sql
-- A field of a carrier account, with the rights of who asks.
create or replace function app_public.carrier_accounts_rate_card(account app_public.carrier_accounts)
returns app_public.rate_cards
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select c.* from app_public.merchants m
  cross join lateral app_hidden.card_in_force(account.merchant_id, account.id, (now() at time zone m.time_zone)::date) c
  where m.id = account.merchant_id and c.id is not null
$$;
comment on function app_public.carrier_accounts_rate_card(app_public.carrier_accounts) is
  'The rate card that is in force today; null: there is none.';

grant execute on function
  app_public.carrier_accounts_rate_card(app_public.carrier_accounts), app_hidden.card_in_force(integer, integer, date)
to waybill_member;
--! EndIncluded rates/functions/card_today.sql
--! Included rates/functions/card_sheets.sql
create or replace function app_hidden.csv_cell(words text)
returns text
language sql immutable parallel safe
return case
  when words ~ E'^\\s|["\r\n\t,;]|\\s$' then '"' || replace(words, '"', '""') || '"'
  else words
end;
comment on function app_hidden.csv_cell(text) is 'A text as a cell of CSV.';

-- Fields of a rate card: its lists as the sheets that importRateCard takes, with the rights of who asks. Read and
-- imported again, a card is the same.
create or replace function app_public.rate_cards_prices_csv(card app_public.rate_cards)
returns text
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select 'zone,days,from_grams,step_grams,price' || coalesce(E'\n' || string_agg(
    format('%s,%s,%s,%s,%s.%s', app_hidden.csv_cell(s.zone),
      z.days, s.from_grams, s.step_grams, s.price_minor / 100, lpad((s.price_minor % 100)::text, 2, '0')),
    E'\n' order by s.zone, s.from_grams), '')
  from app_public.rate_slabs s
  join app_public.rate_zones z
    on z.merchant_id = s.merchant_id and z.rate_card_id = s.rate_card_id and z.zone = s.zone
  where s.merchant_id = card.merchant_id and s.rate_card_id = card.id
$$;
comment on function app_public.rate_cards_prices_csv(app_public.rate_cards) is
  E'@notNull\nIts zones and slabs, as importRateCard takes them.';

-- PIN codes of one zone stand in one line; "all others" is an empty cell and needs a line of its own.
create or replace function app_public.rate_cards_lanes_csv(card app_public.rate_cards)
returns text
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select 'zone,to,from' || coalesce(E'\n' || string_agg(
    format('%s,%s,%s', app_hidden.csv_cell(l.zone),
      l.to_prefixes, l.from_prefix),
    E'\n' order by l.zone, l.from_prefix, l.to_prefixes), '')
  from (
    select r.zone, r.from_prefix, string_agg(r.to_prefix, ' ' order by r.to_prefix) as to_prefixes
    from app_public.rate_lanes r
    where r.merchant_id = card.merchant_id and r.rate_card_id = card.id
    group by r.zone, r.from_prefix, r.to_prefix = ''
  ) l
$$;
comment on function app_public.rate_cards_lanes_csv(app_public.rate_cards) is
  E'@notNull\nWhich PIN codes are in which of its zones, as importRateCard takes them.';

grant execute on function
  app_public.rate_cards_prices_csv(app_public.rate_cards), app_public.rate_cards_lanes_csv(app_public.rate_cards),
  app_hidden.csv_cell(text)
to waybill_member;
--! EndIncluded rates/functions/card_sheets.sql
--! Included rates/functions/keep_rates.sql
-- Quotes are kept as long as somebody may ask why a carrier was chosen; what a carrier said, until it expires. A
-- batch at a time, because the dispatcher waits for whoever writes long. Security definer: waybill_worker
-- deletes from no table.
create or replace function app_private.prune_rates(before timestamptz, batch integer default 20000)
returns jsonb
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  quotes integer;
  coverage integer;
begin
  delete from app_public.rate_quotes q
  where q.ctid = any (array(
    select o.ctid from app_public.rate_quotes o where o.quoted_at < before limit batch
  ));
  get diagnostics quotes = row_count;
  delete from app_private.coverage k
  where k.ctid = any (array(
    select o.ctid from app_private.coverage o where o.expires_at < now() limit batch
    for update skip locked
  ));
  get diagnostics coverage = row_count;
  return jsonb_build_object('quotes_deleted', quotes, 'coverage_deleted', coverage);
end
$$;
comment on function app_private.prune_rates(timestamptz, integer) is
  'Deletes quotes older than a moment and answers that have expired, a batch of each; returns how many.';
grant execute on function app_private.prune_rates(timestamptz, integer) to waybill_worker;
--! EndIncluded rates/functions/keep_rates.sql
--! Included rates/access/rates.sql
-- Prices, quotes and rules are read by every member of the merchant; functions write them.
drop policy if exists tenant_reads on app_public.rate_cards;
create policy tenant_reads on app_public.rate_cards for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.rate_cards;
create policy readonly_reads on app_public.rate_cards for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.rate_zones;
create policy tenant_reads on app_public.rate_zones for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.rate_zones;
create policy readonly_reads on app_public.rate_zones for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.rate_slabs;
create policy tenant_reads on app_public.rate_slabs for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.rate_slabs;
create policy readonly_reads on app_public.rate_slabs for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.rate_lanes;
create policy tenant_reads on app_public.rate_lanes for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.rate_lanes;
create policy readonly_reads on app_public.rate_lanes for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.rate_quotes;
create policy tenant_reads on app_public.rate_quotes for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.rate_quotes;
create policy readonly_reads on app_public.rate_quotes for select to waybill_readonly using (true);

grant select on app_public.rate_cards, app_public.rate_zones, app_public.rate_slabs, app_public.rate_lanes,
  app_public.rate_quotes
to waybill_member, waybill_readonly;
--! EndIncluded rates/access/rates.sql
--! EndIncluded rates/rates.sql
--! Included effects/effects.sql
--! Included effects/tables/awb_pool.sql
-- One row is one tracking number that a carrier has reserved for us and that no parcel has yet. Numbers
-- used seconds after a large fetch can be refused, so they are fetched ahead.
create table app_private.awb_pool (
  merchant_id integer not null,
  carrier_account_id integer not null,
  awb text not null,
  reserved_at timestamptz not null default now(),
  constraint awb_pool_pkey primary key (merchant_id, carrier_account_id, awb),
  constraint awb_pool_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete cascade
);
comment on table app_private.awb_pool is 'Reserved tracking numbers, waiting for a parcel each.';

-- One row is the right to fetch numbers for an empty pool: many bookings find it empty at once, and
-- carriers allow only a few fetches (Delhivery five in five minutes).
create table app_private.awb_refills (
  merchant_id integer not null,
  carrier_account_id integer not null,
  shipment_id uuid not null,
  leased_until timestamptz not null,
  constraint awb_refills_pkey primary key (merchant_id, carrier_account_id),
  constraint awb_refills_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete cascade
);
comment on table app_private.awb_refills is 'Which booking fetches reserved numbers for all; the others wait for it.';
comment on column app_private.awb_refills.leased_until is 'Then another one may; after a failure, when that booking is tried again.';
--! EndIncluded effects/tables/awb_pool.sql
--! Included effects/tables/dead_letter_digests.sql
-- One row is one merchant's morning: the digest of that local day, sent or not. The key is what makes it one,
-- whoever plans it and however often. E-mail has neither key nor look-up, so the row is committed as `sending`
-- before the call, and what has an unknown outcome is never sent again.
create table app_public.dead_letter_digests (
  merchant_id integer not null,
  digest_on date not null,
  status text not null default 'intent',
  epoch integer not null default 0,
  attempts integer not null default 0,
  leased_by text,
  leased_until timestamptz,
  due_at timestamptz not null default clock_timestamp(),
  letters integer,
  sent_at timestamptz,
  settled_at timestamptz,
  error_code text,
  error_message text,
  constraint dead_letter_digests_pkey primary key (merchant_id, digest_on),
  constraint dead_letter_digests_status_is_known check (
    status in ('intent', 'sending', 'sent', 'skipped', 'failed', 'unknown')
  ),
  constraint dead_letter_digests_open_is_unsettled check (
    (status in ('intent', 'sending')) = (settled_at is null)
  ),
  constraint dead_letter_digests_sending_has_lease check (status <> 'sending' or leased_until is not null),
  constraint dead_letter_digests_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade
);
create index dead_letter_digests_open_idx on app_public.dead_letter_digests (due_at) where settled_at is null;
comment on table app_public.dead_letter_digests is
  E'@behavior -*\nThe morning digests of open dead letters: one per merchant and local day.';
comment on column app_public.dead_letter_digests.digest_on is 'The day in the merchant''s time zone.';
comment on column app_public.dead_letter_digests.status is
  'intent: not sent. sending: handed over, outcome not recorded. sent; skipped: nothing open, or nobody to tell; failed: refused, or the day went by; unknown: may have been sent, and is not sent again.';
comment on column app_public.dead_letter_digests.epoch is 'Fencing token, as in the ledger of effects.';
comment on column app_public.dead_letter_digests.letters is 'How many were open when it was written.';
--! EndIncluded effects/tables/dead_letter_digests.sql
--! Included effects/tables/call_advice.sql
-- One row is one code with which a call can fail, and what a human can do about it.
create table app_public.call_advice (
  code text not null,
  advice text not null,
  constraint call_advice_pkey primary key (code),
  constraint call_advice_advice_not_blank check (btrim(advice) <> '')
);
comment on table app_public.call_advice is
  E'@lookup\n@behavior -*\nWhat a human can do about a call that failed, by its error code.';
comment on column app_public.call_advice.code is 'As in dead_letters.error_code; http-* and smtp-* stand for any status.';
--! EndIncluded effects/tables/call_advice.sql
--! Included effects/data/call_advice.sql
-- One sentence or two for each code of the connectors, the channels and the tasks; call-advice.test.ts finds
-- those that are missing here.
insert into app_public.call_advice (code, advice)
select c.code, a.advice
from (values
  (array['rate-limited', 'firewall', 'http-*', 'smtp-*', 'carrier-trouble', 'empty-body', 'TIMEOUT', 'ECONNREFUSED', 'ECONNRESET',
      'ENOTFOUND', 'EAI_AGAIN', 'EHOSTUNREACH', 'ENETUNREACH', 'UND_ERR_CONNECT_TIMEOUT', 'UND_ERR_SOCKET',
      'CIRCUIT_OPEN', 'tracking-failed', '4', '613', '80007', '130429', '131000', '131016', '131056', '131057'],
    'The service was in trouble or too busy. Try again once it answers; its circuit shows whether it does.'),
  (array['authentication', 'credentials', 'no-access', 'no-token', 'token-refused', 'forbidden', 'licence-mismatch',
      'customer-code', 'account-not-configured', 'client-inactive', 'ACCOUNT_NOT_READY', '0', '3', '10', '190', '131005'],
    'The service refuses the account. Store new credentials in the settings, check the connection, then try again.'),
  (array['insufficient-balance', '131042'],
    'The account''s balance is too low. Pay it in with the service, reset the circuit, then try again.'),
  (array['seller-stopped', '368', '131031', '131037', '131045', '131048', '130497', '133016'],
    'The service has stopped the account. Ask its support; reset the circuit and try again once it is lifted.'),
  (array['pincode-not-serviceable', 'pincode-capacity', 'cod-not-serviceable', 'payment-mode-not-serviceable',
      'no-courier'],
    'The carrier does not take this parcel to this PIN code. Book the box anew with another carrier, which settles this, or cancel the order.'),
  (array['NOT_SERVICEABLE'],
    'None of the carrier accounts takes it; the offers say why. Correct the address if it is wrong, or add an account that goes there, and try again; or cancel the order.'),
  (array['pincode-invalid', 'address-missing', 'address-refused', 'name-missing', 'name-refused', 'phone-refused',
      'suspicious-consignee', 'UNBOOKABLE', 'unbookable', 'other-pincode'],
    'The carrier does not accept the address or the phone. Correct them on the order and try again; if it is too late for that, cancel it and place it anew.'),
  (array['SHIP_TO_NOT_TAKEN'],
    'No carrier takes the parcel as it is addressed. Correct the field that is named by the rule that is named (correctShipTo): that settles this, and the carriers are asked anew. A box that was to go with another carrier stays where it is.'),
  (array['warehouse-unknown', 'warehouse-inactive', 'pickup-location-unknown', 'origin-area'],
    'The carrier does not know this location under the name it is registered with here. Correct the name in the carrier''s settings, exact to the letter, then try again.'),
  (array['duplicate-order-id', 'duplicate-waybill', 'duplicate-reference', 'order-id-taken', 'awb-already-assigned',
      'waybill-not-consumable', 'several-parcels', 'already-collected', 'awb-not-shown', 'ABSENT', 'SETTLING',
      'confirmation-differs', 'amount-differs', 'order-ships', 'contradiction', 'absent', 'waybills-differ',
      'unexpected-absent', 'unexpected-exists'],
    'The carrier may have this parcel already. Look the reference up in the carrier''s panel first; keep one parcel, cancel any other there, then try again.'),
  (array['order-cancelled', 'orders-cancelled', 'cancellation-pending', 'waybill-cancelled', 'ORDER_CANCELLED'],
    'The order was cancelled at one of the two ends. If it shall go, place it anew; else settle this with a note.'),
  (array['CARRIER_HAS_PARCEL'],
    'The carrier has collected the parcel and no longer calls it off. Ask it to bring the parcel back, or let it go; settle this with a note.'),
  (array['ndr-refused', 'edit-refused', 'CALL_THE_CARRIER', 'NDR_CLOSED'],
    'The carrier did not take the decision about the failed delivery. Decide anew, or call the carrier and note what was agreed: either settles this.'),
  (array['NDR_QUEUED'],
    'The carrier has had the decision about the failed delivery for hours and does not say what became of it. Call the carrier and note what was agreed, or decide anew: either settles this, and so does a parcel that goes on.'),
  (array['cancel-refused', 'cancel-unclear', 'BOOKING_OPEN', 'NOT_KNOWN_YET'],
    'The parcel may be on its way. Look it up in the carrier''s panel; ask the carrier to turn it round, then settle this with a note.'),
  (array['payment-mode-refused', 'cod-amount', 'reference-refused', 'product-refused', 'measures-refused', 'hsn-refused',
      'sku-repeated', 'channel-unknown', 'malformed-request', 'empty-shipment-list', 'refused-otherwise', 'no-reason'],
    'The carrier refuses what it was sent. Read the last call, correct the order or the carrier''s settings, then try again.'),
  (array['NOTHING_WAITS', 'pickup-date-refused', 'pickup-time-refused', 'pickup-refused', 'manifest-exists'],
    'The carrier does not come at that time. Ask for the pickup in its panel, then settle this with a note.'),
  (array['label-link', 'label-link-expired', 'label-no-pdf', 'label-not-ready', 'document-link', 'document-link-expired',
      'document-no-pdf', 'manifest-not-ready', 'no-package', 'label-impossible', 'no-routing', 'NOT_MANIFESTED_YET'],
    'The parcel is booked, but its paper could not be fetched. Try again; if it stays away, print it in the carrier''s panel and settle this with a note.'),
  (array['not-in-ndr'], 'There is no failed delivery to act on any more. Look at the parcel''s tracking, then settle this with a note.'),
  (array['unreadable-body', 'null-reference', 'search-too-wide', 'unclassified', 'partially-saved', 'UNREADABLE_ANSWER', 'UNEXPECTED_ANSWER', 'ANSWER_TOO_LARGE'],
    'The service answered in a form that is not known. The last call has the answer: show it to whoever looks after Waybill, and look the reference up in the service''s panel.'),
  (array['TASK_FAILED'],
    'Waybill stumbled over this one. Show it to whoever looks after Waybill; a retry helps after a mend.'),
  (array['CUSTOMER_ERASED'],
    'The customer was erased: there is nobody to send anything to. Settle this with a note.'),
  (array['OUTCOME_UNKNOWN'],
    'Ask the customer whether the message came, or leave it. Settle this with a note, or send it again.'),
  (array['NO_PHONE', '131021', '131026', '131030', '131062', '131063', '137000', '130472', '131050'],
    'WhatsApp cannot reach this phone. Tell the customer in another way and settle this with a note, or correct the phone and try again.'),
  (array['NO_TEMPLATE', 'TEMPLATE_NOT_APPROVED', '100', '131008', '131009', '131047', '131051', '132000', '132001', '132005',
      '132007', '132008', '132012', '132015', '132016', '132068', '132069', '135000', '131064', '134011'],
    'The message''s template is missing, not approved or does not fit. Mend it in WhatsApp Manager, then try again.'),
  (array['131049', '131052', '131053'],
    'WhatsApp did not deliver this message. Tell the customer in another way, or try again tomorrow.')
) a (codes, advice), unnest(a.codes) c (code)
on conflict (code) do update set advice = excluded.advice;
--! EndIncluded effects/data/call_advice.sql
--! Included effects/functions/context.sql
-- What a task must know to make its call, read in the same round trip as the claim.
create or replace function app_hidden.order_context(merchant_id integer, order_id uuid)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select jsonb_build_object(
    'id', o.id, 'number', o.number, 'public_id', o.public_id, 'status', o.status, 'currency', o.currency,
    'payment_mode', o.payment_mode, 'total_minor', o.total_minor, 'cod_amount_minor', o.cod_amount_minor,
    'location_id', o.location_id, 'placed_at', o.placed_at, 'tracking_code', o.tracking_code,
    'tracking_url', o.tracking_url, 'ship_to_version', o.ship_to_version,
    'store', (select s.name from app_public.stores s where s.merchant_id = o.merchant_id and s.id = o.store_id),
    'location', (
      select l.name from app_public.locations l where l.merchant_id = o.merchant_id and l.id = o.location_id
    ),
    'contact', (
      select to_jsonb(c) - array['merchant_id', 'order_id', 'salt', 'digest', 'created_at'] from app_public.order_contacts c
      where c.merchant_id = o.merchant_id and c.order_id = o.id and c.version = o.ship_to_version
    ),
    'items', (
      select jsonb_agg(to_jsonb(i) - array['merchant_id', 'order_id'] order by i.line) from app_public.order_items i
      where i.merchant_id = o.merchant_id and i.order_id = o.id
    )
  )
  from app_public.orders_current o
  where o.merchant_id = order_context.merchant_id and o.id = order_context.order_id
$$;
comment on function app_hidden.order_context(integer, uuid) is 'An order with its contact and items, for a task.';

create or replace function app_hidden.account_context(merchant_id integer, carrier_account_id integer)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select jsonb_build_object('id', a.id, 'service', a.carrier, 'base_url', a.base_url, 'settings', a.settings,
    'reserves_awbs', c.reserves_awbs, 'secret', encode(s.ciphertext, 'base64'))
  from app_public.carrier_accounts a
  join app_public.carriers c on c.carrier = a.carrier
  left join app_private.secrets s
    on s.merchant_id = a.merchant_id and s.service = a.carrier and s.account_id = a.id
  where a.merchant_id = account_context.merchant_id and a.id = account_context.carrier_account_id
$$;
comment on function app_hidden.account_context(integer, integer) is
  'A carrier account with its encrypted credentials, for a task.';

create or replace function app_hidden.location_context(
  merchant_id integer, location_id integer, carrier_account_id integer
)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select to_jsonb(l) - 'merchant_id' || jsonb_build_object('registered_name', coalesce(c.registered_name, l.name))
  from app_public.locations l
  left join app_public.carrier_locations c
    on c.merchant_id = l.merchant_id and c.location_id = l.id
    and c.carrier_account_id = location_context.carrier_account_id
  where l.merchant_id = location_context.merchant_id and l.id = location_context.location_id
$$;
comment on function app_hidden.location_context(integer, integer, integer) is
  'A location as a carrier account knows it, for a task.';

-- One box with what is in it, for its booking, its label and its cancellation.
create or replace function app_hidden.shipment_context(effect app_public.effects)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select jsonb_build_object('order', app_hidden.order_context(s.merchant_id, s.order_id),
    'shipment', to_jsonb(s) - 'merchant_id' || jsonb_build_object(
      'pickup_on', app_hidden.next_pickup_on(s.merchant_id, s.location_id, now()),
      'boxes', (
        select count(*) from app_public.shipments_current b
        where b.merchant_id = s.merchant_id and b.order_id = s.order_id and b.status <> 'cancelled'
      ),
      'lines', (
        select jsonb_agg(jsonb_build_object('sku', i.sku, 'title', i.title, 'quantity', x.quantity,
          'unit_price_minor', i.unit_price_minor, 'hsn_code', i.hsn_code) order by i.line)
        from app_public.shipment_items x
        join app_public.order_items i
          on i.merchant_id = x.merchant_id and i.order_id = x.order_id and i.line = x.line
        where x.merchant_id = s.merchant_id and x.shipment_id = s.id
      )),
    'account', app_hidden.account_context(s.merchant_id, s.carrier_account_id),
    'location', app_hidden.location_context(s.merchant_id, s.location_id, s.carrier_account_id),
    -- A booking whose outcome was never learnt may have made a parcel.
    'leftover', (
      select jsonb_build_object('reference', b.reference, 'memory', b.memory, 'sent', b.sent_at is not null,
        'reserved_number', b.reserved_number)
      from app_public.effects b
      where b.merchant_id = s.merchant_id and b.subject_id = s.id and b.kind = 'book_shipment'
        and b.status in ('dead', 'abandoned') and effect.kind = 'cancel_shipment'
    ))
  from app_public.shipments_current s
  where s.merchant_id = effect.merchant_id and s.id = effect.shipment_id
$$;
comment on function app_hidden.shipment_context(app_public.effects) is
  'A box with its order, contents, account and location, for a task.';

create or replace function app_hidden.ndr_context(effect app_public.effects)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select app_hidden.shipment_context(effect) || jsonb_build_object('ndr', to_jsonb(c) - 'merchant_id')
  from app_public.ndr_cases c
  where c.merchant_id = effect.merchant_id and c.id = effect.subject_id
$$;
comment on function app_hidden.ndr_context(app_public.effects) is
  'A case with its parcel, for the task that tells the carrier.';

-- One visit, or the one parcel of a carrier that collects parcels.
create or replace function app_hidden.pickup_context(effect app_public.effects)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select jsonb_build_object('pickup', to_jsonb(p) - 'merchant_id',
    'account', app_hidden.account_context(p.merchant_id, p.carrier_account_id),
    'location', app_hidden.location_context(p.merchant_id, p.location_id, p.carrier_account_id),
    'merchant', (select m.name from app_public.merchants m where m.id = p.merchant_id),
    'parcels', (
      select jsonb_agg(jsonb_build_object('awb', s.awb, 'ids', s.carrier_ids, 'routing', s.routing,
        'weight_grams', s.weight_grams) order by s.id)
      from app_public.shipments_current s
      join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
      where s.merchant_id = p.merchant_id and s.carrier_pickup_id = p.id and s.status = 'labelled'
        and o.status <> 'cancelled' and effect.subject_id in (p.id, s.id)
    ))
  from app_public.carrier_pickups p
  where p.merchant_id = effect.merchant_id and p.id = app_hidden.pickup_of(effect)
$$;
comment on function app_hidden.pickup_context(app_public.effects) is
  'A carrier pickup with its account, its location and the boxes that wait there, for a task.';

create or replace function app_hidden.effect_context(effect app_public.effects, scope text)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
set plan_cache_mode to force_generic_plan
as $$
  select case
  when scope = 'carrier_pickup' then app_hidden.pickup_context(effect)
  when effect.kind = 'act_on_ndr' then app_hidden.ndr_context(effect)
  when effect.shipment_id is not null then app_hidden.shipment_context(effect)
  when effect.kind like 'message\_%' then jsonb_build_object(
    'order', app_hidden.order_context(effect.merchant_id, effect.order_id),
    'account', (
      select jsonb_build_object('id', a.id, 'service', a.channel, 'base_url', a.base_url,
        'phone_number_id', a.phone_number_id, 'waba_id', a.waba_id, 'api_version', a.api_version,
        'secret', encode(s.ciphertext, 'base64'))
      from app_public.message_accounts a
      left join app_private.secrets s
        on s.merchant_id = a.merchant_id and s.service = a.channel and s.account_id = a.id
      where a.merchant_id = effect.merchant_id and a.channel = 'whatsapp'
    ),
    'template', (
      select to_jsonb(t) - 'merchant_id' from app_public.message_templates t
      where t.merchant_id = effect.merchant_id and t.message_kind = effect.kind and t.language = 'en'
    ))
  else jsonb_build_object('order', app_hidden.order_context(effect.merchant_id, effect.order_id))
    || case when effect.kind = 'assign_order'
      then app_hidden.assignment_context(effect.merchant_id, effect.order_id) else '{}' end
  end
$$;
comment on function app_hidden.effect_context(app_public.effects, text) is
  'Everything a task of this effect needs: order, shipment, account, location, template.';
--! EndIncluded effects/functions/context.sql
--! Included effects/functions/advice.sql
-- What a dead letter tells its human to do.
create or replace function app_hidden.advice_for(policy app_public.effect_kinds, code text, may_have_happened boolean)
returns text
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select coalesce(
    (select a.advice from app_public.call_advice a where a.code = advice_for.code),
    (select a.advice from app_public.call_advice a where a.code = substring(advice_for.code from '^(http-|smtp-)') || '*'),
    'Read the last call to see what was said. Try again when the cause is gone, or settle it with a note what was done by hand.'
  ) || case
    when not may_have_happened then ''
    when policy.after_unknown = 'look_up' then ' It may have happened: a retry looks first.'
    when policy.after_unknown = 'ask' then ' It may have been sent: a retry sends it again.'
    else ' It may have happened: a retry is answered alike.'
  end
$$;
comment on function app_hidden.advice_for(app_public.effect_kinds, text, boolean) is
  'What a human can do about a call that failed with this code.';
--! EndIncluded effects/functions/advice.sql
--! Included carriers/functions/check_connection.sql
-- Is the account alive? A request never waits for a carrier: it leaves a row, the dispatcher adds the job, and
-- the answer is in the row. A second request while one waits is the same one. Security definer, all: members
-- hold no write privilege, waybill_worker reads and writes no table.
create or replace function app_public.check_carrier_connection(carrier_account_id integer)
returns app_public.carrier_connection_checks
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  acting app_public.members := app_hidden.lead_members('{owner,manager}');
  account app_public.carrier_accounts := app_hidden.account_of_mine(check_carrier_connection.carrier_account_id);
  latest app_public.carrier_connection_checks;
begin
  insert into app_public.carrier_connection_checks as k (merchant_id, carrier_account_id, requested_by)
  values (account.merchant_id, account.id, acting.id::text)
  on conflict on constraint carrier_connection_checks_pkey do update
    set id = excluded.id, status = 'waiting', code = null, message = null,
      requested_by = excluded.requested_by, requested_at = excluded.requested_at, finished_at = null,
      sweep_at = excluded.sweep_at
    where k.status = 'done'
  returning k.* into latest;
  if not found then
    select k.* into strict latest from app_public.carrier_connection_checks k
    where k.merchant_id = account.merchant_id and k.carrier_account_id = account.id;
  end if;
  return latest;
end
$$;
comment on function app_public.check_carrier_connection(integer) is
  E'@resultFieldName connectionCheck\nHas a worker sign in at the carrier and ask it something; the answer is in CarrierAccount.connectionCheck, usually within seconds. Owners and managers. Errors: FORBIDDEN, NOT_FOUND, RATE_LIMITED.';
grant execute on function app_public.check_carrier_connection(integer) to waybill_member;

create or replace function app_private.sweep_checks()
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
  swept integer;
begin
  with next as (
    update app_public.carrier_connection_checks k set sweep_at = clock_timestamp() + interval '2 minutes'
    where k.sweep_at <= clock_timestamp()
    returning k.merchant_id, k.carrier_account_id, k.id
  )
  select app_hidden.add_jobs(jsonb_agg(jsonb_build_object('task', 'check_carrier_connection', 'key', n.id,
    'payload', jsonb_build_object('merchantId', n.merchant_id, 'carrierAccountId', n.carrier_account_id, 'checkId', n.id)
  )))
  into swept
  from next n
  having count(*) > 0;
  return coalesce(swept, 0);
end
$$;
comment on function app_private.sweep_checks() is 'Adds a job for each check that waits; returns how many.';

create or replace function app_private.begin_check(merchant_id integer, carrier_account_id integer, check_id uuid)
returns jsonb
language sql stable security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
  select app_hidden.account_context(k.merchant_id, k.carrier_account_id)
  from app_public.carrier_connection_checks k
  where k.merchant_id = begin_check.merchant_id and k.carrier_account_id = begin_check.carrier_account_id
    and k.id = check_id and k.status = 'waiting'
$$;
comment on function app_private.begin_check(integer, integer, uuid) is
  'The account of a check that waits; null when it was answered, or another one was asked for since.';

create or replace function app_private.record_check(
  merchant_id integer, carrier_account_id integer, check_id uuid, code text, message text
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  update app_public.carrier_connection_checks k
  set status = 'done', code = record_check.code, message = record_check.message,
    finished_at = clock_timestamp(), sweep_at = null
  where k.merchant_id = record_check.merchant_id and k.carrier_account_id = record_check.carrier_account_id
    and k.id = check_id and k.status = 'waiting';
  return found;
end
$$;
comment on function app_private.record_check(integer, integer, uuid, text, text) is
  'Records what came of a check; false when another one was asked for since.';

grant execute on function
  app_private.sweep_checks(), app_private.begin_check(integer, integer, uuid),
  app_private.record_check(integer, integer, uuid, text, text)
to waybill_worker;
--! EndIncluded carriers/functions/check_connection.sql
--! Included effects/functions/claim_effect.sql
-- Takes an effect for one worker: a lease that ends by itself and an epoch that fences off whoever held
-- it before. Of any number of claimers one wins. Nothing is given out while the account's circuit is
-- open. Security definer: waybill_worker reads no table.
create or replace function app_private.claim_effect(
  merchant_id integer, subject_id uuid, kind text, worker text
)
returns jsonb
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  policy app_public.effect_kinds;
  effect app_public.effects;
  context jsonb;
  found_sending boolean;
  wait_until timestamptz;
  message_id uuid;
begin
  perform app_hidden.act_for(claim_effect.merchant_id);
  select k.* into strict policy from app_public.effect_kinds k where k.kind = claim_effect.kind;
  update app_public.effects e
  set epoch = e.epoch + 1, attempts = e.attempts + 1, leased_by = worker,
    leased_until = clock_timestamp() + policy.lease_seconds * interval '1 second',
    sweep_at = clock_timestamp() + policy.lease_seconds * interval '1 second'
  where e.merchant_id = claim_effect.merchant_id and e.subject_id = claim_effect.subject_id
    and e.kind = claim_effect.kind and e.status in ('intent', 'sending') and e.due_at <= clock_timestamp()
    and (e.leased_until is null or e.leased_until < clock_timestamp())
  returning e.* into effect;
  if not found then
    return null;
  end if;
  found_sending := effect.status = 'sending';
  context := app_hidden.effect_context(effect, policy.scope);
  if policy.needs_customer and context #>> '{order,contact,erased_at}' is not null then
    perform app_private.fail_effect(effect.merchant_id, effect.subject_id, effect.kind, effect.epoch, 'refused',
      'CUSTOMER_ERASED', 'The customer of this order was erased: there is no name, phone or address any more.');
    return null;
  end if;
  if context #>> '{account,id}' is not null then
    wait_until := app_private.circuit_wait(effect.merchant_id, context #>> '{account,service}',
      (context #>> '{account,id}')::integer);
  end if;
  if wait_until is not null then
    perform app_hidden.release_effect(effect, wait_until);
    return null;
  end if;
  if not found_sending and (context #>> '{account,reserves_awbs}')::boolean and effect.kind = 'book_shipment' then
    effect := app_hidden.take_awb(effect, (context #>> '{account,id}')::integer);
    if effect.reserved_number is null
      and not app_hidden.may_refill(effect, (context #>> '{account,id}')::integer) then
      perform app_hidden.release_effect(effect, clock_timestamp() + interval '1 second');
      return null;
    end if;
  elsif not found_sending and policy.after_unknown = 'ask' then
    effect := app_hidden.begin_sending(effect, null);
    -- The usual message needs nothing more to be known before it goes out.
    if context #>> '{template,status}' = 'APPROVED' and context #>> '{account,id}' is not null
      and context #>> '{order,contact,phone_e164}' is not null then
      message_id := app_private.open_message(effect.merchant_id, effect.subject_id, effect.kind, effect.epoch,
        context #>> '{template,name}', context #>> '{template,language}');
    end if;
  end if;
  return jsonb_build_object(
    'effect', to_jsonb(effect)
      || jsonb_build_object('found_sending', found_sending, 'message_id', message_id),
    'policy', to_jsonb(policy), 'context', context
  );
end
$$;
comment on function app_private.claim_effect(integer, uuid, text, text) is
  'Claims an effect and returns it with its policy and context; null when it is done, taken, not due, its circuit is open, numbers are being fetched or its customer is erased.';

-- Gives a claim back unused: the attempt does not count.
create or replace function app_hidden.release_effect(effect app_public.effects, until timestamptz)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  update app_public.effects e
  set attempts = e.attempts - 1, leased_by = null, leased_until = null, due_at = until, sweep_at = until
  where e.merchant_id = effect.merchant_id and e.subject_id = effect.subject_id
    and e.kind = effect.kind and e.epoch = effect.epoch
$$;
comment on function app_hidden.release_effect(app_public.effects, timestamptz) is
  'Gives a claim back unused, to be due at a later time.';

-- From here on the outcome is unknown until it is recorded; committed before the call goes out.
create or replace function app_hidden.begin_sending(effect app_public.effects, number text)
returns app_public.effects
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  update app_public.effects e
  set status = 'sending', sent_at = clock_timestamp(), reserved_number = coalesce(e.reserved_number, number)
  where e.merchant_id = effect.merchant_id and e.subject_id = effect.subject_id
    and e.kind = effect.kind and e.epoch = effect.epoch
  returning e.*
$$;
comment on function app_hidden.begin_sending(app_public.effects, text) is
  'Marks an effect as sending, with the number reserved for it.';

-- Two takers never get the same number: the row is deleted, and skip locked passes over the other's.
create or replace function app_hidden.take_awb(effect app_public.effects, carrier_account_id integer)
returns app_public.effects
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  number text := effect.reserved_number;
begin
  if number is null then
    delete from app_private.awb_pool p
    where p.merchant_id = effect.merchant_id and p.carrier_account_id = take_awb.carrier_account_id
      and p.awb = (
        select q.awb from app_private.awb_pool q
        where q.merchant_id = effect.merchant_id and q.carrier_account_id = take_awb.carrier_account_id
        order by q.reserved_at, q.awb
        limit 1
        for update skip locked
      )
    returning p.awb into number;
  end if;
  if number is null then
    return effect;
  end if;
  return app_hidden.begin_sending(effect, number);
end
$$;
comment on function app_hidden.take_awb(app_public.effects, integer) is
  'Marks a booking as sending with a number from the pool; unchanged when the pool is empty.';

-- Of many that find the pool empty one fetches; the others look again a second later. Whoever has a number
-- by now, or is no longer wanted, holds nobody up.
create or replace function app_hidden.may_refill(effect app_public.effects, carrier_account_id integer)
returns boolean
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  with leased as (
    insert into app_private.awb_refills as r (merchant_id, carrier_account_id, shipment_id, leased_until)
    values (effect.merchant_id, may_refill.carrier_account_id, effect.subject_id, effect.leased_until)
    on conflict on constraint awb_refills_pkey do update
      set shipment_id = excluded.shipment_id, leased_until = excluded.leased_until
      where r.leased_until < clock_timestamp() or r.shipment_id = excluded.shipment_id or not exists (
        select from app_public.effects e
        where e.merchant_id = r.merchant_id and e.subject_id = r.shipment_id and e.kind = 'book_shipment'
          and e.status = 'intent' and e.reserved_number is null)
    returning 1
  )
  select exists (select from leased)
$$;
comment on function app_hidden.may_refill(app_public.effects, integer) is
  'Makes a booking the one that fetches numbers; false while another one does.';

create or replace function app_private.refill_awb_pool(
  merchant_id integer, subject_id uuid, epoch integer, carrier_account_id integer, awbs text[]
)
returns text
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
begin
  perform app_hidden.act_for(refill_awb_pool.merchant_id);
  insert into app_private.awb_pool (merchant_id, carrier_account_id, awb)
  select refill_awb_pool.merchant_id, refill_awb_pool.carrier_account_id, n.awb from unnest(awbs) n (awb)
  on conflict do nothing;
  select e.* into effect from app_public.effects e
  where e.merchant_id = refill_awb_pool.merchant_id and e.subject_id = refill_awb_pool.subject_id
    and e.kind = 'book_shipment' and e.epoch = refill_awb_pool.epoch and e.status = 'intent'
  for update;
  if not found then
    return null;
  end if;
  effect := app_hidden.take_awb(effect, refill_awb_pool.carrier_account_id);
  return effect.reserved_number;
end
$$;
comment on function app_private.refill_awb_pool(integer, uuid, integer, integer, text[]) is
  'Stores reserved numbers and marks the booking as sending with one of them; null when fenced off.';

-- Committed before the call that follows: from here on something may have been sent, and the next attempt
-- knows what it has to know. The lease starts anew, because a booking may take several calls.
create or replace function app_private.remember_booking(
  merchant_id integer, shipment_id uuid, epoch integer, memory jsonb
)
returns boolean
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  with kept as (
    update app_public.effects e
    set status = 'sending', sent_at = clock_timestamp(), memory = remember_booking.memory,
      leased_until = clock_timestamp() + k.lease_seconds * interval '1 second',
      sweep_at = clock_timestamp() + k.lease_seconds * interval '1 second'
    from app_public.effect_kinds k
    where e.merchant_id = remember_booking.merchant_id and e.subject_id = remember_booking.shipment_id
      and e.kind = 'book_shipment' and e.epoch = remember_booking.epoch and e.status in ('intent', 'sending')
      and k.kind = e.kind
    returning 1
  )
  select exists (select from kept)
$$;
comment on function app_private.remember_booking(integer, uuid, integer, jsonb) is
  'Marks a booking as sending, with what the next attempt has to know; false when fenced off.';

grant execute on function
  app_private.claim_effect(integer, uuid, text, text),
  app_private.refill_awb_pool(integer, uuid, integer, integer, text[]),
  app_private.remember_booking(integer, uuid, integer, jsonb)
to waybill_worker;
--! EndIncluded effects/functions/claim_effect.sql
--! Included effects/functions/fail_effect.sql
-- What happens after a call that did not succeed is decided here, for every kind of call alike. Known
-- not to have happened: back to intent. Unknown: it stays sending, to be looked up. Refused, or out of
-- attempts: a dead letter, and the order asks for a human. Security definer: waybill_worker reads no table.
create or replace function app_private.fail_effect(
  merchant_id integer, subject_id uuid, kind text, epoch integer,
  outcome text, code text, message text, retry_after_ms integer default null, due_in_ms integer default null
)
returns text
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
  policy app_public.effect_kinds;
  may_have_happened boolean := outcome = 'unknown';
  due timestamptz;
begin
  perform app_hidden.act_for(fail_effect.merchant_id);
  effect := app_hidden.lock_claim(fail_effect.merchant_id, fail_effect.subject_id, fail_effect.kind,
    fail_effect.epoch);
  if effect.subject_id is null then
    return 'fenced';
  end if;
  message := app_hidden.redacted(message, effect.merchant_id, effect.order_id);
  select k.* into strict policy from app_public.effect_kinds k where k.kind = fail_effect.kind;
  if outcome <> 'unknown' and app_hidden.is_called_off(effect) then
    update app_public.effects e
    set status = 'abandoned', leased_by = null, leased_until = null, sweep_at = null
    where e.merchant_id = effect.merchant_id and e.subject_id = effect.subject_id and e.kind = effect.kind;
    perform app_hidden.let_scans_lead(effect);
    return 'abandoned';
  end if;
  if outcome = 'unknown' and policy.after_unknown = 'ask' and effect.sent_at is not null
    and clock_timestamp() >= effect.sent_at + policy.settle_seconds * interval '1 second' then
    outcome := 'refused';
  elsif due_in_ms is not null
    and clock_timestamp() >= effect.sent_at + policy.patience_seconds * interval '1 second' then
    outcome := 'refused';
    may_have_happened := true;
  end if;
  if outcome = 'refused' or (due_in_ms is null and effect.attempts >= policy.max_attempts) then
    perform app_hidden.bury_effect(effect, code, message, may_have_happened);
    return 'dead';
  end if;
  due := clock_timestamp() + interval '1 millisecond' * case
    when due_in_ms is not null then due_in_ms
    when outcome = 'unknown' and policy.after_unknown = 'ask' then policy.settle_seconds * 1000
    else app_hidden.backoff_ms(policy, effect.attempts, retry_after_ms)
  end;
  update app_public.effects e
  set status = case when outcome = 'unknown' then 'sending' else 'intent' end,
    -- Waiting for something is no attempt.
    attempts = e.attempts - case when due_in_ms is null then 0 else 1 end,
    leased_by = null, leased_until = null, due_at = due, sweep_at = due,
    error_code = code, error_message = message
  where e.merchant_id = effect.merchant_id and e.subject_id = effect.subject_id and e.kind = effect.kind;
  -- Who was to fetch numbers for all and failed is asked again first, when the carrier allows it.
  update app_private.awb_refills r set leased_until = due
  where r.merchant_id = effect.merchant_id and r.shipment_id = effect.subject_id and effect.kind = 'book_shipment';
  return 'retry';
end
$$;
comment on function app_private.fail_effect(integer, uuid, text, integer, text, text, text, integer, integer) is
  'Records a failed attempt and decides what comes next: retry, dead, abandoned, or fenced when the claim was lost.';

-- Its order was cancelled, its box is called off, or the case of its parcel was closed while the call was
-- under way, and the call is known not to have happened.
create or replace function app_hidden.is_called_off(effect app_public.effects)
returns boolean
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select case
  when effect.kind in ('validate_order', 'assign_order', 'book_shipment', 'fetch_label') then exists (
    select from app_public.orders_current o
    where o.merchant_id = effect.merchant_id and o.id = effect.order_id and o.status = 'cancelled'
  ) or exists (
    select from app_public.effects c
    where c.merchant_id = effect.merchant_id and c.subject_id = effect.shipment_id
      and c.kind = 'cancel_shipment' and c.status in ('intent', 'sending')
  )
  when effect.kind = 'act_on_ndr' then exists (
    select from app_public.ndr_cases c
    where c.merchant_id = effect.merchant_id and c.id = effect.subject_id and c.status <> 'acted'
  )
  when effect.kind = 'request_carrier_pickup' then not app_hidden.waits_for_pickup(effect)
  else false end
$$;
comment on function app_hidden.is_called_off(app_public.effects) is
  'Whether nobody wants this effect any more.';

-- No label will come any more, or the carrier does not call the box off: what it scanned meanwhile is true.
-- From then on the transaction acts for the carrier.
create or replace function app_hidden.let_scans_lead(effect app_public.effects)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  if effect.kind in ('fetch_label', 'cancel_shipment') then
    perform app_hidden.catch_up_scans(effect.merchant_id, effect.order_id, effect.subject_id);
  end if;
end
$$;
comment on function app_hidden.let_scans_lead(app_public.effects) is
  'Lets the scans that were only noted move a box whose label, or whose cancellation, has failed.';

-- Exponential, with jitter over the upper half, never sooner than the service asked.
create or replace function app_hidden.backoff_ms(
  policy app_public.effect_kinds, attempts integer, retry_after_ms integer
)
returns integer
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  select greatest(
    coalesce(retry_after_ms, 0),
    (least(policy.backoff_cap_ms, policy.backoff_base_ms * 2 ^ least(attempts - 1, 20))
      * (0.5 + random() / 2))::integer
  )
$$;
comment on function app_hidden.backoff_ms(app_public.effect_kinds, integer, integer) is
  'Milliseconds until the next attempt.';

-- Matched by its code, because effects of one box share a reference: not every end comes from a call.
create or replace function app_hidden.last_call(effect app_public.effects, code text)
returns app_public.carrier_calls
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select c.* from app_public.carrier_calls c
  where c.merchant_id = effect.merchant_id and c.reference = effect.reference and c.code = last_call.code
  order by c.id desc
  limit 1
$$;
comment on function app_hidden.last_call(app_public.effects, text) is
  'The latest logged call of an effect that ended with this code; a null row when there is none.';

create or replace function app_hidden.bury_effect(
  effect app_public.effects, code text, message text, may_have_happened boolean
)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  call app_public.carrier_calls := app_hidden.last_call(effect, bury_effect.code);
  policy app_public.effect_kinds;
  box app_public.shipments_current;
begin
  select k.* into strict policy from app_public.effect_kinds k where k.kind = effect.kind;
  select s.* into box from app_public.shipments_current s
  where s.merchant_id = effect.merchant_id and s.id = effect.shipment_id;
  update app_public.effects e
  set status = 'dead', leased_by = null, leased_until = null, sweep_at = null,
    error_code = bury_effect.code, error_message = bury_effect.message
  where e.merchant_id = effect.merchant_id and e.subject_id = effect.subject_id and e.kind = effect.kind;
  insert into app_public.dead_letters (
    merchant_id, subject_id, effect_kind, order_id, service, carrier_account_id, reference, operation,
    last_call_id, error_code, error_message, may_have_happened, advice, attempts
  ) values (
    effect.merchant_id, effect.subject_id, effect.kind, effect.order_id,
    coalesce(call.service, policy.service, box.carrier),
    case when policy.service is null then coalesce(call.account_id, box.carrier_account_id) end,
    effect.reference, call.operation, call.id, code, message, may_have_happened,
    app_hidden.advice_for(policy, code, may_have_happened), effect.attempts
  );
  if effect.kind = 'request_carrier_pickup' then
    update app_public.carrier_pickups p set status = 'refused'
    where p.merchant_id = effect.merchant_id and p.id = app_hidden.pickup_of(effect) and p.status = 'planned';
  end if;
  insert into app_public.order_events (order_id, shipment_id, type, reason, inputs)
  values (effect.order_id, null, 'attention_raised', message, jsonb_build_object(
    'code', code, 'effect_kind', effect.kind, 'subject_id', effect.subject_id, 'attempts', effect.attempts
  ));
  if effect.kind = 'act_on_ndr' then
    perform app_hidden.reopen_ndr_case(effect);
  end if;
  perform app_hidden.let_scans_lead(effect);
end
$$;
comment on function app_hidden.bury_effect(app_public.effects, text, text, boolean) is
  'Makes an effect a dead letter, with its last call and what a human can do, and raises attention on its order.';

grant execute on function
  app_private.fail_effect(integer, uuid, text, integer, text, text, text, integer, integer)
to waybill_worker;
--! EndIncluded effects/functions/fail_effect.sql
--! Included effects/functions/confirm_effect.sql
-- The fence. Locks the order before the effect, in the same order as every event does, so that a
-- cancellation and a confirmation never deadlock; answers a null row when the claim was lost.
create or replace function app_hidden.lock_claim(
  merchant_id integer, subject_id uuid, kind text, epoch integer
)
returns app_public.effects
language plpgsql volatile
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
begin
  perform from app_public.effects e
  join app_public.orders_current o on o.merchant_id = e.merchant_id and o.id = e.order_id
  where e.merchant_id = lock_claim.merchant_id and e.subject_id = lock_claim.subject_id
    and e.kind = lock_claim.kind
  for no key update of o;
  select e.* into effect from app_public.effects e
  where e.merchant_id = lock_claim.merchant_id and e.subject_id = lock_claim.subject_id
    and e.kind = lock_claim.kind and e.epoch = lock_claim.epoch and e.status in ('intent', 'sending')
  for no key update;
  return effect;
end
$$;
comment on function app_hidden.lock_claim(integer, uuid, text, integer) is
  'Locks order and effect if the claim still holds; a null row if it was lost.';

create or replace function app_hidden.confirm_effect(
  merchant_id integer, subject_id uuid, kind text, epoch integer
)
returns app_public.effects
language plpgsql volatile
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
begin
  effect := app_hidden.lock_claim(confirm_effect.merchant_id, confirm_effect.subject_id,
    confirm_effect.kind, confirm_effect.epoch);
  if effect.subject_id is not null then
    update app_public.effects e
    set status = 'confirmed', confirmed_at = clock_timestamp(), leased_by = null, leased_until = null,
      sweep_at = null
    where e.merchant_id = effect.merchant_id and e.subject_id = effect.subject_id and e.kind = effect.kind;
  end if;
  return effect;
end
$$;
comment on function app_hidden.confirm_effect(integer, uuid, text, integer) is
  'Confirms a claimed effect; a null row when the claim was lost: then nothing may be recorded.';
--! EndIncluded effects/functions/confirm_effect.sql
--! Included effects/functions/record_validation.sql
-- Security definer, like all record functions: waybill_worker reads and writes no table.
create or replace function app_private.record_validation(
  merchant_id integer, order_id uuid, epoch integer, contact jsonb, warnings jsonb, problems jsonb
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
  current_order app_public.orders_current;
  version integer;
begin
  perform app_hidden.act_for(record_validation.merchant_id);
  effect := app_hidden.confirm_effect(record_validation.merchant_id, record_validation.order_id,
    'validate_order', record_validation.epoch);
  if effect.subject_id is null then
    return false;
  end if;
  select o.* into strict current_order from app_public.orders_current o
  where o.merchant_id = effect.merchant_id and o.id = effect.order_id;
  if current_order.status <> 'received' then
    return true;
  end if;
  if jsonb_array_length(problems) > 0 then
    insert into app_public.order_events (order_id, type, reason, inputs)
    values (effect.order_id, 'attention_raised', problems #>> '{0,reason}', jsonb_build_object(
      'code', 'SHIP_TO_' || upper(problems #>> '{0,code}'), 'problems', problems, 'warnings', warnings
    ));
    return true;
  end if;
  version := app_hidden.add_contact(effect.merchant_id, effect.order_id, contact);
  insert into app_public.order_events (order_id, from_status, to_status, inputs)
  values (effect.order_id, 'received', 'validated', jsonb_build_object('warnings', warnings)
    || app_hidden.contact_named(effect.merchant_id, effect.order_id, version));
  return true;
end
$$;
comment on function app_private.record_validation(integer, uuid, integer, jsonb, jsonb, jsonb) is
  'Records what validation found: the order moves to validated with a clean contact, or asks for a human.';

grant execute on function app_private.record_validation(integer, uuid, integer, jsonb, jsonb, jsonb)
  to waybill_worker;
--! EndIncluded effects/functions/record_validation.sql
--! Included effects/functions/record_message.sql
-- The message row is made before the call, because its id is what the service's reports will carry.
create or replace function app_private.open_message(
  merchant_id integer, order_id uuid, kind text, epoch integer, template text, language text
)
returns uuid
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  message_id uuid;
begin
  insert into app_public.messages as m (merchant_id, order_id, kind, template, language)
  select e.merchant_id, e.order_id, e.kind, open_message.template, open_message.language
  from app_public.effects e
  where e.merchant_id = open_message.merchant_id and e.subject_id = open_message.order_id
    and e.kind = open_message.kind and e.epoch = open_message.epoch and e.status = 'sending'
  on conflict on constraint messages_once_a_kind
    do update set template = excluded.template, language = excluded.language
  returning m.id into message_id;
  return message_id;
end
$$;
comment on function app_private.open_message(integer, uuid, text, integer, text, text) is
  'The id under which a message is sent; null when the claim was lost.';

create or replace function app_private.record_message(
  merchant_id integer, order_id uuid, kind text, epoch integer, message_id uuid, provider_message_id text
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
begin
  perform app_hidden.act_for(record_message.merchant_id);
  effect := app_hidden.confirm_effect(record_message.merchant_id, record_message.order_id,
    record_message.kind, record_message.epoch);
  if effect.subject_id is null then
    return false;
  end if;
  update app_public.messages m
  set status = case when m.status = 'sending' then 'sent' else m.status end,
    provider_message_id = case when not app_hidden.is_erased(m.merchant_id, m.order_id)
      then record_message.provider_message_id end, sent_at = coalesce(m.sent_at, clock_timestamp())
  where m.merchant_id = effect.merchant_id and m.id = record_message.message_id;
  insert into app_public.order_events (order_id, type, inputs)
  values (effect.order_id, 'message_sent', jsonb_build_object(
    'kind', effect.kind, 'message_id', record_message.message_id
  ));
  return true;
end
$$;
comment on function app_private.record_message(integer, uuid, text, integer, uuid, text) is
  'Records that the service accepted a message; false when the claim was lost.';

-- Mostly our own record came first and there is nothing to learn; then the order is not locked either.
create or replace function app_hidden.learn_message_sent(message app_public.messages)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
  effect app_public.effects;
begin
  perform from app_public.effects e
  where e.merchant_id = message.merchant_id and e.subject_id = message.order_id and e.kind = message.kind
    and e.status in ('intent', 'sending', 'dead') and e.sent_at is not null;
  if not found then
    return;
  end if;
  -- Order before effect, as everywhere.
  perform from app_public.orders_current o
  where o.merchant_id = message.merchant_id and o.id = message.order_id
  for no key update;
  update app_public.effects e
  set status = 'confirmed', confirmed_at = clock_timestamp(), leased_by = null, leased_until = null,
    sweep_at = null
  where e.merchant_id = message.merchant_id and e.subject_id = message.order_id and e.kind = message.kind
    and e.status in ('intent', 'sending', 'dead') and e.sent_at is not null
  returning e.* into effect;
  if found then
    perform app_hidden.answer_letters(effect, 'The service reported that it was sent.');
    insert into app_public.order_events (order_id, type, inputs)
    values (message.order_id, 'message_sent', jsonb_build_object(
      'kind', message.kind, 'message_id', message.id, 'learnt_from', 'status report'
    ));
  end if;
end
$$;
comment on function app_hidden.learn_message_sent(app_public.messages) is
  'Settles a send whose outcome was unknown, as its report says that it went out.';

-- The service's own report. It carries our key, so it also settles a send whose outcome was unknown, and the
-- dead letter that waits for somebody to decide whether to send it again.
-- Reports come twice and out of order: a message's status only ever goes forward.
create or replace function app_private.record_message_status(
  merchant_id integer, message_id uuid, provider_message_id text, status text, at timestamptz, error_code text
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  message app_public.messages;
  ranks constant text[] := array['sending', 'sent', 'failed', 'delivered', 'read'];
begin
  perform app_hidden.act_for(record_message_status.merchant_id);
  select m.* into message from app_public.messages m
  where m.merchant_id = record_message_status.merchant_id and m.id = record_message_status.message_id;
  if not found then
    return false;
  end if;
  if record_message_status.status <> 'failed' then
    perform app_hidden.learn_message_sent(message);
  else
    -- Order before message, as everywhere: the event below locks it.
    perform from app_public.orders_current o
    where o.merchant_id = message.merchant_id and o.id = message.order_id
    for no key update;
  end if;
  update app_public.messages m
  set status = record_message_status.status,
    provider_message_id = case when not app_hidden.is_erased(m.merchant_id, m.order_id)
      then coalesce(m.provider_message_id, record_message_status.provider_message_id) end,
    sent_at = coalesce(m.sent_at, record_message_status.at),
    delivered_at = case when record_message_status.status in ('delivered', 'read')
      then coalesce(m.delivered_at, record_message_status.at) else m.delivered_at end,
    read_at = case when record_message_status.status = 'read'
      then coalesce(m.read_at, record_message_status.at) else m.read_at end,
    error_code = coalesce(record_message_status.error_code, m.error_code)
  where m.merchant_id = message.merchant_id and m.id = message.id
    and array_position(ranks, m.status) < array_position(ranks, record_message_status.status);
  if found and record_message_status.status = 'failed' then
    insert into app_public.order_events (order_id, type, reason, inputs)
    values (message.order_id, 'attention_raised', 'WhatsApp could not deliver the message.',
      jsonb_build_object('code', 'MESSAGE_FAILED', 'kind', message.kind, 'error_code', error_code));
  end if;
  return true;
end
$$;
comment on function app_private.record_message_status(integer, uuid, text, text, timestamptz, text) is
  'Records a report of the messaging service; false when there is no such message.';

-- Reports of several orders: in the order of the orders, so that two such never wait for each other.
create or replace function app_private.record_message_statuses(merchant_id integer, reports jsonb)
returns void
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  report record;
begin
  for report in
    select r.* from rows from (jsonb_to_recordset(reports) as (
      message_id uuid, provider_message_id text, status text, at timestamptz, error_code text
    )) with ordinality r (message_id, provider_message_id, status, at, error_code, place)
    cross join lateral (
      select m.order_id from app_public.messages m
      where m.merchant_id = record_message_statuses.merchant_id and m.id = r.message_id
      limit 1
    ) m
    order by m.order_id, r.place
  loop
    perform app_private.record_message_status(record_message_statuses.merchant_id, report.message_id,
      report.provider_message_id, report.status, report.at, report.error_code);
  end loop;
end
$$;
comment on function app_private.record_message_statuses(integer, jsonb) is
  'Records reports of the messaging service; those of unknown messages are passed over.';

grant execute on function
  app_private.open_message(integer, uuid, text, integer, text, text),
  app_private.record_message(integer, uuid, text, integer, uuid, text),
  app_private.record_message_status(integer, uuid, text, text, timestamptz, text),
  app_private.record_message_statuses(integer, jsonb)
to waybill_worker;
--! EndIncluded effects/functions/record_message.sql
--! Included effects/functions/record_carrier_pickup.sql
-- Security definer: waybill_worker writes no table.
create or replace function app_private.record_carrier_pickup(
  merchant_id integer, subject_id uuid, epoch integer, carrier_reference text
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
  pickup_id uuid;
begin
  perform app_hidden.act_for(record_carrier_pickup.merchant_id);
  effect := app_hidden.confirm_effect(record_carrier_pickup.merchant_id, record_carrier_pickup.subject_id,
    'request_carrier_pickup', record_carrier_pickup.epoch);
  if effect.subject_id is null then
    return false;
  end if;
  pickup_id := app_hidden.pickup_of(effect);
  update app_public.carrier_pickups p
  set carrier_reference = coalesce(record_carrier_pickup.carrier_reference, p.carrier_reference),
    status = 'requested', requested_at = coalesce(p.requested_at, clock_timestamp())
  where p.merchant_id = effect.merchant_id and p.id = pickup_id;
  insert into app_public.order_events (order_id, shipment_id, type, inputs)
  values (effect.order_id, effect.shipment_id, 'carrier_pickup_requested', jsonb_build_object(
    'carrier_pickup_id', pickup_id, 'carrier_reference', record_carrier_pickup.carrier_reference
  ));
  return true;
end
$$;
comment on function app_private.record_carrier_pickup(integer, uuid, integer, text) is
  'Records the carrier''s answer to a pickup request; false when the claim was lost.';

grant execute on function app_private.record_carrier_pickup(integer, uuid, integer, text) to waybill_worker;
--! EndIncluded effects/functions/record_carrier_pickup.sql
--! Included effects/functions/sweep.sql
-- Finds every effect that is due and that nobody works on: retries, and whatever a crash left behind.
-- Runs in the dispatcher every second. The keyed job is debounced, so a backlog grows no duplicates.
-- Security definer: waybill_worker reads no table.
create or replace function app_private.sweep_effects(batch integer default 500)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
  swept integer;
begin
  with due as (
    select e.merchant_id, e.subject_id, e.kind from app_public.effects e
    where e.sweep_at <= clock_timestamp()
    order by e.sweep_at
    limit batch
    for no key update skip locked
  ), next as (
    update app_public.effects e set sweep_at = clock_timestamp() + interval '1 minute'
    from due
    where e.merchant_id = due.merchant_id and e.subject_id = due.subject_id and e.kind = due.kind
    returning e.merchant_id, e.subject_id, e.kind
  )
  select app_hidden.add_jobs(jsonb_agg(app_hidden.effect_job(
    k.task, n.merchant_id, n.subject_id, n.kind, concat_ws(':', n.merchant_id, n.subject_id, n.kind)
  )))
  into swept
  from next n
  join app_public.effect_kinds k on k.kind = n.kind
  having count(*) > 0;
  return coalesce(swept, 0);
end
$$;
comment on function app_private.sweep_effects(integer) is 'Adds a job for each effect that is due; returns how many.';

-- The supervisor knows that a worker is dead: what it held is free at once, without waiting for the
-- lease. The epoch keeps even a worker that was thought dead from recording anything.
create or replace function app_private.release_worker(worker text)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
  released integer;
begin
  update app_public.effects e
  set leased_by = null, leased_until = null, sweep_at = clock_timestamp()
  where e.leased_by = worker and e.status in ('intent', 'sending');
  get diagnostics released = row_count;
  perform graphile_worker.force_unlock_workers(array[worker]);
  delete from app_private.worker_pools w where w.pool_id = worker;
  return released;
end
$$;
comment on function app_private.release_worker(text) is
  'Frees the jobs and effects of a dead worker; returns how many effects.';

grant execute on function app_private.sweep_effects(integer), app_private.release_worker(text) to waybill_worker;
--! EndIncluded effects/functions/sweep.sql
--! Included effects/functions/dead_letters.sql
-- What a human can do with a dead letter. The order is locked first, as everywhere: two that settle its last
-- letters at once see one another, and so do a retry and the cancellation of the order. Security definer:
-- members hold no write privilege.
create or replace function app_hidden.close_dead_letter(
  id uuid, resolution text, function_name text, idempotency_key text
)
returns app_public.dead_letters
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  mine integer := coalesce(app_hidden.current_merchant_id(), (
    select d.merchant_id from app_public.dead_letters d where d.id = close_dead_letter.id
  ));
  letter app_public.dead_letters;
  stored jsonb;
begin
  if app_hidden.current_actor_role() not in ('owner', 'manager', 'dba') then
    perform app_hidden.refuse('WB003', 'Only an owner or a manager may settle a dead letter.',
      '{"roles": ["owner", "manager"]}');
  end if;
  if mine is not null then
    stored := app_hidden.recall_result(idempotency_key, function_name, jsonb_build_array(id, resolution), mine);
  end if;
  if stored is not null then
    return jsonb_populate_record(null::app_public.dead_letters, stored);
  end if;
  if app_hidden.trimmed(resolution) = '' then
    perform app_hidden.refuse('WB004', 'A note is required.', jsonb_build_object('field', 'note'));
  end if;
  perform from app_public.dead_letters d
  join app_public.orders_current o on o.merchant_id = d.merchant_id and o.id = d.order_id
  where d.merchant_id = mine and d.id = close_dead_letter.id
  for no key update of o;
  update app_public.dead_letters d
  set resolved_at = clock_timestamp(),
    resolution = app_hidden.redacted(app_hidden.trimmed(close_dead_letter.resolution), d.merchant_id, d.order_id),
    resolved_by = coalesce(nullif(current_setting('jwt.claims.member_id', true), ''), session_user)
  where d.merchant_id = mine and d.id = close_dead_letter.id and d.resolved_at is null
  returning d.* into letter;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such open dead letter.',
      jsonb_build_object('field', 'id'));
  end if;
  perform app_hidden.clear_letters_attention(letter);
  if function_name = 'retry_dead_letter' then
    perform app_hidden.revive_effect(letter);
  end if;
  perform app_hidden.store_result(idempotency_key, to_jsonb(letter), mine);
  return letter;
end
$$;
comment on function app_hidden.close_dead_letter(uuid, text, text, text) is
  'Settles an open dead letter, for a retry with its effect made due again, and clears its attention; a repeat is given the stored result.';

-- Other reasons for attention are none of a dead letter's business.
create or replace function app_hidden.clear_letters_attention(letter app_public.dead_letters)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  insert into app_public.order_events (order_id, type, reason)
  select o.id, 'attention_cleared', letter.resolution
  from app_public.orders_current o
  where o.merchant_id = letter.merchant_id and o.id = letter.order_id
    and exists (
      select from app_public.dead_letters d
      where d.merchant_id = o.merchant_id and d.order_id = o.id and d.error_code = o.attention
    )
    and not exists (
      select from app_public.dead_letters d
      where d.merchant_id = o.merchant_id and d.order_id = o.id and d.resolved_at is null
    )
$$;
comment on function app_hidden.clear_letters_attention(app_public.dead_letters) is
  'Clears the attention that dead letters raised on an order, once its last is settled.';

-- What may have happened already is looked up before it is sent again, where the service can be asked. Where it
-- cannot, the human who retries has decided that it is sent again.
create or replace function app_hidden.revive_effect(letter app_public.dead_letters)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  update app_public.effects e
  set status = case when e.sent_at is not null and k.after_unknown = 'look_up' then 'sending' else 'intent' end,
    attempts = 0, due_at = clock_timestamp(), sweep_at = clock_timestamp()
  from app_public.effect_kinds k
  where e.merchant_id = letter.merchant_id and e.subject_id = letter.subject_id
    and e.kind = letter.effect_kind and e.status = 'dead' and k.kind = e.kind;
  if not found then
    perform app_hidden.refuse('WB001', 'Nobody wants this any more: there is nothing to try again. Settle it with a note.',
      jsonb_build_object('orderId', letter.order_id));
  end if;
end
$$;
comment on function app_hidden.revive_effect(app_public.dead_letters) is
  'Makes the effect of a dead letter due again, from its first attempt. Errors: INVALID_TRANSITION when it was abandoned.';

-- The service's own report says what nobody knew: it was done. Nobody may be asked to send it again.
create or replace function app_hidden.answer_letters(effect app_public.effects, note text)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  letter app_public.dead_letters;
begin
  update app_public.dead_letters d
  set resolved_at = clock_timestamp(), resolved_by = session_user, resolution = note
  where d.merchant_id = effect.merchant_id and d.subject_id = effect.subject_id
    and d.effect_kind = effect.kind and d.resolved_at is null
  returning d.* into letter;
  if found then
    perform app_hidden.clear_letters_attention(letter);
  end if;
end
$$;
comment on function app_hidden.answer_letters(app_public.effects, text) is
  'Settles the open dead letter of an effect that turned out to be done.';

create or replace function app_public.retry_dead_letter(id uuid, idempotency_key text default null)
returns app_public.dead_letters
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  select * from app_hidden.close_dead_letter(retry_dead_letter.id, 'retried', 'retry_dead_letter',
    retry_dead_letter.idempotency_key)
$$;
comment on function app_public.retry_dead_letter(uuid, text) is
  E'@resultFieldName deadLetter\nTries the call of a dead letter again, from its first attempt; what may have happened is looked up first, where the service can be asked. Errors: FORBIDDEN, INVALID_TRANSITION (its order was cancelled), NOT_FOUND, IDEMPOTENCY_MISMATCH.';

create or replace function app_public.resolve_dead_letter(id uuid, note text, idempotency_key text default null)
returns app_public.dead_letters
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  select * from app_hidden.close_dead_letter(resolve_dead_letter.id, resolve_dead_letter.note,
    'resolve_dead_letter', resolve_dead_letter.idempotency_key)
$$;
comment on function app_public.resolve_dead_letter(uuid, text, text) is
  E'@resultFieldName deadLetter\nSettles a dead letter by hand, with a note what was done. Errors: FORBIDDEN, INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_MISMATCH.';

grant execute on function app_hidden.close_dead_letter(uuid, text, text, text),
  app_public.retry_dead_letter(uuid, text), app_public.resolve_dead_letter(uuid, text, text)
to waybill_member;

-- What a human did elsewhere settles the letters about it. Called with the order locked.
create or replace function app_hidden.settle_letters(
  merchant_id integer, order_id uuid, subject_id uuid, resolution text, effect_kind text default null
)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  letter app_public.dead_letters;
begin
  for letter in
    update app_public.dead_letters d
    set resolved_at = clock_timestamp(), resolution = settle_letters.resolution,
      resolved_by = app_hidden.current_actor_id()
    where d.merchant_id = settle_letters.merchant_id and d.subject_id = settle_letters.subject_id
      and d.order_id = settle_letters.order_id
      and d.effect_kind = coalesce(settle_letters.effect_kind, d.effect_kind) and d.resolved_at is null
    returning d.*
  loop
    perform app_hidden.clear_letters_attention(letter);
  end loop;
end
$$;
comment on function app_hidden.settle_letters(integer, uuid, uuid, text, text) is
  'Settles the open letters about one subject, of one kind or of all, and, when they were the order''s last, clears the attention that letters raised.';
--! EndIncluded effects/functions/dead_letters.sql
--! Included effects/functions/dead_letter_digest.sql
-- The morning digest of open dead letters, in the ledger's way: planned once per merchant and local day,
-- claimed with a lease and an epoch, committed as `sending` before the call. A local day has one row, so
-- neither a clock that is turned back nor a second worker makes a second one; an hour that is skipped makes
-- it late by that hour. Security definer, all: waybill_worker reads and writes no table.
create or replace function app_private.plan_digests(at timestamptz)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  planned integer;
begin
  insert into app_public.dead_letter_digests (merchant_id, digest_on)
  select m.id, (at at time zone m.time_zone)::date
  from app_public.merchants m
  where (at at time zone m.time_zone)::time >= m.morning_at
    and not exists (
      select from app_public.dead_letter_digests d
      where d.merchant_id = m.id and d.digest_on = (at at time zone m.time_zone)::date
    )
  on conflict on constraint dead_letter_digests_pkey do nothing;
  get diagnostics planned = row_count;
  return planned;
end
$$;
comment on function app_private.plan_digests(timestamptz) is
  'Plans the digest of each merchant whose morning has come; returns how many.';

-- A worker that died while sending leaves an unknown outcome; a digest that was not sent on its day is late
-- for good, because the next one has all of it.
create or replace function app_private.end_digests(at timestamptz)
returns table (merchant_id integer, digest_on date, status text)
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  update app_public.dead_letter_digests d
  set status = case d.status when 'sending' then 'unknown' else 'failed' end, settled_at = clock_timestamp(),
    leased_by = null, leased_until = null,
    error_code = case d.status when 'sending' then 'OUTCOME_UNKNOWN' else coalesce(d.error_code, 'TOO_LATE') end
  from app_public.merchants m
  where m.id = d.merchant_id and d.settled_at is null and (
    d.status = 'sending' and d.leased_until < clock_timestamp()
    or d.status = 'intent' and d.digest_on < (at at time zone m.time_zone)::date
  )
  returning d.merchant_id, d.digest_on, d.status
$$;
comment on function app_private.end_digests(timestamptz) is
  'Settles digests that may have been sent by a worker that died, and those whose day is over; returns them.';

create or replace function app_hidden.digest_content(merchant_id integer)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  with open as (
    select d.id, d.effect_kind, d.error_code, d.advice, d.attempts, d.created_at, o.id as order_id, o.number,
      o.store_id
    from app_public.dead_letters d
    join app_public.orders_current o on o.merchant_id = d.merchant_id and o.id = d.order_id
    where d.merchant_id = digest_content.merchant_id and d.resolved_at is null
  ), oldest as (
    select * from open order by id limit 50
  )
  select jsonb_build_object(
    'merchant', (select m.name from app_public.merchants m where m.id = digest_content.merchant_id),
    'time_zone', (select m.time_zone from app_public.merchants m where m.id = digest_content.merchant_id),
    'open', (select count(*) from open),
    'reasons', (
      select jsonb_agg(jsonb_build_object('kind', r.effect_kind, 'what', k.description, 'code', r.error_code,
        'advice', r.advice, 'open', r.letters) order by r.first)
      from (
        select effect_kind, error_code, advice, count(*) as letters, min(id::text) as first
        from open group by effect_kind, error_code, advice
      ) r
      join app_public.effect_kinds k on k.kind = r.effect_kind
    ),
    'letters', (
      select jsonb_agg(jsonb_build_object('kind', effect_kind, 'code', error_code, 'advice', advice,
        'number', number, 'order_id', order_id, 'store_id', store_id, 'attempts', attempts,
        'created_at', created_at) order by id)
      from oldest
    ),
    'stores', (
      select jsonb_agg(jsonb_build_object('id', s.id, 'name', s.name) order by s.id) from app_public.stores s
      where s.merchant_id = digest_content.merchant_id and s.id in (select store_id from open)
    ),
    'recipients', (
      select jsonb_agg(jsonb_build_object('name', b.name, 'email', b.email) order by b.id)
      from app_public.members b
      where b.merchant_id = digest_content.merchant_id and b.role in ('owner', 'manager')
        and b.disabled_at is null
    )
  )
$$;
comment on function app_hidden.digest_content(integer) is
  'What a merchant''s digest says, and to whom: no customer''s data, no words of a service.';

create or replace function app_private.claim_digest(at timestamptz, worker text)
returns jsonb
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  policy app_public.effect_kinds;
  digest app_public.dead_letter_digests;
  content jsonb;
  wait_until timestamptz;
  nothing text;
begin
  select k.* into strict policy from app_public.effect_kinds k where k.kind = 'dead_letter_digest';
  select d.* into digest from app_public.dead_letter_digests d
  join app_public.merchants m on m.id = d.merchant_id
  where d.status = 'intent' and d.settled_at is null and d.due_at <= clock_timestamp()
    and d.digest_on = (at at time zone m.time_zone)::date
  order by d.due_at limit 1
  for update of d skip locked;
  if not found then
    return null;
  end if;
  perform app_hidden.act_for(digest.merchant_id);
  content := app_hidden.digest_content(digest.merchant_id);
  nothing := case when content -> 'letters' = 'null' then 'NOTHING_OPEN'
    when content -> 'recipients' = 'null' then 'NO_RECIPIENTS' end;
  wait_until := case when nothing is null then app_private.circuit_wait(digest.merchant_id, policy.service, 0) end;
  update app_public.dead_letter_digests d
  set status = case when nothing is not null then 'skipped' when wait_until is null then 'sending' else 'intent' end,
    settled_at = case when nothing is not null then clock_timestamp() end, error_code = nothing,
    due_at = coalesce(wait_until, d.due_at), epoch = d.epoch + 1,
    attempts = d.attempts + case when nothing is null and wait_until is null then 1 else 0 end,
    letters = (content ->> 'open')::integer, leased_by = case when nothing is null and wait_until is null then worker end,
    leased_until = case when nothing is null and wait_until is null
      then clock_timestamp() + policy.lease_seconds * interval '1 second' end
  where d.merchant_id = digest.merchant_id and d.digest_on = digest.digest_on
  returning d.* into digest;
  return jsonb_build_object('digest', to_jsonb(digest), 'policy', to_jsonb(policy), 'content', content);
end
$$;
comment on function app_private.claim_digest(timestamptz, text) is
  'Claims a digest that is due, marked as sending; when there is nothing or nobody to tell it is skipped, and its status says so. Null when none is due.';

create or replace function app_private.record_digest(merchant_id integer, digest_on date, epoch integer)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  update app_public.dead_letter_digests d
  set status = 'sent', sent_at = clock_timestamp(), settled_at = clock_timestamp(), leased_by = null,
    leased_until = null, error_code = null, error_message = null
  where d.merchant_id = record_digest.merchant_id and d.digest_on = record_digest.digest_on
    and d.epoch = record_digest.epoch and d.status in ('sending', 'unknown');
  return found;
end
$$;
comment on function app_private.record_digest(integer, date, integer) is
  'Records that a digest was taken by the mail server; false when the claim was lost.';

create or replace function app_private.fail_digest(
  merchant_id integer, digest_on date, epoch integer, outcome text, code text, message text
)
returns text
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  policy app_public.effect_kinds;
  next_status text;
begin
  select k.* into strict policy from app_public.effect_kinds k where k.kind = 'dead_letter_digest';
  update app_public.dead_letter_digests d
  set status = case when outcome in ('unknown', 'drift') then 'unknown'
      when outcome = 'refused' or d.attempts >= policy.max_attempts then 'failed' else 'intent' end,
    settled_at = case when outcome in ('unknown', 'drift', 'refused') or d.attempts >= policy.max_attempts
      then clock_timestamp() end,
    due_at = clock_timestamp() + app_hidden.backoff_ms(policy, d.attempts, null) * interval '1 millisecond',
    leased_by = null, leased_until = null, error_code = code, error_message = message
  where d.merchant_id = fail_digest.merchant_id and d.digest_on = fail_digest.digest_on
    and d.epoch = fail_digest.epoch and d.status = 'sending'
  returning d.status into next_status;
  return coalesce(next_status, 'fenced');
end
$$;
comment on function app_private.fail_digest(integer, date, integer, text, text, text) is
  'Records a digest that was not sent, or may have been; returns its status, or fenced when the claim was lost.';

grant execute on function
  app_private.plan_digests(timestamptz), app_private.end_digests(timestamptz),
  app_private.claim_digest(timestamptz, text), app_private.record_digest(integer, date, integer),
  app_private.fail_digest(integer, date, integer, text, text, text)
to waybill_worker;
--! EndIncluded effects/functions/dead_letter_digest.sql
--! Included effects/access/effects.sql
drop policy if exists everybody_reads on app_public.effect_kinds;
create policy everybody_reads on app_public.effect_kinds for select
  to waybill_member, waybill_readonly, waybill_server using (true);
-- The kinds are an enum of the API, which the server reads as it starts.
grant select on app_public.effect_kinds to waybill_server;
drop policy if exists everybody_reads on app_public.transition_tasks;
create policy everybody_reads on app_public.transition_tasks for select to waybill_member, waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.effects;
create policy tenant_reads on app_public.effects for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.effects;
create policy readonly_reads on app_public.effects for select to waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.dead_letters;
create policy tenant_reads on app_public.dead_letters for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.dead_letters;
create policy readonly_reads on app_public.dead_letters for select to waybill_readonly using (true);

drop policy if exists everybody_reads on app_public.call_advice;
create policy everybody_reads on app_public.call_advice for select to waybill_member, waybill_readonly using (true);

drop policy if exists tenant_reads on app_public.dead_letter_digests;
create policy tenant_reads on app_public.dead_letter_digests for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.dead_letter_digests;
create policy readonly_reads on app_public.dead_letter_digests for select to waybill_readonly using (true);

grant select on app_public.effect_kinds, app_public.transition_tasks, app_public.effects, app_public.dead_letters,
  app_public.call_advice, app_public.dead_letter_digests
to waybill_member, waybill_readonly;
--! EndIncluded effects/access/effects.sql
--! EndIncluded effects/effects.sql
--! Included ndr/ndr.sql
--! Included ndr/functions/act_on_ndr.sql
-- What a member decides about a failed delivery. A new phone or address becomes a new version of the
-- order's contact: events, effects and jobs only say that there is one.
-- Security definer: members hold no write privilege.
create or replace function app_public.act_on_ndr(
  case_id uuid, action text, preferred_on date default null, phone text default null, address text default null,
  note text default null, idempotency_key text default null
)
returns app_public.ndr_cases
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  theirs app_public.ndr_cases := app_hidden.lock_ndr_case(app_hidden.current_merchant_id(), case_id);
  stored jsonb;
  event app_public.order_events;
begin
  stored := app_hidden.recall_result(idempotency_key, 'act_on_ndr',
    jsonb_build_array(case_id, action, preferred_on, phone, address, note), theirs.merchant_id);
  if stored is not null then
    return jsonb_populate_record(null::app_public.ndr_cases, stored);
  end if;
  if app_hidden.current_actor_role() not in ('owner', 'manager', 'staff', 'dba') then
    perform app_hidden.refuse('WB003', 'Only a member may decide about a failed delivery.',
      '{"roles": ["owner", "manager", "staff"]}');
  end if;
  perform app_hidden.check_ndr_case(theirs);
  perform app_hidden.check_ndr_action(theirs, action, preferred_on, phone, address, note);
  perform app_hidden.correct_contact_of_ndr(theirs, phone, address);
  insert into app_public.order_events (order_id, shipment_id, type, reason, inputs)
  values (theirs.order_id, theirs.shipment_id, 'ndr_action_chosen', coalesce(note, ''),
    jsonb_strip_nulls(jsonb_build_object('case_id', theirs.id, 'attempt', theirs.attempt, 'action', action,
      'preferred_on', preferred_on, 'changes_phone', phone is not null, 'changes_address', address is not null)))
  returning * into event;
  update app_public.ndr_cases c
  set status = 'acted', action = act_on_ndr.action, preferred_on = act_on_ndr.preferred_on,
    changes_phone = act_on_ndr.phone is not null, changes_address = act_on_ndr.address is not null,
    note = event.reason, acted_by = event.actor_id, acted_at = event.recorded_at
  where c.merchant_id = theirs.merchant_id and c.id = theirs.id
  returning c.* into theirs;
  perform app_hidden.settle_letters(theirs.merchant_id, theirs.order_id, theirs.id, 'Decided anew.');
  perform app_hidden.clear_ndr_attention(theirs.merchant_id, theirs.order_id, 'Decided: ' || replace(action, '_', ' ') || '.');
  if action <> 'by_hand' then
    perform app_hidden.plan_effect_anew(event, 'act_on_ndr', theirs.id);
  end if;
  perform app_hidden.store_result(idempotency_key, to_jsonb(theirs), theirs.merchant_id);
  return theirs;
end
$$;
comment on function app_public.act_on_ndr(uuid, text, date, text, text, text, text) is
  E'@resultFieldName ndrCase\nDecides what follows a failed delivery and tells the carrier; BY_HAND notes what was agreed with it on the phone. Errors: FORBIDDEN, INVALID_INPUT, INVALID_TRANSITION, CONFLICT, NOT_FOUND, IDEMPOTENCY_MISMATCH.';

-- A DBA acts for no merchant, and for all.
create or replace function app_hidden.lock_ndr_case(mine integer, case_id uuid)
returns app_public.ndr_cases
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  theirs app_public.ndr_cases;
begin
  perform from app_public.ndr_cases c
  join app_public.orders_current o on o.merchant_id = c.merchant_id and o.id = c.order_id
  where c.merchant_id = coalesce(mine, c.merchant_id) and c.id = lock_ndr_case.case_id
  for no key update of o;
  select c.* into theirs from app_public.ndr_cases c
  where c.merchant_id = coalesce(mine, c.merchant_id) and c.id = lock_ndr_case.case_id;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such case.', jsonb_build_object('field', 'caseId'));
  end if;
  return theirs;
end
$$;
comment on function app_hidden.lock_ndr_case(integer, uuid) is
  'A case of the caller''s own merchant, with its order locked. Errors: WB007.';

create or replace function app_hidden.check_ndr_case(theirs app_public.ndr_cases)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  if theirs.status = 'acted' then
    perform app_hidden.refuse('WB002', 'Somebody has decided already.',
      jsonb_build_object('caseId', theirs.id, 'status', theirs.status, 'action', theirs.action));
  elsif theirs.status = 'closed' then
    perform app_hidden.refuse('WB001', 'The parcel has gone on: there is nothing to decide any more.',
      jsonb_build_object('caseId', theirs.id, 'status', theirs.status, 'outcome', theirs.outcome));
  end if;
end
$$;
comment on function app_hidden.check_ndr_case(app_public.ndr_cases) is
  'Refuses a case that waits for no decision. Errors: WB001, WB002.';

create or replace function app_hidden.check_ndr_action(
  theirs app_public.ndr_cases, action text, preferred_on date, phone text, address text, note text
)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  carrier app_public.carriers;
  today date;
begin
  select r.* into strict carrier from app_public.shipments_current s
  join app_public.carriers r on r.carrier = s.carrier
  where s.merchant_id = theirs.merchant_id and s.id = theirs.shipment_id;
  select (clock_timestamp() at time zone m.time_zone)::date into strict today
  from app_public.merchants m where m.id = theirs.merchant_id;
  if coalesce(action, '') <> all (carrier.ndr_actions || 'by_hand'::text) then
    perform app_hidden.refuse('WB004', case when action in ('re_attempt', 'return')
        then format('%s takes no decision by its API: call them, and note what was agreed.', carrier.name)
        else 'There is no such action.' end,
      jsonb_build_object('field', 'action', 'actions', carrier.ndr_actions || 'by_hand'::text));
  end if;
  if preferred_on is not null and (action = 'return' or carrier.ndr_defer_days = 0) then
    perform app_hidden.refuse('WB004', case action when 'return' then 'A return has no day.'
      else format('%s takes no day: it tries again on the next working day.', carrier.name) end,
      jsonb_build_object('field', 'preferredOn'));
  end if;
  if preferred_on not between today and today + carrier.ndr_defer_days then
    perform app_hidden.refuse('WB004', format('The day is today or one of the %s after it.', carrier.ndr_defer_days),
      jsonb_build_object('field', 'preferredOn', 'from', today, 'to', today + carrier.ndr_defer_days));
  end if;
  if phone is not null and (action = 'return' or app_hidden.indian_mobile(phone) is null) then
    perform app_hidden.refuse('WB004', case action when 'return' then 'A return needs no phone.'
      else 'This is no Indian mobile number.' end, jsonb_build_object('field', 'phone'));
  end if;
  if address is not null and (action = 'return' or length(app_hidden.trimmed(address)) not between 10 and 200) then
    perform app_hidden.refuse('WB004', case action when 'return' then 'A return needs no address.'
      else 'An address has 10 to 200 characters.' end, jsonb_build_object('field', 'address'));
  end if;
  if length(note) > 500 or action = 'by_hand' and app_hidden.trimmed(coalesce(note, '')) = '' then
    perform app_hidden.refuse('WB004', 'Note what was agreed, in at most 500 characters.',
      jsonb_build_object('field', 'note'));
  end if;
end
$$;
comment on function app_hidden.check_ndr_action(app_public.ndr_cases, text, date, text, text, text) is
  'Refuses a decision that the parcel''s carrier could not follow. Errors: WB004.';

create or replace function app_hidden.indian_mobile(phone text)
returns text
language sql immutable parallel safe
return '+91' || substring(regexp_replace(phone, '[ ().-]', '', 'g') from '^(?:\+91|0091|91|0)?([6-9][0-9]{9})$');
comment on function app_hidden.indian_mobile(text) is 'A mobile number of India in its one form, or null.';

create or replace function app_hidden.correct_contact_of_ndr(theirs app_public.ndr_cases, phone text, address text)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  version integer;
begin
  if phone is null and address is null then
    return;
  end if;
  version := app_hidden.add_contact(theirs.merchant_id, theirs.order_id, case when phone is null then '{}'
      else jsonb_build_object('phone', app_hidden.indian_mobile(phone), 'phone_e164', app_hidden.indian_mobile(phone)) end
    || case when address is null then '{}'::jsonb
      else jsonb_build_object('address1', app_hidden.trimmed(address), 'address2', null) end);
  insert into app_public.order_events (order_id, type, reason, inputs)
  select o.id, 'ship_to_corrected', 'Corrected after a failed delivery.',
    app_hidden.contact_named(o.merchant_id, o.id, version)
  from app_public.orders_current o
  where o.merchant_id = theirs.merchant_id and o.id = theirs.order_id and o.ship_to_version <> version;
end
$$;
comment on function app_hidden.correct_contact_of_ndr(app_public.ndr_cases, text, text) is
  'A new phone or address as a new version of the order''s contact. Errors: WB001.';

grant execute on function app_public.act_on_ndr(uuid, text, date, text, text, text, text) to waybill_member;
--! EndIncluded ndr/functions/act_on_ndr.sql
--! Included ndr/functions/record_ndr_action.sql
-- What the task that tells a carrier of a decision records. Security definer: waybill_worker writes no table.

create or replace function app_private.remember_ndr_action(
  merchant_id integer, case_id uuid, epoch integer, memory jsonb
)
returns boolean
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  with kept as (
    update app_public.effects e
    set status = 'sending', sent_at = clock_timestamp(), memory = remember_ndr_action.memory
    where e.merchant_id = remember_ndr_action.merchant_id and e.subject_id = remember_ndr_action.case_id
      and e.kind = 'act_on_ndr' and e.epoch = remember_ndr_action.epoch and e.status in ('intent', 'sending')
    returning 1
  )
  select exists (select from kept)
$$;
comment on function app_private.remember_ndr_action(integer, uuid, integer, jsonb) is
  'Keeps under which number the carrier works on a decision; false when fenced off.';

create or replace function app_private.record_ndr_action(merchant_id integer, case_id uuid, epoch integer)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
begin
  perform app_hidden.act_for(record_ndr_action.merchant_id);
  effect := app_hidden.confirm_effect(record_ndr_action.merchant_id, record_ndr_action.case_id, 'act_on_ndr',
    record_ndr_action.epoch);
  if effect.subject_id is null then
    return false;
  end if;
  update app_public.ndr_cases c set accepted_at = clock_timestamp()
  where c.merchant_id = effect.merchant_id and c.id = effect.subject_id;
  insert into app_public.order_events (order_id, shipment_id, type, inputs)
  select c.order_id, c.shipment_id, 'ndr_action_accepted',
    jsonb_build_object('case_id', c.id, 'attempt', c.attempt, 'action', c.action)
  from app_public.ndr_cases c
  where c.merchant_id = effect.merchant_id and c.id = effect.subject_id;
  return true;
end
$$;
comment on function app_private.record_ndr_action(integer, uuid, integer) is
  'Records that the carrier took a decision; false when the claim was lost.';

-- The carrier would not have it: somebody has to decide anew, or to call.
create or replace function app_hidden.reopen_ndr_case(effect app_public.effects)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  update app_public.ndr_cases c
  set status = 'open', action = null, preferred_on = null, changes_phone = false, changes_address = false,
    acted_by = null, acted_at = null
  where c.merchant_id = effect.merchant_id and c.id = effect.subject_id and c.status = 'acted'
$$;
comment on function app_hidden.reopen_ndr_case(app_public.effects) is
  'Opens a case again whose decision the carrier did not take.';

grant execute on function
  app_private.remember_ndr_action(integer, uuid, integer, jsonb),
  app_private.record_ndr_action(integer, uuid, integer)
to waybill_worker;
--! EndIncluded ndr/functions/record_ndr_action.sql
--! Included ndr/functions/remind_of_ndr.sql
-- Half of the time is over and nobody has decided. One merchant a call, as a transaction touches one only;
-- the caller goes on until there is none. Security definer: waybill_worker reads and writes no table.
create or replace function app_private.remind_of_ndr(batch integer default 100)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  mine integer;
  due app_public.ndr_cases;
  reminded integer := 0;
begin
  select c.merchant_id into mine from app_public.ndr_cases c
  where c.status = 'open' and c.reminded_at is null and c.remind_at <= clock_timestamp()
  order by c.remind_at limit 1;
  if not found then
    return 0;
  end if;
  perform app_hidden.act_for(mine);
  for due in
    select c.* from app_public.ndr_cases c
    where c.merchant_id = mine and c.status = 'open' and c.reminded_at is null and c.remind_at <= clock_timestamp()
    order by c.order_id limit batch
  loop
    perform from app_public.orders_current o where o.merchant_id = mine and o.id = due.order_id
    for no key update;
    -- Under the lock: another one may have been here, or somebody has decided meanwhile.
    update app_public.ndr_cases c set reminded_at = clock_timestamp()
    where c.merchant_id = mine and c.id = due.id and c.status = 'open' and c.reminded_at is null;
    if found then
      insert into app_public.order_events (order_id, type, reason, inputs)
      values (due.order_id, 'attention_raised',
        'A delivery failed and nobody has decided what to do; the carrier decides when its time is over.',
        jsonb_build_object('code', 'NDR_WAITING', 'case_id', due.id, 'shipment_id', due.shipment_id,
          'deadline_at', due.deadline_at));
    end if;
    reminded := reminded + 1;
  end loop;
  return reminded;
end
$$;
comment on function app_private.remind_of_ndr(integer) is
  'Raises attention on the orders of one merchant whose open cases are past half of their time, once each; returns how many it looked at, 0 when none is left.';

grant execute on function app_private.remind_of_ndr(integer) to waybill_worker;
--! EndIncluded ndr/functions/remind_of_ndr.sql
--! Included ndr/access/ndr.sql
drop policy if exists tenant_reads on app_public.ndr_cases;
create policy tenant_reads on app_public.ndr_cases for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.ndr_cases;
create policy readonly_reads on app_public.ndr_cases for select to waybill_readonly using (true);

grant select on app_public.ndr_cases to waybill_member, waybill_readonly;
--! EndIncluded ndr/access/ndr.sql
--! EndIncluded ndr/ndr.sql
--! Included intake/intake.sql
--! Included intake/tables/inbound_messages.sql
-- One row is one webhook as it came: stored raw before anything is made of it, once per delivery.
create table app_public.inbound_messages (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  service text not null,
  account_id integer not null,
  topic text not null,
  external_id text not null,
  body bytea not null,
  status text not null default 'received',
  order_id uuid,
  attention_field text,
  attention_reason text,
  received_at timestamptz not null default now(),
  settled_at timestamptz,
  sweep_at timestamptz default now(),
  erase_when_settled boolean not null default false,
  erased_at timestamptz,
  constraint inbound_messages_pkey primary key (merchant_id, id),
  constraint inbound_messages_once unique (merchant_id, service, account_id, external_id),
  constraint inbound_messages_status_is_known check (status in ('received', 'processed', 'attention')),
  constraint inbound_messages_attention_has_reason check (
    (status = 'attention') = (attention_reason is not null)
  ),
  constraint inbound_messages_open_is_swept check ((status = 'received') = (sweep_at is not null)),
  constraint inbound_messages_erased_is_empty check (erased_at is null or body = ''),
  constraint inbound_messages_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade
);
create index inbound_messages_sweep_idx on app_public.inbound_messages (sweep_at) where sweep_at is not null;
create index inbound_messages_attention_idx on app_public.inbound_messages (merchant_id, received_at)
  where status = 'attention';
comment on table app_public.inbound_messages is
  E'@name inboundMessage\nWebhooks as they came, and what became of them.';
comment on column app_public.inbound_messages.account_id is 'The store, carrier account or message account.';
comment on column app_public.inbound_messages.external_id is 'What makes a repeat of the same delivery recognisable.';
comment on column app_public.inbound_messages.body is E'@behavior -*\nThe raw bytes; empty once erased.';
comment on column app_public.inbound_messages.erase_when_settled is
  E'@behavior -*\nIts customer was erased before it was processed.';
comment on column app_public.inbound_messages.erased_at is 'When the body was removed, with its customer.';
comment on column app_public.inbound_messages.attention_field is 'The field that a human has to look at.';
comment on column app_public.inbound_messages.sweep_at is 'When the dispatcher adds a job for it.';

-- One row is one webhook of a shop or a carrier that was turned away: not signed, wrongly signed, or not
-- JSON. WhatsApp's do not say for whom they are before their signature holds.
create table app_private.rejected_webhooks (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  service text not null,
  account_id integer not null,
  reason text not null,
  received_at timestamptz not null default now(),
  constraint rejected_webhooks_pkey primary key (merchant_id, id),
  constraint rejected_webhooks_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade
);
comment on table app_private.rejected_webhooks is 'Webhooks that were turned away, without their content.';
--! EndIncluded intake/tables/inbound_messages.sql
--! Included privacy/functions/erased.sql
create or replace function app_hidden.is_erased(merchant_id integer, order_id uuid)
returns boolean
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select exists (
    select from app_public.order_contacts c
    where c.merchant_id = is_erased.merchant_id and c.order_id = is_erased.order_id
      and c.erased_at is not null
  )
$$;
comment on function app_hidden.is_erased(integer, uuid) is 'Whether the customer of an order was erased.';

-- A webhook's raw text without what people put between the digits of a phone. replace() again and again,
-- because translate() takes seven times as long, and an erasure reads every body of the merchant.
create or replace function app_hidden.webhook_text(body bytea)
returns text
language sql immutable parallel safe
return lower(replace(replace(replace(replace(replace(replace(
  encode(body, 'escape'), ' ', ''), '-', ''), '.', ''), '(', ''), ')', ''), '+', '') collate "C");
comment on function app_hidden.webhook_text(bytea) is
  'A webhook''s body for looking something up in it: small letters, without spaces, dots and hyphens.';

create or replace function app_hidden.mentions(body bytea, traces text[])
returns boolean
language sql immutable parallel safe
set search_path to pg_catalog, pg_temp
as $$
  select exists (
    select from (select app_hidden.webhook_text(body)) t (words), unnest(traces) trace
    where position(trace in t.words) > 0
  )
$$;
comment on function app_hidden.mentions(bytea, text[]) is 'Whether one of some traces is in a webhook''s body.';

-- Once a customer is erased their shop, carrier and WhatsApp still report about the order. Such a webhook
-- is stored and processed like any other; its body is not kept. The shop names the order by its id,
-- WhatsApp by our message's id, the carrier by the AWB.
create or replace function app_hidden.is_about_erased(message app_public.inbound_messages, order_id uuid)
returns boolean
language plpgsql stable
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  words text;
begin
  perform from app_public.order_contacts c
  where c.merchant_id = message.merchant_id and c.erased_at is not null
  limit 1;
  if not found then
    return false;
  end if;
  words := encode(message.body, 'escape');
  return app_hidden.is_erased(message.merchant_id, is_about_erased.order_id) or exists (
    select from regexp_matches(words, '"(?:order_)?id"\s*:\s*"?(\d+)', 'g') named
    join app_hidden.order_keys k
      on k.merchant_id = message.merchant_id and k.store_id = message.account_id and k.external_id = named[1]
    where message.service = 'shopify' and app_hidden.is_erased(k.merchant_id, k.order_id)
  ) or exists (
    select from regexp_matches(words, ':([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})', 'g') named
    join app_public.messages g on g.merchant_id = message.merchant_id and g.id = named[1]::uuid
    where message.service = 'whatsapp' and app_hidden.is_erased(g.merchant_id, g.order_id)
  ) or exists (
    select from regexp_matches(words, '[A-Za-z0-9]{6,30}', 'g') named
    join app_public.carrier_accounts a on a.merchant_id = message.merchant_id and a.id = message.account_id
    join app_public.shipments_current s
      on s.merchant_id = a.merchant_id and s.carrier = a.carrier and s.awb = named[1]
    where message.service = 'carrier' and app_hidden.is_erased(s.merchant_id, s.order_id)
  );
end
$$;
comment on function app_hidden.is_about_erased(app_public.inbound_messages, uuid) is
  'Whether a webhook is about an order whose customer was erased.';
--! EndIncluded privacy/functions/erased.sql
--! Included intake/functions/receive_message.sql
-- The server's side of a webhook: who is it for, and is it new? One statement each. Security definer:
-- waybill_worker, as whom the server calls, reads no table.
create or replace function app_private.webhook_target(service text, account_id integer)
returns table (merchant_id integer, secret bytea)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select t.merchant_id, s.ciphertext
  from (
    select s.merchant_id, s.id, 'shopify' as service from app_public.stores s
    where webhook_target.service = 'shopify' and s.id = webhook_target.account_id and s.channel = 'shopify'
    union all
    select a.merchant_id, a.id, a.carrier from app_public.carrier_accounts a
    where webhook_target.service = 'carrier' and a.id = webhook_target.account_id
    union all
    select m.merchant_id, m.id, m.channel from app_public.message_accounts m
    where webhook_target.service = 'whatsapp' and m.id = webhook_target.account_id
  ) t
  left join app_private.secrets s
    on s.merchant_id = t.merchant_id and s.service = t.service and s.account_id = t.id
$$;
comment on function app_private.webhook_target(text, integer) is
  'The merchant and the encrypted secret behind a webhook address; no row when there is none.';

-- A WhatsApp app has one webhook for all its numbers: the payload says which.
create or replace function app_private.message_account_of(phone_number_id text)
returns integer
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select m.id from app_public.message_accounts m where m.phone_number_id = message_account_of.phone_number_id
$$;
comment on function app_private.message_account_of(text) is 'The message account behind a WhatsApp number id.';

create or replace function app_private.receive_message(
  merchant_id integer, service text, account_id integer, topic text, external_id text, body bytea
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  insert into app_public.inbound_messages (merchant_id, service, account_id, topic, external_id, body)
  values (receive_message.merchant_id, receive_message.service, receive_message.account_id,
    receive_message.topic, receive_message.external_id, receive_message.body)
  on conflict on constraint inbound_messages_once do nothing;
  return found;
end
$$;
comment on function app_private.receive_message(integer, text, integer, text, text, bytea) is
  'Stores one webhook raw; false when the same delivery is stored already.';

-- All deliveries of an account that came while the last ones were stored. The bucket stays locked until the
-- commit, so that of one account one statement runs at a time; a slow one makes the next larger. In the order of
-- their key: the same deliveries to two servers wait for one another and never both ways.
create or replace function app_private.receive_messages(
  merchant_id integer, service text, account_id integer, takes jsonb,
  topics text[], external_ids text[], bodies bytea[]
)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  wait_ms integer := app_private.take_tokens(takes);
begin
  if wait_ms = 0 then
    insert into app_public.inbound_messages (merchant_id, service, account_id, topic, external_id, body)
    select receive_messages.merchant_id, receive_messages.service, receive_messages.account_id,
      d.topic, d.external_id, d.body
    from unnest(topics, external_ids, bodies) d (topic, external_id, body)
    order by d.external_id
    on conflict on constraint inbound_messages_once do nothing;
  end if;
  return wait_ms;
end
$$;
comment on function app_private.receive_messages(integer, text, integer, jsonb, text[], text[], bytea[]) is
  'Stores webhooks of one account raw, each delivery once; returns 0, or the milliseconds to wait when its bucket has too few tokens: then none is stored.';

-- Anybody can send what is not signed: an address that sends much of it leaves no more rows. Genuine
-- deliveries are not slowed down by it, also from the same address.
create or replace function app_private.reject_webhook(
  merchant_id integer, service text, account_id integer, reason text, takes jsonb default '[]'
)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  wait_ms integer := app_private.take_tokens(takes);
begin
  if wait_ms = 0 then
    insert into app_private.rejected_webhooks (merchant_id, service, account_id, reason)
    values (reject_webhook.merchant_id, reject_webhook.service, reject_webhook.account_id, reject_webhook.reason);
  end if;
  return wait_ms;
end
$$;
comment on function app_private.reject_webhook(integer, text, integer, text, jsonb) is
  'The one row that a webhook leaves which was turned away; takes from the sender''s bucket and returns how long it must wait.';

grant execute on function
  app_private.webhook_target(text, integer), app_private.message_account_of(text),
  app_private.receive_message(integer, text, integer, text, text, bytea),
  app_private.receive_messages(integer, text, integer, jsonb, text[], text[], bytea[]),
  app_private.reject_webhook(integer, text, integer, text, jsonb)
to waybill_worker;
--! EndIncluded intake/functions/receive_message.sql
--! Included intake/functions/settle_message.sql
-- Security definer, all of these: waybill_worker reads and writes no table.
create or replace function app_private.read_messages(merchant_id integer, ids uuid[])
returns table (
  id uuid, service text, account_id integer, carrier text, topic text, body bytea, received_at timestamptz
)
language plpgsql stable security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set plan_cache_mode to force_generic_plan
as $$
#variable_conflict use_column
begin
  return query
    select m.id, m.service, m.account_id, a.carrier, m.topic, m.body, m.received_at
    from app_public.inbound_messages m
    left join app_public.carrier_accounts a
      on m.service = 'carrier' and a.merchant_id = m.merchant_id and a.id = m.account_id
    where m.merchant_id = read_messages.merchant_id and m.id = any (ids) and m.status = 'received'
    order by m.received_at, m.id;
end
$$;
comment on function app_private.read_messages(integer, uuid[]) is
  'Those of some inbound messages that wait to be processed, oldest first, with the carrier whose scans they are.';

-- The ids are named apart: a plan that was made while the table was empty would begin with all messages of the
-- merchant and look for them among the settled ones.
create or replace function app_private.settle_messages(merchant_id integer, settled jsonb)
returns void
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set plan_cache_mode to force_generic_plan
as $$
#variable_conflict use_column
declare
  ids uuid[] := array(select (s ->> 'id')::uuid from jsonb_array_elements(settled) s);
begin
  with news as (
    select n.id, n.order_id, n.field, n.reason, m.erase_when_settled or exists (
      select from app_public.order_contacts c
      where c.merchant_id = settle_messages.merchant_id and c.erased_at is not null
    ) and app_hidden.is_about_erased(m, n.order_id) as is_erased
    from jsonb_to_recordset(settled) n (id uuid, order_id uuid, field text, reason text)
    join app_public.inbound_messages m
      on m.merchant_id = settle_messages.merchant_id and m.id = any (ids) and m.id = n.id
  )
  update app_public.inbound_messages m
  set status = case when n.reason is null then 'processed' else 'attention' end,
    order_id = n.order_id, settled_at = clock_timestamp(), sweep_at = null,
    attention_field = n.field, attention_reason = n.reason,
    body = case when n.is_erased then '' else m.body end, erase_when_settled = false,
    erased_at = case when n.is_erased then clock_timestamp() end
  from news n
  where m.merchant_id = settle_messages.merchant_id and m.id = any (ids) and m.id = n.id
    and m.status = 'received';
end
$$;
comment on function app_private.settle_messages(integer, jsonb) is
  'Marks inbound messages [{id, order_id, field, reason}] as processed, or those with a reason as needing a human. About an erased customer nothing raw is kept.';

create or replace function app_private.settle_message(
  merchant_id integer, id uuid, order_id uuid default null,
  attention_field text default null, attention_reason text default null
)
returns void
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
begin
  perform app_private.settle_messages(settle_message.merchant_id, jsonb_build_array(jsonb_build_object(
    'id', settle_message.id, 'order_id', settle_message.order_id, 'field', attention_field,
    'reason', attention_reason
  )));
end
$$;
comment on function app_private.settle_message(integer, uuid, uuid, text, text) is
  'Marks one inbound message as processed, or as needing a human with field and reason.';

-- Inbound messages are due at once; whatever a crash left behind is due again after a minute. Those of one
-- merchant and service that are due together are one job, up to twenty: a job costs as much as what it does
-- here. The key is the first one's: when a backlog is swept again, what waits still is not added twice.
create or replace function app_private.sweep_inbound(batch integer default 500)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
  swept integer;
  added integer;
begin
  with due as (
    select m.merchant_id, m.id from app_public.inbound_messages m
    where m.sweep_at <= clock_timestamp()
    order by m.sweep_at
    limit batch
    for no key update skip locked
  ), next as (
    update app_public.inbound_messages m set sweep_at = clock_timestamp() + interval '1 minute'
    from due
    where m.merchant_id = due.merchant_id and m.id = due.id
    returning m.merchant_id, m.id, m.service, m.received_at
  ), numbered as (
    select n.*, row_number() over (
      partition by n.merchant_id, n.service order by n.received_at, n.id
    ) - 1 as place
    from next n
  ), jobs as (
    select count(*) as messages, jsonb_build_object('task', 'process_inbound_message',
      'key', (array_agg(n.id order by n.place))[1],
      'payload', jsonb_build_object('merchantId', n.merchant_id, 'ids', jsonb_agg(n.id order by n.place))) as job
    from numbered n
    group by n.merchant_id, n.service, n.place / 20
  )
  select sum(j.messages), app_hidden.add_jobs(jsonb_agg(j.job)) into swept, added
  from jobs j
  having count(*) > 0;
  return coalesce(swept, 0);
end
$$;
comment on function app_private.sweep_inbound(integer) is
  'Adds jobs for the inbound messages that are due; returns how many messages.';

grant execute on function
  app_private.read_messages(integer, uuid[]), app_private.settle_messages(integer, jsonb),
  app_private.settle_message(integer, uuid, uuid, text, text), app_private.sweep_inbound(integer)
to waybill_worker;
--! EndIncluded intake/functions/settle_message.sql
--! Included intake/functions/intake_order.sql
-- A shop's report about an order, whatever its topic and in whatever order reports come. Unknown order:
-- it is placed. Cancelled: it is called off, or a human is asked when it has left. A changed address:
-- corrected while that is possible. Order and message are settled in one transaction.
-- Security definer: waybill_worker writes no table.
create or replace function app_private.intake_order(
  merchant_id integer, message_id uuid, input jsonb, cancel_reason text default null
)
returns uuid
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  placed app_public.orders_current;
begin
  perform app_hidden.act_for(intake_order.merchant_id);
  placed := app_public.place_order(input);
  if cancel_reason is not null then
    perform app_hidden.call_off(placed, cancel_reason);
  else
    perform app_hidden.follow_shop(placed, input);
  end if;
  perform app_private.settle_message(intake_order.merchant_id, intake_order.message_id, placed.id);
  return placed.id;
end
$$;
comment on function app_private.intake_order(integer, uuid, jsonb, text) is
  'Makes a shop''s report about an order true here. Errors: WB004 with the field.';

create or replace function app_hidden.call_off(placed app_public.orders_current, cancel_reason text)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  select o.* into strict placed from app_public.orders_current o
  where o.merchant_id = placed.merchant_id and o.id = placed.id
  for no key update;
  if placed.status = 'cancelled' then
    return;
  end if;
  if exists (
    select from app_public.workflow_transitions t
    where t.workflow = placed.workflow and t.from_status = placed.status and t.to_status = 'cancelled'
  ) then
    insert into app_public.order_events (order_id, to_status, reason) values (placed.id, 'cancelled', cancel_reason);
  else
    perform app_hidden.raise_attention_once(placed, 'The shop cancelled the order after it had left.',
      '{"code": "CANCELLED_TOO_LATE"}');
  end if;
end
$$;
comment on function app_hidden.call_off(app_public.orders_current, text) is
  'Cancels an order for its shop, or asks a human when it has left.';

-- Shops repeat themselves: what a human has been told, and may have cleared, is not said again.
create or replace function app_hidden.raise_attention_once(
  placed app_public.orders_current, reason text, inputs jsonb
)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  insert into app_public.order_events (order_id, type, reason, inputs)
  select placed.id, 'attention_raised', raise_attention_once.reason, raise_attention_once.inputs
  where not exists (
    select from app_public.order_events e
    where e.merchant_id = placed.merchant_id and e.order_id = placed.id
      and e.type = 'attention_raised' and e.inputs = raise_attention_once.inputs
  )
$$;
comment on function app_hidden.raise_attention_once(app_public.orders_current, text, jsonb) is
  'Asks for a human, unless exactly this was said about the order before.';

-- Reports may be stale: one that is not newer than the last we followed changes nothing. What a member
-- corrected by hand is not overwritten, and what was erased does not come back.
create or replace function app_hidden.follow_shop(placed app_public.orders_current, input jsonb)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
set plan_cache_mode to force_generic_plan
as $$
declare
  last_heard timestamptz;
  last_version integer;
  by_hand boolean;
  version integer;
begin
  select o.* into strict placed from app_public.orders_current o
  where o.merchant_id = placed.merchant_id and o.id = placed.id
  for no key update;
  if app_hidden.is_erased(placed.merchant_id, placed.id) then
    return;
  end if;
  select max((e.inputs ->> 'external_updated_at')::timestamptz),
    max((e.inputs ->> 'ship_to_version')::integer) filter (where e.inputs ? 'external_updated_at'),
    coalesce(bool_or(e.type = 'ship_to_corrected' and not e.inputs ? 'external_updated_at'), false)
  into last_heard, last_version, by_hand
  from app_public.order_events e
  where e.merchant_id = placed.merchant_id and e.order_id = placed.id
    and e.type in ('order_placed', 'ship_to_corrected');
  if last_heard is null or (input ->> 'external_updated_at')::timestamptz <= last_heard
    or not app_hidden.ship_to_differs(placed, last_version, input -> 'ship_to') then
    return;
  end if;
  if by_hand or placed.status not in ('received', 'pending', 'accepted', 'packing') then
    perform app_hidden.raise_attention_once(placed, 'The shop changed the address; it was not taken over.',
      jsonb_build_object('code', 'ADDRESS_CHANGED_LATE',
        'ship_to_digest', app_hidden.ship_to_digest(placed, input -> 'ship_to')));
    return;
  end if;
  version := app_hidden.add_contact(placed.merchant_id, placed.id,
    input -> 'ship_to' || '{"phone_e164": null}');
  insert into app_public.order_events (order_id, type, reason, inputs)
  values (placed.id, 'ship_to_corrected', 'The shop changed the address.',
    app_hidden.contact_named(placed.merchant_id, placed.id, version)
      || jsonb_build_object('external_updated_at', input ->> 'external_updated_at'));
end
$$;
comment on function app_hidden.follow_shop(app_public.orders_current, jsonb) is
  'Takes over an address that the shop changed, while that is possible; else asks a human.';

-- Recognises the same address when it is reported again; salted like the digests of contacts.
create or replace function app_hidden.ship_to_digest(placed app_public.orders_current, ship_to jsonb)
returns text
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select encode(sha256(c.salt || convert_to(ship_to::text, 'UTF8')), 'hex') from app_public.order_contacts c
  where c.merchant_id = placed.merchant_id and c.order_id = placed.id and c.version = 1
$$;
comment on function app_hidden.ship_to_digest(app_public.orders_current, jsonb) is
  'What an address that was not taken over is recognised by.';

create or replace function app_hidden.ship_to_differs(
  placed app_public.orders_current, version integer, ship_to jsonb
)
returns boolean
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select to_jsonb(c) is distinct from to_jsonb(c) || coalesce(nullif(ship_to, 'null'), '{}')
  from app_public.order_contacts c
  where c.merchant_id = placed.merchant_id and c.order_id = placed.id and c.version = ship_to_differs.version
$$;
comment on function app_hidden.ship_to_differs(app_public.orders_current, integer, jsonb) is
  'Whether an address is another than that of a version of the order''s contact.';

grant execute on function app_private.intake_order(integer, uuid, jsonb, text) to waybill_worker;
--! EndIncluded intake/functions/intake_order.sql
--! Included intake/access/intake.sql
drop policy if exists tenant_reads on app_public.inbound_messages;
create policy tenant_reads on app_public.inbound_messages for select to waybill_member
  using (merchant_id = (select app_hidden.current_merchant_id()));
drop policy if exists readonly_reads on app_public.inbound_messages;
create policy readonly_reads on app_public.inbound_messages for select to waybill_readonly using (true);

grant select on app_public.inbound_messages to waybill_member, waybill_readonly;
--! EndIncluded intake/access/intake.sql
--! EndIncluded intake/intake.sql
--! Included privacy/privacy.sql
--! Included privacy/functions/erase_order.sql
-- Whose data may be erased, and when: an owner's decision, and only of an order that has ended, because a
-- parcel on its way still needs its address.
create or replace function app_hidden.check_erasure(
  event app_public.order_events, workflow text, current_status text
)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  if event.actor_role not in ('owner', 'dba') then
    perform app_hidden.refuse('WB003', 'Only an owner may erase a customer.',
      jsonb_build_object('orderId', event.order_id, 'roles', array['owner']));
  end if;
  if event.shipment_id is not null or event.to_status is not null then
    perform app_hidden.refuse('WB004', 'An erasure is about an order as a whole and moves nothing.',
      jsonb_build_object('field', 'type', 'orderId', event.order_id));
  end if;
  perform from app_public.workflow_statuses s
  where s.workflow = check_erasure.workflow and s.status = check_erasure.current_status and s.is_terminal;
  if not found then
    perform app_hidden.refuse('WB001',
      format('The order is %s and still needs its customer''s address: wait until it has ended, or cancel it.',
        current_status),
      jsonb_build_object('orderId', event.order_id, 'status', current_status, 'seq', event.seq - 1));
  end if;
  if event.reason = '' then
    perform app_hidden.raise_refusal('input', event, workflow, current_status, required => '{reason}');
  end if;
end
$$;
comment on function app_hidden.check_erasure(app_public.order_events, text, text) is
  'Refuses an erasure by anybody but an owner, of an order that can still move, or without a reason. Errors: WB001, WB003, WB004.';

-- By what an order's customer is found in raw webhooks, in the form of webhook_text().
create or replace function app_hidden.customer_traces(merchant_id integer, order_id uuid)
returns text[]
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select coalesce(array_agg(distinct app_hidden.webhook_text(convert_to(t.trace, 'UTF8'))), '{}')
  from (
    select k.key from app_public.order_contacts c,
      unnest(app_hidden.phone_keys(array[c.phone_e164, c.phone, c.customer_phone])
        || btrim(c.customer_email)) k (key)
    where c.merchant_id = customer_traces.merchant_id and c.order_id = customer_traces.order_id
    union all
    select s.awb from app_public.shipments_current s
    where s.merchant_id = customer_traces.merchant_id and s.order_id = customer_traces.order_id
    union all
    select unnest(array[m.id::text, m.provider_message_id]) from app_public.messages m
    where m.merchant_id = customer_traces.merchant_id and m.order_id = customer_traces.order_id
  ) t (trace)
  where length(t.trace) >= 6
$$;
comment on function app_hidden.customer_traces(integer, uuid) is
  'Phone, e-mail, AWBs and message ids of an order: what raw webhooks name its customer by.';

-- What is not processed yet is still needed: settle_message() blanks it.
create or replace function app_hidden.erase_inbound(merchant_id integer, order_id uuid, traces text[])
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  update app_public.inbound_messages m
  set body = case m.status when 'received' then m.body else '' end,
    erased_at = case when m.status <> 'received' then clock_timestamp() end,
    erase_when_settled = m.status = 'received'
  from app_hidden.order_keys k
  right join (select) always on k.merchant_id = erase_inbound.merchant_id and k.order_id = erase_inbound.order_id
  where m.merchant_id = erase_inbound.merchant_id and m.erased_at is null and (
    m.order_id = erase_inbound.order_id or app_hidden.mentions(m.body, traces)
    or m.service = 'shopify' and m.account_id = k.store_id and m.order_id is null
      and encode(m.body, 'escape') ~ case when k.external_id ~ '^\d+$'
        then '"(order_)?id"\s*:\s*"?' || k.external_id || '\M' end
  )
$$;
comment on function app_hidden.erase_inbound(integer, uuid, text[]) is
  'Blanks the raw webhooks that are about an order or hold one of the traces.';

-- Error texts hold no personal data when they are written; this is for what somebody wrote by hand.
create or replace function app_hidden.erase_work(merchant_id integer, order_id uuid)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  update app_public.carrier_calls c set request_masked = null, answer_masked = null
  from app_public.effects e
  where e.merchant_id = erase_work.merchant_id and e.order_id = erase_work.order_id
    and c.merchant_id = e.merchant_id and c.reference = e.reference;
  update app_public.effects e
  set error_message = app_hidden.redacted(e.error_message, e.merchant_id, e.order_id),
    status = case when e.status = 'intent' and k.needs_customer then 'abandoned' else e.status end,
    sweep_at = case when e.status = 'intent' and k.needs_customer then null else e.sweep_at end
  from app_public.effect_kinds k
  where e.merchant_id = erase_work.merchant_id and e.order_id = erase_work.order_id and k.kind = e.kind;
  update app_public.dead_letters d
  set error_message = app_hidden.redacted(d.error_message, d.merchant_id, d.order_id),
    resolution = app_hidden.redacted(d.resolution, d.merchant_id, d.order_id)
  where d.merchant_id = erase_work.merchant_id and d.order_id = erase_work.order_id;
  -- It names nobody, but that somebody lives there is all that a PIN code of few houses tells.
  delete from app_private.coverage k
  using app_public.carrier_accounts a, app_public.order_contacts c
  where a.merchant_id = erase_work.merchant_id
    and c.merchant_id = erase_work.merchant_id and c.order_id = erase_work.order_id
    and k.merchant_id = a.merchant_id and k.carrier_account_id = a.id and k.to_pincode = c.pincode;
end
$$;
comment on function app_hidden.erase_work(integer, uuid) is
  'Empties the call log of an order''s effects, mends their error texts, abandons those that need the customer and forgets what carriers said of the PIN code.';

-- The work of a customer_erased event, in its own transaction; project_event() calls it. Events name
-- contacts by version and digest, so the chain stays whole; the digest's salt goes with the content.
create or replace function app_hidden.erase_order(merchant_id integer, order_id uuid)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  perform app_hidden.erase_inbound(erase_order.merchant_id, erase_order.order_id,
    app_hidden.customer_traces(erase_order.merchant_id, erase_order.order_id));
  perform app_hidden.erase_work(erase_order.merchant_id, erase_order.order_id);
  -- WhatsApp's id of a message has the phone in it.
  update app_public.messages m set provider_message_id = null
  where m.merchant_id = erase_order.merchant_id and m.order_id = erase_order.order_id;
  delete from app_private.labels l
  using app_public.shipments_current s
  where s.merchant_id = erase_order.merchant_id and s.order_id = erase_order.order_id
    and l.merchant_id = s.merchant_id and l.shipment_id = s.id;
  -- Whoever has all of a request but the phone could try phones against its hash.
  update app_private.idempotency_keys k set request_hash = ''
  where k.merchant_id = erase_order.merchant_id and k.response ->> 'id' = erase_order.order_id::text
    and k.function_name in ('place_order', 'correct_ship_to');
  update app_public.order_contacts c
  set customer_name = null, customer_phone = null, customer_email = null, name = null, phone = null,
    phone_e164 = null, address1 = null, address2 = null, city = null, state = null, pincode = null,
    country = null, note = null, salt = null, erased_at = clock_timestamp()
  where c.merchant_id = erase_order.merchant_id and c.order_id = erase_order.order_id
    and c.erased_at is null;
end
$$;
comment on function app_hidden.erase_order(integer, uuid) is
  'Removes the personal data of an order''s customer from every table. Harmless when repeated.';
--! EndIncluded privacy/functions/erase_order.sql
--! Included privacy/functions/erase_customer.sql
create or replace function app_hidden.orders_of_customer(merchant_id integer, order_id uuid, phone_key text)
returns setof uuid
language sql stable
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
  select distinct c.order_id from app_public.order_contacts c
  where c.merchant_id = orders_of_customer.merchant_id and c.erased_at is null and (
    c.order_id = orders_of_customer.order_id
    or app_hidden.phone_keys(array[c.phone_e164, c.phone, c.customer_phone]) @> array[phone_key]
  )
  order by c.order_id
$$;
comment on function app_hidden.orders_of_customer(integer, uuid, text) is
  'The orders whose data an erasure is about: the one that is named, or all with a phone. In the order of their locks.';

create or replace function app_hidden.check_erase_request(order_id uuid, phone text, reason text)
returns void
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
begin
  if app_hidden.current_actor_role() not in ('owner', 'dba') then
    perform app_hidden.refuse('WB003', 'Only an owner may erase a customer.', '{"roles": ["owner"]}');
  end if;
  if (order_id is null) = (phone is null) then
    perform app_hidden.refuse('WB004', 'Name either an order or a phone, and not both.',
      jsonb_build_object('field', case when phone is null then 'orderId' else 'phone' end));
  end if;
  if app_hidden.trimmed(reason) = '' then
    perform app_hidden.refuse('WB004', 'A reason is required.', jsonb_build_object('field', 'reason'));
  end if;
end
$$;
comment on function app_hidden.check_erase_request(uuid, text, text) is
  'Refuses what is no request to erase. Errors: WB003, WB004.';

-- The stored request of an idempotency key holds no hash of the phone, which could be guessed. So a key
-- that comes again with a phone of which there is still an order is another request.
-- Security definer: members hold no write privilege.
create or replace function app_public.erase_customer(
  order_id uuid default null, phone text default null, reason text default null,
  idempotency_key text default null
)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_variable
declare
  mine integer := app_hidden.current_merchant_id();
  key text;
  stored jsonb;
  erased integer;
begin
  perform app_hidden.check_erase_request(order_id, phone, reason);
  if phone is not null then
    key := app_hidden.checked_phone_key(phone);
  end if;
  mine := coalesce(mine, app_hidden.merchant_of(order_id));
  if mine is null and order_id is null then
    perform app_hidden.refuse('WB004', 'Without a merchant only an order can be named.', '{"field": "phone"}');
  end if;
  perform from app_public.orders_current o where o.merchant_id = mine and o.id = order_id;
  if not found and order_id is not null then
    perform app_hidden.refuse('WB007', 'There is no such order.', jsonb_build_object('field', 'orderId'));
  end if;
  stored := app_hidden.recall_result(idempotency_key, 'erase_customer',
    jsonb_build_array(order_id, phone is not null, reason), mine);
  if stored is not null then
    perform from app_hidden.orders_of_customer(mine, null, key);
    if found then
      perform app_hidden.refuse('WB005', 'This idempotency key was used for another phone.',
        jsonb_build_object('field', 'idempotencyKey'));
    end if;
    return stored::integer;
  end if;
  insert into app_public.order_events (merchant_id, order_id, type, reason)
  select mine, o.id, 'customer_erased', erase_customer.reason
  from app_hidden.orders_of_customer(mine, order_id, key) o (id);
  get diagnostics erased = row_count;
  if key is not null then
    perform app_hidden.erase_inbound(mine, null, array[key]);
  end if;
  perform app_hidden.store_result(idempotency_key, to_jsonb(erased), mine);
  return erased;
end
$$;
comment on function app_public.erase_customer(uuid, text, text, text) is
  E'@resultFieldName erasedOrders\nErases name, phone, e-mail and address of a customer, by one order or by phone from all of theirs; owners only, ended orders only, for good. Answers of how many orders. Errors: INVALID_TRANSITION (an order can still move), FORBIDDEN, INVALID_INPUT, NOT_FOUND, IDEMPOTENCY_MISMATCH.';

grant execute on function app_public.erase_customer(uuid, text, text, text) to waybill_member;
--! EndIncluded privacy/functions/erase_customer.sql
--! EndIncluded privacy/privacy.sql
--! Included live/live.sql
--! Included live/tables/dispatch_cursor.sql
-- The one row is how far the dispatcher has come: every event of a transaction below next_xact has had
-- its jobs added and its place in the live log.
create table app_private.dispatch_cursor (
  only_row boolean not null default true,
  next_xact xid8 not null,
  moved_at timestamptz not null default now(),
  position bigint not null default 0,
  pruned_to bigint not null default 0,
  stream text not null default substring(replace(gen_random_uuid()::text, '-', '') from 1 for 8),
  history text,
  began_at timestamptz not null default '-infinity',
  constraint dispatch_cursor_pkey primary key (only_row),
  constraint dispatch_cursor_is_one_row check (only_row)
);
comment on table app_private.dispatch_cursor is 'How far the dispatcher has read the event log, in commit order.';
comment on column app_private.dispatch_cursor.position is 'The last position of the live log.';
comment on column app_private.dispatch_cursor.pruned_to is 'Positions up to this one are no longer in the live log.';
comment on column app_private.dispatch_cursor.stream is
  'Begins every cursor of a client; a new one when the database went on from a backup.';
comment on column app_private.dispatch_cursor.history is
  'Which cluster, timeline, database and table the dispatcher last ran on; see check_history().';
comment on column app_private.dispatch_cursor.began_at is
  'Events recorded before came from another cluster: their transaction ids mean nothing here.';
insert into app_private.dispatch_cursor (next_xact) values ('0');
--! EndIncluded live/tables/dispatch_cursor.sql
--! Included live/tables/live_log.sql
-- One row is the place of one event in the stream that live subscribers are told. The dispatcher numbers
-- committed events, in commit order but never an order's later event before its earlier one, which
-- transaction ids alone do not promise: a transaction takes its id at its first write and may come to an
-- order after a younger one did. Positions have no gaps and survive a dump; kept for a day.
create table app_private.live_log (
  merchant_id integer not null,
  store_id integer not null,
  position bigint not null,
  order_id uuid not null,
  seq integer not null,
  told_at timestamptz not null default clock_timestamp(),
  constraint live_log_pkey primary key (merchant_id, store_id, position),
  constraint live_log_event_once unique (merchant_id, order_id, seq)
);
-- Every server process reads on from its own position, for all stores at once.
create index live_log_position_idx on app_private.live_log (position);
comment on table app_private.live_log is 'The order in which subscribers are told of events.';
--! EndIncluded live/tables/live_log.sql
--! Included live/tables/worker_pools.sql
-- One row is one living worker process. Its supervisor keeps the beat; a row whose beat stopped is a
-- dead one, also when its whole machine is gone.
create table app_private.worker_pools (
  pool_id text not null,
  beat_at timestamptz not null default now(),
  constraint worker_pools_pkey primary key (pool_id)
);
comment on table app_private.worker_pools is 'The living worker processes, by graphile-worker''s pool id.';
--! EndIncluded live/tables/worker_pools.sql
--! Included live/functions/horizon.sql
-- Every transaction of this database below the horizon has ended, so nothing will appear there any more.
-- pg_snapshot_xmin() would do, but for the other databases of the cluster: a long transaction there would
-- hold this one's dispatcher back, and can write nothing here. So of the transactions that the snapshot
-- knows as running those are left out that are shown to be another database's; one of which nothing is
-- known counts as ours, so what this reads can only be too careful. Why it cannot err: the snapshot is
-- taken before the backends are looked at. A backend that is then in another database and has an id
-- that ran already has had both since before the snapshot, for neither an id nor a backend's database
-- ever changes. Only ids of whole transactions are compared, as events store them, and by their 32
-- bits: of two that run at the same time these differ.
create or replace function app_private.dispatch_horizon()
returns xid8
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  horizon xid8;
begin
  -- What an earlier statement of this transaction saw of the backends would be older than the snapshot.
  perform pg_stat_clear_snapshot();
  select coalesce(min(running.xid), pg_snapshot_xmax(pg_current_snapshot())) into strict horizon
  from pg_snapshot_xip(pg_current_snapshot()) running (xid)
  where not exists (
    select from pg_stat_get_activity(null) a, pg_database d
    where a.backend_xid = running.xid::xid and d.datname = current_database() and a.datid <> d.oid
  ) and not exists (
    select from pg_prepared_xacts p
    where p.transaction = running.xid::xid and p.database <> current_database()
  );
  return horizon;
end
$$;
comment on function app_private.dispatch_horizon() is
  'No transaction of this database below it is still running.';
--! EndIncluded live/functions/horizon.sql
--! Included live/functions/job.sql
-- Enqueueing, behind one function. Called by the dispatcher only: a writing transaction adds no jobs.
-- A job that waits already keeps its place: sent to the end each time that it is swept, it would never
-- come to its turn in a backlog of more than a minute.
create or replace function app_hidden.add_jobs(jobs jsonb)
returns integer
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  added integer;
begin
  select count(*) into added from graphile_worker.add_jobs(array(
    select (j.task, j.payload, null, null, null, j.key, null, null)::graphile_worker.job_spec
    from jsonb_to_recordset(jobs) j (task text, payload json, key text)
  ), job_key_preserve_run_at => true);
  return added;
end
$$;
comment on function app_hidden.add_jobs(jsonb) is
  'Adds jobs [{task, payload, key}] with one call of graphile-worker; returns how many.';

create or replace function app_hidden.effect_job(
  task text, merchant_id integer, subject_id uuid, kind text, key text default null
)
returns jsonb
language sql stable
return jsonb_build_object('task', task, 'key', key, 'payload', jsonb_build_object(
  'merchantId', merchant_id, 'subjectId', subject_id, 'kind', kind
));
comment on function app_hidden.effect_job(text, integer, uuid, text, text) is
  'The job of an effect: whose, about what, which kind. Never personal data.';
--! EndIncluded live/functions/job.sql
--! Included live/views/count_changes.sql
-- What each event changes in the counts. It follows from the order's events up to this one alone, and
-- these were committed before it: so it does not matter in which order the dispatcher comes to transactions.
-- An order that needs attention already is not counted again when it is raised once more.
create or replace view app_private.count_changes with (security_invoker = true) as
select e.merchant_id, k.store_id, s.status, s.change, e.xact_id, e.recorded_at
from app_public.order_events e
join app_hidden.order_keys k on k.merchant_id = e.merchant_id and k.order_id = e.order_id
cross join lateral (
  select m.status, m.change from (values (e.from_status, -1), (e.to_status, 1)) m (status, change)
  where e.shipment_id is null and e.to_status is not null and m.status is not null
  union all
  select null, (e.type = 'attention_raised')::integer - coalesce((
    select (b.type = 'attention_raised')::integer from app_public.order_events b
    where b.merchant_id = e.merchant_id and b.order_id = e.order_id and b.seq < e.seq
      and b.type in ('attention_raised', 'attention_cleared')
    order by b.seq desc limit 1
  ), 0)
  where e.type in ('attention_raised', 'attention_cleared')
) s;
comment on view app_private.count_changes is
  'By how much each event changes the count of a status of its store; of those that need attention where status is null.';

create or replace view app_private.counted_orders with (security_invoker = true) as
select n.merchant_id, n.store_id, n.status, sum(n.orders)::bigint as orders
from (
  select o.merchant_id, o.store_id, o.status, count(*) as orders
  from app_public.orders_current o
  group by o.merchant_id, o.store_id, o.status
  union all
  select o.merchant_id, o.store_id, null, count(*)
  from app_public.orders_current o
  where o.attention is not null
  group by o.merchant_id, o.store_id
  union all
  select c.merchant_id, c.store_id, c.status, -c.change
  from app_private.dispatch_cursor d
  join app_private.count_changes c on c.xact_id >= d.next_xact and c.recorded_at > d.began_at
) n
group by n.merchant_id, n.store_id, n.status;
comment on view app_private.counted_orders is
  'The orders counted one by one, less what the dispatcher has not come to: what the kept counts must be.';
--! EndIncluded live/views/count_changes.sql
--! Included live/functions/count_orders.sql
-- Called by dispatch_events() with the whole transactions that it passes over.
create or replace function app_hidden.count_events(first xid8, last xid8)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set enable_hashjoin to off
set enable_mergejoin to off
set plan_cache_mode to force_generic_plan
set jit to off
as $$
begin
  with changes as (
    select c.merchant_id, c.store_id, c.status, sum(c.change) as orders
    from app_private.count_changes c
    cross join app_private.dispatch_cursor d
    where c.xact_id between first and last and c.recorded_at > d.began_at
    group by c.merchant_id, c.store_id, c.status
    having sum(c.change) <> 0
  ), attention as (
    insert into app_public.attention_counts as a (merchant_id, store_id, orders)
    select c.merchant_id, c.store_id, c.orders from changes c where c.status is null
    on conflict on constraint attention_counts_pkey do update set orders = a.orders + excluded.orders
  )
  insert into app_public.order_counts as o (merchant_id, store_id, status, orders)
  select c.merchant_id, c.store_id, c.status, c.orders from changes c where c.status is not null
  order by c.merchant_id, c.store_id, c.status
  on conflict on constraint order_counts_pkey do update set orders = o.orders + excluded.orders;
end
$$;
comment on function app_hidden.count_events(xid8, xid8) is
  'Adds what the events of these transactions change to order_counts and attention_counts.';

-- Counts anew from the orders themselves, less what the dispatcher has not come to. Holds the dispatcher
-- while it counts. Security definer: for whoever may run it, DBAs among them.
create or replace function app_private.recount_orders()
returns void
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
begin
  perform from app_private.dispatch_cursor for update;
  delete from app_public.order_counts;
  delete from app_public.attention_counts;
  with counted as (
    select c.merchant_id, c.store_id, c.status, c.orders from app_private.counted_orders c where c.orders <> 0
  ), attention as (
    insert into app_public.attention_counts (merchant_id, store_id, orders)
    select c.merchant_id, c.store_id, c.orders from counted c where c.status is null
  )
  insert into app_public.order_counts (merchant_id, store_id, status, orders)
  select c.merchant_id, c.store_id, c.status, c.orders from counted c where c.status is not null;
end
$$;
comment on function app_private.recount_orders() is
  'Counts order_counts and attention_counts anew, as of the dispatcher''s cursor: after a restored dump or a repair.';
--! EndIncluded live/functions/count_orders.sql
--! Included live/functions/tell_live.sql
create or replace function app_private.is_live(type text, shipment_id uuid, to_status text)
returns boolean
language sql immutable
return to_status is not null or shipment_id is not null or type in ('attention_raised', 'attention_cleared');
comment on function app_private.is_live(text, uuid, text) is
  'Whether any live channel tells of such an event: moves, boxes, attention.';

-- The only place that notifies: the lock of NOTIFY is the whole database's, so nobody who writes may.
create or replace function app_private.wake_live("position" bigint)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  select pg_notify('waybill_events', wake_live."position"::text)
$$;
comment on function app_private.wake_live(bigint) is 'Wakes the servers: the live log goes up to here.';

-- Gives the events of a run of transactions their positions in the live log and wakes the servers, which
-- read on from where they are. Of an order whose later event lies in the run, the earlier ones of younger
-- transactions are taken along: what is told stays in the order of each order's seq. Called by the
-- dispatcher alone, which holds the cursor's lock.
create or replace function app_private.tell_live(first xid8, last xid8)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set enable_hashjoin to off
set enable_mergejoin to off
set plan_cache_mode to force_generic_plan
set jit to off
as $$
#variable_conflict use_column
declare
  told_to bigint;
begin
  with touched as (
    select e.merchant_id, e.order_id, max(e.seq) as seq
    from app_public.order_events e, app_private.dispatch_cursor c
    where e.xact_id between tell_live.first and tell_live.last and e.recorded_at > c.began_at
    group by e.merchant_id, e.order_id
  ), untold as (
    select e.merchant_id, e.order_id, e.seq,
      max(e.xact_id) over (partition by e.merchant_id, e.order_id order by e.seq) as ripe
    from touched t
    cross join app_private.dispatch_cursor c
    join app_public.order_events e
      on e.merchant_id = t.merchant_id and e.order_id = t.order_id and e.seq <= t.seq
      and e.xact_id >= tell_live.first and e.recorded_at > c.began_at
    where app_private.is_live(e.type, e.shipment_id, e.to_status) and not exists (
      select from app_private.live_log l
      where l.merchant_id = e.merchant_id and l.order_id = e.order_id and l.seq = e.seq
    )
  ), told as (
    insert into app_private.live_log (merchant_id, store_id, position, order_id, seq)
    select u.merchant_id, k.store_id, c.position + row_number() over (order by u.ripe, u.order_id, u.seq),
      u.order_id, u.seq
    from app_private.dispatch_cursor c
    cross join untold u
    join app_hidden.order_keys k on k.merchant_id = u.merchant_id and k.order_id = u.order_id
    returning position
  ), moved as (
    update app_private.dispatch_cursor c set position = t.position
    from (select max(told.position) as position from told) t
    where t.position is not null
    returning c.position
  )
  select m.position into told_to from moved m;
  if found then
    perform app_private.wake_live(told_to);
  end if;
end
$$;
comment on function app_private.tell_live(xid8, xid8) is
  'Numbers the events of these transactions for the live subscriptions and wakes the servers.';

-- Rows are in the order of their positions and of their times alike. Called by keep_house().
create or replace function app_private.prune_live_log(older_than interval)
returns integer
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  upto bigint;
  pruned integer;
begin
  select l.position - 1 into upto from app_private.live_log l
  where l.told_at >= clock_timestamp() - older_than
  order by l.position limit 1;
  if upto is null then
    select c.position into strict upto from app_private.dispatch_cursor c;
  end if;
  delete from app_private.live_log l where l.position <= upto;
  get diagnostics pruned = row_count;
  update app_private.dispatch_cursor set pruned_to = upto where pruned_to < upto;
  return pruned;
end
$$;
comment on function app_private.prune_live_log(interval) is
  'Forgets places in the live log; cursors before them are too old. Returns how many.';
--! EndIncluded live/functions/tell_live.sql
--! Included live/functions/check_history.sql
-- A database that goes on from a dump counts transactions anew: what it writes may lie below the
-- dispatcher's cursor and would never be told, and a client's cursor may name positions that now hold
-- other events. The dispatcher asks when it begins to lead, and whenever its cursor is ahead of every
-- transaction there was. A new history has a new stream, which ends all older cursors, begins where
-- transactions are now, and tells at once what had not been told. Jobs need nothing: open effects are
-- swept. A history is a cluster, its timeline, a database and this very table: a restored backup has
-- another of each kind. Security definer: waybill_worker, the dispatcher's login, writes no table.
create or replace function app_private.check_history()
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  saved app_private.dispatch_cursor;
  current_history text;
begin
  select concat_ws('.', s.system_identifier, left(pg_walfile_name(pg_current_wal_lsn()), 8), d.oid,
    'app_private.dispatch_cursor'::regclass::oid) into strict current_history
  from pg_control_system() s, pg_database d
  where d.datname = current_database();
  select c.* into strict saved from app_private.dispatch_cursor c for update;
  if coalesce(saved.history, current_history) = current_history
    and saved.next_xact <= pg_snapshot_xmax(pg_current_snapshot()) then
    update app_private.dispatch_cursor set history = current_history where history is null;
    return false;
  end if;
  perform app_private.begin_history(saved, current_history);
  return true;
end
$$;
comment on function app_private.check_history() is
  'Notices that the database went on from a backup and lets the dispatcher go on; true when it did.';

create or replace function app_private.begin_history(saved app_private.dispatch_cursor, new_history text)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  -- Read first: what ends while we tell lies above it, and the dispatcher comes to it.
  horizon xid8 := app_private.dispatch_horizon();
  -- The last event of a transaction that has not been yet: it came from the other cluster.
  future timestamptz := (
    select max(e.recorded_at) from app_public.order_events e
    where e.xact_id >= pg_snapshot_xmax(pg_current_snapshot()) and e.recorded_at > saved.began_at
  );
  told integer;
begin
  insert into app_private.live_log (merchant_id, store_id, position, order_id, seq)
  select e.merchant_id, k.store_id, saved.position + row_number() over (order by e.recorded_at, e.order_id, e.seq),
    e.order_id, e.seq
  from app_public.order_events e
  join app_hidden.order_keys k on k.merchant_id = e.merchant_id and k.order_id = e.order_id
  where (e.xact_id >= saved.next_xact or e.recorded_at > saved.moved_at) and e.recorded_at > saved.began_at
    and app_private.is_live(e.type, e.shipment_id, e.to_status)
    and not exists (
      select from app_private.live_log l
      where l.merchant_id = e.merchant_id and l.order_id = e.order_id and l.seq = e.seq
    );
  get diagnostics told = row_count;
  update app_private.dispatch_cursor
  set history = new_history, began_at = coalesce(future, saved.began_at), position = saved.position + told,
    next_xact = horizon,
    stream = substring(replace(gen_random_uuid()::text, '-', '') from 1 for 8),
    -- Cursors of the stream before are refused by its name; nothing else shall be found before here.
    pruned_to = saved.position, moved_at = clock_timestamp();
  perform app_private.recount_orders();
  perform app_private.wake_live(saved.position + told);
end
$$;
comment on function app_private.begin_history(app_private.dispatch_cursor, text) is
  'Begins a new stream of live events where the database is now.';

grant execute on function app_private.check_history() to waybill_worker;
--! EndIncluded live/functions/check_history.sql
--! Included live/functions/dispatch_events.sql
-- The outbox is the event log itself. One transaction: read the committed events past the cursor, add the
-- jobs of the effects that they caused, count the orders, tell the live subscriptions, move the cursor.
-- Only transactions below the oldest one of this database that still runs are read, so a late commit is
-- never passed over; the cursor moves by whole transactions. The row lock makes a second dispatcher harmless. No
-- JIT, here and beside: before PostgreSQL 18 a switched-off scan of a one-row table costs so much on paper
-- that each call would be compiled, for a tenth of a second. One plan for all runs, here and beside: with months
-- to look through, planning took most of the time of a run. As such a plan does not know how few events there are,
-- it is held to what is right for few: from index to index. Security definer: waybill_worker reads no table.
create or replace function app_private.dispatch_events(batch integer default 1000)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set enable_hashjoin to off
set enable_mergejoin to off
set plan_cache_mode to force_generic_plan
set jit to off
as $$
declare
  horizon xid8 := app_private.dispatch_horizon();
  first xid8;
  last xid8;
  began timestamptz;
  found_events integer;
begin
  select c.next_xact, c.began_at into strict first, began from app_private.dispatch_cursor c;
  if first > pg_snapshot_xmax(pg_current_snapshot()) then
    perform app_private.check_history();
    return 0;
  end if;
  select max(x.xact_id), count(*) into last, found_events from (
    select e.xact_id from app_public.order_events e
    where e.xact_id >= first and e.xact_id < horizon and e.recorded_at > began
    order by e.xact_id
    limit batch
  ) x;
  if last is null then
    return 0;
  end if;
  perform from app_private.dispatch_cursor c where c.next_xact = first for update skip locked;
  if not found then
    return 0;
  end if;
  perform app_hidden.add_jobs(jsonb_agg(app_hidden.effect_job(k.task, f.merchant_id, f.subject_id, f.kind)))
  from app_public.order_events e
  join app_public.effects f
    on f.merchant_id = e.merchant_id and f.order_id = e.order_id and f.caused_by_seq = e.seq
    and f.status = 'intent'
  join app_public.effect_kinds k on k.kind = f.kind
  where e.xact_id between first and last and e.recorded_at > began
  having count(*) > 0;
  perform app_hidden.count_events(first, last);
  perform app_private.tell_live(first, last);
  update app_private.dispatch_cursor
  set next_xact = (last::text::bigint + 1)::text::xid8, moved_at = clock_timestamp();
  return found_events;
end
$$;
comment on function app_private.dispatch_events(integer) is
  'Adds the jobs that newly committed events cause and wakes the live subscriptions; returns how many events.';

-- How far behind the dispatcher is, for the metric and the alert.
create or replace function app_private.dispatch_lag()
returns interval
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select coalesce(clock_timestamp() - (
    select e.recorded_at from app_public.order_events e, app_private.dispatch_cursor c
    where e.xact_id >= c.next_xact and e.recorded_at > c.began_at order by e.xact_id limit 1
  ), interval '0')
$$;
comment on function app_private.dispatch_lag() is 'The age of the oldest event that was not dispatched yet.';

-- Why the dispatcher is behind: it does not run, or it must wait for an older transaction to end.
create or replace function app_private.dispatch_is_held_back()
returns boolean
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  select coalesce((
    select e.xact_id >= app_private.dispatch_horizon()
    from app_public.order_events e, app_private.dispatch_cursor c
    where e.xact_id >= c.next_xact and e.recorded_at > c.began_at order by e.xact_id limit 1
  ), false)
$$;
comment on function app_private.dispatch_is_held_back() is
  'Whether the oldest event that was not dispatched waits for an older transaction that is still open.';

grant execute on function
  app_private.dispatch_events(integer), app_private.dispatch_lag(), app_private.dispatch_is_held_back()
to waybill_worker;
--! EndIncluded live/functions/dispatch_events.sql
--! Included live/views/told_events.sql
-- The events of the live log with what the live channels show of them. Read by definer functions only.
create or replace view app_private.told_events with (security_invoker = true) as
select l.position, l.merchant_id, l.store_id, l.order_id, o.public_id, l.seq, e.shipment_id, e.type,
  e.from_status as old_status, e.to_status as new_status, o.fulfilment_type, s.shipping_status,
  case when e.shipment_id is not null then coalesce(e.inputs ->> 'awb', b.awb)
    when s.shipping_status is not null then coalesce(e.inputs ->> 'tracking_code', o.tracking_code)
  end as tracking_code,
  case when e.shipment_id is not null then coalesce(e.inputs ->> 'tracking_url', b.tracking_url)
    when s.shipping_status is not null then coalesce(e.inputs ->> 'tracking_url', o.tracking_url)
  end as tracking_url,
  e.recorded_at
from app_private.live_log l
join app_public.order_events e
  on e.merchant_id = l.merchant_id and e.order_id = l.order_id and e.seq = l.seq
join app_public.orders_current o on o.merchant_id = l.merchant_id and o.id = l.order_id
left join app_public.shipments_current b on b.merchant_id = e.merchant_id and b.id = e.shipment_id
left join app_public.workflow_statuses s
  on e.shipment_id is null and s.workflow = o.workflow and s.status = e.to_status;
comment on view app_private.told_events is
  'What live subscribers are told, by position. shipping_status is the one that the event brought.';
--! EndIncluded live/views/told_events.sql
--! Included live/functions/live_events.sql
-- What the live channels are made of. Security definer, all: waybill_worker, as whom the server reads
-- them, reads no table; the server compares merchant and store for each subscriber.
create or replace function app_private.live_position()
returns table (stream text, "position" bigint, pruned_to bigint)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select c.stream, c.position, c.pruned_to from app_private.dispatch_cursor c
$$;
comment on function app_private.live_position() is
  'The stream, its last position, and up to where there is nothing left to replay.';

-- Planned once, as in dispatch_events().
create or replace function app_private.live_events(after bigint, batch integer default 1000)
returns setof app_private.told_events
language sql stable security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set enable_hashjoin to off
set enable_mergejoin to off
set plan_cache_mode to force_generic_plan
set jit to off
as $$
  select t.* from app_private.told_events t
  where t.position > live_events.after
  order by t.position
  limit batch
$$;
comment on function app_private.live_events(bigint, integer) is
  'Events past a position, of all merchants, in the order in which they are told.';

create or replace function app_private.live_events_of_store(
  merchant_id integer, store_id integer, after bigint, upto bigint, batch integer default 1000
)
returns setof app_private.told_events
language sql stable security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set jit to off
as $$
  select t.* from app_private.told_events t
  where t.merchant_id = live_events_of_store.merchant_id and t.store_id = live_events_of_store.store_id
    and t.position > live_events_of_store.after and t.position <= live_events_of_store.upto
  order by t.position
  limit batch
$$;
comment on function app_private.live_events_of_store(integer, integer, bigint, bigint, integer) is
  'What one store''s subscribers missed between two positions.';

grant execute on function
  app_private.live_position(),
  app_private.live_events(bigint, integer),
  app_private.live_events_of_store(integer, integer, bigint, bigint, integer)
to waybill_worker;
--! EndIncluded live/functions/live_events.sql
--! Included live/functions/watching.sql
-- What the server asks again and again for all who are connected, one call a round whatever their number.
-- Security definer, both: waybill_worker reads no table.
create or replace function app_private.sessions_standing(merchant_ids integer[], session_ids uuid[])
returns table (session_id uuid, role text)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select s.id, m.role
  from unnest(merchant_ids, session_ids) asked (merchant_id, session_id)
  join app_public.sessions s on s.merchant_id = asked.merchant_id and s.id = asked.session_id
  join app_public.members m on m.merchant_id = s.merchant_id and m.id = s.member_id
  where s.ended_at is null and m.disabled_at is null
$$;
comment on function app_private.sessions_standing(integer[], uuid[]) is
  'Those of the given sessions that have not ended, with the role that their members have now.';

create or replace function app_private.store_counts(merchant_ids integer[], store_ids integer[])
returns table (merchant_id integer, store_id integer, orders jsonb, attention integer)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select c.merchant_id, c.store_id, c.orders, c.attention
  from unnest(merchant_ids, store_ids) asked (merchant_id, store_id)
  join app_public.store_counts c on c.merchant_id = asked.merchant_id and c.store_id = asked.store_id
$$;
comment on function app_private.store_counts(integer[], integer[]) is
  'Orders per status, and how many need attention, of each of these stores.';

grant execute on function
  app_private.sessions_standing(integer[], uuid[]),
  app_private.store_counts(integer[], integer[])
to waybill_worker;
--! EndIncluded live/functions/watching.sql
--! Included live/functions/track_order.sql
-- What a shopper may know of one order, by nothing but its public id, which has 72 random bits. No
-- internal id, no name, no address, no phone, no price. Security definer, both: waybill_customer reads
-- no table, and the public id is all the permission there is.
create or replace function app_public.track_order(public_id text)
returns jsonb
language sql stable security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set jit to off
as $$
  select jsonb_build_object(
    'publicId', o.public_id, 'number', coalesce(o.external_number, o.number::text), 'storeName', s.name,
    'timeZone', m.time_zone,
    'fulfilmentType', o.fulfilment_type, 'status', o.status, 'shippingStatus', o.shipping_status,
    'trackingCode', o.tracking_code, 'trackingUrl', o.tracking_url,
    'placedAt', o.placed_at, 'updatedAt', o.updated_at, 'cursor', o.seq::text,
    'pickupLocation', case o.fulfilment_type when 'pickup' then jsonb_build_object(
      'name', l.name, 'address', l.address, 'city', l.city, 'pincode', l.pincode) end,
    'timeline', (
      select jsonb_agg(jsonb_build_object('status', e.to_status, 'timestamp', e.recorded_at) order by e.seq)
      from (
        select e.to_status, e.recorded_at, e.seq from app_public.order_events e
        where e.merchant_id = o.merchant_id and e.order_id = o.id
          and e.shipment_id is null and e.to_status is not null
        order by e.seq limit 100
      ) e
    ),
    'items', (
      select jsonb_agg(jsonb_build_object(
        'title', i.title, 'variantTitle', i.variant_title, 'quantity', i.quantity) order by i.line)
      from (
        select * from app_public.order_items i where i.merchant_id = o.merchant_id and i.order_id = o.id
        order by i.line limit 100
      ) i
    ),
    'parcels', coalesce((
      select jsonb_agg(jsonb_build_object(
        'box', b.box, 'status', b.status, 'trackingCode', b.awb, 'trackingUrl', b.tracking_url) order by b.box)
      from (
        select * from app_public.shipments_current b
        where b.merchant_id = o.merchant_id and b.order_id = o.id
          and b.status not in ('planned', 'labelled', 'cancelled')
        order by b.box limit 100
      ) b
    ), '[]')
  )
  from app_hidden.order_keys k
  join app_public.orders_current o on o.merchant_id = k.merchant_id and o.id = k.order_id
  join app_public.merchants m on m.id = o.merchant_id
  join app_public.stores s on s.merchant_id = o.merchant_id and s.id = o.store_id
  join app_public.locations l on l.merchant_id = o.merchant_id and l.id = o.location_id
  where k.public_id = track_order.public_id
$$;
comment on function app_public.track_order(text) is
  'One order as its customer may see it, of each list the first 100; null for an unknown public id.';

create or replace function app_public.track_order_events(public_id text, after_seq integer)
returns jsonb
language sql stable security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
set jit to off
as $$
  select coalesce(jsonb_agg(jsonb_build_object(
    'seq', e.seq, 'oldStatus', e.from_status, 'newStatus', e.to_status,
    'fulfilmentType', o.fulfilment_type, 'shippingStatus', s.shipping_status,
    'trackingCode', case when s.shipping_status is not null
      then coalesce(e.inputs ->> 'tracking_code', o.tracking_code) end,
    'trackingUrl', case when s.shipping_status is not null
      then coalesce(e.inputs ->> 'tracking_url', o.tracking_url) end,
    'timestamp', e.recorded_at
  ) order by e.seq), '[]')
  from app_hidden.order_keys k
  join app_public.orders_current o on o.merchant_id = k.merchant_id and o.id = k.order_id
  join app_public.order_events e on e.merchant_id = k.merchant_id and e.order_id = k.order_id
  left join app_public.workflow_statuses s on s.workflow = o.workflow and s.status = e.to_status
  where k.public_id = track_order_events.public_id and e.seq > after_seq
    and e.shipment_id is null and e.to_status is not null
$$;
comment on function app_public.track_order_events(text, integer) is
  'The status changes of one order past a seq, as its customer may see them.';

grant execute on function app_public.track_order(text), app_public.track_order_events(text, integer)
to waybill_customer;
--! EndIncluded live/functions/track_order.sql
--! Included live/functions/worker_pools.sql
-- Security definer, both: waybill_worker writes no table.
create or replace function app_private.beat(pool_ids text[])
returns void
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  insert into app_private.worker_pools as w (pool_id, beat_at)
  select p, clock_timestamp() from unnest(pool_ids) p
  on conflict on constraint worker_pools_pkey do update set beat_at = excluded.beat_at
$$;
comment on function app_private.beat(text[]) is 'Says that these worker processes live.';

-- Frees what processes held that are gone without a word. Their supervisor would have beaten each few
-- seconds; thirty without is a dead machine. A worker that only slept is fenced off by the epochs.
create or replace function app_private.reap_workers()
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  gone text;
  reaped integer := 0;
begin
  for gone in
    select w.pool_id from app_private.worker_pools w
    where w.beat_at < clock_timestamp() - interval '30 seconds'
    for update skip locked
  loop
    perform app_private.release_worker(gone);
    reaped := reaped + 1;
  end loop;
  return reaped;
end
$$;
comment on function app_private.reap_workers() is 'Releases worker processes whose beat stopped; returns how many.';

grant execute on function app_private.beat(text[]), app_private.reap_workers() to waybill_worker;
--! EndIncluded live/functions/worker_pools.sql
--! Included live/functions/prune_history.sql
-- The call log and the webhooks that were understood are kept for a time and then deleted, a batch of one
-- merchant's rows a transaction: whoever runs it calls it until nothing is left. By their time-ordered ids, so
-- that the primary key finds them. Security definer, both: waybill_worker deletes from no table.
create or replace function app_private.prune_calls(before timestamptz, batch integer default 5000)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
  bound constant uuid := app_hidden.uuid_v7_floor(before);
  deleted integer;
  merchant record;
begin
  for merchant in select m.id from app_public.merchants m order by m.id loop
    delete from app_public.carrier_calls c
    where c.merchant_id = merchant.id and c.id in (
      select o.id from app_public.carrier_calls o
      where o.merchant_id = merchant.id and o.id < bound
        -- Whoever settles an open dead letter must be able to read what was said.
        and not exists (
          select from app_public.dead_letters d
          where d.merchant_id = o.merchant_id and d.last_call_id = o.id and d.resolved_at is null
        )
      order by o.id
      limit batch
    );
    get diagnostics deleted = row_count;
    if deleted > 0 then
      return deleted;
    end if;
  end loop;
  return 0;
end
$$;
comment on function app_private.prune_calls(timestamptz, integer) is
  'Deletes calls that were logged before a moment, but for the last one of an open dead letter: a batch of one merchant''s; returns how many.';

create or replace function app_private.prune_inbound(before timestamptz, batch integer default 5000)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
  bound constant uuid := app_hidden.uuid_v7_floor(before);
  deleted integer;
  merchant record;
begin
  for merchant in select m.id from app_public.merchants m order by m.id loop
    delete from app_public.inbound_messages i
    where i.merchant_id = merchant.id and i.id in (
      select o.id from app_public.inbound_messages o
      where o.merchant_id = merchant.id and o.id < bound and o.status = 'processed'
      order by o.id
      limit batch
    );
    get diagnostics deleted = row_count;
    if deleted > 0 then
      return deleted;
    end if;
  end loop;
  return 0;
end
$$;
comment on function app_private.prune_inbound(timestamptz, integer) is
  'Deletes webhooks that came before a moment and were understood: a batch of one merchant''s; returns how many. What waits for a human stays.';

grant execute on function
  app_private.prune_calls(timestamptz, integer), app_private.prune_inbound(timestamptz, integer)
to waybill_worker;
--! EndIncluded live/functions/prune_history.sql
--! Included live/functions/keep_house.sql
-- The hourly chores. Security definer: waybill_worker deletes from no table.
create or replace function app_private.keep_house()
returns jsonb
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  partitions integer := app_private.create_partitions();
  live integer := app_private.prune_live_log(interval '1 day');
  keys integer;
  scans integer;
  digests integer;
  access jsonb := app_private.prune_access();
  rates jsonb := app_private.prune_rates(now() - interval '90 days');
  jobs integer;
begin
  delete from app_private.idempotency_keys where expires_at < now();
  get diagnostics keys = row_count;
  delete from app_private.unmatched_scans where received_at < now() - interval '7 days';
  get diagnostics scans = row_count;
  delete from app_public.dead_letter_digests where digest_on < current_date - 90;
  get diagnostics digests = row_count;
  delete from graphile_worker._private_jobs
  where attempts >= max_attempts and locked_at is null and updated_at < now() - interval '7 days';
  get diagnostics jobs = row_count;
  return jsonb_build_object('partitions_created', partitions, 'idempotency_keys_deleted', keys,
    'unmatched_scans_deleted', scans, 'digests_deleted', digests, 'failed_jobs_deleted', jobs, 'live_log_pruned', live) || access || rates;
end
$$;
comment on function app_private.keep_house() is
  'Creates partitions ahead and deletes what has expired; returns what it did.';
grant execute on function app_private.keep_house() to waybill_worker;
--! EndIncluded live/functions/keep_house.sql
--! EndIncluded live/live.sql
--! Included proof/proof.sql
--! Included proof/tables/rebuilds.sql
-- One row is one order whose read models were not what its log says, and are now. Inserting the row does
-- the work: read models are only ever written from within a trigger.
create table app_private.rebuilds (
  merchant_id integer not null,
  id uuid not null default app_hidden.uuid_v7(),
  order_id uuid not null,
  differed text[] not null,
  mended_at timestamptz not null default clock_timestamp(),
  constraint rebuilds_pkey primary key (merchant_id, id)
);
comment on table app_private.rebuilds is 'The orders that app_private.rebuild_read_models() mended, and when.';
comment on column app_private.rebuilds.differed is 'The read models that were not what the log says.';
--! EndIncluded proof/tables/rebuilds.sql
--! Included proof/tables/event_kind.sql
-- What the rules about single events ask of an event: millions of events are of a few hundred kinds. One
-- value and not nine columns, because the planner takes nine columns for as many groups as there are rows.
create type app_hidden.event_kind as (
  workflow text,
  type text,
  from_status text,
  to_status text,
  actor_role text,
  override boolean,
  has_reason boolean,
  has_tracking_code boolean,
  has_personal_data boolean
);
comment on type app_hidden.event_kind is 'What the rules about single events ask of an event.';
--! EndIncluded proof/tables/event_kind.sql
--! Included proof/views/plain.sql
-- Read models without their domains: to make a value of a domain is nothing that PostgreSQL does in a
-- parallel worker, and these are what the log is compared with, a million rows at a time.

create or replace view app_hidden.plain_orders with (security_invoker = true) as
select o.merchant_id, o.id, o.public_id, o.store_id, o.source, o.external_id, o.external_number, o.number,
  o.workflow, o.fulfilment_type, o.status, o.shipping_status, o.location_id, o.currency,
  o.payment_mode::text as payment_mode, o.subtotal_minor::bigint as subtotal_minor,
  o.discount_minor::bigint as discount_minor, o.shipping_minor::bigint as shipping_minor,
  o.tax_minor::bigint as tax_minor, o.total_minor::bigint as total_minor,
  o.cod_amount_minor::bigint as cod_amount_minor, o.shipping_method, o.ship_to_version, o.tracking_code,
  o.tracking_url, o.attention, o.attention_reason, o.attention_since, o.accepted_at, o.ready_at,
  o.completed_at, o.seq, o.event_hash, o.placed_at, o.created_at, o.updated_at
from app_public.orders_current o;
comment on view app_hidden.plain_orders is 'orders_current without domains, for comparing.';

create or replace view app_hidden.plain_order_items with (security_invoker = true) as
select i.merchant_id, i.order_id, i.line, i.external_id, i.sku, i.title, i.variant_title, i.quantity,
  i.unit_price_minor::bigint as unit_price_minor, i.discount_minor::bigint as discount_minor,
  i.weight_grams, i.hsn_code, i.requires_shipping
from app_public.order_items i;
comment on view app_hidden.plain_order_items is 'order_items without domains, for comparing.';

-- The seed of all sums of one statement, another one in each, so that nobody can make up rows that add up
-- to the same. Of the microsecond, which the workers of one statement share; a random number would be
-- another in each of them.
create or replace function app_hidden.statement_seed()
returns bigint
language sql stable parallel safe
return interval_hash_extended(statement_timestamp() - timestamptz 'epoch', 0);
comment on function app_hidden.statement_seed() is 'A number that no one could know before the statement began.';

-- The hash of a row is a sum over its columns, so two rows that swapped a value would add up to the same:
-- it is hashed once more.
create or replace function app_hidden.mixed(hash bigint)
returns bigint
language sql stable parallel safe
return hashfloat8extended(hash, app_hidden.statement_seed());
comment on function app_hidden.mixed(bigint) is
  'The hash of a row made fit for adding up and comparing; another one in every statement.';

-- What an audit row says and its event has to say, field within field: a third faster than the hash of a
-- row, and fit for adding up as it is.
create or replace function app_hidden.audit_hash(
  entity text, entity_id text, seq integer, action text, actor_id text, actor_role text, reason text,
  recorded_at timestamptz, old_status text, new_status text
)
returns bigint
language sql stable parallel safe
return hashtextextended(entity_id, hashtextextended(entity, hashint4extended(coalesce(seq, 0),
  hashtextextended(action, hashtextextended(actor_id, hashtextextended(actor_role, hashtextextended(reason,
  hashtextextended(coalesce('=' || old_status, ''), hashtextextended(coalesce('=' || new_status, ''),
  interval_hash_extended(recorded_at - timestamptz 'epoch', app_hidden.statement_seed()))))))))));
comment on function app_hidden.audit_hash(
  text, text, integer, text, text, text, text, timestamptz, text, text
) is 'A hash of what both the log and the audit log say of an event; another one in every statement.';
--! EndIncluded proof/views/plain.sql
--! Included proof/functions/fold_orders.sql
-- What the log says, set by set: the second definition of the read models beside the triggers, and the
-- only one for looking back (order_as_of), for checking (verify) and for mending (rebuild_read_models).
-- Bodies in the standard form are inlined, so a condition on merchant_id and order_id reaches the index.

-- An order is never shown in the middle of a transaction: an event counts when its own transaction and
-- everything before it was recorded by then. Without a moment: all events.
create or replace function app_hidden.events_until(at timestamptz)
returns setof app_public.order_events
language sql stable parallel safe
begin atomic
  select e.* from app_public.order_events e
  where events_until.at is null or not exists (
    select from app_public.order_events later
    where later.merchant_id = e.merchant_id and later.order_id = e.order_id
      and later.recorded_at > events_until.at and (later.seq <= e.seq or later.xact_id = e.xact_id)
  );
end;
comment on function app_hidden.events_until(timestamptz) is
  'The events that had happened by a moment, by whole transactions of an order; null: all.';

-- Each order as its events leave it. from_statuses and to_statuses are the order's own moves in sequence.
-- A million orders are folded by this for app_private.verify(): the snapshot is taken apart once, by
-- jsonb_to_record(), and the workflow is looked up once an order. Fields one by one, jsonb_populate_record()
-- and a join of every event with its status all took half as long again, or more.
create or replace function app_hidden.fold_orders(at timestamptz)
returns table (
  merchant_id integer, order_id uuid, folded app_hidden.plain_orders, events bigint,
  from_statuses text[], to_statuses text[]
)
language sql stable parallel safe
begin atomic
  select t.merchant_id, t.order_id,
    row(
      t.merchant_id, t.order_id, s.public_id, s.store_id, s.source, s.external_id, s.external_number,
      s.number, w.workflow, s.fulfilment_type, t.to_statuses[cardinality(t.to_statuses)], coalesce(
        w.shipping ->> t.to_statuses[cardinality(t.to_statuses)],
        case when t.to_statuses[cardinality(t.to_statuses)] = any (w.ends)
          then w.shipping ->> t.to_statuses[cardinality(t.to_statuses) - 1] end
      ),
      s.location_id, s.currency, s.payment_mode, s.subtotal_minor, s.discount_minor, s.shipping_minor,
      s.tax_minor, s.total_minor, s.cod_amount_minor, s.shipping_method,
      t.ship_to_versions[cardinality(t.ship_to_versions)],
      t.tracking_codes[cardinality(t.tracking_codes)], t.tracking_urls[cardinality(t.tracking_urls)],
      t.attentions[cardinality(t.attentions)], t.attention_reasons[cardinality(t.attention_reasons)],
      -- Cleared is null here: the first time after the last of these.
      t.raised_at[1 + coalesce(
        (array_positions(t.raised_at, null))[cardinality(array_positions(t.raised_at, null))], 0
      )],
      t.moved_at[array_position(t.to_statuses, w.accepted, 2)],
      t.moved_at[array_position(t.to_statuses, w.ready, 2)],
      t.moved_at[array_position(t.to_statuses, w.completed, 2)],
      t.seq, t.hashes[cardinality(t.hashes)], s.placed_at, t.placed_at, t.recorded_at
    )::app_hidden.plain_orders,
    t.events, t.from_statuses, t.to_statuses
  from (
    select e.merchant_id, e.order_id, count(*) as events, max(e.seq) as seq,
      (array_agg(e.inputs order by e.seq) filter (where e.seq = 1))[1] as snapshot,
      array_agg(e.hash order by e.seq) as hashes,
      min(e.recorded_at) as placed_at, max(e.recorded_at) as recorded_at,
      array_agg(e.from_status order by e.seq) filter (where e.shipment_id is null and e.to_status is not null)
        as from_statuses,
      array_agg(e.to_status order by e.seq) filter (where e.shipment_id is null and e.to_status is not null)
        as to_statuses,
      array_agg(e.recorded_at order by e.seq) filter (where e.shipment_id is null and e.to_status is not null)
        as moved_at,
      array_agg((e.inputs ->> 'ship_to_version')::integer order by e.seq)
        filter (where e.inputs ->> 'ship_to_version' is not null) as ship_to_versions,
      array_agg(e.inputs ->> 'tracking_code' order by e.seq) filter (
        where e.shipment_id is null and e.to_status is not null and e.inputs ->> 'tracking_code' is not null
      ) as tracking_codes,
      array_agg(e.inputs ->> 'tracking_url' order by e.seq) filter (
        where e.shipment_id is null and e.to_status is not null and e.inputs ->> 'tracking_url' is not null
      ) as tracking_urls,
      array_agg(case e.type when 'attention_raised' then e.inputs ->> 'code' end order by e.seq)
        filter (where e.type in ('attention_raised', 'attention_cleared')) as attentions,
      array_agg(case e.type when 'attention_raised' then e.reason end order by e.seq)
        filter (where e.type in ('attention_raised', 'attention_cleared')) as attention_reasons,
      array_agg(case e.type when 'attention_raised' then e.recorded_at end order by e.seq)
        filter (where e.type in ('attention_raised', 'attention_cleared')) as raised_at
    from app_hidden.events_until(fold_orders.at) e
    group by e.merchant_id, e.order_id
  ) t
  cross join lateral jsonb_to_record(t.snapshot) s (
    public_id text, store_id integer, source text, external_id text, external_number text, number bigint,
    workflow text, fulfilment_type text, location_id integer, currency text, payment_mode text,
    subtotal_minor bigint, discount_minor bigint, shipping_minor bigint, tax_minor bigint, total_minor bigint,
    cod_amount_minor bigint, shipping_method text, placed_at timestamptz
  )
  left join (
    select s.workflow,
      max(s.status) filter (where s.stamps = 'accepted_at') as accepted,
      max(s.status) filter (where s.stamps = 'ready_at') as ready,
      max(s.status) filter (where s.stamps = 'completed_at') as completed,
      jsonb_object_agg(s.status, s.shipping_status) filter (where s.shipping_status is not null) as shipping,
      array_agg(s.status) filter (where s.is_terminal) as ends
    from app_public.workflow_statuses s
    group by s.workflow
  ) w on w.workflow = s.workflow;
end;
comment on function app_hidden.fold_orders(timestamptz) is
  'Every order as its events up to a moment leave it (null: all of them), with its moves.';
--! EndIncluded proof/functions/fold_orders.sql
--! Included proof/functions/fold_parts.sql
-- What belongs to an order, from its events: see fold_orders.sql.

create or replace function app_hidden.fold_order_keys()
returns setof app_hidden.order_keys
language sql stable parallel safe
begin atomic
  select e.merchant_id, e.order_id, e.inputs ->> 'public_id', (e.inputs ->> 'store_id')::integer,
    e.inputs ->> 'external_id', e.inputs ->> 'external_number', (e.inputs ->> 'number')::bigint
  from app_public.order_events e
  where e.seq = 1;
end;
comment on function app_hidden.fold_order_keys() is 'The unchanging names of each order, from its first event.';

create or replace function app_hidden.fold_plain_order_items()
returns setof app_hidden.plain_order_items
language sql stable parallel safe
begin atomic
  select e.merchant_id, e.order_id, i.line::smallint, i.external_id, i.sku, i.title, i.variant_title,
    i.quantity, i.unit_price_minor, i.discount_minor, i.weight_grams, i.hsn_code, i.requires_shipping
  from app_public.order_events e
  cross join rows from (jsonb_to_recordset(e.inputs -> 'items') as (
    external_id text, sku text, title text, variant_title text, quantity integer, unit_price_minor bigint,
    discount_minor bigint, weight_grams integer, hsn_code text, requires_shipping boolean
  )) with ordinality i (
    external_id, sku, title, variant_title, quantity, unit_price_minor, discount_minor, weight_grams, hsn_code,
    requires_shipping, line
  )
  where e.seq = 1;
end;
comment on function app_hidden.fold_plain_order_items() is
  'The lines of each order, from its first event; without domains.';

create or replace function app_hidden.fold_order_items()
returns setof app_public.order_items
language sql stable
begin atomic
  select (row(f.*)::app_public.order_items).* from app_hidden.fold_plain_order_items() f;
end;
comment on function app_hidden.fold_order_items() is 'The lines of each order, from its first event.';

-- Each shipment as its events leave it. A carrier's scans come late and out of order: the one that
-- happened last counts, and of two at the same moment the one recorded later.
create or replace function app_hidden.fold_shipments()
returns setof app_public.shipments_current
language sql stable parallel safe
begin atomic
  select t.merchant_id, t.shipment_id, t.order_id, (t.plan ->> 'box')::smallint,
    coalesce((t.plan ->> 'booking')::smallint, 1::smallint),
    t.statuses[cardinality(t.statuses)], (t.plan ->> 'location_id')::integer,
    (t.plan ->> 'carrier_account_id')::integer, t.plan ->> 'carrier', t.plan ->> 'service',
    t.awbs[cardinality(t.awbs)], t.tracking_urls[cardinality(t.tracking_urls)],
    (t.plan ->> 'weight_grams')::integer, (t.plan ->> 'length_mm')::integer,
    (t.plan ->> 'width_mm')::integer, (t.plan ->> 'height_mm')::integer,
    (t.plan ->> 'declared_minor')::app_public.amount_minor,
    (t.plan ->> 'payment_mode')::app_public.payment_mode,
    (t.plan ->> 'cod_amount_minor')::app_public.amount_minor, nullif(t.plan -> 'service_codes', 'null'),
    t.booking ->> 'courier', (t.booking ->> 'freight_minor')::app_public.amount_minor,
    t.booking ->> 'routing', nullif(t.booking -> 'carrier_ids', 'null'),
    t.carrier_pickup_ids[cardinality(t.carrier_pickup_ids)],
    t.manifest_ids[cardinality(t.manifest_ids)], t.labelled_at[cardinality(t.labelled_at)], t.handed_over_at[1],
    t.delivered_at[cardinality(t.delivered_at)], t.last_scan_at, t.scans[1], t.planned_at,
    t.recorded_at
  from (
    select e.merchant_id, e.order_id, e.shipment_id,
      (array_agg(e.inputs order by e.seq) filter (where e.type = 'shipment_planned'))[1] as plan,
      (array_agg(e.inputs order by e.seq desc) filter (where e.type = 'shipment_booked'))[1] as booking,
      min(e.recorded_at) as planned_at, max(e.recorded_at) as recorded_at,
      array_agg(e.to_status order by e.seq) filter (where e.to_status is not null) as statuses,
      array_agg(e.inputs ->> 'awb' order by e.seq) filter (where e.inputs ->> 'awb' is not null) as awbs,
      array_agg(e.inputs ->> 'tracking_url' order by e.seq) filter (where e.inputs ->> 'tracking_url' is not null)
        as tracking_urls,
      array_agg((e.inputs ->> 'carrier_pickup_id')::uuid order by e.seq)
        filter (where e.inputs ->> 'carrier_pickup_id' is not null) as carrier_pickup_ids,
      array_agg(case e.type when 'shipment_manifested' then (e.inputs ->> 'manifest_id')::uuid end order by e.seq)
        filter (where e.type in ('shipment_manifested', 'shipment_taken_off_manifest')) as manifest_ids,
      array_agg(e.occurred_at order by e.seq) filter (where e.to_status = 'labelled') as labelled_at,
      array_agg(e.occurred_at order by e.seq)
        filter (where e.to_status in ('handed_over', 'in_transit', 'out_for_delivery', 'delivered'))
        as handed_over_at,
      array_agg(e.occurred_at order by e.seq) filter (where e.to_status = 'delivered') as delivered_at,
      max(e.occurred_at) filter (where e.actor_role = 'carrier' and e.type <> 'shipment_planned') as last_scan_at,
      array_agg(e.inputs ->> 'carrier_status' order by e.occurred_at desc, e.seq desc)
        filter (where e.actor_role = 'carrier' and e.type <> 'shipment_planned') as scans
    from app_public.order_events e
    where e.shipment_id is not null
    group by e.merchant_id, e.order_id, e.shipment_id
  ) t;
end;
comment on function app_hidden.fold_shipments() is 'Every shipment as its events leave it.';

create or replace function app_hidden.fold_shipment_items()
returns setof app_public.shipment_items
language sql stable parallel safe
begin atomic
  select e.merchant_id, e.shipment_id, i.line, e.order_id, i.quantity
  from app_public.order_events e
  cross join lateral jsonb_to_recordset(e.inputs -> 'items') i (line smallint, quantity integer)
  where e.type = 'shipment_planned';
end;
comment on function app_hidden.fold_shipment_items() is 'Which lines of which order are in which box, from the plans.';
--! EndIncluded proof/functions/fold_parts.sql
--! Included proof/functions/order_as_of.sql
-- An order as it was. With the rights of the caller: row-level security on the events is the tenant check.
create or replace function app_public.order_as_of(order_id uuid, at timestamptz)
returns app_public.orders_current
language plpgsql stable
set search_path to pg_catalog, pg_temp
as $$
declare
  found_order app_public.orders_current;
begin
  select (f.folded).* into found_order from app_hidden.fold_orders(order_as_of.at) f
  where f.order_id = order_as_of.order_id
    and f.merchant_id = (
      select e.merchant_id from app_public.order_events e
      where e.order_id = order_as_of.order_id and e.seq = 1
    );
  if not found then
    perform app_hidden.refuse('WB007', 'There was no such order.', jsonb_build_object('field', 'orderId'));
  end if;
  return found_order;
end
$$;
comment on function app_public.order_as_of(uuid, timestamptz) is
  'The order as it was at a moment, from its events. Errors: NOT_FOUND, also when it was placed later.';

create or replace function app_public.orders_as_of(store_id integer, at timestamptz)
returns setof app_public.orders_current
language sql stable
begin atomic
  select (f.folded).* from app_hidden.fold_orders(orders_as_of.at) f
  where (f.merchant_id, f.order_id) in (
    select o.merchant_id, o.id from app_public.orders_current o where o.store_id = orders_as_of.store_id
  );
end;
comment on function app_public.orders_as_of(integer, timestamptz) is
  'The orders of a store as they were at a moment, from their events.';
--! EndIncluded proof/functions/order_as_of.sql
--! Included proof/views/log.sql
-- What must hold in the event log. A view of this folder is one rule: each of its rows is a fault, and
-- its comment says what the rule means and how to mend what breaks it. Rules that read the whole log
-- share one pass over it, because that is what verify() takes its time for.

-- Neighbours are found by a join, because a window over the whole log would be one process's work.
create or replace view app_private.chain_faults with (security_invoker = true) as
select f.rule, e.merchant_id, e.order_id, jsonb_build_object(
  'seq', e.seq, 'shipment_id', e.shipment_id, 'type', e.type, 'from_status', e.from_status,
  'to_status', e.to_status, 'actor_role', e.actor_role, 'recorded_at', e.recorded_at
) as facts
from (
  select e.*, b.seq as previous_seq, b.recorded_at as previous_recorded_at,
    e.hash is distinct from app_hidden.event_hash(coalesce(b.hash, ''), e.merchant_id, e.order_id, e.seq,
      e.shipment_id, e.type, e.from_status, e.to_status, e.actor_id, e.actor_role, e.reason, e.inputs,
      e.override, e.idempotency_key, e.occurred_at, e.recorded_at, e.xact_id) as is_unchained
  from app_public.order_events e
  left join app_public.order_events b
    on b.merchant_id = e.merchant_id and b.order_id = e.order_id and b.seq = e.seq - 1
) e
cross join lateral (values
  ('events_are_numbered', (e.seq <> 1) <> (e.previous_seq is not null)),
  ('chain_is_whole', e.is_unchained),
  ('events_are_in_time', e.recorded_at < e.previous_recorded_at),
  ('orders_begin_with_placement', (e.seq = 1) <> (e.type = 'order_placed'))
) f (rule, is_broken)
where f.is_broken and (
  e.is_unchained
  or (e.seq <> 1) <> (e.previous_seq is not null)
  or e.recorded_at < e.previous_recorded_at
  or (e.seq = 1) <> (e.type = 'order_placed')
);
comment on view app_private.chain_faults is
  'One pass over the log for the rules about an event and the one before it: rule, whose, what.';

-- The workflow is that of the order's row, which orders_are_folded compares with the log: taken from the
-- log's first events it cost half as much again. Without its row an order has no workflow, and no move is
-- allowed.
create or replace view app_private.event_kinds with (security_invoker = true) as
select e.merchant_id, e.order_id, e.seq, e.shipment_id, e.recorded_at, row(
  case when e.shipment_id is null then o.workflow else 'parcel' end, e.type, e.from_status, e.to_status,
  e.actor_role, e.override, e.reason <> '',
  case when e.inputs ? 'tracking_code'
    then coalesce(e.inputs ->> 'tracking_code', '') ~ '^[A-Za-z0-9][A-Za-z0-9-]{5,39}$' else false end,
  e.inputs ?| array['name', 'phone', 'phone_e164', 'email', 'address', 'address1', 'address2', 'customer',
    'ship_to', 'note']
)::app_hidden.event_kind as kind
from app_public.order_events e
left join app_public.orders_current o on o.merchant_id = e.merchant_id and o.id = e.order_id;
comment on view app_private.event_kinds is 'Each event with what the rules about single events ask for.';

-- The fence keeps the kind one value, of which the planner expects few; written so, as a bigint, it does not
-- keep the workers from grouping what they read.
create or replace view app_private.kind_faults with (security_invoker = true) as
select f.rule, k.merchant_id, k.kind
from (
  select e.merchant_id, e.kind
  from (select e.merchant_id, e.kind from app_private.event_kinds e offset bigint '0') e
  group by e.merchant_id, e.kind
) k
left join app_public.workflow_transitions t on t.workflow = (k.kind).workflow
  and t.from_status = (k.kind).from_status and t.to_status = (k.kind).to_status
left join app_public.workflow_statuses s
  on s.workflow = (k.kind).workflow and s.status = (k.kind).from_status
cross join lateral (values
  ('event_types_are_known', not exists (select from app_public.event_types y where y.type = (k.kind).type)),
  ('moves_are_allowed', (k.kind).to_status is not null and t.roles is null
    and (k.kind).type not in ('order_placed', 'shipment_planned', 'status_overridden')),
  ('moves_are_by_allowed_roles', (k.kind).type = 'status_changed' and (k.kind).actor_role <> 'dba'
    and (k.kind).actor_role <> all (t.roles)),
  ('moves_have_their_inputs', (k.kind).type = 'status_changed' and (
    'reason' = any (t.required_inputs) and not (k.kind).has_reason
    or 'tracking_code' = any (t.required_inputs) and not (k.kind).has_tracking_code)),
  ('overrides_are_marked', (k.kind).override <> ((k.kind).type = 'status_overridden')
    or (k.kind).override and (not (k.kind).has_reason or (k.kind).actor_role not in ('owner', 'dba'))),
  ('nothing_after_the_end', t.roles is null and s.is_terminal),
  ('events_hold_no_personal_data', (k.kind).has_personal_data)
) f (rule, is_broken)
where f.is_broken;
comment on view app_private.kind_faults is
  'One pass over the log for the rules about single events: rule, and the kind of event that breaks it.';

-- The log is read again for each kind that breaks a rule, and for none when all is well.
create or replace view app_private.event_faults with (security_invoker = true) as
select k.rule, k.merchant_id, e.order_id, e.facts
from (select k.* from app_private.kind_faults k offset 0) k
cross join lateral (
  select e.order_id, jsonb_build_object(
    'seq', e.seq, 'shipment_id', e.shipment_id, 'type', (e.kind).type, 'from_status', (e.kind).from_status,
    'to_status', (e.kind).to_status, 'actor_role', (e.kind).actor_role, 'recorded_at', e.recorded_at
  ) as facts
  from app_private.event_kinds e
  where e.merchant_id = k.merchant_id and e.kind = k.kind
  offset 0
) e;
comment on view app_private.event_faults is 'The events of the kinds that break a rule: rule, whose, what.';

create or replace view app_private.broken_events_are_numbered with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.chain_faults f where f.rule = 'events_are_numbered';
comment on view app_private.broken_events_are_numbered is
  E'The events of an order count 1, 2, 3 … without gaps: a gap is a removed event, found at the one behind it.\nMend: bring the missing rows back from a backup, with session_replication_role = replica, and verify again.';

create or replace view app_private.broken_chain_is_whole with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.chain_faults f where f.rule = 'chain_is_whole';
comment on view app_private.broken_chain_is_whole is
  E'Each event''s hash covers all its fields and the hash before it. A break means that this event was changed, added or moved, or that the one before it was changed or removed.\nMend: compare the order with a backup (app_private.verify_chain tells which events) and bring back the rows as they were; find out who can write as a superuser.';

create or replace view app_private.broken_events_are_in_time with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.chain_faults f where f.rule = 'events_are_in_time';
comment on view app_private.broken_events_are_in_time is
  E'Within an order recorded_at never goes back: order_as_of() depends on it.\nMend: with a whole chain the server''s clock went back: look after its time service; order_as_of() shows the order before the step until the clock has caught up.';

create or replace view app_private.broken_orders_begin_with_placement with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.chain_faults f
where f.rule = 'orders_begin_with_placement';
comment on view app_private.broken_orders_begin_with_placement is
  E'The first event of an order is order_placed, with its whole snapshot, and no other is.\nMend: bring the first event back from a backup; without it the order cannot be folded.';

create or replace view app_private.broken_event_types_are_known with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.event_faults f where f.rule = 'event_types_are_known';
comment on view app_private.broken_event_types_are_known is
  E'Every event has a type of event_types.\nMend: add the type back to event_types; a type that was once written is never removed.';

create or replace view app_private.broken_moves_are_allowed with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.event_faults f where f.rule = 'moves_are_allowed';
comment on view app_private.broken_moves_are_allowed is
  E'Every move of an order or a box is one of its workflow.\nMend: if the workflow was changed and lost a move that was in use, bring the move back; else somebody wrote past the guard: correct the order by an override and look at gates_are_closed.';

create or replace view app_private.broken_moves_are_by_allowed_roles with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.event_faults f
where f.rule = 'moves_are_by_allowed_roles';
comment on view app_private.broken_moves_are_by_allowed_roles is
  E'Every move was made by a role that the workflow allows it to, or by a DBA.\nMend: as moves_are_allowed.';

create or replace view app_private.broken_moves_have_their_inputs with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.event_faults f where f.rule = 'moves_have_their_inputs';
comment on view app_private.broken_moves_have_their_inputs is
  E'A move that requires a reason or a tracking code has it.\nMend: as moves_are_allowed; a reason that is missing can be told in a later event.';

create or replace view app_private.broken_overrides_are_marked with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.event_faults f where f.rule = 'overrides_are_marked';
comment on view app_private.broken_overrides_are_marked is
  E'An override is marked as one, by an owner or a DBA, with a reason.\nMend: as moves_are_allowed.';

create or replace view app_private.broken_nothing_after_the_end with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.event_faults f where f.rule = 'nothing_after_the_end';
comment on view app_private.broken_nothing_after_the_end is
  E'No order and no box moves out of a terminal status.\nMend: as moves_are_allowed; cancel at the carrier what was booked after the end.';

create or replace view app_private.broken_events_hold_no_personal_data with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.event_faults f
where f.rule = 'events_hold_no_personal_data';
comment on view app_private.broken_events_hold_no_personal_data is
  E'Events name contacts by version and digest and hold no personal data: they are never erased.\nMend: find what writes it and stop it. The row itself can only be blanked by rewriting the order''s chain from there on, which is a decision for the data''s owner.';

-- Restricted and not unsafe, as the server's own function is declared: one unsafe function, and nothing
-- of verify() would run in parallel.
create or replace function app_hidden.own_xact()
returns xid8
language plpgsql stable parallel restricted
set search_path to pg_catalog, pg_temp
as $$
begin
  return pg_current_xact_id_if_assigned();
end
$$;
comment on function app_hidden.own_xact() is 'The transaction that asks, if it has written anything.';

create or replace view app_private.broken_events_have_begun with (security_invoker = true) as
select e.merchant_id, e.order_id,
  jsonb_build_object('seq', e.seq, 'xact_id', e.xact_id, 'newest', pg_snapshot_xmax(pg_current_snapshot())) as facts
from app_public.order_events e
where e.xact_id >= pg_snapshot_xmax(pg_current_snapshot())
  and e.xact_id is distinct from app_hidden.own_xact();
comment on view app_private.broken_events_have_begun is
  E'No event carries the id of a transaction that this cluster has not begun yet: the dispatcher would not read on past it.\nMend: the log was restored from a dump of another cluster: docs/operations.md, Backups.';

-- Both sides are added up, and only a merchant whose sums differ is looked at row by row: a join of all
-- events with all audit rows takes three times as long.
create or replace view app_private.audit_differences with (security_invoker = true) as
select merchant_id
from (
  select e.merchant_id, sum(app_hidden.audit_hash(
    case when e.shipment_id is null then 'order' else 'shipment' end, coalesce(e.shipment_id, e.order_id)::text,
    e.seq, e.type, e.actor_id, e.actor_role, e.reason, e.recorded_at, e.from_status, e.to_status
  )) as total
  from app_public.order_events e
  group by e.merchant_id
) log
full join (
  select a.merchant_id, sum(app_hidden.audit_hash(
    a.entity, a.entity_id, a.order_seq, a.action, a.actor_id, a.actor_role, a.reason, a.recorded_at,
    a.meta ->> 'old_status', a.meta ->> 'new_status'
  )) as total
  from app_public.audit_log a
  where a.entity in ('order', 'shipment') or a.order_seq is not null
  group by a.merchant_id
) kept using (merchant_id)
where log.total is distinct from kept.total;
comment on view app_private.audit_differences is
  'The merchants whose audit log does not say what their events say.';

-- A detached month takes its events along, and other months' audit rows about them stay; and the reverse.
create or replace view app_private.broken_audit_is_complete with (security_invoker = true) as
select m.merchant_id, d.order_id, d.facts
from app_private.audit_differences m
cross join lateral (
  select e.order_id, jsonb_build_object(
    'seq', coalesce(e.seq, a.order_seq), 'audit_id', a.id, 'entity_id', a.entity_id, 'what', case
      when a.id is null then 'an event without an audit row'
      when e.seq is null then 'an audit row without an event'
      else 'an audit row that says something else than its event' end
  ) as facts
  from (select e.* from app_public.order_events e where e.merchant_id = m.merchant_id) e
  full join (select a.* from app_public.audit_log a where a.merchant_id = m.merchant_id) a
    on a.order_seq = e.seq and a.entity_id = coalesce(e.shipment_id, e.order_id)::text
  where (
    e.seq is null or a.id is null or a.action <> e.type or a.actor_id <> e.actor_id
    or a.actor_role <> e.actor_role or a.reason <> e.reason or a.recorded_at <> e.recorded_at
    or a.entity <> case when e.shipment_id is null then 'order' else 'shipment' end
    or a.meta ->> 'old_status' is distinct from e.from_status
    or a.meta ->> 'new_status' is distinct from e.to_status
  ) and (e.order_id is not null or a.entity in ('order', 'shipment')) and not exists (
    select from app_private.detached_months d
    where a.id is null and e.recorded_at >= d.month::timestamp at time zone 'UTC' - interval '1 minute'
        and e.recorded_at < (d.month + interval '1 month') at time zone 'UTC' + interval '1 minute'
      or e.seq is null and app_hidden.is_detached(case a.entity when 'order' then a.entity_id::uuid else (
        select s.order_id from app_public.shipments_current s
        where s.merchant_id = a.merchant_id and s.id::text = a.entity_id
      ) end)
  )
  offset 0
) d;
comment on view app_private.broken_audit_is_complete is
  E'Every event has its audit row, which says the same, and no audit row about an order is without its event.\nMend: bring the rows back from a backup; a missing audit row can be written anew from its event.';
--! EndIncluded proof/views/log.sql
--! Included proof/views/read_models.sql
-- What must hold between the log and the read models: see log.sql.

-- A million folded orders are added up, as the rows that are kept are, and only a merchant whose sums
-- differ is looked at row by row: two sums are taken in parallel and need no room.
create or replace view app_private.order_differences with (security_invoker = true) as
select merchant_id
from (
  select f.merchant_id, sum(app_hidden.mixed(hash_record_extended(f.folded, 0))) as total, bool_or(
    f.from_statuses[1] is not null
    or f.from_statuses[2:] is distinct from f.to_statuses[:cardinality(f.to_statuses) - 1]
  ) as is_broken
  from app_hidden.fold_orders(null) f
  group by f.merchant_id
) log
full join (
  select o.merchant_id, sum(app_hidden.mixed(hash_record_extended(o, 0))) as total
  from app_hidden.plain_orders o
  group by o.merchant_id
) kept using (merchant_id)
where log.is_broken or log.total is distinct from kept.total;
comment on view app_private.order_differences is
  'The merchants whose orders are not what their events say.';

create or replace view app_private.order_faults with (security_invoker = true) as
select r.rule, m.merchant_id, r.order_id, r.facts
from app_private.order_differences m
cross join lateral (
  select r.rule, f.order_id, case r.rule
    when 'orders_are_folded' then jsonb_build_object('seq', (f.folded).seq, 'differs', case
      when k.kept is null then '["the whole row"]' else (
        select jsonb_agg(l.key order by l.key) from jsonb_each(to_jsonb(f.folded)) l
        where l.value is distinct from to_jsonb(k.kept) -> l.key
      ) end)
    else jsonb_build_object('from', f.from_statuses, 'to', f.to_statuses)
  end as facts
  from app_hidden.fold_orders(null) f
  left join lateral (
    select o as kept from app_hidden.plain_orders o
    where o.merchant_id = f.merchant_id and o.id = f.order_id
    offset 0
  ) k on true
  cross join lateral (values
    ('orders_are_folded', k.kept is null or f.folded *<> k.kept),
    ('moves_continue', f.from_statuses[1] is not null
      or f.from_statuses[2:] is distinct from f.to_statuses[:cardinality(f.to_statuses) - 1])
  ) r (rule, is_broken)
  where f.merchant_id = m.merchant_id and r.is_broken
  offset 0
) r;
comment on view app_private.order_faults is
  'One pass over the folded orders for the rules about whole orders: rule, whose, what.';

create or replace view app_private.broken_orders_are_folded with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.order_faults f where f.rule = 'orders_are_folded';
comment on view app_private.broken_orders_are_folded is
  E'Each row of orders_current is what the order''s events make of it, in every column.\nMend: call app_private.rebuild_read_models(); if chain_is_whole is broken too, mend that first.';

create or replace view app_private.broken_moves_continue with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.order_faults f where f.rule = 'moves_continue';
comment on view app_private.broken_moves_continue is
  E'Each move of an order begins where the move before it ended.\nMend: a move was changed, added or removed past the guard: as chain_is_whole.';

-- The first events once, for the keys and for the rows that have none.
create or replace view app_private.key_faults with (security_invoker = true) as
select r.rule, coalesce(e.merchant_id, k.merchant_id, o.merchant_id) as merchant_id,
  coalesce(e.order_id, k.order_id, o.id) as order_id,
  jsonb_build_object('log', e.number, 'kept', k.number, 'has_row', o.id is not null) as facts
from app_hidden.fold_order_keys() e
full join app_hidden.order_keys k on k.merchant_id = e.merchant_id and k.order_id = e.order_id
full join app_public.orders_current o
  on o.merchant_id = coalesce(e.merchant_id, k.merchant_id) and o.id = coalesce(e.order_id, k.order_id)
cross join lateral (values
  ('order_keys_are_folded', k.order_id is null or e.order_id is null
    or (k.public_id, k.store_id, k.external_id, k.external_number, k.number)
      is distinct from (e.public_id, e.store_id, e.external_id, e.external_number, e.number)),
  ('orders_have_a_log', e.order_id is null)
) r (rule, is_broken)
where r.is_broken and (
  k.order_id is null or e.order_id is null
  or (k.public_id, k.store_id, k.external_id, k.external_number, k.number)
    is distinct from (e.public_id, e.store_id, e.external_id, e.external_number, e.number)
) and not (e.order_id is null and app_hidden.is_detached(coalesce(k.order_id, o.id)));
comment on view app_private.key_faults is
  'One pass over the first events for the rules about keys and rows without a log: rule, whose, what.';

create or replace view app_private.broken_order_keys_are_folded with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.key_faults f where f.rule = 'order_keys_are_folded';
comment on view app_private.broken_order_keys_are_folded is
  E'Each row of order_keys is what the order''s first event says, and every order has one.\nMend: call app_private.rebuild_read_models().';

create or replace view app_private.broken_orders_have_a_log with (security_invoker = true) as
select f.merchant_id, f.order_id, f.facts from app_private.key_faults f where f.rule = 'orders_have_a_log';
comment on view app_private.broken_orders_have_a_log is
  E'No order is without events, its first one above all.\nMend: bring the events back from a backup. If the row was made by hand, rebuild_read_models() removes it.';

create or replace view app_private.order_item_differences with (security_invoker = true) as
select merchant_id
from (
  select f.merchant_id, sum(app_hidden.mixed(hash_record_extended(
    row(f.*)::app_hidden.plain_order_items, 0
  ))) as total
  from app_hidden.fold_plain_order_items() f
  group by f.merchant_id
) log
full join (
  select i.merchant_id, sum(app_hidden.mixed(hash_record_extended(i, 0))) as total
  from app_hidden.plain_order_items i
  group by i.merchant_id
) kept using (merchant_id)
where log.total is distinct from kept.total;
comment on view app_private.order_item_differences is
  'The merchants whose lines of orders are not what their events say: see order_differences.';

create or replace view app_private.broken_order_items_are_folded with (security_invoker = true) as
select m.merchant_id, d.order_id, d.facts
from app_private.order_item_differences m
cross join lateral (
  select coalesce(f.order_id, i.order_id) as order_id, jsonb_build_object(
    'line', coalesce(f.line, i.line), 'in_log', f.line is not null, 'kept', i.line is not null
  ) as facts
  from (select * from app_hidden.fold_plain_order_items() f where f.merchant_id = m.merchant_id) f
  full join (select * from app_hidden.plain_order_items i where i.merchant_id = m.merchant_id) i
    on i.order_id = f.order_id and i.line = f.line
  where (f.line is null or i.line is null or f *<> i)
    and not (f.line is null and app_hidden.is_detached(i.order_id))
  offset 0
) d;
comment on view app_private.broken_order_items_are_folded is
  E'The lines of each order are those of its first event.\nMend: call app_private.rebuild_read_models().';

create or replace view app_private.broken_shipments_are_folded with (security_invoker = true) as
select coalesce(f.merchant_id, s.merchant_id) as merchant_id, coalesce(f.order_id, s.order_id) as order_id,
  jsonb_build_object('shipment_id', coalesce(f.id, s.id), 'differs', case
    when f.id is null then '["it has no log"]' when s.id is null then '["the whole row"]' else (
      select jsonb_agg(l.key order by l.key) from jsonb_each(to_jsonb(f)) l
      where l.value is distinct from to_jsonb(s) -> l.key
    ) end) as facts
from app_hidden.fold_shipments() f
full join app_public.shipments_current s on s.merchant_id = f.merchant_id and s.id = f.id
where (f.id is null or s.id is null or f *<> s) and not (f.id is null and app_hidden.is_detached(s.order_id));
comment on view app_private.broken_shipments_are_folded is
  E'Each row of shipments_current is what the events of the box make of it, in every column.\nMend: call app_private.rebuild_read_models().';

create or replace view app_private.broken_shipment_items_are_folded with (security_invoker = true) as
select coalesce(f.merchant_id, i.merchant_id) as merchant_id, coalesce(f.order_id, i.order_id) as order_id,
  jsonb_build_object('shipment_id', coalesce(f.shipment_id, i.shipment_id), 'line', coalesce(f.line, i.line)) as facts
from app_hidden.fold_shipment_items() f
full join app_public.shipment_items i
  on i.merchant_id = f.merchant_id and i.shipment_id = f.shipment_id and i.line = f.line
where (f.line is null or i.line is null or f *<> i)
  and not (f.line is null and app_hidden.is_detached(i.order_id));
comment on view app_private.broken_shipment_items_are_folded is
  E'What is in each box is what its plan says.\nMend: call app_private.rebuild_read_models().';

-- The counts are as of the dispatcher's cursor: what it has not come to is taken off the orders.
create or replace view app_private.broken_order_counts_add_up with (security_invoker = true) as
select n.merchant_id, null::uuid as order_id, jsonb_build_object(
  'store_id', n.store_id, 'counted', coalesce(n.status, 'attention'), 'too_many', -sum(n.orders)) as facts
from (
  select c.merchant_id, c.store_id, c.status, c.orders from app_private.counted_orders c
  union all
  select c.merchant_id, c.store_id, c.status, -c.orders from app_public.order_counts c
  union all
  select c.merchant_id, c.store_id, null, -c.orders from app_public.attention_counts c
) n
group by n.merchant_id, n.store_id, n.status
having sum(n.orders) <> 0;
comment on view app_private.broken_order_counts_add_up is
  E'order_counts is the number of orders of each store in each status, attention_counts of those that need attention, as of the dispatcher\'s cursor.\nMend: select app_private.recount_orders().';
--! EndIncluded proof/views/read_models.sql
--! Included proof/views/orders.sql
-- What must hold of orders, boxes, money and contacts: see log.sql.

create or replace view app_private.broken_amounts_are_not_negative with (security_invoker = true) as
select o.merchant_id, o.id as order_id, jsonb_build_object('table', 'orders_current', 'total_minor', o.total_minor) as facts
from app_public.orders_current o
where least(o.subtotal_minor, o.discount_minor, o.shipping_minor, o.tax_minor, o.total_minor, o.cod_amount_minor) < 0
union all
select i.merchant_id, i.order_id, jsonb_build_object('table', 'order_items', 'line', i.line)
from app_public.order_items i
where least(i.unit_price_minor, i.discount_minor) < 0 or i.quantity <= 0
union all
select s.merchant_id, s.order_id, jsonb_build_object('table', 'shipments_current', 'shipment_id', s.id)
from app_public.shipments_current s
where least(s.declared_minor, s.cod_amount_minor) < 0;
comment on view app_private.broken_amounts_are_not_negative is
  E'No amount is negative, and no line counts nothing.\nMend: a domain or a check was dropped: put it back, then rebuild_read_models(); if the log itself says so, cancel the order and place it anew.';

create or replace view app_private.broken_cod_is_collected_once with (security_invoker = true) as
select o.merchant_id, o.id as order_id,
  jsonb_build_object('payment_mode', o.payment_mode, 'order', o.cod_amount_minor, 'boxes', s.boxes) as facts
from app_public.orders_current o
left join (
  select s.merchant_id, s.order_id, sum(s.cod_amount_minor) as boxes
  from app_public.shipments_current s
  where s.status <> 'cancelled'
  group by s.merchant_id, s.order_id
) s on s.merchant_id = o.merchant_id and s.order_id = o.id
where (o.payment_mode = 'cod') <> (o.cod_amount_minor > 0) or s.boxes > o.cod_amount_minor;
comment on view app_private.broken_cod_is_collected_once is
  E'A prepaid order collects nothing, and the boxes of an order never collect more than the order says.\nMend: change the amount at the carrier before delivery, or pay the customer back; then find what planned the boxes.';

create or replace view app_private.broken_boxes_hold_the_order with (security_invoker = true) as
select p.merchant_id, p.order_id,
  jsonb_build_object('line', p.line, 'ordered', coalesce(i.quantity, 0), 'packed', p.packed) as facts
from (
  select x.merchant_id, x.order_id, x.line, sum(x.quantity) filter (where s.status <> 'cancelled') as packed
  from app_public.shipment_items x
  join app_public.shipments_current s on s.merchant_id = x.merchant_id and s.id = x.shipment_id
  group by x.merchant_id, x.order_id, x.line
) p
left join app_public.order_items i
  on i.merchant_id = p.merchant_id and i.order_id = p.order_id and i.line = p.line
where p.packed > coalesce(i.quantity, 0)
union all
-- Less is only right when a box was called off.
select i.merchant_id, i.order_id, jsonb_build_object('line', i.line, 'ordered', i.quantity, 'packed', x.packed)
from app_public.order_items i
join (
  select s.merchant_id, s.order_id from app_public.shipments_current s
  group by s.merchant_id, s.order_id having bool_and(s.status <> 'cancelled')
) b on b.merchant_id = i.merchant_id and b.order_id = i.order_id
left join (
  select x.merchant_id, x.order_id, x.line, sum(x.quantity) as packed from app_public.shipment_items x
  group by x.merchant_id, x.order_id, x.line
) x on x.merchant_id = i.merchant_id and x.order_id = i.order_id and x.line = i.line
where i.requires_shipping and coalesce(x.packed, 0) < i.quantity;
comment on view app_private.broken_boxes_hold_the_order is
  E'The boxes of an order hold together what was ordered and is shipped: units in are units out.\nMend: if shipment_items_are_folded is broken, rebuild_read_models(); else a plan is wrong: cancel the box and plan it anew.';

create or replace view app_private.broken_awb_is_unique with (security_invoker = true) as
select min(s.merchant_id) as merchant_id, min(s.order_id::text)::uuid as order_id,
  jsonb_build_object('carrier', s.carrier, 'awb', s.awb, 'boxes', count(*)) as facts
from app_public.shipments_current s
where s.awb is not null
group by s.carrier, s.awb
having count(*) > 1;
comment on view app_private.broken_awb_is_unique is
  E'No two boxes have the same AWB of a carrier, whoever they belong to.\nMend: ask the carrier which parcel it is; book the other one anew.';

create or replace view app_private.broken_awb_never_changes with (security_invoker = true) as
select e.merchant_id, e.order_id,
  jsonb_build_object('shipment_id', e.shipment_id, 'awbs', jsonb_agg(distinct e.inputs ->> 'awb')) as facts
from app_public.order_events e
where e.type = 'shipment_booked'
group by e.merchant_id, e.order_id, e.shipment_id
having count(*) > 1;
comment on view app_private.broken_awb_never_changes is
  E'A box was booked once: two bookings may be two parcels at the carrier.\nMend: cancel the AWB that the box does not bear at the carrier.';

create or replace view app_private.broken_labelled_has_a_label with (security_invoker = true) as
select s.merchant_id, s.order_id,
  jsonb_build_object('shipment_id', s.id, 'status', s.status, 'awb', s.awb, 'label_awb', l.awb) as facts
from app_public.shipments_current s
left join app_private.labels l on l.merchant_id = s.merchant_id and l.shipment_id = s.id
where (s.labelled_at is not null and s.status <> 'cancelled' and l.awb is null or l.awb <> s.awb)
  and not exists (
    select from app_public.order_contacts c
    where c.merchant_id = s.merchant_id and c.order_id = s.order_id and c.erased_at is not null
  );
comment on view app_private.broken_labelled_has_a_label is
  E'A box that was labelled has the label of its own AWB, unless its customer was erased.\nMend: while the carrier still gives it: retry its fetch_label effect (set it to intent and due); else restore app_private.labels.';

create or replace view app_private.broken_orders_follow_their_boxes with (security_invoker = true) as
select o.merchant_id, o.id as order_id, jsonb_build_object('status', o.status, 'boxes', s.statuses) as facts
from app_public.orders_current o
left join (
  select s.merchant_id, s.order_id, jsonb_agg(s.status order by s.box) as statuses,
    -- A box that is booked anew leaves its order where it was.
    bool_or(s.status = 'planned' and s.booking = 1) as behind, bool_or(s.status in ('planned', 'labelled')) as here,
    bool_or(s.status not in ('delivered', 'cancelled')) as on_its_way
  from app_public.shipments_current s
  group by s.merchant_id, s.order_id
) s on s.merchant_id = o.merchant_id and s.order_id = o.id
where o.workflow = 'automated' and case o.status
  when 'labelled' then coalesce(s.behind, true)
  when 'dispatched' then coalesce(s.here, true)
  when 'delivered' then coalesce(s.on_its_way, true)
  else false end
and not app_hidden.is_detached(o.id)
and not exists (
  select from app_public.order_events e
  where e.merchant_id = o.merchant_id and e.order_id = o.id and e.override
);
comment on view app_private.broken_orders_follow_their_boxes is
  E'An automated order is labelled, dispatched or delivered only when each of its boxes is, unless an owner overrode it.\nMend: if orders_are_folded or shipments_are_folded is broken, rebuild_read_models(); else override the order to where its boxes are.';

create or replace view app_private.broken_contacts_are_unchanged with (security_invoker = true) as
select c.merchant_id, c.order_id, jsonb_build_object('version', c.version) as facts
from app_public.order_contacts c
where c.erased_at is null and c.digest <> app_hidden.contact_digest(c);
comment on view app_private.broken_contacts_are_unchanged is
  E'Each version of a contact is what it was when it was written: its digest covers salt and content.\nMend: bring the row back from a backup; a wrong address that is already at the carrier has to be corrected there.';

create or replace view app_private.broken_contacts_are_named with (security_invoker = true) as
select e.merchant_id, e.order_id,
  jsonb_build_object('seq', e.seq, 'version', e.inputs -> 'ship_to_version', 'found', c.version is not null) as facts
from app_public.order_events e
left join app_public.order_contacts c
  on c.merchant_id = e.merchant_id and c.order_id = e.order_id
  and c.version = (e.inputs ->> 'ship_to_version')::integer
where e.inputs ? 'ship_to_version'
  and encode(c.digest, 'hex') is distinct from e.inputs ->> 'ship_to_digest';
comment on view app_private.broken_contacts_are_named is
  E'Each event that names a contact names one that is there, with its digest; also after it was erased.\nMend: as contacts_are_unchanged.';

create or replace view app_private.broken_contact_versions_are_whole with (security_invoker = true) as
select c.merchant_id, c.order_id, jsonb_build_object('versions', count(*), 'last', max(c.version)) as facts
from app_public.order_contacts c
group by c.merchant_id, c.order_id
having count(*) <> max(c.version);
comment on view app_private.broken_contact_versions_are_whole is
  E'The versions of an order''s contact count 1, 2, 3 … without gaps.\nMend: bring the missing version back from a backup.';
--! EndIncluded proof/views/orders.sql
--! Included proof/views/manifests.sql
-- What must hold of hand-over lists: see log.sql. That shipments_current.manifest_id is what the log says
-- is shipments_are_folded; with it, these need not read the log but for boxes that were left behind.

create or replace view app_private.broken_boxes_are_handed_over_once with (security_invoker = true) as
select b.merchant_id, b.order_id,
  jsonb_build_object('shipment_id', b.shipment_id, 'manifest_id', b.manifest_id, 'line', b.line) as facts
from app_public.manifest_boxes b
left join app_public.shipments_current s
  on s.merchant_id = b.merchant_id and s.id = b.shipment_id and s.order_id = b.order_id
where s.id is null or s.manifest_id is distinct from b.manifest_id and not exists (
  select from app_public.order_events e
  where e.merchant_id = b.merchant_id and e.order_id = b.order_id and e.shipment_id = b.shipment_id
    and e.type = 'shipment_taken_off_manifest' and e.inputs ->> 'manifest_id' = b.manifest_id::text
)
union all
select s.merchant_id, s.order_id, jsonb_build_object('shipment_id', s.id, 'manifest_id', s.manifest_id)
from app_public.shipments_current s
left join app_public.manifest_boxes b
  on b.merchant_id = s.merchant_id and b.manifest_id = s.manifest_id and b.shipment_id = s.id
where s.manifest_id is not null and b.line is null;
comment on view app_private.broken_boxes_are_handed_over_once is
  E'A box is on one manifest at a time: each line of a manifest is a box that is on it, or that was left behind and taken off it first.\nMend: find out with which list the box really went; take it off the other with a shipment_taken_off_manifest event.';

create or replace view app_private.broken_manifests_are_whole with (security_invoker = true) as
select m.merchant_id, null::uuid as order_id,
  jsonb_build_object('manifest_id', m.id, 'number', m.number, 'box_count', m.box_count, 'lines', b.lines) as facts
from app_public.manifests m
left join (
  select b.merchant_id, b.manifest_id, count(*) as lines, max(b.line) as last,
    min(s.carrier_account_id) as first_account, max(s.carrier_account_id) as last_account,
    min(s.location_id) as first_location, max(s.location_id) as last_location
  from app_public.manifest_boxes b
  join app_public.shipments_current s on s.merchant_id = b.merchant_id and s.id = b.shipment_id
  group by b.merchant_id, b.manifest_id
) b on b.merchant_id = m.merchant_id and b.manifest_id = m.id
where (b.lines, b.last, b.first_account, b.last_account, b.first_location, b.last_location) is distinct from
  (m.box_count::bigint, m.box_count, m.carrier_account_id, m.carrier_account_id, m.location_id, m.location_id);
comment on view app_private.broken_manifests_are_whole is
  E'A manifest has as many lines as it was made with, numbered without gaps, all of one carrier account and location.\nMend: the paper that was signed is the truth: restore the lines from a backup.';
--! EndIncluded proof/views/manifests.sql
--! Included proof/views/work.sql
-- What must hold of effects, messages, webhooks and requests: see log.sql.

create or replace view app_private.broken_effects_have_their_cause with (security_invoker = true) as
select f.merchant_id, f.order_id,
  jsonb_build_object('kind', f.kind, 'subject_id', f.subject_id, 'caused_by_seq', f.caused_by_seq) as facts
from app_public.effects f
left join app_public.orders_current o on o.merchant_id = f.merchant_id and o.id = f.order_id
where o.id is null or f.caused_by_seq not between 1 and o.seq;
comment on view app_private.broken_effects_have_their_cause is
  E'Every effect was caused by an event of its own merchant''s order.\nMend: if the order''s events are missing, see events_are_numbered; else set the effect to abandoned, with sweep_at null, before a worker takes it.';

create or replace view app_private.broken_causes_have_their_effects with (security_invoker = true) as
select e.merchant_id, e.order_id, jsonb_build_object('seq', e.seq, 'to_status', e.to_status, 'kind', k.kind) as facts
from app_public.order_events e
join app_public.transition_tasks t on t.status = e.to_status
join app_public.effect_kinds k on k.kind = t.effect_kind and k.scope in ('order', 'shipment')
join app_public.orders_current o on o.merchant_id = e.merchant_id and o.id = e.order_id
left join app_public.effects f
  on f.merchant_id = e.merchant_id and f.kind = k.kind and f.subject_id = coalesce(e.shipment_id, e.order_id)
where t.workflow = case when e.shipment_id is null then o.workflow else 'parcel' end and f.kind is null;
comment on view app_private.broken_causes_have_their_effects is
  E'Every event that causes work has planned it: a validation, a booking, a message.\nMend: insert the effect as intent, caused by that event and due now; of a status that was reached before its task was added to the workflow, decide whether the work is still wanted.';

create or replace view app_private.broken_open_effects_are_swept with (security_invoker = true) as
select f.merchant_id, f.order_id, jsonb_build_object('kind', f.kind, 'status', f.status, 'sweep_at', f.sweep_at) as facts
from app_public.effects f
where (f.status in ('intent', 'sending')) <> (f.sweep_at is not null);
comment on view app_private.broken_open_effects_are_swept is
  E'Every open effect has a time when the sweeper looks after it, so that none is forgotten; one that is done has none.\nMend: set sweep_at to now() for an open one, to null for a closed one.';

create or replace view app_private.broken_confirmed_effects_are_recorded with (security_invoker = true) as
select f.merchant_id, f.order_id, jsonb_build_object('kind', f.kind, 'subject_id', f.subject_id) as facts
from app_public.effects f
join app_public.effect_kinds k on k.kind = f.kind
left join app_public.shipments_current s
  on s.merchant_id = f.merchant_id and s.id = f.subject_id and k.scope in ('shipment', 'live_shipments')
left join app_public.messages m
  on m.merchant_id = f.merchant_id and m.order_id = f.subject_id and m.kind = f.kind and k.task = 'send_message'
where f.status = 'confirmed' and case
  when f.kind = 'book_shipment' then s.awb is null
  when f.kind = 'fetch_label' then s.labelled_at is null and s.status <> 'cancelled' and not exists (
    select from app_private.labels l where l.merchant_id = s.merchant_id and l.shipment_id = s.id)
  when f.kind = 'cancel_shipment' then s.status in ('planned', 'labelled')
  when k.task = 'send_message' then m.status is null or m.status = 'sending'
  when f.kind = 'request_carrier_pickup' then not exists (
    select from app_public.carrier_pickups p
    where p.merchant_id = f.merchant_id and p.requested_at is not null and (p.id = f.subject_id or p.id = (
      select b.carrier_pickup_id from app_public.shipments_current b
      where b.merchant_id = f.merchant_id and b.id = f.subject_id)))
  else f.confirmed_at is null end;
comment on view app_private.broken_confirmed_effects_are_recorded is
  E'What an effect is confirmed for is recorded: the AWB, the label, the message, the carrier pickup.\nMend: look the effect''s reference up at the service, and record what it says by the record_ function of its kind, after setting the effect back to sending.';

create or replace view app_private.broken_dead_effects_have_a_letter with (security_invoker = true) as
select f.merchant_id, f.order_id, jsonb_build_object('kind', f.kind, 'subject_id', f.subject_id) as facts
from app_public.effects f
where f.status = 'dead' and not exists (
  select from app_public.dead_letters d
  where d.merchant_id = f.merchant_id and d.subject_id = f.subject_id and d.effect_kind = f.kind
);
comment on view app_private.broken_dead_effects_have_a_letter is
  E'An effect that was given up has a dead letter, or nobody would ever look at it.\nMend: insert the dead letter, then retry or resolve it.';

create or replace view app_private.broken_open_letters_are_dead with (security_invoker = true) as
select d.merchant_id, d.order_id, jsonb_build_object('id', d.id, 'kind', d.effect_kind, 'effect', f.status) as facts
from app_public.dead_letters d
left join app_public.effects f
  on f.merchant_id = d.merchant_id and f.subject_id = d.subject_id and f.kind = d.effect_kind
where d.resolved_at is null and coalesce(f.status, '') not in ('dead', 'abandoned');
comment on view app_private.broken_open_letters_are_dead is
  E'An open dead letter is about an effect that is dead, or that was abandoned since: what a human is asked to settle is not being worked on.\nMend: resolve the letter with a note.';

create or replace view app_private.broken_messages_are_sent_once with (security_invoker = true) as
select e.merchant_id, e.order_id, jsonb_build_object('kind', e.inputs ->> 'kind', 'times', count(*)) as facts
from app_public.order_events e
where e.type = 'message_sent'
group by e.merchant_id, e.order_id, e.inputs ->> 'kind'
having count(*) > 1
union all
select m.merchant_id, m.order_id, jsonb_build_object('kind', m.kind, 'rows', count(*))
from app_public.messages m
group by m.merchant_id, m.order_id, m.kind
having count(*) > 1;
comment on view app_private.broken_messages_are_sent_once is
  E'A customer is told each thing once.\nMend: nothing takes a message back. Find how it happened: carrier_calls has each call with its reference.';

create or replace view app_private.broken_messages_have_their_effect with (security_invoker = true) as
select m.merchant_id, m.order_id, jsonb_build_object('id', m.id, 'kind', m.kind, 'status', m.status) as facts
from app_public.messages m
where not exists (
  select from app_public.effects f
  where f.merchant_id = m.merchant_id and f.subject_id = m.order_id and f.kind = m.kind
);
comment on view app_private.broken_messages_have_their_effect is
  E'Every message was sent by an effect of its order: without it, it could be sent again.\nMend: insert the effect as confirmed.';

create or replace view app_private.broken_failed_deliveries_have_a_case with (security_invoker = true) as
select s.merchant_id, s.order_id, jsonb_build_object('shipment_id', s.id, 'status', s.status, 'case', c.id) as facts
from app_public.shipments_current s
full join (
  select c.merchant_id, c.shipment_id, c.id from app_public.ndr_cases c where c.status <> 'closed'
) c on c.merchant_id = s.merchant_id and c.shipment_id = s.id
where (coalesce(s.status, '') = 'undelivered') <> (c.id is not null);
comment on view app_private.broken_failed_deliveries_have_a_case is
  E'A parcel that could not be delivered has one case that somebody can act on, and any other parcel has none.\nMend: if shipments_are_folded is broken, rebuild_read_models(); else close the case with the parcel''s status as its outcome, or open one with the time of the failed attempt.';

create or replace view app_private.broken_idempotency_keys_have_a_response with (security_invoker = true) as
select k.merchant_id, null::uuid as order_id, jsonb_build_object('key', k.key, 'function', k.function_name) as facts
from app_private.idempotency_keys k
where k.response is null;
comment on view app_private.broken_idempotency_keys_have_a_response is
  E'Every request that was committed under a key has its result, for whoever repeats it.\nMend: delete the key if its request did nothing; else store the result.';

create or replace view app_private.broken_webhooks_led_somewhere with (security_invoker = true) as
select m.merchant_id, m.order_id, jsonb_build_object('id', m.id, 'service', m.service, 'topic', m.topic, 'status', m.status) as facts
from app_public.inbound_messages m
where m.order_id is not null and not exists (
    select from app_public.orders_current o where o.merchant_id = m.merchant_id and o.id = m.order_id
  )
  or (m.status = 'received') <> (m.sweep_at is not null)
  or m.status = 'processed' and m.service = 'shopify' and m.topic like 'orders/%' and m.order_id is null;
comment on view app_private.broken_webhooks_led_somewhere is
  E'A shop''s order that was processed is an order here, and a webhook that was not processed is due.\nMend: make it due again: set status to received, settled_at to null and sweep_at to now().';

create or replace view app_private.broken_tokens_have_a_member with (security_invoker = true) as
select t.merchant_id, null::uuid as order_id, jsonb_build_object('session_id', t.session_id) as facts
from app_private.refresh_tokens t
where not exists (
  select from app_public.sessions s
  join app_public.members m on m.merchant_id = s.merchant_id and m.id = s.member_id
  where s.merchant_id = t.merchant_id and s.id = t.session_id
);
comment on view app_private.broken_tokens_have_a_member is
  E'Every refresh token belongs to a session of a member who is there.\nMend: delete the token.';

create or replace view app_private.broken_choices_are_best with (security_invoker = true) as
select c.merchant_id, c.order_id,
  jsonb_build_object('round', c.round, 'rule', c.rule, 'chosen', c.carrier_account_id, 'better', q.carrier_account_id,
    'service', q.service) as facts
from app_public.rate_quotes c
join app_public.rate_quotes q
  on q.merchant_id = c.merchant_id and q.order_id = c.order_id and q.round = c.round
  and q.reason in ('ranked_lower', 'no_price')
where c.is_chosen and case c.rule
  when 'cheapest' then q.price_minor < coalesce(c.price_minor, 9223372036854775807)
  when 'fastest' then q.days < coalesce(c.days, 32767)
  else false end;
comment on view app_private.broken_choices_are_best is
  E'The offer that was chosen for a box costs no more, or by the rule fastest takes no longer, than any other that takes it.\nMend: the quotes were changed, or rank_offers() was: book the box anew while it has not left, and find out which.';
--! EndIncluded proof/views/work.sql
--! Included proof/views/house.sql
-- What must hold of the whole house: tenants, counters, partitions, dispatcher, workflows, gates.

create or replace view app_private.broken_rows_stay_with_their_merchant with (security_invoker = true) as
select x.merchant_id, x.order_id, jsonb_build_object('table', x.name, 'points_to', x.target) as facts
from (
  select o.merchant_id, o.id as order_id, 'orders_current' as name, 'stores' as target
  from app_public.orders_current o
  left join app_public.stores s on s.merchant_id = o.merchant_id and s.id = o.store_id
  left join app_public.locations l on l.merchant_id = o.merchant_id and l.id = o.location_id
  where s.id is null or l.id is null
  union all
  select s.merchant_id, s.order_id, 'shipments_current', 'orders_current' from app_public.shipments_current s
  left join app_public.orders_current o on o.merchant_id = s.merchant_id and o.id = s.order_id
  left join app_public.carrier_accounts a
    on a.merchant_id = s.merchant_id and a.id = s.carrier_account_id and a.carrier = s.carrier
  where o.id is null or a.id is null
  union all
  select c.merchant_id, c.order_id, 'order_contacts', 'orders_current' from app_public.order_contacts c
  left join app_public.orders_current o on o.merchant_id = c.merchant_id and o.id = c.order_id
  where o.id is null
  union all
  select m.merchant_id, m.order_id, 'messages', 'orders_current' from app_public.messages m
  left join app_public.orders_current o on o.merchant_id = m.merchant_id and o.id = m.order_id
  where o.id is null
  union all
  select d.merchant_id, d.order_id, 'dead_letters', 'orders_current' from app_public.dead_letters d
  left join app_public.orders_current o on o.merchant_id = d.merchant_id and o.id = d.order_id
  where o.id is null
  union all
  select l.merchant_id, null::uuid, 'labels', 'shipments_current' from app_private.labels l
  left join app_public.shipments_current s on s.merchant_id = l.merchant_id and s.id = l.shipment_id
  where s.id is null
) x;
comment on view app_private.broken_rows_stay_with_their_merchant is
  E'Whatever points to an order, a box, a store or an account points to one of its own merchant.\nMend: if the order is missing, see orders_have_a_log; a row of another merchant''s is a leak: remove it, and find out what wrote it.';

create or replace view app_private.broken_counters_are_ahead with (security_invoker = true) as
select k.merchant_id, null::uuid as order_id,
  jsonb_build_object('counter', c.last_number, 'highest', max(k.number)) as facts
from app_hidden.order_keys k
left join app_private.counters c on c.merchant_id = k.merchant_id and c.series = 'order'
group by k.merchant_id, c.last_number
having coalesce(c.last_number, 0) < max(k.number);
comment on view app_private.broken_counters_are_ahead is
  E'The counter of order numbers is not behind the highest one in use: the next order could not be placed, and carriers would see a reference twice.\nMend: update app_private.counters set last_number to the highest, or above it after a restore.';

create or replace view app_private.broken_partitions_are_ahead with (security_invoker = true) as
select null::integer as merchant_id, null::uuid as order_id, jsonb_build_object('partition', p.name) as facts
from (
  select parent || to_char(date_trunc('month', now() at time zone 'UTC') + ahead * interval '1 month', '_YYYY_MM')
    as name
  from unnest(array['order_events', 'audit_log']) parent, generate_series(0, 1) ahead
) p
where not exists (
  select from pg_inherits i
  join pg_class c on c.oid = i.inhrelid
  where c.relname = p.name and c.relnamespace = 'app_public'::regnamespace
);
comment on view app_private.broken_partitions_are_ahead is
  E'The partitions of this month and the next are there: without one no order can be placed.\nMend: select app_private.create_partitions(); and see why housekeeping does not run.';

create or replace view app_private.broken_cursor_is_behind with (security_invoker = true) as
select null::integer as merchant_id, null::uuid as order_id,
  jsonb_build_object('cursor', max(c.next_xact::text), 'next', pg_snapshot_xmax(pg_current_snapshot())::text) as facts
from app_private.dispatch_cursor c
having count(*) <> 1 or bool_or(c.next_xact > pg_snapshot_xmax(pg_current_snapshot()));
comment on view app_private.broken_cursor_is_behind is
  E'The dispatcher''s cursor is one row and not ahead of the cluster: what lies below it is never dispatched.\nMend: the database was restored from a dump of another cluster: docs/operations.md, Backups.';

create or replace view app_private.broken_workflows_are_sound with (security_invoker = true) as
select null::integer as merchant_id, null::uuid as order_id,
  jsonb_build_object('workflow', w.workflow, 'status', f.status, 'fault', f.fault) as facts
from app_public.workflows w
cross join lateral app_hidden.workflow_faults(w.workflow) f
union all
select null, null, jsonb_build_object('workflow', t.workflow, 'status', t.to_status, 'fault', 'is_guarded is not what the status says')
from app_public.workflow_transitions t
join app_public.workflow_statuses s on s.workflow = t.workflow and s.status = t.to_status
where t.is_guarded <> (s.guard is not null);
comment on view app_private.broken_workflows_are_sound is
  E'Every workflow has one beginning, every status can be reached and left for an end, and the copied guard flags are true.\nMend: correct the rows in a migration; the constraint triggers prove them again.';

create or replace view app_private.broken_gates_are_closed with (security_invoker = true) as
select null::integer as merchant_id, null::uuid as order_id,
  jsonb_build_object('table', c.oid::regclass::text, 'trigger', g.tgname) as facts
from pg_trigger g
join pg_class c on c.oid = g.tgrelid
where not g.tgisinternal and g.tgenabled not in ('O', 'A')
  and c.relnamespace in ('app_public'::regnamespace, 'app_hidden'::regnamespace, 'app_private'::regnamespace)
union all
select null, null, jsonb_build_object('table', i.inhrelid::regclass::text, 'lacks', 'not_by_itself')
from pg_inherits i
where i.inhparent in ('app_public.order_events'::regclass, 'app_public.audit_log'::regclass) and not exists (
  select from pg_trigger g where g.tgrelid = i.inhrelid and g.tgname like '%\_not\_by\_itself'
)
union all
select null, null, jsonb_build_object('table', c.oid::regclass::text, 'row_security', c.relrowsecurity, 'forced', c.relforcerowsecurity)
from pg_class c
where c.relkind in ('r', 'p') and not (c.relrowsecurity and c.relforcerowsecurity)
  and c.relnamespace in ('app_public'::regnamespace, 'app_hidden'::regnamespace, 'app_private'::regnamespace);
comment on view app_private.broken_gates_are_closed is
  E'Every trigger is enabled, every partition is closed to whoever names it, and row-level security is on and forced on every table: nothing was left open after a repair.\nMend: alter table … enable trigger, or enable and force row level security; then verify what was written meanwhile.';
--! EndIncluded proof/views/house.sql
--! Included proof/functions/verify.sql
-- The catalogue is the views themselves: app_private.broken_<rule>, each with its comment.
create or replace view app_private.invariants with (security_invoker = true) as
select substr(c.relname::text, length('broken_') + 1) as invariant,
  split_part(d.description, E'\nMend: ', 1) as meaning,
  split_part(d.description, E'\nMend: ', 2) as mend
from pg_class c
join pg_description d on d.objoid = c.oid and d.classoid = 'pg_class'::regclass and d.objsubid = 0
where c.relnamespace = 'app_private'::regnamespace and c.relkind = 'v' and c.relname like 'broken\_%';
comment on view app_private.invariants is
  'Every rule that verify() checks: a view app_private.broken_<invariant>, what it means, and how to mend it.';

-- All faults of all rules in one statement, so that the passes run beside one another: a rule of a shared
-- pass is not asked for by itself.
create or replace view app_private.findings with (security_invoker = true) as
select f.rule as invariant, f.merchant_id, f.order_id, f.facts from app_private.chain_faults f
union all select f.rule, f.merchant_id, f.order_id, f.facts from app_private.event_faults f
union all select f.rule, f.merchant_id, f.order_id, f.facts from app_private.order_faults f
union all select f.rule, f.merchant_id, f.order_id, f.facts from app_private.key_faults f
union all select 'events_have_begun', f.merchant_id, f.order_id, f.facts from app_private.broken_events_have_begun f
union all select 'audit_is_complete', f.merchant_id, f.order_id, f.facts from app_private.broken_audit_is_complete f
union all select 'order_items_are_folded', f.merchant_id, f.order_id, f.facts from app_private.broken_order_items_are_folded f
union all select 'shipments_are_folded', f.merchant_id, f.order_id, f.facts from app_private.broken_shipments_are_folded f
union all select 'shipment_items_are_folded', f.merchant_id, f.order_id, f.facts from app_private.broken_shipment_items_are_folded f
union all select 'order_counts_add_up', f.merchant_id, f.order_id, f.facts from app_private.broken_order_counts_add_up f
union all select 'amounts_are_not_negative', f.merchant_id, f.order_id, f.facts from app_private.broken_amounts_are_not_negative f
union all select 'cod_is_collected_once', f.merchant_id, f.order_id, f.facts from app_private.broken_cod_is_collected_once f
union all select 'boxes_hold_the_order', f.merchant_id, f.order_id, f.facts from app_private.broken_boxes_hold_the_order f
union all select 'awb_is_unique', f.merchant_id, f.order_id, f.facts from app_private.broken_awb_is_unique f
union all select 'awb_never_changes', f.merchant_id, f.order_id, f.facts from app_private.broken_awb_never_changes f
union all select 'labelled_has_a_label', f.merchant_id, f.order_id, f.facts from app_private.broken_labelled_has_a_label f
union all select 'boxes_are_handed_over_once', f.merchant_id, f.order_id, f.facts from app_private.broken_boxes_are_handed_over_once f
union all select 'manifests_are_whole', f.merchant_id, f.order_id, f.facts from app_private.broken_manifests_are_whole f
union all select 'orders_follow_their_boxes', f.merchant_id, f.order_id, f.facts from app_private.broken_orders_follow_their_boxes f
union all select 'contacts_are_unchanged', f.merchant_id, f.order_id, f.facts from app_private.broken_contacts_are_unchanged f
union all select 'contacts_are_named', f.merchant_id, f.order_id, f.facts from app_private.broken_contacts_are_named f
union all select 'contact_versions_are_whole', f.merchant_id, f.order_id, f.facts from app_private.broken_contact_versions_are_whole f
union all select 'effects_have_their_cause', f.merchant_id, f.order_id, f.facts from app_private.broken_effects_have_their_cause f
union all select 'causes_have_their_effects', f.merchant_id, f.order_id, f.facts from app_private.broken_causes_have_their_effects f
union all select 'open_effects_are_swept', f.merchant_id, f.order_id, f.facts from app_private.broken_open_effects_are_swept f
union all select 'confirmed_effects_are_recorded', f.merchant_id, f.order_id, f.facts from app_private.broken_confirmed_effects_are_recorded f
union all select 'dead_effects_have_a_letter', f.merchant_id, f.order_id, f.facts from app_private.broken_dead_effects_have_a_letter f
union all select 'choices_are_best', f.merchant_id, f.order_id, f.facts from app_private.broken_choices_are_best f
union all select 'open_letters_are_dead', f.merchant_id, f.order_id, f.facts from app_private.broken_open_letters_are_dead f
union all select 'messages_are_sent_once', f.merchant_id, f.order_id, f.facts from app_private.broken_messages_are_sent_once f
union all select 'messages_have_their_effect', f.merchant_id, f.order_id, f.facts from app_private.broken_messages_have_their_effect f
union all select 'failed_deliveries_have_a_case', f.merchant_id, f.order_id, f.facts from app_private.broken_failed_deliveries_have_a_case f
union all select 'idempotency_keys_have_a_response', f.merchant_id, f.order_id, f.facts from app_private.broken_idempotency_keys_have_a_response f
union all select 'webhooks_led_somewhere', f.merchant_id, f.order_id, f.facts from app_private.broken_webhooks_led_somewhere f
union all select 'tokens_have_a_member', f.merchant_id, f.order_id, f.facts from app_private.broken_tokens_have_a_member f
union all select 'rows_stay_with_their_merchant', f.merchant_id, f.order_id, f.facts from app_private.broken_rows_stay_with_their_merchant f
union all select 'counters_are_ahead', f.merchant_id, f.order_id, f.facts from app_private.broken_counters_are_ahead f
union all select 'partitions_are_ahead', f.merchant_id, f.order_id, f.facts from app_private.broken_partitions_are_ahead f
union all select 'cursor_is_behind', f.merchant_id, f.order_id, f.facts from app_private.broken_cursor_is_behind f
union all select 'workflows_are_sound', f.merchant_id, f.order_id, f.facts from app_private.broken_workflows_are_sound f
union all select 'gates_are_closed', f.merchant_id, f.order_id, f.facts from app_private.broken_gates_are_closed f;
comment on view app_private.findings is 'Every fault of every rule, each shared pass run once.';

-- Stable: all of it sees the snapshot of the statement that calls it, so that orders on the move are no
-- fault; and it writes nothing, so it does not hold the dispatcher back. The settings let the passes run
-- in parallel, partition by partition, without spilling to disk more than they must, and read the log in
-- the order of its key instead of sorting it. Rows cost nothing to hand over, because there are none: the
-- planner expects a fault in every third row.
create or replace function app_private.verify()
returns table (invariant text, faults bigint, sample jsonb, meaning text, mend text)
language plpgsql stable
set search_path to pg_catalog, pg_temp
set work_mem to '128MB'
set hash_mem_multiplier to '2'
set max_parallel_workers_per_gather to '4'
set parallel_tuple_cost to '0'
set random_page_cost to '1.1'
set enable_partitionwise_aggregate to on
set enable_partitionwise_join to on
set jit to off
as $$
#variable_conflict use_column
begin
  return query
    with found as (
      select f.invariant, count(*) as faults, jsonb_agg(jsonb_build_object(
        'merchant_id', f.merchant_id, 'order_id', f.order_id, 'facts', f.facts
      ) order by f.n) filter (where f.n <= 3) as sample
      from (
        select f.*, row_number() over (partition by f.invariant) as n from app_private.findings f
      ) f
      group by f.invariant
    )
    select i.invariant, coalesce(f.faults, 0), coalesce(f.sample, '[]'), i.meaning, i.mend
    from app_private.invariants i
    left join found f on f.invariant = i.invariant
    union all
    select 'detached ' || to_char(d.month, 'YYYY-MM'), 0, jsonb_build_array(to_jsonb(d)),
      'This month was detached from the log: whatever only its events and audit rows can prove was not checked.',
      format('If that is not wanted: select app_private.attach_month(%L); and verify again.', d.month)
    from app_private.detached_months d
    order by 2 desc, 1;
end
$$;
comment on function app_private.verify() is
  'Checks every invariant of the database in one snapshot: how many faults each has, three of them, what it means and how to mend it. All is well when faults is 0 everywhere. A month that was detached is a row of its own.';

create or replace function app_private.verify_chains()
returns table (merchant_id integer, order_id uuid, seq integer, fault text)
language sql stable
set search_path to pg_catalog, pg_temp
set work_mem to '128MB'
as $$
  select f.merchant_id, f.order_id, (f.facts ->> 'seq')::integer, f.rule
  from app_private.chain_faults f
  where f.rule in ('chain_is_whole', 'events_are_numbered', 'orders_begin_with_placement')
  union all
  select f.merchant_id, f.order_id, (f.facts ->> 'seq')::integer, f.rule from app_private.order_faults f
  where f.rule = 'orders_are_folded' and f.facts -> 'differs' ?| array['seq', 'event_hash', 'the whole row']
  union all
  select f.merchant_id, f.order_id, 1, f.rule from app_private.key_faults f where f.rule = 'orders_have_a_log'
  order by 1, 2, 3
$$;
comment on function app_private.verify_chains() is
  'Every event of the log that is changed, added or out of place, or behind which one is missing; the end of each chain is compared with the order''s row.';

create or replace function app_private.verify_chain(order_id uuid)
returns table (seq integer, fault text)
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  with whose as (
    select e.merchant_id from app_public.order_events e where e.order_id = verify_chain.order_id
    union select k.merchant_id from app_hidden.order_keys k where k.order_id = verify_chain.order_id
  )
  select (f.facts ->> 'seq')::integer as seq, f.rule
  from whose w join app_private.chain_faults f
    on f.merchant_id = w.merchant_id and f.order_id = verify_chain.order_id
  where f.rule in ('chain_is_whole', 'events_are_numbered', 'orders_begin_with_placement')
  union all
  select (f.facts ->> 'seq')::integer, f.rule from whose w join app_private.order_faults f
    on f.merchant_id = w.merchant_id and f.order_id = verify_chain.order_id
  where f.rule = 'orders_are_folded' and f.facts -> 'differs' ?| array['seq', 'event_hash', 'the whole row']
  union all
  select 1, 'orders_have_a_log' from whose w join app_public.orders_current o
    on o.merchant_id = w.merchant_id and o.id = verify_chain.order_id
  where not exists (
    select from app_public.order_events e
    where e.merchant_id = o.merchant_id and e.order_id = o.id and e.seq = 1
  ) and not app_hidden.is_detached(o.id)
  order by 1
$$;
comment on function app_private.verify_chain(uuid) is
  'As verify_chains(), for one order: which events are broken, and what is wrong.';
--! EndIncluded proof/functions/verify.sql
--! Included proof/functions/differing_orders.sql
-- The comparison of rebuild_read_models(): folds the log of a range of orders of one merchant beside the
-- rows that are kept, and writes nothing. Byte for byte (*<>).
create or replace function app_hidden.differing_orders(merchant_id integer, after uuid, upto uuid)
returns table (order_id uuid, differed text[])
language sql stable
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
  select d.order_id, array_agg(distinct d.name order by d.name) from (
    select coalesce(f.order_id, k.id) as order_id, 'orders_current' as name, f.order_id is null as is_stray
    from (
      select * from app_hidden.fold_orders(null) f
      where f.merchant_id = differing_orders.merchant_id and f.order_id > after and f.order_id <= upto
    ) f
    full join (
      select * from app_public.orders_current k
      where k.merchant_id = differing_orders.merchant_id and k.id > after and k.id <= upto
    ) k on k.id = f.order_id
    where f.order_id is null or k.id is null or f.folded *<> row(k.*)::app_hidden.plain_orders
    union all
    select coalesce(f.order_id, k.order_id), 'order_keys', f.order_id is null
    from (
      select * from app_hidden.fold_order_keys() f
      where f.merchant_id = differing_orders.merchant_id and f.order_id > after and f.order_id <= upto
    ) f
    full join (
      select * from app_hidden.order_keys k
      where k.merchant_id = differing_orders.merchant_id and k.order_id > after and k.order_id <= upto
    ) k on k.order_id = f.order_id
    where f.order_id is null or k.order_id is null or f *<> k
    union all
    select coalesce(f.order_id, k.order_id), 'order_items', f.order_id is null
    from (
      select * from app_hidden.fold_order_items() f
      where f.merchant_id = differing_orders.merchant_id and f.order_id > after and f.order_id <= upto
    ) f
    full join (
      select * from app_public.order_items k
      where k.merchant_id = differing_orders.merchant_id and k.order_id > after and k.order_id <= upto
    ) k on k.order_id = f.order_id and k.line = f.line
    where f.order_id is null or k.order_id is null or f *<> k
    union all
    select coalesce(f.order_id, k.order_id), 'shipments_current', f.order_id is null
    from (
      select * from app_hidden.fold_shipments() f
      where f.merchant_id = differing_orders.merchant_id and f.order_id > after and f.order_id <= upto
    ) f
    full join (
      select * from app_public.shipments_current k
      where k.merchant_id = differing_orders.merchant_id and k.order_id > after and k.order_id <= upto
    ) k on k.order_id = f.order_id and k.id = f.id
    where f.order_id is null or k.order_id is null or f *<> k
    union all
    select coalesce(f.order_id, k.order_id), 'shipment_items', f.order_id is null
    from (
      select * from app_hidden.fold_shipment_items() f
      where f.merchant_id = differing_orders.merchant_id and f.order_id > after and f.order_id <= upto
    ) f
    full join (
      select * from app_public.shipment_items k
      where k.merchant_id = differing_orders.merchant_id and k.order_id > after and k.order_id <= upto
    ) k on k.order_id = f.order_id and k.shipment_id = f.shipment_id and k.line = f.line
    where f.order_id is null or k.order_id is null or f *<> k
  ) d
  where not (d.is_stray and app_hidden.is_detached(d.order_id))
  group by d.order_id
  order by d.order_id
$$;
comment on function app_hidden.differing_orders(integer, uuid, uuid) is
  'The orders of a range whose read models are not what their events say, and which ones.';
--! EndIncluded proof/functions/differing_orders.sql
--! Included proof/functions/mend_orders.sql
-- Mending is done by the trigger of app_private.rebuilds: the rows of the orders are locked, their events
-- folded again under the lock, and only what still differs is written. A row that is there is updated in
-- place, because a writer that waits for it must find it again. Read committed is assumed: after the lock
-- each statement sees what the writers before it committed.

create or replace function app_hidden.mend_orders()
returns trigger
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  theirs record;
begin
  for theirs in
    select m.merchant_id, array_agg(distinct m.order_id) as ids from mended m
    where not app_hidden.is_detached(m.order_id) or exists (
      select from app_public.order_events e
      where e.merchant_id = m.merchant_id and e.order_id = m.order_id
    )
    group by m.merchant_id
  loop
    perform from app_public.orders_current o
    where o.merchant_id = theirs.merchant_id and o.id = any (theirs.ids)
    order by o.id
    for update;
    perform app_hidden.mend_order_keys(theirs.merchant_id, theirs.ids);
    perform app_hidden.mend_order_rows(theirs.merchant_id, theirs.ids);
    perform app_hidden.mend_order_items(theirs.merchant_id, theirs.ids);
    perform app_hidden.mend_shipments(theirs.merchant_id, theirs.ids);
  end loop;
  return null;
end
$$;
comment on function app_hidden.mend_orders() is
  'Trigger: makes the read models of the orders what their events say.';

-- A number or public id that the log gives to one order is taken from whoever else holds it.
create or replace function app_hidden.mend_order_keys(merchant_id integer, ids uuid[])
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  folded app_hidden.order_keys[] := array(
    select f from app_hidden.fold_order_keys() f
    where f.merchant_id = mend_order_keys.merchant_id and f.order_id = any (ids)
  );
begin
  delete from app_hidden.order_keys k
  where k.merchant_id = mend_order_keys.merchant_id and not k *= any (folded) and (
    k.order_id = any (ids)
    or exists (
      select from unnest(folded) f
      where f.number = k.number or f.public_id = k.public_id
        or f.store_id = k.store_id and f.external_id = k.external_id
    )
  );
  insert into app_hidden.order_keys
  select (f).* from unnest(folded) f on conflict on constraint order_keys_pkey do nothing;
end
$$;
comment on function app_hidden.mend_order_keys(integer, uuid[]) is 'The keys of orders, from their first events.';

create or replace function app_hidden.mend_order_rows(merchant_id integer, ids uuid[])
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  folded app_public.orders_current[] := array(
    select row((f.folded).*)::app_public.orders_current from app_hidden.fold_orders(null) f
    where f.merchant_id = mend_order_rows.merchant_id and f.order_id = any (ids)
  );
begin
  delete from app_public.orders_current o
  where o.merchant_id = mend_order_rows.merchant_id and o.id = any (ids)
    and not exists (select from unnest(folded) f where f.id = o.id);
  update app_public.orders_current o
  set (
    public_id, store_id, source, external_id, external_number, number, workflow, fulfilment_type,
    status, shipping_status, location_id, currency, payment_mode, subtotal_minor, discount_minor,
    shipping_minor, tax_minor, total_minor, cod_amount_minor, shipping_method, ship_to_version,
    tracking_code, tracking_url, attention, attention_reason, attention_since, accepted_at,
    ready_at, completed_at, seq, event_hash, placed_at, created_at, updated_at
  ) = (select
    f.public_id, f.store_id, f.source, f.external_id, f.external_number, f.number, f.workflow,
    f.fulfilment_type, f.status, f.shipping_status, f.location_id, f.currency, f.payment_mode,
    f.subtotal_minor, f.discount_minor, f.shipping_minor, f.tax_minor, f.total_minor,
    f.cod_amount_minor, f.shipping_method, f.ship_to_version, f.tracking_code, f.tracking_url,
    f.attention, f.attention_reason, f.attention_since, f.accepted_at, f.ready_at, f.completed_at,
    f.seq, f.event_hash, f.placed_at, f.created_at, f.updated_at
  )
  from unnest(folded) f
  where o.merchant_id = f.merchant_id and o.id = f.id and o *<> f;
  insert into app_public.orders_current
  select (f).* from unnest(folded) f on conflict on constraint orders_current_pkey do nothing;
end
$$;
comment on function app_hidden.mend_order_rows(integer, uuid[]) is 'The rows of orders, from their events.';

create or replace function app_hidden.mend_order_items(merchant_id integer, ids uuid[])
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  folded app_public.order_items[] := array(
    select f from app_hidden.fold_order_items() f
    where f.merchant_id = mend_order_items.merchant_id and f.order_id = any (ids)
  );
begin
  delete from app_public.order_items i
  where i.merchant_id = mend_order_items.merchant_id and i.order_id = any (ids) and not i *= any (folded);
  insert into app_public.order_items
  select (f).* from unnest(folded) f on conflict on constraint order_items_pkey do nothing;
end
$$;
comment on function app_hidden.mend_order_items(integer, uuid[]) is 'The lines of orders, from their first events.';

-- An AWB that the log gives to one box is taken from whichever other box bears it.
create or replace function app_hidden.mend_shipments(merchant_id integer, ids uuid[])
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  boxes app_public.shipments_current[] := array(
    select f from app_hidden.fold_shipments() f
    where f.merchant_id = mend_shipments.merchant_id and f.order_id = any (ids)
  );
  contents app_public.shipment_items[] := array(
    select f from app_hidden.fold_shipment_items() f
    where f.merchant_id = mend_shipments.merchant_id and f.order_id = any (ids)
  );
begin
  delete from app_public.shipments_current s
  where s.merchant_id = mend_shipments.merchant_id and not s *= any (boxes) and (
    s.order_id = any (ids)
    or exists (select from unnest(boxes) f where f.id = s.id or f.carrier = s.carrier and f.awb = s.awb)
  );
  insert into app_public.shipments_current
  select (f).* from unnest(boxes) f on conflict on constraint shipments_current_pkey do nothing;
  delete from app_public.shipment_items i
  where i.merchant_id = mend_shipments.merchant_id and not i *= any (contents) and (
    i.order_id = any (ids)
    or exists (select from unnest(contents) f where f.shipment_id = i.shipment_id and f.line = i.line)
  );
  insert into app_public.shipment_items
  select (f).* from unnest(contents) f on conflict on constraint shipment_items_pkey do nothing;
end
$$;
comment on function app_hidden.mend_shipments(integer, uuid[]) is 'The boxes of orders and what is in them, from their events.';

create or replace trigger rebuilds_500_mend
  after insert on app_private.rebuilds
  referencing new table as mended
  for each statement execute function app_hidden.mend_orders();
-- Also in a session that repaired something with session_replication_role = replica.
alter table app_private.rebuilds enable always trigger rebuilds_500_mend;
--! EndIncluded proof/functions/mend_orders.sql
--! Included proof/functions/rebuild_read_models.sql
-- The read models anew from the log alone, while orders move: range by range the log is folded beside
-- what is kept; only the orders that differ are locked, folded again and mended, fifty a transaction, so
-- that no writer waits for long and the dispatcher is not held back. A range without a difference writes
-- nothing at all. It may be stopped at any moment and called again. It never waits for an order while it holds
-- another, or a member that moves both could be the one whom the deadlock ends: orders that somebody works
-- on are left for the end of their fifty, one a transaction.
create or replace function app_private.mend(merchant_id integer, order_ids uuid[], differed jsonb)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  insert into app_private.rebuilds (merchant_id, order_id, differed)
  select mend.merchant_id, i.id, array(select jsonb_array_elements_text(mend.differed -> i.id::text))
  from unnest(order_ids) i (id)
$$;
comment on function app_private.mend(integer, uuid[], jsonb) is
  'Mends the read models of these orders; what differed is noted.';

-- The last id of the next so many orders, whether the log or a read model knows them.
create or replace function app_hidden.range_end(merchant_id integer, after uuid, orders integer)
returns uuid
language sql stable
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
  select r.order_id from (
    select e.order_id from app_public.order_events e
    where e.merchant_id = range_end.merchant_id and e.order_id > after and e.seq = 1
    order by e.order_id limit orders
  ) r
  order by r.order_id desc limit 1
$$;
comment on function app_hidden.range_end(integer, uuid, integer) is
  'The id of the last of the next orders of a merchant; null when there are none.';

create or replace function app_hidden.merchants_with_orders()
returns integer[]
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select array_agg(m.id order by m.id) from (
    select id from app_public.merchants
    union select merchant_id from app_hidden.order_keys
    union select merchant_id from app_public.orders_current
  ) m
$$;
comment on function app_hidden.merchants_with_orders() is 'Every merchant that a read model or the tenants name.';

-- What differed so far, and what a range of orders adds to it.
create or replace function app_hidden.add_differences(sums jsonb, differed jsonb)
returns jsonb
language sql immutable
set search_path to pg_catalog, pg_temp
as $$
  select coalesce(jsonb_object_agg(n.name, n.orders order by n.name), '{}') from (
    select s.name, sum(s.orders) as orders from (
      select k.key as name, k.value::bigint as orders from jsonb_each_text(sums) k
      union all
      select t.name, 1 from jsonb_each(differed) o, jsonb_array_elements_text(o.value) t (name)
    ) s
    group by s.name
  ) n
$$;
comment on function app_hidden.add_differences(jsonb, jsonb) is
  'Adds up in how many orders each read model differed.';

-- Locks the orders that are free. One without a row, which is to be made anew, nobody can have locked.
create or replace function app_hidden.lock_free_orders(merchant_id integer, ids uuid[])
returns uuid[]
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  with free as materialized (
    select o.id from app_public.orders_current o
    where o.merchant_id = lock_free_orders.merchant_id and o.id = any (ids)
    order by o.id
    for update skip locked
  )
  select coalesce(array_agg(i.id order by i.id), '{}') from unnest(ids) i (id)
  where i.id in (select f.id from free f) or not exists (
    select from app_public.orders_current o
    where o.merchant_id = lock_free_orders.merchant_id and o.id = i.id
  )
$$;
comment on function app_hidden.lock_free_orders(integer, uuid[]) is
  'Locks those of the orders that nobody works on, and returns them.';

-- A procedure that commits cannot have a path of its own, so every name is written in full. The counts
-- are taken last, of orders that are true by then.
create or replace procedure app_private.rebuild_read_models(
  orders_at_once integer default 2000, inout differences jsonb default '{}'
)
language plpgsql
as $$
declare
  merchant integer;
  after uuid;
  upto uuid;
  ids uuid[];
  free uuid[];
  busy uuid;
  differed pg_catalog.jsonb;
begin
  differences := '{}';
  foreach merchant in array app_hidden.merchants_with_orders() loop
    after := '00000000-0000-0000-0000-000000000000';
    while after is not null loop
      upto := app_hidden.range_end(merchant, after, orders_at_once);
      select coalesce(pg_catalog.array_agg(d.order_id order by d.order_id), '{}'),
        coalesce(pg_catalog.jsonb_object_agg(d.order_id, d.differed), '{}')
      into ids, differed
      from app_hidden.differing_orders(merchant, after,
        coalesce(upto, 'ffffffff-ffff-ffff-ffff-ffffffffffff')) d;
      commit;
      for at in 1 .. pg_catalog.cardinality(ids) by 50 loop
        free := app_hidden.lock_free_orders(merchant, ids[at:at + 49]);
        perform app_private.mend(merchant, free, differed);
        commit;
        for busy in select i from pg_catalog.unnest(ids[at:at + 49]) i where i <> all (free) loop
          perform app_private.mend(merchant, array[busy], differed);
          commit;
        end loop;
      end loop;
      differences := app_hidden.add_differences(differences, differed);
      raise notice 'merchant %: orders up to % are checked; mended in all: %', merchant, upto, differences;
      after := upto;
    end loop;
  end loop;
  if exists (select from app_private.broken_order_counts_add_up) then
    perform app_private.recount_orders();
    differences := differences || '{"order_counts": 1}';
  end if;
  commit;
end
$$;
comment on procedure app_private.rebuild_read_models(integer, jsonb) is
  'Makes orders_current, order_items, order_keys, shipments_current, shipment_items, order_counts and attention_counts what the log says, on a running system, and answers in how many orders each differed. For administrators. app_private.rebuilds keeps what was mended.';
--! EndIncluded proof/functions/rebuild_read_models.sql
--! Included proof/access/proof.sql
-- Looking back is for members and DBAs; checking and mending is for administrators alone.
grant execute on function
  app_hidden.events_until(timestamptz),
  app_hidden.fold_orders(timestamptz),
  app_public.order_as_of(uuid, timestamptz),
  app_public.orders_as_of(integer, timestamptz)
to waybill_member, waybill_readonly;
grant execute on function app_hidden.refuse(text, text, jsonb) to waybill_readonly;
--! EndIncluded proof/access/proof.sql
--! EndIncluded proof/proof.sql
--! Included common/access/owner_policies.sql
-- The last step of every migration: no table can be forgotten. Row-level security is switched on and
-- forced for every table of our schemas, and the owner, as whom triggers and definer functions run, is
-- let in by an explicit policy.
do $$
declare
  our_table regclass;
begin
  for our_table in
    select c.oid from pg_class c
    where c.relnamespace in ('app_public'::regnamespace, 'app_hidden'::regnamespace, 'app_private'::regnamespace)
      and c.relkind in ('r', 'p')
    order by c.oid
  loop
    execute format('alter table %s enable row level security', our_table);
    execute format('alter table %s force row level security', our_table);
    execute format('drop policy if exists owner_all on %s', our_table);
    execute format('create policy owner_all on %s to waybill_owner using (true) with check (true)', our_table);
  end loop;
end
$$;
--! EndIncluded common/access/owner_policies.sql
--! EndIncluded schema.sql
