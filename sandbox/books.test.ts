import { mkdtemp, readFile, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from '@jest/globals';
import {
  askForPickup,
  call,
  create,
  reserve,
  send,
  startCalmSandbox,
  startReceiver,
  track,
} from './test-client.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-books-'));
});
afterEach(() => rm(folder, { recursive: true }));

describe('the books', () => {
  test('show parcels, numbers, pickups, messages and requests, and can be emptied', async () => {
    const sandbox = await startCalmSandbox();
    const [waybill] = await reserve(sandbox);
    await create(sandbox, { waybill });
    await create(sandbox, { name: '' });
    await askForPickup(sandbox);
    await send(sandbox);
    const { at } = await call(`${sandbox.url}/_sandbox/books`);
    expect(at('parcels')).toEqual([
      expect.objectContaining({
        awb: waybill,
        reference: 'SHOP1-10021',
        consigneeName: 'Asha R',
        codAmount: 799,
      }),
    ]);
    expect(at('reservations')).toHaveLength(1);
    expect(at('pickups')).toHaveLength(1);
    expect(at('messages')).toEqual([expect.objectContaining({ callbackData: 'msg_01J' })]);
    expect(at('summary', 'requests')).toMatchObject({
      'delhivery.create': { ok: 1, refused: 1 },
      'delhivery.create.refusals': { name_missing: 1 },
      'whatsapp.send': { ok: 1 },
    });
    await call(`${sandbox.url}/_sandbox/books`, { method: 'DELETE' });
    expect(sandbox.books.summary()).toMatchObject({ parcels: 0, messages: 0, requests: {} });
    const [next] = await reserve(sandbox);
    expect(next).not.toBe(waybill);
    await sandbox.close();
  });

  test('are on disk after close, and a restart goes on where it stopped', async () => {
    const booksFile = join(folder, 'books.json');
    const receiver = await startReceiver();
    const before = await startCalmSandbox({ booksFile, parcelStepMs: 60_000 });
    const [waybill = ''] = await reserve(before);
    await create(before, { waybill });
    await askForPickup(before);
    await before.close();
    expect(await readdir(folder)).toEqual(['books.json']);
    expect(JSON.parse(await readFile(booksFile, 'utf8'))).toMatchObject({ version: 1 });

    const after = await startCalmSandbox({ booksFile, carrierWebhookUrl: receiver.url });
    await receiver.until((received) => received.some(({ body }) => body.includes('"Delivered"')));
    const { at } = await track(after, `waybill=${waybill}`);
    expect(at('ShipmentData', 0, 'Shipment', 'Status', 'Status')).toBe('Delivered');
    expect((await reserve(after))[0]).not.toBe(waybill);
    await after.close();
    await receiver.close();
  });

  test('nothing happens after close, and closing twice is harmless', async () => {
    const receiver = await startReceiver();
    const sandbox = await startCalmSandbox({ carrierWebhookUrl: receiver.url, parcelStepMs: 30 });
    await create(sandbox);
    await sandbox.close();
    await sandbox.close();
    const other = await startCalmSandbox({ carrierWebhookUrl: receiver.url, parcelStepMs: 100 });
    await create(other);
    await receiver.until((received) => received.length > 0);
    expect(receiver.received).toHaveLength(1);
    await other.close();
    await receiver.close();
  });
});
