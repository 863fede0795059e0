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
    withheld: counts.withheld,
    cannotBeRead: counts.failed,
  };
}

const codeOf = (option: Parameters<typeof optionEntry>[0]) => {
  const { code, meaning } = optionEntry(option);
  return { code: `${code} (DCM)`, meaning };
};

const ESCAPES: Readonly<Record<string, string>> = {
  '&': '&amp;',
  '<': '&lt;',
  '>': '&gt;',
  '"': '&quot;',
};
const escape = (value: unknown) =>
  String(value).replace(/[&<>"]/g, (character) => ESCAPES[character] ?? '');

/** The same as a page to print. */
export function reportPage(report: ReturnType<typeof deidentifyReport>): string {
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
    ...report.withheld.map(({ reason, count }) => [`Withheld: ${reason}`, count] as const),
    ['Can’t be read', report.cannotBeRead],
  ];
  const body = rows
    .map(([name, value]) => `<tr><th>${escape(name)}</th><td>${escape(value)}</td></tr>`)
    .join('\n');
  return `<!doctype html>
<html lang="en"><head><meta charset="utf-8"><title>De-identification</title>
<style>body{font:14px sans-serif;margin:2em}th,td{border-bottom:1px solid #ccc;padding:4px 12px 4px 0;text-align:left;vertical-align:top}</style>
</head><body><h1>De-identification</h1><table>
${body}
</table></body></html>
`;
}

/** A value as a cell: quoted, and never taken for a formula by a spreadsheet. */
const cell = (value: string) =>
  `"${(/^[=+\-@\t\r]/.test(value) ? `'${value}` : value).replaceAll('"', '""')}"`;

/** Who is who, as CSV. It names patients: nothing but the user's own disk may have it. */
export function reidentificationTable(patients: Iterable<RenamedPatient>): string {
  const lines = [...patients].map(({ patientId, patientName, subject }) =>
    [patientId, patientName, subject].map(cell).join(','),
  );
  return `${['"PatientID","PatientName","SubjectID"', ...lines].join('\r\n')}\r\n`;
}
