/**
 * Everything we ask of Blue Dart, with how long it may take and whether a lost answer may hide an
 * effect. There is no rate API (the merchant's rate card), no label to fetch later, no manifest
 * (both made by us), and no API for what to do after a failed delivery (a person calls them).
 */
export const blueDartOperations = {
  login: { does: 'read', timeoutMs: 10_000 },
  serviceability: { does: 'read', timeoutMs: 10_000 },
  transit_time: { does: 'read', timeoutMs: 10_000 },
  create_shipment: { does: 'effect', timeoutMs: 20_000 },
  look_up: { does: 'read', timeoutMs: 15_000 },
  track: { does: 'read', timeoutMs: 20_000 },
  cancel_shipment: { does: 'effect', timeoutMs: 15_000 },
  request_pickup: { does: 'effect', timeoutMs: 15_000 },
  cancel_pickup: { does: 'effect', timeoutMs: 15_000 },
} as const satisfies Record<string, { does: 'read' | 'effect'; timeoutMs: number }>;

export type BlueDartOperation = keyof typeof blueDartOperations;
