import type { InstanceSummary } from '../library/instance-summary.ts';

/** What tells one person from another in a header. */
type Person = Pick<
  InstanceSummary,
  'patientId' | 'patientName' | 'patientBirthDate' | 'patientSex'
>;

/** Patients that may have been mixed up: for the screen alone, as it names them. */
export interface MixedPatients {
  /** Patient IDs under which names, dates of birth or sexes differ. */
  readonly conflicts: readonly string[];
  /** People, by name and date of birth, who have several Patient IDs. */
  readonly collisions: readonly string[];
}

/** What isn't filled in contradicts nothing. */
export function mixedPatients(people: Iterable<Person>): MixedPatients {
  const valuesOf = new Map<string, Set<string>>();
  const idsOf = new Map<string, Set<string>>();
  const add = (to: Map<string, Set<string>>, key: string, value: string) =>
    to.set(key, (to.get(key) ?? new Set()).add(value));
  for (const { patientId, patientName, patientBirthDate, patientSex } of people) {
    const id = patientId.trim();
    const name = sameForm(patientName);
    const birthDate = patientBirthDate.trim();
    const values = { name, birthDate, sex: patientSex.trim().toUpperCase() };
    for (const [kind, value] of Object.entries(values)) {
      if (id !== '' && value !== '') add(valuesOf, `${kind}\n${id}`, value);
    }
    if (id !== '' && name !== '' && birthDate !== '') add(idsOf, `${name}, ${birthDate}`, id);
  }
  const several = (sets: ReadonlyMap<string, ReadonlySet<string>>) =>
    [...sets].filter(([, { size }]) => size > 1).map(([key]) => key);
  const conflicts = several(valuesOf).map((key) => key.slice(key.indexOf('\n') + 1));
  return { conflicts: [...new Set(conflicts)], collisions: several(idsOf) };
}

/** A name without case and without components that are empty at its end. */
const sameForm = (name: string): string =>
  name
    .normalize('NFC')
    .toLocaleUpperCase()
    .replace(/[\s^=]+$/, '');

/** Subjects that several Patient IDs become, as a list of subjects may have it. */
export function sharedSubjects(
  patients: Iterable<{ readonly patientId: string; readonly subject: string }>,
): string[] {
  const idsOf = new Map<string, Set<string>>();
  for (const { patientId, subject } of patients) {
    idsOf.set(subject, (idsOf.get(subject) ?? new Set()).add(patientId.trim()));
  }
  return [...idsOf].filter(([, { size }]) => size > 1).map(([subject]) => subject);
}
