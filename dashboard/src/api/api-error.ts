/** The server understood and refused; `code` is one of docs/error-codes.md. */
export class RefusedError extends Error {
  override readonly name = 'RefusedError';
  readonly code: string;
  readonly facts: Readonly<Record<string, unknown>>;

  constructor(message: string, code: string, facts: Readonly<Record<string, unknown>> = {}) {
    super(message);
    this.code = code;
    this.facts = facts;
  }
}

/** No usable answer came; whether the server acted is unknown. */
export class UnreachableError extends Error {
  override readonly name = 'UnreachableError';
}

export function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : 'Something went wrong.';
}
