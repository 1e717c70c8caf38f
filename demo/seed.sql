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

-- Delhivery is cheap in the south, Blue Dart between big towns; Shiprocket tells its own prices, which are
-- the lowest elsewhere: the demo's orders go with all three.
select app_hidden.put_rate_card(a.merchant_id, c.card || jsonb_build_object(
  'carrier_account_id', a.id, 'valid_from', date_trunc('year', now())::date, 'tax_percent', 18
), 'demo')
from app_public.carrier_accounts a
join (values
  ('delhivery', '{
    "name": "Delhivery Surface", "fuel_percent": 15, "cod_fee_minor": 2500, "cod_percent": 1.5,
    "max_weight_grams": 20000, "max_declared_minor": 5000000,
    "zones": [{"zone": "local", "days": 2}, {"zone": "south", "days": 3}, {"zone": "rest", "days": 5}, {"zone": "remote", "days": 8}],
    "slabs": [
      {"zone": "local", "from_grams": 0, "step_grams": 500, "price_minor": 2400},
      {"zone": "local", "from_grams": 500, "step_grams": 500, "price_minor": 1600},
      {"zone": "south", "from_grams": 0, "step_grams": 500, "price_minor": 2800},
      {"zone": "south", "from_grams": 500, "step_grams": 500, "price_minor": 1800},
      {"zone": "rest", "from_grams": 0, "step_grams": 500, "price_minor": 4800},
      {"zone": "rest", "from_grams": 500, "step_grams": 500, "price_minor": 3800},
      {"zone": "remote", "from_grams": 0, "step_grams": 500, "price_minor": 7200}
    ],
    "lanes": [
      {"zone": "local", "from_prefix": "682", "to_prefixes": ["682", "683"]},
      {"zone": "local", "from_prefix": "560", "to_prefixes": ["560", "561", "562"]},
      {"zone": "south", "from_prefix": "6", "to_prefixes": ["5", "6"]},
      {"zone": "south", "from_prefix": "5", "to_prefixes": ["5", "6"]},
      {"zone": "remote", "to_prefixes": ["18", "19", "737", "744", "78", "79"]},
      {"zone": "rest", "to_prefixes": [""]}
    ]
  }'::jsonb),
  ('bluedart', '{
    "name": "Blue Dart Surface", "fuel_percent": 25, "cod_fee_minor": 2000, "cod_percent": 1,
    "max_weight_grams": 35000,
    "zones": [{"zone": "metro", "days": 2}, {"zone": "rest", "days": 4}],
    "slabs": [
      {"zone": "metro", "from_grams": 0, "step_grams": 1000, "price_minor": 5000},
      {"zone": "metro", "from_grams": 1000, "step_grams": 500, "price_minor": 1900},
      {"zone": "rest", "from_grams": 0, "step_grams": 1000, "price_minor": 9000}
    ],
    "lanes": [
      {"zone": "metro", "to_prefixes": ["110", "400", "411", "500", "560", "600", "700"]},
      {"zone": "rest", "to_prefixes": [""]}
    ]
  }'::jsonb)
) c (carrier, card) on c.carrier = a.carrier;
