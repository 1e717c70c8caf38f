/** Real processes, real kills: what a crash leaves behind is taken over, and nothing happens twice. */
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from '@jest/globals';
import { pino } from 'pino';
import type pg from 'pg';
import { createPool } from '../database/connection.ts';
import { seedDemo } from '../demo/seed.ts';
import { startSandbox } from '../sandbox/sandbox.ts';
import type { Sandbox } from '../sandbox/sandbox.ts';
import { createTestDatabase } from '../sql-tests/support/database.ts';
import type { TestDatabase } from '../sql-tests/support/database.ts';
import { testSecret } from '../sql-tests/support/test-server.ts';
import { until } from '../sql-tests/support/until.ts';
import { Supervisor } from './supervisor.ts';

let database: TestDatabase;
let sandbox: Sandbox;
let supervisor: Supervisor;
let supervisorDb: pg.Pool;

beforeAll(async () => {
  database = await createTestDatabase();
  await seedDemo(database.url, { secret: testSecret });
  sandbox = await startSandbox({
    port: 0,
    labelFailureRate: 0,
    parcelStepMs: 100,
    messageStepMs: 50,
  });
});

afterAll(async () => {
  await sandbox.close();
  await database.drop();
});

beforeEach(() => {
  supervisorDb = createPool(database.workerUrl, {
    applicationName: 'test supervisor',
    max: 2,
    onError: () => undefined,
  });
  supervisor = new Supervisor(supervisorDb, pino({ level: 'silent' }), {
    ...process.env,
    NODE_ENV: 'test',
    LOG_LEVEL: 'fatal',
    WAYBILL_SECRET: testSecret,
    DATABASE_URL: database.serverUrl,
    DELHIVERY_BASE_URL: `${sandbox.url}/delhivery`,
    SHIPROCKET_BASE_URL: `${sandbox.url}/shiprocket/v1/external`,
    BLUEDART_BASE_URL: `${sandbox.url}/bluedart`,
    WHATSAPP_BASE_URL: `${sandbox.url}/whatsapp`,
    WORKER_CONCURRENCY: '4',
  });
});

afterEach(async () => {
  await supervisor.stop();
  await supervisorDb.end();
  sandbox.faults.clear();
});

async function placeOrder(externalId: string): Promise<string> {
  const { rows } = await database.pool.query<{ id: string }>(
    `with claims as materialized (select app_hidden.act_for(1))
     select (app_public.place_order(jsonb_build_object(
       'store_id', 1, 'external_id', $1::text, 'payment_mode', 'prepaid', 'total_minor', 79900,
       'items', '[{"title": "Cotton kurta", "quantity": 1, "unit_price_minor": 79900}]'::jsonb,
       'ship_to', '{"name": "Asha R", "phone": "98470 12345", "address1": "12/4 Beach Road, near temple", "city": "Kochi", "state": "Kerala", "pincode": "682001", "country": "IN"}'::jsonb
     ))).id from claims`,
    [externalId],
  );
  return rows[0]!.id;
}

async function statusOf(orderId: string): Promise<string | undefined> {
  const { rows } = await database.pool.query<{ status: string }>(
    'select status from app_public.orders_current where id = $1',
    [orderId],
  );
  return rows[0]?.status;
}

function awbsAtTheCarrier(reference: string): string[] {
  return [...sandbox.books.parcels.values()]
    .filter((parcel) => parcel.reference === reference)
    .map((parcel) => parcel.awb);
}

async function referenceOf(orderId: string): Promise<string> {
  return until('the booking to be planned', async () => {
    const { rows } = await database.pool.query<{ reference: string }>(
      "select reference from app_public.effects where order_id = $1 and kind = 'book_shipment'",
      [orderId],
    );
    return rows[0]?.reference;
  });
}

