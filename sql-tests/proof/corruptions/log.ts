import { ofDelivered } from './corruption.ts';
import type { Corruption } from './corruption.ts';

const events = 'app_public.order_events';
const forge = (order: string, changes: object) =>
  `select forge.event('${order}', '${JSON.stringify(changes)}')`;

/** The log itself: changed, removed, added, swapped. */
export const tampering: Corruption[] = [
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
export const forgeries: Corruption[] = [
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
