import { z } from 'zod';
import type { HttpAnswer, HttpRequest, Outcome } from '../../outbound/outcome.ts';
import type { DelhiveryAccount } from './account.ts';
import { httpFailure, unreadable } from './http-failure.ts';
import { hasExpired, isPdf, mayBeFetched } from '../paper-link.ts';
import { readBody } from '../read-body.ts';
import { readHeaders } from './request-headers.ts';

const answerSchema = z.object({
  packages: z.array(
    z.object({
      wbn: z.union([z.string(), z.number()]).transform(String),
      pdf_download_link: z.string().nullish(),
    }),
  ),
});

/** Documented to take a minute at its slowest: it has a retry of its own and a long time-out. */
export function buildPackingSlip(
  account: DelhiveryAccount,
  waybill: string,
  size: '4R' | 'A4' = '4R',
): HttpRequest {
  const query = new URLSearchParams({ wbns: waybill, pdf: 'true', pdf_size: size });
  return {
    method: 'GET',
    url: `${account.baseUrl}/api/p/packing_slip?${query.toString()}`,
    headers: readHeaders(account),
  };
}

/** A link that lives for minutes; `absent` while the waybill is not manifested. */
export function parsePackingSlip(
  account: DelhiveryAccount,
  waybill: string,
  answer: HttpAnswer,
): Outcome<{ link: string }> {
  const failure = httpFailure(answer, 'read');
  if (failure) return failure;
  const parsed = answerSchema.safeParse(readBody(answer).json);
  if (!parsed.success) return unreadable(answer, 'read');
  const slip = parsed.data.packages.find((entry) => entry.wbn === waybill);
  if (!slip) return { kind: 'absent' };
  const link = slip.pdf_download_link ?? '';
  if (link === '') {
    return { kind: 'transient', code: 'label-not-ready', message: 'The label has no link yet' };
  }
  if (mayBeFetched(account, link)) return { kind: 'done', value: { link } };
  return { kind: 'drift', code: 'label-link', message: 'The label link leads to no safe place' };
}

/** The link is signed itself; our token must not travel to the storage host. */
export function buildLabelDownload(link: string): HttpRequest {
  return { method: 'GET', url: link, headers: { accept: 'application/pdf' } };
}

export function parseLabelDownload(answer: HttpAnswer): Outcome<{ pdf: Uint8Array }> {
  if (hasExpired(answer)) {
    const message = 'The label link has expired: ask for a new one';
    return { kind: 'transient', code: 'label-link-expired', message };
  }
  const failure = httpFailure(answer, 'read');
  if (failure) return failure;
  if (isPdf(answer)) return { kind: 'done', value: { pdf: answer.bytes } };
  const message = `HTTP ${answer.status} with no PDF in it`;
  return { kind: 'drift', code: 'label-no-pdf', message };
}
