import { z } from 'zod';
import { share } from './chance.ts';
import { operations } from './operations.ts';
import type { Operation } from './operations.ts';

/** Kinds of which only one can befall a call: the first rule that fires wins. */
export const decisiveKinds = [
  'too_many_requests',
  'server_error',
  'time_out_before',
  'drop_before',
  'server_error_after',
  'time_out_after',
  'drop_after',
  'malformed_after',
  'partially_saved_after',
] as const;

/** Kinds that only colour a call; all that fire apply. */
const colouringKinds = [
  'latency',
  'low_balance',
  'cancelled_order',
  'expired_token',
  'duplicate_webhooks',
  'unordered_webhooks',
  'lost_webhooks',
] as const;

const scopes = new Set<string>([
  '*',
  'delhivery.*',
  'bluedart.*',
  'shiprocket.*',
  'whatsapp.*',
  'smtp.*',
  ...operations,
]);

export const faultRuleSchema = z.strictObject({
  operation: z.string().refine((name) => scopes.has(name), 'no such operation'),
  kind: z.enum([...decisiveKinds, ...colouringKinds]),
  /** Only calls with this access token. */
  account: z.string().optional(),
  probability: z.number().min(0).max(1).optional(),
  /** Fires this often and is gone. */
  count: z.int().positive().optional(),
  meanMs: z.number().nonnegative().optional(),
  distribution: z.enum(['fixed', 'uniform', 'exponential']).optional(),
  retryAfterSeconds: z.int().nonnegative().optional(),
  status: z.int().min(500).max(599).optional(),
  /** How long an unanswered call is held open before its connection is cut. */
  holdMs: z.int().positive().optional(),
});

export type FaultRule = z.infer<typeof faultRuleSchema>;
export type FaultKind = FaultRule['kind'];

/** What the rules decided for one call. */
export interface FaultDraw {
  decisive: FaultRule | null;
  latencyMs: number;
  colours: ReadonlySet<FaultKind>;
}

export const noFaults: FaultDraw = { decisive: null, latencyMs: 0, colours: new Set() };

interface ActiveRule {
  rule: FaultRule;
  number: number;
  seen: number;
  fired: number;
}

/** The rules in force, and the one place that decides whether a rule fires. */
export class Faults {
  #seed: string;
  #active: ActiveRule[] = [];
  #numbered = 0;

  constructor(seed: string) {
    this.#seed = seed;
  }

  add(...rules: readonly FaultRule[]): void {
    for (const rule of rules) {
      const number = ++this.#numbered;
      this.#active.push({ rule: faultRuleSchema.parse(rule), number, seen: 0, fired: 0 });
    }
  }

  set(rules: readonly FaultRule[]): void {
    this.clear();
    this.add(...rules);
  }

  clear(): void {
    this.#active = [];
    this.#numbered = 0;
  }

  list(): (FaultRule & { fired: number })[] {
    return this.#active.map(({ rule, fired }) => ({ ...rule, fired }));
  }

  draw(operation: Operation, account: string): FaultDraw {
    if (this.#active.length === 0) return noFaults;
    let decisive: FaultRule | null = null;
    let latencyMs = 0;
    const colours = new Set<FaultKind>();
    for (const active of this.#active) {
      const { rule } = active;
      const isDecisive = decisiveKinds.some((kind) => kind === rule.kind);
      // A rule that cannot act any more must not use up its count.
      if (isDecisive && decisive !== null) continue;
      if (!matches(rule, operation, account) || !this.#fires(active)) continue;
      if (isDecisive) decisive = rule;
      else colours.add(rule.kind);
      if (rule.kind === 'latency') latencyMs += this.#latencyMs(active);
    }
    return { decisive, latencyMs, colours };
  }

  #fires(active: ActiveRule): boolean {
    const { rule } = active;
    if (rule.count !== undefined && active.fired >= rule.count) return false;
    active.seen += 1;
    const luck = share(this.#seed, 'fault', active.number, active.seen);
    if (luck >= (rule.probability ?? 1)) return false;
    active.fired += 1;
    return true;
  }

  #latencyMs({ rule, number, seen }: ActiveRule): number {
    const meanMs = rule.meanMs ?? 0;
    const luck = share(this.#seed, 'latency', number, seen);
    if (rule.distribution === 'exponential') return -Math.log(1 - luck) * meanMs;
    return rule.distribution === 'uniform' ? 2 * luck * meanMs : meanMs;
  }
}

function matches(rule: FaultRule, operation: Operation, account: string): boolean {
  if (rule.account !== undefined && rule.account !== account) return false;
  if (rule.operation === '*' || rule.operation === operation) return true;
  return rule.operation.endsWith('.*') && operation.startsWith(rule.operation.slice(0, -1));
}
