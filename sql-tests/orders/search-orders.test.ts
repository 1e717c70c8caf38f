import { afterAll, beforeAll, describe, expect, test } from '@jest/globals';

import { asActor, asMember } from '../support/acting.ts';
import { createTestDatabase, type TestDatabase } from '../support/database.ts';
import { drive } from '../support/drive.ts';
import { addTwoMerchants, type Merchant } from '../support/merchants.ts';
import { placeOrder, readOrder, shipTo, writeMove } from '../support/orders.ts';
import { outcomeOf } from '../support/outcome.ts';
import { one, rows } from '../support/query.ts';

let database: TestDatabase;
let mine: Merchant;
let other: Merchant;
/** By the names of the customers. */
const placed = new Map<string, string>();

interface Customer {
  phone?: string;
  email?: string;
  number?: string;
  receiver?: string;
}

const customers: Record<string, Customer> = {
  'Asha Menon 🌸': { phone: '+91 98470-12345', email: 'Asha@Example.in', number: '#5001' },
  'Menon Asha': { phone: '098471 99999' },
  'José Álvarez': { phone: '(91) 90000 11111', number: 'GIFT-77' },
  'അഞ്ജലി നായർ': { phone: '9447012345' },
  "Siobhán O'Neil-Varghese": { phone: '9446000001' },
  'Ravi Pillai': { phone: '9446000002', receiver: 'Deepa Kurian' },
};

beforeAll(async () => {
  database = await createTestDatabase();
  ({ mine, other } = await addTwoMerchants(database.pool));
  for (const [name, { phone, email, number, receiver }] of Object.entries(customers)) {
    for (const merchant of [mine, other]) {
      const id = await placeOrder(database.pool, merchant, 'shipping', {
        external_number: number ?? null,
        customer: { name, phone: phone ?? null, email: email ?? null },
        ship_to: shipTo({ name: receiver ?? name, phone: phone ?? null }),
      });
      if (merchant === mine) placed.set(id, name);
    }
  }
});
afterAll(() => database.drop());

async function search(wanted: string, merchant = mine): Promise<string[]> {
  return database.withRollback(async (db) => {
    await asMember(db, merchant, 'staff');
    const found = await rows<{ id: string }>(db, 'select id from app_hidden.search_orders($1) id', [
      wanted,
    ]);
    return found.map(({ id }) => placed.get(id) ?? `somebody else's ${id}`);
  });
}

function idOf(name: string): string {
  const [id] = [...placed].find(([, customer]) => customer === name) ?? [];
  if (!id) throw new Error(`There is no order of ${name}`);
  return id;
}

describe('search_orders() finds by', () => {
  const asha = 'Asha Menon 🌸';
  const both = ['Menon Asha', asha];
  test.each<[string, string, string[]]>([
    ['a first name', 'asha', both],
    ['the beginning of a last name, in any case', 'MEN', both],
    ['the whole name', 'Asha Menon', both],
    ['words in another order, unfinished', 'men ash', both],
    ['a name with its emoji', 'asha menon 🌸', both],
    ['a name without its accents', 'jose alvarez', ['José Álvarez']],
    ['a name with accents that were not written', 'Ráví', ['Ravi Pillai']],
    ['a name in Malayalam', 'അഞ്ജലി', ['അഞ്ജലി നായർ']],
    ['one part of a name with signs in it', 'varghese', ["Siobhán O'Neil-Varghese"]],
    ['whoever receives it', 'deepa', ['Ravi Pillai']],
    ['whoever bought it', 'pillai', ['Ravi Pillai']],
    ['both of them', 'deepa pillai', ['Ravi Pillai']],
    ['a phone as it was typed', '+91 98470-12345', [asha]],
    ['a phone in another spelling', '0 98470 12345', [asha]],
    ['the last digits of a phone', '12345', ['അഞ്ജലി നായർ', asha]],
    ['an e-mail address', 'asha@example.in', [asha]],
    ['the number of the shop', '#5001', [asha]],
    ['the number of the shop, without its sign', '5001', [asha]],
    ['a number of the shop with letters', 'gift-77', ['José Álvarez']],
  ])('%s', async (_what, wanted, found) => {
    expect((await search(wanted)).toSorted()).toEqual(found.toSorted());
  });

  test('the number of the order and its public id', async () => {
    const { number, public_id } = await readOrder(database.pool, idOf('Ravi Pillai'));
    expect(await search(String(number))).toEqual(['Ravi Pillai']);
    expect(await search(`#${String(number)}`)).toEqual(['Ravi Pillai']);
    expect(await search(String(public_id))).toEqual(['Ravi Pillai']);
  });

  test('the tracking code it was shipped with', async () => {
    await database.withRollback(async (db) => {
      await asActor(db, mine, 'owner');
      const id = idOf('Ravi Pillai');
      await writeMove(db, id, { to: 'accepted' });
      await writeMove(db, id, { to: 'shipped', inputs: { tracking_code: 'BD77SOUTH1' } });
      const found = await rows(db, 'select from app_hidden.search_orders($1)', ['bd77south1']);
      expect(found).toHaveLength(1);
    });
  });

  test('the AWB of a box', async () => {
    await database.withRollback(async (db) => {
      const id = await placeOrder(db, mine, 'automated');
      await drive(db, mine, id, 'labelled');
      const { awb } = await one<{ awb: string }>(
        db,
        'select awb from app_public.shipments_current where order_id = $1',
        [id],
      );
      await asMember(db, mine, 'staff');
      const found = await rows<{ id: string }>(
        db,
        'select id from app_hidden.search_orders($1) id',
        [awb.toLowerCase()],
      );
      expect(found).toEqual([{ id }]);
    });
  });
});

