import { refusal } from '../errors/refusal.ts';

/**
 * A place in the stream of live events. The stream is named anew when the database goes on from a
 * backup, so that a cursor never points at other events than those its holder saw.
 */
export interface Cursor {
  stream: string;
  position: number;
}

/** Where the stream is, and up to where it can no longer be replayed. */
export interface StreamState extends Cursor {
  prunedTo: number;
}

export function formatCursor({ stream, position }: Cursor): string {
  return `${stream}.${position}`;
}

export function parseCursor(text: string): Cursor {
  const [, stream, position] = /^([0-9a-f]{8})\.(\d{1,15})$/.exec(text) ?? [];
  if (stream === undefined) throw notACursor();
  return { stream, position: Number(position) };
}

/** A customer's cursor is the order's own seq and says nothing of anybody else's orders. */
export function parseOrderCursor(text: string): number {
  if (!/^\d{1,9}$/.test(text)) throw notACursor();
  return Number(text);
}

/** Refuses to go on from where nothing is left, or from another history of the database. */
export function checkCursor(cursor: Cursor, state: StreamState): void {
  const known =
    cursor.stream === state.stream &&
    cursor.position >= state.prunedTo &&
    cursor.position <= state.position;
  if (!known) throw cursorTooOld();
}

export function cursorTooOld() {
  return refusal('CURSOR_TOO_OLD', 'What happened since can no longer be told. Load it anew.', {
    field: 'after',
  });
}

function notACursor() {
  return refusal('INVALID_INPUT', 'This is no cursor of an event.', { field: 'after' });
}
