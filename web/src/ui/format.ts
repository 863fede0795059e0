/**
 * A person name as it is read: "Family, Given Middle" of each component group but the phonetic one, the ideographic one
 * in brackets (PS3.5 section 6.2.1). The phonetic one stands for a name that has no other.
 */
export function formatPersonName(name: string): string {
  const [alphabetic = '', ideographic = '', phonetic = ''] = name.split('=').map(formatGroup);
  if (alphabetic === '') return ideographic || phonetic;
  return ideographic === '' || ideographic === alphabetic
    ? alphabetic
    : `${alphabetic} (${ideographic})`;
}

function formatGroup(group: string): string {
  const [family = '', given = '', middle = '', prefix = '', suffix = ''] = group.trim().split('^');
  const rest = [prefix, given, middle, suffix].filter((part) => part !== '').join(' ');
  return rest === '' ? family : `${family}, ${rest}`;
}

const dates = new Intl.DateTimeFormat(undefined, {
  year: 'numeric',
  month: '2-digit',
  day: '2-digit',
  timeZone: 'UTC',
});

/** A DA value in the manner of the place; one that is no date stays as it is. */
export function formatDate(value: string): string {
  const match = /^(\d{4})\.?(\d{2})\.?(\d{2})$/.exec(value);
  if (!match) return value;
  const [, year, month, day] = match.map(Number);
  const date = new Date(Date.UTC(year ?? 0, (month ?? 1) - 1, day));
  return Number.isNaN(date.getTime()) ? value : dates.format(date);
}

/** The hours and minutes of a TM value; one that is no time stays as it is. */
export function formatTime(value: string): string {
  const [, hours, minutes = '00'] = /^(\d{2}):?(\d{2})?/.exec(value) ?? [];
  return hours === undefined ? value : `${hours}:${minutes}`;
}

/** Bytes per second as MB/s. */
export const formatRate = (bytes: number, milliseconds: number): string =>
  milliseconds === 0 ? '' : `${((bytes / milliseconds) * 0.001).toFixed(1)} MB/s`;

/** A span as minutes and seconds. */
export function formatSpan(milliseconds: number): string {
  const seconds = Math.ceil(milliseconds / 1000);
  return `${Math.floor(seconds / 60)}:${String(seconds % 60).padStart(2, '0')}`;
}
