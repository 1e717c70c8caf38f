export interface Corruption {
  what: string;
  /** The invariant that is meant to name it. */
  breaks: string;
  /** Whatever else is then no longer true. */
  also?: string[];
  /** Run as a superuser to whom no trigger, foreign key or policy applies; see forge.sql. */
  sql: string;
}

const events = 'app_public.order_events';
const ofDelivered = `order_id = forge.id('delivered')`;
const forge = (order: string, changes: object) =>
  `select forge.event('${order}', '${JSON.stringify(changes)}')`;

/** The log itself: changed, removed, added, swapped. */
const tampering: Corruption[] = [
  {
    what: 'a word of an event is changed',
    breaks: 'chain_is_whole',
    also: ['audit_is_complete'],
    sql: `update ${events} set reason = 'nicer' where ${ofDelivered} and seq = 2`,
  },
  {
    what: 'an event happened a microsecond later',
    breaks: 'chain_is_whole',
    sql: `update ${events} set occurred_at = occurred_at + interval '1 microsecond'
      where ${ofDelivered} and seq = 2`,
  },
  {
    what: 'the transaction of an event is another',
    breaks: 'chain_is_whole',
    sql: `update ${events} set xact_id = '7' where ${ofDelivered} and seq = 2`,
  },
  {
    what: 'an event is removed from the middle',
    breaks: 'events_are_numbered',
    also: ['chain_is_whole', 'audit_is_complete', 'moves_continue'],
    sql: `delete from ${events} where ${ofDelivered} and seq = 3`,
  },
  {
    what: 'the first event is removed',
    breaks: 'orders_have_a_log',
    also: [
      'audit_is_complete',
      'chain_is_whole',
      'events_are_numbered',
      'moves_are_allowed',
      'moves_continue',
      'order_items_are_folded',
      'order_keys_are_folded',
      'orders_are_folded',
    ],
    sql: `delete from ${events} where ${ofDelivered} and seq = 1`,
  },
  {
    what: 'the last event is removed',
    breaks: 'orders_are_folded',
    also: ['audit_is_complete'],
    sql: `delete from ${events} e where ${ofDelivered}
      and seq = (select max(l.seq) from ${events} l where l.order_id = e.order_id)`,
  },
  {
    what: 'the last event is removed, and the order put back',
    breaks: 'audit_is_complete',
    also: ['order_counts_add_up'],
    sql: `delete from ${events} e where e.order_id = forge.id('accepted')
        and seq = (select max(l.seq) from ${events} l where l.order_id = e.order_id);
      select forge.project(forge.id('accepted'))`,
  },
  {
    what: 'an event is added at the end',
    breaks: 'chain_is_whole',
    also: ['audit_is_complete', 'moves_continue', 'orders_are_folded'],
    sql: `insert into ${events} select (jsonb_populate_record(e, '{"seq": 3}')).* from ${events} e
      where e.order_id = forge.id('accepted') and e.seq = 2`,
  },
  {
    what: 'two events are swapped',
    breaks: 'chain_is_whole',
    also: ['audit_is_complete', 'events_are_in_time', 'moves_continue'],
    sql: `update ${events} set seq = -seq where ${ofDelivered} and seq in (2, 3);
      update ${events} set seq = 5 + seq where ${ofDelivered} and seq < 0`,
  },
  {
    what: 'an event is changed and the whole chain computed anew',
    breaks: 'orders_are_folded',
    sql: `update ${events} set occurred_at = occurred_at - interval '1 day'
        where ${ofDelivered} and seq = 2;
      select forge.chain(forge.id('delivered'))`,
  },
  {
    what: 'all events of an order are removed',
    breaks: 'orders_have_a_log',
    also: [
      'audit_is_complete',
      'order_items_are_folded',
      'order_keys_are_folded',
      'shipment_items_are_folded',
      'shipments_are_folded',
    ],
    sql: `delete from ${events} where ${ofDelivered}`,
  },
  {
    what: 'an order is removed with all that is about it but the audit log',
    breaks: 'audit_is_complete',
    also: ['order_counts_add_up'],
    sql: `delete from ${events} where ${ofDelivered};
      delete from app_hidden.order_keys where ${ofDelivered};
      delete from app_public.orders_current where id = forge.id('delivered');
      delete from app_public.order_items where ${ofDelivered};
      delete from app_private.labels where shipment_id in (
        select id from app_public.shipments_current where ${ofDelivered});
      delete from app_public.shipments_current where ${ofDelivered};
      delete from app_public.shipment_items where ${ofDelivered};
      delete from app_public.order_contacts where ${ofDelivered};
      delete from app_public.effects where ${ofDelivered}`,
  },
  {
    what: 'an audit row is removed',
    breaks: 'audit_is_complete',
    sql: `delete from app_public.audit_log where entity_id = forge.id('accepted')::text
      and order_seq = 2`,
  },
  {
    what: 'an audit row names another member',
    breaks: 'audit_is_complete',
    sql: `update app_public.audit_log set actor_id = '0'
      where entity_id = forge.id('accepted')::text and order_seq = 2`,
  },
];

