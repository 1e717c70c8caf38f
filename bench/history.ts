/**
 * Fills a migrated database with a year of orders, as if the whole system had run all the time: read
 * models, events with their hash chain, audit log, effects, messages. See bench/history/history.sql.
 */
import { readFile } from 'node:fs/promises';
import pg from 'pg';
import { addMerchant } from '../sql-tests/support/merchants.ts';
import type { Merchant } from '../sql-tests/support/merchants.ts';
import { one, value } from '../sql-tests/support/query.ts';
import { recordStory, withStage } from './history/record.ts';
import type { Recording, Stage } from './history/record.ts';
import { stories } from './history/stories.ts';

export interface HistoryOptions {
  /** The administrator's: triggers are off while history is copied. */
  adminUrl: string;
  /** The passwords of the login roles follow from it: the stories are driven through them. */
  secret: string;
  orders: number;
  /** Has nine tenths of the orders; without it the merchants are all new. */
  mainMerchantId?: number;
  /** Baskets tried with each story. */
  variants?: number;
  /** Connections that copy at once. */
  connections?: number;
  say?: (line: string) => void;
}

const smallMerchants = [
  'Munnar Tea',
  'Alappuzha Coir',
  'Bekal Books',
  'Kannur Looms',
  'Vypin Spices',
];
/** Slots of each hundred orders: the main merchant's, then each small one's. */
const mainSlots = 90;
const chunk = 5_000;

export async function writeHistory(options: HistoryOptions): Promise<void> {
  const say = options.say ?? (() => undefined);
  await withStage(options.adminUrl, options.secret, async (stage) => {
    const { admin } = stage;
    await admin.query(await sqlFile('history.sql'));
    await admin.query(await sqlFile('people.sql'));
    await admin.query('select app_private.create_partitions(3, 13)');
    const main = options.mainMerchantId
      ? await findMerchant(admin, options.mainMerchantId)
      : await addMerchant(admin, 'Kochi Cotton Co.');
    const small = [];
    for (const name of smallMerchants) small.push(await addMerchant(admin, name));
    say('recording the stories');
    await recordStories(stage, main, small, options.variants ?? 4);
    await registerMerchants(admin, main, small);
  });
  await copyAll(options, say);
  say('bringing counters, cursor and statistics up to date');
  await withClient(options.adminUrl, async (admin) => {
    await admin.query(await sqlFile('finish.sql'));
    await admin.query('drop schema history cascade');
    await admin.query('vacuum (analyze)');
  });
}

function sqlFile(name: string): Promise<string> {
  return readFile(new URL(`history/${name}`, import.meta.url), 'utf8');
}

async function recordStories(
  stage: Stage,
  main: Merchant,
  small: Merchant[],
  variants: number,
): Promise<void> {
  const callers = [...small];
  // The day's first box is the main merchant's own: the stories after it find the carrier called.
  for (const story of [...stories].sort(
    (a, b) => Number(!a.callsCarrier) - Number(!b.callsCarrier),
  )) {
    if (story.callsCarrier) {
      await keep(stage, await recordStory(stage, main, { ...story, weight: 0 }, 0), false);
      await keep(stage, await recordStory(stage, callers.pop()!, story, 0), true);
      continue;
    }
    for (let variant = 0; variant < variants; variant += 1) {
      await keep(stage, await recordStory(stage, main, story, variant), false);
    }
  }
  await stage.admin.query('select history.keep_recordings()');
}

async function keep(
  { admin }: Stage,
  { story, orderId, toldAt }: Recording,
  callsCarrier: boolean,
): Promise<void> {
  await admin.query(
    `with kept as (
       insert into history.prototypes (proto, order_id, name, workflow, ends, weight, calls_carrier, lasts)
       select count(*) + 1, $1, $2, $3, $4, $5, $6, '0' from history.prototypes
       returning proto
     )
     insert into history.anchors (proto, seq, told)
     select kept.proto, a.seq, a.told_ms * interval '1 millisecond'
     from kept, unnest($7::float8[]) with ordinality a (told_ms, seq)`,
    [orderId, story.name, story.workflow, story.ends, story.weight, callsCarrier, toldAt],
  );
}

