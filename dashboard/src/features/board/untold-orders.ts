import type { Api } from '../../api/api.ts';
import { ordersByIdQuery } from './board.graphql.ts';
import type { Move } from './board-state.ts';
import { cardOf } from './card.ts';
import { throttle } from './throttle.ts';

interface UntoldOptions {
  api: Api;
  onMoves: (moves: Move[]) => void;
  onFailure: () => void;
}

export interface UntoldOrders {
  add: (orderId: string, oldStatus: string | null) => void;
  cancel: () => void;
}

const gathering = 200;
/** The cap of all lists. */
const most = 100;

/** Orders that moved, but that the stream could not show: they are read, several at once. */
export function readUntoldOrders({ api, onMoves, onFailure }: UntoldOptions): UntoldOrders {
  const waiting = new Map<string, string | null>();
  const ask = throttle(gathering, () => {
    const asked = new Map([...waiting].slice(0, most));
    for (const id of asked.keys()) waiting.delete(id);
    if (waiting.size > 0) ask.soon();
    api
      .request(ordersByIdQuery, { ids: [...asked.keys()] })
      .then(({ orders }) =>
        onMoves(
          orders.nodes.map((row) => ({ oldStatus: asked.get(row.id) ?? null, card: cardOf(row) })),
        ),
      )
      .catch(onFailure);
  });
  return {
    add: (orderId, oldStatus) => {
      // Where it was before the first of its moves is where the board shows it.
      if (!waiting.has(orderId)) waiting.set(orderId, oldStatus);
      ask.soon();
    },
    cancel: ask.cancel,
  };
}
