import { once } from 'node:events';
import type { Server } from 'node:http';
import { Agenda } from './agenda.ts';
import { resumeBlueDartMotion } from './bluedart/motion.ts';
import { BooksFile } from './books-file.ts';
import { Books } from './books.ts';
import { resumeMotion } from './delhivery/motion.ts';
import { Faults } from './faults.ts';
import { defaultSettings } from './options.ts';
import type { SandboxOptions, Settings } from './options.ts';
import { RateLimits } from './rate-limits.ts';
import { createSandboxServer } from './server.ts';
import { resumeShiprocketMotion } from './shiprocket/motion.ts';
import { startSmtpReceiver } from './smtp/server.ts';
import type { SmtpReceiver } from './smtp/server.ts';
import { WebhookSender } from './webhook-sender.ts';
import { scheduleStatuses } from './whatsapp/statuses.ts';
import { addTemplate, findTemplate, scheduleReview } from './whatsapp/templates.ts';
import type { World } from './world.ts';

/** Null: nothing is pushed. */
export interface WebhookTargets {
  /** Delhivery. */
  carrier?: string | null;
  bluedart?: string | null;
  shiprocket?: string | null;
  whatsapp?: string | null;
}

export interface Sandbox {
  /** `http://127.0.0.1:<port>`; below it `/delhivery`, `/bluedart`, `/shiprocket`, `/whatsapp`. */
  url: string;
  port: number;
  /** Of the mail server; null without one. */
  smtpPort: number | null;
  books: Books;
  faults: Faults;
  /** Where webhooks go can change while it runs: receivers are often started later. */
  setWebhookTargets: (targets: WebhookTargets) => void;
  close: () => Promise<void>;
}

/** Starts the outside world. Every sandbox has its own books, faults and clock work. */
export async function startSandbox(options: SandboxOptions = {}): Promise<Sandbox> {
  const settings: Settings = { ...defaultSettings, ...options };
  const { world, file } = buildWorld(settings);
  const snapshot = file.read();
  if (snapshot !== null) world.books.restore(snapshot);
  addMissingTemplates(world);
  resume(world);
  const server = createSandboxServer(world);
  server.listen(settings.port, settings.host);
  await once(server, 'listening');
  const port = portOf(server);
  const smtp =
    settings.smtpPort === null ? null : await startSmtpReceiver(world, settings.smtpPort);
  return {
    url: `http://${settings.host}:${port}`,
    port,
    smtpPort: smtp?.port ?? null,
    books: world.books,
    faults: world.faults,
    setWebhookTargets: ({ carrier, bluedart, shiprocket, whatsapp }) => {
      if (carrier !== undefined) settings.carrierWebhookUrl = carrier;
      if (bluedart !== undefined) settings.blueDartWebhookUrl = bluedart;
      if (shiprocket !== undefined) settings.shiprocketWebhookUrl = shiprocket;
      if (whatsapp !== undefined) settings.whatsappWebhookUrl = whatsapp;
    },
    close: () => close(world, file, server, smtp),
  };
}

function buildWorld(settings: Settings): { world: World; file: BooksFile } {
  const agenda = new Agenda();
  const books = new Books(settings.firstSerial, () => file.markChanged());
  const file = new BooksFile(settings.booksFile, agenda, () => books.snapshot());
  const faults = new Faults(settings.seed);
  faults.add(...settings.faults);
  const limits = new RateLimits(settings.rateLimits, settings.now);
  const webhooks = new WebhookSender(agenda, books, faults);
  const world: World = { settings, books, faults, agenda, limits, webhooks, now: settings.now };
  return { world, file };
}

function addMissingTemplates(world: World): void {
  for (const { wabaId } of world.settings.whatsappAccounts) {
    for (const draft of world.settings.templates) {
      const known = findTemplate(world, wabaId, draft.name, draft.language);
      if (known === undefined) addTemplate(world, wabaId, draft);
    }
  }
}

/** Sets going again whatever the books say was under way. */
function resume(world: World): void {
  resumeMotion(world);
  resumeBlueDartMotion(world);
  resumeShiprocketMotion(world);
  for (const message of world.books.messages.values()) scheduleStatuses(world, message);
  for (const template of world.books.templates.values()) {
    if (template.status === 'PENDING') scheduleReview(world, template);
  }
}

async function close(
  world: World,
  file: BooksFile,
  server: Server,
  smtp: SmtpReceiver | null,
): Promise<void> {
  if (!server.listening) return;
  const closed = once(server, 'close');
  server.close();
  server.closeAllConnections();
  await smtp?.close();
  world.agenda.close();
  world.webhooks.close();
  file.flush();
  await closed;
}

function portOf(server: Server): number {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The sandbox has no port');
  return address.port;
}
