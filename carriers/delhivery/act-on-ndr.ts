/**
 * What follows a failed delivery. Delhivery takes a wish into a queue and gives its number (UPL), under
 * which it says later what became of it; the number is kept, so that a wish is not sent again while it is
 * worked on. A corrected phone or address goes by the edit call before it. A return is a cancellation: of a
 * parcel that was collected, Delhivery makes an RTO of it. A day cannot be asked for.
 */
import { z } from 'zod';
import type { Outcome } from '../../outbound/outcome.ts';
import { then } from '../connector.ts';
import type { NdrAction, NdrAttempt, Postponed, ServiceCall } from '../connector.ts';
import type { DelhiveryAccount } from './account.ts';
import { editShipment, ndrStatus, reAttempt } from './calls.ts';
import type { DelhiverySend } from './calls.ts';

const Memory = z.object({ upload: z.string() });

/** Until then it is not asked again what became of a wish. */
const askAgainMs = 20_000;

export async function actOnNdr(
  send: DelhiverySend,
  cancel: (awb: string) => ServiceCall<DelhiveryAccount, true>,
  { awb, action, memory, remember }: NdrAttempt,
): Promise<Outcome<true> | Postponed> {
  if (action.kind === 'return') return send(cancel(awb));
  if (memory !== null) return resultOf(send, awb, Memory.parse(memory).upload);
  const told = await then(correct(send, awb, action), () => send(reAttempt(awb)));
  if (told.kind !== 'done') return told;
  await remember({ upload: told.value });
  return resultOf(send, awb, told.value);
}

async function correct(
  send: DelhiverySend,
  awb: string,
  { phone, address }: Extract<NdrAction, { kind: 're_attempt' }>,
): Promise<Outcome<true>> {
  if (phone === null && address === null) return { kind: 'done', value: true };
  return send(editShipment(awb, { phone, address }));
}

async function resultOf(
  send: DelhiverySend,
  awb: string,
  upload: string,
): Promise<Outcome<true> | Postponed> {
  const state = await send(ndrStatus(awb, upload));
  if (state.kind !== 'done') return state;
  if (state.value.kind === 'refused') {
    return { kind: 'refused', code: 'ndr-refused', message: state.value.message };
  }
  if (state.value.kind === 'taken') return { kind: 'done', value: true };
  const message = 'Delhivery has the wish in its queue and does not say what became of it.';
  return { kind: 'postponed', code: 'NDR_QUEUED', message, dueInMs: askAgainMs, unknown: false };
}