async function findMerchant(db: pg.Client, id: number): Promise<Merchant> {
  return one<Merchant & Record<string, unknown>>(
    db,
    `select m.id,
       (select id from app_public.members where merchant_id = m.id and role = 'owner' limit 1) as owner,
       (select id from app_public.members where merchant_id = m.id and role = 'manager' limit 1) as manager,
       (select id from app_public.members where merchant_id = m.id and role = 'staff' limit 1) as staff,
       (select min(id) from app_public.locations where merchant_id = m.id) as location,
       (select min(id) from app_public.carrier_accounts where merchant_id = m.id) as "carrierAccount",
       (select min(id) from app_public.message_accounts where merchant_id = m.id) as "messageAccount",
       (select min(id) from app_public.stores where merchant_id = m.id and workflow = 'automated') as automated,
       (select min(id) from app_public.stores where merchant_id = m.id and workflow = 'shipping') as shipping,
       (select min(id) from app_public.stores where merchant_id = m.id and workflow = 'pickup') as pickup
     from app_public.merchants m where m.id = $1`,
    [id],
  );
}

async function registerMerchants(db: pg.Client, main: Merchant, small: Merchant[]): Promise<void> {
  const width = (100 - mainSlots) / small.length;
  for (const [at, merchant] of [main, ...small].entries()) {
    const { owner, manager, staff, automated, shipping, pickup } = merchant;
    const from = at === 0 ? 0 : mainSlots + (at - 1) * width;
    await db.query(
      `insert into history.merchants
       select m.id, $2, $3, 1 + coalesce(
           (select c.last_number from app_private.counters c where c.merchant_id = m.id and c.series = 'order'), 1000),
         $4, $5, (select jsonb_object_agg(s.workflow, s.location_id) from app_public.stores s where s.merchant_id = m.id),
         $6, m.time_zone, l.pickup_cutoff_at
       from app_public.merchants m
       join app_public.stores s on s.merchant_id = m.id and s.id = $7
       join app_public.locations l on l.merchant_id = m.id and l.id = s.location_id
       where m.id = $1`,
      [
        merchant.id,
        from,
        at === 0 ? mainSlots : from + width,
        merchant.carrierAccount,
        { automated, shipping, pickup },
        { owner: `${owner}`, manager: `${manager}`, staff: `${staff}` },
        automated,
      ],
    );
  }
}

/** Each connection takes a stretch of time of its own, so that no two meet on the same day. */
async function copyAll(options: HistoryOptions, say: (line: string) => void): Promise<void> {
  const { orders } = options;
  const connections = orders > 20 * chunk ? (options.connections ?? 2) : 1;
  const share = Math.ceil(orders / connections / chunk) * chunk;
  const until = await withClient(options.adminUrl, (db) =>
    value<string>(db, "select (clock_timestamp() - interval '1 hour')::text as value"),
  );
  let done = 0;
  const copy = async (connection: number) =>
    withClient(options.adminUrl, async (db) => {
      // One after the other: two that create the same function at the same time are refused.
      await db.query(`select pg_advisory_xact_lock(0); ${await sqlFile('write.sql')}`);
      const end = Math.min(orders, (connection + 1) * share);
      for (let first = connection * share + 1; first <= end; first += chunk) {
        const last = Math.min(end, first + chunk - 1);
        await db.query(
          "select history.write_chunk($1, $2, $3, $4::timestamptz - interval '1 year', $4)",
          [first, last, orders, until],
        );
        done += last - first + 1;
        if (done % 50_000 < chunk) say(`${done} of ${orders} orders`);
      }
    });
  await Promise.all(Array.from({ length: connections }, (_, n) => copy(n)));
}

async function withClient<T>(url: string, use: (db: pg.Client) => Promise<T>): Promise<T> {
  const db = new pg.Client({ connectionString: url });
  await db.connect();
  try {
    await db.query('set synchronous_commit to off');
    return await use(db);
  } finally {
    await db.end();
  }
}