/** Events past the guard, with everything else in order. */
const forgeries: Corruption[] = [
  {
    what: 'an event was recorded before the one before it',
    breaks: 'events_are_in_time',
    sql: forge('accepted', {
      type: 'attention_cleared',
      from_status: null,
      to_status: null,
      recorded_at: '2026-01-01T00:00:00Z',
    }),
  },
  {
    what: 'an event of the future, by another cluster',
    breaks: 'events_have_begun',
    sql: forge('accepted', { to_status: 'packing', xact_id: '99999999999' }),
  },
  {
    what: 'an order is placed twice',
    breaks: 'orders_begin_with_placement',
    also: ['audit_is_complete'],
    sql: `update ${events} e set type = 'order_placed' where e.order_id = forge.id('accepted');
      select forge.chain(forge.id('accepted')), forge.project(forge.id('accepted'))`,
  },
  {
    what: 'an event of a type that nobody knows',
    breaks: 'event_types_are_known',
    sql: forge('accepted', { type: 'rumour', from_status: null, to_status: null }),
  },
  {
    what: 'an order skips its steps',
    breaks: 'moves_are_allowed',
    also: ['causes_have_their_effects'],
    sql: forge('accepted', { to_status: 'delivered' }),
  },
  {
    what: 'a carrier packs',
    breaks: 'moves_are_by_allowed_roles',
    sql: forge('accepted', { to_status: 'packing', actor_role: 'carrier' }),
  },
  {
    what: 'an order is shipped without a tracking code',
    breaks: 'moves_have_their_inputs',
    also: ['causes_have_their_effects'],
    sql: forge('accepted', { to_status: 'shipped', actor_role: 'staff' }),
  },
  {
    what: 'staff overrides',
    breaks: 'overrides_are_marked',
    also: ['causes_have_their_effects'],
    sql: forge('accepted', {
      type: 'status_overridden',
      to_status: 'shipped',
      override: true,
      reason: 'because',
      actor_role: 'staff',
    }),
  },
  {
    what: 'an override looks like any move',
    breaks: 'overrides_are_marked',
    sql: forge('accepted', { to_status: 'packing', override: true, reason: 'because' }),
  },
  {
    what: 'a delivered order is on its way again',
    breaks: 'nothing_after_the_end',
    also: ['moves_are_allowed'],
    sql: forge('delivered', { to_status: 'dispatched' }),
  },
  {
    what: 'a move begins where the order was not',
    breaks: 'moves_continue',
    also: ['causes_have_their_effects', 'moves_have_their_inputs', 'order_counts_add_up'],
    sql: forge('accepted', { from_status: 'packing', to_status: 'shipped' }),
  },
  {
    what: 'a phone is in the inputs of an event',
    breaks: 'events_hold_no_personal_data',
    sql: forge('accepted', {
      type: 'attention_cleared',
      from_status: null,
      to_status: null,
      inputs: { phone: '98470 12345' },
    }),
  },
  {
    what: 'a message is sent twice',
    breaks: 'messages_are_sent_once',
    sql: forge('messaged', {
      type: 'message_sent',
      from_status: null,
      to_status: null,
      inputs: { kind: 'message_shipped' },
    }),
  },
  {
    what: 'a box is booked twice',
    breaks: 'awb_never_changes',
    also: ['labelled_has_a_label'],
    sql: `select forge.event('delivered', jsonb_build_object('type', 'shipment_booked',
        'from_status', null, 'to_status', null, 'inputs', jsonb_build_object('awb', '10001'),
        'shipment_id', (select id from app_public.shipments_current where ${ofDelivered})))`,
  },
];

