import { effect, read } from '../../outbound/policy.ts';
import type { Policies } from '../../outbound/policy.ts';

/** Every call to Delhivery. The packing slip is documented with a P99 of 61 seconds. */
export const policies = {
  serviceability: read(10_000),
  /** A number that nobody uses is simply lost. */
  reserve_waybills: read(15_000),
  /** Sent again with the same waybill, never with another one. */
  create_shipment: effect(15_000, 'look_up'),
  look_up: read(15_000),
  packing_slip: read(70_000),
  download_label: read(30_000),
  /** A repeat is answered with the pickup that exists. */
  request_pickup: effect(15_000, 'repeat'),
  track: read(20_000),
  /** Cancelling again answers the same. */
  cancel_shipment: effect(15_000, 'repeat'),
  /** The same correction twice is the same correction. */
  edit_shipment: effect(15_000, 'repeat'),
  /** The same wish twice is the same wish. */
  ndr_action: effect(15_000, 'repeat'),
  ndr_status: read(15_000),
} as const satisfies Policies;
