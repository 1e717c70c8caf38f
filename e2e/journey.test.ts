/**
 * The whole of Waybill as its users meet it: server, dispatcher and workers as real processes beside a
 * sandbox, a signed webhook at one end, a real browser at the other.
 */
import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';
import type pg from 'pg';
import { pino } from 'pino';
import { buildWebhook } from '../channels/shopify/build-webhook.ts';
import { codOrder } from '../channels/shopify/samples.ts';
import { loadConfig } from '../config.ts';
import { createPool } from '../database/connection.ts';
import { buildDashboard } from '../dashboard/test-support/built.ts';
import type { BuiltDashboard } from '../dashboard/test-support/built.ts';
import {
  columnOfCard,
  driveNextStep,
  openBoard,
  pickStore,
  signIn,
  waitForCard,
} from '../dashboard/test-support/page.ts';
import type { OpenPage } from '../dashboard/test-support/page.ts';
import { demoPassword, shopifyCredentials } from '../demo/credentials.ts';
import { seedDemo } from '../demo/seed.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { startServer } from '../server/app.ts';
import type { RunningServer } from '../server/app.ts';
import { createTestDatabase } from '../sql-tests/support/database.ts';
import type { TestDatabase } from '../sql-tests/support/database.ts';
import { testSecret } from '../sql-tests/support/test-server.ts';
import { until } from '../sql-tests/support/until.ts';
import { Supervisor } from '../worker/supervisor.ts';

const quiet = pino({ level: 'silent' });
let dashboard: BuiltDashboard;
let database: TestDatabase;
let sandbox: Sandbox;
let server: RunningServer;
let supervisor: Supervisor;
let supervisorDb: pg.Pool;
let open: OpenPage;

beforeAll(async () => {
  dashboard = await buildDashboard();
  database = await createTestDatabase();
  await seedDemo(database.url, { secret: testSecret });
  sandbox = await startSandbox({
    port: 0,
    labelFailureRate: 0,
    parcelStepMs: 100,
    messageStepMs: 50,
  });
  const env = {
    ...process.env,
    NODE_ENV: 'test',
    LOG_LEVEL: 'fatal',
    WAYBILL_SECRET: testSecret,
    DATABASE_URL: database.serverUrl,
    DELHIVERY_BASE_URL: `${sandbox.url}/delhivery`,
    SHIPROCKET_BASE_URL: `${sandbox.url}/shiprocket/v1/external`,
    BLUEDART_BASE_URL: `${sandbox.url}/bluedart`,
    WHATSAPP_BASE_URL: `${sandbox.url}/whatsapp`,
  };
  server = await startServer(loadConfig(env), {
    port: 0,
    logger: quiet,
    dashboardDirectory: dashboard.dist,
  });
  sandbox.setWebhookTargets({
    carrier: `${server.url}/webhooks/carrier/1`,
    whatsapp: `${server.url}/webhooks/whatsapp`,
  });
  supervisorDb = createPool(database.workerUrl, {
    applicationName: 'test supervisor',
    max: 2,
    onError: () => undefined,
  });
  supervisor = new Supervisor(supervisorDb, quiet, env);
  supervisor.start(1);
}, 60_000);

afterAll(async () => {
  await open?.close();
  await supervisor.stop();
  await supervisorDb.end();
  await server.close();
  await sandbox.close();
  await database.drop();
  await dashboard.remove();
});

function webhook(id: number, topic = 'orders/create', change: object = {}) {
  const payload = {
    ...codOrder,
    id,
    admin_graphql_api_id: `gid://shopify/Order/${id}`,
    name: `#${id}`,
    ...change,
  };
  return buildWebhook({
    secret: shopifyCredentials.webhookSecret,
    shopDomain: 'waybill-demo.myshopify.com',
    topic,
    payload,
    webhookId: `hook-${topic}-${id}`,
    eventId: `event-${topic}-${id}`,
    triggeredAt: '2026-01-06T05:30:00Z',
  });
}

async function post({ headers, body }: ReturnType<typeof webhook>): Promise<number> {
  const answer = await fetch(`${server.url}/webhooks/shopify/1`, { method: 'POST', headers, body });
  await answer.arrayBuffer();
  return answer.status;
}

async function one<T extends pg.QueryResultRow>(
  sql: string,
  values: unknown[],
): Promise<T | undefined> {
  return (await database.pool.query<T>(sql, values)).rows[0];
}

