/**
 * Caused by: a member's decision about a failed delivery (`act_on_ndr`).
 * Does: tells the carrier, with the corrected phone or address where there is one.
 * Twice is harmless: carriers take the same wish twice as one.
 */
import { z } from 'zod';
import type { NdrAction } from '../carriers/connector.ts';
import type { TaskContext } from '../worker/context.ts';
import { ClaimLostError, effectTask } from '../worker/effect-task.ts';
import type { Attempt, Effect } from '../worker/effect-task.ts';
import type { ContactRow } from '../worker/rows.ts';
import { asAttempt, carrierOf, ShipmentContext } from '../worker/shipment-context.ts';

const Context = ShipmentContext.extend({
  ndr: z.object({
    status: z.string(),
    action: z.enum(['re_attempt', 'return', 'by_hand']).nullable(),
    preferred_on: z.string().nullable(),
    changes_phone: z.boolean(),
    changes_address: z.boolean(),
  }),
});
type NdrRow = z.infer<typeof Context>['ndr'];

const overtaken: Attempt = {
  kind: 'refused',
  code: 'NDR_CLOSED',
  message: 'The parcel has gone on, or nobody has decided: there is nothing to tell.',
};
const byPhone: Attempt = {
  kind: 'refused',
  code: 'CALL_THE_CARRIER',
  message: 'This carrier takes no decision by its API: call them, and note what was agreed.',
};

export const task = effectTask(async (effect, context) => {
  const given = Context.parse(effect.context);
  const action = actionOf(given.ndr, given.order.contact);
  const { awb } = given.shipment;
  if (given.ndr.status !== 'acted' || action === null || awb === null) return overtaken;
  const carrier = carrierOf(effect, given.account, context);
  if (carrier.actOnNdr === null) return byPhone;
  const told = await carrier.actOnNdr({
    awb,
    action,
    memory: effect.effect.memory,
    remember: (memory) => remember(effect, memory, context),
  });
  if (told.kind === 'postponed') return told;
  if (told.kind !== 'done') return asAttempt(told);
  await context.db.query('select app_private.record_ndr_action($1, $2, $3)', [
    effect.merchantId,
    effect.subjectId,
    effect.effect.epoch,
  ]);
  return { kind: 'recorded' };
});

function actionOf(ndr: NdrRow, contact: z.infer<typeof ContactRow>): NdrAction | null {
  if (ndr.action === 'return') return { kind: 'return' };
  if (ndr.action !== 're_attempt') return null;
  return {
    kind: 're_attempt',
    on: ndr.preferred_on,
    phone: ndr.changes_phone ? contact.phone_e164 : null,
    address: ndr.changes_address ? contact.address1 : null,
  };
}

async function remember(effect: Effect, memory: object, { db }: TaskContext): Promise<void> {
  const { rows } = await db.query<{ ours: boolean }>(
    'select app_private.remember_ndr_action($1, $2, $3, $4) as ours',
    [effect.merchantId, effect.subjectId, effect.effect.epoch, memory],
  );
  if (rows[0]?.ours !== true) throw new ClaimLostError();
}
