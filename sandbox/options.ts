import { demoCarrierSecret, demoDelhiveryAccounts, demoWhatsappAccounts } from './accounts.ts';
import type { DelhiveryAccount, WhatsappAccount } from './accounts.ts';
import { demoBlueDartAccounts } from './bluedart/account.ts';
import type { BlueDartAccount } from './bluedart/account.ts';
import type { FaultRule } from './faults.ts';
import { demoShiprocketAccounts } from './shiprocket/accounts.ts';
import type { ShiprocketAccount } from './shiprocket/accounts.ts';
import type { TemplateDraft } from './whatsapp/template-shape.ts';
import { demoTemplates } from './whatsapp/demo-templates.ts';

export interface Settings {
  host: string;
  /** 0 takes any free port. */
  port: number;
  /** Of the mail server; 0 takes any free port, null has none. */
  smtpPort: number | null;
  /** Who may hand over mail; null: everybody. */
  smtpLogin: { user: string; password: string } | null;
  /** The same seed gives the same parcels the same fate. */
  seed: string;
  /** Every answer takes this long; the effect happens after the wait, even if the client left. */
  latencyMs: number;
  /** Share of parcels whose first try at a label fails. */
  labelFailureRate: number;
  /** Share of parcels that are not delivered at the first attempt, and that go back. */
  ndrRate: number;
  rtoRate: number;
  /** Time between two scans of a parcel. */
  parcelStepMs: number;
  /** How many of these steps a parcel waits after a failed attempt, for somebody to decide. */
  failureSteps: number;
  /** Time between two statuses of a message. */
  messageStepMs: number;
  templateReviewMs: number;
  /** How long a new parcel stays invisible to tracking. */
  indexDelayMs: number;
  /** How long numbers of a large reservation cannot be consumed yet. */
  waybillSettleMs: number;
  labelLinkMs: number;
  rateLimits: boolean;
  carrierWebhookUrl: string | null;
  carrierWebhookSecret: { header: string; value: string };
  carrierWebhookTimeoutMs: number;
  blueDartWebhookUrl: string | null;
  shiprocketWebhookUrl: string | null;
  /** How long a login lasts. */
  shiprocketTokenMs: number;
  whatsappWebhookUrl: string | null;
  whatsappWebhookTimeoutMs: number;
  /** First gap before a WhatsApp webhook is sent again; it doubles each time. */
  whatsappRetryMs: number;
  booksFile: string | null;
  /** Numbers (waybills, message ids, pickups) start here. A restart without a books file needs
   *  another start, or old numbers would be given out again. */
  firstSerial: number;
  delhiveryAccounts: readonly DelhiveryAccount[];
  blueDartAccounts: readonly BlueDartAccount[];
  /** How long a token of Blue Dart's login is good. */
  blueDartTokenMs: number;
  shiprocketAccounts: readonly ShiprocketAccount[];
  whatsappAccounts: readonly WhatsappAccount[];
  templates: readonly TemplateDraft[];
  faults: readonly FaultRule[];
  now: () => number;
}

export type SandboxOptions = Partial<Settings>;

export const defaultSettings: Settings = {
  host: '127.0.0.1',
  port: 0,
  smtpPort: null,
  smtpLogin: null,
  seed: 'waybill',
  latencyMs: 0,
  labelFailureRate: 0.018,
  ndrRate: 0,
  rtoRate: 0,
  parcelStepMs: 1500,
  failureSteps: 3,
  messageStepMs: 400,
  templateReviewMs: 1500,
  indexDelayMs: 0,
  waybillSettleMs: 0,
  labelLinkMs: 600_000,
  rateLimits: true,
  carrierWebhookUrl: null,
  carrierWebhookSecret: demoCarrierSecret,
  carrierWebhookTimeoutMs: 500,
  blueDartWebhookUrl: null,
  shiprocketWebhookUrl: null,
  shiprocketTokenMs: 240 * 3_600_000,
  whatsappWebhookUrl: null,
  whatsappWebhookTimeoutMs: 5000,
  whatsappRetryMs: 1000,
  booksFile: null,
  firstSerial: 1,
  delhiveryAccounts: demoDelhiveryAccounts,
  blueDartAccounts: demoBlueDartAccounts,
  blueDartTokenMs: 24 * 3_600_000,
  shiprocketAccounts: demoShiprocketAccounts,
  whatsappAccounts: demoWhatsappAccounts,
  templates: demoTemplates,
  faults: [],
  now: Date.now,
};
