-- Copies recorded orders, set by set, into a history of any size. Every row comes from one that the real
-- triggers wrote (history.<table>), with ids, numbers, people, places and times of its own; times are
-- shifted and stretched, so all that was equal or in order stays so. Run by the superuser of a bench
-- database, without triggers; dynamic SQL, so that a new column is copied without a change here.
drop schema if exists history cascade;
create schema history;

create table history.merchants (
  merchant_id integer primary key,
  slot_from integer not null,
  slot_to integer not null,
  first_number bigint not null,
  carrier_account_id integer not null,
  stores jsonb not null,
  locations jsonb not null,
  members jsonb not null,
  time_zone text not null,
  cutoff time not null
);
comment on table history.merchants is 'Of each hundred orders a merchant has those from slot_from up to slot_to.';

create table history.prototypes (
  proto integer primary key,
  order_id uuid not null,
  name text not null,
  workflow text not null,
  ends text not null,
  weight numeric not null,
  calls_carrier boolean not null,
  lasts interval not null,
  from_share float8,
  to_share float8
);
comment on table history.prototypes is 'The recorded orders; shares are of those that end alike.';

create table history.anchors (
  proto integer not null,
  seq integer not null,
  really_at timestamptz,
  told interval not null,
  told_at timestamptz,
  primary key (proto, seq)
);
comment on table history.anchors is 'When each recorded event really happened, and when it does in its story.';

create table history.subjects (
  id uuid primary key,
  proto integer not null
);
comment on table history.subjects is 'The orders, shipments and carrier pickups of each recorded order.';

create table history.tables (
  place integer primary key,
  source text not null,
  about text not null
);
comment on table history.tables is 'What is copied, in this order; about: which subject a row t is about.';
insert into history.tables values
  (1, 'app_public.order_contacts', 't.order_id'),
  (2, 'app_public.order_events', 't.order_id'),
  (3, 'app_hidden.order_keys', 't.order_id'),
  (4, 'app_public.orders_current', 't.id'),
  (5, 'app_public.order_items', 't.order_id'),
  (6, 'app_public.shipments_current', 't.order_id'),
  (7, 'app_public.shipment_items', 't.order_id'),
  (8, 'app_public.effects', 't.order_id'),
  (9, 'app_public.messages', 't.order_id'),
  (10, 'app_public.inbound_messages', 't.order_id'),
  (11, 'app_public.audit_log', $$case when t.entity in ('order', 'shipment') then t.entity_id::uuid end$$),
  (12, 'app_private.labels', 't.shipment_id'),
  (13, 'app_private.shipment_scans', 't.shipment_id'),
  (14, 'app_public.carrier_pickups', 't.id');

