import { useState } from 'react';
import { useApi } from '../../api/api.ts';
import { newIdempotencyKey } from '../../api/idempotency-key.ts';
import type { Operation } from '../../api/operation.ts';
import { useAct } from '../../api/use-act.ts';

export interface Send<Variables> {
  busy: boolean;
  problem: string | null;
  /** True when it was done; what is on the screen is loaded anew either way. */
  send: (variables: Variables) => Promise<boolean>;
  forget: () => void;
}

/** One click's mutation that is about something else than the order's own status. */
export function useSend<Data, Variables>(
  mutation: Operation<Data, Variables & { key: string }>,
  reload: () => Promise<void>,
): Send<Variables> {
  const api = useApi();
  const [problem, setProblem] = useState<string | null>(null);
  const { busy, act } = useAct(reload, setProblem);
  const send = (variables: Variables) =>
    act(() => api.request(mutation, { ...variables, key: newIdempotencyKey() }));
  return { busy, problem, send, forget: () => setProblem(null) };
}
