-- What a superuser with bad intentions would write for himself: ids of orders to spoil, and events that
-- are wrong but neatly chained, audited and projected, so that only the rule they break gives them away.
create schema forge;

create table forge.orders (name text primary key, merchant_id integer not null, id uuid not null);

create function forge.id(name text) returns uuid
language sql stable
return (select o.id from forge.orders o where o.name = id.name);

create function forge.merchant(name text) returns integer
language sql stable
return (select o.merchant_id from forge.orders o where o.name = merchant.name);

-- The chain of an order computed anew over whatever its events say now.
create function forge.chain(order_id uuid) returns void
language plpgsql
as $$
declare
  event app_public.order_events;
  previous bytea := '';
begin
  for event in select * from app_public.order_events e where e.order_id = chain.order_id order by e.seq loop
    previous := app_hidden.event_hash(previous, event.merchant_id, event.order_id, event.seq, event.shipment_id,
      event.type, event.from_status, event.to_status, event.actor_id, event.actor_role, event.reason, event.inputs,
      event.override, event.idempotency_key, event.occurred_at, event.recorded_at, event.xact_id);
    update app_public.order_events e set hash = previous
    where e.merchant_id = event.merchant_id and e.order_id = event.order_id and e.seq = event.seq;
  end loop;
end
$$;

-- The read models as the events say now.
create function forge.project(order_id uuid) returns void
language sql
begin atomic
  delete from app_public.orders_current o where o.id = project.order_id;
  insert into app_public.orders_current
  select (f.folded).* from app_hidden.fold_orders(null) f where f.order_id = project.order_id;
  delete from app_public.shipments_current s where s.order_id = project.order_id;
  insert into app_public.shipments_current
  select f.* from app_hidden.fold_shipments() f where f.order_id = project.order_id;
end;

-- One more event, the order's last one with these fields changed.
create function forge.event(name text, changes jsonb) returns void
language plpgsql
as $$
declare
  spoiled uuid := forge.id(name);
  forged app_public.order_events;
begin
  select (jsonb_populate_record(l, jsonb_build_object(
    'seq', l.seq + 1, 'type', 'status_changed', 'from_status', o.status, 'reason', '', 'inputs', '{}'::jsonb,
    'override', false, 'shipment_id', null, 'xact_id', pg_current_xact_id()::text,
    'recorded_at', clock_timestamp(), 'occurred_at', clock_timestamp()
  ) || changes)).* into strict forged
  from app_public.order_events l join app_public.orders_current o on o.id = l.order_id
  where l.order_id = spoiled order by l.seq desc limit 1;
  insert into app_public.order_events select forged.*;
  insert into app_public.audit_log values (
    forged.merchant_id, app_hidden.uuid_v7(), case when forged.shipment_id is null then 'order' else 'shipment' end,
    coalesce(forged.shipment_id, spoiled)::text, forged.type, forged.actor_id, forged.actor_role, forged.reason,
    jsonb_build_object('old_status', forged.from_status, 'new_status', forged.to_status), forged.seq,
    forged.recorded_at
  );
  perform forge.chain(spoiled);
  perform forge.project(spoiled);
end
$$;
