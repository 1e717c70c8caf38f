import { useCallback, useEffect, useReducer, useState } from 'react';
import { useApi } from '../../api/api.ts';
import { messageOf } from '../../api/api-error.ts';
import type { ConnectionState } from '../../api/live-stream.ts';
import type { Store } from '../stores/stores.graphql.ts';
import { boardQueryOf, moreOrdersQuery } from './board.graphql.ts';
import { emptyBoard, pageSize, reduceBoard } from './board-state.ts';
import type { BoardState } from './board-state.ts';
import type { Card } from './card.ts';
import { useLiveBoard } from './use-live-board.ts';

export interface Board {
  state: BoardState;
  connection: ConnectionState;
  reload: () => Promise<void>;
  showMore: (status: string) => Promise<void>;
  seen: (card: Card) => void;
}

/** One store's board: read once, then kept up by the live stream. */
export function useBoard(store: Store): Board {
  const api = useApi();
  const [state, dispatch] = useReducer(reduceBoard, emptyBoard);
  const [connection, setConnection] = useState<ConnectionState>('connecting');

  const reload = useCallback(async () => {
    dispatch({ type: 'asked' });
    try {
      const query = boardQueryOf(store.workflow);
      const data = await api.request(query, { storeId: store.id, first: pageSize });
      if (data.store === null) throw new Error('There is no such store.');
      dispatch({ type: 'loaded', data });
    } catch (error) {
      dispatch({ type: 'failed', problem: messageOf(error) });
    }
  }, [api, store.id, store.workflow]);

  useEffect(() => void reload(), [reload]);
  useLiveBoard({ store, dispatch, reload, setConnection });

  const endCursors = state.columns;
  const showMore = useCallback(
    async (status: string) => {
      const after = endCursors[status]?.endCursor ?? null;
      const variables = { storeId: store.id, status: status.toUpperCase(), first: pageSize, after };
      try {
        const { orders } = await api.request(moreOrdersQuery, variables);
        dispatch({ type: 'paged', status, page: orders });
      } catch (error) {
        dispatch({ type: 'failed', problem: messageOf(error) });
      }
    },
    [api, store.id, endCursors],
  );

  const seen = useCallback((card: Card) => dispatch({ type: 'seen', card }), []);
  return { state, connection, reload, showMore, seen };
}
