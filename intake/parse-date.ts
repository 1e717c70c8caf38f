import { clockOf, istInstant, momentOf } from './moment.ts';
import type { Clock, Moment } from './moment.ts';
import { plainLine, textOf } from './plain-text.ts';

export type DateRefusal =
  /** Empty, NA, 0000-00-00, 30-12-0000: the sender's way to say «no date». */
  | 'null_date'
  | 'unrecognised'
  /** 31 February, 25 o'clock. */
  | 'impossible'
  | 'future'
  /** Before 2015. */
  | 'too_old';

export type ParsedDate =
  | {
      ok: true;
      /** ISO 8601 in Indian time: `2026-01-06T11:20:01.123+05:30`. */
      at: string;
      /** Day and month could change places and the sender's order is not known. */
      ambiguous: boolean;
    }
  | { ok: false; reason: DateRefusal };

export interface DateContext {
  now: Date;
  /** Which way this sender writes 06/01: known senders are not ambiguous. */
  numericOrder?: 'dmy' | 'mdy' | 'unknown';
}

type Order = NonNullable<DateContext['numericOrder']>;
type Reading = { moment: Moment; ambiguous: boolean } | 'impossible' | null;

const oldest = Date.UTC(2015, 0, 1) / 1000;
/** Clocks of shops and carriers run a little ahead of ours. */
const toleratedSkewSeconds = 300;

/**
 * A date in any of the forms that shops, carriers, banks and people send; no zone means Indian
 * time.
 */
export function parseDate(value: unknown, context: DateContext): ParsedDate {
  const line = plainLine(textOf(value) ?? '');
  if (isNullDate(line)) return { ok: false, reason: 'null_date' };
  const reading = readLine(line, context.numericOrder ?? 'unknown');
  if (reading === null) return { ok: false, reason: 'unrecognised' };
  if (reading === 'impossible') return { ok: false, reason: 'impossible' };
  const { moment, ambiguous } = reading;
  const latest = context.now.getTime() / 1000 + toleratedSkewSeconds;
  if (moment.seconds > latest) return { ok: false, reason: 'future' };
  if (moment.seconds < oldest) return { ok: false, reason: 'too_old' };
  return { ok: true, at: istInstant(moment), ambiguous };
}

/**
 * The instant of a machine's ISO 8601 time, which has to say its zone; null for anything else. For
 * senders whose format is known: no range is checked.
 */
export function parseIsoInstant(value: unknown): string | null {
  const text = typeof value === 'string' ? value.trim() : '';
  if (!/^\d{4}-\d{2}-\d{2}T\d{2}:\d{2}.*(?:Z|[+-]\d{2}:?\d{2})$/i.test(text)) return null;
  const reading = readYearFirst(text);
  return reading === null || reading === 'impossible' ? null : istInstant(reading.moment);
}

/** Blue Dart pushes a date and the time of day apart: `23-05-2019` and `1448`. */
export function parseDateAndClock(date: unknown, clock: unknown, context: DateContext): ParsedDate {
  const digits = plainLine(textOf(clock) ?? '').padStart(4, '0');
  const match = /^(\d{2}):?(\d{2})$/.exec(digits);
  if (!match) return { ok: false, reason: 'unrecognised' };
  const day = plainLine(textOf(date) ?? '');
  if (isNullDate(day)) return { ok: false, reason: 'null_date' };
  return parseDate(`${day} ${match[1]}:${match[2]}`, context);
}

function isNullDate(line: string): boolean {
  if (/^(?:n\/?a|null|nil|none|undefined|-+|0)?$/i.test(line)) return true;
  return (
    /^(?:0000|0001|1899|1900)[-/.]\d{1,2}[-/.]\d{1,2}(?!\d)/.test(line) ||
    /^\d{1,2}[-/.]\d{1,2}[-/.](?:0000|0001|1899|1900)(?!\d)/.test(line)
  );
}

function readLine(line: string, order: Order): Reading {
  for (const read of [readNumber, readMicrosoft, readYearFirst, readNamedMonth]) {
    const reading = read(line);
    if (reading !== null) return reading;
  }
  return readNumericDay(line, order);
}

const sure = (moment: Moment | null): Reading =>
  moment === null ? 'impossible' : { moment, ambiguous: false };

