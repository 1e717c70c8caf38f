import { html, json } from '../exchange.ts';
import type { Answer } from '../exchange.ts';

export function throttled(limit: number, waitMs: number, retryAfterSeconds?: number): Answer {
  const seconds = retryAfterSeconds ?? Math.max(1, Math.ceil(waitMs / 1000));
  const answer = json({ detail: `Throttled, wait ${seconds} seconds.` }, 429);
  answer.headers['retry-after'] = String(seconds);
  answer.headers['x-ratelimit-limit'] = String(limit);
  answer.headers['x-ratelimit-remaining'] = '0';
  answer.headers['x-ratelimit-reset'] = String(seconds);
  return answer;
}

/** Tracking stands behind a firewall that does not explain itself. */
export function blockedByFirewall(): Answer {
  return html(
    '<html>\r\n<head><title>403 Forbidden</title></head>\r\n<body>\r\n' +
      '<center><h1>403 Forbidden</h1></center>\r\n</body>\r\n</html>\r\n',
    403,
  );
}

export function serverError(status = 500): Answer {
  return html(`<h1>Server Error (${status})</h1>`, status);
}
