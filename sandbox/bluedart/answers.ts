import { asObject, json } from '../exchange.ts';
import type { Answer } from '../exchange.ts';

/** The four ways in which Blue Dart says no; which one a refusal takes depends on where it arises. */
export type Way = 'flat' | 'nested' | 'result' | 'bare' | 'empty';

export interface Refusal {
  way: Way;
  /** `StatusCode`; also what the books count. */
  code: string;
  information: string;
}

export function refuse(code: string, information: string, way: Way = 'flat'): Refusal {
  return { way, code, information };
}

/** What .NET says when the envelope's keys are in the wrong case. */
export const nullReference = refuse(
  'Error',
  'Object reference not set to an instance of an object.',
);

/** `operation` names the result object of the third way, such as `GenerateWayBillResult`. */
export function refusalAnswer(operation: string, refusal: Refusal): Answer {
  const status = { StatusCode: refusal.code, StatusInformation: refusal.information };
  switch (refusal.way) {
    case 'flat':
      return badRequest([status]);
    case 'nested':
      return badRequest([{ IsError: true, Status: [status] }]);
    case 'result':
      return json({ [`${operation}Result`]: { IsError: true, Status: [status] } }, 200, 'refused');
    case 'bare':
      return json({ Error: refusal.information }, 400, 'refused');
    default:
      return { status: 200, headers: {}, body: '', outcome: 'refused' };
  }
}

/** Real answers of this kind begin with line breaks. */
function badRequest(errors: readonly unknown[]): Answer {
  const answer = json(
    { status: 400, title: 'Bad Request', 'error-response': errors },
    400,
    'refused',
  );
  return { ...answer, body: `\r\n\r\n${String(answer.body)}` };
}

export function gatewayError(status: number, title: string): Answer {
  return json({ status, title, 'error-response': [{ msg: title }] }, status);
}

/** Also what a wrong path is told, then with 415. */
export function notAllowed(status: 401 | 415): Answer {
  const title = 'Access to the method is not allowed';
  return json({ status, title, 'error-response': [{ msg: title }] }, status);
}

export function tooManyRequests(retryAfterSeconds = 1): Answer {
  const answer = gatewayError(429, 'Too Many Requests');
  answer.headers['retry-after'] = String(retryAfterSeconds);
  return answer;
}

/** An object inside an object; empty where there is none, so that each field is missed by itself. */
export function inner(record: Record<string, unknown>, name: string): Record<string, unknown> {
  return asObject(record[name]) ?? {};
}
