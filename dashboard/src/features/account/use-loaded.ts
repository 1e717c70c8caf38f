import { useCallback, useEffect, useState } from 'react';
import { messageOf } from '../../api/api-error.ts';
import { useAct } from '../../api/use-act.ts';
import type { Acting } from '../../api/use-act.ts';

export interface Loaded<T> extends Acting {
  value: T | null;
  problem: string | null;
  reload: () => Promise<void>;
}

/** `load` must be stable, or it is loaded without end. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const reload = useCallback(async () => {
    try {
      setValue(await load());
    } catch (error) {
      setProblem(messageOf(error));
    }
  }, [load]);
  useEffect(() => void reload(), [reload]);
  const { busy, act } = useAct(reload, setProblem);
  return { value, problem, reload, act, busy };
}
