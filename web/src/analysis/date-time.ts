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

/**
 * The same of a value with day and time in one (DT). One that names its zone is brought to the zone of the others.
 *
 * @param zone that of the values it is compared with, as +HHMM; undefined where nobody knows
 */
export function secondsOfStamp(stamp: string, zone: string | undefined): number | undefined {
  const seconds = secondsOf(stamp.slice(0, 8), stamp.slice(8));
  const [own, others] = [secondsEast(zoneOf(stamp)), secondsEast(zone)];
  if (seconds === undefined || own === undefined || others === undefined) return seconds;
  return seconds - own + others;
}

/** The offset from UTC that ends such a value, as +HHMM. */
export const zoneOf = (stamp: string | undefined): string | undefined =>
  /[+-]\d{4}$/.exec(stamp?.trim() ?? '')?.[0];

function secondsEast(zone: string | undefined): number | undefined {
  const [, sign, hours, minutes] = /^([+-])(\d{2})(\d{2})$/.exec(zone?.trim() ?? '') ?? [];
  if (hours === undefined) return undefined;
  return (sign === '-' ? -1 : 1) * (Number(hours) * 3600 + Number(minutes) * 60);
}
