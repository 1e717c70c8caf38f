/**
 * The one way out. Every call to a carrier or to WhatsApp goes through `callService`, and what speaks
 * another protocol through `speak`: it sends, has the connector read the answer, and writes the log
 * row, which also feeds the circuit breaker. What a failed call means for the effect is decided in
 * the database (`app_private.fail_effect`).
 */
import type { Pool } from 'pg';
import { maskAnswer, maskRequest } from './mask.ts';
import type { HttpAnswer, HttpRequest, Outcome } from './outcome.ts';
import type { Policy } from './policy.ts';
import { sendRequest, TransportError } from './http.ts';

export interface CallOver<T, Answer> {
  merchantId: number;
  /** delhivery, whatsapp, … together with the account: whose circuit and whose log. */
  service: string;
  accountId: number;
  operation: string;
  /** Ours, the same over all attempts. */
  reference: string | null;
  policy: Policy;
  parse: (answer: Answer) => Outcome<T>;
}

export interface Call<T> extends CallOver<T, HttpAnswer> {
  request: HttpRequest;
}

/** A way to send one request, and what the log may keep of it. */
export interface Transport<Answer> {
  /** Throws a {@link TransportError} when there is no answer. */
  send: (timeoutMs: number) => Promise<Answer>;
  requestMasked: string;
  statusOf: (answer: Answer) => number;
  maskAnswer: (answer: Answer) => string;
}

export function callService<T>(db: Pool, call: Call<T>): Promise<Outcome<T>> {
  return speak(db, call, {
    send: (timeoutMs) => sendRequest(call.request, timeoutMs),
    requestMasked: maskRequest(call.request),
    statusOf: ({ status }) => status,
    maskAnswer,
  });
}

export async function speak<T, Answer>(
  db: Pool,
  call: CallOver<T, Answer>,
  over: Transport<Answer>,
): Promise<Outcome<T>> {
  const startedAt = performance.now();
  let answer: Answer | null = null;
  let outcome: Outcome<T>;
  try {
    answer = await over.send(call.policy.timeoutMs);
    outcome = readAnswer(call, answer);
  } catch (error) {
    if (!(error instanceof TransportError)) throw error;
    outcome = {
      kind: error.sent && call.policy.does === 'effect' ? 'unknown' : 'transient',
      code: error.code,
      message: error.message,
    };
  }
  const failed = outcome.kind !== 'done';
  await db.query('select app_private.record_call($1, $2)', [
    call.merchantId,
    {
      service: call.service,
      account_id: call.accountId,
      operation: call.operation,
      reference: call.reference,
      outcome: outcome.kind,
      code: 'code' in outcome ? outcome.code : null,
      http_status: answer === null ? null : over.statusOf(answer),
      duration_ms: Math.round(performance.now() - startedAt),
      request_masked: over.requestMasked,
      answer_masked: failed && answer !== null ? over.maskAnswer(answer) : null,
    },
  ]);
  return outcome;
}

/** A connector that stumbles over an answer has met a shape that it does not know. */
function readAnswer<T, Answer>(call: CallOver<T, Answer>, answer: Answer): Outcome<T> {
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
