/**
 * Caused by: the crontab, every minute.
 * Does: mails each merchant's owners and managers, once on the morning of their day, which calls wait for a
 * person; nobody when none does.
 * Twice is harmless: a merchant's day has one row; who claims it commits it as `sending` before the mail
 * server is called, and e-mail cannot be looked up, so what may have been sent is not sent again.
 */
import type { Task } from 'graphile-worker';
import { z } from 'zod';
import { buildMail } from '../channels/email/build-mail.ts';
import { digestWords } from '../channels/email/digest.ts';
import { policies } from '../channels/email/policies.ts';
import { readReply } from '../channels/email/read-reply.ts';
import { speak } from '../outbound/call.ts';
import { maskReply, sendMail } from '../outbound/smtp.ts';
import type { Config } from '../config.ts';
import type { TaskContext } from '../worker/context.ts';

const Content = z.object({
  merchant: z.string(),
  time_zone: z.string(),
  open: z.number().int(),
  reasons: z.array(
    z.object({
      kind: z.string(),
      what: z.string(),
      code: z.string(),
      advice: z.string(),
      open: z.number().int(),
    }),
  ),
  letters: z.array(
    z.object({
      kind: z.string(),
      code: z.string(),
      advice: z.string(),
      number: z.number().int(),
      order_id: z.uuid(),
      store_id: z.number().int(),
      attempts: z.number().int(),
      created_at: z.string(),
    }),
  ),
  stores: z.array(z.object({ id: z.number().int(), name: z.string() })),
  recipients: z.array(z.object({ name: z.string(), email: z.string() })).min(1),
});

const Claimed = z.object({
  digest: z.object({
    merchant_id: z.number().int(),
    digest_on: z.string(),
    status: z.enum(['intent', 'sending', 'skipped']),
    epoch: z.number().int(),
  }),
  policy: z.object({ service: z.string(), timeout_ms: z.number() }),
  content: z.unknown(),
});
type Claim = z.infer<typeof Claimed>;

export const task =
  (context: TaskContext): Task =>
  async (_payload, helpers) => {
    const { mail } = context.config;
    if (mail === undefined) return;
    await plan(context);
    for (;;) {
      const { rows } = await context.db.query<{ claim: unknown }>(
        'select app_private.claim_digest($1, $2) as claim',
        [context.now(), helpers.job.locked_by ?? 'worker'],
      );
      if (rows[0]?.claim == null) return;
      const claim = Claimed.parse(rows[0].claim);
      if (claim.digest.status === 'sending') await send(claim, mail, context);
    }
  };

async function plan({ db, log, now }: TaskContext): Promise<void> {
  const { rows } = await db.query<{ merchant_id: number; status: string }>(
    'select merchant_id, status from app_private.end_digests($1)',
    [now()],
  );
  for (const { merchant_id, status } of rows) {
    log.warn({ merchantId: merchant_id, status }, 'a digest was not sent, or nobody knows');
  }
  await db.query('select app_private.plan_digests($1)', [now()]);
}

async function send(
  { digest, policy, content }: Claim,
  mail: NonNullable<Config['mail']>,
  { db, config, log, now }: TaskContext,
): Promise<void> {
  const { recipients, ...given } = Content.parse(content);
  const reference = `digest-${digest.merchant_id}-${digest.digest_on}`;
  const message = await buildMail({
    ...digestWords(given, config.publicUrl, now()),
    from: mail.from,
    to: recipients,
    messageId: `<${reference}@${new URL(config.publicUrl).hostname}>`,
    at: now(),
  });
  const sent = await speak(
    db,
    {
      merchantId: digest.merchant_id,
      service: policy.service,
      // The mail server is the installation's own, not an account of the merchant.
      accountId: 0,
      operation: 'send_digest',
      reference,
      policy: { ...policies.send_digest, timeoutMs: policy.timeout_ms },
      parse: readReply,
    },
    {
      send: (timeoutMs) =>
        sendMail(
          mail.server,
          { from: mail.from, to: recipients.map(({ email }) => email), message },
          timeoutMs,
        ),
      requestMasked: `SMTP ${mail.server.host}, ${recipients.length} recipients, ${message.length} bytes`,
      statusOf: ({ status }) => status,
      maskAnswer: maskReply,
    },
  );
  const names = [digest.merchant_id, digest.digest_on, digest.epoch];
  if (sent.kind === 'done') {
    await db.query('select app_private.record_digest($1, $2, $3)', names);
    log.info({ reference, open: given.open, ...sent.value }, 'digest sent');
    return;
  }
  const { code, message: why } =
    'code' in sent ? sent : { code: 'UNEXPECTED_ANSWER', message: sent.kind };
  const { rows } = await db.query<{ next: string }>(
    'select app_private.fail_digest($1, $2, $3, $4, $5, $6) as next',
    [...names, sent.kind, code, why],
  );
  log.warn({ reference, outcome: sent.kind, code, next: rows[0]?.next }, 'digest not sent');
}
