/**
 * The relations of the schema, whether or not the database has a foreign key (volume tables have
 * none: they are written by triggers only). Those to lookup tables make the column an enum.
 */
export interface Relation {
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
    // With the order, because events have no index by shipment.
    from: 'order_events',
    columns: 'order_id,shipment_id',
    to: 'shipments_current',
    toColumns: 'order_id,id',
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
    from: 'shipments_current',
    columns: 'manifest_id',
    to: 'manifests',
    toColumns: 'id',
    field: 'manifest',
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
  { from: 'rate_quotes', ...toOrder, list: 'rateQuotes' },
  { from: 'rate_quotes', columns: 'carrier', to: 'carriers', toColumns: 'carrier' },
  {
    from: 'rate_quotes',
    columns: 'carrier_account_id',
    to: 'carrier_accounts',
    toColumns: 'id',
    field: 'carrierAccount',
    required: true,
  },
  {
    from: 'rate_cards',
    columns: 'carrier_account_id',
    to: 'carrier_accounts',
    toColumns: 'id',
    field: 'carrierAccount',
    required: true,
    list: 'rateCards',
  },
  {
    from: 'rate_zones',
    columns: 'rate_card_id',
    to: 'rate_cards',
    toColumns: 'id',
    list: 'zones',
  },
  {
    from: 'rate_slabs',
    columns: 'rate_card_id',
    to: 'rate_cards',
    toColumns: 'id',
    list: 'slabs',
  },
  {
    from: 'rate_lanes',
    columns: 'rate_card_id',
    to: 'rate_cards',
    toColumns: 'id',
    list: 'lanes',
  },
  { from: 'effects', ...toOrder, list: 'effects' },
  { from: 'effects', columns: 'kind', to: 'effect_kinds', toColumns: 'kind' },
  {
    from: 'effects',
    columns: 'shipment_id',
    to: 'shipments_current',
    toColumns: 'id',
    field: 'shipment',
  },
  { from: 'dead_letters', ...toOrder, list: 'deadLetters' },
  { from: 'dead_letters', columns: 'effect_kind', to: 'effect_kinds', toColumns: 'kind' },
  {
    from: 'dead_letters',
    columns: 'carrier_account_id',
    to: 'carrier_accounts',
    toColumns: 'id',
    field: 'carrierAccount',
  },
  {
    from: 'dead_letters',
    columns: 'last_call_id',
    to: 'carrier_calls',
    toColumns: 'id',
    field: 'lastCall',
  },
  { from: 'messages', ...toOrder, list: 'messages' },
  {
    from: 'inbound_messages',
    columns: 'order_id',
    to: 'orders_current',
    toColumns: 'id',
    field: 'order',
  },
  { from: 'carrier_accounts', columns: 'carrier', to: 'carriers', toColumns: 'carrier' },
  { from: 'carrier_account_fields', columns: 'carrier', to: 'carriers', toColumns: 'carrier' },
  {
    from: 'carrier_accounts',
    columns: 'carrier,id',
    to: 'carrier_circuits',
    toColumns: 'service,account_id',
    field: 'circuit',
  },
  {
    from: 'carrier_accounts',
    columns: 'id',
    to: 'carrier_connection_checks',
    toColumns: 'carrier_account_id',
    field: 'connectionCheck',
  },
  {
    from: 'carrier_locations',
    columns: 'carrier_account_id',
    to: 'carrier_accounts',
    toColumns: 'id',
    list: 'locations',
  },
  {
    from: 'carrier_locations',
    columns: 'location_id',
    to: 'locations',
    toColumns: 'id',
    field: 'location',
    required: true,
  },
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
  {
    from: 'manifests',
    columns: 'carrier_account_id',
    to: 'carrier_accounts',
    toColumns: 'id',
    field: 'carrierAccount',
    required: true,
  },
  {
    from: 'manifests',
    columns: 'location_id',
    to: 'locations',
    toColumns: 'id',
    field: 'location',
    required: true,
  },
  { from: 'manifests', columns: 'made_by', to: 'members', toColumns: 'id', field: 'maker' },
  {
    from: 'manifest_boxes',
    columns: 'manifest_id',
    to: 'manifests',
    toColumns: 'id',
    field: 'manifest',
    required: true,
    list: 'boxes',
  },
  { from: 'manifest_boxes', ...toOrder },
  {
    from: 'manifest_boxes',
    columns: 'shipment_id',
    to: 'shipments_current',
    toColumns: 'id',
    field: 'shipment',
    required: true,
  },
  {
    from: 'hand_overs',
    columns: 'carrier_account_id',
    to: 'carrier_accounts',
    toColumns: 'id',
    field: 'carrierAccount',
    required: true,
  },
  {
    from: 'hand_overs',
    columns: 'location_id',
    to: 'locations',
    toColumns: 'id',
    field: 'location',
    required: true,
  },
];

/**
 * Smart tags of tables whose comments name them nothing, or name them otherwise than the schema
 * shall.
 */
export const tableTags: Readonly<Record<string, Readonly<Record<string, string | true>>>> = {
  carriers: { enumName: 'Carrier' },
  hand_overs: { primaryKey: 'carrier_account_id,location_id' },
  effect_kinds: { enum: true, enumName: 'EffectKind' },
  shipments_current: { unique: 'order_id,id' },
  workflow_statuses: { name: 'workflowStatus' },
  workflow_transitions: { name: 'workflowTransition' },
};

/** The same of functions: what they return is always there. */
export const functionTags: Readonly<Record<string, Readonly<Record<string, string | true>>>> = {
  reset_circuit: { resultFieldName: 'circuit' },
};
