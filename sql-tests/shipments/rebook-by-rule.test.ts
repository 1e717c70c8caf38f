/** Another carrier for a box, when nobody names one. */
import { afterAll, beforeAll, expect, test } from '@jest/globals';

import { createTestDatabase } from '../support/database.ts';
import type { TestDatabase } from '../support/database.ts';
import { scan } from '../support/drive.ts';
import { addMerchant } from '../support/merchants.ts';
import type { Merchant } from '../support/merchants.ts';
import { claim, mustClaim, recordOffers, shipmentsOf, surface } from '../support/pipeline.ts';
import { rows } from '../support/query.ts';
import { broken } from '../proof/broken.ts';
import { addAccount } from '../rates/cards.ts';
import { rebook, rebookings, takes } from './rebooking.ts';

let database: TestDatabase;
let mine: Merchant;
let bluedart: number;
let shiprocket: number;

beforeAll(async () => {
  database = await createTestDatabase();
  mine = await addMerchant(database.pool, 'Kochi Cotton');
  bluedart = await addAccount(database.pool, mine, 'bluedart', 2);
  shiprocket = await addAccount(database.pool, mine, 'shiprocket', 3);
});
afterAll(() => database.drop());

const { asManager, orderAt, offered, callOff, latest, attentionOf } = rebookings(() => ({
  database,
  mine,
}));

test('the best by the rule gets the box, not the next by priority, with what it was quoted', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box));
  const answers = [
    takes(bluedart, { price_minor: 9000 }),
    {
      account_id: shiprocket,
      offers: [
        { ...surface, service: 'Slow', code: '51', price_minor: 7000 },
        { ...surface, service: 'Fast', code: '7', price_minor: 9900 },
      ],
    },
  ];
  expect(await offered(order, answers)).toBe('rebooked');
  await callOff(box);
  expect(await latest(order)).toMatchObject({
    booking: 2,
    carrier: 'shiprocket',
    service: 'Slow',
    service_codes: ['51', '7'],
  });
  const chosen = `select q.round, q.carrier, e.inputs ->> 'rule' as rule
    from app_public.rate_quotes q
    join app_public.order_events e on e.order_id = q.order_id and e.type = 'rebooking_decided'
      and (e.inputs ->> 'round')::integer = q.round
    where q.order_id = $1 and q.is_chosen`;
  expect(await rows(database.pool, chosen, [order])).toMatchObject([
    { carrier: 'shiprocket', rule: 'cheapest' },
  ]);
  expect(await broken(database.pool)).toEqual({});
});

test('those that it was booked with are not asked', async () => {
  const { order, box } = await orderAt('assigned');
  await asManager((db) => rebook(db, box));
  const { context } = await mustClaim(database.pool, mine, order, 'assign_order');
  const { accounts } = context as unknown as { accounts: { id: number }[] };
  expect(accounts.map(({ id }) => id)).toEqual([bluedart, shiprocket]);
});

test('nothing is called off before one takes it; when nobody does, somebody is told', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box));
  expect(await claim(database.pool, mine, box, 'cancel_shipment')).toBeNull();
  const nobody = [bluedart, shiprocket].map((account_id) => ({ account_id, offers: [] }));
  expect(await offered(order, nobody)).toBe('dead');
  expect(await attentionOf(order)).toBe('NOT_SERVICEABLE');
  expect(await shipmentsOf(database.pool, order)).toMatchObject([{ id: box, status: 'labelled' }]);
  expect(await claim(database.pool, mine, box, 'cancel_shipment')).toBeNull();
  expect(await broken(database.pool)).toEqual({});
  // Asked again, or with a name: the letter is settled.
  await asManager((db) => rebook(db, box));
  expect(await attentionOf(order)).toBeNull();
  expect(await offered(order, nobody)).toBe('dead');
  await asManager((db) => rebook(db, box, bluedart));
  expect(await attentionOf(order)).toBeNull();
  await callOff(box);
  expect(await latest(order)).toMatchObject({ booking: 2, carrier: 'bluedart' });
  expect(await broken(database.pool)).toEqual({});
});

test('who names one need not wait: what is being asked decides nothing any more', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box));
  const { effect } = await mustClaim(database.pool, mine, order, 'assign_order');
  await asManager((db) => rebook(db, box, bluedart));
  const late = recordOffers(database.pool, mine, order, effect.epoch, [takes(shiprocket)]);
  expect(await late).toBe('fenced');
  await callOff(box);
  expect(await latest(order)).toMatchObject({ booking: 2, carrier: 'bluedart' });
});

test('a box that leaves meanwhile stays with its carrier', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box));
  await scan('in_transit', '2026-11-22T10:00:00+05:30')(database.pool, mine, order);
  expect(await offered(order, [takes(bluedart)])).toBe('not_wanted');
  expect(await shipmentsOf(database.pool, order)).toMatchObject([
    { id: box, status: 'in_transit' },
  ]);
  expect(await claim(database.pool, mine, box, 'cancel_shipment')).toBeNull();
});

test('an order that is cancelled meanwhile asks nobody any more', async () => {
  const { order, box } = await orderAt('labelled');
  await asManager((db) => rebook(db, box));
  await asManager((db) => db.query(`select app_public.cancel_order($1, 'Too late.')`, [order]));
  expect(await claim(database.pool, mine, order, 'assign_order')).toBeNull();
  await callOff(box);
  expect(await shipmentsOf(database.pool, order)).toMatchObject([{ id: box, status: 'cancelled' }]);
});
