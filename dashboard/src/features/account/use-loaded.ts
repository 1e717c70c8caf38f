import { useCallback, useEffect, useState } from 'react';
import { messageOf } from '../../api/api-error.ts';

export interface Loaded<T> {
  value: T | null;
  problem: string | null;
  reload: () => Promise<void>;
  /** Does something, then loads anew: whatever was refused, what is on the screen is fresh. */
  act: (work: () => Promise<unknown>) => Promise<boolean>;
  busy: boolean;
}

/** `load` must be stable, or it is loaded without end. */
export function useLoaded<T>(load: () => Promise<T>): Loaded<T> {
  const [value, setValue] = useState<T | null>(null);
  const [problem, setProblem] = useState<string | null>(null);
  const [busy, setBusy] = useState(false);
  const reload = useCallback(async () => {
    try {
      setValue(await load());
    } catch (error) {
      setProblem(messageOf(error));
    }
  }, [load]);
  useEffect(() => void reload(), [reload]);
  const act = useCallback(
    async (work: () => Promise<unknown>) => {
      setBusy(true);
      setProblem(null);
      try {
        await work();
        return true;
      } catch (error) {
        setProblem(messageOf(error));
        return false;
      } finally {
        await reload();
        setBusy(false);
      }
    },
    [reload],
  );
  return { value, problem, reload, act, busy };
}
