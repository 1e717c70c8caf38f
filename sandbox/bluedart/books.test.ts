import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from '@jest/globals';
import { call, dig, parsed, startCalmSandbox, startReceiver } from '../test-client.ts';
import { askForPickup, generate, madeAwb } from './test-client.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'sandbox-bluedart-'));
});
afterEach(() => rm(folder, { recursive: true }));

test('the books show what Blue Dart has, and can be emptied', async () => {
  const sandbox = await startCalmSandbox();
  const awb = await madeAwb(sandbox);
  await askForPickup(sandbox);
  await generate(sandbox, { services: { ActualWeight: '' } });
  const { at } = await call(`${sandbox.url}/_sandbox/books`);
  expect(at('bluedart', 'parcels', '*', 'awb')).toEqual([awb]);
  expect(at('summary', 'bluedart')).toMatchObject({
    parcels: 1,
    pickups: 1,
    references_with_several_parcels: 0,
  });
  expect(at('summary', 'requests', 'bluedart.waybill')).toEqual({ ok: 1, refused: 1 });
  expect(at('summary', 'requests', 'bluedart.waybill.refusals')).toEqual({
    InvalidActualWeight: 1,
  });
  await call(`${sandbox.url}/_sandbox/books`, { method: 'DELETE' });
  expect(sandbox.books.bluedart.parcels.size).toBe(0);
  expect(await madeAwb(sandbox)).not.toBe(awb);
  await sandbox.close();
});

test('a restart with a books file goes on where it stopped, and knows the reference', async () => {
  const booksFile = join(folder, 'books.json');
  const receiver = await startReceiver();
  const before = await startCalmSandbox({ booksFile, parcelStepMs: 60_000 });
  const awb = await madeAwb(before);
  await askForPickup(before);
  await before.close();
  const after = await startCalmSandbox({ booksFile, blueDartWebhookUrl: receiver.url });
  expect((await generate(after)).text).toContain(`Waybill No : ${awb}`);
  await receiver.until((received) =>
    received.some(
      ({ body }) =>
        dig(parsed(body), 'statustracking', 0, 'Shipment', 'Scan') === 'SHIPMENT DELIVERED',
    ),
  );
  await after.close();
  await receiver.close();
});
