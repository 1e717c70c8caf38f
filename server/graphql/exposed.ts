/**
 * What the GraphQL schema shows, by the names of the tables' `@name` comments. What is not listed
 * here is not there: `ExposurePlugin` turns these lists into behaviors on top of a default that
 * denies all.
 */
export interface ExposedTable {
  /** A root field that finds one row by its key, such as `order(id:)`. */
  single?: true;
  /** A root field that lists rows, such as `orders(first:, after:, filter:, orderBy:)`. */
  list?: true;
  /** Columns that are how the database works, and no business of a client. */
  hidden?: readonly string[];
  /** Fields whose name is not their column's. */
  names?: Readonly<Record<string, string>>;
  /** Every list of it is short, so counting it costs nothing: the connection has a totalCount. */
  counted?: true;
}

export const exposedTables: Readonly<Record<string, ExposedTable>> = {
  merchant: {},
  store: { single: true, list: true, counted: true },
  location: { single: true, list: true, counted: true },
  member: { single: true, list: true, counted: true },
  /** Row-level security shows everybody their own. */
  session: { list: true, counted: true },
  invitation: { list: true, counted: true },
  /** What a mutation returns; no table. */
  invitationLink: {},
  order: { single: true, list: true, names: { source: 'channel' } },
  orderItem: { counted: true },
  orderContact: { counted: true },
  orderEvent: {
    hidden: ['from_status', 'to_status', 'inputs', 'idempotency_key'],
    names: { override: 'isOverride' },
  },
  shipment: {
    single: true,
    list: true,
    names: { carrier_pickup_id: 'carrierPickupId', manifest_id: 'manifestId' },
  },
  shipmentItem: { counted: true },
  ndrCase: {
    single: true,
    list: true,
    hidden: ['acted_by', 'remind_at', 'reminded_at'],
    names: { changes_phone: 'changesPhone', changes_address: 'changesAddress' },
  },
  auditEntry: {
    list: true,
    hidden: ['entity', 'action', 'meta'],
    names: { order_seq: 'orderEventSeq' },
  },
  effect: {
    hidden: [
      'subject_id',
      'caused_by_seq',
      'reserved_number',
      'epoch',
      'leased_by',
      'leased_until',
      'sweep_at',
    ],
    counted: true,
  },
  deadLetter: {
    single: true,
    list: true,
    hidden: ['subject_id', 'last_call_id'],
    names: { effect_kind: 'kind' },
  },
  message: { counted: true },
  messageTemplate: { list: true, counted: true },
  inboundMessage: { list: true, hidden: ['sweep_at', 'external_id'] },
  carrierAccount: { single: true, list: true, counted: true },
  carrierAccountField: { list: true, counted: true, names: { is_required: 'isRequired' } },
  carrierLocation: { counted: true },
  connectionCheck: { hidden: ['id', 'sweep_at'] },
  carrierCircuit: { list: true, counted: true },
  carrierCall: { list: true, names: { request_masked: 'request', answer_masked: 'answer' } },
  carrierPickup: { single: true, list: true },
  /** One for each account and location where something waits. */
  handOver: { list: true, counted: true },
  manifest: { single: true, list: true },
  manifestBox: { names: { manifest_id: 'manifestId' } },
  rateCard: { single: true, list: true, counted: true },
  rateZone: { hidden: ['rate_card_id'], counted: true },
  rateSlab: { hidden: ['rate_card_id'], counted: true },
  rateLane: { hidden: ['rate_card_id'] },
  rateQuote: { counted: true },
};

/** Functions of a row that are fields of it, such as `CarrierPickup.boxCount`. */
export const exposedFields: readonly string[] = [
  'carrier_pickups_box_count',
  'carrier_pickups_waiting_count',
  'carrier_accounts_rate_card',
  'rate_cards_prices_csv',
  'rate_cards_lanes_csv',
];

/** Every one of them is one transaction, one action, one root field. */
export const exposedMutations: readonly string[] = [
  'transition_order',
  'ship_order',
  'override_order_status',
  'cancel_order',
  'clear_attention',
  'act_on_ndr',
  'rebook_shipment',
  'erase_customer',
  'add_carrier_account',
  'change_carrier_account',
  'disable_carrier_account',
  'enable_carrier_account',
  'name_carrier_location',
  'reset_circuit',
  'make_manifest',
  'take_off_manifest',
  'retry_dead_letter',
  'resolve_dead_letter',
  'set_assignment_rule',
  'set_store_assignment_rule',
  'set_carrier_pickup_times',
  'set_morning_digest',
  'invite_member',
  'revoke_invitation',
  'reset_member_password',
  'change_member_role',
  'disable_member',
  'enable_member',
  'end_session',
  'end_all_sessions',
];