-- t is the recorded row, p the plan of its copy. What is not here is copied as it is; times are retold.
create table history.rules (
  table_name text,
  column_name text not null,
  expression text not null,
  unique nulls not distinct (table_name, column_name)
);
insert into history.rules values
  (null, 'merchant_id', 'p.merchant_id'),
  (null, 'order_id', 'p.order_id'),
  (null, 'shipment_id', 'case when t.shipment_id is not null then p.shipment_id end'),
  (null, 'carrier_pickup_id', 'case when t.carrier_pickup_id is not null then p.pickup_id end'),
  (null, 'store_id', 'p.store_id'),
  (null, 'location_id', 'p.location_id'),
  (null, 'carrier_account_id', 'p.carrier_account_id'),
  (null, 'number', 'p.number'),
  (null, 'public_id', 'p.public_id'),
  (null, 'external_id', 'case when t.external_id is not null then p.external_id end'),
  (null, 'external_number', 'case when t.external_number is not null then p.external_number end'),
  (null, 'awb', 'case when t.awb is not null then p.awb end'),
  (null, 'reserved_number', 'case when t.reserved_number is not null then p.awb end'),
  (null, 'tracking_code', 'case when t.tracking_code is not null then p.awb end'),
  (null, 'tracking_url',
    $$case when t.tracking_url like '%/package/%' then p.facts ->> 'tracking_url' else t.tracking_url end$$),
  (null, 'reference',
    $$'W' || p.merchant_id || '-' || p.number || case when t.shipment_id is not null then '-1' else '' end$$),
  (null, 'actor_id',
    $$case when t.actor_role in ('owner', 'manager', 'staff') then p.members ->> t.actor_role else t.actor_id end$$),
  ('order_events', 'xact_id', 'pg_current_xact_id()'),
  ('order_events', 'inputs', $$case when t.keys is null then t.inputs else t.inputs || (
    select jsonb_object_agg(k.key, p.facts -> k.fact) from unnest(t.keys, t.facts) k (key, fact)
  ) end$$),
  ('orders_current', 'id', 'p.order_id'),
  ('orders_current', 'event_hash', $$(
    select e.hash from app_public.order_events e
    where e.merchant_id = p.merchant_id and e.order_id = p.order_id and e.seq = t.seq
  )$$),
  ('shipments_current', 'id', 'p.shipment_id'),
  ('effects', 'subject_id', $$case t.subject_id when t.order_id then p.order_id
    when t.shipment_id then p.shipment_id else p.pickup_id end$$),
  ('messages', 'id', $$(p.facts ->> ('message_id ' || t.kind))::uuid$$),
  ('messages', 'provider_message_id', $$'wamid.' || (p.facts ->> ('message_id ' || t.kind))$$),
  ('inbound_messages', 'id', 'history.id_at(p.placed_at, p.tail, 253)'),
  ('inbound_messages', 'account_id', 'p.store_id'),
  ('inbound_messages', 'body', $$convert_to(jsonb_build_object('name', p.external_number, 'order', p.external_id,
    'customer', p.name, 'phone', p.phone)::text, 'UTF8')$$),
  ('audit_log', 'id', 'history.id_at(p.placed_at + (t.recorded_at - history.beginning()) * p.stretch, p.tail, t.order_seq)'),
  ('audit_log', 'entity_id', $$case t.entity when 'order' then p.order_id else p.shipment_id end$$),
  ('shipment_scans', 'scan_key', $$concat_ws('|', extract(epoch from p.placed_at
    + (t.occurred_at - history.beginning()) * p.stretch), substring(t.scan_key from '\|(.*)$'))$$),
  ('carrier_pickups', 'id', 'p.pickup_id'),
  ('carrier_pickups', 'pickup_on', 'p.pickup_on'),
  ('order_contacts', 'salt', 'uuid_send(gen_random_uuid())'),
  ('order_contacts', 'customer_name', 'case when t.customer_name is not null then p.name end'),
  ('order_contacts', 'customer_phone', 'case when t.customer_phone is not null then p.phone end'),
  ('order_contacts', 'customer_email', 'case when t.customer_email is not null then p.email end'),
  ('order_contacts', 'name', 'case when t.name is not null then p.name end'),
  ('order_contacts', 'phone', 'case when t.phone is not null then p.phone end'),
  ('order_contacts', 'phone_e164', 'case when t.phone_e164 is not null then p.phone_e164 end'),
  ('order_contacts', 'address1', 'case when t.address1 is not null then p.address1 end'),
  ('order_contacts', 'city', 'case when t.city is not null then p.city end'),
  ('order_contacts', 'state', 'case when t.state is not null then p.state end'),
  ('order_contacts', 'pincode', 'case when t.pincode is not null then p.pincode end');

-- Stories begin here.
create function history.beginning() returns timestamptz language sql immutable parallel safe
return timestamptz '2000-01-01 00:00:00+00';

-- A UUIDv7 of an order: its time, the order's own random part, and a number that tells its ids apart.
create function history.id_at(at timestamptz, tail text, n integer) returns uuid
language sql immutable parallel safe
return (lpad(to_hex(floor(extract(epoch from at) * 1000)::bigint), 12, '0') || tail || lpad(to_hex(n), 2, '0'))::uuid;

-- The guard's own hash as a window aggregate: each event's over the one before it, in one statement.
do $$
declare
  arguments text;
