const dayMs = 86_400_000;
const monthNames = 'jan feb mar apr may jun jul aug sep oct nov dec'.split(' ');

/** Midnight of a day in India, as `/Date(…)/`. */
export function jsonDateOf(day: string): string {
  const at = Date.parse(`${day}T00:00:00+05:30`);
  if (Number.isNaN(at)) throw new RangeError(`${day} is no day`);
  return `/Date(${at})/`;
}

/** The day in India that `/Date(1767465000000+0530)/` is in; null when it is no date. */
export function dayOfJsonDate(text: string): string | null {
  const digits = /^\/Date\((-?\d{1,15})(?:[+-]\d{4})?\)\/$/.exec(text.trim())?.[1];
  if (digits === undefined) return null;
  return new Date(Number(digits) + 19_800_000).toISOString().slice(0, 10);
}

/**
 * One of Blue Dart's dates with its time: `06-Jan-2026`, `06 January 2026`, `06-01-2026`, each with
 * `14:48` or `1448`, Indian wall clock. Null when it is none; `30-12-0000` is how they write nothing.
 */
export function istMoment(date: string, time: string): string | null {
  const [, day = '', month = '', year = ''] =
    /^(\d{1,2})[- /]([A-Za-z]+|\d{1,2})[- /,]+(\d{4})/.exec(date.trim()) ?? [];
  const [, hour = '', minute = '', second = '00'] =
    /^(\d{2}):?(\d{2})(?::?(\d{2}))?/.exec(time.trim()) ?? [];
  const stamp = `${year}-${monthOf(month)}-${day.padStart(2, '0')}T${hour}:${minute}:${second}`;
  return isReal(stamp) ? `${stamp}+05:30` : null;
}

function monthOf(text: string): string {
  const named = monthNames.indexOf(text.slice(0, 3).toLowerCase());
  return (named < 0 ? text : String(named + 1)).padStart(2, '0');
}

/** JavaScript rolls 31 February over into March: what does not come back was no date. */
function isReal(stamp: string): boolean {
  const date = new Date(`${stamp}Z`);
  if (Number.isNaN(date.getTime()) || date.getTime() < 365 * dayMs) return false;
  return date.toISOString().slice(0, 19) === stamp;
}
