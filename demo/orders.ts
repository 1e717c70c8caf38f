/** The 47 orders of the demo, as dirty as real ones. All people and numbers are invented. */
import { dateForms } from './date-forms.ts';
import type { DateForm } from './date-forms.ts';
import type { Draft } from './draft.ts';
import { addressDrafts } from './drafts/addresses.ts';
import { paymentDrafts } from './drafts/payments.ts';
import { phoneDrafts } from './drafts/phones.ts';
import { pincodeDrafts } from './drafts/pincodes.ts';
import { unmendableDrafts } from './drafts/unmendable.ts';
import { orderIdOf, orderPayload } from './payload.ts';
import type { OrderPayload } from './payload.ts';

export const drafts: readonly Draft[] = [
  ...addressDrafts,
  ...phoneDrafts,
  ...pincodeDrafts,
  ...paymentDrafts,
  ...unmendableDrafts,
];

export interface DemoOrder {
  externalId: string;
  mess: string;
  /** The code under which it has to wait for a human; null when it has to arrive. */
  attention: string | null;
  placedAt: Date;
  dateForm: DateForm;
  payload: OrderPayload;
}

/** Every order of a run was placed at another time of the last two days, written in another way. */
const minutesApart = 61;

export function demoOrders(runId: string, now: Date): DemoOrder[] {
  return drafts.map((draft, n) => orderOf(draft, n, runId, now));
}

/** The nth order of an endless row: the 47 over and over, each time a new order. */
export function endlessOrder(runId: string, n: number, now: Date): OrderPayload {
  // A stride that has no divisor in common with 47 visits all of them before any comes again.
  const place = (((n * 29) % drafts.length) + drafts.length) % drafts.length;
  const draft = drafts[place];
  if (draft === undefined) throw new Error(`There is no order ${n}`);
  return orderPayload(draft, { runId, n, createdAt: now.toISOString(), updatedAt: now });
}

function orderOf(draft: Draft, n: number, runId: string, now: Date): DemoOrder {
  const placedAt = new Date(now.getTime() - (n + 1) * minutesApart * 60_000);
  const dateForm = dateForms[n % dateForms.length];
  if (dateForm === undefined) throw new Error('There is no way to write a date');
  return {
    externalId: String(orderIdOf(runId, n)),
    mess: draft.mess,
    attention: draft.attention ?? null,
    placedAt,
    dateForm,
    payload: orderPayload(draft, { runId, n, createdAt: dateForm.write(placedAt), updatedAt: now }),
  };
}
