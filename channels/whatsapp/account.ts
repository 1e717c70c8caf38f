/** One WhatsApp sender: a phone number of a WhatsApp business account (WABA). */
export interface WhatsAppAccount {
  /** Without a slash at the end. */
  baseUrl: string;
  phoneNumberId: string;
  wabaId: string;
  accessToken: string;
  /** Of the Graph API: `v24.0`. */
  version: string;
}

export function graphUrl(account: WhatsAppAccount, path: string): string {
  return `${account.baseUrl}/${account.version}/${path}`;
}

export function readHeaders(account: WhatsAppAccount): Record<string, string> {
  return { authorization: `Bearer ${account.accessToken}`, accept: 'application/json' };
}

export function jsonHeaders(account: WhatsAppAccount): Record<string, string> {
  return { ...readHeaders(account), 'content-type': 'application/json' };
}
