import { json } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { World } from '../world.ts';
import { authoriseWithQuery } from './auth.ts';
import { throttled } from './throttle.ts';

const firstNumber = 5_793_081_000_000;
const mostAtOnce = 10_000;
const windowMs = 300_000;
const bulkCalls = 5;
const fetchCalls = 750;
const numbersPerWindow = 50_000;
/** Over the limit the address is shut out for about a minute. */
const shutOutSeconds = 60;
/** Numbers come from the back office in blocks; only what exceeds one block is too fresh to use. */
const blockSize = 25;

/** Thirteen digits of the series and a check digit. */
function waybillOf(serial: number): string {
  const number = firstNumber + serial;
  return `${number}${number % 7}`;
}

/** Whether a number looks like one of Delhivery's, reserved or not. */
export function isInSeries(waybill: string): boolean {
  if (!/^\d{14}$/.test(waybill)) return false;
  const number = Number(waybill.slice(0, 13));
  return number > firstNumber && number % 7 === Number(waybill.slice(13));
}

/** `GET /waybill/api/bulk/json/?cl=<client>&count=25` answers one bare JSON string with commas. */
export function fetchBulk(world: World, call: Call): Answer {
  const access = authoriseWithQuery(world, call);
  if ('refusal' in access) return access.refusal;
  const { account } = access;
  const refusal = refuseClient(call, account.client);
  if (refusal !== null) return refusal;
  const count = Number(call.query.get('count') ?? '1');
  if (!Number.isInteger(count) || count < 1) {
    return json('Bad Request! Invalid count parameter', 400);
  }
  if (count > mostAtOnce) return json(`Count value should be less than ${mostAtOnce}`, 400);
  const callWait = world.limits.takeFromWindow(`bulk ${account.token}`, bulkCalls, windowMs);
  const waitMs =
    callWait ||
    world.limits.takeFromWindow(`numbers ${account.token}`, numbersPerWindow, windowMs, count);
  if (waitMs > 0) return throttled(bulkCalls, waitMs, shutOutSeconds);
  return json(reserveNumbers(world, account.token, count).join(','));
}

/** `GET /waybill/api/fetch/json/?cl=<client>` */
export function fetchOne(world: World, call: Call): Answer {
  const access = authoriseWithQuery(world, call);
  if ('refusal' in access) return access.refusal;
  const { account } = access;
  const refusal = refuseClient(call, account.client);
  if (refusal !== null) return refusal;
  const waitMs = world.limits.takeFromWindow(`fetch ${account.token}`, fetchCalls, windowMs);
  if (waitMs > 0) return throttled(fetchCalls, waitMs);
  return json(reserveNumbers(world, account.token, 1)[0]);
}

export function reserveNumbers(world: World, account: string, count: number): string[] {
  const reservedAt = world.now();
  const settleMs = count > blockSize ? world.settings.waybillSettleMs : 0;
  return Array.from({ length: count }, () => {
    const awb = waybillOf(world.books.nextSerial());
    const usableAt = reservedAt + settleMs;
    world.books.reservations.set(awb, { awb, account, reservedAt, usableAt, consumedAt: null });
    return awb;
  });
}

function refuseClient(call: Call, client: string): Answer | null {
  if (call.query.get('cl') === client) return null;
  return json('Unable to fetch client name for the token', 400);
}
