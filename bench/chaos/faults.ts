/** What goes wrong outside, and how often: rules for the sandbox, of every kind that it knows. */
import type { FaultRule } from '../../sandbox/faults.ts';

/** Share of each kind among all faults of a call. They add up to 1. */
const mix: readonly (readonly [number, Omit<FaultRule, 'operation' | 'probability'>])[] = [
  [0.16, { kind: 'too_many_requests', retryAfterSeconds: 2 }],
  [0.2, { kind: 'server_error', status: 503 }],
  [0.12, { kind: 'server_error_after', status: 502 }],
  [0.1, { kind: 'drop_before' }],
  [0.12, { kind: 'drop_after' }],
  [0.07, { kind: 'time_out_before' }],
  [0.07, { kind: 'time_out_after' }],
  [0.16, { kind: 'malformed_after' }],
];

const services = ['delhivery', 'shiprocket', 'bluedart', 'whatsapp'] as const;
export type Service = (typeof services)[number];
export type Carrier = Exclude<Service, 'whatsapp'>;

/**
 * The everyday faults. Their sum is the share of calls that fail; what only colours a call (slowness,
 * dead tokens, cancelled orders, webhooks that are doubled, swapped and lost) comes on top.
 */
export function faultRules(share: number, holdMs?: number): FaultRule[] {
  const calls = services.flatMap((service) =>
    mix.map(([part, rule]) => ({
      ...rule,
      ...heldFor(rule.kind, holdMs),
      operation: `${service}.*`,
      probability: share * part,
    })),
  );
  const webhooks = services.flatMap((service): FaultRule[] => {
    const operation = `${service}.webhook`;
    return [
      { operation, kind: 'duplicate_webhooks', probability: share / 3 },
      { operation, kind: 'unordered_webhooks', probability: share / 3 },
      { operation, kind: 'lost_webhooks', probability: share / 3 },
    ];
  });
  return [
    ...calls,
    ...webhooks,
    { operation: 'delhivery.create', kind: 'partially_saved_after', probability: share / 10 },
    { operation: 'shiprocket.create', kind: 'cancelled_order', probability: share / 10 },
    { operation: 'shiprocket.*', kind: 'expired_token', probability: share / 40 },
    { operation: 'bluedart.*', kind: 'expired_token', probability: share / 40 },
    {
      operation: '*',
      kind: 'latency',
      probability: share,
      meanMs: 800,
      distribution: 'exponential',
    },
    { operation: '*', kind: 'latency', meanMs: 20, distribution: 'uniform' },
  ];
}

/** Silence ends with the caller's patience, or earlier: with the connection. */
function heldFor(kind: FaultRule['kind'], holdMs: number | undefined): { holdMs?: number } {
  return holdMs !== undefined && kind.startsWith('time_out') ? { holdMs } : {};
}

/** A carrier that is down: half of its calls are refused by a gateway, half are never answered. */
export function deadCarrier(carrier: Carrier, holdMs?: number): FaultRule[] {
  const operation = `${carrier}.*`;
  return [
    { operation, kind: 'server_error', status: 503, probability: 0.5 },
    { operation, kind: 'time_out_before', ...heldFor('time_out_before', holdMs) },
  ];
}

/** Nobody has paid a carrier's bill. */
export function emptyWallet(carrier: Carrier): FaultRule[] {
  return [{ operation: `${carrier}.*`, kind: 'low_balance' }];
}
