// What the rest of the bridge knows of the archive. `local-archive.ts` is the one for a single machine: files and a
// SQLite index; a site that outgrows it puts another behind the same interface.
import type {
  IndexedAttributes,
  INSTANCE_NUMBERS,
  INSTANCE_TEXTS,
  SERIES_NUMBERS,
  SERIES_TEXTS,
  STUDY_TEXTS,
} from './indexed-attributes.ts';
import type { EntityLevel, MatchQuery, MatchRow } from './match-query.ts';

/**
 * Why an instance is here: `archive` is kept until somebody deletes it; `cache` was retrieved to be looked at, has a
 * source elsewhere, and goes when space is needed.
 */
export type Origin = 'archive' | 'cache';

/** What happens to an instance whose SOP Instance UID is in the archive already, in the same study and series. */
export type DuplicateRule = 'replace' | 'keep' | 'refuse';

/** How an instance is taken; what is missing is as the archive has it for all. */
export interface AdmissionRules {
  readonly duplicates?: DuplicateRule | undefined;
  /** Refuses an image that lacks what describes its pixels, or the pixels. */
  readonly requiresImageAttributes?: boolean | undefined;
}

/** An instance on its way in. The data set is stored byte for byte. */
export interface IncomingInstance {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  readonly callingAeTitle: string;
  readonly origin: Origin;
  readonly rules?: AdmissionRules | undefined;
  /** Taken as fast as the disk writes. */
  readonly dataset: AsyncIterable<Uint8Array>;
  /** Aborts when nobody waits for the receipt any more: the instance is then dropped. */
  readonly signal: AbortSignal;
}

/** What describes the pixels of an image, and the pixels (PS3.3 section C.7.6.3). */
export type ImageKeyword =
  | 'SamplesPerPixel'
  | 'PhotometricInterpretation'
  | 'Rows'
  | 'Columns'
  | 'BitsAllocated'
  | 'BitsStored'
  | 'HighBit'
  | 'PixelData';

/** What is wrong with an attribute that every instance has, or every image. */
export interface AttributeProblem {
  readonly keyword:
    'SOPClassUID' | 'SOPInstanceUID' | 'StudyInstanceUID' | 'SeriesInstanceUID' | ImageKeyword;
  readonly problem: 'missing' | 'differs';
}

export type StoreReceipt =
  /** On disk and in the index: it is found after a crash or a loss of power. */
  | { readonly kind: 'stored' }
  /** The one that was there is kept. */
  | { readonly kind: 'kept' }
  /** The one that was there is kept: nothing has come to its study for so long that it isn't replaced any more. */
  | { readonly kind: 'final' }
  /** Refused by the rule for duplicates, or its UID is in another study or series. */
  | { readonly kind: 'duplicate' }
  /** The disk is full, or a quota is used up. */
  | { readonly kind: 'out-of-resources' }
  /**
   * The UIDs in the data set aren't those announced, or one of study, series, class and instance is missing, or what an
   * image must have.
   */
  | { readonly kind: 'mismatch'; readonly problems: readonly AttributeProblem[] }
  /** The header can't be read. */
  | { readonly kind: 'not-understood' };

type StudyAttributes = Pick<IndexedAttributes['study'], (typeof STUDY_TEXTS)[number]>;
type SeriesAttributes = Pick<
  IndexedAttributes['series'],
  (typeof SERIES_TEXTS | typeof SERIES_NUMBERS)[number]
>;
type InstanceAttributes = Pick<
  IndexedAttributes['instance'],
  (typeof INSTANCE_TEXTS | typeof INSTANCE_NUMBERS)[number]
>;

/** Text is decoded, several values are joined by backslashes; what is missing or empty is ''. */
export interface StudyRow extends StudyAttributes {
  readonly ModalitiesInStudy: string;
  readonly NumberOfStudyRelatedSeries: number;
  readonly NumberOfStudyRelatedInstances: number;
  /** Of all files, in bytes. */
  readonly size: number;
  /** Of the instance that came last, milliseconds since 1970. */
  readonly receivedMs: number;
  /** Who sent the instance that came last. */
  readonly sourceAeTitle: string;
  /** `cache` when all instances are. */
  readonly origin: Origin;
}

export interface SeriesRow extends SeriesAttributes {
  readonly NumberOfSeriesRelatedInstances: number;
}

export interface InstanceRow extends InstanceAttributes {
  /** As it is stored. */
  readonly TransferSyntaxUID: string;
  /** Of the file in bytes. */
  readonly size: number;
  readonly receivedMs: number;
  readonly sourceAeTitle: string;
  readonly origin: Origin;
}

