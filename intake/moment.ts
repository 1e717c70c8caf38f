/** An instant: whole seconds since 1970 and the digits behind the decimal point, as they came. */
export interface Moment {
  seconds: number;
  fraction: string;
}

export interface Clock {
  hour: number;
  minute: number;
  second: number;
  fraction: string;
  /** Seconds east of UTC. */
  offset: number;
}

const indianOffset = 19_800;

const zoneOffsets: Readonly<Record<string, number>> = { '': indianOffset, ist: indianOffset, z: 0 };

/**
 * The time of day behind a date: «11:20», «11:20:01.123», «03:03 PM», each with or without a zone.
 * Null when it is none of these; no zone is Indian time.
 */
export function clockOf(text: string): Clock | 'impossible' | null {
  const shape =
    /^[,T ]*(?:(\d{1,2}):(\d{2})(?::(\d{2})(?:[.,](\d{1,9}))?)?(?: ?([ap])\.?m\.?)?)? ?(.*)$/i;
  const match = shape.exec(text);
  if (!match) return null;
  const [, hours = '0', minutes = '0', seconds = '0', fraction = '', half, zone = ''] = match;
  const offset = offsetOf(zone);
  if (offset === null) return null;
  const hour = half === undefined ? Number(hours) : fullHour(Number(hours), half.toLowerCase());
  const clock = { hour, minute: Number(minutes), second: Number(seconds), fraction, offset };
  const possible = clock.hour <= 23 && clock.hour >= 0 && clock.minute <= 59 && clock.second <= 59;
  return possible ? clock : 'impossible';
}

function fullHour(hour: number, half: string): number {
  if (hour < 1 || hour > 12) return -1;
  return (hour % 12) + (half === 'p' ? 12 : 0);
}

function offsetOf(zone: string): number | null {
  const bare = zone.replace(/\([^)]*\)\s*$/, '').trim();
  const name = bare.replace(/^(?:utc|gmt|ut)$/i, 'z').toLowerCase();
  const named = zoneOffsets[name];
  if (named !== undefined) return named;
  const match = /^(?:utc|gmt)?([+-])(\d{2}):?(\d{2})?$/.exec(name);
  if (!match) return null;
  const [, sign, hours = '0', minutes = '0'] = match;
  const size = Number(hours) * 3600 + Number(minutes) * 60;
  return size > 14 * 3600 || Number(minutes) > 59 ? null : sign === '-' ? -size : size;
}

/** Null for a day that the calendar does not have. */
export function momentOf(year: number, month: number, day: number, clock: Clock): Moment | null {
  const utc = new Date(Date.UTC(year, month - 1, day));
  const real = utc.getUTCFullYear() === year && utc.getUTCMonth() === month - 1;
  if (!real || utc.getUTCDate() !== day) return null;
  const ofDay = clock.hour * 3600 + clock.minute * 60 + clock.second;
  return { seconds: utc.getTime() / 1000 + ofDay - clock.offset, fraction: clock.fraction };
}

/** `2026-01-06T11:20:01.123+05:30`; at most the six fraction digits that PostgreSQL keeps. */
export function istInstant(moment: Moment): string {
  const wall = new Date((moment.seconds + indianOffset) * 1000).toISOString().slice(0, 19);
  const fraction = moment.fraction.slice(0, 6).replace(/0+$/, '');
  return `${wall}${fraction === '' ? '' : `.${fraction}`}+05:30`;
}
