import { useRef, useState } from 'react';
import { useNow } from '../../format/use-now.ts';
import { Exceptions } from '../exceptions/exceptions.tsx';
import { OpenCases } from '../ndr/open-cases.tsx';
import type { Store } from '../stores/stores.graphql.ts';
import { asidesOf, columnsOf } from '../workflow/workflows.ts';
import { attentionCards, cardsIn } from './board-state.ts';
import { attentionKey } from './board.graphql.ts';
import { BoardTabs } from './board-tabs.tsx';
import { Column } from './column.tsx';
import type { Board as BoardHook } from './use-board.ts';
import { useFlip } from './use-flip.ts';
import './board.css';

interface BoardProps {
  store: Store;
  board: BoardHook;
  selected: string | null;
  onOpen: (orderId: string) => void;
}

export function Board({ store, board, selected, onOpen }: BoardProps) {
  const { state } = board;
  const now = useNow();
  const path = columnsOf(store.workflow);
  const asides = asidesOf(store.workflow);
  // On a phone one column is shown at a time.
  const [active, setActive] = useState(path[0] ?? attentionKey);
  const canvas = useRef<HTMLDivElement>(null);
  useFlip(canvas);

  if (state.kind === 'loading') return <BoardSkeleton columns={path.length} />;
  if (state.kind === 'failed') return <BoardFailure board={board} />;
  const columnFor = (status: string) => (
    <Column
      key={status}
      status={status}
      state={state.columns[status]}
      cards={cardsIn(state, status)}
      now={now}
      selected={selected}
      active={status === active}
      onOpen={onOpen}
      onMore={board.showMore}
    />
  );
  return (
    <main
      className="board"
      aria-label={`Orders of ${store.name}`}
      data-store-id={store.id}
      data-testid="board"
    >
      {state.problem !== null && (
        <p className="board-problem" role="status">
          {state.problem}
        </p>
      )}
      <BoardTabs state={state} path={path} asides={asides} active={active} onPick={setActive} />
      <div className="canvas" ref={canvas} data-with-panel={selected !== null}>
        <div className="path">{path.map(columnFor)}</div>
        <aside className="asides" aria-label="Beside the path">
          <Exceptions
            cards={attentionCards(state)}
            count={state.attentionCount}
            now={now}
            active={active === attentionKey}
            onOpen={onOpen}
          />
          <OpenCases
            now={now}
            active={active === attentionKey}
            selected={selected}
            onOpen={onOpen}
          />
          {asides.map(columnFor)}
        </aside>
      </div>
    </main>
  );
}

function BoardSkeleton({ columns }: { columns: number }) {
  return (
    <main className="board" aria-busy="true" data-testid="board-loading">
      <p className="visually-hidden" role="status">
        Loading orders…
      </p>
      <div className="canvas">
        <div className="path" aria-hidden="true">
          {Array.from({ length: columns }, (_, index) => (
            <div className="column" key={index} data-active={index === 0}>
              <div className="skeleton title" />
              <div className="skeleton" />
              <div className="skeleton" />
            </div>
          ))}
        </div>
      </div>
    </main>
  );
}

function BoardFailure({ board }: { board: BoardHook }) {
  return (
    <main className="board board-failure" role="alert" data-testid="board-failed">
      <h2>The orders could not be loaded</h2>
      <p className="muted">{board.state.problem}</p>
      <button type="button" className="button primary" onClick={() => void board.reload()}>
        Try again
      </button>
    </main>
  );
}
