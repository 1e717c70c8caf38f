import express, { type Router } from 'express';

import type { KeyRing } from '../../config.ts';
import { respondError } from '../http/respond.ts';
import { verifyPaperLink, type Paper } from './paper-links.ts';

export interface PaperFile {
  name: string;
  pdf: Uint8Array;
}

const fileName = /^([0-9a-f]{8}(?:-[0-9a-f]{4}){3}-[0-9a-f]{12})\.pdf$/;

/** Labels show name and address: papers are served for a signed, short-lived link only. */
export function paperRoutes(
  kind: Paper['kind'],
  keys: KeyRing,
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
