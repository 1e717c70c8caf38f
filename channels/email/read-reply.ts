import type { Outcome } from '../../outbound/outcome.ts';
import type { SmtpReply } from '../../outbound/smtp.ts';

export interface Handed {
  /** Recipients that the server did not take, while it took others. */
  refusedRecipients: number;
}

/**
 * RFC 5321: 2xx taken, 4xx not now, 5xx not so. A server that answers has decided, also after the mail's
 * last line; what it did not answer is for the transport to say.
 */
export function readReply({ status, stage, refusedRecipients }: SmtpReply): Outcome<Handed> {
  const code = `smtp-${status}`;
  if (status >= 200 && status < 300 && stage === 'message') {
    return { kind: 'done', value: { refusedRecipients } };
  }
  if (status >= 400 && status < 500) {
    return { kind: 'transient', code, message: `The mail server answered ${status}` };
  }
  if (stage === 'login' || status === 530) {
    return {
      kind: 'account',
      code: 'authentication',
      message: 'The mail server refuses the login',
    };
  }
  if (status >= 500 && status < 600) {
    const what = {
      greeting: 'the connection',
      login: '',
      envelope: 'sender or recipients',
      message: 'the mail',
    };
    return { kind: 'refused', code, message: `The mail server refused ${what[stage]} (${status})` };
  }
  return { kind: 'unknown', code, message: `The mail server answered ${status} to a mail` };
}
