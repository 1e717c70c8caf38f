/** One moment as shops, import apps, mail and people write it. No zone means Indian time. */
export interface DateForm {
  name: string;
  write: (at: Date) => string | number;
  /** What of the moment is left: a form without a time of day says midnight. */
  keeps: 'day' | 'minute' | 'second' | 'millisecond';
}

const months = ['Jan', 'Feb', 'Mar', 'Apr', 'May', 'Jun', 'Jul', 'Aug', 'Sep', 'Oct', 'Nov', 'Dec'];
const weekdays = ['Sun', 'Mon', 'Tue', 'Wed', 'Thu', 'Fri', 'Sat'];

/** Year, month, … of the Indian wall clock, as the texts of a date. */
function wall(at: Date) {
  const ist = new Date(at.getTime() + 330 * 60_000);
  const two = (value: number) => String(value).padStart(2, '0');
  const [hour, minute] = [ist.getUTCHours(), two(ist.getUTCMinutes())];
  return {
    year: String(ist.getUTCFullYear()),
    month: two(ist.getUTCMonth() + 1),
    monthName: months[ist.getUTCMonth()] ?? '',
    day: two(ist.getUTCDate()),
    weekday: weekdays[ist.getUTCDay()] ?? '',
    clock: `${two(hour)}:${minute}`,
    seconds: two(ist.getUTCSeconds()),
    millis: String(ist.getUTCMilliseconds()).padStart(3, '0'),
    halfDayClock: `${two(hour % 12 === 0 ? 12 : hour % 12)}:${minute} ${hour < 12 ? 'AM' : 'PM'}`,
  };
}

const isoDay = ({ year, month, day }: Wall) => `${year}-${month}-${day}`;

function ordinal(day: number): string {
  const teen = day >= 11 && day <= 13;
  const ending = teen ? 'th' : (['th', 'st', 'nd', 'rd'][day % 10] ?? 'th');
  return `${day}${ending}`;
}

const devanagari = (text: string): string =>
  text.replace(/\d/g, (digit) => String.fromCharCode(0x0966 + Number(digit)));

type Wall = ReturnType<typeof wall>;

const form = (
  name: string,
  keeps: DateForm['keeps'],
  write: (wall: Wall, at: Date) => string | number,
): DateForm => ({ name, keeps, write: (at) => write(wall(at), at) });

export const dateForms: readonly DateForm[] = [
  form('Shopify, with offset', 'second', (w) => `${isoDay(w)}T${w.clock}:${w.seconds}+05:30`),
  form('UTC', 'millisecond', (_, at) => at.toISOString()),
  form(
    'ISO without a zone',
    'millisecond',
    (w) => `${isoDay(w)}T${w.clock}:${w.seconds}.${w.millis}`,
  ),
  form('slashes', 'minute', (w) => `${w.day}/${w.month}/${w.year} ${w.clock}`),
  form('hyphens', 'day', (w) => `${w.day}-${w.month}-${w.year}`),
  form('bank statement', 'day', (w) => `${w.day}-${w.monthName}-${w.year.slice(2)}`),
  form('dots', 'minute', (w) => `${w.day}.${w.month}.${w.year} ${w.clock}`),
  form('by hand', 'day', (w) => `${ordinal(Number(w.day))} ${w.monthName} ${w.year}`),
  form('month first, in words', 'day', (w) => `${w.monthName} ${w.day}, ${w.year}`),
  form('half-day clock', 'minute', (w) => `${w.day} ${w.monthName} ${w.year}, ${w.halfDayClock}`),
  form('spaces', 'second', (w) => `${w.day} ${w.month} ${w.year} ${w.clock}:${w.seconds}`),
  form(
    'e-mail',
    'second',
    (w) => `${w.weekday}, ${w.day} ${w.monthName} ${w.year} ${w.clock}:${w.seconds} +0530`,
  ),
  form('seconds since 1970', 'second', (_, at) => Math.floor(at.getTime() / 1000)),
  form('milliseconds since 1970, as text', 'millisecond', (_, at) => String(at.getTime())),
  form('.NET', 'millisecond', (_, at) => `/Date(${at.getTime()}+0530)/`),
  form('Devanagari digits', 'minute', (w) =>
    devanagari(`${w.day}/${w.month}/${w.year} ${w.clock}`),
  ),
];