/** Read models that are not what the log says. */
const untrue: Corruption[] = [
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
    also: ['order_counts_add_up', 'rows_stay_with_their_merchant'],
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
];

/** Orders, boxes, money and contacts. */
const goods: Corruption[] = [
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
    sql: `update app_public.shipments_current set cod_amount_minor = 5 where ${ofDelivered}`,
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

/** Effects, messages, webhooks and requests. */
const work: Corruption[] = [
  {
    what: 'an effect is caused by an event that never was',
    breaks: 'effects_have_their_cause',
    sql: `update app_public.effects set caused_by_seq = 99 where ${ofDelivered}
      and kind = 'validate_order'`,
  },
  {
    what: 'an effect is forgotten',
    breaks: 'causes_have_their_effects',
    sql: `delete from app_public.effects where ${ofDelivered} and kind = 'message_delivered'`,
  },
  {
    what: 'an open effect is never swept',
    breaks: 'open_effects_are_swept',
    sql: `alter table app_public.effects drop constraint effects_open_is_swept;
      update app_public.effects set sweep_at = null where ${ofDelivered}
        and kind = 'message_delivered'`,
  },
  {
    what: 'a message is confirmed that was not sent',
    breaks: 'confirmed_effects_are_recorded',
    sql: `update app_public.effects set status = 'confirmed', sweep_at = null
      where ${ofDelivered} and kind = 'message_delivered'`,
  },
  {
    what: 'a dead letter is lost',
    breaks: 'dead_effects_have_a_letter',
    sql: `delete from app_public.dead_letters where order_id = forge.id('dead')`,
  },
  {
    what: 'an effect goes on while its dead letter is open',
    breaks: 'open_letters_are_dead',
    sql: `update app_public.effects set status = 'intent', sweep_at = now()
      where order_id = forge.id('dead') and kind = 'validate_order'`,
  },
  {
    what: 'the effect of a message is lost, so that it would be sent again',
    breaks: 'messages_have_their_effect',
    also: ['causes_have_their_effects'],
    sql: `delete from app_public.effects where order_id = forge.id('messaged')
      and kind = 'message_shipped'`,
  },
  {
    what: 'a request was committed without its result',
    breaks: 'idempotency_keys_have_a_response',
    sql: `update app_private.idempotency_keys set response = null where key = 'a key'`,
  },
  {
    what: 'a webhook was processed and became nothing',
    breaks: 'webhooks_led_somewhere',
    sql: `update app_public.inbound_messages set order_id = null where external_id = 'd-1'`,
  },
  {
    what: 'a refresh token belongs to nobody',
    breaks: 'tokens_have_a_member',
    sql: `update app_private.refresh_tokens set member_id = 0`,
  },
];

/** Counters, partitions, dispatcher, workflows, gates. */
const house: Corruption[] = [
  {
    what: 'the counter of order numbers was reset',
    breaks: 'counters_are_ahead',
    sql: `update app_private.counters set last_number = 0
      where merchant_id = forge.merchant('accepted') and series = 'order'`,
  },
  {
    what: 'next month has no partition',
    breaks: 'partitions_are_ahead',
    sql: `do $$ begin execute 'drop table app_public.order_events'
      || to_char(date_trunc('month', now() at time zone 'UTC') + interval '1 month', '_YYYY_MM');
      end $$`,
  },
  {
    what: 'the cursor is ahead of the cluster',
    breaks: 'cursor_is_behind',
    sql: `update app_private.dispatch_cursor set next_xact = '99999999999'`,
  },
  {
    what: 'a status cannot be reached any more',
    breaks: 'workflows_are_sound',
    also: ['moves_are_allowed'],
    sql: `delete from app_public.workflow_transitions where workflow = 'pickup' and to_status = 'ready'`,
  },
  {
    what: 'a trigger was left disabled after a repair',
    breaks: 'gates_are_closed',
    sql: `alter table app_public.orders_current disable trigger orders_current_120_frozen`,
  },
  {
    what: 'row-level security was switched off',
    breaks: 'gates_are_closed',
    sql: `alter table app_public.order_contacts no force row level security`,
  },
];

export const corruptions: Corruption[] = [
  ...tampering,
  ...forgeries,
  ...untrue,
  ...goods,
  ...work,
  ...house,
];
