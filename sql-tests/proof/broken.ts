import { rows } from '../support/query.ts';
import type { Db } from '../support/query.ts';

export interface Finding {
  invariant: string;
  faults: number;
  sample: { merchant_id: number | null; order_id: string | null; facts: object }[];
  meaning: string;
  mend: string;
}

/** What verify() finds broken, with the first of the faults; empty when all is well. */
export async function broken(db: Db): Promise<Record<string, unknown>> {
  const found = await rows<Finding>(
    db,
    'select * from app_private.verify() where faults > 0 order by invariant',
  );
  return Object.fromEntries(found.map(({ invariant, sample }) => [invariant, sample[0]]));
}

/** The names of all that verify() checks. */
export async function invariants(db: Db): Promise<string[]> {
  const found = await rows<Finding>(db, 'select invariant from app_private.verify()');
  return found.map(({ invariant }) => invariant).sort();
}
