import { callService } from '../../outbound/call.ts';
import type { Outcome } from '../../outbound/outcome.ts';
import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { Send } from './calls.ts';
import { buildLogin, parseLogin } from './login.ts';
import type { KeptToken } from './login.ts';
import { memoryTokenStore, withSession } from './session.ts';
import type { Sessions } from './session.ts';

/** For tests: the real call path against the sandbox, with a database that only takes notes. */
export interface Caller {
  send: Send;
  sessions: Sessions;
  signIn: () => Promise<Outcome<KeptToken>>;
  /** The rows of the call log. */
  log: Record<string, unknown>[];
}

type Database = Parameters<typeof callService>[0];

export function callerOf(
  sandbox: Sandbox,
  {
    password = 'sandbox-shiprocket-password',
    now = () => new Date(),
    patienceMs = 10_000,
  }: { password?: string; now?: () => Date; patienceMs?: number } = {},
): Caller {
  const baseUrl = `${sandbox.url}/shiprocket/v1/external`;
  const log: Record<string, unknown>[] = [];
  const query = async (_sql: string, [, row]: [number, Record<string, unknown>]) => {
    log.push(row);
    return { rows: [] };
  };
  // The call path asks nothing else of its pool.
  const db = { query } as unknown as Database;
  const shared = { merchantId: 1, service: 'shiprocket', accountId: 1, reference: null };
  const signIn = () =>
    callService(db, {
      ...shared,
      operation: 'login',
      request: buildLogin({ baseUrl, email: 'api@sandbox.example', password }),
      timeoutMs: patienceMs,
      does: 'read',
      parse: (answer) => parseLogin(answer, now()),
    });
  const sessions: Sessions = { store: memoryTokenStore(), signIn, now };
  const send: Send = (call) =>
    withSession(sessions, (session) => {
      const account = { baseUrl, ...session };
      return callService(db, {
        ...shared,
        operation: call.operation,
        request: call.build(account),
        timeoutMs: patienceMs,
        does: call.does,
        parse: (answer) => call.parse(account, answer),
      });
    });
  return { send, sessions, signIn, log };
}
