import { callService } from '../outbound/call.ts';
import type { Tools } from './connector.ts';
import { memoryTokenStore } from './session.ts';

type Database = Parameters<typeof callService>[0];

/** For tests: the real call path, with a database that only takes notes of its log rows. */
export function testTools({
  service,
  now = () => new Date(),
  patienceMs = 10_000,
}: {
  service: string;
  now?: () => Date;
  patienceMs?: number;
}): Tools & { log: Record<string, unknown>[] } {
  const log: Record<string, unknown>[] = [];
  const query = async (_sql: string, [, calls]: [number, string]) => {
    log.push(...(JSON.parse(calls) as Record<string, unknown>[]));
    return { rows: [] };
  };
  // The call path asks nothing else of its pool.
  const db = { query } as unknown as Database;
  const shared = { merchantId: 1, service, accountId: 1, reference: null };
  return {
    log,
    now,
    tokens: memoryTokenStore(),
    call: (operation, policy, request, parse) =>
      callService(db, {
        ...shared,
        operation,
        policy: { ...policy, timeoutMs: patienceMs },
        request,
        parse,
      }),
  };
}
