import type pg from 'pg';
import type { Logger } from 'pino';

import { describeError } from '../../describe-error.ts';
import { Latest } from './latest.ts';
import type { LiveEvent } from './live-event.ts';

/** How many orders of one store are in each status, and how many ask for a human. */
export interface OrderCounts {
  merchantId: number;
  storeId: number;
  /** By status, those with none left out. */
  orders: Readonly<Record<string, number>>;
  attention: number;
  timestamp: string;
}

/** At most four times a second, however much happens. */
const intervalMs = 250;

const readCounts = 'select * from app_private.store_counts($1, $2)';

interface CountsRow {
  merchant_id: number;
  store_id: number;
  orders: Record<string, number>;
  attention: number;
}

interface Board {
  merchantId: number;
  storeId: number;
  watchers: Set<Latest<OrderCounts>>;
  latest: OrderCounts | undefined;
}

/** The counts of the stores that somebody of this process watches, read once for all of them. */
export class CountsWatch {
  readonly #pool: pg.Pool;
  readonly #logger: Logger;
  readonly #boards = new Map<string, Board>();
  readonly #dirty = new Set<Board>();
  #timer: NodeJS.Timeout | undefined;
  #readAt = 0;

  readonly #permit: () => Promise<void>;

  /** `permit` lets go of whoever may no longer listen; it is asked before anything is told. */
  constructor(pool: pg.Pool, logger: Logger, permit: () => Promise<void>) {
    this.#pool = pool;
    this.#logger = logger;
    this.#permit = permit;
  }

  /** A snapshot at once, then whatever differs from it. */
  watch(merchantId: number, storeId: number): AsyncIterableIterator<OrderCounts> {
    const key = `${merchantId} ${storeId}`;
    const board = this.#boards.get(key) ?? {
      merchantId,
      storeId,
      watchers: new Set(),
      latest: undefined,
    };
    this.#boards.set(key, board);
    const watcher = new Latest<OrderCounts>(() => {
      board.watchers.delete(watcher);
      if (board.watchers.size === 0 && this.#boards.delete(key)) this.#dirty.delete(board);
    });
    board.watchers.add(watcher);
    if (board.latest) watcher.set(board.latest);
    else this.#refresh(board);
    return watcher;
  }

  /** Something happened that may change the counts. */
  touch({ merchantId, storeId }: LiveEvent): void {
    const board = this.#boards.get(`${merchantId} ${storeId}`);
    if (board) this.#refresh(board);
  }

  /** After a time in which events may have been missed. */
  touchAll(): void {
    for (const board of this.#boards.values()) this.#refresh(board);
  }

  watcherCount(): number {
    let count = 0;
    for (const { watchers } of this.#boards.values()) count += watchers.size;
    return count;
  }

  close(): void {
    clearTimeout(this.#timer);
    for (const { watchers } of [...this.#boards.values()])
      for (const watcher of [...watchers]) void watcher.return();
  }

  #refresh(board: Board): void {
    this.#dirty.add(board);
    const wait = Math.max(0, this.#readAt + intervalMs - performance.now());
    this.#timer ??= setTimeout(() => void this.#read(), wait);
  }

  async #read(): Promise<void> {
    const boards = [...this.#dirty];
    this.#dirty.clear();
    this.#readAt = performance.now();
    try {
      const values = [boards.map((board) => board.merchantId), boards.map((b) => b.storeId)];
      const { rows } = await this.#pool.query<CountsRow>(readCounts, values);
      await this.#permit();
      for (const row of rows) this.#tell(row);
    } catch (error) {
      this.#logger.warn({ error: describeError(error) }, 'order counts could not be read');
      for (const board of boards) if (board.watchers.size > 0) this.#dirty.add(board);
    }
    this.#timer = undefined;
    const [waiting] = this.#dirty;
    if (waiting) this.#refresh(waiting);
  }

  #tell({ merchant_id: merchantId, store_id: storeId, orders, attention }: CountsRow): void {
    const board = this.#boards.get(`${merchantId} ${storeId}`);
    if (!board) return;
    const before = board.latest;
    if (before && before.attention === attention && isSame(before.orders, orders)) return;
    const timestamp = new Date().toISOString();
    board.latest = { merchantId, storeId, orders, attention, timestamp };
    for (const watcher of board.watchers) watcher.set(board.latest);
  }
}

function isSame(a: Readonly<Record<string, number>>, b: Readonly<Record<string, number>>): boolean {
  const names = Object.keys(a);
  return names.length === Object.keys(b).length && names.every((name) => a[name] === b[name]);
}
