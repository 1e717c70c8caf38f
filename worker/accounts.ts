/** Accounts as the database hands them to a task, with their credentials decrypted. */
import { z } from 'zod';
import { carriers } from '../carriers/registry.ts';
import type { CarrierCode } from '../carriers/registry.ts';
import type { WhatsAppAccount } from '../channels/whatsapp/account.ts';
import { deriveKeys } from '../config.ts';
import type { Config } from '../config.ts';
import { openCredentials } from '../outbound/credentials.ts';

const codes = Object.keys(carriers) as CarrierCode[];

export const CarrierAccountRow = z.object({
  id: z.number().int(),
  service: z.enum(codes),
  base_url: z.string().nullable(),
  settings: z.record(z.string(), z.unknown()),
  secret: z.string().nullable(),
});
export type CarrierAccountRow = z.infer<typeof CarrierAccountRow>;

export const MessageAccountRow = z.object({
  id: z.number().int(),
  service: z.literal('whatsapp'),
  base_url: z.string().nullable(),
  phone_number_id: z.string(),
  waba_id: z.string(),
  api_version: z.string(),
  secret: z.string(),
});
export type MessageAccountRow = z.infer<typeof MessageAccountRow>;

export function whatsAppAccount(row: MessageAccountRow, config: Config): WhatsAppAccount {
  const { accessToken } = z
    .object({ accessToken: z.string() })
    .parse(credentialsOf(row.secret, config));
  return {
    baseUrl: row.base_url ?? config.baseUrls.whatsapp,
    phoneNumberId: row.phone_number_id,
    wabaId: row.waba_id,
    version: row.api_version,
    accessToken,
  };
}

export function credentialsOf(secret: string, config: Config): unknown {
  return openCredentials(deriveKeys(config, 'credentials'), Buffer.from(secret, 'base64'));
}
