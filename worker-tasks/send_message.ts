/**
 * Caused by: the statuses of `transition_tasks` that a customer hears of (packed, shipped, delivered, ready).
 * Does: sends one WhatsApp template message.
 * Twice is harmless: WhatsApp has neither key nor look-up, so the effect is committed as `sending` before
 * the call and is never sent again after an unknown outcome. The service's own report, which carries our
 * key, settles it; if none comes within the settle time, a person decides.
 */
import { z } from 'zod';
import { policies } from '../channels/whatsapp/policies.ts';
import { buildSendTemplate, parseSendTemplate } from '../channels/whatsapp/send-template.ts';
import { normalisePhone } from '../intake/normalise-phone.ts';
import { callService } from '../outbound/call.ts';
import { MessageAccountRow, whatsAppAccount } from '../worker/accounts.ts';
import type { TaskContext } from '../worker/context.ts';
import { effectTask } from '../worker/effect-task.ts';
import type { Attempt, Effect } from '../worker/effect-task.ts';
import { OrderRow, TemplateRow } from '../worker/rows.ts';

const Context = z.object({
  order: OrderRow,
  account: MessageAccountRow.nullable(),
  template: TemplateRow.nullable(),
});

export const task = effectTask(async (effect, context) => {
  const { order, account, template } = Context.parse(effect.context);
  if (effect.effect.found_sending) {
    return {
      kind: 'unknown',
      code: 'OUTCOME_UNKNOWN',
      message: 'Whether the message was sent is not known.',
    };
  }
  if (account === null || template === null) {
    return {
      kind: 'refused',
      code: 'NO_TEMPLATE',
      message: 'There is no WhatsApp account or template for this message.',
    };
  }
  if (template.status !== 'APPROVED') {
    return {
      kind: 'refused',
      code: 'TEMPLATE_NOT_APPROVED',
      message: `The template ${template.name} is ${template.status}.`,
    };
  }
  const to = phoneOf(order);
  if (to === null)
    return { kind: 'refused', code: 'NO_PHONE', message: 'The order has no usable phone.' };
  return send(effect, order, account, template, to, context);
});

async function send(
  effect: Effect,
  order: OrderRow,
  row: MessageAccountRow,
  template: z.infer<typeof TemplateRow>,
  to: string,
  context: TaskContext,
): Promise<Attempt> {
  const messageId = effect.effect.message_id ?? (await openMessage(effect, template, context));
  if (messageId === null) return { kind: 'recorded' };
  const sent = await callService(context.db, {
    merchantId: effect.merchantId,
    service: row.service,
    accountId: row.id,
    operation: 'send_template',
    reference: effect.effect.reference,
    request: buildSendTemplate(whatsAppAccount(row, context.config), {
      to,
      template: template.name,
      language: template.language,
      body: template.parameters.map((parameter) => valueOf(parameter, order)),
      callbackData: `${effect.merchantId}:${messageId}`,
    }),
    policy: policies.send_template,
    parse: parseSendTemplate,
  });
  if (sent.kind === 'done') {
    await context.db.query('select app_private.record_message($1, $2, $3, $4, $5, $6)', [
      effect.merchantId,
      effect.subjectId,
      effect.kind,
      effect.effect.epoch,
      messageId,
      sent.value.messageId,
    ]);
    return { kind: 'recorded' };
  }
  if (sent.kind === 'absent' || sent.kind === 'exists') {
    return {
      kind: 'unknown',
      code: 'UNEXPECTED_ANSWER',
      message: 'WhatsApp answered with something else.',
    };
  }
  return sent;
}

async function openMessage(
  effect: Effect,
  template: z.infer<typeof TemplateRow>,
  { db }: TaskContext,
): Promise<string | null> {
  const { rows } = await db.query<{ id: string | null }>(
    'select app_private.open_message($1, $2, $3, $4, $5, $6) as id',
    [
      effect.merchantId,
      effect.subjectId,
      effect.kind,
      effect.effect.epoch,
      template.name,
      template.language,
    ],
  );
  return rows[0]?.id ?? null;
}

/** Orders that staff drive are not validated, so their phone may still be as it was typed. */
function phoneOf({ contact }: OrderRow): string | null {
  if (contact.phone_e164 !== null) return contact.phone_e164;
  const phone = normalisePhone(contact.phone ?? contact.customer_phone);
  return phone.ok ? phone.e164 : null;
}

function valueOf(
  parameter: z.infer<typeof TemplateRow>['parameters'][number],
  order: OrderRow,
): string {
  const values = {
    name: order.contact.name ?? order.contact.customer_name ?? 'there',
    number: String(order.number),
    tracking_code: order.tracking_code ?? '–',
    tracking_url: order.tracking_url ?? '–',
    store: order.store,
    location: order.location,
  };
  return values[parameter];
}
