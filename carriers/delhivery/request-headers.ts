import type { DelhiveryAccount } from './account.ts';

/** The token goes in the header only: as a query it would land in logs. */
export function readHeaders(account: DelhiveryAccount): Record<string, string> {
  return { authorization: `Token ${account.token}`, accept: 'application/json' };
}

export function jsonHeaders(account: DelhiveryAccount): Record<string, string> {
  return { ...readHeaders(account), 'content-type': 'application/json' };
}

export function formHeaders(account: DelhiveryAccount): Record<string, string> {
  return { ...readHeaders(account), 'content-type': 'application/x-www-form-urlencoded' };
}

/** Values for a comma list in a query; the commas themselves stay readable. */
export function commaList(values: readonly string[]): string {
  return values.map(encodeURIComponent).join(',');
}
