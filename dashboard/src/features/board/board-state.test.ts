import { describe, expect, test } from '@jest/globals';
import type { BoardData, CountsData, OrderCounts, OrderPage, OrderRow } from './board.graphql.ts';
import { attentionCards, cardsIn, emptyBoard, reduceBoard } from './board-state.ts';
import type { BoardState } from './board-state.ts';
import { cardOf } from './card.ts';

function row(number: number, fields: Partial<OrderRow> = {}): OrderRow {
  return {
    id: `order-${number}`,
    number,
    externalNumber: null,
    status: 'PENDING',
    workflow: 'PICKUP',
    attention: null,
    attentionReason: null,
    attentionSince: null,
    total: { amount: 12_345_600, currency: 'INR' },
    paymentMode: 'PREPAID',
    placedAt: '2026-11-21T09:00:00+05:30',
    updatedAt: '2026-11-21T09:00:00+05:30',
    seq: 1,
    shipTo: null,
    items: { nodes: [] },
    ...fields,
  };
}

function page(nodes: OrderRow[]): OrderPage {
  return { nodes, pageInfo: { hasNextPage: false, endCursor: null } };
}

function answer(pages: BoardData['store'], pending = 2, needingAttention = 0): BoardData {
  return { counts: counts(pending, needingAttention), store: pages };
}

function counts(pending: number, needingAttention: number): OrderCounts {
  return { needingAttention, byStatus: [{ status: 'PENDING', count: pending }] };
}

function board(data: BoardData): BoardState {
  return reduceBoard(emptyBoard, { type: 'loaded', data });
}

const twoPages = () => ({
  pending: page([row(2), row(1)]),
  accepted: page([]),
  attention: page([]),
});
const twoPending = () => board(answer(twoPages(), 80));

function move(state: BoardState, number: number, oldStatus: string | null, to: Partial<OrderRow>) {
  const moves = [{ oldStatus, card: cardOf(row(number, to)) }];
  return reduceBoard(state, { type: 'moved', moves });
}

describe('a move', () => {
  test('takes the card and one of the count along', () => {
    const state = move(twoPending(), 2, 'pending', { status: 'ACCEPTED', seq: 2 });
    expect(cardsIn(state, 'accepted').map(({ number }) => number)).toEqual([2]);
    expect(state.columns['pending']?.count).toBe(79);
    expect(state.columns['accepted']?.count).toBe(1);
  });

  test('that the board knows already changes nothing', () => {
    const once = move(twoPending(), 2, 'pending', { status: 'ACCEPTED', seq: 2 });
    expect(move(once, 2, 'pending', { status: 'ACCEPTED', seq: 2 })).toBe(once);
  });

  test('that comes late does not take a card back', () => {
    const ahead = move(twoPending(), 2, 'pending', { status: 'READY', seq: 4 });
    const late = move(ahead, 2, 'pending', { status: 'ACCEPTED', seq: 2 });
    expect(late.cards.get('order-2')?.status).toBe('ready');
  });

  test('of an order that was beyond the loaded page shows its card', () => {
    const state = move(twoPending(), 77, 'pending', { status: 'ACCEPTED', seq: 2 });
    expect(state.columns['pending']?.count).toBe(79);
    expect(cardsIn(state, 'accepted')).toHaveLength(1);
  });

  test('of a new order adds to its column only', () => {
    const state = move(twoPending(), 3, null, {});
    expect(state.columns['pending']?.count).toBe(81);
    expect(cardsIn(state, 'pending').map(({ number }) => number)).toEqual([3, 2, 1]);
  });
});

test('an answer that is older than the stream does not take a card back', () => {
  const ahead = move(twoPending(), 2, 'pending', { status: 'ACCEPTED', seq: 2 });
  const data = answer(twoPages());
  const state = reduceBoard(ahead, { type: 'loaded', data });
  expect(state.cards.get('order-2')?.status).toBe('accepted');
});

test('an order that came in while the board was being read is not lost', () => {
  const asked = reduceBoard(twoPending(), { type: 'asked' });
  const told = move(asked, 3, null, {});
  const data = answer(twoPages());
  const state = reduceBoard(told, { type: 'loaded', data });
  expect(cardsIn(state, 'pending').map(({ number }) => number)).toEqual([3, 2, 1]);
});

test('counting again brings exceptions and takes those away that are dealt with', () => {
  const waiting = row(1, { attention: 'NO_PHONE', attentionSince: '2026-11-21T09:00:00Z' });
  const before = board(
    answer({ pending: page([row(2), waiting]), attention: page([waiting]) }, 2, 1),
  );
  const late = row(2, { attention: 'LOST', attentionSince: '2026-11-21T10:00:00Z', seq: 2 });
  const data: CountsData = { attention: page([late]), counts: counts(5, 1) };
  const state = reduceBoard(before, { type: 'counted', data });
  expect(attentionCards(state).map(({ number }) => number)).toEqual([2]);
  expect(state.attentionCount).toBe(1);
  expect(state.columns['pending']?.count).toBe(5);
});

test('a failed reading leaves what is on the screen', () => {
  const state = reduceBoard(twoPending(), { type: 'failed', problem: 'No network.' });
  expect(state.kind).toBe('ready');
  expect(cardsIn(state, 'pending')).toHaveLength(2);
});
