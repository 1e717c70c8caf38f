/**
 * What the three carriers really share. A carrier is opened for one account; everything it sends goes
 * through `tools.call`, the one way out. Connectors say what happened and never decide what comes next.
 */
import type { HttpAnswer, HttpRequest, Outcome } from '../outbound/outcome.ts';
import type { Policies, Policy } from '../outbound/policy.ts';
import type { Consignee, Objection, Parcel, ShipFrom } from './parcel.ts';
import type { TokenStore } from './session.ts';
import type { TrackingScan } from './tracking-scan.ts';

export interface Carrier {
  policies: Policies;
  /** AWBs in one question. */
  mostTracked: number;
  readPush: (payload: unknown) => ScanPush;
  /**
   * Why no parcel for this consignee can be booked, whatever it weighs and costs: by the rules of the
   * booking itself, before anybody is called. Weight, value and payment are for the offers to say.
   */
  objection: (consignee: Consignee) => Objection | null;
  /** Throws a ZodError when the stored credentials or settings are not those of this carrier. */
  connect: (account: OpenAccount, tools: Tools) => Connector;
}

export interface OpenAccount {
  /** Without a slash at the end. */
  baseUrl: string;
  credentials: unknown;
  settings: unknown;
}

export interface Tools {
  call: CallService;
  /** Where the token of a login is kept; for carriers that have one. */
  tokens: TokenStore;
  now: () => Date;
}

/** Sends, has the answer read, writes the log row and feeds the circuit breaker. */
export type CallService = <T>(
  operation: string,
  policy: Policy,
  request: HttpRequest,
  parse: (answer: HttpAnswer) => Outcome<T>,
) => Promise<Outcome<T>>;

/** One call: how to ask, how to read the answer, and the policy that it is made under. */
export interface ServiceCall<Account, T> {
  operation: string;
  policy: Policy;
  build: (account: Account) => HttpRequest;
  parse: (account: Account, answer: HttpAnswer) => Outcome<T>;
}

/** Makes a call with what the account needs to speak: a key, or the token of a login. */
export type Send<Account> = <T>(call: ServiceCall<Account, T>) => Promise<Outcome<T>>;

export interface Connector {
  /** Signs in and asks something cheap that changes nothing. */
  check: () => Promise<Outcome<AccountState>>;
  /**
   * Its services for the parcel, best first; empty: it does not go there. What a service does not take
   * is said and not left out, for the answer is kept for other parcels to the same place.
   */
  offers: (question: ParcelQuestion) => Promise<Outcome<Offer[]>>;
  /** Exactly once, whatever earlier attempts have left. */
  book: (attempt: BookingAttempt) => Promise<Outcome<Booked> | Postponed>;
  /** Calls off what a booking may have left without an AWB that we know of. */
  abandon: (left: Leftover) => Promise<Outcome<true>>;
  /** The label as a PDF. */
  label: (parcel: Parcel, booked: BookedParcel) => Promise<Outcome<Uint8Array>>;
  /** Asks the carrier to collect; a repeat is harmless. */
  collect: (visit: Visit) => Promise<Outcome<Collection>>;
  /** `absent`: it knows none of them. */
  track: (awbs: readonly string[]) => Promise<Outcome<TrackingScan[]>>;
  /** `absent`: it does not know the number. */
  cancel: (awb: string) => Promise<Outcome<true>>;
  /** Null: this carrier has no API for it, and a person calls. */
  actOnNdr: ((attempt: NdrAttempt) => Promise<Outcome<true> | Postponed>) | null;
}

export interface AccountState {
  /** What is left of a prepaid account, in paise; null when it says nothing. */
  balanceMinor: number | null;
}

export interface ParcelQuestion {
  from: ShipFrom;
  toPincode: string;
  weightGrams: number;
  cod: boolean;
  declaredMinor: number;
}

