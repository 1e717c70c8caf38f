import type { BoardData, CountsData, OrderCounts, OrderPage } from './board.graphql.ts';
import { attentionKey } from './board.graphql.ts';
import { isTerminal } from '../workflow/workflows.ts';
import { cardOf } from './card.ts';
import type { Card } from './card.ts';

export interface Column {
  /** All orders in this status, shown or not. */
  count: number;
  /** How many cards are shown at most; grows with each «Show more». */
  limit: number;
  hasMore: boolean;
  endCursor: string | null;
}

export interface BoardState {
  kind: 'loading' | 'ready' | 'failed';
  problem: string | null;
  cards: ReadonlyMap<string, Card>;
  columns: Readonly<Record<string, Column>>;
  attentionCount: number;
  /** Orders that the stream told of since the board was last asked for. */
  told: ReadonlySet<string>;
}

export interface Move {
  /** Where it was before; null when it was just placed. */
  oldStatus: string | null;
  card: Card;
}

export type BoardAction =
  | { type: 'asked' }
  | { type: 'loaded'; data: BoardData }
  | { type: 'moved'; moves: readonly Move[] }
  | { type: 'counted'; data: CountsData }
  | { type: 'paged'; status: string; page: OrderPage }
  | { type: 'seen'; card: Card }
  | { type: 'failed'; problem: string };

export const pageSize = 50;

export const emptyBoard: BoardState = {
  kind: 'loading',
  problem: null,
  cards: new Map(),
  columns: {},
  attentionCount: 0,
  told: new Set(),
};

export function reduceBoard(state: BoardState, action: BoardAction): BoardState {
  switch (action.type) {
    case 'asked':
      return { ...state, told: new Set() };
    case 'loaded':
      return loaded(state, action.data);
    case 'moved':
      return action.moves.reduce(moved, state);
    case 'counted':
      return counted(state, action.data);
    case 'paged':
      return paged(state, action.status, action.page);
    case 'seen':
      return seen(state, action.card);
    case 'failed':
      // What is on the screen stays there; a board that never loaded says why.
      return {
        ...state,
        kind: state.kind === 'ready' ? 'ready' : 'failed',
        problem: action.problem,
      };
  }
}

function loaded(state: BoardState, data: BoardData): BoardState {
  const cards = new Map<string, Card>();
  const pages = data.store ?? {};
  const counts = countsOf(data.counts);
  for (const page of Object.values(pages)) {
    for (const row of page.nodes) keepNewer(cards, cardOf(row), state.cards.get(row.id));
  }
  // What the stream told meanwhile may be too new to be in the answer.
  for (const id of state.told) {
    const known = state.cards.get(id);
    if (known && !cards.has(id)) cards.set(id, known);
  }
  const columns = Object.entries(pages)
    .filter(([key]) => key !== attentionKey)
    .map(([status, page]) => [status, columnOf(page, pageSize, counts.get(status) ?? 0)] as const);
  return {
    kind: 'ready',
    problem: null,
    cards,
    columns: Object.fromEntries(columns),
    attentionCount: data.counts.needingAttention,
    told: state.told,
  };
}

/** The stream may have told what the answer to an earlier question does not know yet. */
function keepNewer(cards: Map<string, Card>, card: Card, known: Card | undefined): void {
  cards.set(card.id, known && known.seq > card.seq ? known : withAdvice(card, known));
}

/** Only the exceptions are read with their advice, which goes with the attention. */
function withAdvice(card: Card, known: Card | undefined): Card {
  if (card.advice !== null || card.attention === null) return card;
  return known?.attention === card.attention ? { ...card, advice: known.advice } : card;
}

function columnOf(page: OrderPage, limit: number, count: number): Column {
  const { hasNextPage, endCursor } = page.pageInfo;
  return { count, limit, hasMore: hasNextPage, endCursor };
}

/** A status that no order is in has no entry. */
function countsOf(counts: OrderCounts): ReadonlyMap<string, number> {
  return new Map(counts.byStatus.map(({ status, count }) => [status.toLowerCase(), count]));
}

function moved(state: BoardState, move: Move): BoardState {
  const known = state.cards.get(move.card.id);
  if (known && known.seq >= move.card.seq) return state;
  return place(state, move.card, known?.status ?? move.oldStatus);
}

/** An order that was read for another reason, such as by the panel. */
function seen(state: BoardState, card: Card): BoardState {
  const known = state.cards.get(card.id);
  if (!known || known.seq >= card.seq) return state;
  return place(state, card, known.status);
}

function place(state: BoardState, card: Card, from: string | null): BoardState {
  const known = state.cards.get(card.id);
  const attention = Number(card.attention !== null) - Number((known?.attention ?? null) !== null);
  return {
    ...state,
    cards: new Map(state.cards).set(card.id, withAdvice(card, known)),
    columns: recount(state.columns, from, card.status),
    attentionCount: state.attentionCount + (known ? attention : 0),
    told: new Set(state.told).add(card.id),
  };
}

/** A guess until the counts are read again; see use-board.ts. */
function recount(
  columns: BoardState['columns'],
  from: string | null,
  to: string,
): BoardState['columns'] {
  if (from === to) return columns;
  const next = { ...columns };
  const left = from === null ? undefined : columns[from];
  const entered = columns[to];
  if (from !== null && left) next[from] = { ...left, count: Math.max(0, left.count - 1) };
  if (entered) next[to] = { ...entered, count: entered.count + 1 };
  return next;
}

/** Also takes the attention off cards that are no longer among the exceptions. */
function counted(state: BoardState, data: CountsData): BoardState {
  const { attention } = data;
  const counts = countsOf(data.counts);
  const cards = new Map(state.cards);
  const waiting = new Set(attention.nodes.map((row) => row.id));
  for (const row of attention.nodes) keepNewer(cards, cardOf(row), cards.get(row.id));
  for (const card of state.cards.values()) {
    const calm =
      card.attention !== null && !waiting.has(card.id) && !attention.pageInfo.hasNextPage;
    if (calm) cards.set(card.id, { ...card, attention: null, attentionReason: null });
  }
  const columns = Object.entries(state.columns).map(
    ([status, column]) => [status, { ...column, count: counts.get(status) ?? 0 }] as const,
  );
  return {
    ...state,
    problem: null,
    cards,
    columns: Object.fromEntries(columns),
    attentionCount: data.counts.needingAttention,
  };
}

function paged(state: BoardState, status: string, page: OrderPage): BoardState {
  const cards = new Map(state.cards);
  for (const row of page.nodes) keepNewer(cards, cardOf(row), cards.get(row.id));
  const column = state.columns[status];
  const limit = (column?.limit ?? 0) + page.nodes.length;
  return {
    ...state,
    problem: null,
    cards,
    columns: { ...state.columns, [status]: columnOf(page, limit, column?.count ?? limit) },
  };
}

/** Newest first; where orders end, what ended last. */
export function cardsIn(state: BoardState, status: string): Card[] {
  const cards = [...state.cards.values()].filter((card) => card.status === status);
  const order = isTerminal(status) ? lastTouched : newest;
  return cards.sort(order).slice(0, state.columns[status]?.limit ?? pageSize);
}

function newest(a: Card, b: Card): number {
  return b.number - a.number;
}

function lastTouched(a: Card, b: Card): number {
  return Date.parse(b.updatedAt) - Date.parse(a.updatedAt) || newest(a, b);
}

export function attentionCards(state: BoardState): Card[] {
  const cards = [...state.cards.values()].filter((card) => card.attention !== null);
  return cards.sort((a, b) => (a.attentionSince ?? '').localeCompare(b.attentionSince ?? ''));
}
