/**
 * Limits as the services document them: a number of units per window, and for WhatsApp's pair
 * limit a bucket that can be borrowed from.
 */
export class RateLimits {
  #enabled: boolean;
  #now: () => number;
  #windows = new Map<string, { startedAt: number; used: number }>();
  #buckets = new Map<string, { filledAt: number; left: number }>();

  constructor(enabled: boolean, now: () => number) {
    this.#enabled = enabled;
    this.#now = now;
  }

  /** Milliseconds until the window opens again; 0 when this one may pass. */
  takeFromWindow(key: string, limit: number, windowMs: number, units = 1): number {
    if (!this.#enabled) return 0;
    const now = this.#now();
    const kept = this.#windows.get(key);
    const open = kept !== undefined && now - kept.startedAt < windowMs;
    const window = open ? kept : { startedAt: now, used: 0 };
    this.#windows.set(key, window);
    if (window.used + units > limit) return window.startedAt + windowMs - now;
    window.used += units;
    return 0;
  }

  /** True when the bucket had one left. One comes back every `refillMs`. */
  takeFromBucket(key: string, capacity: number, refillMs: number): boolean {
    if (!this.#enabled) return true;
    const now = this.#now();
    const bucket = this.#buckets.get(key) ?? { filledAt: now, left: capacity };
    const refilled = Math.min(capacity, bucket.left + (now - bucket.filledAt) / refillMs);
    const allowed = refilled >= 1;
    this.#buckets.set(key, { filledAt: now, left: allowed ? refilled - 1 : refilled });
    return allowed;
  }
}
