import { useEffect } from 'react';
import type { Dispatch } from 'react';
import { useApi } from '../../api/api.ts';
import type { ConnectionState } from '../../api/live-stream.ts';
import type { Store } from '../stores/stores.graphql.ts';
import type { BoardAction, Move } from './board-state.ts';
import { pageSize } from './board-state.ts';
import { countsQuery, orderMovedSubscription } from './board.graphql.ts';
import { cardOf } from './card.ts';
import { throttle } from './throttle.ts';
import { readUntoldOrders } from './untold-orders.ts';

interface LiveBoardOptions {
  store: Store;
  dispatch: Dispatch<BoardAction>;
  reload: () => Promise<void>;
  setConnection: (state: ConnectionState) => void;
}

/** Moves that arrive together are shown together: one render, one glide. */
const gathering = 60;
const recounting = 1_500;
const polling = 15_000;

/** Keeps the board up with the store's channel; a reconnect continues after the last event seen. */
export function useLiveBoard({ store, dispatch, reload, setConnection }: LiveBoardOptions): void {
  const api = useApi();
  useEffect(() => {
    let cursor: string | null = null;
    let connection: ConnectionState = 'connecting';
    let moves: Move[] = [];
    const show = throttle(gathering, () => {
      dispatch({ type: 'moved', moves });
      moves = [];
    });
    const recount = throttle(recounting, () => {
      const variables = { storeId: store.id, first: pageSize };
      api
        .request(countsQuery, variables)
        .then((data) => dispatch({ type: 'counted', data }))
        // The next event or the next poll counts again.
        .catch(() => undefined);
    });
    const readAgain = throttle(recounting, () => void reload());
    const showAll = (more: Move[]) => {
      moves.push(...more);
      show.soon();
    };
    const untold = readUntoldOrders({ api, onMoves: showAll, onFailure: readAgain.soon });
    const unfollow = api.follow({
      operation: orderMovedSubscription,
      variables: () => ({ storeId: store.id, after: cursor }),
      onData: ({ orderStatusUpdated: event }) => {
        if (!event) return readAgain.soon();
        cursor = event.cursor;
        recount.soon();
        const oldStatus = event.oldStatus?.toLowerCase() ?? null;
        if (event.order) showAll([{ oldStatus, card: cardOf(event.order) }]);
        else untold.add(event.orderId, oldStatus);
      },
      // Without the cursor, what was missed must be read.
      onRefused: () => {
        cursor = null;
      },
      onState: (state) => {
        connection = state;
        setConnection(state);
        if (state === 'live' && cursor === null) readAgain.soon();
      },
    });
    const poll = setInterval(() => {
      if (document.hidden) return;
      if (connection === 'live') recount.soon();
      else readAgain.soon();
    }, polling);
    return () => {
      unfollow();
      clearInterval(poll);
      for (const one of [show, recount, untold, readAgain]) one.cancel();
    };
  }, [api, store.id, dispatch, reload, setConnection]);
}