/**
 * Epoch seconds, epoch milliseconds or an Excel serial day (base 1899-12-30, Indian wall clock).
 */
function readNumber(line: string): Reading {
  if (/^\d{10}$/.test(line)) return sure({ seconds: Number(line), fraction: '' });
  if (/^\d{13}$/.test(line)) {
    return sure({ seconds: Number(line.slice(0, 10)), fraction: line.slice(10) });
  }
  if (!/^\d{5}(?:\.\d+)?$/.test(line)) return null;
  const wallSeconds = Math.round(Number(line) * 86_400) + Date.UTC(1899, 11, 30) / 1000;
  return sure({ seconds: wallSeconds - 19_800, fraction: '' });
}

/** `/Date(1767465000000+0530)/`: the number is the instant, the zone only says how to show it. */
function readMicrosoft(line: string): Reading {
  const match = /^\\?\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\\?\/$/.exec(line);
  if (!match) return null;
  const millis = Number(match[1]);
  const rest = ((millis % 1000) + 1000) % 1000;
  return sure({ seconds: (millis - rest) / 1000, fraction: String(rest).padStart(3, '0') });
}

function readYearFirst(line: string): Reading {
  const match = /^(\d{4})[-/.](\d{1,2})[-/.](\d{1,2})(?:T|,? |$)(.*)$/i.exec(line);
  if (!match) return null;
  return at(match[1], match[2], match[3], clockOf(match[4] ?? ''));
}

const months = [
  'january',
  'february',
  'march',
  'april',
  'may',
  'june',
  'july',
  'august',
  'september',
  'october',
  'november',
  'december',
];

/**
 * «06-Jan-26», «6th Jan 2026», «Jan 06, 2026», «31 Jul 2019, 03:03 PM», RFC 2822 with its weekday.
 */
function readNamedMonth(line: string): Reading {
  const text = line.replace(/^(?:mon|tue|wed|thu|fri|sat|sun)[a-z]*\.?,? +/i, '');
  const dayFirst =
    /^(\d{1,2})(?:st|nd|rd|th)?[-/. ,]+([a-z]{3,9})[-/. ,']+(\d{4}|\d{2})(?!\d)(.*)$/i;
  const monthFirst =
    /^([a-z]{3,9})[-/. ]+(\d{1,2})(?:st|nd|rd|th)?[-/. ,]+(\d{4}|\d{2})(?!\d)(.*)$/i;
  const first = dayFirst.exec(text);
  const match = first ?? monthFirst.exec(text);
  if (!match) return null;
  const [, a = '', b = '', year = '', rest = ''] = match;
  const [day, name] = first ? [a, b] : [b, a];
  const month = monthNumber(name);
  if (month === null) return null;
  return at(year.length === 2 ? `20${year}` : year, month, day, clockOf(rest));
}

function monthNumber(name: string): string | null {
  const lower = name.toLowerCase().replace(/^sept$/, 'sep');
  const index = months.findIndex((month) => month === lower || month.slice(0, 3) === lower);
  return index < 0 ? null : String(index + 1);
}

/** Day first; month first only where day first cannot be, or where the sender is known to do so. */
function readNumericDay(line: string, order: Order): Reading {
  const match = /^(\d{1,2})([-/. ])(\d{1,2})\2(\d{4})(?:T|,? |$)(.*)$/i.exec(line);
  if (!match) return null;
  const [, first = '', , second = '', year = '', rest = ''] = match;
  const clock = clockOf(rest);
  const monthFirst = order === 'mdy' || (order === 'unknown' && Number(second) > 12);
  const [day, month] = monthFirst ? [second, first] : [first, second];
  const reading = at(year, month, day, clock);
  if (reading === null || reading === 'impossible') return reading;
  const swappable = Number(first) <= 12 && Number(second) <= 12 && Number(first) !== Number(second);
  return { ...reading, ambiguous: order === 'unknown' && swappable };
}

function at(
  year: string | undefined,
  month: string | undefined,
  day: string | undefined,
  clock: Clock | 'impossible' | null,
): Reading {
  if (clock === null || clock === 'impossible') return clock;
  return sure(momentOf(Number(year), Number(month), Number(day), clock));
}
