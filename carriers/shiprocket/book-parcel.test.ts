import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { Outcome } from '../../outbound/outcome.ts';
import type { FaultRule } from '../../sandbox/faults.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import { startCalmSandbox } from '../../sandbox/test-client.ts';
import { demoShiprocketAccounts } from '../../sandbox/shiprocket/accounts.ts';
import { abandonOrder, bookParcel, firstMemory } from './book-parcel.ts';
import type { Booked, BookingMemory } from './book-parcel.ts';
import type { Booking } from './booking.ts';
import { assignAwb, createOrder, walletBalance } from './calls.ts';
import { booking } from './samples.ts';
import { callerOf } from './test-caller.ts';
import type { Caller } from './test-caller.ts';

let sandbox: Sandbox;
let caller: Caller;
beforeEach(async () => {
  sandbox = await startCalmSandbox({ parcelStepMs: 60_000 });
  caller = callerOf(sandbox);
});
afterEach(() => sandbox.close());

/** What a database would keep between attempts. */
function keeper(first: BookingMemory = firstMemory) {
  const kept = { memory: first };
  const attempt = (change: Partial<Booking> = {}, courierIds: readonly number[] = [24, 51]) =>
    bookParcel(caller.send, {
      booking: { ...booking, ...change },
      courierIds,
      memory: kept.memory,
      remember: async (memory) => {
        kept.memory = memory;
      },
    });
  return { kept, attempt };
}

function fault(operation: string, kind: FaultRule['kind'], more: Partial<FaultRule> = {}): void {
  // Cut soon instead of waited for: nobody knows more after the one than after the other.
  sandbox.faults.add({ operation, kind, count: 1, holdMs: 30, ...more });
}

const live = () =>
  [...sandbox.books.shiprocket.orders.values()].filter(
    ({ awb, cancelRequestedAt }) => awb !== null && cancelRequestedAt === null,
  );

function done(outcome: Outcome<Booked>): Booked {
  if (outcome.kind !== 'done') throw new Error(`Not booked: ${JSON.stringify(outcome)}`);
  return outcome.value;
}

describe('booking a parcel', () => {
  test('an order and its AWB, with the price', async () => {
    const booked = done(await keeper().attempt());
    expect(booked).toMatchObject({
      reference: 'SHOP1-10021',
      courierId: 24,
      freightMinor: 7250,
      found: false,
    });
    expect(live()).toEqual([
      expect.objectContaining({ awb: booked.awb, payment: 'cod', codAmount: 799 }),
    ]);
  });

  test('a prepaid parcel collects nothing', async () => {
    done(await keeper().attempt({ payment: { mode: 'prepaid' } }));
    expect(live()[0]).toMatchObject({ payment: 'prepaid', codAmount: 0, total: 799 });
  });

  test('a task that runs twice finds what the first one booked', async () => {
    const { attempt } = keeper();
    const first = done(await attempt());
    const second = done(await attempt());
    expect(second).toMatchObject({ awb: first.awb, found: true });
    expect(live()).toHaveLength(1);
  });

  test('what must not be sent is refused by its field, and not sent', async () => {
    const consignee = { ...booking.consignee, pincode: '68200' };
    expect(await keeper().attempt({ consignee })).toMatchObject({
      kind: 'refused',
      code: 'unbookable',
      field: 'consignee.pincode',
    });
    expect(caller.log).toEqual([]);
  });
});

describe.each(['shiprocket.create', 'shiprocket.assign'])('a lost answer of %s', (operation) => {
  test.each([
    'time_out_before',
    'time_out_after',
    'drop_before',
    'drop_after',
    'server_error',
    'server_error_after',
    'malformed_after',
  ] as const)('%s: unknown, and the next attempt ends with one parcel', async (kind) => {
    fault(operation, kind);
    const { attempt } = keeper();
    expect((await attempt()).kind).toBe('unknown');
    const booked = done(await attempt());
    expect(live().map(({ awb }) => awb)).toEqual([booked.awb]);
    expect(sandbox.books.shiprocket.orders.size).toBe(1);
  });

  test('a client that gives up first knows as little', async () => {
    fault(operation, 'time_out_after', { holdMs: 60_000 });
    const { attempt } = keeper();
    caller = callerOf(sandbox, { patienceMs: 700 });
    expect(await attempt()).toMatchObject({ kind: 'unknown' });
    caller = callerOf(sandbox);
    done(await attempt());
    expect(live()).toHaveLength(1);
  });

  test('429: known not to have happened, with the pause that was asked for', async () => {
    fault(operation, 'too_many_requests', { retryAfterSeconds: 7 });
    const { attempt } = keeper();
    expect(await attempt()).toMatchObject({ kind: 'transient', retryAfterMs: 7000 });
    done(await attempt());
    expect(live()).toHaveLength(1);
  });

  test('a token that ends in the middle is renewed in the same attempt', async () => {
    await caller.send(walletBalance());
    fault(operation, 'expired_token');
    done(await keeper().attempt());
    expect(caller.log.filter((row) => row['operation'] === 'login')).toHaveLength(2);
    expect(live()).toHaveLength(1);
  });
});

