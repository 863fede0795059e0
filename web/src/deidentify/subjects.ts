import type { KeyedHash } from './pseudonym.ts';
import { Pseudonyms } from './pseudonym.ts';
import type { SubjectNaming } from './profile.ts';

/** A line of a list of subjects. */
export interface Subject {
  readonly patientId: string;
  readonly subjectId: string;
}

export class SubjectListError extends Error {
  override readonly name = 'SubjectListError';
}

/** LO without what divides values or components: it becomes a name, too. */
const SUBJECT_ID = /^[A-Za-z0-9][A-Za-z0-9 ._/#+-]{0,63}$/;

/**
 * Reads a list of subjects: Patient ID and subject's ID in a line, quoted where they must be, with a comma, semicolon or
 * tab between them, the same in all lines; a first line "PatientID,SubjectID" is a heading.
 * @throws SubjectListError with the number of the line
 */
export function parseSubjects(csv: string): Subject[] {
  const subjects: Subject[] = [];
  const known = new Map<string, string>();
  const lines = csv.replace(/^\ufeff/, '').split(/\r\n|\n|\r/);
  const divider = dividerOf(lines.find((line) => line.trim() !== '') ?? '');
  lines.forEach((line, index) => {
    if (line.trim() === '') return;
    const [patientId = '', subjectId = '', ...more] = fieldsOf(line, divider) ?? [];
    if (index === 0 && /patient/i.test(patientId) && /subject/i.test(subjectId)) return;
    const where = `Line ${index + 1} of the list of subjects`;
    // A third value may be a piece of an ID that should have been quoted: whose line it is can't be told then.
    if (more.some((field) => field !== '')) {
      throw new SubjectListError(`${where} has more than a Patient ID and a subject's ID.`);
    }
    if (patientId === '' || !SUBJECT_ID.test(subjectId)) {
      throw new SubjectListError(
        `${where} needs a Patient ID and a subject's ID of ASCII letters and figures.`,
      );
    }
    const before = known.get(patientId);
    if (before !== undefined && before !== subjectId) {
      throw new SubjectListError(
        `${where} gives a patient another subject's ID than an earlier one.`,
      );
    }
    if (before === undefined) subjects.push({ patientId, subjectId });
    known.set(patientId, subjectId);
  });
  if (subjects.length === 0) throw new SubjectListError('The list of subjects is empty.');
  return subjects;
}

function dividerOf(line: string): string {
  const unquoted = line.replaceAll(/"[^"]*"/g, '');
  return ['\t', ';'].find((divider) => unquoted.includes(divider)) ?? ',';
}

/** Undefined where quotes don't close, or stand within a value: nobody can tell then where it ends. */
function fieldsOf(line: string, divider: string): string[] | undefined {
  const fields: string[] = [];
  const field = new RegExp(`[ ]*(?:"((?:[^"]|"")*)"[ ]*|([^"${divider}]*))(${divider}|$)`, 'y');
  for (let isLast = false; !isLast;) {
    const match = field.exec(line);
    if (!match) return undefined;
    const [, quoted, plain = '', end] = match;
    fields.push((quoted?.replaceAll('""', '"') ?? plain).trim());
    isLast = end === '';
  }
  return fields;
}

/** The list as a profile keeps it: by what the key makes of each Patient ID. */
export async function listedSubjects(
  subjects: readonly Subject[],
  hash: KeyedHash,
): Promise<SubjectNaming> {
  const pseudonyms = new Pseudonyms(hash);
  const pairs = subjects.map(
    async ({ patientId, subjectId }) => [await pseudonyms.listedAs(patientId), subjectId] as const,
  );
  const [once, merged] = [new Set<string>(), new Set<string>()];
  for (const { subjectId } of subjects) (once.has(subjectId) ? merged : once).add(subjectId);
  return { kind: 'listed', subjects: new Map(await Promise.all(pairs)), merged };
}
