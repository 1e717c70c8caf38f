import { useCallback, useEffect, useState } from 'react';
import { useApi } from '../../api/api.ts';
import { openCasesQuery } from './ndr.graphql.ts';
import type { OpenCasesData } from './ndr.graphql.ts';

const everyMs = 30_000;

/**
 * What waits for a decision, of all stores; null until it is known. A failed delivery moves no order, so
 * no live event tells of it: it is asked for again now and then, and whenever `seen` changes.
 */
export function useOpenCases(seen: unknown): OpenCasesData['cases'] | null {
  const api = useApi();
  const [cases, setCases] = useState<OpenCasesData['cases'] | null>(null);
  const load = useCallback(async () => {
    try {
      setCases((await api.request(openCasesQuery, {})).cases);
    } catch {
      // What was last seen stays; the board says that the server is away.
    }
  }, [api]);
  useEffect(() => void load(), [load, seen]);
  useEffect(() => {
    const timer = setInterval(() => void load(), everyMs);
    return () => clearInterval(timer);
  }, [load]);
  return cases;
}
