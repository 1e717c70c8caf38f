import { json } from '../exchange.ts';
import type { Answer } from '../exchange.ts';

/** The usual error: `{"message": "...", "status_code": 400}`. */
export function failed(status: number, message: string, outcome = 'refused'): Answer {
  return json({ message, status_code: status }, status, outcome);
}

/** 422 with a list of problems by field. */
export function invalid(
  errors: Record<string, readonly string[]>,
  message = 'Oops! Invalid Data.',
  outcome = 'refused',
): Answer {
  return json({ message, errors, status_code: 422 }, 422, outcome);
}

export function required(...fields: string[]): Answer {
  const errors = fields.map((field) => [field, [requiredText(field)]] as const);
  return invalid(Object.fromEntries(errors), 'Required field missing');
}

export function requiredText(field: string): string {
  return `The ${field.replaceAll('_', ' ')} field is required.`;
}

/** What PHP says when it is given one thing instead of a list of them. */
export function foreachError(): Answer {
  return failed(500, 'Invalid argument supplied for foreach()');
}

export function shiprocketServerError(status = 500): Answer {
  return failed(status, 'Internal server error.', `http_${status}`);
}

/** 429 is documented without numbers and without headers; the header comes only on request. */
export function shiprocketTooMany(retryAfterSeconds?: number): Answer {
  const answer = failed(429, 'Too Many Attempts.', 'http_429');
  if (retryAfterSeconds !== undefined) answer.headers['retry-after'] = String(retryAfterSeconds);
  return answer;
}
