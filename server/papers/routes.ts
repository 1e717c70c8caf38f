import express, { type Router } from 'express';

import type { KeyRing } from '../../config.ts';
import { respondError } from '../http/respond.ts';
import { networkOf } from '../limits/client-address.ts';
import type { Limiter } from '../limits/limiter.ts';
import { respondLimited } from '../limits/respond-limited.ts';
import { verifyPaperLink, type Paper } from './paper-links.ts';

export interface PaperFile {
  name: string;
  pdf: Uint8Array;
}

const fileName = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.pdf$/;

/** A label is a file; a manifest is drawn anew, with a bar code for each of up to 500 orders. */
const costs: Readonly<Record<Paper['kind'], number>> = { label: 1, manifest: 10 };

/**
 * Labels show name and address: papers are served for a signed, short-lived link only. Genuine links
 * are counted, by address and each by itself; any other costs no more than to look at its signature.
 */
export function paperRoutes(
  kind: Paper['kind'],
  keys: KeyRing,
  limiter: Limiter,
  find: (id: string) => Promise<PaperFile | undefined>,
): Router {
  const routes = express.Router();
  routes.get('/:file', async (request, response) => {
    const id = fileName.exec(request.params.file)?.[1];
    if (!id) return respondError(response, 404, 'NOT_FOUND', `There is no such ${kind}.`);
    const { expires, signature } = request.query;
    if (typeof expires !== 'string' || typeof signature !== 'string') {
      return respondError(response, 403, 'FORBIDDEN', 'This address needs a signature.');
    }
    if (!verifyPaperLink(keys, { kind, id, expires, signature }, new Date())) {
      return respondError(response, 403, 'FORBIDDEN', 'This link has expired. Ask for a new one.');
    }
    const waitMs = await limiter.admit([
      ...limiter.take('paperLink', `${kind} ${id}`),
      ...limiter.take('paperAddress', networkOf(request.ip ?? ''), costs[kind]),
    ]);
    if (waitMs > 0) return respondLimited(response, waitMs);
    const file = await find(id);
    if (!file) return respondError(response, 404, 'NOT_FOUND', `There is no such ${kind}.`);
    response
      .type('application/pdf')
      .set('content-disposition', `inline; filename="${file.name.replace(/[^\w-]/g, '')}.pdf"`)
      .set('cache-control', 'private, no-store')
      .send(Buffer.from(file.pdf));
  });
  return routes;
}
