/** The words of the morning digest: a pure function of what is open. */
export interface DigestContent {
  merchant: string;
  time_zone: string;
  open: number;
  /** By why, the one that has waited longest first. */
  reasons: { kind: string; what: string; code: string; advice: string; open: number }[];
  /** The oldest, 50 at most. */
  letters: {
    kind: string;
    code: string;
    advice: string;
    number: number;
    order_id: string;
    store_id: number;
    attempts: number;
    created_at: string;
  }[];
  stores: { id: number; name: string }[];
}

export interface Words {
  subject: string;
  text: string;
}

/** No customer's name, phone or address comes in here; order numbers are the merchant's own. */
export function digestWords(content: DigestContent, publicUrl: string, now: Date): Words {
  const base = publicUrl.replace(/\/$/, '');
  const calls = content.open === 1 ? '1 call waits' : `${content.open} calls wait`;
  const unlisted = content.open - content.letters.length;
  const lines = [
    `${calls} for a person at ${oneLine(content.merchant)}:`,
    '',
    ...content.reasons.flatMap((reason) => reasonLines(reason, content, base, now)),
    ...(unlisted > 0 ? [`… and ${unlisted} more.`, ''] : []),
    'The exceptions queue, where each can be tried again or settled:',
    ...content.stores.map(({ id, name }) => `  ${name}: ${base}/#/stores/${id}`),
    '',
    'You get this because you are an owner or a manager. Nothing is sent on mornings when nothing waits.',
  ];
  return {
    subject: `${calls} for a person at ${oneLine(content.merchant)}`,
    text: `${lines.join('\n')}\n`,
  };
}

function reasonLines(
  reason: DigestContent['reasons'][number],
  { letters, time_zone }: DigestContent,
  base: string,
  now: Date,
): string[] {
  const isOfReason = (letter: DigestContent['letters'][number]) =>
    letter.kind === reason.kind && letter.code === reason.code && letter.advice === reason.advice;
  return [
    `${reason.open} × ${reason.code}: ${reason.what}`,
    `  What to do: ${reason.advice}`,
    ...letters.filter(isOfReason).map((letter) => {
      const since = dayAndTime(letter.created_at, time_zone);
      const waiting = age(now.getTime() - Date.parse(letter.created_at));
      const link = `${base}/#/stores/${letter.store_id}/orders/${letter.order_id}`;
      return `  - order ${letter.number}, since ${since} (${waiting}), tried ${letter.attempts} ×: ${link}`;
    }),
    '',
  ];
}

function dayAndTime(at: string, timeZone: string): string {
  return new Intl.DateTimeFormat('en-GB', {
    timeZone,
    day: 'numeric',
    month: 'short',
    hour: '2-digit',
    minute: '2-digit',
  }).format(new Date(at));
}

function age(ms: number): string {
  const hours = Math.max(0, Math.floor(ms / 3_600_000));
  if (hours < 1) return 'less than an hour';
  return hours < 48 ? `${hours} h` : `${Math.floor(hours / 24)} days`;
}

const oneLine = (text: string) => text.replace(/\s+/g, ' ').trim();
