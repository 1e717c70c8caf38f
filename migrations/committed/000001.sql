--! Previous: -
--! Hash: sha1:c12a507f54367fa4590a4241dd6053b6a2429a58

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
grant usage on schema app_hidden to waybill_member, waybill_customer, waybill_worker, waybill_readonly;
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
-- btrim() alone takes a tab or a line break for a text.
create or replace function app_hidden.trimmed(words text)
returns text
language sql immutable parallel safe
return btrim(coalesce(words, ''), E' \t\r\n\f\v');
comment on function app_hidden.trimmed(text) is 'A text without white space around it; empty for null.';
grant execute on function app_hidden.trimmed(text) to waybill_member;
--! EndIncluded common/functions/trimmed.sql
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

grant execute on function app_hidden.current_merchant_id()
  to waybill_member, waybill_customer, waybill_worker, waybill_readonly;
grant execute on function app_hidden.current_member_id()
  to waybill_member, waybill_customer, waybill_worker, waybill_readonly;
grant execute on function app_hidden.current_actor_role() to waybill_member, waybill_worker;
--! EndIncluded common/functions/actor.sql
--! Included common/functions/partitions.sql
-- order_events and audit_log are partitioned by month through their time-ordered ids, so that an order's
-- events stay together and (order, seq) is unique across all partitions. There is no default partition:
-- a missing month is an error, not a slow table. Security definer: housekeeping runs as waybill_worker,
-- and only the owner may create tables.
create or replace function app_private.create_partitions(months_ahead integer default 3)
returns integer
language plpgsql volatile security definer
set timezone to 'UTC'
set search_path to pg_catalog, pg_temp
as $$
declare
  parent text;
  month timestamptz;
  partition text;
  created integer := 0;
begin
  foreach parent in array array['order_events', 'audit_log'] loop
    for month in
      select m from generate_series(
        date_trunc('month', now(), 'UTC') - interval '1 month',
        date_trunc('month', now(), 'UTC') + months_ahead * interval '1 month',
        interval '1 month'
      ) m
    loop
      partition := parent || to_char(month at time zone 'UTC', '_YYYY_MM');
      if to_regclass('app_public.' || partition) is null then
        execute format(
          'create table app_public.%I partition of app_public.%I for values from (%L) to (%L)',
          partition, parent,
          app_hidden.uuid_v7_floor(month), app_hidden.uuid_v7_floor(month + interval '1 month')
        );
        execute format('alter table app_public.%I enable row level security', partition);
        execute format('alter table app_public.%I force row level security', partition);
        execute format(
          'create policy owner_all on app_public.%I to waybill_owner using (true) with check (true)', partition
        );
        -- Statement triggers of the parent do not see a truncate of the partition.
        execute format(
          'create trigger %I before truncate on app_public.%I for each statement '
          'execute function app_hidden.refuse_change(%L)',
          parent || '_120_no_truncate', partition, 'rows are only ever added'
        );
        created := created + 1;
      end if;
    end loop;
  end loop;
  return created;
end
$$;
comment on function app_private.create_partitions(integer) is
  'Creates the monthly partitions from last month to so many months ahead; returns how many were new.';

grant execute on function app_private.create_partitions(integer) to waybill_worker;
--! EndIncluded common/functions/partitions.sql
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
comment on column app_public.workflow_statuses.stamps is 'The time column that is set on first reaching it.';

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
  ('automated', 'assigned', 'labelled', '{system,owner,manager,staff}', '{}'),
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
  ('parcel', 'planned', 'cancelled', '{system,owner,manager,staff}', '{}'),
  ('parcel', 'labelled', 'cancelled', '{system,owner,manager,staff}', '{}')
on conflict (workflow, from_status, to_status) do update set
  roles = excluded.roles, required_inputs = excluded.required_inputs;

-- Carriers skip scans: once labelled, a parcel may jump forward to any later place on its way.
insert into app_public.workflow_transitions (workflow, from_status, to_status, roles)
select 'parcel', f.status, t.status, '{system,carrier,owner,manager,staff}'::text[]
from app_public.workflow_statuses f
join app_public.workflow_statuses t on t.workflow = f.workflow and t.position > f.position
where f.workflow = 'parcel'
  and f.status in ('labelled', 'handed_over', 'in_transit', 'out_for_delivery', 'undelivered', 'rto')
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
  created_at timestamptz not null default now(),
  constraint merchants_pkey primary key (id),
  constraint merchants_name_not_blank check (btrim(name) <> ''),
  constraint merchants_currency_is_iso check (currency ~ '^[A-Z]{3}$')
);
comment on table app_public.merchants is
  E'@name merchant\n@behavior -query:resource:list -query:resource:connection -query:resource:single\nA merchant: the tenant that owns stores, locations, carrier accounts and members.';
comment on column app_public.merchants.time_zone is 'IANA name; day boundaries and cut-off times are in it.';
comment on column app_public.merchants.currency is 'ISO 4217; amounts are in its minor unit.';
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
  created_at timestamptz not null default now(),
  constraint locations_pkey primary key (merchant_id, id),
  constraint locations_name_once unique (merchant_id, name),
  constraint locations_pincode_is_indian check (pincode ~ '^[1-9][0-9]{5}$'),
  constraint locations_phone_is_e164 check (phone ~ '^\+[1-9][0-9]{7,14}$'),
  constraint locations_merchant_fkey foreign key (merchant_id)
    references app_public.merchants (id) on delete cascade
);
comment on table app_public.locations is
  E'@name location\nA warehouse or counter that holds stock and hands over parcels.';
comment on column app_public.locations.pickup_cutoff_at is
  'Parcels labelled after this time of day (merchant''s time zone) go with the next day''s carrier pickup.';
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
  created_at timestamptz not null default now(),
  constraint stores_pkey primary key (merchant_id, id),
  constraint stores_name_once unique (merchant_id, name),
  constraint stores_channel_is_known check (channel in ('shopify', 'web', 'counter')),
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
comment on column app_public.members.disabled_at is 'Set: the member can no longer sign in.';

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

-- One row is one refresh token that was handed out. A family is one sign-in and its rotations.
create table app_private.refresh_tokens (
  merchant_id integer not null,
  token_hash bytea not null,
  member_id integer not null,
  family uuid not null,
  issued_at timestamptz not null default now(),
  expires_at timestamptz not null,
  used_at timestamptz,
  revoked_at timestamptz,
  constraint refresh_tokens_pkey primary key (merchant_id, token_hash),
  constraint refresh_tokens_member_fkey foreign key (merchant_id, member_id)
    references app_public.members (merchant_id, id) on delete cascade
);
create index refresh_tokens_member_idx on app_private.refresh_tokens (merchant_id, member_id);
create index refresh_tokens_family_idx on app_private.refresh_tokens (merchant_id, family);
create index refresh_tokens_token_hash_idx on app_private.refresh_tokens (token_hash);
comment on table app_private.refresh_tokens is
  'SHA-256 of each refresh token; a token used twice revokes its whole family.';
--! EndIncluded tenants/tables/members.sql
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

create or replace function app_private.issue_refresh_token(
  merchant_id integer, member_id integer, family uuid, token_hash bytea, lifetime interval
)
returns void
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  insert into app_private.refresh_tokens (merchant_id, member_id, family, token_hash, expires_at)
  values (
    issue_refresh_token.merchant_id, issue_refresh_token.member_id, issue_refresh_token.family,
    issue_refresh_token.token_hash, now() + issue_refresh_token.lifetime
  )
$$;
comment on function app_private.issue_refresh_token(integer, integer, uuid, bytea, interval) is
  'Remembers the hash of a refresh token that is handed out.';

-- Rotation: the old token is marked used in the same statement that checks it, so of two parallel uses
-- one wins. A token that was used before is stolen or replayed: its family dies.
create or replace function app_private.rotate_refresh_token(
  old_hash bytea, new_hash bytea, lifetime interval
)
returns table (merchant_id integer, member_id integer, role text, name text, merchant_name text)
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  token app_private.refresh_tokens;
begin
  select t.* into token from app_private.refresh_tokens t where t.token_hash = old_hash for update;
  if not found or token.revoked_at is not null or token.expires_at < now() then
    return;
  end if;
  if token.used_at is not null then
    update app_private.refresh_tokens t set revoked_at = now()
    where t.merchant_id = token.merchant_id and t.family = token.family and t.revoked_at is null;
    return;
  end if;
  update app_private.refresh_tokens t set used_at = now()
  where t.merchant_id = token.merchant_id and t.token_hash = old_hash;
  return query
    with member as (
      select m.merchant_id, m.id, m.role, m.name, c.name as merchant_name
      from app_public.members m
      join app_public.merchants c on c.id = m.merchant_id
      where m.merchant_id = token.merchant_id and m.id = token.member_id and m.disabled_at is null
    ), issued as (
      insert into app_private.refresh_tokens (merchant_id, member_id, family, token_hash, expires_at)
      select member.merchant_id, member.id, token.family, new_hash, now() + lifetime from member
    )
    select * from member;
end
$$;
comment on function app_private.rotate_refresh_token(bytea, bytea, interval) is
  'Swaps a refresh token for the next one; no row when it is unknown, expired, revoked or used before.';

create or replace function app_private.revoke_refresh_token(old_hash bytea)
returns void
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  update app_private.refresh_tokens t set revoked_at = now()
  from app_private.refresh_tokens mine
  where mine.token_hash = old_hash
    and t.merchant_id = mine.merchant_id and t.family = mine.family and t.revoked_at is null