export interface InstanceLocation {
  /** Of a Part 10 file, absolute. It isn't changed any more, but may be removed at any time. */
  readonly path: string;
  /** Offset of the data set in the file, in bytes. */
  readonly datasetOffset: number;
  /** Of the file in bytes. */
  readonly size: number;
  readonly transferSyntaxUid: string;
  readonly sopClassUid: string;
}

/** An instance by its UID, with what others decide by. */
export interface FoundInstance extends InstanceLocation {
  readonly sopInstanceUid: string;
  readonly studyInstanceUid: string;
  readonly modality: string;
  readonly origin: Origin;
  /** Who sent it. */
  readonly sourceAeTitle: string;
}

export type StudyOrder = 'StudyDate' | 'PatientName' | 'PatientID' | 'receivedMs';

export interface StudyQuery {
  /** Words that must each occur in name or ID of the patient, accession number, study ID or description. */
  readonly search?: string;
  /** At most MAX_PAGE. */
  readonly limit: number;
  readonly offset: number;
  readonly order: { readonly by: StudyOrder; readonly descending: boolean };
}

export interface StudyPage {
  readonly studies: readonly StudyRow[];
  /** How many the search finds, on all pages. */
  readonly total: number;
}

export interface InstanceQuery {
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  /** At most MAX_PAGE. */
  readonly limit: number;
  readonly offset: number;
}

/** Rows of one answer: a query of a full page takes some milliseconds of the archive's thread. */
export const MAX_PAGE = 1000;

export interface ArchiveCounts {
  readonly studies: number;
  readonly series: number;
  readonly instances: number;
  readonly archiveBytes: number;
  readonly cacheBytes: number;
}

export interface RebuildReport {
  readonly indexed: number;
  /** Files that are named as the archive names its own but can't be read; they stay where they are. */
  readonly unreadable: readonly string[];
}

/** Paths are relative to the archive's folder. All lists are empty when all is well. */
export interface IntegrityReport {
  readonly files: number;
  readonly rows: number;
  readonly filesWithoutRow: readonly string[];
  readonly rowsWithoutFile: readonly string[];
  readonly wrongSize: readonly string[];
}

/** `restarting`: calls fail for a moment; `failed`: they do until the program is started anew. */
export type ArchiveHealth = 'ok' | 'restarting' | 'failed';

export interface Archive {
  readonly health: ArchiveHealth;
  /** @throws ArchiveError closed, failed; and what the data set throws */
  store(incoming: IncomingInstance): Promise<StoreReceipt>;
  /** @throws ArchiveError closed, failed, cancelled; so do all that follow */
  studies(query: StudyQuery, signal?: AbortSignal): Promise<StudyPage>;
  study(studyInstanceUid: string, signal?: AbortSignal): Promise<StudyRow | undefined>;
  series(studyInstanceUid: string, signal?: AbortSignal): Promise<readonly SeriesRow[]>;
  /** By Instance Number. */
  instances(query: InstanceQuery, signal?: AbortSignal): Promise<readonly InstanceRow[]>;
  locate(sopInstanceUid: string, signal?: AbortSignal): Promise<InstanceLocation | undefined>;
  /** Those of at most MAX_PAGE instances that are here, in any order. */
  find(sopInstanceUids: readonly string[]): Promise<readonly FoundInstance[]>;
  /**
   * What matches, as numbers that `matchRows` takes, in the order of receipt: eight bytes for each, so that an answer of
   * any length can be given page by page.
   */
  match(query: MatchQuery, signal?: AbortSignal): Promise<Float64Array>;
  /**
   * Values of what `match` has found; what has gone meanwhile is left out.
   * @param matches at most MAX_PAGE
   * @param keywords of `MATCH_KEYS` of the level
   */
  matchRows(
    level: EntityLevel,
    matches: Float64Array,
    keywords: readonly string[],
    signal?: AbortSignal,
  ): Promise<readonly MatchRow[]>;
  counts(): Promise<ArchiveCounts>;
  /** @returns false when there is no such study */
  deleteStudy(studyInstanceUid: string): Promise<boolean>;
  /** Makes the index anew from the files. Stores wait meanwhile. */
  rebuild(): Promise<RebuildReport>;
  /** Compares index and files. */
  check(): Promise<IntegrityReport>;
  /**
   * Calls back with the Study Instance UIDs of what was added, changed or removed, a few times a second at most.
   * @returns ends it
   */
  onStudiesChanged(listener: (studyInstanceUids: readonly string[]) => void): () => void;
  /** Waits for what is being stored. */
  close(): Promise<void>;
}
