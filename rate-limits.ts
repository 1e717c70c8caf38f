/**
 * The rate limits as settings: `50 10s` lets 50 through at once and one more every 10 s, `off` all.
 * docs/security.md says what each is for and why its numbers are what they are.
 */
import { z } from 'zod';

export interface Pace {
  burst: number;
  everyMs: number;
}

/** Null: there is no limit. */
export type Limit = Pace | null;

export type LimitName =
  | 'loginAddress'
  | 'loginAccount'
  | 'loginPressure'
  | 'loginDevice'
  | 'refreshAddress'
  | 'invitationAddress'
  | 'passwordChange'
  | 'webhookAccount'
  | 'webhookForgery'
  | 'trackingMiss'
  | 'connectionCheck'
  | 'paperAddress'
  | 'paperLink';

export type RateLimits = Record<LimitName, Limit>;

export const rateLimitDefaults = {
  loginAddress: { burst: 50, everyMs: 10_000 },
  loginAccount: { burst: 5, everyMs: 30_000 },
  loginPressure: { burst: 100, everyMs: 30_000 },
  loginDevice: { burst: 10, everyMs: 30_000 },
  refreshAddress: { burst: 300, everyMs: 500 },
  invitationAddress: { burst: 20, everyMs: 30_000 },
  passwordChange: { burst: 5, everyMs: 60_000 },
  webhookAccount: { burst: 5_000, everyMs: 2 },
  webhookForgery: { burst: 60, everyMs: 1_000 },
  trackingMiss: { burst: 30, everyMs: 10_000 },
  connectionCheck: { burst: 5, everyMs: 60_000 },
  paperAddress: { burst: 600, everyMs: 200 },
  paperLink: { burst: 20, everyMs: 3_000 },
} as const satisfies Record<LimitName, Pace>;

const milliseconds = { ms: 1, s: 1_000, m: 60_000, h: 3_600_000 } as const;
/** Times and tokens multiply to a time that fits PostgreSQL's integer of milliseconds: 24 days. */
const longest = 2_147_483_647;

export const RateLimit = z.string().transform((text, context): Limit => {
  if (text === 'off') return null;
  const [, burst, number, unit] = /^(\d{1,6}) (\d{1,5})(ms|s|m|h)$/.exec(text) ?? [];
  const everyMs = Number(number) * milliseconds[unit as keyof typeof milliseconds]; // as matched
  if (Number(burst) > 0 && everyMs > 0 && Number(burst) * everyMs < longest) {
    return { burst: Number(burst), everyMs };
  }
  context.addIssue({ code: 'custom', message: 'needs a form like `50 10s`, or `off`' });
  return z.NEVER;
});