$$;
comment on function app_private.revoke_refresh_token(bytea) is 'Signs out: revokes the token''s whole family.';

grant execute on function
  app_private.find_sign_in(text),
  app_private.issue_refresh_token(integer, integer, uuid, bytea, interval),
  app_private.rotate_refresh_token(bytea, bytea, interval),
  app_private.revoke_refresh_token(bytea)
to waybill_worker;
--! EndIncluded tenants/functions/sign_in.sql
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
  constraint carriers_pkey primary key (carrier),
  constraint carriers_tracking_url_has_place check (tracking_url like '%{awb}%')
);
comment on table app_public.carriers is
  E'@enum\n@enumName CarrierCode\n@lookup\nThe carriers that Waybill speaks to.';

insert into app_public.carriers (carrier, name, tracking_url) values
  ('delhivery', 'Delhivery', 'https://www.delhivery.com/track-v2/package/{awb}');

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
  created_at timestamptz not null default now(),
  disabled_at timestamptz,
  constraint carrier_accounts_pkey primary key (merchant_id, id),
  constraint carrier_accounts_name_once unique (merchant_id, name),
  constraint carrier_accounts_settings_is_object check (jsonb_typeof(settings) = 'object'),
  constraint carrier_accounts_poll_is_sane check (tracking_poll_seconds between 5 and 86400),
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
  E'@behavior -*\nWhat the carrier wants to know besides credentials, such as Delhivery''s client_name.';
comment on column app_public.carrier_accounts.priority is 'The lowest that serves a pincode is chosen.';

-- One row is a location as one carrier knows it: its registered pickup name, exact to the letter.
create table app_public.carrier_locations (
  merchant_id integer not null,
  carrier_account_id integer not null,
  location_id integer not null,
  registered_name text not null,
  constraint carrier_locations_pkey primary key (merchant_id, carrier_account_id, location_id),
  constraint carrier_locations_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete cascade,
  constraint carrier_locations_location_fkey foreign key (merchant_id, location_id)
    references app_public.locations (merchant_id, id) on delete cascade
);
create index carrier_locations_location_idx on app_public.carrier_locations (merchant_id, location_id);
comment on table app_public.carrier_locations is
  E'@behavior -*\nThe name under which a carrier has registered a location, exact in case and spaces.';
--! EndIncluded carriers/tables/carrier_accounts.sql
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
  carrier_reference text,
  requested_at timestamptz,
  created_at timestamptz not null default now(),
  constraint carrier_pickups_pkey primary key (merchant_id, id),
  constraint carrier_pickups_once_a_day unique (merchant_id, carrier_account_id, location_id, pickup_on),
  constraint carrier_pickups_account_fkey foreign key (merchant_id, carrier_account_id)
    references app_public.carrier_accounts (merchant_id, id) on delete cascade,
  constraint carrier_pickups_location_fkey foreign key (merchant_id, location_id)
    references app_public.locations (merchant_id, id) on delete cascade
);
create index carrier_pickups_location_idx on app_public.carrier_pickups (merchant_id, location_id);
comment on table app_public.carrier_pickups is
  E'@name carrierPickup\nA carrier''s visit to collect parcels: one per account, location and day.';
comment on column app_public.carrier_pickups.requested_at is 'When the carrier confirmed it; null until then.';
--! EndIncluded carriers/tables/carrier_pickups.sql
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
begin
  insert into app_public.carrier_calls (
    merchant_id, service, account_id, operation, reference, outcome, code,
    http_status, duration_ms, request_masked, answer_masked
  ) values (
    record_call.merchant_id, call ->> 'service', (call ->> 'account_id')::integer, call ->> 'operation',
    call ->> 'reference', call ->> 'outcome', call ->> 'code', (call ->> 'http_status')::integer,
    (call ->> 'duration_ms')::integer,
    app_hidden.redacted_call(record_call.merchant_id, call ->> 'reference', call ->> 'request_masked'),
    app_hidden.redacted_call(record_call.merchant_id, call ->> 'reference', call ->> 'answer_masked')
  );
  perform app_hidden.note_outcome(
    record_call.merchant_id, call ->> 'service', (call ->> 'account_id')::integer,
    call ->> 'outcome', call ->> 'code'
  );
end
$$;
comment on function app_private.record_call(integer, jsonb) is
  'Writes the log row of one outside call and feeds the circuit breaker.';

grant execute on function
  app_private.circuit_wait(integer, text, integer), app_private.record_call(integer, jsonb)
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
    perform app_hidden.refuse('WB003', 'Only an owner or a manager may reset a circuit.');
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

create or replace function app_hidden.phone_keys(variadic typed text[])
returns text[]
language sql immutable parallel safe
set search_path to pg_catalog, pg_temp
as $$
  select coalesce(array_agg(distinct k.key), '{}')
  from unnest(typed) t,
    regexp_split_to_table(t, '[/,;|&]|\mor\M|\mand\M', 'i') part,
    lateral (select app_hidden.phone_key(part)) k (key)
  where length(k.key) between 8 and 15
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
-- A person is found by phone, whoever typed it how.
create index order_contacts_phones_idx on app_public.order_contacts
  using gin (app_hidden.phone_keys(phone_e164, phone, customer_phone));
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
-- The exceptions queue; holds only the few rows that need it.
create index orders_current_attention_idx on app_public.orders_current (merchant_id, attention_since)
  where attention is not null;

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
  number bigint not null,
  constraint order_keys_pkey primary key (merchant_id, order_id),
  constraint order_keys_number_once unique (merchant_id, number),
  constraint order_keys_external_id_once unique (merchant_id, store_id, external_id),
  constraint order_keys_public_id_once unique (merchant_id, public_id)
);
create index order_keys_order_id_idx on app_hidden.order_keys (order_id);
create index order_keys_public_id_idx on app_hidden.order_keys (public_id);
comment on table app_hidden.order_keys is
  'Number, public id and external id of each order, each unique; projected from the order_placed event.';
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
comment on column app_public.audit_log.entity is 'order or shipment.';
comment on column app_public.audit_log.action is 'status_changed, or the type of the event.';
comment on column app_public.audit_log.meta is 'Old and new values.';
comment on column app_public.audit_log.order_seq is 'The event of the order that this row belongs to.';
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
  cod_amount_minor app_public.amount_minor not null,
  carrier_pickup_id uuid,
  labelled_at timestamptz,
  handed_over_at timestamptz,
  delivered_at timestamptz,
  last_scan_at timestamptz,
  last_scan text,
  created_at timestamptz not null,
  updated_at timestamptz not null,
  constraint shipments_current_pkey primary key (merchant_id, id),
  constraint shipments_current_box_once unique (merchant_id, order_id, box),
  constraint shipments_current_awb_once unique (merchant_id, carrier, awb),
  constraint shipments_current_box_counts_from_1 check (box >= 1),
  constraint shipments_current_measures_are_positive check (
    least(weight_grams, length_mm, width_mm, height_mm) > 0
  )
) with (fillfactor = 80);
-- What the tracking poll looks for: parcels on their way, by account.
create index shipments_current_live_idx on app_public.shipments_current (merchant_id, carrier_account_id, id)
  where status in ('labelled', 'handed_over', 'in_transit', 'out_for_delivery', 'undelivered', 'rto');
comment on table app_public.shipments_current is
  E'@name shipment\nOne box of an order: its own carrier, AWB, label and tracking.';
comment on column app_public.shipments_current.box is 'Counts from 1 within the order.';
comment on column app_public.shipments_current.awb is 'The carrier''s tracking number; a box has at most one.';
comment on column app_public.shipments_current.cod_amount_minor is 'What the courier collects for this box; 0 when prepaid.';
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
  moved boolean not null default false,
  constraint shipment_scans_pkey primary key (merchant_id, shipment_id, scan_key)
);
comment on table app_private.shipment_scans is 'The scans already recorded, for deduplication.';
comment on column app_private.shipment_scans.moved is 'It has moved the shipment; told again it never does so again.';

-- One row is when the carrier was last asked about one shipment.
create table app_private.tracking_polls (
  merchant_id integer not null,
  shipment_id uuid not null,
  polled_at timestamptz not null,
  constraint tracking_polls_pkey primary key (merchant_id, shipment_id)
);
comment on table app_private.tracking_polls is 'When each parcel on its way was last polled.';
--! EndIncluded shipments/tables/shipments_current.sql
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
  description text not null,
  constraint effect_kinds_pkey primary key (kind),
  constraint effect_kinds_scope_is_known check (scope in ('order', 'shipment', 'live_shipments', 'carrier_pickup')),
  constraint effect_kinds_after_unknown_is_known check (after_unknown in ('look_up', 'repeat', 'ask')),
  constraint effect_kinds_lease_outlasts_call check (lease_seconds * 1000 > timeout_ms),
  constraint effect_kinds_settle_outlasts_call check (settle_seconds * 1000 >= timeout_ms),
  constraint effect_kinds_backoff_is_sane check (0 < backoff_base_ms and backoff_base_ms <= backoff_cap_ms),
  constraint effect_kinds_attempts_is_positive check (max_attempts > 0)
);
comment on table app_public.effect_kinds is
  E'@lookup\n@behavior -*\nThe kinds of effects and the one retry policy of each. A kind without a row cannot be planned.';
comment on column app_public.effect_kinds.scope is
  'What an effect of this kind is about: the order, the event''s shipment, each live shipment, or the day''s carrier pickup.';
