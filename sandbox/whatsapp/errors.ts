import type { Answer } from '../exchange.ts';
import { json } from '../exchange.ts';

const titles: Record<number, string> = {
  10: 'Application does not have permission for this action',
  100: 'Invalid parameter',
  130429: 'Rate limit hit',
  131008: 'Required parameter is missing',
  131009: 'Parameter value is not valid',
  131021: 'Recipient cannot be sender',
  131042: 'Business eligibility payment issue',
  131051: 'Unsupported message type',
  131056: '(Business Account, Consumer Account) pair rate limit hit',
  132000: 'Number of parameters does not match the expected number of params',
  132001: 'Template name does not exist in the translation',
  132005: 'Translated text too long',
  132012: 'Parameter format does not match format in the created template',
  132015: 'Template is paused',
  132016: 'Template is disabled',
};

/** Rate errors come as 429 or as 400 from the real service; the sandbox takes one of each. */
const httpStatuses: Record<number, number> = { 130429: 429, 132001: 404 };

export function graphError(code: number, details: string, subcode?: number): Answer {
  const message = `(#${code}) ${titles[code] ?? 'Something went wrong'}`;
  const error = {
    message,
    type: 'OAuthException',
    code,
    error_data: { messaging_product: 'whatsapp', details },
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
    fbtrace_id: traceId(details),
  };
  return json({ error }, httpStatuses[code] ?? 400, `error_${code}`);
}

/** How the template pages complain: for the person who wrote the template. */
export function draftError(title: string, advice: string, subcode?: number): Answer {
  const error = {
    message: 'Invalid parameter',
    type: 'OAuthException',
    code: 100,
    ...(subcode === undefined ? {} : { error_subcode: subcode }),
    is_transient: false,
    error_user_title: title,
    error_user_msg: advice,
    fbtrace_id: traceId(title),
  };
  return json({ error }, 400, 'error_100');
}

export function tokenError(hasToken: boolean): Answer {
  const message = hasToken
    ? 'Invalid OAuth access token - Cannot parse access token'
    : 'Authentication Error';
  const error = { message, type: 'OAuthException', code: 190, fbtrace_id: traceId(message) };
  return json({ error }, 401, 'error_190');
}

/** An object of somebody else and one that never existed are answered alike. */
export function unknownObjectError(method: string, id: string): Answer {
  const message =
    `Unsupported ${method.toLowerCase()} request. Object with ID '${id}' does not exist, ` +
    'cannot be loaded due to missing permissions, or does not support this operation. ' +
    'Please read the Graph API documentation at https://developers.facebook.com/docs/graph-api';
  const error = {
    message,
    type: 'GraphMethodException',
    code: 100,
    error_subcode: 33,
    fbtrace_id: traceId(id),
  };
  return json({ error }, 400, 'error_100');
}

export function unknownPathError(path: string): Answer {
  const message = `Unknown path components: ${path}`;
  const error = { message, type: 'OAuthException', code: 2500, fbtrace_id: traceId(path) };
  return json({ error }, 400, 'error_2500');
}

function traceId(of: string): string {
  return `A${Buffer.from(of).toString('base64url').slice(0, 10).padEnd(10, 'x')}`;
}
