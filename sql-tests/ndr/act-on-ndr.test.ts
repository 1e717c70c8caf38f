import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { asActor, asMember } from '../support/acting.ts';
import type { MemberRole } from '../support/acting.ts';
import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { scan } from '../support/drive.ts';
import { addTwoMerchants } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { caseOf, failedDelivery } from '../support/ndr.ts';
import { codeOf, tally, tryOut } from '../support/outcome.ts';
import { committed, inParallel } from '../support/parallel.ts';
import { claim, fail, mustClaim, readEffect } from '../support/pipeline.ts';
import { broken } from '../proof/broken.ts';
import { count, one, rows, value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
  // One that takes a day, as Shiprocket does.
  await database.pool.query(
    `insert into app_public.carrier_accounts (merchant_id, carrier, name) values
       ($1, 'shiprocket', 'Shiprocket'), ($1, 'bluedart', 'Blue Dart')`,
    [mine.id],
  );
});
afterAll(() => database.drop());

interface Decision {
  action?: string;
  preferredOn?: string | null;
  phone?: string | null;
  address?: string | null;
  note?: string | null;
  key?: string | null;
}

function act(db: Db, caseId: string, decision: Decision): Promise<unknown> {
  const { action = 're_attempt', preferredOn, phone, address, note, key } = decision;
  return one(db, 'select * from app_public.act_on_ndr($1, $2, $3, $4, $5, $6, $7)', [
    caseId,
    action,
    preferredOn ?? null,
    phone ?? null,
    address ?? null,
    note ?? null,
    key ?? null,
  ]);
}

/** In a transaction that is undone, as a member with a case that waits. */
function waiting(
  carrier: string,
  test: (db: Db, caseId: string, order: string) => Promise<void>,
  role: MemberRole = 'staff',
): Promise<void> {
  return database.withRollback(async (db) => {
    const order = await failedDelivery(db, mine);
    await db.query('set local session_replication_role = replica');
    await db.query(
      `update app_public.shipments_current s set carrier = $2, carrier_account_id = (
         select a.id from app_public.carrier_accounts a
         where a.merchant_id = s.merchant_id and a.carrier = $2)
       where s.order_id = $1`,
      [order, carrier],
    );
    await db.query('set local session_replication_role = origin');
    const { id } = await caseOf(db, order);
    await asMember(db, mine, role);
    await test(db, id, order);
  });
}

/** In a transaction that commits. */
async function asStaff(work: (db: Db) => Promise<unknown>): Promise<void> {
  const client = await database.connect();
  await committed(client, async () => {
    await asMember(client, mine, 'staff');
    await work(client);
  });
  await client.end();
}

const day = (ahead: number) =>
  new Date(Date.now() + ahead * 86_400_000).toLocaleDateString('sv', { timeZone: 'Asia/Kolkata' });

test.each<MemberRole>(['owner', 'manager', 'staff'])(
  '%s decides, and the carrier is told',
  (role) =>
    waiting(
      'shiprocket',
      async (db, caseId, order) => {
        await act(db, caseId, { preferredOn: day(1), note: 'She is back tomorrow.' });
        await db.query('reset role');
        expect(await caseOf(db, order)).toMatchObject({
          status: 'acted',
          action: 're_attempt',
          note: 'She is back tomorrow.',
        });
        expect(await readEffect(db, caseId, 'act_on_ndr')).toMatchObject({ status: 'intent' });
        const { context } = await mustClaim(db, mine, caseId, 'act_on_ndr');
        expect(context['ndr']).toMatchObject({ action: 're_attempt', preferred_on: day(1) });
      },
      role,
    ),
);

test.each<[field: string, carrier: string, decision: Decision]>([
  ['action', 'shiprocket', { action: 'burn' }],
  ['action', 'bluedart', { action: 're_attempt' }],
  ['action', 'bluedart', { action: 'return' }],
  ['preferredOn', 'shiprocket', { preferredOn: day(-1) }],
  ['preferredOn', 'shiprocket', { preferredOn: day(8) }],
  ['preferredOn', 'shiprocket', { action: 'return', preferredOn: day(1) }],
  ['preferredOn', 'delhivery', { preferredOn: day(1) }],
  ['phone', 'shiprocket', { phone: '12345' }],
  ['phone', 'shiprocket', { phone: '5847012345' }],
  ['phone', 'shiprocket', { phone: '' }],
  ['phone', 'shiprocket', { action: 'return', phone: '9847012345' }],
  ['address', 'shiprocket', { address: 'short' }],
  ['address', 'shiprocket', { address: 'x'.repeat(201) }],
  ['address', 'shiprocket', { action: 'return', address: '14 Palm Grove, near the temple' }],
  ['note', 'bluedart', { action: 'by_hand' }],
  ['note', 'bluedart', { action: 'by_hand', note: ' ' }],
  ['note', 'shiprocket', { note: 'x'.repeat(501) }],
])('%s is refused at %s: %p', (field, carrier, decision) =>
  waiting(carrier, async (db, caseId) => {
    const { code, facts } = await tryOut(db, () => act(db, caseId, decision));
    expect([code, facts['field']]).toEqual(['WB004', field]);
  }),
);