comment on column app_public.effect_kinds.service is 'channel kinds: the service. Null: the shipment''s carrier, or none.';
comment on column app_public.effect_kinds.after_unknown is
  'look_up: ask the service for our reference first. repeat: the service answers a repeat with the same. ask: neither; wait for its report, then a person decides.';
comment on column app_public.effect_kinds.needs_customer is
  'Uses, or brings back, the customer''s name, phone or address: refused once they are erased.';
comment on column app_public.effect_kinds.settle_seconds is
  'How long after sending a "not found" still proves nothing.';

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
create index effects_kind_idx on app_public.effects (kind) where status in ('intent', 'sending');
comment on table app_public.effects is
  E'@name effect\nThe ledger of effects on the outside world: each happens once.';
comment on column app_public.effects.subject_id is 'The order, shipment or carrier pickup that it is about.';
comment on column app_public.effects.status is
  'intent: nothing sent. sending: sent, outcome not recorded. confirmed; dead: retries used up or refused; abandoned: no longer wanted.';
comment on column app_public.effects.reference is 'Ours, the same over all attempts, known to the service.';
comment on column app_public.effects.reserved_number is 'The AWB that the carrier reserved for us before we send.';
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
  error_code text not null,
  error_message text not null,
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
comment on table app_public.dead_letters is
  E'@name deadLetter\nExternal calls that used up their retries or were refused, each waiting for a human.';
comment on column app_public.dead_letters.resolution is 'retried, or what the human noted.';
--! EndIncluded effects/tables/effects.sql
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
  ('scan_recorded', 'The carrier reported something that moves nothing.'),
  ('carrier_pickup_requested', 'The carrier was asked to collect the box.'),
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
  ('book_shipment', 'create_label', 'shipment', null, 'look_up', 10, 15000, 45, 75, 1000, 300000,
    'Reserve a waybill, then manifest the parcel with it.'),
  ('fetch_label', 'create_label', 'shipment', null, 'repeat', 12, 70000, 90, 90, 1000, 300000,
    'Fetch the label PDF of a manifested parcel.'),
  ('cancel_shipment', 'cancel_shipment', 'live_shipments', null, 'repeat', 10, 15000, 45, 20, 1000, 300000,
    'Cancel a parcel at the carrier; a repeat answers the same.'),
  ('request_carrier_pickup', 'request_carrier_pickup', 'carrier_pickup', null, 'repeat', 10, 15000, 45, 20,
    1000, 300000, 'Ask the carrier to collect at one location on one day; a repeat is answered as existing.'),
  ('message_packed', 'send_message', 'order', 'whatsapp', 'ask', 8, 10000, 30, 600, 1000, 300000,
    'Tell the customer that the order is packed, with its tracking link.'),
  ('message_shipped', 'send_message', 'order', 'whatsapp', 'ask', 8, 10000, 30, 600, 1000, 300000,
    'Tell the customer that the order is on its way.'),
  ('message_delivered', 'send_message', 'order', 'whatsapp', 'ask', 8, 10000, 30, 600, 1000, 300000,
    'Tell the customer that the order was delivered.'),
  ('message_ready', 'send_message', 'order', 'whatsapp', 'ask', 8, 10000, 30, 600, 1000, 300000,
    'Tell the customer that the order waits at the counter.')
on conflict (kind) do update set
  task = excluded.task, scope = excluded.scope, service = excluded.service, after_unknown = excluded.after_unknown,
  max_attempts = excluded.max_attempts, timeout_ms = excluded.timeout_ms,
  lease_seconds = excluded.lease_seconds, settle_seconds = excluded.settle_seconds,
  backoff_base_ms = excluded.backoff_base_ms, backoff_cap_ms = excluded.backoff_cap_ms,
  description = excluded.description;

update app_public.effect_kinds set needs_customer = kind not in ('cancel_shipment', 'request_carrier_pickup')
where needs_customer is distinct from (kind not in ('cancel_shipment', 'request_carrier_pickup'));

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
language sql stable
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
-- Tamper evidence: each event's hash covers every field of it and the hash before it. Times go in as
-- microseconds, so that the hash does not depend on anybody's time zone setting. The fields come one by
-- one and not as a row, because taking a row apart once a field made this twice as slow.
create or replace function app_hidden.event_hash(
  previous bytea, merchant_id integer, order_id uuid, seq integer, shipment_id uuid, type text,
  from_status text, to_status text, actor_id text, actor_role text, reason text, inputs jsonb,
  override boolean, idempotency_key text, occurred_at timestamptz, recorded_at timestamptz, xact_id xid8
)
returns bytea
language sql stable
return sha256(previous || convert_to(
  jsonb_build_array(
    merchant_id, order_id, seq, shipment_id, type, from_status, to_status, actor_id, actor_role, reason,
    inputs, override, idempotency_key, extract(epoch from occurred_at), extract(epoch from recorded_at),
    xact_id::text
  )::text, 'UTF8'
));
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
  if mine is null or app_hidden.current_actor_role() = 'nobody' then
    perform app_hidden.refuse('WB003', 'An idempotency key belongs to a merchant, and this transaction acts for none.');
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
create or replace function app_hidden.personal_patterns(merchant_id integer, order_id uuid)
returns text[]
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  with pieces (words, is_name) as (
    select p.words, p.is_name from app_public.order_contacts c,
      lateral (values (c.customer_name, true), (c.name, true), (c.customer_email, false), (c.address1, false),
        (c.address2, false), (c.note, false), (c.pincode, false)) p (words, is_name)
    where c.merchant_id = personal_patterns.merchant_id and c.order_id = personal_patterns.order_id
  ), patterns (pattern) as (
    select regexp_replace(regexp_replace(btrim(words), '([].\\^$*+?(){}|[])', '\\\1', 'g'), '\s+', '\\s+', 'g')
    from pieces where length(btrim(words)) >= 4
    union
    -- A courier writes «delivered to Asha», of Asha Menon.
    select '\m' || word || '\M' from pieces, regexp_split_to_table(words, '\W+') word
    where is_name and length(word) >= 3
    union
    select '(?:\+?(?:91|0)[\s().-]*)?' || regexp_replace(key, '(\d)(?=\d)', '\1[\s().-]*', 'g')
    from app_public.order_contacts c,
      unnest(app_hidden.phone_keys(c.phone_e164, c.phone, c.customer_phone)) key
    where c.merchant_id = personal_patterns.merchant_id and c.order_id = personal_patterns.order_id
  )
  select array_agg(pattern order by length(pattern) desc) from patterns
$$;
comment on function app_hidden.personal_patterns(integer, uuid) is
  'What of an order''s customer must not stand in any text, as regular expressions; null when erased.';

create or replace function app_hidden.redacted(words text, merchant_id integer, order_id uuid)
returns text
language plpgsql stable
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
#variable_conflict use_column
declare
  pattern text;
begin
  if words is null or words = '' then
    return words;
  end if;
  foreach pattern in array coalesce(
    app_hidden.personal_patterns(redacted.merchant_id, redacted.order_id), '{}'
  ) loop
    words := regexp_replace(words, pattern, '***', 'gi');
  end loop;
  return words;
end
$$;
comment on function app_hidden.redacted(text, integer, uuid) is
  'A text without the personal data of an order''s customer.';

-- Our reference has the order's number in it. What the service echoes of the customer is not kept.
create or replace function app_hidden.redacted_call(merchant_id integer, reference text, words text)
returns text
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select coalesce((
    select app_hidden.redacted(words, k.merchant_id, k.order_id) from app_hidden.order_keys k
    where k.merchant_id = redacted_call.merchant_id
      and k.number = substring(reference from '^W\d+-(\d+)')::bigint
  ), words)
$$;
comment on function app_hidden.redacted_call(integer, text, text) is
  'A text of a call without the personal data of the order that its reference names.';
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
      jsonb_build_object('orderId', event.order_id));
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
-- own, so that all the rest is read and timed after the lock was got. enable_seqscan is off here and in
-- the other functions of the hot path: their plans are made once a session, often while the tables are
-- still empty, and kept while they grow.
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
  select
    case when jsonb_typeof(e.inputs) <> 'object' then 'inputs' else app_hidden.move_refusal(
      expected, o.status, t.roles, e.actor_role, t.required_inputs, e.reason, e.inputs,
      t.is_guarded, o.workflow, new.to_status, o.merchant_id, new.order_id) end,
    o.merchant_id, o.seq + 1, 'status_changed', o.status, e.actor_id, e.actor_role, e.reason, e.inputs, false,
    coalesce(new.occurred_at, c.at), c.at, pg_current_xact_id(),
    app_hidden.event_hash(o.event_hash, o.merchant_id, new.order_id, o.seq + 1, null, 'status_changed',
      o.status, new.to_status, e.actor_id, e.actor_role, e.reason, e.inputs, false, new.idempotency_key,
      coalesce(new.occurred_at, c.at), c.at, pg_current_xact_id())
  into refusal,
    new.merchant_id, new.seq, new.type, new.from_status, new.actor_id, new.actor_role, new.reason, new.inputs,
    new.override, new.occurred_at, new.recorded_at, new.xact_id, new.hash
  from (
    select app_hidden.current_actor_id() as actor_id, app_hidden.current_actor_role() as actor_role,
      coalesce(new.inputs, '{}') as inputs, case when app_hidden.trimmed(new.reason) = '' then ''
        else app_hidden.redacted(app_hidden.trimmed(new.reason), coalesce(app_hidden.current_merchant_id(),
          new.merchant_id, app_hidden.merchant_of(new.order_id)), new.order_id) end as reason
  ) e
  cross join (
    select l.merchant_id, l.workflow, l.status, l.seq, l.event_hash, l.updated_at
    from app_public.orders_current l
    where l.id = new.order_id and l.merchant_id = coalesce(
      app_hidden.current_merchant_id(), new.merchant_id, app_hidden.merchant_of(new.order_id))
    for no key update
  ) o
  cross join lateral (select greatest(clock_timestamp(), o.updated_at) as at) c
  left join app_public.workflow_transitions t
    on t.workflow = o.workflow and t.from_status = o.status and t.to_status = new.to_status;
  if found and refusal is null then
    return new;
  end if;
  perform app_hidden.refuse_move(new, expected, refusal);
