-- The demo merchant: one store per workflow, two locations, an account with each carrier, WhatsApp templates.
-- Only into an empty database; run by demo/seed.ts in one transaction as waybill_owner.
-- The demo's morning is three minutes after its start, so that its digest of dead letters can be seen.
insert into app_public.merchants (name, morning_at)
values ('Kochi Cotton Co.', ((now() at time zone 'Asia/Kolkata') + interval '3 minutes')::time);

insert into app_public.locations (merchant_id, name, address, city, state, pincode, phone)
select m.id, l.name, l.address, l.city, l.state, l.pincode, l.phone
from app_public.merchants m, (values
  ('Kochi warehouse', '14 Marine Drive, opposite the jetty', 'Kochi', 'Kerala', '682031', '+919847000001'),
  ('Bengaluru counter', '221 Brigade Road, ground floor', 'Bengaluru', 'Karnataka', '560001', '+919847000002')
) l (name, address, city, state, pincode, phone);

insert into app_public.stores (merchant_id, name, channel, workflow, location_id, shop_domain)
select l.merchant_id, s.name, s.channel, s.workflow, l.id, s.shop_domain
from app_public.locations l
join (values
  ('Kochi warehouse', 1, 'Shopify shop', 'shopify', 'automated', 'waybill-demo.myshopify.com'),
  ('Kochi warehouse', 2, 'Web shop', 'web', 'shipping', null),
  ('Bengaluru counter', 3, 'Brigade Road counter', 'counter', 'pickup', null)
) s (location, place, name, channel, workflow, shop_domain) on s.location = l.name
order by s.place;

insert into app_public.carrier_accounts (merchant_id, carrier, name, settings, tracking_poll_seconds, priority)
select m.id, a.carrier, a.name, a.settings::jsonb, 60, a.priority
from app_public.merchants m, (values
  ('delhivery', 'Delhivery Surface', '{"client_name": "WAYBILL SURFACE"}', 1),
  ('shiprocket', 'Shiprocket', '{"contact_email": "orders@demo.waybill.example"}', 2),
  ('bluedart', 'Blue Dart', '{"customer_code": "123456", "product": "E"}', 3)
) a (carrier, name, settings, priority)
order by a.priority;

-- Blue Dart registers no warehouses: it asks for the area that the pincode belongs to.
insert into app_public.carrier_locations (merchant_id, carrier_account_id, location_id, registered_name)
select a.merchant_id, a.id, l.id, case
  when a.carrier = 'bluedart' then case l.city when 'Kochi' then 'COK' else 'BLR' end
  else case l.city when 'Kochi' then 'KOCHI-1' else 'BLR-1' end
end
from app_public.carrier_accounts a
join app_public.locations l on l.merchant_id = a.merchant_id;

insert into app_public.message_accounts (merchant_id, phone_number_id, waba_id)
select m.id, '110022003300', '220033004400' from app_public.merchants m;

insert into app_public.message_templates (merchant_id, name, message_kind, body, parameters, status, synced_at)
select m.id, t.name, t.message_kind, t.body, t.parameters, 'APPROVED', now()
from app_public.merchants m, (values
  ('order_packed', 'message_packed', 'Hello {{1}}, your order {{2}} is packed. Follow it here: {{3}}',
    array['name', 'number', 'tracking_url']),
  ('order_shipped', 'message_shipped', 'Hello {{1}}, your order {{2}} is on its way. Its number is {{3}}.',
    array['name', 'number', 'tracking_code']),
  ('order_delivered', 'message_delivered', 'Hello {{1}}, your order {{2}} has been delivered. Thank you!',
    array['name', 'number']),
  ('ready_for_pickup', 'message_ready', 'Hello {{1}}, your order {{2}} is ready at {{3}}. See you soon!',
    array['name', 'number', 'location'])
) t (name, message_kind, body, parameters);
