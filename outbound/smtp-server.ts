/** Where mail is handed over. */
export interface SmtpServer {
  host: string;
  port: number;
  /** TLS from the first byte; else STARTTLS when the server offers it. */
  secure: boolean;
  /** No mail without TLS. */
  requireTls: boolean;
  login: { user: string; password: string } | null;
}

const loopback = /^(?:localhost|127(?:\.\d{1,3}){3}|\[?::1\]?)$/;

/**
 * `smtp://name:password@host:587` or `smtps://host`; null when it is neither. A server on another machine
 * must speak TLS: what the mail says, and the password, are nobody else's business. `?tls=optional` is for
 * a relay in a private network that has none.
 */
export function smtpServer(text: string): SmtpServer | null {
  const url = URL.canParse(text) ? new URL(text) : null;
  if (url === null || !['smtp:', 'smtps:'].includes(url.protocol) || url.hostname === '')
    return null;
  const secure = url.protocol === 'smtps:';
  const isOptional = url.searchParams.get('tls') === 'optional';
  const user = decodeURIComponent(url.username);
  return {
    host: url.hostname.replace(/^\[|\]$/g, ''),
    port: url.port === '' ? (secure ? 465 : 587) : Number(url.port),
    secure,
    requireTls: !secure && !loopback.test(url.hostname) && !isOptional,
    login: user === '' ? null : { user, password: decodeURIComponent(url.password) },
  };
}
