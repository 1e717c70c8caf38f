-- One chunk of history: who ordered what, when, and how it ended; then one insert per table.

create temp table plan (
  n bigint, proto integer, merchant_id integer, placed_at timestamptz, stretch float8, tail text,
  order_id uuid, shipment_id uuid, pickup_id uuid, pickup_on date, number bigint, public_id text, external_id text,
  external_number text, store_id integer, location_id integer, carrier_account_id integer, awb text, members jsonb,
  name text, phone text, phone_e164 text, email text, address1 text, city text, state text, pincode text, facts jsonb
);
create temp table digests (order_id uuid, version integer, digest bytea);

-- Orders come evenly over the year before `until`. What is not over belongs to its last month.
create or replace function history.plan_chunk(first bigint, last bigint, total bigint, since timestamptz, until timestamptz)
returns void
language plpgsql
as $$
begin
  truncate pg_temp.plan, pg_temp.digests;
  insert into pg_temp.plan (n, proto, merchant_id, placed_at, stretch, tail, number, store_id, location_id,
    carrier_account_id, members, pickup_on)
  select d.n, p.proto, m.merchant_id, d.placed_at, d.stretch, d.tail,
    m.first_number + (d.n - 1) / 100 * (m.slot_to - m.slot_from) + d.slot - m.slot_from,
    (m.stores ->> p.workflow)::integer, (m.locations ->> p.workflow)::integer, m.carrier_account_id, m.members,
    case when labelled.at is not null then (labelled.at at time zone m.time_zone)::date
      + case when (labelled.at at time zone m.time_zone)::time > m.cutoff then 1 else 0 end end
  from (
    select n, (n - 1) % 100 as slot, since + (until - since) * (n::float8 / total) as placed_at,
      0.8 + random() * 0.4 as stretch, random() as share, random() as ends,
      '7' || substring(r.hex from 1 for 3) || translate(substring(r.hex from 4 for 1), '01234567cdef', '89ab89ab89ab')
        || substring(r.hex from 5 for 13) as tail
    from generate_series(first, last) n, lateral (select md5(gen_random_uuid()::text || n) as hex) r
  ) d
  join history.merchants m on d.slot >= m.slot_from and d.slot < m.slot_to
  cross join lateral (
    select case
      when d.placed_at > until - (until - since) / 6 and d.ends < 0.018 then 'attention'
      when d.placed_at > until - (until - since) / 12 and d.ends < 0.6 then 'active'
      else 'terminal' end as ends
  ) e
  -- What cannot have come so far yet has only just been placed.
  join history.prototypes p on p.proto = coalesce(
    (select c.proto from history.prototypes c
      where c.ends = e.ends and d.share >= c.from_share and d.share < c.to_share
        and d.placed_at + c.lasts * 1.25 < until),
    (select min(c.proto) from history.prototypes c where c.ends = 'active' and c.workflow = 'pickup')
  )
  left join lateral (
    select d.placed_at + (a.labelled_at - history.beginning()) * d.stretch as at
    from history.shipments_current a where a.proto = p.proto
  ) labelled on true;
  perform history.call_carriers(until);
  perform history.name_people();
end
$$;

-- The first box of a day asks the carrier to come: its story is one of those that tell it.
create or replace function history.call_carriers(until timestamptz)
returns void
language sql
as $$
  update pg_temp.plan p set proto = caller.proto, pickup_id = history.id_at(p.placed_at, p.tail, 252)
  from (
    select distinct on (f.merchant_id, f.pickup_on) f.n, c.proto
    from pg_temp.plan f
    join history.prototypes o on o.proto = f.proto
    join history.shipments_current box on box.proto = f.proto
    join lateral (
      select q.proto from history.prototypes q
      join history.shipments_current b on b.proto = q.proto and b.labelled_at = box.labelled_at
      where q.calls_carrier and (q.ends = 'terminal') = (o.ends = 'terminal') and f.placed_at + q.lasts * 1.25 < until
      order by q.proto limit 1
    ) c on true
    where f.pickup_on is not null and not exists (
      select from app_public.carrier_pickups k
      where k.merchant_id = f.merchant_id and k.carrier_account_id = f.carrier_account_id
        and k.location_id = f.location_id and k.pickup_on = f.pickup_on
    )
    order by f.merchant_id, f.pickup_on, f.n
  ) caller
  where caller.n = p.n
$$;