test('what was agreed on the phone is noted, and nobody is called', () =>
  waiting('bluedart', async (db, caseId, order) => {
    await act(db, caseId, { action: 'by_hand', note: 'They try again on Monday.' });
    await db.query('reset role');
    expect(await caseOf(db, order)).toMatchObject({ status: 'acted', action: 'by_hand' });
    expect(await count(db, `app_public.effects where kind = 'act_on_ndr'`)).toBe(0);
  }));

test('a new phone and address are a new version of the contact, and nowhere else', () =>
  waiting('shiprocket', async (db, caseId, order) => {
    const phone = '+91 90480-55555';
    await act(db, caseId, { phone, address: '14 Palm Grove, near the temple' });
    await db.query('reset role');
    const contact = await one(
      db,
      `select c.phone_e164, c.address1, c.address2, c.pincode from app_public.order_contacts c
       join app_public.orders_current o on o.id = c.order_id and o.ship_to_version = c.version
       where o.id = $1`,
      [order],
    );
    expect(contact).toEqual({
      phone_e164: '+919048055555',
      address1: '14 Palm Grove, near the temple',
      address2: null,
      pincode: '682001',
    });
    const kept = await rows<{ kept: string }>(
      db,
      `select to_jsonb(e)::text as kept from app_public.order_events e where e.order_id = $1
       union all select to_jsonb(f)::text from app_public.effects f where f.order_id = $1
       union all select to_jsonb(c)::text from app_public.ndr_cases c where c.order_id = $1
       union all select to_jsonb(l)::text from app_public.audit_log l`,
      [order],
    );
    expect(kept.length).toBeGreaterThan(10);
    expect(kept.map((row) => row.kept).join()).not.toMatch(/90480|near the temple/);
    const { context } = await mustClaim(db, mine, caseId, 'act_on_ndr');
    expect(context['ndr']).toMatchObject({ changes_phone: true, changes_address: true });
  }));

test('a case that is closed, or of another merchant, is not decided about', () =>
  waiting('shiprocket', async (db, caseId, order) => {
    await asMember(db, other, 'owner');
    expect((await tryOut(db, () => act(db, caseId, {}))).code).toBe('WB007');
    await db.query('reset role');
    await asActor(db, mine, 'system');
    expect((await tryOut(db, () => act(db, caseId, {}))).code).toBe('WB003');
    await db.query(
      `insert into app_public.order_events (order_id, shipment_id, to_status)
       select order_id, id, 'out_for_delivery' from app_public.shipments_current where order_id = $1`,
      [order],
    );
    await asMember(db, mine, 'staff');
    const { code, facts } = await tryOut(db, () => act(db, caseId, {}));
    expect([code, facts['outcome']]).toEqual(['WB001', 'out_for_delivery']);
  }));

test('the same request again is answered alike, another one under its key is not', () =>
  waiting('shiprocket', async (db, caseId) => {
    const first = await act(db, caseId, { key: 'k' });
    expect(await act(db, caseId, { key: 'k' })).toEqual(first);
    expect((await tryOut(db, () => act(db, caseId, { action: 'return', key: 'k' }))).code).toBe(
      'WB005',
    );
    expect((await tryOut(db, () => act(db, caseId, {}))).code).toBe('WB002');
  }));

test('of many who decide at once, one does', async () => {
  const { id } = await caseOf(database.pool, await failedDelivery(database.pool, mine));
  const codes = await inParallel(database, 4, 8, async (client, at) => {
    await asMember(client, mine, 'staff');
    await act(client, id, { action: at % 2 === 0 ? 're_attempt' : 'return' });
  });
  expect(tally(codes)).toEqual({ ok: 1, WB002: 7 });
  expect(await count(database.pool, `app_public.effects where subject_id = '${id}'`)).toBe(1);
});