end
$$;
comment on function app_hidden.guard_event() is
  'Trigger: checks, numbers and chains each event. Errors: WB001 to WB004, WB007.';

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
--! Included shipments/functions/guard_shipment.sql
-- One move of a shipment. Called by guard_event() with the order already locked, which serialises the
-- shipments of one order.
create or replace function app_hidden.check_shipment_move(event app_public.order_events)
returns app_public.order_events
language plpgsql stable
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
  if event.to_status = 'labelled' then
    perform app_hidden.check_labelled(event.merchant_id, event.shipment_id);
  end if;
  return event;
end
$$;
comment on function app_hidden.check_shipment_move(app_public.order_events) is
  'Refuses a move of a shipment that its path does not allow; fills in type and from_status.';

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
--! EndIncluded shipments/functions/guard_shipment.sql
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
    select (jsonb_populate_record(null::app_public.shipments_current, event.inputs - 'items' || jsonb_build_object(
      'merchant_id', event.merchant_id, 'id', event.shipment_id, 'order_id', event.order_id,
      'status', event.to_status, 'created_at', event.recorded_at, 'updated_at', event.recorded_at
    ))).*;
    insert into app_public.shipment_items (merchant_id, shipment_id, line, order_id, quantity)
    select event.merchant_id, event.shipment_id, i.line, event.order_id, i.quantity
    from jsonb_to_recordset(event.inputs -> 'items') i (line smallint, quantity integer);
    return;
  end if;
  update app_public.shipments_current s
  set status = coalesce(event.to_status, s.status),
    awb = coalesce(event.inputs ->> 'awb', s.awb),
    tracking_url = coalesce(event.inputs ->> 'tracking_url', s.tracking_url),
    carrier_pickup_id = coalesce((event.inputs ->> 'carrier_pickup_id')::uuid, s.carrier_pickup_id),
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
end
$$;
comment on function app_hidden.project_shipment(app_public.order_events) is
  'An event of a shipment, onto shipments_current and shipment_items.';
--! EndIncluded shipments/functions/project_shipment.sql
--! Included effects/functions/plan_effects.sql
-- What is ours in an effect's name at the service: the same over all attempts.
create or replace function app_hidden.effect_reference(merchant_id integer, order_number bigint, box integer)
returns text
language sql immutable parallel safe
return 'W' || merchant_id || '-' || order_number || coalesce('-' || box, '');
comment on function app_hidden.effect_reference(integer, bigint, integer) is
  'An effect''s reference, derived from merchant, order number and box (null: none).';

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
    app_hidden.effect_reference(event.merchant_id, o.number, (
      select s.box from app_public.shipments_current s
      where s.merchant_id = event.merchant_id
        and s.id = coalesce(plan_effect.shipment_id, event.shipment_id)
    )),
    event.recorded_at, event.recorded_at + interval '1 minute', event.recorded_at
  from app_public.orders_current o
  where o.merchant_id = event.merchant_id and o.id = event.order_id
  on conflict on constraint effects_pkey do nothing;
end
$$;
comment on function app_hidden.plan_effect(app_public.order_events, text, uuid, uuid) is
  'One intent, once per subject and kind. Its reference is derived from merchant, number and box.';

-- A corrected address is validated again, unless the order has already gone on. The new epoch fences off
-- a validation under way, which would write the old address over the correction.
create or replace function app_hidden.plan_validation_again(event app_public.order_events)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
as $$
  update app_public.effects e
  set status = 'intent', epoch = e.epoch + 1, attempts = 0, caused_by_seq = event.seq, confirmed_at = null,
    leased_by = null, leased_until = null, error_code = null, error_message = null, due_at = event.recorded_at, sweep_at = event.recorded_at + interval '1 minute'
  from app_public.orders_current o
  where o.merchant_id = event.merchant_id and o.id = event.order_id and o.status = 'received'
    and e.merchant_id = event.merchant_id and e.subject_id = event.order_id and e.kind = 'validate_order'
$$;
comment on function app_hidden.plan_validation_again(app_public.order_events) is
  'Makes the validation of a received order due again.';

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

-- One visit of the carrier per account, location and day, however many boxes wait for it.
create or replace function app_hidden.plan_carrier_pickup(event app_public.order_events)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
declare
  pickup_kind text;
  pickup_id uuid;
begin
  select k.kind into pickup_kind from app_public.transition_tasks t
  join app_public.effect_kinds k on k.kind = t.effect_kind
  where t.workflow = 'parcel' and t.status = event.to_status and k.scope = 'carrier_pickup';
  if not found then
    return;
  end if;
  insert into app_public.carrier_pickups (merchant_id, carrier_account_id, location_id, pickup_on)
  select s.merchant_id, s.carrier_account_id, s.location_id,
    (event.recorded_at at time zone m.time_zone)::date
      + case when (event.recorded_at at time zone m.time_zone)::time > l.pickup_cutoff_at then 1 else 0 end
  from app_public.shipments_current s
  join app_public.locations l on l.merchant_id = s.merchant_id and l.id = s.location_id
  join app_public.merchants m on m.id = s.merchant_id
  where s.merchant_id = event.merchant_id and s.id = event.shipment_id
  on conflict on constraint carrier_pickups_once_a_day do nothing
  returning id into pickup_id;
  if pickup_id is not null then
    perform app_hidden.plan_effect(event, pickup_kind, pickup_id);
  end if;
end
$$;
comment on function app_hidden.plan_carrier_pickup(app_public.order_events) is
  'Plans the day''s carrier pickup for a box whose status asks for one, unless it is planned already.';
--! EndIncluded effects/functions/plan_effects.sql
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
    app_hidden.effect_reference(e.merchant_id, o.number, s.box), e.recorded_at,
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

-- The first event of an order carries its whole snapshot but the personal part.
create or replace function app_hidden.project_order_placed(event app_public.order_events)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
begin
  insert into app_hidden.order_keys (merchant_id, order_id, public_id, store_id, external_id, number)
  select event.merchant_id, event.order_id, k.public_id, k.store_id, k.external_id, k.number
  from jsonb_to_record(event.inputs) k (public_id text, store_id integer, external_id text, number bigint);
  insert into app_public.orders_current
  select (jsonb_populate_record(null::app_public.orders_current, event.inputs - 'items' || jsonb_build_object(
    'merchant_id', event.merchant_id, 'id', event.order_id, 'status', event.to_status,
    'seq', event.seq, 'event_hash', event.hash,
    'created_at', event.recorded_at, 'updated_at', event.recorded_at
  ))).*;
  insert into app_public.order_items
  select (jsonb_populate_record(null::app_public.order_items, item || jsonb_build_object(
    'merchant_id', event.merchant_id, 'order_id', event.order_id, 'line', line
  ))).*
  from jsonb_array_elements(event.inputs -> 'items') with ordinality i (item, line);
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
  for each row execute function app_hidden.refuse_change('the snapshot is frozen at creation');

create or replace trigger order_items_120_frozen
  before update or delete on app_public.order_items
  for each row execute function app_hidden.refuse_change('items are frozen at creation');

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
--! Included orders/functions/place_order.sql
-- The digest covers the content, so that an event that names version and digest pins it without holding
-- it; with the salt, so that nobody can find the content by trying.
create or replace function app_hidden.contact_digest(contact app_public.order_contacts)
returns bytea
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select sha256(contact.salt || convert_to((
    to_jsonb(contact) - array['version', 'created_at', 'erased_at', 'salt', 'digest']
  )::text, 'UTF8'))
$$;
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
  mine integer;
  moved app_public.orders_current;
  stored jsonb;
