import type pg from 'pg';
import { z } from 'zod';

import { manifestPdf } from '../../carriers/documents/manifest-pdf.ts';
import type { PaperFile } from './routes.ts';

const manifestSql = 'select app_private.manifest_of($1) as manifest';

const Parcel = z.object({
  awb: z.string(),
  reference: z.string(),
  box: z.number(),
  boxes: z.number(),
  pincode: z.string(),
  weightGrams: z.number(),
  codMinor: z.number(),
  struck: z.string().nullable(),
});

const Manifest = z.object({
  number: z.number(),
  carrier: z.string(),
  account: z.string(),
  location: z.object({
    name: z.string(),
    address: z.string(),
    city: z.string(),
    pincode: z.string(),
    phone: z.string(),
  }),
  day: z.string(),
  pickupReference: z.string().nullable(),
  madeBy: z.string().nullable(),
  madeAt: z.coerce.date(),
  parcels: z.array(Parcel),
});

/** Drawn anew for each request: what was called off since is struck through. */
export async function manifestOf(pool: pg.Pool, id: string): Promise<PaperFile | undefined> {
  const { rows } = await pool.query<{ manifest: unknown }>(manifestSql, [id]);
  if (rows[0]?.manifest == null) return undefined;
  const manifest = Manifest.parse(rows[0].manifest);
  return { name: `manifest-${manifest.number}`, pdf: await manifestPdf(manifest) };
}
