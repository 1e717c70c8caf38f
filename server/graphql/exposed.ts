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
  filterBy?: readonly string[];
  /**
   * Columns that a list may be ordered by. Only whole keys, or columns that are in no key at all:
   * the rest of the key is then added, so that paging over equal values loses no row.
   */
  orderBy?: readonly string[];
}

export const exposedTables: Readonly<Record<string, ExposedTable>> = {
  merchant: {},
  store: {
    single: true,
    list: true,
    filterBy: ['id', 'channel', 'workflow'],
    orderBy: ['id', 'name'],
  },
  location: { single: true, list: true, filterBy: ['id'], orderBy: ['id', 'name'] },
  member: {
    single: true,
    list: true,
    filterBy: ['id', 'role', 'disabled_at'],
    orderBy: ['id', 'name'],
  },
  /** Row-level security shows everybody their own. */
  session: { list: true, filterBy: ['ended_at', 'expires_at'], orderBy: ['id', 'last_used_at'] },
  invitation: {
    list: true,
    filterBy: ['purpose', 'accepted_at', 'revoked_at', 'expires_at'],
    orderBy: ['id'],
  },
  /** What a mutation returns; no table. */
  invitationLink: {},
  order: {
    single: true,
    list: true,
    filterBy: [
      'id',
      'public_id',
      'store_id',
      'number',
      'external_id',
      'external_number',
      'workflow',
      'fulfilment_type',
      'status',
      'shipping_status',
      'payment_mode',
      'location_id',
      'attention',
      'attention_since',
      'placed_at',
      'tracking_code',
    ],
    orderBy: ['id', 'attention_since', 'placed_at'],
  },
  orderItem: {},
  orderContact: {},
  orderEvent: { filterBy: ['type', 'shipment_id'] },
  shipment: {
    single: true,
    list: true,
    filterBy: ['id', 'order_id', 'status', 'awb', 'carrier', 'carrier_account_id', 'location_id'],
    orderBy: ['id'],
  },
  shipmentItem: {},
  auditEntry: {
    list: true,
    filterBy: ['entity', 'entity_id', 'action', 'actor_id'],
    orderBy: ['id'],
  },
  effect: { filterBy: ['kind', 'status'] },
  deadLetter: {
    single: true,
    list: true,
    filterBy: ['order_id', 'effect_kind', 'error_code', 'resolved_at'],
    orderBy: ['id'],
  },
  message: { list: true, filterBy: ['order_id', 'kind', 'status'], orderBy: ['id'] },
  messageTemplate: { list: true, filterBy: ['message_kind', 'status'] },
  inboundMessage: {
    list: true,
    filterBy: ['service', 'account_id', 'status', 'order_id', 'topic'],
    orderBy: ['id'],
  },
  carrierAccount: { single: true, list: true, filterBy: ['id', 'carrier'], orderBy: ['id'] },
  carrierCircuit: { list: true, filterBy: ['service', 'state'] },
  carrierCall: {
    list: true,
    filterBy: ['service', 'account_id', 'operation', 'reference', 'outcome'],
    orderBy: ['id'],
  },
  carrierPickup: {
    list: true,
    filterBy: ['carrier_account_id', 'location_id', 'pickup_on'],
    orderBy: ['id'],
  },
  workflowStatus: { list: true, filterBy: ['workflow'] },
  workflowTransition: { list: true, filterBy: ['workflow', 'from_status'] },
};

/** Tables whose comments name them nothing, or name them otherwise than the schema shall. */
export const tableNames: Readonly<Record<string, string>> = {
  workflow_statuses: 'workflowStatus',
  workflow_transitions: 'workflowTransition',
};

/** Every one of them is one transaction, one action, one root field. */
export const exposedMutations: readonly string[] = [
  'place_order',
  'transition_order',
  'ship_order',
  'override_order_status',
  'cancel_order',
  'correct_ship_to',
  'clear_attention',
  'erase_customer',
  'reset_circuit',
  'retry_dead_letter',
  'resolve_dead_letter',
  'invite_member',
  'revoke_invitation',
  'reset_member_password',
  'change_member_role',
  'disable_member',
  'enable_member',
  'end_session',
  'end_all_sessions',
];

interface Relation {
  from: string;
  columns: string;
  to: string;
  toColumns: string;
  /** The field of the row that points; absent: no such field. */
  field?: string;
  /** The row that is pointed at is always there and visible. */
  required?: true;
  /** The list of the row that is pointed at; absent: no such field. */
  list?: string;
}

