import { universalKeys } from '../../shared/dicom/query-keys.ts';
import { listingOf } from './library/archive-rows.ts';
import type { Library, LibraryStudy, StudyListing } from './library/library.ts';
import type { ArchiveClient } from './remote/archive-client.ts';
import type { StudySources } from './study-sources.ts';
import type { Actions, PriorActions, PriorStudy } from './ui/actions.ts';
import type { AppState } from './ui/app-state.svelte.ts';

interface Parts {
  readonly app: AppState;
  readonly archive: ArchiveClient;
  readonly library: Library;
  readonly sources: StudySources;
  readonly retrieve: Actions['retrieve'];
}

/** Other studies of the patient of a study: on this computer, in the archive, at peers. */
export class PriorStudies implements PriorActions {
  readonly #parts: Parts;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  async find(
    study: StudyListing,
    onFound: (found: readonly PriorStudy[]) => void,
    signal: AbortSignal,
  ): Promise<readonly string[]> {
    const { app, archive, library } = this.#parts;
    const patientId = study.patientId.trim();
    if (patientId === '') return ['The study has no Patient ID to look for.'];
    const known = new Set([study.studyInstanceUid]);
    const found: PriorStudy[] = [];
    const problems: string[] = [];
    // Of a study that is in several places the nearest counts.
    const take = (studies: readonly StudyListing[], place: PriorStudy['place']): void => {
      for (const other of studies) {
        if (other.patientId.trim() !== patientId || known.has(other.studyInstanceUid)) continue;
        known.add(other.studyInstanceUid);
        found.push({ study: other, place });
      }
      onFound(found.toSorted((a, b) => b.study.studyDate.localeCompare(a.study.studyDate)));
    };
    const unlessItFails = async (work: Promise<void>, where: string): Promise<void> => {
      try {
        await work;
      } catch (error) {
        if (signal.aborted) return;
        problems.push(`${where}: ${error instanceof Error ? error.message : String(error)}`);
      }
    };
    take(library.studies(), { kind: 'computer' });
    const inArchive = archive
      .studies(patientId)
      .then(({ rows }) => take(rows.map(listingOf), { kind: 'archive' }));
    await unlessItFails(inArchive, 'Archive');
    const keys = { ...universalKeys('STUDY'), PatientID: patientId };
    await Promise.all(
      app.settings.peers.map(({ name }) => {
        const place = { kind: 'peer', name } as const;
        const asked = archive.query(
          name,
          'STUDY',
          keys,
          (rows) => take(rows.map(listingOf), place),
          signal,
        );
        return unlessItFails(asked, name);
      }),
    );
    return problems;
  }

  async load({ study, place }: PriorStudy): Promise<LibraryStudy | undefined> {
    const { sources, retrieve } = this.#parts;
    const { studyInstanceUid } = study;
    if (place.kind === 'peer' && !(await retrieve(place.name, study, { studyInstanceUid }))) {
      return undefined;
    }
    const from = place.kind === 'computer' ? 'computer' : 'archive';
    return { ...study, series: await sources.loadSeriesOf(from, study) };
  }
}
