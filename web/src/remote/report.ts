import type { ItemView, JobView } from './transfer-job.ts';

/** A value as a cell: quoted, and never taken for a formula by a spreadsheet. */
function cell(value: string | number): string {
  const text = String(value);
  const safe = /^[=+\-@\t\r]/.test(text) ? `'${text}` : text;
  return `"${safe.replaceAll('"', '""')}"`;
}

/**
 * What became of each input, a line each, as CSV (RFC 4180). Paths are the user's own: the report stays on the
 * user's disk.
 */
export function formatReport(job: JobView, items: readonly ItemView[]): string {
  const rows: (string | number)[][] = [
    ['number', 'file', 'result', 'status', 'reason'],
    ...items.map(({ index, path, outcome, isReleased }) => {
      const start = [index + 1, path ?? ''];
      if (!outcome) return [...start, 'not sent', '', ''];
      if (outcome.kind === 'withheld') return [...start, 'withheld', '', outcome.reason];
      const status = outcome.status === undefined ? '' : hex(outcome.status);
      const note = isReleased ? 'released as it is, by a person who looked at it' : '';
      const reason = outcome.kind === 'failed' ? outcome.message : (outcome.warning ?? note);
      return [...start, outcome.kind === 'stored' ? 'sent' : 'failed', status, reason];
    }),
    [],
    ['peer', job.peer],
    ['mode', job.mode],
    ['selected', job.total],
    ['sent', job.stored],
    ['withheld', job.withheld],
    ['failed', job.failed],
    ['not sent', job.waiting],
  ];
  return `${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;
}

const hex = (status: number) => `${status.toString(16).toUpperCase().padStart(4, '0')}H`;