export interface Offer {
  /** In the carrier's words: surface, a courier's name. */
  service: string;
  /** What its booking has to name; null when nothing. */
  code: string | null;
  /** All that is paid, in paise; null where only the merchant's rate card tells. */
  priceMinor: number | null;
  /** What a return costs, in paise. */
  rtoMinor: number | null;
  days: number | null;
  /** Takes nothing there for now. */
  embargo: boolean;
  prepaid: boolean;
  cod: boolean;
  /** What the declared value may not exceed, in paise; null: no limit is told. */
  prepaidLimitMinor: number | null;
  codLimitMinor: number | null;
}

export interface BookingAttempt {
  parcel: Parcel;
  /** An earlier attempt may have reached the carrier. */
  foundSending: boolean;
  /** Until then "not found" proves nothing. */
  settlesAt: Date;
  /** A number that was taken from the pool for this box; null where there is none. */
  reservedNumber: string | null;
  /** Puts reserved numbers into the pool and takes one for this box. */
  stockNumbers: (numbers: readonly string[]) => Promise<string>;
  /** What the last attempt left; null at the first. */
  memory: unknown;
  /**
   * Commits, before the call that follows, that something may have been sent, and what the next attempt
   * has to know. Throws when another worker holds the box by now.
   */
  remember: (memory: object) => Promise<void>;
}

/** A booking that ended without an AWB that we know of. */
export interface Leftover {
  reference: string;
  memory: unknown;
  /** Something may have been sent. */
  sent: boolean;
}

export interface Booked {
  awb: string;
  /** Under which it is found at the carrier. */
  reference: string;
  /** The carrier's own numbers, for later calls. */
  ids: Record<string, number>;
  /** Who carries it, where the carrier is an aggregator. */
  courier: string | null;
  freightMinor: number | null;
  /** Routing codes, coarsest first. */
  routing: readonly string[];
  /** It was there already, from an attempt whose answer was lost. */
  found: boolean;
}

export type BookedParcel = Pick<Booked, 'awb' | 'ids' | 'routing'>;

/** Not an attempt: it has to wait for something. */
export interface Postponed {
  kind: 'postponed';
  code: string;
  message: string;
  dueInMs: number;
  /** Something may have been sent. */
  unknown: boolean;
}

export interface Visit {
  from: ShipFrom;
  sellerName: string;
  /** `YYYY-MM-DD` where it is collected. */
  date: string;
  /** `HH:MM` */
  time: string;
  closesAt: string;
  parcels: readonly (BookedParcel & { weightGrams: number })[];
}

export interface Collection {
  /** The carrier's number of it; null when it gave none. */
  pickupId: string | null;
}

/** Telling a carrier what follows a failed delivery; the same wish twice is the same wish. */
export interface NdrAttempt {
  awb: string;
  action: NdrAction;
  /** What the last attempt left; null at the first. */
  memory: unknown;
  /** Commits what the next attempt has to know. Throws when another worker holds the case by now. */
  remember: (memory: object) => Promise<void>;
}

export type NdrAction =
  | { kind: 're_attempt'; on: string | null; phone: string | null; address: string | null }
  | { kind: 'return' };

export type ScanPush = { ok: true; scans: TrackingScan[] } | { ok: false; reason: string };

/** Outcomes without the value, for what went wrong. */
export type Failed = Exclude<Outcome<never>, { kind: 'done' }>;

/** An answer that this call can never have. */
export function unexpected(outcome: Extract<Failed, { kind: 'absent' | 'exists' }>): Failed {
  const message = 'The carrier answered with something else than was asked for';
  return { kind: 'unknown', code: `unexpected-${outcome.kind}`, message };
}

/** The value of a call on the way to another one, or why there is none. */
export async function then<A, B>(
  first: Promise<Outcome<A>>,
  next: (value: A) => Outcome<B> | Promise<Outcome<B>>,
): Promise<Outcome<B>> {
  const outcome = await first;
  return outcome.kind === 'done' ? next(outcome.value) : outcome;
}
