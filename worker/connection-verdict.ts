/** What a check of a carrier's connection found, in clear words and a code. Pure. */
import type { AccountState } from '../carriers/connector.ts';
import type { Outcome } from '../outbound/outcome.ts';

export interface Verdict {
  code:
    | 'ok'
    | 'no_credentials'
    | 'credentials_refused'
    | 'wrong_environment'
    | 'account_blocked'
    | 'unreachable'
    | 'unknown_answer';
  message: string;
}

/** The account's own failures that are not about its credentials. */
const otherwise: Readonly<Record<string, Verdict['code']>> = {
  'account-not-configured': 'wrong_environment',
  'insufficient-balance': 'account_blocked',
  'seller-stopped': 'account_blocked',
  forbidden: 'account_blocked',
};

const advice: Readonly<Record<Verdict['code'], string>> = {
  ok: 'The carrier takes the credentials and answers.',
  no_credentials: 'Store them, and check again.',
  credentials_refused: 'Copy them anew from the carrier’s panel, store them, and check again.',
  wrong_environment: 'Test and production have credentials of their own: store those of this one.',
  account_blocked: 'Settle it with the carrier, and check again.',
  unreachable: 'The credentials may be right: check again in some minutes.',
  unknown_answer: 'The call log has the answer; show it to whoever looks after Waybill.',
};

export function notReady(message: string): Verdict {
  return verdict('no_credentials', message);
}

export function verdictOf(outcome: Outcome<AccountState>): Verdict {
  switch (outcome.kind) {
    case 'done':
      return { code: 'ok', message: `${advice.ok}${balance(outcome.value)}` };
    case 'account':
      return verdict(otherwise[outcome.code] ?? 'credentials_refused', outcome.message);
    case 'transient':
    case 'unknown':
      return verdict('unreachable', outcome.message);
    case 'absent':
      return verdict('unknown_answer', 'The carrier does not know what every carrier knows');
    default:
      return verdict('unknown_answer', outcome.message);
  }
}

function verdict(code: Verdict['code'], message: string): Verdict {
  return { code, message: `${message.replace(/\.$/, '')}. ${advice[code]}` };
}

function balance({ balanceMinor }: AccountState): string {
  if (balanceMinor === null) return '';
  const rupees = (balanceMinor / 100).toLocaleString('en-IN', {
    style: 'currency',
    currency: 'INR',
  });
  return balanceMinor > 0
    ? ` ${rupees} are left on it.`
    : ` Its balance is ${rupees}: pay in before you book.`;
}
