import { afterAll, beforeAll, expect, test } from '@jest/globals';
import type { JobHelpers } from 'graphile-worker';
import pg from 'pg';
import { pino } from 'pino';

import { loadConfig } from '../../config.ts';
import { createTestDatabase } from '../../sql-tests/support/database.ts';
import type { TestDatabase } from '../../sql-tests/support/database.ts';
import { addMerchant } from '../../sql-tests/support/merchants.ts';
import type { Merchant } from '../../sql-tests/support/merchants.ts';
import { rows, value } from '../../sql-tests/support/query.ts';
import { testSecret } from '../../sql-tests/support/test-server.ts';
import { task } from '../../worker-tasks/process_inbound_message.ts';

let database: TestDatabase;
let merchant: Merchant;
let worker: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  merchant = await addMerchant(database.pool, 'Kochi Cotton');
  worker = new pg.Pool({ connectionString: database.workerUrl });
});
afterAll(async () => {
  await worker.end();
  await database.drop();
});

async function received(service: string, account: number, body: string): Promise<string> {
  const delivery = `${service}-${body}`;
  await database.pool.query('select app_private.receive_message($1, $2, $3, $4, $5, $6)', [
    merchant.id,
    service,
    account,
    service === 'shopify' ? 'orders/create' : 'any',
    delivery,
    Buffer.from(body),
  ]);
  const sql = 'select id as value from app_public.inbound_messages where external_id = $1';
  return value<string>(database.pool, sql, [delivery]);
}

/** WhatsApp's report about the message with this key of ours. */
const report = (key: string) =>
  JSON.stringify({
    entry: [
      {
        changes: [
          {
            field: 'messages',
            value: {
              statuses: [
                {
                  id: `wamid.${key}`,
                  status: 'delivered',
                  timestamp: '1795000000',
                  biz_opaque_callback_data: `${merchant.id}:${key}`,
                },
              ],
            },
          },
        ],
      },
    ],
  });

test('a report that cannot be recorded fails the job and holds up none of the others', async () => {
  const { messageAccount, carrierAccount, automated } = merchant;
  const good = [
    await received('whatsapp', messageAccount, report('0190a1b2-0000-7000-8000-000000000000')),
    await received('whatsapp', messageAccount, report('0190a1b2-0000-7000-8000-000000000001')),
    await received('carrier', carrierAccount, '{"no": "scan"}'),
    await received('shopify', automated, '{"no": "order"}'),
    await received('shopify', automated, 'not even JSON'),
  ];
  const bad = await received('whatsapp', messageAccount, report('no-uuid'));
  const run = task({
    db: worker,
    config: loadConfig({
      NODE_ENV: 'test',
      WAYBILL_SECRET: testSecret,
      DATABASE_URL: database.url,
    }),
    log: pino({ level: 'silent' }),
    now: () => new Date(),
  });
  const payload = { merchantId: merchant.id, ids: [bad, ...good] };
  // The task uses no helper.
  const twice = () => run(payload, undefined as unknown as JobHelpers);
  await expect(twice()).rejects.toMatchObject({ code: '22P02' });
  await expect(twice()).rejects.toMatchObject({ code: '22P02' });
  const settled = await rows<{ id: string; status: string }>(
    database.pool,
    `select id, status from app_public.inbound_messages where status <> 'received'`,
  );
  expect(settled.map(({ id }) => id).toSorted()).toEqual(good.toSorted());
  const asked = settled.filter(({ status }) => status === 'attention').map(({ id }) => id);
  // A scan or an order that is none is for a human; a report about nothing we know is not.
  expect(asked.toSorted()).toEqual(good.slice(2).toSorted());
});
