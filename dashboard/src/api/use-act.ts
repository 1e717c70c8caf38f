import { useCallback, useState } from 'react';
import { messageOf } from './api-error.ts';

export interface Acting {
  busy: boolean;
  /** True when it was done. */
  act: (work: () => Promise<unknown>) => Promise<boolean>;
}

/** Does something, then loads anew: whatever was refused, what is on the screen is fresh. */
export function useAct(
  reload: () => Promise<void>,
  tell: (problem: string | null) => void,
): Acting {
  const [busy, setBusy] = useState(false);
  const act = useCallback(
    async (work: () => Promise<unknown>) => {
      setBusy(true);
      tell(null);
      try {
        await work();
        return true;
      } catch (error) {
        tell(messageOf(error));
        return false;
      } finally {
        await reload();
        setBusy(false);
      }
    },
    [reload, tell],
  );
  return { busy, act };
}
