import { randomUUID } from 'node:crypto';
import { GraphQLError } from 'graphql';

/** A small world in memory behind the schema of the real API: enough for the page, and no more. */
export interface MockOrder {
  id: string;
  storeId: number;
  number: number;
  status: string;
  seq: number;
  attention: string | null;
  trackingCode: string | null;
  [field: string]: unknown;
}

export interface MockEvent {
  cursor: string;
  storeId: number;
  orderId: string;
  publicId: string;
  oldStatus: string | null;
  newStatus: string;
  timestamp: string;
  fulfilmentType: string;
  seq: number;
}

export interface LogEntry {
  seq: number;
  type: string;
  shipmentId: string | null;
  fromStatus: string | null;
  toStatus: string | null;
  actorId: string;
  actorRole: string;
  reason: string;
  member: { name: string } | null;
  attention: string | null;
  trackingCode: string | null;
  occurredAt: string;
}

interface MoveInput {
  orderId: string;
  toStatus: string;
  expectedStatus?: string | null;
  reason?: string | null;
  idempotencyKey?: string | null;
  trackingCode?: string;
}

export class MockWorld {
  readonly orders = new Map<string, MockOrder>();
  readonly logs = new Map<string, LogEntry[]>();
  readonly events: MockEvent[] = [];
  /** The idempotency key of each mutation, in the order of their coming. */
  readonly keys: string[] = [];
  /** Events then come without their order, as when it could not be read in time. */
  withholdsOrders = false;
  readonly listeners = new Set<() => void>();

  add(order: MockOrder, log: LogEntry[]): MockOrder {
    this.orders.set(order.id, order);
    this.logs.set(order.id, log);
    return order;
  }

  byNumber(number: number): MockOrder {
    const order = [...this.orders.values()].find((one) => one.number === number);
    if (!order) throw new Error(`The mock world has no order ${number}`);
    return order;
  }

  /** As if by a worker, a carrier or a colleague. */
  move(number: number, toStatus: string, actorRole = 'SYSTEM'): void {
    this.#write(this.byNumber(number), { toStatus, actorRole });
  }

  transition(input: MoveInput): MockOrder {
    const order = this.orders.get(input.orderId);
    if (!order) throw refused('NOT_FOUND', 'There is no such order.');
    if (input.idempotencyKey) this.keys.push(input.idempotencyKey);
    if (input.expectedStatus && input.expectedStatus !== order.status) {
      const facts = { status: order.status, seq: order.seq };
      throw refused('CONFLICT', 'Someone else was first.', facts);
    }
    if (input.trackingCode !== undefined) {
      if (!/^[A-Z0-9-]{6,}$/i.test(input.trackingCode)) {
        throw refused('INVALID_INPUT', 'This is no tracking code.', { field: 'trackingCode' });
      }
      order.trackingCode = input.trackingCode;
    }
    this.#write(order, {
      toStatus: input.toStatus,
      actorRole: 'STAFF',
      reason: input.reason ?? '',
    });
    return order;
  }

  clearAttention(orderId: string, note: string): MockOrder {
    const order = this.orders.get(orderId);
    if (!order) throw refused('NOT_FOUND', 'There is no such order.');
    Object.assign(order, { attention: null, attentionReason: null, attentionSince: null });
    order.seq += 1;
    this.logs.get(orderId)?.push(logEntry(order.seq, { type: 'ATTENTION_CLEARED', reason: note }));
    return order;
  }

  #write(order: MockOrder, move: { toStatus: string; actorRole: string; reason?: string }): void {
    const oldStatus = order.status;
    const timestamp = new Date().toISOString();
    order.status = move.toStatus;
    order.seq += 1;
    order['updatedAt'] = timestamp;
    const { actorRole, toStatus, reason = '' } = move;
    const { trackingCode } = order;
    const member = actorRole === 'SYSTEM' ? null : { name: 'Sajan Varghese' };
    const actor = { actorRole, actorId: '3', member };
    const entry = { fromStatus: oldStatus, toStatus, ...actor, reason, trackingCode };
    this.logs.get(order.id)?.push(logEntry(order.seq, entry));
    this.events.push({
      cursor: String(this.events.length + 1),
      storeId: order.storeId,
      orderId: order.id,
      publicId: String(order['publicId']),
      oldStatus,
      newStatus: toStatus,
      timestamp,
      fulfilmentType: String(order['fulfilmentType']),
      seq: order.seq,
    });
    for (const listener of this.listeners) listener();
  }

  /** What comes after a cursor; without one, what happens from now on. */
  async *follow(storeId: number, after: string | null): AsyncGenerator<MockEvent> {
    let position = after === null ? this.events.length : Number(after);
    for (;;) {
      const event = this.events[position];
      if (event) {
        position += 1;
        if (event.storeId === storeId) yield event;
      } else {
        await new Promise<void>((wake) => this.listeners.add(wake));
      }
    }
  }
}

export function logEntry(seq: number, entry: Partial<LogEntry>): LogEntry {
  return {
    seq,
    type: 'STATUS_CHANGED',
    shipmentId: null,
    fromStatus: null,
    toStatus: null,
    actorId: 'worker',
    actorRole: 'SYSTEM',
    reason: '',
    member: null,
    attention: null,
    trackingCode: null,
    occurredAt: new Date().toISOString(),
    ...entry,
  };
}

export function newId(): string {
  return randomUUID();
}

function refused(code: string, message: string, facts: Record<string, unknown> = {}): GraphQLError {
  return new GraphQLError(message, { extensions: { ...facts, code } });
}
