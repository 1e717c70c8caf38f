import { useCallback, useEffect, useState } from 'react';
import { useApi } from '../../api/api.ts';
import { messageOf } from '../../api/api-error.ts';
import { orderQuery } from './order.graphql.ts';
import type { OrderDetails } from './order.graphql.ts';

export type OrderView =
  | { kind: 'loading' }
  | { kind: 'failed'; problem: string }
  | { kind: 'ready'; order: OrderDetails };

const polling = 10_000;

/**
 * One order with all that belongs to it. Read again when the board learns of a later event, and now
 * and then, because scans and messages are events that the board does not hear of.
 */
export function useOrder(orderId: string, boardSeq: number): [OrderView, () => Promise<void>] {
  const api = useApi();
  const [view, setView] = useState<OrderView>({ kind: 'loading' });

  const reload = useCallback(async () => {
    try {
      const { order } = await api.request(orderQuery, { id: orderId });
      setView((before) => next(before, order));
    } catch (error) {
      const problem = messageOf(error);
      setView((before) => (before.kind === 'ready' ? before : { kind: 'failed', problem }));
    }
  }, [api, orderId]);

  useEffect(() => void reload(), [reload, boardSeq]);
  useEffect(() => {
    const readIfSeen = () => {
      if (!document.hidden) void reload();
    };
    const timer = setInterval(readIfSeen, polling);
    // Links to labels live for minutes: a tab that comes back to the front needs new ones.
    document.addEventListener('visibilitychange', readIfSeen);
    return () => {
      clearInterval(timer);
      document.removeEventListener('visibilitychange', readIfSeen);
    };
  }, [reload]);
  return [view, reload];
}

/** Answers may overtake each other: a later state of the order stays. */
function next(before: OrderView, order: OrderDetails | null): OrderView {
  if (!order) return { kind: 'failed', problem: 'There is no such order.' };
  if (before.kind === 'ready' && before.order.seq > order.seq) return before;
  return { kind: 'ready', order };
}
