import MailComposer from 'nodemailer/lib/mail-composer';
import type { Words } from './digest.ts';

export interface Mail extends Words {
  from: string;
  to: readonly { name: string; email: string }[];
  /** Ours: of a repeat that should not have been, mail programs show one. */
  messageId: string;
  at: Date;
}

/** Plain text, marked as written by a machine, so that no absence note answers it. */
export async function buildMail(mail: Mail): Promise<Uint8Array> {
  return new MailComposer({
    from: { name: 'Waybill', address: mail.from },
    to: mail.to.map(({ name, email }) => ({ name, address: email })),
    subject: mail.subject,
    text: mail.text,
    date: mail.at,
    messageId: mail.messageId,
    headers: { 'Auto-Submitted': 'auto-generated', 'X-Auto-Response-Suppress': 'All' },
    disableFileAccess: true,
    disableUrlAccess: true,
  })
    .compile()
    .build();
}
