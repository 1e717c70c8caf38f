import { effect } from '../../outbound/policy.ts';
import type { Policies } from '../../outbound/policy.ts';

/** Every call to the mail server. Mail has neither a key for repeats nor a look-up: nobody sends twice. */
export const policies = {
  send_digest: effect(30_000, 'ask'),
} as const satisfies Policies;
