import { rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';

/** Every read model and what the log says it is, as queries over the same columns. */
export const readModels: Record<string, { kept: string; folded: string }> = {
  orders_current: {
    kept: 'select * from app_public.orders_current',
    folded: 'select (f.folded).* from app_hidden.fold_orders(null) f',
  },
  order_items: {
    kept: 'select * from app_public.order_items',
    folded: 'select * from app_hidden.fold_order_items()',
  },
  shipments_current: {
    kept: 'select * from app_public.shipments_current',
    folded: 'select * from app_hidden.fold_shipments()',
  },
  shipment_items: {
    kept: 'select * from app_public.shipment_items',
    folded: 'select * from app_hidden.fold_shipment_items()',
  },
  order_keys: {
    kept: 'select * from app_hidden.order_keys',
    folded: 'select * from app_hidden.fold_order_keys()',
  },
};

/** Rows that are in one of two queries and not in the other, byte for byte, with their side. */
export async function differences(db: Db, one: string, other: string): Promise<object[]> {
  return rows(
    db,
    `select case when k.row is null then 'only the second' else 'only the first' end as side,
       to_jsonb(coalesce(k.row, f.row)) as row
     from (select k as row, k::text as text from (${one}) k) k
     full join (select f as row, f::text as text from (${other}) f) f on f.text = k.text
     where k.row is null or f.row is null`,
  );
}

/** What of the read models is not what the log says; empty when all is well. */
export async function unfolded(db: Db): Promise<Record<string, object[]>> {
  const found: Record<string, object[]> = {};
  for (const [name, { kept, folded }] of Object.entries(readModels)) {
    const rows = await differences(db, kept, folded);
    if (rows.length > 0) found[name] = rows;
  }
  return found;
}

/** One number for all that the read models hold. */
export async function fingerprint(db: Db): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const [name, { kept }] of Object.entries(readModels)) {
    const [row] = await rows<{ md5: string }>(
      db,
      `select count(*) || ' ' || coalesce(md5(string_agg(k::text, e'\\n' order by k::text)), '')
         as md5 from (${kept}) k`,
    );
    found[name] = row?.md5 ?? '';
  }
  return found;
}
