import { ofDelivered } from './corruption.ts';
import type { Corruption } from './corruption.ts';

/** Effects, messages, webhooks and requests. */
export const work: Corruption[] = [
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
    what: 'a cheaper offer was passed over',
    breaks: 'choices_are_best',
    sql: `insert into app_public.rate_quotes
      select (jsonb_populate_record(q, '{"rank": 2, "is_chosen": false, "reason": "ranked_lower",
        "price_minor": 1, "rate_source": "carrier"}')).*
      from app_public.rate_quotes q where ${ofDelivered}`,
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
    sql: `update app_public.sessions set member_id = 0`,
  },
];

/** Counters, partitions, dispatcher, workflows, gates. */
export const house: Corruption[] = [
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
