import { randomUUID } from 'node:crypto';

import { deadValidation } from '../../effects/letters.ts';
import { rateCard } from '../../rates/cards.ts';
import { count } from '../../support/query.ts';
import { changeLast, newAccount } from './mutation.ts';
import type { Mutation, World } from './mutation.ts';

const deadLetter = async ({ db, merchant }: World) => (await deadValidation(db, merchant)).letter;

/** The account whose circuit it is. */
export async function openCircuit(world: World): Promise<number> {
  const account = await newAccount(world);
  await world.db.query('select app_private.record_call($1, $2)', [
    world.merchant.id,
    {
      service: 'delhivery',
      account_id: account,
      operation: 'track',
      outcome: 'account',
      code: 'X',
      duration_ms: 1,
    },
  ]);
  return account;
}

const settled = ([letter]: unknown[], { db }: World) =>
  count(
    db,
    'app_public.order_events e join app_public.dead_letters d using (merchant_id, order_id)' +
      ` where d.id = $1 and e.type = 'attention_cleared'`,
    [letter],
  );

/** What is done about the outside world. */
export const outsideMutations: Readonly<Record<string, Mutation>> = {
  retry_dead_letter: {
    sql: 'app_public.retry_dead_letter($1, $2)',
    prepare: async (world) => [await deadLetter(world)],
    another: () => [randomUUID()],
    happened: settled,
  },
  resolve_dead_letter: {
    sql: 'app_public.resolve_dead_letter($1, $2, $3)',
    prepare: async (world) => [await deadLetter(world), 'Called the carrier'],
    another: changeLast('Another note'),
    happened: settled,
  },
  import_rate_card: {
    sql: 'app_public.import_rate_card($1, $2)',
    prepare: async (world) => [rateCard(await newAccount(world), { name: randomUUID() })],
    another: ([card]) => [{ ...(card as object), name: 'Another' }],
    happened: async ([card], { db }) =>
      count(db, 'app_public.rate_cards where name = $1', [(card as { name: string }).name]),
    needsMerchant: true,
  },
  reset_circuit: {
    sql: 'app_public.reset_circuit($1, $2)',
    prepare: async (world) => [await openCircuit(world)],
    another: () => [4711],
    happened: async ([account], { db }) =>
      count(db, `app_public.carrier_circuits where account_id = $1 and state = 'closed'`, [
        account,
      ]),
  },
};
