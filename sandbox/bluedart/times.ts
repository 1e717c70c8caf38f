const offsetMs = 330 * 60_000;
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');
const longMonths =
  'January February March April May June July August September October November December'.split(
    ' ',
  );

/** `/Date(1767465000000+0530)/`: the milliseconds are UTC, the offset is decoration. */
export function jsonDate(at: number): string {
  return `/Date(${at}+0530)/`;
}

/** The instant in `/Date(…)/`; null when it is none. */
export function readJsonDate(text: string): number | null {
  const digits = /^\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/$/.exec(text)?.[1];
  return digits === undefined ? null : Number(digits);
}

/** `2026-01-06`, the day in India. */
export function dayOf(at: number): string {
  return wallClock(at).slice(0, 10);
}

/** `06-Jan-2026`: scans of a tracking answer. */
export function scanDate(at: number): string {
  const [year, month, day] = parts(at);
  return `${day}-${months[Number(month) - 1]}-${year}`;
}

/** `06 January 2026`: the status of a tracking answer. */
export function statusDate(at: number): string {
  const [year, month, day] = parts(at);
  return `${day} ${longMonths[Number(month) - 1]} ${year}`;
}

/** `06-01-2026`: the push. */
export function pushDate(at: number): string {
  const [year, month, day] = parts(at);
  return `${day}-${month}-${year}`;
}

/** `14:48`; the push writes it without the colon. */
export function clock(at: number): string {
  return wallClock(at).slice(11, 16);
}

function parts(at: number): string[] {
  return dayOf(at).split('-');
}

function wallClock(at: number): string {
  return new Date(at + offsetMs).toISOString();
}
