import { effect, read } from '../../outbound/policy.ts';
import type { Policies } from '../../outbound/policy.ts';

/**
 * Every call to Blue Dart. There is no rate API (the merchant's rate card), no label to fetch later, no
 * manifest (both made by us), and no API for what to do after a failed delivery (a person calls them).
 */
export const policies = {
  login: read(10_000),
  serviceability: read(10_000),
  transit_time: read(10_000),
  /** A repeat is answered with the waybill there is; but a look first costs less than a parcel. */
  create_shipment: effect(20_000, 'look_up'),
  look_up: read(15_000),
  track: read(20_000),
  cancel_shipment: effect(15_000, 'repeat'),
  /** A repeat is refused because it is registered: what was wanted holds. */
  request_pickup: effect(15_000, 'repeat'),
  cancel_pickup: effect(15_000, 'repeat'),
} as const satisfies Policies;
