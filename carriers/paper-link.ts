/** Papers that a carrier makes lie behind a link, which lasts for minutes. */
import type { HttpAnswer } from '../outbound/outcome.ts';

/** The link is the only address that a carrier names for us: never plain HTTP, except its own. */
export function mayBeFetched({ baseUrl }: { baseUrl: string }, link: string): boolean {
  if (!URL.canParse(link)) return false;
  const { protocol, origin } = new URL(link);
  return protocol === 'https:' || origin === new URL(baseUrl).origin;
}

export function hasExpired({ status }: HttpAnswer): boolean {
  return status === 403 || status === 404 || status === 410;
}

export function isPdf({ status, bytes }: HttpAnswer): boolean {
  return status === 200 && new TextDecoder('latin1').decode(bytes.subarray(0, 4)) === '%PDF';
}