describe('search_orders()', () => {
  test.each(['a', '🌸', 'zzz', '1', '%', "' or true --", 'menon zz'])(
    'finds nothing for %p, and scans nothing for it',
    async (wanted) => {
      expect(await search(wanted)).toEqual([]);
    },
  );

  test('finds the orders of the other merchant for the other merchant alone', async () => {
    const [found] = await search('deepa', other);
    expect(found).toMatch(/^somebody else's/);
    expect(await search('deepa')).toEqual(['Ravi Pillai']);
  });

  test('finds nothing without a merchant', async () => {
    await database.withRollback(async (db) => {
      expect(await rows(db, "select from app_hidden.search_orders('asha')")).toEqual([]);
    });
  });

  test.each(['', ' \t', 'a'.repeat(201)])('refuses %p', async (wanted) => {
    const refusal = await outcomeOf(search(wanted));
    expect(refusal.code).toBe('WB004');
    expect(refusal.facts).toEqual({ field: 'search' });
  });

  test('finds by the corrected name too, and the newest first', async () => {
    await database.withRollback(async (db) => {
      await asActor(db, mine, 'owner');
      await db.query(
        `select app_public.correct_ship_to($1, '{"name": "Zubeida Kutty"}', 'misheard')`,
        [idOf('Ravi Pillai')],
      );
      const later = await placeOrder(db, mine, 'shipping', {
        ship_to: shipTo({ name: 'Zubeida Rahim' }),
      });
      await asActor(db, mine, 'owner');
      const found = await rows<{ id: string }>(
        db,
        "select id from app_hidden.search_orders('zubeida') id",
      );
      expect(found.map(({ id }) => id)).toEqual([later, idOf('Ravi Pillai')]);
    });
  });

  test('answers with a hundred orders at most, the newest', async () => {
    await database.withRollback(async (db) => {
      await db.query('set local session_replication_role = replica');
      await db.query(
        `insert into app_public.order_contacts (merchant_id, order_id, version, name, salt, digest)
         select $1, ('01900000-0000-7000-8000-' || lpad(n::text, 12, '0'))::uuid, 1, 'Qadir', '', ''
         from generate_series(1, 150) n`,
        [mine.id],
      );
      await asActor(db, mine, 'owner');
      const { found, last } = await one<{ found: number; last: string }>(
        db,
        `select count(*)::integer as found, min(id::text) as last
         from app_hidden.search_orders('qadir') id`,
      );
      expect(found).toBe(100);
      expect(last).toBe('01900000-0000-7000-8000-000000000051');
    });
  });
});

test('each kind of term is looked up in an index of its own, and no further than asked', async () => {
  await database.withRollback(async (db) => {
    await db.query('set local role waybill_owner');
    await db.query('set local enable_seqscan = off');
    for (const [kind, index] of [
      ['word', 'order_contacts_word_1_idx'],
      ['word', 'order_contacts_word_4_idx'],
      ['name', 'order_contacts_full_name_idx'],
      ['phone', 'order_contacts_customer_phone_idx'],
      ['email', 'order_contacts_email_idx'],
    ]) {
      const explained = await rows(
        db,
        `explain (format json) select t.order_id from app_hidden.contact_terms t
         where t.merchant_id = 1 and t.kind = '${kind}' and t.term = 'x' collate "C"
         order by t.order_id desc limit 100`,
      );
      const plan = JSON.stringify(explained);
      expect(plan).toContain(index);
      expect(plan).not.toContain('"Node Type":"Sort"');
      expect(plan).not.toContain('Seq Scan');
    }
  });
});
