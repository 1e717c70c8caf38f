import type { Sandbox } from '../../sandbox/sandbox.ts';
import type { TokenStore } from '../session.ts';
import { testTools } from '../test-tools.ts';
import type { ShiprocketSend } from './calls.ts';
import { shiprocketSend } from './connector.ts';

/** For tests: the real call path against the sandbox. */
export interface Caller {
  send: ShiprocketSend;
  tokens: TokenStore;
  /** The rows of the call log. */
  log: Record<string, unknown>[];
}

export function callerOf(
  sandbox: Sandbox,
  {
    password = 'sandbox-shiprocket-password',
    ...options
  }: { password?: string; now?: () => Date; patienceMs?: number } = {},
): Caller {
  const baseUrl = `${sandbox.url}/shiprocket/v1/external`;
  const tools = testTools({ service: 'shiprocket', ...options });
  const send = shiprocketSend({ baseUrl, email: 'api@sandbox.example', password }, tools);
  return { send, tokens: tools.tokens, log: tools.log };
}
