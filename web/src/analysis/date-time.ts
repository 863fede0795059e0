/**
 * Seconds from a fixed moment to a day (DA) and a time of it (TM), both as values of PS3.5 section 6.2; undefined where
 * they are none. Time zones are left alone: two values of one object are compared.
 */
export function secondsOf(date: string | undefined, time: string): number | undefined {
  const day = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(date?.trim() ?? '');
  const clock = /^(\d{2})(?::?(\d{2})(?::?(\d{2}(?:\.\d+)?))?)?/.exec(time.trim());
  if (!day || !clock) return undefined;
  const [, year, month, dayOfMonth] = day.map(Number);
  const midnight = Date.UTC(year ?? 0, (month ?? 1) - 1, dayOfMonth) / 1000;
  const [hours = 0, minutes = 0, seconds = 0] = clock.slice(1).map((part) => Number(part || 0));
  return midnight + hours * 3600 + minutes * 60 + seconds;
}
