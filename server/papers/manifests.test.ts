import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { look } from '../../carriers/documents/test-pdf.ts';
import { deriveKey } from '../../config.ts';
import { drive } from '../../sql-tests/support/drive.ts';
import type { Merchant } from '../../sql-tests/support/merchants.ts';
import { placeOrder } from '../../sql-tests/support/orders.ts';
import { shipmentOf } from '../../sql-tests/support/pipeline.ts';
import { codeOf, startTestApi, type TestApi } from '../testing/test-api.ts';
import { signPaperUrl } from './paper-links.ts';

let api: TestApi;

beforeAll(async () => {
  api = await startTestApi();
});
afterAll(() => api.close());

interface Manifest {
  id: string;
  number: number;
  boxCount: number;
  pdfUrl: string;
}

const makeManifest = `mutation Create($input: MakeManifestInput!) {
  makeManifest(input: $input) {
    manifest { id number boxCount handOverOn pdfUrl maker { name } carrierAccount { carrier }
      boxes { nodes { line order { number } shipment { awb status manifestId } } } }
  }
}`;

const waiting = `{ handOvers { totalCount nodes { boxCount weightGrams waitingSince
  carrierAccount { id name } location { id name } } } }`;

async function make(merchant: Merchant, boxes: number) {
  const orders: string[] = [];
  for (let at = 0; at < boxes; at += 1) {
    const order = await placeOrder(api.database.pool, merchant, 'automated');
    await drive(api.database.pool, merchant, order, 'labelled');
    orders.push(order);
  }
  const token = await api.tokenOf(merchant, 'staff');
  const answer = await api.graphql<{ makeManifest: { manifest: Manifest } }>(token, makeManifest, {
    input: { carrierAccountId: merchant.carrierAccount, locationId: merchant.location },
  });
  expect(answer.errors).toBeUndefined();
  return { orders, token, manifest: answer.data.makeManifest.manifest };
}

/** The link as the test's server has it: links name the public address. */
function here(link: string): URL {
  const { pathname, search } = new URL(link);
  return new URL(pathname + search, api.server.url);
}

describe('a manifest', () => {
  test('is made of what waits, told whole, and printed for its link', async () => {
    const { orders, token, manifest } = await make(api.ours, 2);
    expect(manifest).toMatchObject({
      number: 1,
      boxCount: 2,
      maker: { name: 'staff' },
      carrierAccount: { carrier: 'DELHIVERY' },
      boxes: {
        nodes: [{ line: 1, shipment: { status: 'LABELLED', manifestId: manifest.id } }, {}],
      },
    });
    const response = await fetch(here(manifest.pdfUrl));
    expect(response.headers.get('content-type')).toBe('application/pdf');
    expect(response.headers.get('cache-control')).toBe('private, no-store');
    const { text } = look(new Uint8Array(await response.arrayBuffer()));
    expect(text).toContain('Hand-over manifest 1');
    expect(text).toContain('Total 2 boxes');
    for (const order of orders) {
      expect(text).toContain((await shipmentOf(api.database.pool, order)).awb);
    }
    // Whoever signs it learns nothing of the customers.
    for (const personal of ['Asha', 'Palm Grove', '12345']) expect(text).not.toContain(personal);
    const after = await api.graphql(token, waiting);
    expect(after.data).toEqual({ handOvers: { totalCount: 0, nodes: [] } });
  });

  test('of nothing is NOT_FOUND, with the one that took the last', async () => {
    const { token, manifest } = await make(api.ours, 1);
    const input = { carrierAccountId: api.ours.carrierAccount, locationId: api.ours.location };
    const answer = await api.graphql(token, makeManifest, { input });
    expect(answer.errors?.[0]?.extensions).toMatchObject({
      code: 'NOT_FOUND',
      manifestId: manifest.id,
      number: manifest.number,
    });
  });

  test('a box that is left behind waits again and is struck through on paper', async () => {
    const { orders, token, manifest } = await make(api.ours, 1);
    const { id: shipmentId } = await shipmentOf(api.database.pool, orders[0] ?? '');
    const answer = await api.graphql<{ takeOffManifest: unknown }>(
      token,
      `mutation TakeOff($input: TakeOffManifestInput!) { takeOffManifest(input: $input) {
        shipment { manifestId manifest { id } events(orderBy: LAST_TO_FIRST, first: 1) {
          nodes { type reason manifest { number } member { name } } } } } }`,
      { input: { shipmentId, reason: 'the van was full' } },
    );
    expect(answer.errors).toBeUndefined();
    const { number } = manifest;
    expect(answer.data.takeOffManifest).toEqual({
      shipment: {
        manifestId: null,
        manifest: null,
        events: {
          nodes: [
            {
              type: 'SHIPMENT_TAKEN_OFF_MANIFEST',
              reason: 'the van was full',
              manifest: { number },
              member: { name: 'staff' },
            },
          ],
        },
      },
    });
    const { data } = await api.graphql(token, waiting);
    expect(data).toMatchObject({
      handOvers: { nodes: [{ boxCount: 1, location: { id: api.ours.location } }] },
    });
    const { text } = look(new Uint8Array(await (await fetch(here(manifest.pdfUrl))).arrayBuffer()));
    expect(text).toContain('LEFT BEHIND');
    expect(text).toContain('Total 0 boxes');
  });
});

