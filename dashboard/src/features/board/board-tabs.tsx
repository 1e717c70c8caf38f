import { statusLabel } from '../workflow/workflows.ts';
import { attentionKey } from './board.graphql.ts';
import type { BoardState } from './board-state.ts';

interface BoardTabsProps {
  state: BoardState;
  path: readonly string[];
  asides: readonly string[];
  active: string;
  onPick: (status: string) => void;
}

/** Only shown on a phone, where one column fits. */
export function BoardTabs({ state, path, asides, active, onPick }: BoardTabsProps) {
  const tab = (key: string, label: string, count: number) => (
    <button
      key={key}
      type="button"
      className="board-tab"
      aria-pressed={key === active}
      data-alarm={key === attentionKey && count > 0}
      onClick={(event) => {
        onPick(key);
        event.currentTarget.scrollIntoView({ inline: 'center', block: 'nearest' });
      }}
      data-testid={`board-tab-${key}`}
    >
      {label} <span className="count">{count.toLocaleString('en-IN')}</span>
    </button>
  );
  const status = (name: string) => tab(name, statusLabel(name), state.columns[name]?.count ?? 0);
  return (
    <nav className="board-tabs" aria-label="Statuses">
      {path.map(status)}
      {tab(attentionKey, 'Attention', state.attentionCount)}
      {asides.map(status)}
    </nav>
  );
}
