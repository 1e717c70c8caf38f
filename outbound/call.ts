/**
 * The one way out. Every call to a carrier or to WhatsApp goes through `callService`: it sends,
 * has the connector read the answer, and writes the log row, which also feeds the circuit breaker.
 * What a failed call means for the effect is decided in the database (`app_private.fail_effect`).
 */
import type { Pool } from 'pg';
import { logCall } from './call-log.ts';
import { maskAnswer, maskRequest } from './mask.ts';
import type { HttpAnswer, HttpRequest, Outcome } from './outcome.ts';
import type { Policy } from './policy.ts';
import { sendRequest, TransportError } from './http.ts';

export interface Call<T> {
  merchantId: number;
  /** delhivery, whatsapp, … together with the account: whose circuit and whose log. */
  service: string;
  accountId: number;
  operation: string;
  /** Ours, the same over all attempts. */
  reference: string | null;
  request: HttpRequest;
  policy: Policy;
  parse: (answer: HttpAnswer) => Outcome<T>;
}

export async function callService<T>(db: Pool, call: Call<T>): Promise<Outcome<T>> {
  const startedAt = performance.now();
  let answer: HttpAnswer | null = null;
  let outcome: Outcome<T>;
  try {
    answer = await sendRequest(call.request, call.policy.timeoutMs);
    outcome = readAnswer(call, answer);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    outcome = {
      kind: error.sent && call.policy.does === 'effect' ? 'unknown' : 'transient',
      code: error.code,
      message: error.message,
    };
  }
  await logCall(db, call.merchantId, logRow(call, outcome, answer, performance.now() - startedAt));
  return outcome;
}

/** A connector that stumbles over an answer has met a shape that it does not know. */
function readAnswer<T>(call: Call<T>, answer: HttpAnswer): Outcome<T> {
  try {
    return call.parse(answer);
  } catch (error) {
    const message = `The answer to ${call.operation} is not understood: ${error instanceof Error ? error.name : 'error'}`;
    return {
      kind: call.policy.does === 'effect' ? 'unknown' : 'drift',
      code: 'UNREADABLE_ANSWER',
      message,
    };
  }
}

function logRow<T>(
  call: Call<T>,
  outcome: Outcome<T>,
  answer: HttpAnswer | null,
  durationMs: number,
): object {
  const failed = outcome.kind !== 'done';
  return {
    service: call.service,
    account_id: call.accountId,
    operation: call.operation,
    reference: call.reference,
    outcome: outcome.kind,
    code: 'code' in outcome ? outcome.code : null,
    http_status: answer?.status ?? null,
    duration_ms: Math.round(durationMs),
    request_masked: maskRequest(call.request),
    answer_masked: failed && answer !== null ? maskAnswer(answer) : null,
  };
}