describe('its link', () => {
  let theirs: Manifest;
  const sign = (id: string, now = new Date()) =>
    signPaperUrl(deriveKey(api.config, 'links'), api.server.url, { kind: 'manifest', id }, now);

  beforeAll(async () => {
    theirs = (await make(api.theirs, 1)).manifest;
  });

  test('is good for ten minutes', async () => {
    expect((await fetch(sign(theirs.id))).status).toBe(200);
    const almost = new Date(Date.now() - 590_000);
    expect((await fetch(sign(theirs.id, almost))).status).toBe(200);
    const expired = new Date(Date.now() - 601_000);
    expect((await fetch(sign(theirs.id, expired))).status).toBe(403);
  });

  test('is good for this manifest alone: not when changed, unsigned, or of a label', async () => {
    const { manifest: ours } = await make(api.ours, 1);
    const genuine = sign(ours.id);
    const label = signPaperUrl(
      deriveKey(api.config, 'links'),
      api.server.url,
      { kind: 'label', id: ours.id },
      new Date(),
    );
    for (const url of [
      genuine.replace(ours.id, theirs.id),
      genuine.replace(/signature=./, 'signature=-'),
      genuine.replace(/expires=\d+/, 'expires=99999999999'),
      genuine.replace(/&signature=.*/, ''),
      label.replace('/labels/', '/manifests/'),
      genuine.replace('/manifests/', '/labels/'),
      signPaperUrl(Buffer.alloc(32), api.server.url, { kind: 'manifest', id: ours.id }, new Date()),
    ]) {
      expect({ url, status: (await fetch(url)).status }).toEqual({ url, status: 403 });
    }
    expect((await fetch(genuine)).status).toBe(200);
  });

  test('of what is no manifest finds nothing', async () => {
    const nothing = '01a1fdaa-a231-7ed9-b879-ceed47cbd7b5';
    expect((await fetch(sign(nothing))).status).toBe(404);
    expect((await fetch(`${api.server.url}/manifests/nonsense.pdf`)).status).toBe(404);
  });

  test('is told to its own merchant only', async () => {
    const query = `query ($id: UUID!) { manifest(id: $id) { pdfUrl }
      manifests { nodes { id } } }`;
    const ours = await api.graphql<{ manifests: { nodes: { id: string }[] } }>(
      await api.tokenOf(api.ours),
      query,
      { id: theirs.id },
    );
    expect(ours.data).toMatchObject({ manifest: null });
    expect(ours.data.manifests.nodes.map(({ id }) => id)).not.toContain(theirs.id);
    const own = await api.graphql(await api.tokenOf(api.theirs), query, { id: theirs.id });
    expect(own.data).toMatchObject({ manifests: { nodes: [{ id: theirs.id }] } });
    const foreign = await api.graphql(await api.tokenOf(api.ours), makeManifest, {
      input: { carrierAccountId: api.theirs.carrierAccount, locationId: api.theirs.location },
    });
    expect(codeOf(foreign)).toBe('NOT_FOUND');
  });
});
