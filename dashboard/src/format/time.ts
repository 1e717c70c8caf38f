const minute = 60_000;
const hour = 60 * minute;
const day = 24 * hour;

/** Short enough for a card: now, 5 min, 3 h, 2 d. */
export function formatAge(since: string, now: number): string {
  const age = Math.max(0, now - Date.parse(since));
  if (age < minute) return 'now';
  if (age < hour) return `${Math.floor(age / minute)} min`;
  if (age < 2 * day) return `${Math.floor(age / hour)} h`;
  return `${Math.floor(age / day)} d`;
}

/** 5 h left, or: time is over. */
export function timeLeft(deadline: string, now: number): string {
  const left = Date.parse(deadline) - now;
  if (left <= 0) return 'time is over';
  if (left < hour) return `${Math.ceil(left / minute)} min left`;
  return `${Math.floor(left / hour)} h left`;
}

/** 21 Nov, 3:42 pm; with the year when it is not this one. */
export function formatTime(instant: string, now: number): string {
  const date = new Date(instant);
  const thisYear = date.getFullYear() === new Date(now).getFullYear();
  return new Intl.DateTimeFormat('en-IN', {
    day: 'numeric',
    month: 'short',
    ...(thisYear ? {} : { year: 'numeric' }),
    hour: 'numeric',
    minute: '2-digit',
  }).format(date);
}

/** The day in the reader's time zone: 2026-11-21. */
export function isoDay(now: number): string {
  return new Intl.DateTimeFormat('en-CA', { dateStyle: 'short' }).format(now);
}

/** Of a calendar day: today, tomorrow, Monday 23 Nov. */
export function formatDay(day: string, now: number): string {
  if (day === isoDay(now)) return 'today';
  if (day === isoDay(now + 24 * hour)) return 'tomorrow';
  return new Intl.DateTimeFormat('en-IN', {
    weekday: 'long',
    day: 'numeric',
    month: 'short',
    timeZone: 'UTC',
  }).format(Date.parse(`${day}T00:00:00Z`));
}
