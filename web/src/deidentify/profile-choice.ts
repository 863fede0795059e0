import { profileOf, type ProfileFile } from './profile-file.ts';
import type { Profile } from './profile.ts';
import type { KeyedHash } from './pseudonym.ts';
import { listedSubjects, parseSubjects, type Subject } from './subjects.ts';

/** How a person wants instances to be de-identified: as a file would say it, and how subjects are named. */
export interface ProfileChoice {
  readonly file: ProfileFile;
  readonly subjects:
    | { readonly kind: 'keyed' }
    /** The prefix and a number, in the order of their Patient IDs. */
    | { readonly kind: 'numbered' }
    | { readonly kind: 'listed'; readonly csv: string };
}

export const DEFAULT_CHOICE: ProfileChoice = {
  file: { name: 'Basic Profile', base: 'basic', options: [], attributes: {} },
  subjects: { kind: 'keyed' },
};

/**
 * @param patientIds of all instances that are to be de-identified
 * @throws SubjectListError
 */
export async function chosenProfile(
  { file, subjects }: ProfileChoice,
  patientIds: Iterable<string>,
  hash: KeyedHash,
): Promise<Profile> {
  const profile = profileOf(file);
  if (subjects.kind === 'keyed') return profile;
  const list =
    subjects.kind === 'listed'
      ? parseSubjects(subjects.csv)
      : numbered([...new Set(patientIds)].sort(), file.prefix ?? '');
  return { ...profile, subject: await listedSubjects(list, hash) };
}

/** Numbers of one length, so that they sort. */
function numbered(patientIds: readonly string[], prefix: string): Subject[] {
  const digits = Math.max(3, String(patientIds.length).length);
  return patientIds.map((patientId, i) => ({
    patientId,
    subjectId: `${prefix}${String(i + 1).padStart(digits, '0')}`,
  }));
}
