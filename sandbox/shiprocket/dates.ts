const offsetMs = 330 * 60_000;
const months = 'Jan Feb Mar Apr May Jun Jul Aug Sep Oct Nov Dec'.split(' ');

/** Shiprocket's dates are Indian wall clock without a zone, in a form of their own for each place. */
function wallClock(at: number): string {
  return new Date(at + offsetMs).toISOString();
}

/** `2026-01-08 11:37:00` */
export function istTimestamp(at: number): string {
  return wallClock(at).slice(0, 19).replace('T', ' ');
}

export function istDate(at: number): string {
  return wallClock(at).slice(0, 10);
}

/** `6 Jan 2026, 11:21 AM`, in lists of orders. */
export function listDate(at: number): string {
  const text = wallClock(at);
  const hour = Number(text.slice(11, 13));
  const half = hour < 12 ? 'AM' : 'PM';
  const clock = `${String(hour % 12 || 12).padStart(2, '0')}:${text.slice(14, 16)} ${half}`;
  return `${Number(text.slice(8, 10))} ${monthOf(text)} ${text.slice(0, 4)}, ${clock}`;
}

/** `Jan 10, 2026`, the promise of a courier. */
export function promiseDate(at: number): string {
  const text = wallClock(at);
  return `${monthOf(text)} ${text.slice(8, 10)}, ${text.slice(0, 4)}`;
}

/** `08 01 2026 11:43:52`, in webhooks. */
export function spacedDate(at: number): string {
  const text = wallClock(at);
  return `${text.slice(8, 10)} ${text.slice(5, 7)} ${text.slice(0, 4)} ${text.slice(11, 19)}`;
}

/** A PHP date object. */
export function phpDate(at: number): object {
  const date = `${istTimestamp(at)}.${wallClock(at).slice(20, 23)}000`;
  return { date, timezone_type: 3, timezone: 'Asia/Kolkata' };
}

function monthOf(text: string): string {
  return months[Number(text.slice(5, 7)) - 1] ?? '';
}
