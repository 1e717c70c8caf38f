import type { Agenda } from './agenda.ts';
import type { Books } from './books.ts';
import type { Faults } from './faults.ts';
import type { Settings } from './options.ts';
import type { RateLimits } from './rate-limits.ts';
import type { WebhookSender } from './webhook-sender.ts';

/** What every handler is given: the state of the outside world and what it needs to go on. */
export interface World {
  settings: Settings;
  books: Books;
  faults: Faults;
  agenda: Agenda;
  limits: RateLimits;
  webhooks: WebhookSender;
  now: () => number;
}