begin
  select string_agg(format_type(a.type, null), ', ' order by a.n) into strict arguments
  from pg_proc p, unnest(p.proargtypes::oid[]) with ordinality a (type, n)
  where p.oid = 'app_hidden.event_hash'::regproc and a.n > 1;
  execute format('create aggregate history.chain(%s) (sfunc = app_hidden.event_hash, stype = bytea, initcond = '''')',
    arguments);
end
$$;

create function history.retell(proto integer, at timestamptz) returns timestamptz
language sql stable
return (
  select case
    when before.seq is null then history.beginning() + (at - after.really_at)
    when after.seq is null then before.told_at + (at - before.really_at)
    else before.told_at + (after.told_at - before.told_at)
      * (extract(epoch from at - before.really_at) / extract(epoch from after.really_at - before.really_at))::float8
  end
  from (select) x
  left join lateral (
    select * from history.anchors a where a.proto = retell.proto and a.really_at <= at order by a.seq desc limit 1
  ) before on true
  left join lateral (
    select * from history.anchors a where a.proto = retell.proto and a.really_at > at order by a.seq limit 1
  ) after on true
);

-- Keeps the recorded orders' rows apart, with their stories' times instead of the milliseconds they took.
create function history.keep_recordings() returns void
language plpgsql
as $$
declare
  source record;
  name text;
  stamp text;
begin
  update history.anchors a set really_at = e.recorded_at, told_at = history.beginning() + a.told
  from history.prototypes p join app_public.order_events e on e.order_id = p.order_id
  where a.proto = p.proto and a.seq = e.seq;
  insert into history.subjects
  select p.order_id, p.proto from history.prototypes p
  union all
  select s.id, p.proto from history.prototypes p join app_public.shipments_current s on s.order_id = p.order_id
  union all
  select e.subject_id, p.proto from history.prototypes p join app_public.effects e on e.order_id = p.order_id
  where e.kind = 'request_carrier_pickup';
  for source in select * from history.tables order by place loop
    name := split_part(source.source, '.', 2);
    execute format('create table history.%I as select s.proto, t.* from %s t join history.subjects s on s.id = %s',
      name, source.source, source.about);
    for stamp in
      select a.attname from pg_attribute a
      where a.attrelid = format('history.%I', name)::regclass and a.atttypid = 'timestamptz'::regtype and a.attnum > 0
    loop
      execute format('update history.%1$I set %2$I = history.retell(proto, %2$I) where %2$I is not null', name, stamp);
    end loop;
    execute format('create index on history.%1$I (proto)', name);
    execute format('analyze history.%1$I', name);
  end loop;
  alter table history.order_events add keys text[], add facts text[];
  update history.order_events e
  set keys = k.keys, facts = k.facts
  from history.order_events x, lateral (
    select array_agg(i.key), array_agg(case i.key
      when 'ship_to_digest' then 'ship_to_digest ' || (x.inputs ->> 'ship_to_version')
      when 'message_id' then 'message_id ' || (x.inputs ->> 'kind')
      else i.key end)
    from jsonb_each_text(x.inputs) i
    where i.value is not null and i.value not like '%courier.example%'
      and i.key in ('public_id', 'number', 'store_id', 'location_id', 'external_id', 'external_number', 'placed_at',
        'ship_to_digest', 'carrier_account_id', 'awb', 'tracking_url', 'tracking_code', 'reference', 'message_id',
        'carrier_pickup_id', 'shipment_id')
  ) k (keys, facts)
  where x.proto = e.proto and x.seq = e.seq;
  update history.prototypes p
  set lasts = (select max(a.told) from history.anchors a where a.proto = p.proto), from_share = s.from_share, to_share = s.to_share
  from (
    select proto, (sum(weight) over w - weight) / sum(weight) over (partition by ends) as from_share,
      sum(weight) over w / sum(weight) over (partition by ends) as to_share
    from history.prototypes window w as (partition by ends order by proto)
  ) s
  where s.proto = p.proto;
  analyze history.prototypes;
end
$$;

-- The digest of a contact c, as add_contact() computes it.
create function history.digest_expression() returns text
language sql
return case when to_regproc('app_hidden.contact_digest') is null
  then $$sha256(convert_to((to_jsonb(c) - array['version', 'created_at'])::text, 'UTF8'))$$
  else 'app_hidden.contact_digest(jsonb_populate_record(null::app_public.order_contacts, to_jsonb(c)))' end;