describe('after an unknown outcome of the AWB', () => {
  test('the same courier is asked again, though another has become cheaper', async () => {
    fault('shiprocket.assign', 'time_out_before');
    const { kept, attempt } = keeper();
    await attempt({}, [51, 24]);
    expect(kept.memory).toMatchObject({ courierId: 51, round: 1 });
    expect(done(await attempt({}, [24, 51]))).toMatchObject({ courierId: 51 });
  });

  test('a look-up that fails leaves it unknown', async () => {
    fault('shiprocket.assign', 'time_out_after');
    fault('shiprocket.orders', 'server_error');
    const { attempt } = keeper();
    await attempt();
    expect(await attempt()).toMatchObject({ kind: 'unknown', code: 'http-500' });
    expect(done(await attempt()).found).toBe(true);
  });

  test('«already assigned» is looked up, with whichever status and words it comes', async () => {
    for (let at = 0; at < 12; at += 1) {
      const reference = `A-${at}`;
      const { kept, attempt } = keeper();
      const first = done(await attempt({ reference }));
      // The second worker has not seen that the first one came through.
      const { shipmentId } = kept.memory;
      expect((await caller.send(assignAwb(shipmentId ?? 0, 24))).kind).toBe('exists');
      expect(done(await keeper().attempt({ reference })).awb).toBe(first.awb);
    }
    expect(live()).toHaveLength(12);
  });
});

describe('an order that comes back cancelled', () => {
  test('is replaced under the next reference, which is remembered first', async () => {
    fault('shiprocket.create', 'cancelled_order');
    const { kept, attempt } = keeper();
    expect(done(await attempt()).reference).toBe('SHOP1-10021-R2');
    expect(kept.memory.round).toBe(2);
    expect(live().map(({ reference }) => reference)).toEqual(['SHOP1-10021-R2']);
  });

  test('also when its answer was lost', async () => {
    fault('shiprocket.create', 'time_out_after');
    const { attempt } = keeper();
    await attempt();
    const [order] = sandbox.books.shiprocket.orders.values();
    if (order !== undefined) order.cancelRequestedAt = order.cancelledAt = Date.now();
    expect(done(await attempt()).reference).toBe('SHOP1-10021-R2');
    expect(live()).toHaveLength(1);
  });

  test('and when it is cancelled between order and AWB', async () => {
    fault('shiprocket.assign', 'time_out_before');
    const { attempt } = keeper();
    await attempt();
    const [order] = sandbox.books.shiprocket.orders.values();
    if (order !== undefined) order.cancelRequestedAt = order.cancelledAt = Date.now();
    expect(done(await attempt()).reference).toBe('SHOP1-10021-R2');
  });

  test('a parcel that was cancelled is never adopted, though its AWB still stands there', async () => {
    const { attempt } = keeper();
    const dead = done(await attempt());
    const [order] = sandbox.books.shiprocket.orders.values();
    if (order !== undefined) order.cancelRequestedAt = order.cancelledAt = Date.now();
    const booked = done(await attempt());
    expect([booked.awb === dead.awb, booked.reference]).toEqual([false, 'SHOP1-10021-R2']);
    expect(live().map(({ awb }) => awb)).toEqual([booked.awb]);
  });

  test('who cancels them all leads to a person, not to a loop', async () => {
    sandbox.faults.add({ operation: 'shiprocket.create', kind: 'cancelled_order' });
    expect(await keeper().attempt()).toMatchObject({ kind: 'refused', code: 'orders-cancelled' });
    expect(sandbox.books.shiprocket.orders.size).toBe(4);
  });

  test('a cancellation under way is waited for: the parcel may still leave', async () => {
    const { attempt } = keeper();
    done(await attempt());
    const [order] = sandbox.books.shiprocket.orders.values();
    if (order !== undefined) order.cancelRequestedAt = Date.now();
    expect(await attempt()).toMatchObject({ kind: 'unknown', code: 'cancellation-pending' });
  });
});

