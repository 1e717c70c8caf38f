/** A database of its own on an embedded server of its own, with fsync on: what is measured is durable. */
import { chmod, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import pg from 'pg';
import { startEmbedded } from '../database/embedded.ts';
import { migrate } from '../database/migrate.ts';
import { seedDemo } from '../demo/seed.ts';

export interface BenchDatabase {
  url: string;
  secret: string;
  merchantId: number;
  /** The web shop. */
  storeId: number;
  admin: pg.Client;
  /** New orders of the web shop, in status pending. */
  placeOrders: (count: number) => Promise<string[]>;
}

const secret = 'a secret for benches only, of no value elsewhere';

export async function withBenchDatabase<T>(
  use: (database: BenchDatabase) => Promise<T>,
): Promise<T> {
  const folder = await mkdtemp(join(tmpdir(), 'waybill-bench-'));
  // The account that the server runs as must get in.
  await chmod(folder, 0o755);
  const server = await startEmbedded({
    dataDir: join(folder, 'postgres'),
    database: 'bench',
    log: () => undefined,
  });
  try {
    await migrate({ adminUrl: server.url, secret, log: () => undefined });
    await seedDemo(server.url, { secret });
    const admin = new pg.Client({ connectionString: server.url });
    await admin.connect();
    try {
      const { rows } = await admin.query<{ merchant_id: number; id: number }>(
        "select merchant_id, id from app_public.stores where workflow = 'shipping'",
      );
      const store = rows[0]!;
      return await use({
        url: server.url,
        secret,
        merchantId: store.merchant_id,
        storeId: store.id,
        admin,
        placeOrders: (count) => placeOrders(admin, store.merchant_id, store.id, count),
      });
    } finally {
      await admin.end();
    }
  } finally {
    await server.stop();
    await rm(folder, { recursive: true, force: true });
  }
}

/** In chunks: the merchant's number counter is one row, and its versions of one transaction pile up. */
const chunk = 200;

async function placeOrders(
  admin: pg.Client,
  merchantId: number,
  storeId: number,
  count: number,
): Promise<string[]> {
  const ids: string[] = [];
  while (ids.length < count) {
    const { rows } = await admin.query<{ id: string }>(
      `with claims as materialized (
         select set_config('jwt.claims.merchant_id', $1::text, false), set_config('jwt.claims.role', 'manager', false)
       )
       select (app_public.place_order(jsonb_build_object(
         'store_id', $2::integer, 'payment_mode', 'prepaid', 'total_minor', 79900,
         'items', '[{"title": "Cotton kurta", "quantity": 1, "unit_price_minor": 79900}]'::jsonb,
         'ship_to', '{"name": "Asha R", "phone": "+919847000000", "address1": "12/4 Beach Road", "pincode": "682001"}'::jsonb
       ))).id
       from claims, generate_series(1, $3::integer)`,
      [merchantId, storeId, chunk],
    );
    ids.push(...rows.map((row) => row.id));
  }
  return ids;
}
