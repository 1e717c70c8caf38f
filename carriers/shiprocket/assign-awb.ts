import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { unreadable } from '../failure.ts';
import { readBody } from '../read-body.ts';
import type { ShiprocketAccount } from './account.ts';
import { gateFailure } from './http-failure.ts';
import { paise } from './money.ts';
import { readError } from './read-error.ts';
import { effectFailure, knownRefusal, refusalOf } from './refusals.ts';
import { post } from './request.ts';

export interface AssignedAwb {
  awb: string;
  courierId: number | null;
  courierName: string | null;
  freightMinor: number | null;
  routingCode: string | null;
}

/** The step that costs money. */
export function buildAssignAwb(
  account: ShiprocketAccount,
  shipmentId: number,
  courierId: number,
): HttpRequest {
  return post(account, '/courier/assign/awb', { shipment_id: shipmentId, courier_id: courierId });
}

const text = z.union([z.string(), z.number()]).nullish().catch(null);

const answerSchema = z.object({
  response: z.object({
    data: z.object({
      awb_code: text,
      awb_assign_error: text,
      shipment_id: z.coerce.number().nullish().catch(null),
      courier_company_id: z.coerce.number().nullish().catch(null),
      courier_name: z.string().nullish().catch(null),
      freight_charges: paise.nullish().catch(null),
      routing_code: z.string().nullish().catch(null),
    }),
  }),
});

/** The code of a refusal after which another courier may still take the parcel. */
export const courierRefusedCode = 'courier-refused';

/** Success is a number in the answer, and nothing else is: failures come at HTTP 200 too. */
export function parseAssignAwb(
  account: ShiprocketAccount,
  shipmentId: number,
  answer: HttpAnswer,
): Outcome<AssignedAwb> {
  const gate = gateFailure(account, answer);
  if (gate) return gate;
  const parsed = answerSchema.safeParse(readBody(answer).json);
  if (parsed.success && answer.status < 300) return readData(shipmentId, answer, parsed.data);
  const error = readError(answer);
  const failure = effectFailure(answer, error);
  if (failure) return failure;
  // The field that a courier names is often the wrong one: it says who refuses, not what to mend.
  const { field: _field, ...refusal } = { field: '', ...refusalOf(error, courierRefusedCode) };
  return refusal;
}

function readData(
  shipmentId: number,
  answer: HttpAnswer,
  { response: { data } }: z.output<typeof answerSchema>,
): Outcome<AssignedAwb> {
  const awb = String(data.awb_code ?? '').trim();
  if (awb !== '' && data.shipment_id != null && data.shipment_id !== shipmentId) {
    const message = 'Shiprocket assigned an AWB to another shipment than was asked for';
    return { kind: 'unknown', code: 'confirmation-differs', message };
  }
  if (awb !== '') {
    return {
      kind: 'done',
      value: {
        awb,
        courierId: data.courier_company_id ?? null,
        courierName: data.courier_name ?? null,
        freightMinor: data.freight_charges ?? null,
        routingCode: data.routing_code || null,
      },
    };
  }
  const said = String(data.awb_assign_error ?? '').trim();
  if (said === '') return unreadable(answer, 'effect');
  const error = { texts: [said], fields: [] };
  return knownRefusal(error) ?? refusalOf(error, courierRefusedCode);
}
