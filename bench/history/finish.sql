-- What the running system keeps beside the rows of each order.

-- Numbers go on after the highest one.
insert into app_private.counters (merchant_id, series, last_number)
select k.merchant_id, 'order', max(k.number) from app_hidden.order_keys k group by k.merchant_id
on conflict on constraint counters_pkey do update set last_number = excluded.last_number;

-- Parcels on their way were asked for within the last quarter of an hour.
insert into app_private.tracking_polls (merchant_id, shipment_id, polled_at)
select s.merchant_id, s.id, case
  when s.status in ('labelled', 'handed_over', 'in_transit', 'out_for_delivery', 'undelivered', 'rto')
    then now() - random() * interval '15 minutes'
  else s.updated_at end
from app_public.shipments_current s
on conflict on constraint tracking_polls_pkey do nothing;

-- All of it was dispatched long ago.
delete from graphile_worker._private_jobs;
update app_private.dispatch_cursor set next_xact = pg_snapshot_xmax(pg_current_snapshot()), moved_at = clock_timestamp();

select app_private.recount_orders();
