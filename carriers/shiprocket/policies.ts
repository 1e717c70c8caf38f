import { effect, read } from '../../outbound/policy.ts';
import type { Policies } from '../../outbound/policy.ts';

/** Every call to Shiprocket. No durations are documented; a label is a document made on demand. */
export const policies = {
  login: read(10_000),
  serviceability: read(10_000),
  /** Sent again, it answers with the order that exists. The second order that one source tells of
   *  would cost nothing, but nobody would cancel it: so it is looked up first. */
  create_order: effect(15_000, 'look_up'),
  find_order: read(15_000),
  show_order: read(10_000),
  assign_awb: effect(30_000, 'look_up'),
  /** «Already in Pickup Queue» is success. */
  request_pickup: effect(20_000, 'repeat'),
  generate_label: read(60_000),
  /** «Already generated» leads to print_manifest. */
  generate_manifest: effect(60_000, 'repeat'),
  print_manifest: read(60_000),
  download: read(30_000),
  track_shipments: read(20_000),
  /** Cancelling again answers the same. */
  cancel_order: effect(15_000, 'repeat'),
  cancel_awb: effect(15_000, 'repeat'),
  list_ndr: read(20_000),
  /** The same wish twice is the same wish. */
  ndr_action: effect(15_000, 'repeat'),
  wallet_balance: read(10_000),
} as const satisfies Policies;