describe('a worker killed with SIGKILL', () => {
  test('between the carrier’s answer and its recording leaves one AWB, and its job is taken over within a minute', async () => {
    sandbox.faults.add({
      operation: 'delhivery.create',
      kind: 'latency',
      meanMs: 1500,
      distribution: 'fixed',
      count: 1,
    });
    supervisor.start(1);
    const orderId = await placeOrder('killed-between');
    const reference = await referenceOf(orderId);
    // Holding the order makes the recording wait, while the carrier's answer is already there.
    const holder = await database.connect();
    await holder.query('begin');
    await holder.query('select from app_public.orders_current where id = $1 for update', [orderId]);
    const waiting = await until('the recording to wait', async () => {
      const { rows } = await database.pool.query<{ pid: number }>(
        `select pid from pg_stat_activity
         where datname = current_database() and wait_event_type = 'Lock' and query like '%record_booking%'`,
      );
      return rows[0]?.pid;
    });
    expect(awbsAtTheCarrier(reference)).toHaveLength(1);
    const killedAt = performance.now();
    process.kill(supervisor.pids().get('worker 1')!, 'SIGKILL');
    // A dead client's statement would go on in the server once the lock is free: end it too.
    await database.pool.query('select pg_terminate_backend($1)', [waiting]);
    await holder.query('rollback');

    await until(
      'the order to be labelled',
      async () => (await statusOf(orderId)) === 'labelled' || undefined,
      60_000,
    );
    expect(performance.now() - killedAt).toBeLessThan(60_000);
    expect(awbsAtTheCarrier(reference)).toHaveLength(1);
    const { rows } = await database.pool.query<{ awb: string; found: string }>(
      `select s.awb, e.inputs ->> 'found_by_look_up' as found
       from app_public.shipments_current s
       join app_public.order_events e on e.order_id = s.order_id and e.type = 'shipment_booked'
       where s.order_id = $1`,
      [orderId],
    );
    expect(rows).toEqual([{ awb: awbsAtTheCarrier(reference)[0], found: 'true' }]);
  }, 90_000);

  test('again and again while orders flow loses no order and doubles none', async () => {
    supervisor.start(2);
    const ids: string[] = [];
    for (let n = 0; n < 20; n += 1) ids.push(await placeOrder(`flow-${n}`));
    for (let kill = 0; kill < 4; kill += 1) {
      const before = await countConfirmed();
      await until(
        'some work to be done',
        async () => (await countConfirmed()) > before + 5 || undefined,
      );
      // Asked for at the last moment: the one of the round before may just have ended.
      const victim = await until('a worker to live', async () =>
        supervisor.pids().get(`worker ${(kill % 2) + 1}`),
      );
      process.kill(victim, 'SIGKILL');
      await until(
        'the kill to be noticed',
        async () => supervisor.pids().get(`worker ${(kill % 2) + 1}`) !== victim || undefined,
      );
    }
    await untilLabelled(ids, 100_000);
    const { rows } = await database.pool.query<{ boxes: number; awbs: number }>(
      'select count(*)::integer as boxes, count(distinct awb)::integer as awbs from app_public.shipments_current where order_id = any($1)',
      [ids],
    );
    expect(rows).toEqual([{ boxes: 20, awbs: 20 }]);
    const parcels = [...sandbox.books.parcels.values()].map((parcel) => parcel.reference);
    expect(new Set(parcels).size).toBe(parcels.length);
  }, 120_000);
});

async function untilLabelled(ids: string[], patienceMs: number): Promise<void> {
  await until(
    'all to be labelled',
    async () => {
      const { rows } = await database.pool.query<{ open: number }>(
        "select count(*)::integer as open from app_public.orders_current where id = any($1) and status in ('received', 'validated', 'assigned')",
        [ids],
      );
      return rows[0]!.open === 0 || undefined;
    },
    patienceMs,
  );
}

async function countConfirmed(): Promise<number> {
  const { rows } = await database.pool.query<{ n: number }>(
    "select count(*)::integer as n from app_public.effects where status = 'confirmed'",
  );
  return rows[0]!.n;
}

describe('the dispatcher killed with SIGKILL', () => {
  test('at any moment loses no job and doubles none', async () => {
    // Counts what is really added: a rolled-back job leaves no row, and completed jobs are deleted.
    await database.pool.query(`
      create table public.added_jobs (payload jsonb not null);
      create function public.note_job() returns trigger language plpgsql security definer as $$
        begin insert into public.added_jobs values (new.payload); return null; end $$;
      create trigger note_job after insert on graphile_worker._private_jobs
        for each row execute function public.note_job()`);
    supervisor.start(1);
    const ids: string[] = [];
    for (let n = 0; n < 10; n += 1) {
      ids.push(await placeOrder(`dispatch-${n}`));
      const pid = supervisor.pids().get('dispatcher');
      if (n % 3 === 2 && pid !== undefined) process.kill(pid, 'SIGKILL');
    }
    await untilLabelled(ids, 60_000);
    const { rows } = await database.pool.query<{ jobs: number; effects: number }>(
      `select count(j.payload)::integer as jobs, count(distinct e.*)::integer as effects
       from app_public.effects e
       left join public.added_jobs j
         on j.payload ->> 'subjectId' = e.subject_id::text and j.payload ->> 'kind' = e.kind
       where e.order_id = any($1) and e.kind in ('validate_order', 'assign_order', 'book_shipment')`,
      [ids],
    );
    expect(rows).toEqual([{ jobs: 30, effects: 30 }]);
  }, 90_000);
});