describe('an order from the shop', () => {
  test('travels to the door by itself: one AWB, one label, one message of each kind', async () => {
    expect(await post(webhook(7001))).toBe(200);
    const order = await until(
      'the order to be delivered',
      async () =>
        one<{ id: string }>(
          "select id from app_public.orders_current where external_id = '7001' and status = 'delivered'",
          [],
        ),
      60_000,
    );
    const { rows: path } = await database.pool.query<{ to_status: string }>(
      'select to_status from app_public.order_events where order_id = $1 and shipment_id is null and to_status is not null order by seq',
      [order.id],
    );
    expect(path.map((event) => event.to_status)).toEqual([
      'received',
      'validated',
      'assigned',
      'labelled',
      'dispatched',
      'delivered',
    ]);
    const box = await one<{ awb: string; status: string; label: number }>(
      `select s.awb, s.status, length(l.pdf) as label from app_public.shipments_current s
       join app_private.labels l on l.merchant_id = s.merchant_id and l.shipment_id = s.id where s.order_id = $1`,
      [order.id],
    );
    expect(box).toMatchObject({ status: 'delivered', label: expect.any(Number) });
    expect(sandbox.books.parcels.get(box!.awb)?.reference).toBe('W1-1001-1');
    await until('the customer to have heard of it', async () =>
      one(
        "select from app_public.messages where order_id = $1 and kind = 'message_delivered' and status in ('delivered', 'read')",
        [order.id],
      ),
    );
    const { rows: messages } = await database.pool.query<{ kind: string }>(
      'select kind from app_public.messages where order_id = $1 order by kind',
      [order.id],
    );
    expect(messages.map((message) => message.kind)).toEqual([
      'message_delivered',
      'message_packed',
      'message_shipped',
    ]);
  }, 90_000);

  test('whose webhook comes a hundred times is one order', async () => {
    const statuses = await Promise.all(Array.from({ length: 100 }, () => post(webhook(7002))));
    expect(new Set(statuses)).toEqual(new Set([200]));
    await until('the order to be there', async () =>
      one("select from app_public.orders_current where external_id = '7002'", []),
    );
    await until('every webhook to be settled', async () =>
      one(
        "select where not exists (select from app_public.inbound_messages where status = 'received')",
        [],
      ),
    );
    expect(
      await one(
        "select count(*)::integer as orders from app_public.orders_current where external_id = '7002'",
        [],
      ),
    ).toEqual({ orders: 1 });
  }, 60_000);

  test('that cannot be one is stored, asks for a human with field and reason, and stops nothing', async () => {
    expect(await post(webhook(7003, 'orders/create', { line_items: [] }))).toBe(200);
    expect(await post(webhook(7004, 'orders/create', { created_at: 'next Tuesday' }))).toBe(200);
    expect(await post(webhook(7005))).toBe(200);
    await until('the good one to be placed', async () =>
      one("select from app_public.orders_current where external_id = '7005'", []),
    );
    const rows = await until('both to ask for a human', async () => {
      const found = await database.pool.query<{
        attention_field: string;
        attention_reason: string;
      }>(
        "select attention_field, attention_reason from app_public.inbound_messages where status = 'attention' order by received_at",
      );
      return found.rows.length === 2 ? found.rows : undefined;
    });
    expect(rows).toEqual([
      { attention_field: 'line_items', attention_reason: expect.any(String) },
      { attention_field: 'created_at', attention_reason: expect.any(String) },
    ]);
  }, 60_000);
});

describe('the page in a real browser', () => {
  test('moves a pickup order through its states, and shows what somebody else moves', async () => {
    const placed = await one<{ number: string; id: string }>(
      `with claims as materialized (select app_hidden.act_for(1))
       select o.number, o.id from claims, lateral app_public.place_order(
         '{"store_id": 3, "payment_mode": "prepaid", "total_minor": 79900, "items": [{"title": "Cotton kurta", "quantity": 1, "unit_price_minor": 79900}], "ship_to": {"name": "Asha R", "phone": "98470 12345"}}'
       ) o`,
      [],
    );
    const number = Number(placed!.number);
    open = await openBoard(server.url);
    const { page } = open;
    await signIn(page, 'staff@demo.waybill', demoPassword);
    await pickStore(page, 3);
    await waitForCard(page, number, 'pending');
    await driveNextStep(page, number);
    await until('the order to be accepted', async () =>
      one("select from app_public.orders_current where id = $1 and status = 'accepted'", [
        placed!.id,
      ]),
    );
    await driveNextStep(page, number);
    await until('the order to be in progress', async () =>
      one("select from app_public.orders_current where id = $1 and status = 'in_progress'", [
        placed!.id,
      ]),
    );
    const event = await one<{ actor_role: string }>(
      "select actor_role from app_public.order_events where order_id = $1 and to_status = 'in_progress'",
      [placed!.id],
    );
    expect(event).toEqual({ actor_role: 'staff' });
    // Somebody else, at psql: the open page follows without a reload.
    await database.pool.query(
      "insert into app_public.order_events (order_id, to_status) values ($1, 'ready')",
      [placed!.id],
    );
    await waitForCard(page, number, 'ready');
    expect(await columnOfCard(page, number)).toBe('ready');
    expect(open.complaints).toEqual([]);
  }, 90_000);
});