begin
  if write_move.idempotency_key is not null then
    mine := coalesce(app_hidden.current_merchant_id(), app_hidden.merchant_of(write_move.order_id));
  end if;
  if mine is not null then
    stored := app_hidden.recall_result(write_move.idempotency_key, function_name, jsonb_build_array(
      write_move.order_id, write_move.to_status, expected_status, write_move.reason, write_move.inputs), mine);
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
  where o.id = write_move.order_id and o.merchant_id = coalesce(
    app_hidden.current_merchant_id(), app_hidden.merchant_of(write_move.order_id))
  returning merchant_id into moved.merchant_id;
  if not found then
    perform app_hidden.refuse('WB007', 'There is no such order.', jsonb_build_object('field', 'orderId'));
  end if;
  select o.* into moved from app_public.orders_current o
  where o.merchant_id = moved.merchant_id and o.id = write_move.order_id;
  if mine is not null then
    perform app_hidden.store_result(write_move.idempotency_key, to_jsonb(moved), mine);
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
  insert into app_public.order_events (order_id, from_status, to_status, reason, idempotency_key)
  select r.order_id, r.status, transition_orders.to_status, transition_orders.reason,
    transition_orders.idempotency_key
  from unnest(results) r
  where r.outcome = 'moved'
  order by r.order_id;
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
-- Where a parcel really goes can be corrected until it is validated (automated) or shipped; the snapshot
-- stays as it came.
-- Security definer: members hold no write privilege.
create or replace function app_public.correct_ship_to(
  order_id uuid, address jsonb, reason text, idempotency_key text default null
)
returns app_public.orders_current
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  mine integer := coalesce(app_hidden.current_merchant_id(), app_hidden.merchant_of(order_id));
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
  if corrected.status not in ('received', 'pending', 'accepted', 'packing') then
    perform app_hidden.refuse('WB001', format('The address of an order that is %s is no longer corrected.',
      corrected.status), jsonb_build_object('orderId', order_id, 'status', corrected.status));
  end if;
  perform app_hidden.check_address(address);
  if app_hidden.trimmed(reason) = '' then
    perform app_hidden.refuse('WB004', 'A reason is required.', jsonb_build_object('field', 'reason'));
  end if;
  version := app_hidden.add_contact(corrected.merchant_id, order_id,
    address || case when address ? 'phone' then '{"phone_e164": null}'::jsonb else '{}' end);
  insert into app_public.order_events (order_id, type, reason, inputs)
  values (correct_ship_to.order_id, 'ship_to_corrected', reason, app_hidden.contact_named(corrected.merchant_id, correct_ship_to.order_id, version));
  if corrected.attention like 'SHIP\_TO\_%' then
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
  E'@resultFieldName order\nCorrects name, phone or address of where the order goes; a received order is validated again. Errors: INVALID_TRANSITION, INVALID_INPUT, NOT_FOUND.';

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
  mine integer := coalesce(app_hidden.current_merchant_id(), app_hidden.merchant_of(order_id));
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

grant select on app_public.order_counts, app_public.order_contacts, app_public.order_events, app_public.orders_current,
  app_public.order_items, app_public.audit_log
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
as $$
#variable_conflict use_column
declare
  current_status text;
  next_status text;
  behind integer;
  ahead integer;
  box app_public.shipments_current;
begin
  select min(place), max(place) into behind, ahead
  from app_public.shipments_current s,
    lateral (select case s.status when 'planned' then 0 when 'labelled' then 1
      when 'delivered' then 3 when 'returned' then 4 else 2 end) p (place)
  where s.merchant_id = follow_shipments.merchant_id and s.order_id = follow_shipments.order_id
    and s.status <> 'cancelled';
  select s.* into box from app_public.shipments_current s
  where s.merchant_id = follow_shipments.merchant_id and s.order_id = follow_shipments.order_id
    and s.status <> 'cancelled'
  order by s.box limit 1;
  loop
    select o.status into current_status from app_public.orders_current o
    where o.merchant_id = follow_shipments.merchant_id and o.id = follow_shipments.order_id
      and o.workflow = 'automated';
    next_status := case
      when current_status = 'assigned' and behind >= 1 then 'labelled'
      when current_status = 'labelled' and behind >= 2 then 'dispatched'
      when current_status = 'dispatched' and behind = 3 and ahead = 3 then 'delivered'
      when current_status = 'dispatched' and behind >= 3 then 'returned'
    end;
    exit when next_status is null;
    insert into app_public.order_events (order_id, from_status, to_status, inputs)
    values (follow_shipments.order_id, current_status, next_status, case
      when next_status = 'dispatched'
        then jsonb_build_object('tracking_code', box.awb, 'tracking_url', box.tracking_url)
      else '{}' end);
  end loop;
end
$$;
comment on function app_hidden.follow_shipments(integer, uuid) is
  'Moves an order on to where its shipments are.';
