import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import { unreadable } from '../failure.ts';
import { hasExpired, isPdf, mayBeFetched } from '../paper-link.ts';
import { readBody } from '../read-body.ts';
import type { ShiprocketAccount } from './account.ts';
import { gateFailure, httpFailure, serverFailure } from './http-failure.ts';
import { readError } from './read-error.ts';
import { refusalOf } from './refusals.ts';
import { post } from './request.ts';

/** Where a paper lies; the link lasts for minutes. `parseDownload` fetches it. */
export interface Link {
  link: string;
}

/** The id goes in a list, or it is refused. */
export function buildGenerateLabel(account: ShiprocketAccount, shipmentId: number): HttpRequest {
  return post(account, '/courier/generate/label', { shipment_id: [shipmentId] });
}

const labelSchema = z.object({
  label_created: z.coerce.number(),
  label_url: z.string().nullish(),
});

export function parseGenerateLabel(account: ShiprocketAccount, answer: HttpAnswer): Outcome<Link> {
  const failure = httpFailure(account, answer, 'read');
  if (failure) return failure;
  const parsed = labelSchema.safeParse(readBody(answer).json);
  if (!parsed.success) {
    if (answer.status === 422) return refusalOf(readError(answer), 'label-refused');
    return unreadable(answer, 'read');
  }
  const { label_created: created, label_url: link } = parsed.data;
  if (created === 1 && link) return checkedLink(account, link);
  // Either it is being made or the AWB has not arrived there: both pass.
  return { kind: 'transient', code: 'label-not-ready', message: 'The label is not there yet' };
}

export function buildGenerateManifest(
  account: ShiprocketAccount,
  shipmentIds: readonly number[],
): HttpRequest {
  return post(account, '/manifests/generate', { shipment_id: shipmentIds });
}

const manifestSchema = z.object({ manifest_url: z.string() });

/** A shipment can be on one manifest only: then the one that exists is printed. */
export function parseGenerateManifest(
  account: ShiprocketAccount,
  answer: HttpAnswer,
): Outcome<Link> {
  const gate = gateFailure(account, answer);
  if (gate) return gate;
  if (/manifest already generated/i.test(readError(answer).texts.join(' | '))) {
    return { kind: 'exists', code: 'manifest-exists', message: 'It is on a manifest already' };
  }
  return serverFailure(answer, 'effect') ?? manifestLink(account, answer, 'effect');
}

export function buildPrintManifest(
  account: ShiprocketAccount,
  orderIds: readonly number[],
): HttpRequest {
  return post(account, '/manifests/print', { order_ids: orderIds });
}

export function parsePrintManifest(account: ShiprocketAccount, answer: HttpAnswer): Outcome<Link> {
  return httpFailure(account, answer, 'read') ?? manifestLink(account, answer, 'read');
}

function manifestLink(
  account: ShiprocketAccount,
  answer: HttpAnswer,
  does: 'read' | 'effect',
): Outcome<Link> {
  const parsed = manifestSchema.safeParse(readBody(answer).json);
  if (!parsed.success) {
    if (answer.status < 400) return unreadable(answer, does);
    return refusalOf(readError(answer), 'manifest-refused');
  }
  if (parsed.data.manifest_url !== '') return checkedLink(account, parsed.data.manifest_url);
  // Status 1 with an empty link: the shipments have no AWB or no pickup yet.
  const message = 'Shiprocket makes no manifest of shipments without a pickup';
  return { kind: 'transient', code: 'manifest-not-ready', message };
}

function checkedLink(account: ShiprocketAccount, link: string): Outcome<Link> {
  if (mayBeFetched(account, link)) return { kind: 'done', value: { link } };
  return { kind: 'drift', code: 'document-link', message: 'The link leads to no safe place' };
}

/** The link is signed itself; our token must not travel to the storage host. */
export function buildDownload(link: string): HttpRequest {
  return { method: 'GET', url: link, headers: { accept: 'application/pdf' } };
}

export function parseDownload(answer: HttpAnswer): Outcome<{ pdf: Uint8Array }> {
  if (hasExpired(answer)) {
    const message = 'The link has expired: ask for a new one';
    return { kind: 'transient', code: 'document-link-expired', message };
  }
  const failure = httpFailure({ tokenIsFresh: true }, answer, 'read');
  if (failure) return failure;
  if (isPdf(answer)) return { kind: 'done', value: { pdf: answer.bytes } };
  const message = `HTTP ${answer.status} with no PDF in it`;
  return { kind: 'drift', code: 'document-no-pdf', message };
}
