import { effect } from '../../outbound/policy.ts';
import type { Policies } from '../../outbound/policy.ts';

/** Every call to WhatsApp. It has neither a key for repeats nor a look-up: nobody sends twice. */
export const policies = {
  send_template: effect(10_000, 'ask'),
} as const satisfies Policies;
