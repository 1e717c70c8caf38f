import type { IncomingHttpHeaders } from 'node:http';
import type { FaultDraw } from './faults.ts';
import type { Operation } from './operations.ts';
import type { World } from './world.ts';

/** One request as it came in. */
export interface Call {
  method: string;
  /** Decoded path without the query. */
  path: string;
  query: URLSearchParams;
  headers: IncomingHttpHeaders;
  body: string;
  /** `http://host:port` as the client wrote it, for links that lead back here. */
  origin: string;
  /** What stands after `Token` or `Bearer`; empty when there is none. */
  token: string;
  draw: FaultDraw;
}

export interface Answer {
  status: number;
  headers: Record<string, string>;
  body: string | Buffer;
  /** What the books count it under. */
  outcome: string;
}

export interface Route {
  method: string;
  path: RegExp;
  /** Absent for the sandbox's own control pages, which no fault touches. */
  operation?: Operation;
  /** Whose call it is, where no `Authorization` header says so. */
  account?: (world: World, call: Call) => string;
  handle: (world: World, call: Call, match: RegExpExecArray) => Answer;
}

/** How the routes of one service are written down. */
export function routesUnder(prefix: string, { account }: Pick<Route, 'account'> = {}) {
  return (method: string, path: string, operation: Operation, handle: Route['handle']): Route => ({
    method,
    path: new RegExp(`^${prefix}${path}$`),
    operation,
    handle,
    ...(account && { account }),
  });
}

export function json(value: unknown, status = 200, outcome = outcomeOf(status)): Answer {
  const headers = { 'content-type': 'application/json' };
  return { status, headers, body: JSON.stringify(value), outcome };
}

export function xml(body: string, status = 200, outcome = outcomeOf(status)): Answer {
  return { status, headers: { 'content-type': 'application/xml; charset=utf-8' }, body, outcome };
}

export function html(body: string, status: number, outcome = outcomeOf(status)): Answer {
  return { status, headers: { 'content-type': 'text/html; charset=utf-8' }, body, outcome };
}

function outcomeOf(status: number): string {
  return status < 400 ? 'ok' : `http_${status}`;
}

/** The body as a JSON object, or null: arrays, strings and broken text are not objects. */
export function objectIn(text: string): Record<string, unknown> | null {
  try {
    return asObject(JSON.parse(text));
  } catch {
    return null;
  }
}

export function asObject(value: unknown): Record<string, unknown> | null {
  if (typeof value !== 'object' || value === null || Array.isArray(value)) return null;
  return { ...value };
}

/** Text of a field, whether it was sent as a string or as a number; empty when absent. */
export function textOf(record: Record<string, unknown>, name: string): string {
  const value = record[name];
  if (typeof value === 'string') return value.trim();
  return typeof value === 'number' || typeof value === 'boolean' ? String(value) : '';
}
