import { afterAll, beforeAll, beforeEach, expect, test } from '@jest/globals';

import { deriveKey } from '../../config.ts';
import { drive } from '../../sql-tests/support/drive.ts';
import { placeOrder } from '../../sql-tests/support/orders.ts';
import { shipmentOf } from '../../sql-tests/support/pipeline.ts';
import { count, value } from '../../sql-tests/support/query.ts';
import { startTestApi, type TestApi } from '../testing/test-api.ts';
import { signPaperUrl, type Paper } from './paper-links.ts';

let api: TestApi;
let label: Paper;
let manifest: Paper;

beforeAll(async () => {
  api = await startTestApi({
    RATE_LIMIT_PAPER_LINK: '4 1h',
    RATE_LIMIT_PAPER_ADDRESS: '25 1h',
    TRUST_PROXY: '1',
  });
  const { pool } = api.database;
  const order = await placeOrder(pool, api.ours, 'automated');
  await drive(pool, api.ours, order, 'labelled');
  label = { kind: 'label', id: (await shipmentOf(pool, order)).id };
  const answer = await api.graphql<{ makeManifest: { manifest: { id: string } } }>(
    await api.tokenOf(api.ours),
    `mutation ($input: MakeManifestInput!) { makeManifest(input: $input) { manifest { id } } }`,
    { input: { carrierAccountId: api.ours.carrierAccount, locationId: api.ours.location } },
  );
  manifest = { kind: 'manifest', id: answer.data.makeManifest.manifest.id };
});
afterAll(() => api.close());
beforeEach(() => api.database.pool.query('delete from app_private.rate_buckets'));

const sign = (paper: Paper) =>
  signPaperUrl(deriveKey(api.config, 'links'), api.server.url, paper, new Date());

const get = (url: string, address = '203.0.113.7') =>
  fetch(url, { headers: { 'x-forwarded-for': address } });

async function statuses(times: number, url: string, address?: string): Promise<number[]> {
  const seen: number[] = [];
  for (let at = 0; at < times; at += 1) seen.push((await get(url, address)).status);
  return seen;
}

test('one link is good for so many prints, from wherever, and then says when to come back', async () => {
  const url = sign(label);
  expect(await statuses(4, url)).toEqual([200, 200, 200, 200]);
  const refused = await get(url, '198.51.100.9');
  expect(refused.status).toBe(429);
  expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(3000);
  expect(await refused.json()).toMatchObject({ error: { code: 'RATE_LIMITED' } });
  // A new link to the same paper is no way round it.
  expect((await get(`${sign(label)}&x=1`)).status).toBe(429);
  expect((await get(sign(manifest))).status).toBe(200);
});

test('an address prints so much, and a manifest counts as ten labels', async () => {
  expect(await statuses(3, sign(manifest))).toEqual([200, 200, 429]);
  expect((await get(sign(label))).status).toBe(200);
  expect((await get(sign(manifest), '198.51.100.9')).status).toBe(200);
});

test('who has no genuine link takes nothing from those who have', async () => {
  const forged = sign(label).replace(/signature=.*/, 'signature=AAAA');
  expect(new Set(await statuses(30, forged))).toEqual(new Set([403]));
  expect(await count(api.database.pool, 'app_private.rate_buckets')).toBe(0);
  expect((await get(sign(label))).status).toBe(200);
});

test('the buckets name papers and addresses, and nothing personal', async () => {
  await get(sign(label));
  const kept = await value<string[]>(
    api.database.pool,
    `select array_agg(kind || ': ' || subject order by kind) as value from app_private.rate_buckets`,
  );
  expect(kept).toEqual(['paperAddress: 203.0.113.7', `paperLink: label ${label.id}`]);
});
