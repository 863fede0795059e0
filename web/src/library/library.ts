import type { SourceFile } from '../files/source-file.ts';
import type { InstanceSummary } from './instance-summary.ts';

/** An instance and where it comes from. */
export interface LibraryInstance {
  readonly summary: InstanceSummary;
  readonly source: SourceFile;
  /** Size in bytes and time of the last change when it was read: by these a file is known again. */
  readonly size: number;
  readonly lastModified: number;
}

export interface LibrarySeries {
  readonly seriesInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly seriesNumber: number | undefined;
  readonly seriesDescription: string;
  readonly modality: string;
  /** These three only where the source says them. */
  readonly seriesDate?: string;
  readonly bodyPart?: string;
  readonly protocolName?: string;
  /** Undefined while the source doesn't say. */
  readonly instanceCount: number | undefined;
  /** Empty for a series that is at a peer. */
  readonly instances: readonly LibraryInstance[];
}

/** A study in a list: of this page, of the archive, or of a peer. */
export interface StudyListing {
  readonly studyInstanceUid: string;
  readonly patientName: string;
  readonly patientId: string;
  readonly patientBirthDate: string;
  readonly patientSex: string;
  readonly studyDate: string;
  readonly studyTime: string;
  readonly studyDescription: string;
  readonly accessionNumber: string;
  /** These three only where the source says them. */
  readonly referringPhysician?: string;
  readonly studyId?: string;
  readonly institution?: string;
  /** Each once, in alphabetical order. */
  readonly modalities: readonly string[];
  /** Undefined where the source doesn't say. */
  readonly seriesCount: number | undefined;
  readonly instanceCount: number | undefined;
  /** How many of its instances other archives keep safely, and whose they are. */
  readonly keptSafely?: { readonly count: number; readonly by: string };
  /** Instances of this study name different patients: it is shown, never merged in silence. */
  readonly hasConflictingPatients: boolean;
}

/** An image at a peer. */
export interface RemoteImage {
  readonly sopInstanceUid: string;
  readonly sopClassUid: string;
  readonly instanceNumber: number | undefined;
  /** 0 where the peer doesn't say, and for what is no image. */
  readonly rows: number;
  readonly columns: number;
  readonly numberOfFrames: number;
}

/** A study with its series. */
export interface LibraryStudy extends StudyListing {
  readonly series: readonly LibrarySeries[];
}

/** A file that is in no study, and why. */
export interface SkippedFile {
  readonly path: string;
  readonly reason: string;
}

interface SeriesEntry {
  readonly first: InstanceSummary;
  readonly instances: LibraryInstance[];
}

interface StudyEntry {
  readonly first: InstanceSummary;
  readonly series: Map<string, SeriesEntry>;
  readonly modalities: Set<string>;
  hasConflictingPatients: boolean;
  instanceCount: number;
  /** Built on demand, dropped by a change. */
  view: LibraryStudy | undefined;
}

/** What was dropped or opened in this page: Study → Series → Instance, by UIDs. */
export class Library {
  readonly #studies = new Map<string, StudyEntry>();
  readonly #paths = new Map<string, string>();

  /** Adds an instance; one whose UID is there already is left out, with the reason. */
  add(instance: LibraryInstance): { kind: 'added' } | { kind: 'skipped'; reason: string } {
    const { summary } = instance;
    const known = this.#paths.get(summary.sopInstanceUid);
    if (known === instance.source.path) return { kind: 'skipped', reason: 'It is open already.' };
    if (known !== undefined) {
      return { kind: 'skipped', reason: `The same instance as ${known}, which came first.` };
    }
    this.#paths.set(summary.sopInstanceUid, instance.source.path);
    const study = this.#studyEntry(summary);
    let series = study.series.get(summary.seriesInstanceUid);
    if (!series) {
      series = { first: summary, instances: [] };
      study.series.set(summary.seriesInstanceUid, series);
    }
    series.instances.push(instance);
    study.instanceCount++;
    if (summary.modality !== '') study.modalities.add(summary.modality);
    if (
      summary.patientId !== study.first.patientId ||
      summary.patientName !== study.first.patientName
    ) {
      study.hasConflictingPatients = true;
    }
    study.view = undefined;
    return { kind: 'added' };
  }

  /** All studies, newest first. Studies that didn't change keep their identity. */
  studies(): LibraryStudy[] {
    const views = [...this.#studies.values()].map((study) => (study.view ??= viewOf(study)));
    return views.sort(newestFirst);
  }

  clear(): void {
    this.#studies.clear();
    this.#paths.clear();
  }

  #studyEntry(summary: InstanceSummary): StudyEntry {
    let study = this.#studies.get(summary.studyInstanceUid);
    if (!study) {
      study = {
        first: summary,
        series: new Map(),
        modalities: new Set(),
        hasConflictingPatients: false,
        instanceCount: 0,
        view: undefined,
      };
      this.#studies.set(summary.studyInstanceUid, study);
    }
    return study;
  }
}

function viewOf({ first, series, modalities, ...entry }: StudyEntry): LibraryStudy {
  return {
    studyInstanceUid: first.studyInstanceUid,
    patientName: first.patientName,
    patientId: first.patientId,
    patientBirthDate: first.patientBirthDate,
    patientSex: first.patientSex,
    studyDate: first.studyDate,
    studyTime: first.studyTime,
    studyDescription: first.studyDescription,
    accessionNumber: first.accessionNumber,
    modalities: [...modalities].sort(),
    series: [...series.values()].map(seriesViewOf).sort(bySeriesNumber),
    seriesCount: series.size,
    instanceCount: entry.instanceCount,
    hasConflictingPatients: entry.hasConflictingPatients,
  };
}

const seriesViewOf = ({ first, instances }: SeriesEntry): LibrarySeries => ({
  seriesInstanceUid: first.seriesInstanceUid,
  studyInstanceUid: first.studyInstanceUid,
  seriesNumber: first.seriesNumber,
  seriesDescription: first.seriesDescription,
  modality: first.modality,
  instanceCount: instances.length,
  instances: [...instances].sort(byInstanceNumber),
});

const byInstanceNumber = (a: LibraryInstance, b: LibraryInstance) =>
  (a.summary.instanceNumber ?? 0) - (b.summary.instanceNumber ?? 0) ||
  compare(a.source.path, b.source.path);

/** The order in which series are listed. */
export const bySeriesNumber = (a: LibrarySeries, b: LibrarySeries) =>
  (a.seriesNumber ?? Infinity) - (b.seriesNumber ?? Infinity) ||
  compare(a.seriesInstanceUid, b.seriesInstanceUid);

const newestFirst = (a: LibraryStudy, b: LibraryStudy) =>
  compare(b.studyDate + b.studyTime, a.studyDate + a.studyTime) ||
  compare(a.patientName, b.patientName) ||
  compare(a.studyInstanceUid, b.studyInstanceUid);

/** By code point: a collator is six times slower, and dates and UIDs need none. */
const compare = (a: string, b: string) => (a < b ? -1 : a > b ? 1 : 0);