test('what the carrier refuses is open again, and a new decision settles its dead letter', async () => {
  const order = await failedDelivery(database.pool, mine);
  const { id } = await caseOf(database.pool, order);
  const decide = (decision: Decision) => codeOf(asStaff((client) => act(client, id, decision)));
  expect(await decide({})).toBe('ok');
  const { effect } = await mustClaim(database.pool, mine, id, 'act_on_ndr');
  expect(await fail(database.pool, effect, { outcome: 'refused' })).toBe('dead');
  expect(await caseOf(database.pool, order)).toMatchObject({ status: 'open', action: null });
  expect(await decide({ action: 'return' })).toBe('ok');
  const open = `app_public.dead_letters where order_id = '${order}' and resolved_at is null`;
  expect(await count(database.pool, open)).toBe(0);
  const again = await mustClaim(database.pool, mine, id, 'act_on_ndr');
  await database.pool.query('select app_private.record_ndr_action($1, $2, $3)', [
    mine.id,
    id,
    again.effect.epoch,
  ]);
  expect((await caseOf(database.pool, order)).accepted_at).not.toBeNull();
  const told = `app_public.order_events where order_id = '${order}' and type = 'ndr_action_accepted'`;
  expect(await count(database.pool, told)).toBe(1);
});

/** Decided and told; the carrier has it in its queue, since so many minutes. */
async function queued(order: string, minutes: number): Promise<string> {
  const { id } = await caseOf(database.pool, order);
  await asStaff((client) => act(client, id, {}));
  const { effect } = await mustClaim(database.pool, mine, id, 'act_on_ndr');
  const memory = { upload: 'UPL0000000001' };
  const remember = 'select app_private.remember_ndr_action($1, $2, $3, $4) as value';
  expect(await value(database.pool, remember, [mine.id, id, effect.epoch, memory])).toBe(true);
  await database.pool.query(
    `update app_public.effects set sent_at = now() - $2 * interval '1 minute' where subject_id = $1`,
    [id, minutes],
  );
  return id;
}

async function stillQueued(caseId: string): Promise<string> {
  const effect = await readEffect(database.pool, caseId, 'act_on_ndr');
  return fail(database.pool, effect, { outcome: 'transient', code: 'NDR_QUEUED', dueInMs: 0 });
}

test('what the carrier has in its queue is waited for, and that is no attempt', async () => {
  const id = await queued(await failedDelivery(database.pool, mine), 119);
  for (let time = 0; time < 12; time += 1) {
    expect(await stillQueued(id)).toBe('retry');
    await mustClaim(database.pool, mine, id, 'act_on_ndr');
  }
  expect((await readEffect(database.pool, id, 'act_on_ndr')).attempts).toBe(1);
});

test('what the carrier leaves in its queue for two hours is for a person, until the parcel goes on', async () => {
  const order = await failedDelivery(database.pool, mine);
  const id = await queued(order, 120);
  expect(await stillQueued(id)).toBe('dead');
  expect(await caseOf(database.pool, order)).toMatchObject({ status: 'open', action: null });
  const attention = 'select attention as value from app_public.orders_current where id = $1';
  expect(await value(database.pool, attention, [order])).toBe('NDR_QUEUED');
  const letter = `select error_code, may_have_happened, advice, resolution
    from app_public.dead_letters where subject_id = $1`;
  expect(await one(database.pool, letter, [id])).toMatchObject({
    error_code: 'NDR_QUEUED',
    may_have_happened: true,
    advice: expect.stringContaining('Call the carrier'),
    resolution: null,
  });
  await scan('out_for_delivery', new Date().toISOString())(database.pool, mine, order);
  expect(await one(database.pool, letter, [id])).toMatchObject({
    resolution: 'The carrier has gone on with the parcel.',
  });
  expect(await value(database.pool, attention, [order])).toBeNull();
  expect((await readEffect(database.pool, id, 'act_on_ndr')).status).toBe('abandoned');
  expect(await broken(database.pool)).toEqual({});
});

test('a parcel that is lost keeps its alarm when the letter about its decision is settled', async () => {
  const order = await failedDelivery(database.pool, mine);
  const id = await queued(order, 120);
  await stillQueued(id);
  await scan('lost', new Date().toISOString())(database.pool, mine, order);
  const attention = 'select attention as value from app_public.orders_current where id = $1';
  expect(await value(database.pool, attention, [order])).toBe('PARCEL_LOST');
  expect((await readEffect(database.pool, id, 'act_on_ndr')).status).toBe('abandoned');
});

test('nobody is told about a parcel that has gone on', async () => {
  const order = await failedDelivery(database.pool, mine);
  const { id } = await caseOf(database.pool, order);
  await asStaff((client) => act(client, id, {}));
  await scan('out_for_delivery', new Date().toISOString())(database.pool, mine, order);
  const { effect, context } = await mustClaim(database.pool, mine, id, 'act_on_ndr');
  expect(context['ndr']).toMatchObject({ status: 'closed' });
  expect(await fail(database.pool, effect, { outcome: 'refused' })).toBe('abandoned');
  expect(await claim(database.pool, mine, id, 'act_on_ndr')).toBeNull();
  const attention = 'select attention as value from app_public.orders_current where id = $1';
  expect(await value(database.pool, attention, [order])).toBeNull();
});
