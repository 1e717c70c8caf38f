import { ofDelivered } from './corruption.ts';
import type { Corruption } from './corruption.ts';

/** Read models that are not what the log says. */
export const untrue: Corruption[] = [
  {
    what: 'a tracking code is typed over',
    breaks: 'orders_are_folded',
    sql: `update app_public.orders_current set tracking_code = 'WRONG' where id = forge.id('accepted')`,
  },
  {
    what: 'a total of the frozen snapshot is changed',
    breaks: 'orders_are_folded',
    sql: `update app_public.orders_current set total_minor = 1 where id = forge.id('accepted')`,
  },
  {
    what: 'an order is not on the board',
    breaks: 'orders_are_folded',
    also: ['moves_are_allowed', 'order_counts_add_up', 'rows_stay_with_their_merchant'],
    sql: `delete from app_public.orders_current where id = forge.id('accepted')`,
  },
  {
    what: 'an order has a second number',
    breaks: 'order_keys_are_folded',
    sql: `update app_hidden.order_keys set number = 0 where order_id = forge.id('accepted')`,
  },
  {
    what: 'an item got cheaper',
    breaks: 'order_items_are_folded',
    sql: `update app_public.order_items set unit_price_minor = 1
      where order_id = forge.id('accepted') and line = 1`,
  },
  {
    what: 'a line is added to an order',
    breaks: 'order_items_are_folded',
    sql: `insert into app_public.order_items
      select (jsonb_populate_record(i, '{"line": 9}')).* from app_public.order_items i
      where i.order_id = forge.id('accepted') and i.line = 1`,
  },
  {
    what: 'a box got lighter',
    breaks: 'shipments_are_folded',
    sql: `update app_public.shipments_current set weight_grams = 1 where ${ofDelivered}`,
  },
  {
    what: 'a box that nobody planned',
    breaks: 'shipments_are_folded',
    sql: `insert into app_public.shipments_current
      select (jsonb_populate_record(s, jsonb_build_object('id', gen_random_uuid(), 'box', 2,
        'awb', null, 'status', 'cancelled'))).*
      from app_public.shipments_current s where ${ofDelivered}`,
  },
  {
    what: 'a line is taken out of its box',
    breaks: 'shipment_items_are_folded',
    also: ['boxes_hold_the_order'],
    sql: `delete from app_public.shipment_items where ${ofDelivered} and line = 1`,
  },
  {
    what: 'a count is one too high',
    breaks: 'order_counts_add_up',
    sql: `update app_public.order_counts set orders = orders + 1 where status = 'delivered'`,
  },
  {
    what: 'an order needs attention that nobody asked for',
    breaks: 'order_counts_add_up',
    sql: `insert into app_public.attention_counts as a (merchant_id, store_id, orders)
      select o.merchant_id, o.store_id, 1 from app_public.orders_current o where o.id = forge.id('accepted')
      on conflict on constraint attention_counts_pkey do update set orders = a.orders + 1`,
  },
];

/** Orders, boxes, money and contacts. */
export const goods: Corruption[] = [
  {
    what: 'an amount is negative',
    breaks: 'amounts_are_not_negative',
    also: ['orders_are_folded'],
    sql: `do $$ declare name text; begin
        for name in select conname from pg_constraint
          where contypid = 'app_public.amount_minor'::regtype loop
          execute format('alter domain app_public.amount_minor drop constraint %I', name);
        end loop; end $$;
      update app_public.orders_current set discount_minor = -1 where id = forge.id('accepted')`,
  },
  {
    what: 'the box of a prepaid order collects money',
    breaks: 'cod_is_collected_once',
    also: ['shipments_are_folded'],
    sql: `update app_public.shipments_current set payment_mode = 'cod', cod_amount_minor = 5 where ${ofDelivered}`,
  },
  {
    what: 'more is packed than was ordered',
    breaks: 'boxes_hold_the_order',
    also: ['shipment_items_are_folded'],
    sql: `update app_public.shipment_items set quantity = 9 where ${ofDelivered} and line = 1`,
  },
  {
    what: 'two boxes have one AWB',
    breaks: 'awb_is_unique',
    also: ['labelled_has_a_label', 'shipments_are_folded'],
    sql: `alter table app_public.shipments_current drop constraint shipments_current_awb_once;
      update app_public.shipments_current s set awb = d.awb
      from app_public.shipments_current d
      where d.order_id = forge.id('delivered') and s.order_id = forge.id('messaged')`,
  },
  {
    what: 'the label of a box is lost',
    breaks: 'labelled_has_a_label',
    sql: `delete from app_private.labels where shipment_id in (
      select id from app_public.shipments_current where ${ofDelivered})`,
  },
  {
    what: 'a box is put on a list again without being taken off the other',
    breaks: 'boxes_are_handed_over_once',
    sql: `select forge.event('handedOver', jsonb_build_object('type', 'shipment_manifested',
        'from_status', null, 'shipment_id', b.shipment_id,
        'inputs', jsonb_build_object('manifest_id', b.manifest_id)))
      from app_public.manifest_boxes b
      where b.order_id = forge.id('handedOver') order by b.manifest_id limit 1`,
  },
  {
    what: 'a line of a manifest names a box that was never on it',
    breaks: 'boxes_are_handed_over_once',
    sql: `update app_public.manifest_boxes b set shipment_id = s.id, order_id = s.order_id
      from app_public.shipments_current s
      where s.order_id = forge.id('delivered') and b.order_id = forge.id('handedOver')`,
  },
  {
    what: 'a line of a manifest is lost',
    breaks: 'manifests_are_whole',
    also: ['boxes_are_handed_over_once'],
    sql: `delete from app_public.manifest_boxes where order_id = forge.id('handedOver')`,
  },
  {
    what: 'an order is delivered, its box is not',
    breaks: 'orders_follow_their_boxes',
    also: ['shipments_are_folded'],
    sql: `update app_public.shipments_current set status = 'in_transit' where ${ofDelivered}`,
  },
  {
    what: 'the address of a contact is changed',
    breaks: 'contacts_are_unchanged',
    sql: `update app_public.order_contacts set address1 = 'Elsewhere' where ${ofDelivered}
      and version = 1`,
  },
  {
    what: 'a contact is changed with its digest',
    breaks: 'contacts_are_named',
    sql: `update app_public.order_contacts c set address1 = 'Elsewhere' where ${ofDelivered}
        and version = 1;
      update app_public.order_contacts c set digest = app_hidden.contact_digest(c)
        where ${ofDelivered} and version = 1`,
  },
  {
    what: 'a version of a contact is removed',
    breaks: 'contact_versions_are_whole',
    also: ['contacts_are_named'],
    sql: `delete from app_public.order_contacts where ${ofDelivered} and version = 1`,
  },
  {
    what: "an order belongs to another merchant's store",
    breaks: 'rows_stay_with_their_merchant',
    also: ['order_counts_add_up', 'orders_are_folded'],
    sql: `update app_public.orders_current o set store_id = s.id from app_public.stores s
      where o.id = forge.id('accepted') and s.merchant_id <> o.merchant_id and s.workflow = 'shipping'`,
  },
  {
    what: 'the label of a box went to another merchant',
    breaks: 'rows_stay_with_their_merchant',
    also: ['labelled_has_a_label'],
    sql: `update app_private.labels l set merchant_id = forge.merchant('other')
      from app_public.shipments_current s
      where s.id = l.shipment_id and s.order_id = forge.id('delivered')`,
  },
];
