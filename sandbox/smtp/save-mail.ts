import { createHash } from 'node:crypto';
import type { Mail } from '../records.ts';
import type { World } from '../world.ts';

/** Puts a mail that was taken into the books; returns its queue number. */
export function saveMail(
  world: World,
  { from, to, text }: Pick<Mail, 'from' | 'to' | 'text'>,
): string {
  const serial = world.books.nextSerial();
  const id = createHash('sha256').update(`mail ${serial}`).digest('hex').slice(0, 10).toUpperCase();
  const [head = '', ...body] = text.split('\r\n\r\n');
  world.books.mails.push({
    id,
    from,
    to,
    subject: headerOf(head, 'subject'),
    messageId: headerOf(head, 'message-id'),
    text: Buffer.from(`${head}\r\n\r\n${body.join('\r\n\r\n')}`, 'latin1').toString('utf8'),
    at: world.now(),
  });
  world.books.changed();
  return id;
}

/** Folded lines are one. */
function headerOf(head: string, name: string): string {
  const unfolded = head.replace(/\r\n[ \t]+/g, ' ').split('\r\n');
  const line = unfolded.find((text) => text.toLowerCase().startsWith(`${name}:`));
  return line?.slice(name.length + 1).trim() ?? '';
}
