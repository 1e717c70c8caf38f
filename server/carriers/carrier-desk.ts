/**
 * What a request about a carrier's account needs besides the database: the keys that credentials are sealed
 * with, and the limit of checks.
 */
import { randomBytes } from 'node:crypto';

import type { KeyRing } from '../../config.ts';
import { encryptCredentials, openCredentials } from '../../outbound/credentials.ts';
import { refusal } from '../errors/refusal.ts';
import type { Limiter } from '../limits/limiter.ts';

/** A credential that a carrier wants, as `app_public.carrier_account_fields` has it. */
export interface CredentialField {
  field: string;
  label: string;
  pattern: string;
}

export interface SealedCredentials {
  sealed: Buffer;
  /** Told once, when it was made just now. */
  webhookSecret: string | null;
}

export interface Saving {
  fields: readonly CredentialField[];
  /** What the member typed, by field. */
  given: Readonly<Record<string, string | null | undefined>>;
  /** What is stored now. */
  stored: Uint8Array | null;
  newWebhookSecret: boolean;
}

export class CarrierDesk {
  readonly #keys: KeyRing;
  readonly #limiter: Limiter;

  constructor(keys: KeyRing, limiter: Limiter) {
    this.#keys = keys;
    this.#limiter = limiter;
  }

  /** Refuses what is not the carrier's, by its field; says nothing of what was typed. */
  seal({ fields, given, stored, newWebhookSecret }: Saving): SealedCredentials {
    const credentials = Object.fromEntries(
      fields.map((field) => [field.field, wellFormed(field, given[field.field])]),
    );
    const foreign = Object.keys(given).find(
      (name) => given[name] != null && !(name in credentials),
    );
    if (foreign !== undefined) throw refused(foreign, 'This is none of the carrier’s credentials.');
    const kept = newWebhookSecret || stored === null ? undefined : this.#webhookSecretOf(stored);
    const webhookSecret = kept ?? randomBytes(24).toString('base64url');
    return {
      sealed: encryptCredentials(this.#keys[0], { ...credentials, webhookSecret }),
      webhookSecret: kept === undefined ? webhookSecret : null,
    };
  }

  /** What cannot be opened any more is replaced, and its webhook's secret with it. */
  #webhookSecretOf(stored: Uint8Array): string | undefined {
    try {
      const { webhookSecret } = openCredentials(this.#keys, stored);
      return typeof webhookSecret === 'string' ? webhookSecret : undefined;
    } catch {
      return undefined;
    }
  }

  /** Carriers lock out who signs in too often. */
  async admitCheck(merchantId: string, carrierAccountId: number): Promise<void> {
    const subject = `${merchantId}/${carrierAccountId}`;
    const waitMs = await this.#limiter.admit(this.#limiter.take('connectionCheck', subject));
    if (waitMs === 0) return;
    const retryAfter = Math.ceil(waitMs / 1000);
    const message = `This connection was checked often just now. Try again in ${retryAfter} s.`;
    throw refusal('RATE_LIMITED', message, { retryAfter });
  }
}

/** White space around it comes from copying. */
function wellFormed({ field, label, pattern }: CredentialField, typed: string | null | undefined) {
  const text = (typed ?? '').trim();
  if (text === '') throw refused(field, `${label} is missing.`);
  if (!new RegExp(pattern).test(text)) throw refused(field, `${label} does not look like one.`);
  return text;
}

function refused(field: string, message: string): Error {
  return refusal('INVALID_INPUT', message, { field: `credentials.${field}` });
}
