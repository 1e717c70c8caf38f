import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import type { FaultRule } from './faults.ts';
import { demoDelhiveryAccounts } from './accounts.ts';
import type { Sandbox } from './sandbox.ts';
import {
  askForPickup,
  call,
  create,
  dig,
  getDelhivery,
  parsed,
  reserve,
  send,
  startCalmSandbox,
  startReceiver,
  track,
} from './test-client.ts';
import type { Received } from './test-client.ts';

let sandbox: Sandbox;
beforeEach(async () => {
  sandbox = await startCalmSandbox();
});
afterEach(() => sandbox.close());

function fault(kind: FaultRule['kind'], more: Partial<FaultRule> = {}): void {
  sandbox.faults.add({ operation: 'delhivery.create', kind, count: 1, ...more });
}

/** A client that does not wait for ever. */
function hurriedCreate(change: object = {}) {
  return create(sandbox, change, { signal: AbortSignal.timeout(150) });
}

describe('faults before the effect', () => {
  test('429 tells when to come back, once, and nothing was saved', async () => {
    fault('too_many_requests', { retryAfterSeconds: 7 });
    const reply = await create(sandbox);
    expect([reply.status, reply.headers.get('retry-after')]).toEqual([429, '7']);
    expect(sandbox.books.parcels.size).toBe(0);
    expect((await create(sandbox)).at('success')).toBe(true);
  });

  test('a server error is HTML with the status asked for', async () => {
    fault('server_error', { status: 502 });
    const reply = await create(sandbox);
    expect([reply.status, reply.text]).toEqual([502, '<h1>Server Error (502)</h1>']);
    expect(sandbox.books.parcels.size).toBe(0);
  });

  test('a server error of WhatsApp says by its code that nothing was sent', async () => {
    fault('server_error', { operation: 'whatsapp.send' });
    const reply = await send(sandbox);
    expect([reply.status, reply.at('error', 'code')]).toEqual([503, 131016]);
    expect(sandbox.books.messages.size).toBe(0);
  });

  test.each(['time_out_before', 'drop_before'] as const)('%s leaves nothing', async (kind) => {
    fault(kind);
    await expect(hurriedCreate()).rejects.toThrow();
    expect(sandbox.books.parcels.size).toBe(0);
    expect(sandbox.books.requests['delhivery.create']).toEqual({ [kind]: 1 });
  });

  test('a held connection is cut when its time is over', async () => {
    fault('time_out_before', { holdMs: 20 });
    await expect(create(sandbox)).rejects.toThrow('fetch failed');
  });
});

describe('faults after the effect', () => {
  test.each(['time_out_after', 'drop_after'] as const)(
    '%s: the client knows nothing, the parcel exists, and its number finds it',
    async (kind) => {
      const [waybill = ''] = await reserve(sandbox);
      fault(kind);
      await expect(hurriedCreate({ waybill })).rejects.toThrow();
      expect(sandbox.books.parcels.get(waybill)?.reference).toBe('SHOP1-10021');
      expect((await track(sandbox, `waybill=${waybill}`)).at('ShipmentData')).toHaveLength(1);
      const again = await create(sandbox, { waybill });
      expect(again.at('packages', 0, 'remarks', 0)).toMatch(/Duplicate waybill/);
    },
  );

  test('a malformed body is the first half of the true one', async () => {
    fault('malformed_after');
    const reply = await create(sandbox);
    expect(reply.status).toBe(200);
    expect(() => JSON.parse(reply.text) as unknown).toThrow(SyntaxError);
    expect(sandbox.books.parcels.size).toBe(1);
  });

  test('partially saved is said of a parcel that exists', async () => {
    fault('partially_saved_after');
    const { json, at } = await create(sandbox);
    expect(json).toMatchObject({ success: false, packages: [{ status: 'Fail' }] });
    expect(at('packages', 0, 'remarks', 0)).toMatch(/might have been partially saved/);
    expect(sandbox.books.parcels.size).toBe(1);
  });

  test('a server error after a message was accepted has no code that says it was not', async () => {
    sandbox.faults.add({ operation: 'whatsapp.send', kind: 'server_error_after', count: 1 });
    const reply = await send(sandbox);
    expect([reply.status, reply.at('error', 'code')]).toEqual([500, undefined]);
    expect(sandbox.books.messages.size).toBe(1);
  });
});

