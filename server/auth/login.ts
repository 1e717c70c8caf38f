import type { Request, Response } from 'express';
import { setTimeout as sleep } from 'node:timers/promises';
import { z } from 'zod';

import { respondError } from '../http/respond.ts';
import { clientAddress } from '../limits/client-address.ts';
import type { Limiter, Take } from '../limits/limiter.ts';
import { respondLimited } from '../limits/respond-limited.ts';
import { openSession } from './open-session.ts';
import { refuseInput, respondSession, text, type AuthParts, type Membership } from './parts.ts';
import { isHashingBusy, verifyNobody, verifyPassword } from './password.ts';
import { tokenHash } from './tokens.ts';

const Login = z.object({
  email: text(320),
  password: text(1024),
  merchantId: z.number().int().positive().max(2_147_483_647).nullish(),
  deviceToken: text(200).nullish(),
});
type Login = z.infer<typeof Login>;

type WithPassword = Membership & { password_hash: string };

const findSignIn = 'select * from app_private.find_sign_in($1)';
const admitSignIn = 'select * from app_private.admit_sign_in($1, $2, $3)';

const busyMs = 5_000;

export async function login(parts: AuthParts, request: Request, response: Response): Promise<void> {
  const input = Login.safeParse(request.body);
  if (!input.success) return refuseInput(response, input.error);
  // The same for everybody, before anything depends on who it is.
  if (isHashingBusy()) return respondLimited(response, busyMs);
  const admission = await admit(parts, input.data, clientAddress(request));
  if (admission.waitMs > 0) return respondLimited(response, admission.waitMs);
  const { merchantId } = input.data;
  const [matching] = await atLeast(
    parts.failureFloorMs,
    membershipsOf(parts, input.data),
    (found) => found.length > 0,
  );
  const chosen =
    merchantId == null ? matching : matching.filter((m) => m.merchant_id === merchantId);
  const [membership, another] = chosen;
  if (!membership) {
    return respondError(response, 401, 'UNAUTHENTICATED', 'E-mail or password is wrong.');
  }
  await parts.limiter.giveBack(admission.taken);
  if (another) return askMerchant(response, chosen);
  const session = await openSession(parts, request, membership, input.data.deviceToken);
  // Disabled between the check and now.
  if (!session) {
    return respondError(response, 401, 'UNAUTHENTICATED', 'E-mail or password is wrong.');
  }
  await respondSession(response, parts.jwtKeys, session);
}

function askMerchant(response: Response, chosen: Membership[]): void {
  const merchants = chosen.map((m) => ({ id: m.merchant_id, name: m.merchant_name }));
  respondError(response, 409, 'CHOOSE_MERCHANT', 'Say for which merchant.', {
    field: 'merchantId',
    merchants,
  });
}

interface Admission {
  waitMs: number;
  /** To be given back when the password was right. */
  taken: Take[];
}

/** Whether this attempt may be checked now. docs/security.md has the reasons. */
async function admit(
  { pool, limiter }: AuthParts,
  { email, deviceToken }: Login,
  address: string,
): Promise<Admission> {
  const takes = takesOf(limiter, email.trim().toLowerCase(), deviceToken ?? '', address);
  const { rows } = await pool.query<{ known_device: boolean; pressed: boolean; wait_ms: number }>(
    admitSignIn,
    [email, deviceToken ? tokenHash(deviceToken) : null, JSON.stringify(takes)],
  );
  const [row] = rows;
  if (!row) throw new Error('admit_sign_in() answers with one row');
  const taken = row.known_device
    ? takes.known
    : [...(row.pressed ? takes.pressed : takes.unknown), ...takes.pressure];
  return { waitMs: row.wait_ms, taken };
}

function takesOf(limiter: Limiter, account: string, device: string, address: string) {
  const here = limiter.digest('account', account, address);
  return {
    known: limiter.take('loginDevice', limiter.digest('device', account, device)),
    unknown: [...limiter.take('loginAddress', address), ...limiter.take('loginAccount', here)],
    pressed: [
      ...limiter.take('loginAddress', address),
      ...limiter.take('loginAccount', here, 'all'),
    ],
    pressure: limiter.take('loginPressure', limiter.digest('account', account)),
  };
}

/** Those whose password it is: the same e-mail may have another password at another merchant. */
async function membershipsOf(
  { pool }: AuthParts,
  { email, password }: Login,
): Promise<Membership[]> {
  const { rows } = await pool.query<WithPassword>(findSignIn, [email]);
  if (rows.length === 0) await verifyNobody(password);
  const checked = await Promise.all(
    rows.map(async (row) =>
      (await verifyPassword(password, row.password_hash)) ? row : undefined,
    ),
  );
  return checked.filter((row) => row !== undefined);
}

/**
 * An answer that says no takes at least so long: neither the number of merchants behind an e-mail
 * address nor whether there is one shows in the time.
 */
async function atLeast<T>(
  floorMs: number,
  work: Promise<T>,
  isGood: (result: T) => boolean,
): Promise<[T]> {
  const floor = sleep(floorMs);
  const result = await work;
  if (!isGood(result)) await floor;
  return [result];
}
