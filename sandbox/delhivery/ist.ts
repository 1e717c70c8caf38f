const offsetMs = 330 * 60_000;

/** Wall clock in India, without a zone and with 0 to 6 digits of a second: Delhivery's way. */
export function istTimestamp(at: number): string {
  const wallClock = new Date(at + offsetMs).toISOString();
  // The last digits are made up from the rest: the clock here has milliseconds only.
  const micros = wallClock.slice(20, 23) + String((at * 7919) % 1000).padStart(3, '0');
  const digits = Math.floor(at / 10) % 7;
  return wallClock.slice(0, 19) + (digits === 0 ? '' : `.${micros.slice(0, digits)}`);
}

export function istDate(at: number): string {
  return new Date(at + offsetMs).toISOString().slice(0, 10);
}