describe('an account that calls a repeated id taken', () => {
  test('the order is looked up and goes on', async () => {
    const [demo] = demoShiprocketAccounts;
    if (demo === undefined) throw new Error('There is no demo account');
    const strict = await startCalmSandbox({
      shiprocketAccounts: [{ ...demo, repeatedOrder: 'taken' }],
    });
    caller = callerOf(strict);
    await caller.send(createOrder(booking, 1));
    const booked = done(await keeper().attempt());
    expect(booked.reference).toBe('SHOP1-10021');
    expect(strict.books.shiprocket.orders.size).toBe(1);
    await strict.close();
  });
});

describe('refusals', () => {
  test('one courier refuses, the next one takes it', async () => {
    const consignee = { ...booking.consignee, pincode: '781999' };
    expect(done(await keeper().attempt({ consignee }))).toMatchObject({ courierId: 51 });
  });

  test('when all refuse, the last one is told', async () => {
    const consignee = { ...booking.consignee, pincode: '799999' };
    expect(await keeper().attempt({ consignee })).toMatchObject({
      kind: 'refused',
      code: 'courier-refused',
    });
  });

  test('an empty wallet is about the account, and a top-up cures it', async () => {
    fault('shiprocket.assign', 'low_balance');
    const { attempt } = keeper();
    expect(await attempt()).toMatchObject({ kind: 'account', code: 'insufficient-balance' });
    done(await attempt());
    expect(live()).toHaveLength(1);
  });

  test('a sum that is another one is as bad as the wrong way to pay', async () => {
    const less = { payment: { mode: 'cod', amountMinor: 100 } as const, totalMinor: 100 };
    const lines = booking.lines.map((line) => ({ ...line, unitPriceMinor: 100 }));
    await caller.send(createOrder({ ...booking, ...less, lines }, 1));
    const { attempt } = keeper({ ...firstMemory, sent: true });
    expect(await attempt()).toMatchObject({ kind: 'refused', code: 'amount-differs' });
  });

  test('an order that asks for another amount at the door is never adopted', async () => {
    await caller.send(createOrder({ ...booking, payment: { mode: 'prepaid' } }, 1));
    const { kept, attempt } = keeper({ ...firstMemory, sent: true });
    expect(await attempt()).toMatchObject({ kind: 'refused', code: 'amount-differs' });
    expect(kept.memory.orderId).toBeNull();
    expect(live()).toEqual([]);
  });
});

describe('giving up', () => {
  test('cancels the order that has no AWB, and leaves one that ships', async () => {
    fault('shiprocket.assign', 'time_out_before');
    const { kept, attempt } = keeper();
    await attempt();
    expect(await abandonOrder(caller.send, kept.memory)).toEqual({ kind: 'done', value: true });
    expect(await abandonOrder(caller.send, kept.memory)).toEqual({ kind: 'done', value: true });
    const other = keeper();
    done(await other.attempt({ reference: 'B' }));
    expect(await abandonOrder(caller.send, other.kept.memory)).toMatchObject({ kind: 'exists' });
    expect(live()).toHaveLength(1);
  });
});

describe('many parcels, a fifth of all calls failing', () => {
  test('each ends with one live parcel, and nobody else has one', async () => {
    const kinds = [
      'time_out_before',
      'time_out_after',
      'drop_after',
      'server_error_after',
    ] as const;
    const more = [
      'malformed_after',
      'too_many_requests',
      'cancelled_order',
      'expired_token',
    ] as const;
    for (const kind of [...kinds, ...more]) {
      const operation = kind === 'cancelled_order' ? 'shiprocket.create' : 'shiprocket.*';
      sandbox.faults.add({ operation, kind, probability: 0.03, holdMs: 30 });
    }
    const awbs = await Promise.all(
      Array.from({ length: 60 }, async (_, at) => {
        const { attempt } = keeper();
        for (let tries = 0; tries < 40; tries += 1) {
          const outcome = await attempt({ reference: `M-${at}.` });
          if (outcome.kind === 'done') return outcome.value.awb;
        }
        throw new Error(`M-${at} was never booked`);
      }),
    );
    expect(
      live()
        .map(({ awb }) => awb)
        .toSorted(),
    ).toEqual(awbs.toSorted());
    expect(sandbox.books.shiprocket.summary()).toMatchObject({
      references_with_several_live_parcels: 0,
    });
  });
});

describe('the call log', () => {
  test('has neither the customer nor a secret in it', async () => {
    fault('shiprocket.create', 'server_error_after');
    const { attempt } = keeper();
    await attempt();
    await attempt();
    const text = JSON.stringify(caller.log);
    expect(text).toContain('SHOP1-10021');
    for (const secret of ['Asha', '9847012345', 'Beach Rd', 'a@x.in', 'shiprocket-password', 'eyJ'])
      expect(text).not.toContain(secret);
  });
});
