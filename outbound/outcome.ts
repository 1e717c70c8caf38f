/**
 * The vocabulary every connector shares with the one call path (`outbound/call.ts`).
 *
 * A connector is pure: `buildX()` makes an {@link HttpRequest}, `parseX()` turns an {@link HttpAnswer}
 * into an {@link Outcome}. It never touches the network and never decides what happens next.
 */

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'DELETE';
  url: string;
  headers: Record<string, string>;
  /** Already encoded in the way the service wants it. */
  body?: string;
}

export interface HttpAnswer {
  status: number;
  /** Header names in lower case. */
  headers: Record<string, string>;
  /** The body as bytes; text is decoded on demand, because a label is a PDF. */
  bytes: Uint8Array;
}

/** What one call to an outside service said, in the terms the effect ledger decides by. */
export type Outcome<T> =
  /** It happened (or was read). */
  | { kind: 'done'; value: T }
  /** A look-up found nothing under this reference. Inconclusive until the settle time is over. */
  | { kind: 'absent' }
  /** Known not to have happened; worth another try. */
  | { kind: 'transient'; code: string; message: string; retryAfterMs?: number }
  /** Known not to have happened, and a repeat would be refused too: a human has to change something. */
  | { kind: 'refused'; code: string; message: string; field?: string }
  /** The service already has it under our reference: look it up and adopt it. */
  | { kind: 'exists'; code: string; message: string }
  /** May or may not have happened: look the reference up before anything is sent again. */
  | { kind: 'unknown'; code: string; message: string }
  /** The account as a whole is stopped (balance, credentials): opens the circuit. */
  | { kind: 'account'; code: string; message: string }
  /** The answer no longer has the shape we know: keep it, alarm, never guess. */
  | { kind: 'drift'; code: string; message: string };
