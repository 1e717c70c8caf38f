import type { GrafservBase } from 'postgraphile/grafserv';
import {
  getOperationAST,
  getVariableValues,
  type ExecutionArgs,
  type ExecutionResult,
} from 'postgraphile/graphql';

import { refusal } from '../errors/refusal.ts';
import { sessionsAreWatched } from '../graphql/check-sessions.ts';
import { refuseRequest } from '../graphql/refuse-request.ts';
import { holderOf, type Admission } from './admission.ts';
import type { Channels, Listener, Source } from './channels.ts';
import type { StoreChannel } from './hub.ts';
import type { LiveEvent } from './live-event.ts';
import { readOperation, type LiveOperation } from './operation.ts';
import { SharedOperation } from './shared-operation.ts';

/** What grafserv prepares: the arguments of an execution, and what executes them. */
export type PreparedArgs = ExecutionArgs & {
  contextValue: Grafast.Context;
  subscribe(args: ExecutionArgs): Promise<AsyncIterable<ExecutionResult> | ExecutionResult>;
};

/** Gives nothing; ends with the subscription, and ends it. */
export interface Running extends AsyncIterableIterator<never> {
  return(): Promise<IteratorResult<never>>;
}

/** Hands over one answer, already serialised; resolves when the socket took it. */
export type Send = (answer: string) => Promise<void>;

/** With the events that it renders, where they are a store's. */
interface Shared {
  shared: SharedOperation;
  events: StoreChannel | undefined;
}

/** Claims that say who, not what they may: what an order shows depends on merchant and role alone. */
const personalClaims = new Set(['jwt.claims.member_id', 'jwt.claims.session_id']);

/**
 * Runs subscriptions: each gets its own source of what happened since its cursor, and shares the
 * rendering with all who asked for the same.
 */
export class Subscriptions {
  readonly #channels: Channels;
  readonly #admission: Admission;
  readonly #maskError: GrafservBase['dynamicOptions']['maskError'];
  readonly #costLimit: number;
  readonly #shared = new Map<string, Shared>();

  constructor(parts: {
    channels: Channels;
    admission: Admission;
    maskError: GrafservBase['dynamicOptions']['maskError'];
    costLimit: number;
  }) {
    this.#channels = parts.channels;
    this.#admission = parts.admission;
    this.#maskError = parts.maskError;
    this.#costLimit = parts.costLimit;
  }

  /** Answers go to `send`, past graphql-ws, which would serialise them for each subscriber. */
  async open(args: PreparedArgs, listener: Listener, send: Send): Promise<Running> {
    const refused = refuseRequest(args, this.#costLimit);
    if (refused) throw refused;
    const operation = operationOf(args);
    const leave = this.#admission.take(holderOf(listener.member, operation.args.publicId));
    try {
      const source = await this.#channels.open(operation.field, operation.args, listener);
      const events = this.#channels.eventsOf(operation.field, operation.args, listener);
      const { shared, leave: leaveShared } = this.#join(args, operation, events);
      return deliver(source, shared, send, () => {
        leave();
        leaveShared();
      });
    } catch (error) {
      leave();
      throw error;
    }
  }

  /** Begins to render an event for all who will want it, while it is on its way to them. */
  prepare(event: LiveEvent): void {
    for (const { shared, events } of this.#shared.values()) {
      const wanted =
        events?.storeId === event.storeId &&
        events.merchantId === event.merchantId &&
        events.wanted(event);
      if (wanted) shared.render(event.cursor, event, 'live').catch(() => undefined); // told there
    }
  }

  #join(args: PreparedArgs, operation: LiveOperation, events: StoreChannel | undefined) {
    const pgSettings = Object.fromEntries(
      Object.entries(args.contextValue.pgSettings ?? {}).filter(
        ([name]) => !personalClaims.has(name),
      ),
    );
    Object.assign(pgSettings, sessionsAreWatched); // by Standing, for all who share it
    const key = JSON.stringify([pgSettings, operation.key]);
    const shared =
      this.#shared.get(key)?.shared ??
      new SharedOperation(
        (payloads) => {
          const live = { subscribe: async () => payloads };
          return args.subscribe({
            ...args,
            contextValue: { ...args.contextValue, pgSettings, live },
          });
        },
        (result) => this.#serialise(result),
      );
    this.#shared.set(key, { shared, events });
    shared.join();
    return { shared, leave: () => void (shared.leave() && this.#shared.delete(key)) };
  }

  #serialise({ data, errors }: ExecutionResult): string {
    return JSON.stringify(errors ? { data, errors: errors.map(this.#maskError) } : { data });
  }
}

function operationOf(args: PreparedArgs): LiveOperation {
  const { schema, document, operationName } = args;
  const operation = getOperationAST(document, operationName);
  if (!operation) throw refusal('INVALID_INPUT', 'Say which operation of the document.');
  const definitions = operation.variableDefinitions ?? [];
  const { coerced, errors } = getVariableValues(schema, definitions, args.variableValues ?? {});
  if (errors?.[0]) throw errors[0];
  return readOperation(schema, document, operation, coerced ?? {});
}

/** One at a time: a socket that takes nothing holds its source, whose queue is bounded. */
function deliver(source: Source, shared: SharedOperation, send: Send, onEnd: () => void): Running {
  let stopped = false;
  const stop = async () => {
    if (!stopped) onEnd();
    stopped = true;
    await source.return?.();
  };
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        for await (const { key, payload, kind } of source) {
          const answer = await shared.render(key, payload, kind);
          if (stopped) break;
          await send(answer);
        }
      } finally {
        await stop();
      }
      return { value: undefined, done: true };
    },
    async return() {
      await stop();
      return { value: undefined, done: true };
    },
  };
}
