import { plainLine } from './plain-text.ts';
import { statesOfPincode } from './pin-prefixes.ts';
import { canonicalState } from './state-names.ts';

export type StateWarning = 'from_pincode' | 'unrecognised' | 'differs_from_pincode';

export type NormalisedState =
  | { ok: true; state: string; warnings: StateWarning[] }
  | { ok: false; reason: 'missing' | 'unrecognised' };

/**
 * The usual name of the state. A blank or unknown one is taken from the PIN where the PIN leaves
 * no choice; one that contradicts the PIN is kept, with a warning.
 */
export function normaliseState(raw: string | null, pincode: string | null): NormalisedState {
  const line = plainLine(raw ?? '');
  const state = canonicalState(line);
  const possible = pincode === null ? [] : statesOfPincode(pincode);
  if (state !== null) {
    const agrees = possible.length === 0 || possible.includes(state);
    return { ok: true, state, warnings: agrees ? [] : ['differs_from_pincode'] };
  }
  const reason = /[\p{L}]/u.test(line) ? 'unrecognised' : 'missing';
  const [only, ...others] = possible;
  if (only === undefined || others.length > 0) return { ok: false, reason };
  const warnings: StateWarning[] = reason === 'missing' ? [] : ['unrecognised'];
  return { ok: true, state: only, warnings: [...warnings, 'from_pincode'] };
}
