import { PROFILE_EDITION } from './profile-table.generated.ts';
import { optionEntry } from './options.ts';
import type { ProfileChoice } from './profile-choice.ts';

/** What a check before sending has found. */
export interface CheckedCounts {
  readonly total: number;
  readonly ready: number;
  readonly failed: number;
  /** Of those that are ready: what they hold leaves as it is, because a person has looked at it. */
  readonly released: number;
  /** Instances, and cells of their pixels, in which bits were cleared that hold no sample. */
  readonly cleared: { readonly instances: number; readonly cells: number };
  readonly withheld: readonly { readonly reason: string; readonly count: number }[];
}

/** A patient of the source, and what became of the name. */
export interface RenamedPatient {
  readonly patientId: string;
  readonly patientName: string;
  readonly subject: string;
}

/** What was done, without any value of an instance. Values of own rules are the user's. */
export function deidentifyReport(
  { file, subjects }: ProfileChoice,
  counts: CheckedCounts,
  version: string,
  time: Date,
) {
  return {
    gantry: version,
    time: time.toISOString(),
    profile: file.name,
    base: file.base,
    edition: file.base === 'basic' ? PROFILE_EDITION : null,
    options: file.options.map((option) => ({ option, ...codeOf(option) })),
    strict: file.base === 'basic' && file.strict !== false,
    ownRules: file.attributes,
    subjects: subjects.kind,
    selected: counts.total,
    canBeSent: counts.ready,
    releasedAfterALook: counts.released,
    unusedBitsCleared: counts.cleared,
    withheld: counts.withheld,
    cannotBeRead: counts.failed,
  };
}

const codeOf = (option: Parameters<typeof optionEntry>[0]) => {
  const { code, meaning } = optionEntry(option);
  return { code: `${code} (DCM)`, meaning };
};

/** A line of the report, for people. */
export type ReportRow = readonly [name: string, value: string];

/** The same as lines of a table. */
export function reportRows(report: ReturnType<typeof deidentifyReport>): ReportRow[] {
  const rows: (readonly [string, unknown])[] = [
    ['Program', `Gantry ${report.gantry}`],
    ['Time', report.time],
    ['Profile', report.profile],
    ['Edition of PS3.15', report.edition ?? 'none: own rules'],
    ...report.options.map(({ code, meaning }) => ['Option', `${meaning}, ${code}`] as const),
    ['Strict', report.strict ? 'yes' : 'no'],
    ...Object.entries(report.ownRules).map(
      ([attribute, rule]) =>
        [`Rule for ${attribute}`, typeof rule === 'string' ? rule : rule.value] as const,
    ),
    ['Subjects are called by', report.subjects],
    ['Instances selected', report.selected],
    ['Can be sent', report.canBeSent],
    ['Of these released as they are, by a person who looked', report.releasedAfterALook],
    ['Of these with bits cleared that hold no sample', report.unusedBitsCleared.instances],
    ['Pixel cells in which they were', report.unusedBitsCleared.cells],
    ...report.withheld.map(({ reason, count }) => [`Withheld: ${reason}`, count] as const),
    ['Can’t be read', report.cannotBeRead],
  ];
  return rows.map(([name, value]) => [name, String(value)]);
}

/** A value as a cell: quoted, and never taken for a formula by a spreadsheet. */
const cell = (value: string) =>
  `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;

const csv = (rows: readonly (readonly string[])[]): string =>
  `${rows.map((row) => row.map(cell).join(',')).join('\r\n')}\r\n`;

/** The report for a spreadsheet (RFC 4180). */
export const reportTable = (rows: readonly ReportRow[]): string => csv(rows);

/** Who is who, as CSV. It names patients: nothing but the user's own disk may have it. */
export function reidentificationTable(patients: Iterable<RenamedPatient>): string {
  const lines = [...patients].map(({ patientId, patientName, subject }) => [
    patientId,
    patientName,
    subject,
  ]);
  return csv([['PatientID', 'PatientName', 'SubjectID'], ...lines]);
}
