import type { Merchant } from '../support/merchants.ts';
import { value } from '../support/query.ts';
import type { Db } from '../support/query.ts';

/** Kochi to Kochi, to big towns, to one hill, and anywhere else. */
export function rateCard(accountId: number, changes: Record<string, unknown> = {}): object {
  return {
    carrier_account_id: accountId,
    name: 'As agreed in April',
    valid_from: '2026-04-01',
    fuel_percent: 20,
    tax_percent: 18,
    rto_percent: 80,
    cod_fee_minor: 3500,
    cod_percent: 2,
    zones: [
      { zone: 'local', days: 2 },
      { zone: 'metro', days: 3 },
      { zone: 'rest', days: 5 },
      { zone: 'special', days: null },
    ],
    slabs: [
      { zone: 'local', from_grams: 0, step_grams: 500, price_minor: 2800 },
      { zone: 'local', from_grams: 500, step_grams: 500, price_minor: 2000 },
      { zone: 'local', from_grams: 5000, step_grams: 1000, price_minor: 3000 },
      { zone: 'metro', from_grams: 0, step_grams: 500, price_minor: 4000 },
      { zone: 'rest', from_grams: 0, step_grams: 500, price_minor: 4500 },
      { zone: 'special', from_grams: 0, step_grams: 1000, price_minor: 9000 },
    ],
    lanes: [
      { zone: 'local', from_prefix: '682', to_prefixes: ['682', '683'] },
      { zone: 'metro', to_prefixes: ['110', '400', '560'] },
      { zone: 'special', to_prefixes: ['682555'] },
      { zone: 'rest', to_prefixes: [''] },
    ],
    ...changes,
  };
}

/** Stores a card past the API, as the seed of the demo does. */
export function putCard(db: Db, merchant: Merchant, card: object): Promise<string> {
  return value<string>(db, `select (app_hidden.put_rate_card($1, $2, 'test')).id as value`, [
    merchant.id,
    card,
  ]);
}

export function addAccount(
  db: Db,
  merchant: Merchant,
  carrier: string,
  priority: number,
): Promise<number> {
  return value<number>(
    db,
    `insert into app_public.carrier_accounts (merchant_id, carrier, name, priority)
     values ($1, $2::text, $2::text || ' ' || $3::integer, $3::integer) returning id as value`,
    [merchant.id, carrier, priority],
  );
}
