import express, { type Router } from 'express';
import type pg from 'pg';

import type { KeyRing } from '../../config.ts';
import { respondError } from '../http/respond.ts';
import { verifyLabelLink } from './label-links.ts';

const labelOf = 'select awb, pdf from app_private.label_of($1)';
const fileName = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.pdf$/;

/** Labels show name and address: they are served for a signed, short-lived link only. */
export function labelRoutes(pool: pg.Pool, keys: KeyRing): Router {
  const routes = express.Router();
  routes.get('/:file', async (request, response) => {
    const shipmentId = fileName.exec(request.params.file)?.[1];
    if (!shipmentId) return respondError(response, 404, 'NOT_FOUND', 'There is no such label.');
    const { expires, signature } = request.query;
    if (typeof expires !== 'string' || typeof signature !== 'string') {
      return respondError(response, 403, 'FORBIDDEN', 'This address needs a signature.');
    }
    const link = { shipmentId, expires, signature };
    if (!verifyLabelLink(keys, link, new Date())) {
      return respondError(response, 403, 'FORBIDDEN', 'This link has expired. Ask for a new one.');
    }
    const { rows } = await pool.query<{ awb: string; pdf: Buffer }>(labelOf, [shipmentId]);
    const [label] = rows;
    if (!label) return respondError(response, 404, 'NOT_FOUND', 'There is no such label.');
    response
      .type('application/pdf')
      .set('content-disposition', `inline; filename="${label.awb.replace(/[^\w-]/g, '')}.pdf"`)
      .set('cache-control', 'private, no-store')
      .send(label.pdf);
  });
  return routes;
}