-- Every customer comes back now and then; the same one has the same name, phone and address.
create or replace function history.name_people()
returns void
language sql
as $$
  update pg_temp.plan p
  set order_id = history.id_at(p.placed_at, p.tail, 255), shipment_id = history.id_at(p.placed_at, p.tail, 254),
    public_id = x.public_id, external_id = (6000000000000 + p.n)::text, external_number = '#' || (1000 + p.number),
    awb = (57930000000000 + p.n)::text,
    name = x.first_name || ' ' || x.last_name, phone_e164 = '+91' || x.phone,
    phone = case x.c % 4 when 0 then x.phone when 1 then '+91 ' || x.phone
      when 2 then left(x.phone, 5) || ' ' || right(x.phone, 5) else '0' || x.phone end,
    email = 'customer' || x.c || '@mail.example', address1 = 1 + x.c % 300 || ' ' || x.street,
    city = x.city, state = x.state, pincode = x.prefix || lpad((x.c % 120)::text, 3, '0')
  from (
    select q.n, c.c, f.name as first_name, l.name as last_name, s.name as street, t.city, t.state, t.prefix,
      (6 + c.c % 4)::text || lpad((c.c * 7919 % 1000000000)::text, 9, '0') as phone,
      translate(encode(substring(uuid_send(gen_random_uuid()) from 1 for 6)
        || substring(uuid_send(gen_random_uuid()) from 10 for 3), 'base64'), '+/', '-_') as public_id
    from pg_temp.plan q
    cross join lateral (select 1 + hashint8extended(floor(q.n * 0.7)::bigint, 7) % 100000007 as c1) h
    cross join lateral (select abs(h.c1) as c) c
    join history.first_names f on f.n = c.c % (select count(*) from history.first_names)
    join history.last_names l on l.n = c.c / 7 % (select count(*) from history.last_names)
    join history.streets s on s.n = c.c / 11 % (select count(*) from history.streets)
    join history.towns t on t.n = c.c / 13 % (select count(*) from history.towns)
  ) x
  where x.n = p.n
$$;

-- What the inputs of events say about the order.
create or replace function history.state_facts()
returns void
language sql
as $$
  update pg_temp.plan p
  set facts = jsonb_build_object(
    'public_id', p.public_id, 'number', p.number, 'store_id', p.store_id, 'location_id', p.location_id,
    'external_id', p.external_id, 'external_number', p.external_number,
    'placed_at', p.placed_at + (o.placed_at - history.beginning()) * p.stretch,
    'carrier_account_id', p.carrier_account_id, 'awb', p.awb, 'tracking_code', p.awb,
    'tracking_url', 'https://www.delhivery.com/track-v2/package/' || p.awb,
    'reference', 'W' || p.merchant_id || '-' || p.number || '-1',
    'shipment_id', p.shipment_id, 'carrier_pickup_id', p.pickup_id,
    'message_id message_packed', history.id_at(p.placed_at, p.tail, 248),
    'message_id message_shipped', history.id_at(p.placed_at, p.tail, 249),
    'message_id message_delivered', history.id_at(p.placed_at, p.tail, 250),
    'message_id message_ready', history.id_at(p.placed_at, p.tail, 251)
  ) || d.digests
  from history.orders_current o, (
    select order_id, jsonb_object_agg('ship_to_digest ' || version, encode(digest, 'hex')) as digests
    from pg_temp.digests group by order_id
  ) d
  where o.proto = p.proto and d.order_id = p.order_id
$$;

-- One statement that copies one table for all orders of the plan.
create or replace function history.copy_statement(source text)
returns text
language plpgsql
as $$
declare
  name text := split_part(source, '.', 2);
  columns text[];
  expressions text[];
  computed text := case name when 'order_events' then 'hash' when 'order_contacts' then 'digest' end;
  chained text;
begin
  select array_agg(quote_ident(a.attname) order by a.attnum),
    array_agg(coalesce(own.expression, common.expression, case
      when a.atttypid = 'timestamptz'::regtype
        then format('p.placed_at + (t.%I - history.beginning()) * p.stretch', a.attname)
      else format('t.%I', a.attname) end) order by a.attnum)
  into columns, expressions
  from pg_attribute a
  left join history.rules own on own.table_name = name and own.column_name = a.attname
  left join history.rules common on common.table_name is null and common.column_name = a.attname
  where a.attrelid = source::regclass and a.attnum > 0 and not a.attisdropped and a.attgenerated = ''
    and a.attname is distinct from computed;
  if name = 'order_contacts' then
    return format('with written as (insert into %1$s (%2$s, digest)
      select %2$s, %4$s
      from (select %3$s from pg_temp.plan p join history.order_contacts t on t.proto = p.proto) c (%2$s)
      returning order_id, version, digest) insert into pg_temp.digests select * from written',
      source, array_to_string(columns, ', '), array_to_string(expressions, ', '), history.digest_expression());
  elsif name = 'order_events' then
    select string_agg(format('e.%I', a.name), ', ' order by a.n) into strict chained
    from pg_proc p, unnest(p.proargnames) with ordinality a (name, n)
    where p.oid = 'app_hidden.event_hash'::regproc and a.n > 1;
    return format('insert into %1$s (%2$s, hash)
      select %2$s, history.chain(%4$s) over (partition by e.merchant_id, e.order_id order by e.seq)
      from (select %3$s from pg_temp.plan p join history.order_events t on t.proto = p.proto) e (%2$s)',
      source, array_to_string(columns, ', '), array_to_string(expressions, ', '), chained);
  end if;
  return format('insert into %s (%s) select %s from pg_temp.plan p join history.%I t on t.proto = p.proto%s',
    source, array_to_string(columns, ', '), array_to_string(expressions, ', '), name,
    case name when 'carrier_pickups' then ' where p.pickup_id is not null' else '' end);
end
$$;

create or replace function history.write_chunk(first bigint, last bigint, total bigint, since timestamptz, until timestamptz)
returns void
language plpgsql
set session_replication_role to replica
set work_mem to '64MB'
as $$
declare
  source text;
begin
  perform history.plan_chunk(first, last, total, since, until);
  for source in select t.source from history.tables t order by t.place loop
    execute history.copy_statement(source);
    if source = 'app_public.order_contacts' then
      perform history.state_facts();
    end if;
  end loop;
end
$$;