describe('which calls are hit', () => {
  test('a rule for one account leaves the others alone', async () => {
    const [demo] = demoDelhiveryAccounts;
    const second = { token: 'second-token', client: 'SECOND', warehouses: demo?.warehouses ?? [] };
    const both = await startCalmSandbox({ delhiveryAccounts: [...demoDelhiveryAccounts, second] });
    both.faults.add({ operation: 'delhivery.*', kind: 'server_error', account: 'second-token' });
    const headers = { authorization: 'Token second-token' };
    const pins = '/c/api/pin-codes/json/?filter_codes=682001';
    expect((await getDelhivery(both, pins, headers)).status).toBe(500);
    expect((await getDelhivery(both, pins)).status).toBe(200);
    await both.close();
  });

  test('one account does not see the numbers and parcels of another', async () => {
    const second = { token: 'second-token', client: 'SECOND', warehouses: [] };
    const both = await startCalmSandbox({ delhiveryAccounts: [...demoDelhiveryAccounts, second] });
    const [waybill = ''] = await reserve(both);
    await create(both, { waybill });
    const headers = { authorization: 'Token second-token' };
    const path = `/api/v1/packages/json/?waybill=${waybill}`;
    expect((await getDelhivery(both, path, headers)).at('Success')).toBe(false);
    await both.close();
  });

  test('a low balance stops creating and pickups until it is taken away', async () => {
    sandbox.faults.add({ operation: 'delhivery.*', kind: 'low_balance' });
    const { at } = await create(sandbox);
    expect(at('packages', 0, 'remarks')).toMatch(/failed due to insufficient balance/);
    expect((await askForPickup(sandbox)).status).toBe(400);
    sandbox.faults.clear();
    expect((await create(sandbox)).at('success')).toBe(true);
  });

  test('a probability hits its share of calls, the same ones on every run', async () => {
    const fates = async () => {
      const one = await startCalmSandbox({ seed: 'dice', rateLimits: false });
      one.faults.add({ operation: 'delhivery.track', kind: 'server_error', probability: 0.3 });
      const statuses: number[] = [];
      for (let at = 0; at < 200; at += 1) statuses.push((await track(one, 'waybill=1')).status);
      await one.close();
      return statuses;
    };
    const first = await fates();
    const hits = first.filter((status) => status === 500).length;
    expect(hits).toBeGreaterThan(40);
    expect(hits).toBeLessThan(80);
    expect(await fates()).toEqual(first);
  });

  test('latency delays the effect, which comes although the client has left', async () => {
    const receiver = await startReceiver();
    sandbox.setWebhookTargets({ carrier: receiver.url });
    fault('latency', { meanMs: 250 });
    await expect(hurriedCreate()).rejects.toThrow();
    expect(sandbox.books.parcels.size).toBe(0);
    await receiver.until((received) => received.length === 1);
    expect(sandbox.books.parcels.size).toBe(1);
    await receiver.close();
  });
});

describe('faults of webhooks', () => {
  const statusesOf = (received: readonly Received[]) =>
    received.map(({ body }) => dig(parsed(body), 'Shipment', 'Status', 'Status'));

  test('duplicates come twice and byte by byte the same', async () => {
    const receiver = await startReceiver();
    sandbox.setWebhookTargets({ carrier: receiver.url });
    sandbox.faults.add({ operation: 'delhivery.webhook', kind: 'duplicate_webhooks' });
    await create(sandbox);
    await receiver.until((received) => received.length === 2);
    expect(receiver.received[0]?.body).toBe(receiver.received[1]?.body);
    await receiver.close();
  });

  test('an unordered one comes after its successor', async () => {
    const receiver = await startReceiver();
    const slow = await startCalmSandbox({ carrierWebhookUrl: receiver.url, parcelStepMs: 40 });
    slow.faults.add({ operation: 'delhivery.webhook', kind: 'unordered_webhooks', count: 1 });
    await create(slow);
    await askForPickup(slow);
    await receiver.until((received) => received.length === 5);
    expect(statusesOf(receiver.received).indexOf('Manifested')).toBeGreaterThan(0);
    expect(statusesOf(receiver.received)).toContain('Delivered');
    await slow.close();
    await receiver.close();
  });
});

describe('the first try at a label', () => {
  test('1.8 % of parcels fail once, in the create or at the slip, then go through', async () => {
    const unlucky = await startCalmSandbox({ labelFailureRate: 0.018, rateLimits: false });
    let failures = 0;
    for (let at = 0; at < 1000; at += 1) {
      const order = `L-${at}`;
      let reply = await create(unlucky, { order });
      if (reply.at('success') !== true) {
        failures += 1;
        reply = await create(unlucky, { order });
      }
      const awb = reply.textAt('packages', 0, 'waybill');
      const path = `/api/p/packing_slip?wbns=${awb}&pdf=true`;
      if ((await getDelhivery(unlucky, path)).status === 500) {
        failures += 1;
        expect((await getDelhivery(unlucky, path)).at('packages_found')).toBe(1);
      }
    }
    expect(unlucky.books.parcels.size).toBe(1000);
    expect(unlucky.books.labelFailures.size).toBe(failures);
    expect(failures).toBeGreaterThanOrEqual(10);
    expect(failures).toBeLessThanOrEqual(28);
    await unlucky.close();
  }, 30_000);
});

describe('the control pages', () => {
  const put = (body: unknown) =>
    call(`${sandbox.url}/_sandbox/faults`, {
      method: 'PUT',
      body: JSON.stringify(body),
    });

  test('rules are set, shown with how often they fired, and taken away', async () => {
    await put({ rules: [{ operation: 'delhivery.create', kind: 'server_error', count: 1 }] });
    await create(sandbox);
    const shown = await call(`${sandbox.url}/_sandbox/faults`);
    expect(shown.at('rules')).toEqual([
      { operation: 'delhivery.create', kind: 'server_error', count: 1, fired: 1 },
    ]);
    await call(`${sandbox.url}/_sandbox/faults`, { method: 'DELETE' });
    expect(sandbox.faults.list()).toEqual([]);
  });

  test('a misspelt operation, kind or field is refused and changes nothing', async () => {
    fault('server_error');
    for (const rule of [
      { operation: 'delhivery.label', kind: 'server_error' },
      { operation: '*', kind: 'explode' },
      { operation: '*', kind: 'latency', mean: 5 },
    ])
      expect((await put({ rules: [rule] })).status).toBe(400);
    expect(sandbox.faults.list()).toHaveLength(1);
  });
});