--! EndIncluded shipments/functions/order_follows.sql
--! Included shipments/functions/record_assignment.sql
-- One box with everything in it: the weight is what the items say, or half a kilogram a piece.
-- Security definer: waybill_worker writes no table.
create or replace function app_private.record_assignment(
  merchant_id integer, order_id uuid, epoch integer, carrier_account_id integer, service text
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
begin
  perform app_hidden.act_for(record_assignment.merchant_id);
  effect := app_hidden.confirm_effect(record_assignment.merchant_id, record_assignment.order_id,
    'assign_order', record_assignment.epoch);
  if effect.subject_id is null then
    return false;
  end if;
  perform from app_public.orders_current o
  where o.merchant_id = effect.merchant_id and o.id = effect.order_id and o.status = 'validated';
  if not found then
    return true;
  end if;
  insert into app_public.order_events (order_id, from_status, to_status, inputs)
  values (effect.order_id, 'validated', 'assigned', jsonb_build_object(
    'carrier_account_id', carrier_account_id, 'service', service, 'boxes', 1
  ));
  insert into app_public.order_events (order_id, shipment_id, type, inputs)
  select o.id, app_hidden.uuid_v7(), 'shipment_planned', jsonb_build_object(
    'box', 1, 'location_id', o.location_id, 'carrier_account_id', a.id, 'carrier', a.carrier,
    'service', record_assignment.service,
    'weight_grams', (
      select sum(i.quantity * coalesce(nullif(i.weight_grams, 0), 500)) from app_public.order_items i
      where i.merchant_id = o.merchant_id and i.order_id = o.id and i.requires_shipping
    ),
    'length_mm', 250, 'width_mm', 200, 'height_mm', 100,
    'declared_minor', o.total_minor, 'cod_amount_minor', o.cod_amount_minor,
    'items', (
      select jsonb_agg(jsonb_build_object('line', i.line, 'quantity', i.quantity) order by i.line)
      from app_public.order_items i
      where i.merchant_id = o.merchant_id and i.order_id = o.id and i.requires_shipping
    )
  )
  from app_public.orders_current o
  join app_public.carrier_accounts a
    on a.merchant_id = o.merchant_id and a.id = record_assignment.carrier_account_id
  where o.merchant_id = effect.merchant_id and o.id = effect.order_id;
  return true;
end
$$;
comment on function app_private.record_assignment(integer, uuid, integer, integer, text) is
  'Records the chosen carrier and plans the box; false when the claim was lost.';

grant execute on function app_private.record_assignment(integer, uuid, integer, integer, text) to waybill_worker;
--! EndIncluded shipments/functions/record_assignment.sql
--! Included shipments/functions/record_label.sql
-- Security definer, all of these: waybill_worker writes no table.
create or replace function app_private.record_booking(
  merchant_id integer, shipment_id uuid, epoch integer, awb text, found_by_look_up boolean
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
  event app_public.order_events;
begin
  perform app_hidden.act_for(record_booking.merchant_id);
  effect := app_hidden.confirm_effect(record_booking.merchant_id, record_booking.shipment_id,
    'book_shipment', record_booking.epoch);
  if effect.subject_id is null then
    return false;
  end if;
  insert into app_public.order_events (order_id, shipment_id, type, inputs)
  select effect.order_id, effect.subject_id, 'shipment_booked', jsonb_build_object(
    'awb', record_booking.awb, 'tracking_url', replace(c.tracking_url, '{awb}', record_booking.awb),
    'reference', effect.reference, 'attempts', effect.attempts, 'found_by_look_up', found_by_look_up
  )
  from app_public.shipments_current s
  join app_public.carriers c on c.carrier = s.carrier
  where s.merchant_id = effect.merchant_id and s.id = effect.subject_id
  returning * into event;
  perform app_hidden.plan_effect(event, 'fetch_label', effect.subject_id);
  return true;
end
$$;
comment on function app_private.record_booking(integer, uuid, integer, text, boolean) is
  'Records a shipment''s AWB and plans the fetching of its label; false when the claim was lost.';

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
    and e.kind = 'fetch_label' and e.status in ('intent', 'sending');
  insert into app_public.order_events (order_id, shipment_id, to_status)
  select effect.order_id, s.id, 'cancelled' from app_public.shipments_current s
  where s.merchant_id = effect.merchant_id and s.id = effect.subject_id and s.status in ('planned', 'labelled');
  return true;
end
$$;
comment on function app_private.record_cancellation(integer, uuid, integer) is
  'Records that the carrier called off a shipment; false when the claim was lost.';

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
  app_private.record_booking(integer, uuid, integer, text, boolean),
  app_private.record_label(integer, uuid, integer, bytea),
  app_private.record_cancellation(integer, uuid, integer),
  app_private.booking_is_open(integer, uuid),
  app_private.label_of(uuid)
to waybill_worker;
--! EndIncluded shipments/functions/record_label.sql
--! Included shipments/functions/record_scans.sql
-- What a carrier reports, by webhook or by poll: twice, late, in any order. Each scan is one event; only
-- the newest may move the shipment, and only forward. Security definer: waybill_worker writes no table.
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
  recorded integer := 0;
begin
  perform app_hidden.act_for(record_scans.merchant_id, 'carrier');
  for scan in
    select s.id as shipment_id, s.order_id, x.*
    from jsonb_to_recordset(scans) x (
      awb text, status text, carrier_code text, carrier_status text, occurred_at timestamptz,
      location text, remark text
    )
    join app_public.carrier_accounts a
      on a.merchant_id = record_scans.merchant_id and a.id = record_scans.carrier_account_id
    join app_public.shipments_current s
      on s.merchant_id = a.merchant_id and s.carrier = a.carrier and s.awb = x.awb
    order by s.order_id, x.occurred_at
  loop
    perform from app_public.orders_current o
    where o.merchant_id = record_scans.merchant_id and o.id = scan.order_id
    for no key update;
    recorded := recorded + app_hidden.record_scan(record_scans.merchant_id, scan.order_id, scan.shipment_id,
      scan.status, scan.occurred_at, jsonb_strip_nulls(jsonb_build_object(
        'carrier_code', scan.carrier_code,
        'carrier_status', app_hidden.redacted(scan.carrier_status, record_scans.merchant_id, scan.order_id),
        'location', scan.location,
        'remark', app_hidden.redacted(scan.remark, record_scans.merchant_id, scan.order_id)
      )));
  end loop;
  return recorded;
end
$$;
comment on function app_private.record_scans(integer, integer, jsonb) is
  'Records the scans of a carrier account''s parcels; returns how many were new. Unknown AWBs are passed over.';

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
  moves boolean;
begin
  insert into app_private.shipment_scans (merchant_id, shipment_id, scan_key)
  values (record_scan.merchant_id, record_scan.shipment_id, key)
  on conflict do nothing;
  is_new := found;
  select exists (
    select from app_public.shipments_current s
    join app_public.workflow_transitions t
      on t.workflow = 'parcel' and t.from_status = s.status and t.to_status = record_scan.status
      and 'carrier' = any (t.roles)
    where s.merchant_id = record_scan.merchant_id and s.id = record_scan.shipment_id
      and record_scan.occurred_at >= coalesce(s.last_scan_at, '-infinity')
  ) and exists (
    select from app_private.shipment_scans k
    where k.merchant_id = record_scan.merchant_id and k.shipment_id = record_scan.shipment_id
      and k.scan_key = key and not k.moved
  ) into moves;
  if not is_new and not moves then
    return 0;
  end if;
  insert into app_public.order_events (order_id, shipment_id, type, to_status, inputs, occurred_at)
  values (record_scan.order_id, record_scan.shipment_id, case when not moves then 'scan_recorded' end,
    case when moves then record_scan.status end, record_scan.inputs, record_scan.occurred_at);
  if moves then
    update app_private.shipment_scans k set moved = true
    where k.merchant_id = record_scan.merchant_id and k.shipment_id = record_scan.shipment_id
      and k.scan_key = key;
    if record_scan.status = 'lost' then
      insert into app_public.order_events (order_id, type, reason, inputs)
      values (record_scan.order_id, 'attention_raised', 'The carrier lost a parcel.',
        jsonb_build_object('code', 'PARCEL_LOST', 'shipment_id', record_scan.shipment_id));
    end if;
    perform app_hidden.follow_shipments(record_scan.merchant_id, record_scan.order_id);
  end if;
  return 1;
end
$$;
comment on function app_hidden.record_scan(integer, uuid, uuid, text, timestamptz, jsonb) is
  'One scan: a move if it is the newest and leads forward, else a note, else nothing.';

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
      left join app_private.tracking_polls p on p.merchant_id = s.merchant_id and p.shipment_id = s.id
      where s.status in ('labelled', 'handed_over', 'in_transit', 'out_for_delivery', 'undelivered', 'rto')
        and coalesce(p.polled_at, s.labelled_at) < now() - a.tracking_poll_seconds * interval '1 second'
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

grant select on app_public.shipments_current, app_public.shipment_items to waybill_member, waybill_readonly;
--! EndIncluded shipments/access/shipments.sql
--! EndIncluded shipments/shipments.sql
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
--! EndIncluded effects/tables/awb_pool.sql
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
    'secret', encode(s.ciphertext, 'base64'))
  from app_public.carrier_accounts a
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

create or replace function app_hidden.effect_context(effect app_public.effects, scope text)
returns jsonb
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select case
  when scope = 'carrier_pickup' then (
    select jsonb_build_object('pickup', to_jsonb(p) - 'merchant_id',
      'account', app_hidden.account_context(p.merchant_id, p.carrier_account_id),
      'location', app_hidden.location_context(p.merchant_id, p.location_id, p.carrier_account_id),
      'waiting', (
        select count(*) from app_public.shipments_current s
        where s.merchant_id = p.merchant_id and s.carrier_account_id = p.carrier_account_id
          and s.location_id = p.location_id and s.status = 'labelled'
      ))
    from app_public.carrier_pickups p
    where p.merchant_id = effect.merchant_id and p.id = effect.subject_id
  )
  when effect.shipment_id is not null then (
    select jsonb_build_object('order', app_hidden.order_context(s.merchant_id, s.order_id),
      'shipment', to_jsonb(s) - 'merchant_id' || jsonb_build_object('awb', coalesce(s.awb, (
        -- A booking whose outcome was never learnt may have brought this number to life.
        select b.reserved_number from app_public.effects b
        where b.merchant_id = s.merchant_id and b.subject_id = s.id and b.kind = 'book_shipment'
          and b.sent_at is not null and b.status in ('dead', 'abandoned') and effect.kind = 'cancel_shipment'
      ))),
      'account', app_hidden.account_context(s.merchant_id, s.carrier_account_id),
      'location', app_hidden.location_context(s.merchant_id, s.location_id, s.carrier_account_id))
    from app_public.shipments_current s
    where s.merchant_id = effect.merchant_id and s.id = effect.shipment_id
  )
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
  else jsonb_build_object(
    'order', app_hidden.order_context(effect.merchant_id, effect.order_id),
    'accounts', (
      select jsonb_agg(app_hidden.account_context(a.merchant_id, a.id) order by a.priority, a.id)
      from app_public.carrier_accounts a
      where a.merchant_id = effect.merchant_id and a.disabled_at is null and effect.kind = 'assign_order'
    ))
  end
$$;
comment on function app_hidden.effect_context(app_public.effects, text) is
  'Everything a task of this effect needs: order, shipment, account, location, template.';
--! EndIncluded effects/functions/context.sql
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
  if not found_sending and effect.kind = 'book_shipment' then
    effect := app_hidden.take_awb(effect, (context #>> '{account,id}')::integer);
  elsif not found_sending and policy.after_unknown = 'ask' then
    effect := app_hidden.begin_sending(effect, null);
  end if;
  return jsonb_build_object(
    'effect', to_jsonb(effect) || jsonb_build_object('found_sending', found_sending),
    'policy', to_jsonb(policy), 'context', context
  );
end
$$;
comment on function app_private.claim_effect(integer, uuid, text, text) is
  'Claims an effect and returns it with its policy and context; null when it is done, taken, not due, its circuit is open or its customer erased.';

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

-- Sends again under the same number after a look-up that found nothing.
create or replace function app_private.resend_effect(
  merchant_id integer, subject_id uuid, kind text, epoch integer
)
returns boolean
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  with resent as (
    update app_public.effects e set sent_at = clock_timestamp()
    where e.merchant_id = resend_effect.merchant_id and e.subject_id = resend_effect.subject_id
      and e.kind = resend_effect.kind and e.epoch = resend_effect.epoch and e.status = 'sending'
    returning 1
  )
  select exists (select from resent)
$$;
comment on function app_private.resend_effect(integer, uuid, text, integer) is
  'Starts the settle time anew before a repeat; false when fenced off.';

grant execute on function
  app_private.claim_effect(integer, uuid, text, text),
  app_private.refill_awb_pool(integer, uuid, integer, integer, text[]),
  app_private.resend_effect(integer, uuid, text, integer)
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
    return 'abandoned';
  end if;
  if outcome = 'unknown' and policy.after_unknown = 'ask' and effect.sent_at is not null
    and clock_timestamp() >= effect.sent_at + policy.settle_seconds * interval '1 second' then
    outcome := 'refused';
  end if;
  if outcome = 'refused' or (due_in_ms is null and effect.attempts >= policy.max_attempts) then
    perform app_hidden.bury_effect(effect, code, message);
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
  return 'retry';
end
$$;
comment on function app_private.fail_effect(integer, uuid, text, integer, text, text, text, integer, integer) is
  'Records a failed attempt and decides what comes next: retry, dead, abandoned, or fenced when the claim was lost.';

-- The order was cancelled while the call was under way, and the call is known not to have happened.
create or replace function app_hidden.is_called_off(effect app_public.effects)
returns boolean
language sql stable
set search_path to pg_catalog, pg_temp
as $$
  select effect.kind in ('validate_order', 'assign_order', 'book_shipment', 'fetch_label') and exists (
    select from app_public.orders_current o
    where o.merchant_id = effect.merchant_id and o.id = effect.order_id and o.status = 'cancelled'
  )
$$;
comment on function app_hidden.is_called_off(app_public.effects) is
  'Whether nobody wants this effect any more, because its order was cancelled.';

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

create or replace function app_hidden.bury_effect(effect app_public.effects, code text, message text)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
begin
  update app_public.effects e
  set status = 'dead', leased_by = null, leased_until = null, sweep_at = null,
    error_code = bury_effect.code, error_message = bury_effect.message
  where e.merchant_id = effect.merchant_id and e.subject_id = effect.subject_id and e.kind = effect.kind;
  insert into app_public.dead_letters (
    merchant_id, subject_id, effect_kind, order_id, error_code, error_message, attempts
  ) values (
    effect.merchant_id, effect.subject_id, effect.kind, effect.order_id, code, message, effect.attempts
  );
  insert into app_public.order_events (order_id, shipment_id, type, reason, inputs)
  values (effect.order_id, null, 'attention_raised', message, jsonb_build_object(
    'code', code, 'effect_kind', effect.kind, 'subject_id', effect.subject_id, 'attempts', effect.attempts
  ));
end
$$;
comment on function app_hidden.bury_effect(app_public.effects, text, text) is
  'Makes an effect a dead letter and raises attention on its order.';

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

-- The service's own report. It carries our key, so it also settles a send whose outcome was unknown.
-- Reports come twice and out of order: a message's status only ever goes forward.
create or replace function app_private.record_message_status(
  merchant_id integer, message_id uuid, provider_message_id text, status text, at timestamptz, error_code text
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
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
  -- Order before effect, as everywhere.
  perform from app_public.orders_current o
  where o.merchant_id = message.merchant_id and o.id = message.order_id
  for no key update;
  update app_public.effects e
  set status = 'confirmed', confirmed_at = clock_timestamp(), leased_by = null, leased_until = null,
    sweep_at = null
  where e.merchant_id = message.merchant_id and e.subject_id = message.order_id and e.kind = message.kind
    and e.status = 'sending' and (e.leased_until is null or e.leased_until < clock_timestamp())
    and record_message_status.status <> 'failed';
  if found then
    insert into app_public.order_events (order_id, type, inputs)
    values (message.order_id, 'message_sent', jsonb_build_object(
      'kind', message.kind, 'message_id', message.id, 'learnt_from', 'status report'
    ));
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

grant execute on function
  app_private.open_message(integer, uuid, text, integer, text, text),
  app_private.record_message(integer, uuid, text, integer, uuid, text),
  app_private.record_message_status(integer, uuid, text, text, timestamptz, text)
to waybill_worker;
--! EndIncluded effects/functions/record_message.sql
--! Included effects/functions/record_carrier_pickup.sql
-- Security definer: waybill_worker writes no table.
create or replace function app_private.record_carrier_pickup(
  merchant_id integer, pickup_id uuid, epoch integer, carrier_reference text
)
returns boolean
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  effect app_public.effects;
begin
  perform app_hidden.act_for(record_carrier_pickup.merchant_id);
  effect := app_hidden.confirm_effect(record_carrier_pickup.merchant_id, record_carrier_pickup.pickup_id,
    'request_carrier_pickup', record_carrier_pickup.epoch);
  if effect.subject_id is null then
    return false;
  end if;
  update app_public.carrier_pickups p
  set carrier_reference = record_carrier_pickup.carrier_reference, requested_at = clock_timestamp()
  where p.merchant_id = effect.merchant_id and p.id = effect.subject_id;
  insert into app_public.order_events (order_id, shipment_id, type, inputs)
  values (effect.order_id, effect.shipment_id, 'carrier_pickup_requested', jsonb_build_object(
    'carrier_pickup_id', effect.subject_id, 'carrier_reference', record_carrier_pickup.carrier_reference
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
-- What a human can do with a dead letter. Security definer: members hold no write privilege.
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
    perform app_hidden.refuse('WB003', 'Only an owner or a manager may settle a dead letter.');
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
  -- The order's lock makes two that settle its last letters at once see one another.
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
  if not exists (
    select from app_public.dead_letters d
    where d.merchant_id = letter.merchant_id and d.order_id = letter.order_id and d.resolved_at is null
  ) then
    insert into app_public.order_events (order_id, type, reason)
    values (letter.order_id, 'attention_cleared', letter.resolution);
  end if;
  perform app_hidden.store_result(idempotency_key, to_jsonb(letter), mine);
  return letter;
end
$$;
comment on function app_hidden.close_dead_letter(uuid, text, text, text) is
  'Settles an open dead letter and, when it was the order''s last, clears its attention; a repeat is given the stored result.';

create or replace function app_public.retry_dead_letter(id uuid, idempotency_key text default null)
returns app_public.dead_letters
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
#variable_conflict use_column
declare
  letter app_public.dead_letters;
begin
  letter := app_hidden.close_dead_letter(retry_dead_letter.id, 'retried', 'retry_dead_letter', idempotency_key);
  update app_public.effects e
  set status = case when e.sent_at is not null and k.after_unknown = 'look_up' then 'sending' else 'intent' end,
    attempts = 0, due_at = clock_timestamp(), sweep_at = clock_timestamp()
  from app_public.effect_kinds k
  where e.merchant_id = letter.merchant_id and e.subject_id = letter.subject_id
    and e.kind = letter.effect_kind and e.status = 'dead' and k.kind = e.kind;
  return letter;
end
$$;
comment on function app_public.retry_dead_letter(uuid, text) is
  E'@resultFieldName deadLetter\nTries the call of a dead letter again, from its first attempt. Errors: FORBIDDEN, NOT_FOUND, IDEMPOTENCY_MISMATCH.';

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
--! EndIncluded effects/functions/dead_letters.sql
--! Included effects/access/effects.sql
drop policy if exists everybody_reads on app_public.effect_kinds;
create policy everybody_reads on app_public.effect_kinds for select to waybill_member, waybill_readonly using (true);
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

grant select on app_public.effect_kinds, app_public.transition_tasks, app_public.effects, app_public.dead_letters
to waybill_member, waybill_readonly;
--! EndIncluded effects/access/effects.sql
--! EndIncluded effects/effects.sql
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

-- A webhook's raw text without what people put between the digits of a phone.
create or replace function app_hidden.webhook_text(body bytea)
returns text
language sql immutable parallel safe
return lower(translate(encode(body, 'escape'), E' \t-().+', ''));
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
  'Stores a webhook raw; false when the same delivery is stored already.';

create or replace function app_private.reject_webhook(
  merchant_id integer, service text, account_id integer, reason text
)
returns void
language sql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
  insert into app_private.rejected_webhooks (merchant_id, service, account_id, reason)
  values (reject_webhook.merchant_id, reject_webhook.service, reject_webhook.account_id, reject_webhook.reason)
$$;
comment on function app_private.reject_webhook(integer, text, integer, text) is
  'The one row that a webhook leaves which was turned away.';

grant execute on function
  app_private.webhook_target(text, integer), app_private.message_account_of(text),
  app_private.receive_message(integer, text, integer, text, text, bytea),
  app_private.reject_webhook(integer, text, integer, text)
to waybill_worker;
--! EndIncluded intake/functions/receive_message.sql
--! Included intake/functions/settle_message.sql
-- Security definer, all of these: waybill_worker reads and writes no table.
create or replace function app_private.read_message(merchant_id integer, id uuid)
returns table (service text, account_id integer, topic text, body bytea, received_at timestamptz)
language sql stable security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
  select m.service, m.account_id, m.topic, m.body, m.received_at from app_public.inbound_messages m
  where m.merchant_id = read_message.merchant_id and m.id = read_message.id and m.status = 'received'
$$;
comment on function app_private.read_message(integer, uuid) is
  'An inbound message that waits to be processed; no row when it is settled.';

create or replace function app_private.settle_message(
  merchant_id integer, id uuid, order_id uuid default null,
  attention_field text default null, attention_reason text default null
)
returns void
language sql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
  with erasing as (
    select m.id from app_public.inbound_messages m
    where m.merchant_id = settle_message.merchant_id and m.id = settle_message.id
      and (m.erase_when_settled or app_hidden.is_about_erased(m, settle_message.order_id))
  )
  update app_public.inbound_messages m
  set status = case when settle_message.attention_reason is null then 'processed' else 'attention' end,
    order_id = settle_message.order_id, settled_at = clock_timestamp(), sweep_at = null,
    attention_field = settle_message.attention_field, attention_reason = settle_message.attention_reason,
    body = case when e.id is null then m.body else '' end, erase_when_settled = false,
    erased_at = case when e.id is not null then clock_timestamp() end
  from (select) always left join erasing e on true
  where m.merchant_id = settle_message.merchant_id and m.id = settle_message.id and m.status = 'received'
$$;
comment on function app_private.settle_message(integer, uuid, uuid, text, text) is
  'Marks an inbound message as processed, or as needing a human with field and reason. About an erased customer nothing raw is kept.';

-- Inbound messages are due at once; whatever a crash left behind is due again after a minute.
create or replace function app_private.sweep_inbound(batch integer default 500)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
  swept integer;
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
    returning m.merchant_id, m.id
  )
  select app_hidden.add_jobs(jsonb_agg(jsonb_build_object(
    'task', 'process_inbound_message', 'key', n.id,
    'payload', jsonb_build_object('merchantId', n.merchant_id, 'id', n.id)
  )))
  into swept
  from next n
  having count(*) > 0;
  return coalesce(swept, 0);
end
$$;
comment on function app_private.sweep_inbound(integer) is
  'Adds a job for each inbound message that is due; returns how many.';

grant execute on function
  app_private.read_message(integer, uuid), app_private.settle_message(integer, uuid, uuid, text, text),
  app_private.sweep_inbound(integer)
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
  select coalesce(array_agg(distinct lower(translate(t.trace, E' \t-().+', ''))), '{}')
  from (
    select k.key from app_public.order_contacts c,
      unnest(app_hidden.phone_keys(c.phone_e164, c.phone, c.customer_phone)
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
end
$$;
comment on function app_hidden.erase_work(integer, uuid) is
  'Empties the call log of an order''s effects, mends their error texts and abandons those that need the customer.';

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
    or app_hidden.phone_keys(c.phone_e164, c.phone, c.customer_phone) @> array[phone_key]
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
  since timestamptz not null default '-infinity',
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
comment on column app_private.dispatch_cursor.since is
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
  ));
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
--! Included live/functions/count_orders.sql
-- Called by dispatch_events() with the whole transactions that it passes over.
create or replace function app_hidden.count_events(first xid8, last xid8)
returns void
language plpgsql volatile
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
begin
  insert into app_public.order_counts as c (merchant_id, store_id, status, orders)
  select e.merchant_id, k.store_id, s.status, sum(s.change)
  from app_public.order_events e
  join app_hidden.order_keys k on k.merchant_id = e.merchant_id and k.order_id = e.order_id
  cross join lateral (values (e.from_status, -1), (e.to_status, 1)) s (status, change)
  cross join app_private.dispatch_cursor d
  where e.xact_id between first and last and e.recorded_at > d.since
    and e.shipment_id is null and e.to_status is not null and s.status is not null
  group by e.merchant_id, k.store_id, s.status
  having sum(s.change) <> 0
  order by e.merchant_id, k.store_id, s.status
  on conflict on constraint order_counts_pkey do update set orders = c.orders + excluded.orders;
end
$$;
comment on function app_hidden.count_events(xid8, xid8) is
  'Adds the status changes of the events of these transactions to order_counts.';

-- Counts anew from the orders themselves, less what the dispatcher has not come to. Holds the dispatcher
-- while it counts. Security definer: for whoever may run it, DBAs among them.
create or replace function app_private.recount_orders()
returns void
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
as $$
declare
  cursor_xact xid8;
  since timestamptz;
begin
  select c.next_xact, c.since into strict cursor_xact, since from app_private.dispatch_cursor c for update;
  delete from app_public.order_counts;
  insert into app_public.order_counts (merchant_id, store_id, status, orders)
  select n.merchant_id, n.store_id, n.status, sum(n.orders)
  from (
    select o.merchant_id, o.store_id, o.status, count(*) as orders
    from app_public.orders_current o
    group by o.merchant_id, o.store_id, o.status
    union all
    select e.merchant_id, k.store_id, s.status, -s.change
    from app_public.order_events e
    join app_hidden.order_keys k on k.merchant_id = e.merchant_id and k.order_id = e.order_id
    cross join lateral (values (e.from_status, -1), (e.to_status, 1)) s (status, change)
    where e.xact_id >= cursor_xact and e.recorded_at > since
      and e.shipment_id is null and e.to_status is not null and s.status is not null
  ) n
  group by n.merchant_id, n.store_id, n.status
  having sum(n.orders) <> 0;
end
$$;
comment on function app_private.recount_orders() is
  'Counts order_counts anew, as of the dispatcher''s cursor: after a restored dump or a repair.';
--! EndIncluded live/functions/count_orders.sql
--! Included live/functions/tell_live.sql
create or replace function app_private.is_live(type text, shipment_id uuid, to_status text)
returns boolean
language sql immutable
return to_status is not null or shipment_id is not null or type in ('attention_raised', 'attention_cleared');
comment on function app_private.is_live(text, uuid, text) is
  'Whether any live channel tells of such an event: moves, boxes, attention.';

-- Gives the events of a run of transactions their positions in the live log and wakes the servers, which
-- read on from where they are. Of an order whose later event lies in the run, the earlier ones of younger
-- transactions are taken along: what is told stays in the order of each order's seq. Called by the
-- dispatcher alone, which holds the cursor's lock.
create or replace function app_private.tell_live(first xid8, last xid8)
returns void
language sql volatile
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
  with touched as (
    select e.merchant_id, e.order_id, max(e.seq) as seq
    from app_public.order_events e, app_private.dispatch_cursor c
    where e.xact_id between tell_live.first and tell_live.last and e.recorded_at > c.since
    group by e.merchant_id, e.order_id
  ), untold as (
    select e.merchant_id, e.order_id, e.seq,
      max(e.xact_id) over (partition by e.merchant_id, e.order_id order by e.seq) as ripe
    from touched t
    cross join app_private.dispatch_cursor c
    join app_public.order_events e
      on e.merchant_id = t.merchant_id and e.order_id = t.order_id and e.seq <= t.seq
      and e.xact_id >= tell_live.first and e.recorded_at > c.since
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
  select pg_notify('waybill_events', m.position::text) from moved m
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
    where e.xact_id >= pg_snapshot_xmax(pg_current_snapshot()) and e.recorded_at > saved.since
  );
  told integer;
begin
  insert into app_private.live_log (merchant_id, store_id, position, order_id, seq)
  select e.merchant_id, k.store_id, saved.position + row_number() over (order by e.recorded_at, e.order_id, e.seq),
    e.order_id, e.seq
  from app_public.order_events e
  join app_hidden.order_keys k on k.merchant_id = e.merchant_id and k.order_id = e.order_id
  where (e.xact_id >= saved.next_xact or e.recorded_at > saved.moved_at) and e.recorded_at > saved.since
    and app_private.is_live(e.type, e.shipment_id, e.to_status)
    and not exists (
      select from app_private.live_log l
      where l.merchant_id = e.merchant_id and l.order_id = e.order_id and l.seq = e.seq
    );
  get diagnostics told = row_count;
  update app_private.dispatch_cursor
  set history = new_history, since = coalesce(future, saved.since), position = saved.position + told,
    next_xact = horizon,
    stream = substring(replace(gen_random_uuid()::text, '-', '') from 1 for 8),
    -- Cursors of the stream before are refused by its name; nothing else shall be found before here.
    pruned_to = saved.position, moved_at = clock_timestamp();
  perform app_private.recount_orders();
  perform pg_notify('waybill_events', (saved.position + told)::text);
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
-- never passed over; the cursor moves by whole transactions. The row lock makes a second dispatcher harmless. Security
-- definer: waybill_worker reads no table.
create or replace function app_private.dispatch_events(batch integer default 1000)
returns integer
language plpgsql volatile security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
as $$
declare
  horizon xid8 := app_private.dispatch_horizon();
  first xid8;
  last xid8;
  since timestamptz;
  found_events integer;
begin
  select c.next_xact, c.since into strict first, since from app_private.dispatch_cursor c;
  if first > pg_snapshot_xmax(pg_current_snapshot()) then
    perform app_private.check_history();
    return 0;
  end if;
  select max(x.xact_id), count(*) into last, found_events from (
    select e.xact_id from app_public.order_events e
    where e.xact_id >= first and e.xact_id < horizon and e.recorded_at > since
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
  where e.xact_id between first and last and e.recorded_at > since
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
    where e.xact_id >= c.next_xact and e.recorded_at > c.since order by e.xact_id limit 1
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
    where e.xact_id >= c.next_xact and e.recorded_at > c.since order by e.xact_id limit 1
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

create or replace function app_private.live_events(after bigint, batch integer default 1000)
returns setof app_private.told_events
language sql stable security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
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
create or replace function app_private.members_standing(merchant_ids integer[], member_ids integer[])
returns table (merchant_id integer, member_id integer, role text)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select m.merchant_id, m.id, m.role
  from unnest(merchant_ids, member_ids) asked (merchant_id, member_id)
  join app_public.members m on m.merchant_id = asked.merchant_id and m.id = asked.member_id
  where m.disabled_at is null
$$;
comment on function app_private.members_standing(integer[], integer[]) is
  'Those of the given members who may still act, with the role that they have now.';

create or replace function app_private.store_counts(merchant_ids integer[], store_ids integer[])
returns table (merchant_id integer, store_id integer, orders jsonb, attention integer)
language sql stable security definer
set search_path to pg_catalog, pg_temp
as $$
  select asked.merchant_id, asked.store_id,
    coalesce((
      select jsonb_object_agg(c.status, c.orders) from app_public.order_counts c
      where c.merchant_id = asked.merchant_id and c.store_id = asked.store_id and c.orders > 0
    ), '{}'),
    (
      select count(*) from app_public.orders_current o
      where o.merchant_id = asked.merchant_id and o.store_id = asked.store_id and o.attention is not null
    )::integer
  from unnest(merchant_ids, store_ids) asked (merchant_id, store_id)
$$;
comment on function app_private.store_counts(integer[], integer[]) is
  'Orders per status, and how many need attention, of each of these stores.';

grant execute on function
  app_private.members_standing(integer[], integer[]),
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
      from app_public.order_events e
      where e.merchant_id = o.merchant_id and e.order_id = o.id
        and e.shipment_id is null and e.to_status is not null
    ),
    'items', (
      select jsonb_agg(jsonb_build_object(
        'title', i.title, 'variantTitle', i.variant_title, 'quantity', i.quantity) order by i.line)
      from app_public.order_items i where i.merchant_id = o.merchant_id and i.order_id = o.id
    ),
    'parcels', coalesce((
      select jsonb_agg(jsonb_build_object(
        'box', b.box, 'status', b.status, 'trackingCode', b.awb, 'trackingUrl', b.tracking_url) order by b.box)
      from app_public.shipments_current b
      where b.merchant_id = o.merchant_id and b.order_id = o.id
        and b.status not in ('planned', 'labelled', 'cancelled')
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
  'One order as its customer may see it; null for an unknown public id.';

create or replace function app_public.track_order_events(public_id text, after_seq integer)
returns jsonb
language sql stable security definer
set search_path to pg_catalog, pg_temp
set enable_seqscan to off
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
  tokens integer;
  jobs integer;
begin
  delete from app_private.idempotency_keys where expires_at < now();
  get diagnostics keys = row_count;
  delete from app_private.refresh_tokens where expires_at < now() - interval '7 days';
  get diagnostics tokens = row_count;
  delete from graphile_worker._private_jobs
  where attempts >= max_attempts and locked_at is null and updated_at < now() - interval '7 days';
  get diagnostics jobs = row_count;
  return jsonb_build_object('partitions_created', partitions, 'idempotency_keys_deleted', keys,
    'refresh_tokens_deleted', tokens, 'failed_jobs_deleted', jobs, 'live_log_pruned', live);
end
$$;
comment on function app_private.keep_house() is
  'Creates partitions ahead and deletes what has expired; returns what it did.';
grant execute on function app_private.keep_house() to waybill_worker;
--! EndIncluded live/functions/keep_house.sql
--! EndIncluded live/live.sql
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
