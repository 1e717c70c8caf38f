import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { DelhiveryAccount } from './account.ts';
import { parseCancelShipment } from './cancel-shipment.ts';
import { jsonHeaders } from './request-headers.ts';

/** What of a parcel on its way can still be corrected; its PIN code cannot. */
export interface Correction {
  /** As `+91…`. */
  phone: string | null;
  address: string | null;
}

/** The path that also cancels; only what is to change is named. */
export function buildEditShipment(
  account: DelhiveryAccount,
  waybill: string,
  { phone, address }: Correction,
): HttpRequest {
  return {
    method: 'POST',
    url: `${account.baseUrl}/api/p/edit`,
    headers: jsonHeaders(account),
    body: JSON.stringify({
      waybill,
      ...(phone === null ? {} : { phone: phone.replace(/^\+91/, '') }),
      ...(address === null ? {} : { add: address }),
    }),
  };
}

/** Answered like a cancellation. */
export function parseEditShipment(waybill: string, answer: HttpAnswer): Outcome<true> {
  const edited = parseCancelShipment(waybill, answer);
  if (edited.kind !== 'refused' || edited.code !== 'cancel-refused') return edited;
  return { ...edited, code: 'edit-refused' };
}
