/**
 * Caused by: an automated order's `received`, or the correction of its address.
 * Does: makes the address and the phone usable; no outside call.
 * Twice is harmless: the claim lets one through, and an order that has gone on is left alone.
 */
import { z } from 'zod';
import { validateShipTo } from '../intake/validate-ship-to.ts';
import { effectTask } from '../worker/effect-task.ts';
import { OrderRow } from '../worker/rows.ts';

const Context = z.object({ order: OrderRow });

export const task = effectTask(async (effect, { db }) => {
  const { contact } = Context.parse(effect.context).order;
  const result = validateShipTo(contact, {
    name: contact.customer_name,
    phone: contact.customer_phone,
    email: contact.customer_email,
  });
  await db.query('select app_private.record_validation($1, $2, $3, $4, $5, $6)', [
    effect.merchantId,
    effect.subjectId,
    effect.effect.epoch,
    result.contact,
    JSON.stringify(result.warnings),
    JSON.stringify(result.problems),
  ]);
  return { kind: 'recorded' };
});
