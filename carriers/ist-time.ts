const wallClock = new RegExp(
  String.raw`^(\d{4})-(\d{2})-(\d{2})[T ](\d{2}):(\d{2})` +
    String.raw`(?::(\d{2})(?:\.(\d{0,6})\d*)?)?(Z|[+-]\d{2}:?\d{2})?$`,
);

/**
 * Delhivery's times are Indian wall clock without a zone, with 0 to 6 fraction digits that come and
 * go; here they get the zone and lose their last zeros, so that one instant is one text. Null when
 * it is no time.
 */
export function istTime(text: string): string | null {
  const match = wallClock.exec(text.trim());
  if (!match) return null;
  const [, year, month, day, hour, minute, second = '00', fraction = '', zone] = match;
  const stamp = `${year}-${month}-${day}T${hour}:${minute}:${second}`;
  if (!isReal(stamp)) return null;
  const digits = fraction.replace(/0+$/, '');
  const offset =
    zone === undefined ? '+05:30' : zone.toUpperCase().replace(/(\d{2})(\d{2})$/, '$1:$2');
  return `${stamp}${digits === '' ? '' : `.${digits}`}${offset}`;
}

/** JavaScript rolls 31 February over into March: what does not come back was no date. */
function isReal(stamp: string): boolean {
  const date = new Date(`${stamp}Z`);
  return !Number.isNaN(date.getTime()) && date.toISOString().slice(0, 19) === stamp;
}

/** An instant as Delhivery wants it: `2026-01-05 10:00:00`, Indian wall clock. */
export function istWallClock(instant: string): string {
  const date = new Date(Date.parse(instant) + 19_800_000);
  return date.toISOString().slice(0, 19).replace('T', ' ');
}
