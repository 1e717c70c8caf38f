import type { Warehouse } from '../accounts.ts';
import { json, objectIn, textOf } from '../exchange.ts';
import type { Answer, Call } from '../exchange.ts';
import type { CarrierPickup } from '../records.ts';
import type { World } from '../world.ts';
import { authorise } from './auth.ts';
import { istDate } from './ist.ts';
import { collectWaiting } from './motion.ts';
import { placeOf } from './postal-circles.ts';
import { throttled } from './throttle.ts';

const limit = 4000;
const windowMs = 300_000;
/** Ids stay below what a 32-bit column holds, as the real ones do. */
const firstPickupId = 100_000;
const farthestMs = 7 * 24 * 3600_000;

/** `POST /fm/request/new/`: one visit for a warehouse and day, whatever the number of parcels. */
export function requestPickup(world: World, call: Call): Answer {
  const access = authorise(world, call);
  if ('refusal' in access) return access.refusal;
  const { account } = access;
  const waitMs = world.limits.takeFromWindow(`pickup ${account.token}`, limit, windowMs);
  if (waitMs > 0) return throttled(limit, waitMs);
  const body = objectIn(call.body);
  if (body === null) return json({ detail: 'JSON parse error' }, 400);

  const name = textOf(body, 'pickup_location');
  const warehouse = account.warehouses.find((one) => one.name === name);
  const refusal = refuseFields(world, body) ?? refuseWarehouse(warehouse);
  if (refusal !== null) return refusal;
  if (call.draw.colours.has('low_balance')) {
    return json({ pickup_location: 'Insufficient balance in the wallet of this client' }, 400);
  }
  const date = textOf(body, 'pickup_date');
  const earlier = world.books.pickups.find(
    (one) => one.account === account.token && one.warehouse === name && one.date === date,
  );
  if (earlier !== undefined) return alreadyThere(earlier);

  const pickup: CarrierPickup = {
    id: firstPickupId + (world.books.nextSerial() % 900_000_000),
    account: account.token,
    warehouse: name,
    date,
    time: textOf(body, 'pickup_time'),
    expectedPackageCount: Number(textOf(body, 'expected_package_count')),
    createdAt: world.now(),
  };
  world.books.pickups.push(pickup);
  world.books.changed();
  collectWaiting(world, pickup);
  return json(
    {
      pickup_id: pickup.id,
      client_name: account.client,
      pickup_location_name: name,
      incoming_center_name: placeOf(warehouse?.pin ?? '')?.centre ?? '',
      pickup_time: pickup.time,
      pickup_date: date,
      expected_package_count: pickup.expectedPackageCount,
    },
    201,
  );
}

function refuseFields(world: World, body: Record<string, unknown>): Answer | null {
  const date = textOf(body, 'pickup_date');
  if (!/^\d{4}-\d\d-\d\d$/.test(date) || Number.isNaN(Date.parse(date))) {
    return json({ pickup_date: 'Date has wrong format. Use YYYY-MM-DD.' }, 400);
  }
  if (date < istDate(world.now())) {
    return json({ pickup_date: 'Pickup date cannot be in past' }, 400);
  }
  if (date > istDate(world.now() + farthestMs)) {
    return json({ pickup_date: 'Pickup date cannot be more than 7 days ahead' }, 400);
  }
  if (!/^([01]\d|2[0-3]):[0-5]\d:[0-5]\d$/.test(textOf(body, 'pickup_time'))) {
    return json({ pickup_time: 'Time has wrong format. Use HH:MM:SS.' }, 400);
  }
  const count = Number(textOf(body, 'expected_package_count') || 'none');
  if (Number.isInteger(count) && count > 0) return null;
  return json({ expected_package_count: 'A valid integer is required.' }, 400);
}

function refuseWarehouse(warehouse: Warehouse | undefined): Answer | null {
  if (warehouse === undefined) {
    const problem = 'Invalid Pickup Location ClientWarehouse matching query does not exist.';
    return json({ pickup_location: problem }, 400);
  }
  if (warehouse.active) return null;
  return json({ pickup_location: 'Wrong/Inactive center for this warehouse' }, 400);
}

function alreadyThere(earlier: CarrierPickup): Answer {
  const message = `A Pickup Request ${earlier.id} for this Pickup Location Already Exist`;
  return json(
    {
      status: false,
      success: false,
      pickup_id: earlier.id,
      pr_exist: true,
      error: { message, code: 669 },
      data: { message },
    },
    200,
    'exists',
  );
}
