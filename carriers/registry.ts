import { bluedart } from './bluedart/connector.ts';
import type { Carrier } from './connector.ts';
import { delhivery } from './delhivery/connector.ts';
import { shiprocket } from './shiprocket/connector.ts';

/** Every carrier that Waybill speaks to, by its code in `app_public.carriers`. */
export const carriers = { delhivery, shiprocket, bluedart } as const satisfies Record<
  string,
  Carrier
>;

export type CarrierCode = keyof typeof carriers;
