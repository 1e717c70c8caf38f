/**
 * The one set of refusals, as `docs/error-codes.md` and the fixtures have it. The database raises
 * the SQLSTATE with its facts as JSON in DETAIL; clients get the code and the facts.
 */
export const codesBySqlState = {
  WB001: 'INVALID_TRANSITION',
  WB002: 'CONFLICT',
  WB003: 'FORBIDDEN',
  WB004: 'INVALID_INPUT',
  WB005: 'IDEMPOTENCY_MISMATCH',
  WB006: 'IMMUTABLE',
  WB007: 'NOT_FOUND',
  WB008: 'OUT_OF_STOCK',
} as const;

export type RefusalCode = (typeof codesBySqlState)[keyof typeof codesBySqlState];

/** What the server itself refuses, before the database is asked. */
export type ServerCode =
  | 'UNAUTHENTICATED'
  | 'CHOOSE_MERCHANT'
  | 'RATE_LIMITED'
  | 'TOO_COMPLEX'
  | 'TOO_LARGE'
  | 'TIMEOUT'
  | 'UNKNOWN_OPERATION'
  | 'TOO_MANY_SUBSCRIPTIONS'
  | 'CURSOR_TOO_OLD';

export type ErrorCode = RefusalCode | ServerCode | 'INTERNAL';

export function refusalCode(sqlState: string): RefusalCode | undefined {
  return sqlState in codesBySqlState
    ? codesBySqlState[sqlState as keyof typeof codesBySqlState] // checked just above
    : undefined;
}

/**
 * SQLSTATEs that say that an input was not what its type asks for: numeric out of range, a bad text
 * for a date, a number, a uuid or an array; a NUL byte; a CHECK or NOT NULL constraint.
 */
export const inputSqlStates: ReadonlySet<string> = new Set([
  '22001',
  '22003',
  '22007',
  '22008',
  '22021',
  '22023',
  '22P02',
  '22P05',
  '23502',
  '23514',
]);

/** SQLSTATEs of a statement that was given up, and which limit ended it. */
export const timeoutSqlStates: ReadonlyMap<string, 'statement' | 'lock'> = new Map([
  ['57014', 'statement'],
  ['55P03', 'lock'],
]);