const toOrder = {
  columns: 'order_id',
  to: 'orders_current',
  toColumns: 'id',
  field: 'order',
  required: true,
} as const;
const toStatus = { to: 'order_statuses', toColumns: 'status' };

/**
 * The relations of the schema, whether or not the database has a foreign key (volume tables have
 * none: they are written by triggers only). Those to lookup tables make the column an enum.
 */
export const relations: readonly Relation[] = [
  {
    from: 'stores',
    columns: 'location_id',
    to: 'locations',
    toColumns: 'id',
    field: 'location',
    required: true,
    list: 'stores',
  },
  {
    from: 'stores',
    columns: 'merchant_id',
    to: 'merchants',
    toColumns: 'id',
    field: 'merchant',
    required: true,
  },
  { from: 'members', columns: 'role', to: 'member_roles', toColumns: 'role' },
  { from: 'invitations', columns: 'role', to: 'member_roles', toColumns: 'role' },
  {
    from: 'invitations',
    columns: 'invited_by',
    to: 'members',
    toColumns: 'id',
    field: 'inviter',
    required: true,
  },
  {
    from: 'invitations',
    columns: 'member_id',
    to: 'members',
    toColumns: 'id',
    field: 'member',
  },
  {
    from: 'orders_current',
    columns: 'store_id',
    to: 'stores',
    toColumns: 'id',
    field: 'store',
    required: true,
    list: 'orders',
  },
  {
    from: 'orders_current',
    columns: 'location_id',
    to: 'locations',
    toColumns: 'id',
    field: 'location',
    required: true,
  },
  { from: 'orders_current', columns: 'status', ...toStatus },
  {
    from: 'orders_current',
    columns: 'id,ship_to_version',
    to: 'order_contacts',
    toColumns: 'order_id,version',
    field: 'shipTo',
    required: true,
  },
  { from: 'order_items', ...toOrder, list: 'items' },
  { from: 'order_contacts', ...toOrder, list: 'contacts' },
  { from: 'order_events', ...toOrder, list: 'events' },
  { from: 'order_events', columns: 'type', to: 'event_types', toColumns: 'type' },
  {
    from: 'order_events',
    columns: 'shipment_id',
    to: 'shipments_current',
    toColumns: 'id',
    field: 'shipment',
    list: 'events',
  },
  { from: 'shipments_current', ...toOrder, list: 'shipments' },
  { from: 'shipments_current', columns: 'status', to: 'shipment_statuses', toColumns: 'status' },
  { from: 'shipments_current', columns: 'carrier', to: 'carriers', toColumns: 'carrier' },
  {
    from: 'shipments_current',
    columns: 'carrier_account_id',
    to: 'carrier_accounts',
    toColumns: 'id',
    field: 'carrierAccount',
    required: true,
  },
  {
    from: 'shipments_current',
    columns: 'location_id',
    to: 'locations',
    toColumns: 'id',
    field: 'location',
    required: true,
  },
  {
    from: 'shipments_current',
    columns: 'carrier_pickup_id',
    to: 'carrier_pickups',
    toColumns: 'id',
    field: 'carrierPickup',
    list: 'shipments',
  },
  {
    from: 'shipment_items',
    columns: 'shipment_id',
    to: 'shipments_current',
    toColumns: 'id',
    list: 'items',
  },
  {
    from: 'shipment_items',
    columns: 'order_id,line',
    to: 'order_items',
    toColumns: 'order_id,line',
    field: 'orderItem',
    required: true,
  },
  { from: 'effects', ...toOrder, list: 'effects' },
  { from: 'dead_letters', ...toOrder, list: 'deadLetters' },
  { from: 'messages', ...toOrder, list: 'messages' },
  {
    from: 'inbound_messages',
    columns: 'order_id',
    to: 'orders_current',
    toColumns: 'id',
    field: 'order',
  },
  { from: 'carrier_accounts', columns: 'carrier', to: 'carriers', toColumns: 'carrier' },
  {
    from: 'carrier_pickups',
    columns: 'carrier_account_id',
    to: 'carrier_accounts',
    toColumns: 'id',
    field: 'carrierAccount',
    required: true,
  },
  {
    from: 'carrier_pickups',
    columns: 'location_id',
    to: 'locations',
    toColumns: 'id',
    field: 'location',
    required: true,
  },
];
