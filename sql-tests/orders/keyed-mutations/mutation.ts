import { randomUUID } from 'node:crypto';

import type { Merchant } from '../../support/merchants.ts';
import { value } from '../../support/query.ts';
import type { Db } from '../../support/query.ts';

export interface World {
  db: Db;
  merchant: Merchant;
}

/** A function that takes an idempotency key. */
export interface Mutation {
  sql: string;
  /** What it is about, and its arguments before the key. */
  prepare: (world: World) => Promise<unknown[]>;
  /** The same key with these is another request. */
  another: (values: unknown[], world: World) => unknown[];
  /** A DBA has to name the merchant, because its orders could be of several. */
  needsMerchant?: true;
  /** How often it has happened. */
  happened: (values: unknown[], world: World) => Promise<number>;
}

export const changeLast = (to: unknown) => (values: unknown[]) => [...values.slice(0, -1), to];

/** One that no other test uses. */
export const newAccount = ({ db, merchant }: World): Promise<number> =>
  value<number>(
    db,
    `insert into app_public.carrier_accounts (merchant_id, carrier, name)
     values ($1, 'delhivery', $2) returning id as value`,
    [merchant.id, randomUUID()],
  );
