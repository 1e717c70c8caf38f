import { z } from 'zod';
import { json } from './exchange.ts';
import type { Answer, Call, Route } from './exchange.ts';
import { faultRuleSchema } from './faults.ts';
import { mayBeWebhook } from './shiprocket/webhook.ts';
import type { World } from './world.ts';

/** The sandbox's own pages, which the real services do not have. */
const rulesSchema = z.union([
  z.strictObject({ rules: z.array(faultRuleSchema) }).transform(({ rules }) => rules),
  z.array(faultRuleSchema),
]);

const webhookTargetsSchema = z.strictObject({
  carrier: z.url().nullable().optional(),
  /** Refused by the panel with certain words in it. */
  bluedart: z.url().nullable().optional(),
  shiprocket: z.url().refine(mayBeWebhook, 'Shiprocket refuses this address').nullable().optional(),
  whatsapp: z.url().nullable().optional(),
});

export const controlRoutes: readonly Route[] = [
  control('GET', 'health', () => json({ ok: true })),
  control('GET', 'faults', showFaults),
  control('PUT', 'faults', (world, call) => takeFaults(world, call, 'set')),
  control('POST', 'faults', (world, call) => takeFaults(world, call, 'add')),
  control('DELETE', 'faults', (world) => {
    world.faults.clear();
    return showFaults(world);
  }),
  control('GET', 'books', showBooks),
  control('DELETE', 'books', (world) => {
    world.books.reset();
    return showBooks(world);
  }),
  control('GET', 'books/summary', (world) => json(world.books.summary())),
  control('GET', 'webhooks', showWebhooks),
  control('PUT', 'webhooks', takeWebhooks),
];

function control(method: string, path: string, handle: Route['handle']): Route {
  return { method, path: new RegExp(`^/_sandbox/${path}$`), handle };
}

function showFaults(world: World): Answer {
  return json({ rules: world.faults.list() });
}

function takeFaults(world: World, call: Call, how: 'set' | 'add'): Answer {
  const rules = rulesSchema.safeParse(parsed(call.body));
  if (!rules.success) return json({ error: z.prettifyError(rules.error) }, 400);
  if (how === 'set') world.faults.set(rules.data);
  else world.faults.add(...rules.data);
  return showFaults(world);
}

function showBooks(world: World): Answer {
  const { parcels, reservations, pickups, messages, mails, templates, bluedart, shiprocket } =
    world.books.snapshot();
  const summary = world.books.summary();
  return json({
    summary,
    parcels,
    reservations,
    pickups,
    messages,
    mails,
    templates,
    bluedart,
    shiprocket,
  });
}

function showWebhooks({ settings }: World): Answer {
  return json({
    carrier: settings.carrierWebhookUrl,
    bluedart: settings.blueDartWebhookUrl,
    shiprocket: settings.shiprocketWebhookUrl,
    whatsapp: settings.whatsappWebhookUrl,
  });
}

function takeWebhooks(world: World, call: Call): Answer {
  const targets = webhookTargetsSchema.safeParse(parsed(call.body));
  if (!targets.success) return json({ error: z.prettifyError(targets.error) }, 400);
  const { carrier, bluedart, shiprocket, whatsapp } = targets.data;
  if (carrier !== undefined) world.settings.carrierWebhookUrl = carrier;
  if (bluedart !== undefined) world.settings.blueDartWebhookUrl = bluedart;
  if (shiprocket !== undefined) world.settings.shiprocketWebhookUrl = shiprocket;
  if (whatsapp !== undefined) world.settings.whatsappWebhookUrl = whatsapp;
  return showWebhooks(world);
}

function parsed(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}
