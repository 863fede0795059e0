import type { ShortcutActions } from './shortcuts.svelte.ts';
import type { PeerReport } from '../../../shared/protocol/messages.ts';
import type { Settings } from '../../../shared/protocol/settings.ts';
import type { Box } from '../../../shared/pixels/box.ts';
import type { PictureRule, PictureRuleFile } from '../deidentify/burned-in-rules.ts';
import type { FoundFace } from '../deidentify/face/search-face.ts';
import type { Decided } from '../deidentify/look.ts';
import type { Prepared } from '../deidentify/prepare.ts';
import type { ProfileChoice } from '../deidentify/profile-choice.ts';
import type { ProfileFile } from '../deidentify/profile-file.ts';
import type { CheckedCounts, RenamedPatient, ReportRow } from '../deidentify/report.ts';
import type { ShownContent } from '../deidentify/shown-content.ts';
import type { Hanging, HangingFile, HangingRule, HungStudy } from '../library/hanging.ts';
import type { Layout } from './layout.ts';
import type { Drawing } from '../drawing.ts';
import type { DisplaySet } from '../library/display-sets.ts';
import type { OutputFile } from '../files/save-out.ts';
import type {
  LibraryInstance,
  LibrarySeries,
  LibraryStudy,
  RemoteImage,
  StudyListing,
} from '../library/library.ts';
import type { RetrieveTarget } from '../remote/archive-client.ts';
import type { ItemView } from '../remote/transfer-job.ts';
import type { FramePlane } from '../viewer/frame-geometry.ts';
import type { ImagePoint } from '../analysis/measurement.ts';
import type { FoundPoint, ImageArea, PatientPoint } from '../viewer/image-area.ts';
import type { LoopTiming, StepBy } from '../viewer/loop-timing.ts';
import type { ViewerHost } from '../viewer/viewer-host.ts';
import type { SeriesHanging, ViewerInstance, ViewerSeries } from '../viewer/viewer-input.ts';
import type { WindowPreset } from '../viewer/window-presets.ts';
import type { MeasureActions } from './measure-actions.ts';

/** A de-identification that is being looked at: its key is the one that the transfer then uses. */
export interface SendPlan {
  readonly mode: 'deidentified' | 'original';
  readonly instances: readonly LibraryInstance[];
  /** Makes one instance ready as the transfer would, without sending it. */
  prepare(instance: LibraryInstance, withChanges: boolean): Promise<Prepared>;
  /** De-identifies otherwise from now on. @throws SubjectListError */
  choose(choice: ProfileChoice): Promise<void>;
  /** What the site knows of the pictures of its devices, from now on. */
  useRules(rules: readonly PictureRule[]): Promise<void>;
  /** What a person has seen of the pictures of instances. */
  decide(instances: Iterable<LibraryInstance>, decided: Decided): void;
  /** Where text may stand in the pictures of an instance. */
  findText(instance: LibraryInstance): Promise<readonly Box[]>;
  /** The face in the slices of one series. */
  findFace(instances: readonly LibraryInstance[]): Promise<FoundFace>;
  /** Blanks it, as a person has agreed to; undefined gives it back. */
  removeFace(
    instances: readonly LibraryInstance[],
    boxes: readonly (readonly Box[])[] | undefined,
  ): void;
  /**
   * Writes Part 10 files to where the user says, under names of what is new.
   * @returns how many; undefined when the user closed the dialog
   */
  saveTo(
    kind: 'folder' | 'zip',
    onProgress: (done: number) => void,
    signal: AbortSignal,
  ): Promise<number | undefined>;
  /** Sends what was planned; resolves when the transfer has begun. */
  send(peer: string): void;
  /** The plan is given up: its key is erased. */
  discard(): void;
}

/** What the screen of a de-identification works with. */
export interface DeidentificationTools {
  readonly initialChoice: ProfileChoice;
  /** @throws ProfileError what is wrong, and where */
  readonly readProfile: (json: string) => ProfileFile;
  /** The attributes for which a profile keeps more than the one it builds on; of the standard's, no claim is left then. */
  readonly attributesKeepingMore: (file: ProfileFile) => readonly string[];
  /** @throws PictureRuleError what is wrong, and where */
  readonly readRules: (json: string) => PictureRuleFile;
  /** What of an instance would leave without having been cleaned. @throws ContentError */
  readonly contentOf: (instance: LibraryInstance) => Promise<ShownContent>;
  /** What was done, without any value of an instance: as JSON, as CSV, and as lines to print. */
  readonly report: (
    choice: ProfileChoice,
    counts: CheckedCounts,
  ) => { readonly json: string; readonly csv: string; readonly rows: readonly ReportRow[] };
  /** Who is who, as CSV. It names patients: nothing but the user's own disk may have it. */
  readonly reidentificationTable: (patients: Iterable<RenamedPatient>) => string;
}

/** Another study of a patient, and where it is. */
export interface PriorStudy {
  readonly study: StudyListing;
  readonly place:
    { readonly kind: 'computer' | 'archive' } | { readonly kind: 'peer'; readonly name: string };
}

/** Other studies of the patient. */
export interface PriorActions {
  /**
   * Looks by Patient ID on this computer, in the archive and at all peers; calls back with all that were found so far, the
   * newest first.
   * @returns what went wrong where, in words
   */
  find(
    study: StudyListing,
    onFound: (found: readonly PriorStudy[]) => void,
    signal: AbortSignal,
  ): Promise<readonly string[]>;
  /** With its series; one at a peer is retrieved first. Undefined when it didn't come. */
  load(prior: PriorStudy): Promise<LibraryStudy | undefined>;
}

/** How studies are laid out when they are opened. */
export interface HangingActions {
  /** The site's own rules, the newest first; kept by this browser. */
  readonly own: () => readonly HangingRule[];
  /** @throws HangingError what is wrong, and where */
  readonly read: (json: string) => HangingFile;
  readonly keep: (rules: readonly HangingRule[]) => void;
  /** Those that fit a study, the one that counts first. */
  readonly fitting: (study: HungStudy) => readonly Hanging[];
  readonly ruleOf: (
    layout: Layout,
    shown: readonly (DisplaySet | undefined)[],
    isLinked: boolean,
  ) => HangingRule;
  /** Of display sets the one that shows most nearly what another does. */
  readonly mostLike: (set: DisplaySet, others: readonly DisplaySet[]) => DisplaySet | undefined;
  /** How an image stands that is put to a side. */
  readonly standing: (set: DisplaySet, side: 'left' | 'right' | undefined) => SeriesHanging;
}

/** What the screen can ask for. main.ts does it, with the modules that the screen doesn't know. */
export interface Actions {
  /** With the File System Access API, or undefined where the browser lacks it. */
  readonly pickFolder: (() => Promise<void>) | undefined;
  readonly openFiles: (files: Iterable<File>) => void;
  readonly openDrop: (transfer: DataTransfer) => void;
  readonly stopImport: () => void;
  readonly closeStudies: () => void;
  /** The series of a study, from wherever its list is; those of a peer come without instances. */
  readonly loadSeries: (study: StudyListing) => Promise<readonly LibrarySeries[]>;
  /** Phantoms into the archive, and a PACS of phantoms among the peers; then the archive is shown. */
  readonly startSamples: () => Promise<void>;
  /** The images of a series that is at a peer. */
  readonly loadImages: (
    study: StudyListing,
    series: LibrarySeries,
  ) => Promise<readonly RemoteImage[]>;
  /** Lists the archive anew. */
  readonly listArchive: (search: string) => void;
  readonly deleteStudies: (studies: readonly StudyListing[]) => Promise<void>;
  /** C-FIND; answers come into the list of the peer. */
  readonly queryPeer: (peer: string, keys: Readonly<Record<string, string>>) => void;
  /** C-FIND of a modality worklist; its steps come into the list of the worklist. */
  readonly askWorklist: (peer: string, keys: Readonly<Record<string, string>>) => void;
  readonly cancelQuery: () => void;
  /** Brings a study, a series or images of it into the archive; true when all of it came. */
  readonly retrieve: (
    peer: string,
    study: StudyListing,
    target: RetrieveTarget,
  ) => Promise<boolean>;
  readonly retryRetrieve: (id: string) => void;
  readonly cancelRetrieve: (id: string) => void;
  readonly dismissRetrieve: (id: string) => void;
  readonly saveSettings: (settings: Settings) => Promise<void>;
  /** Resolves to the milliseconds it took; rejects with an error whose message is for a person. */
  readonly echo: (peer: string) => Promise<number>;
  /** Asks a peer what it takes. */
  readonly examine: (
    peer: string,
    onProgress: (done: number, total: number) => void,
    signal: AbortSignal,
  ) => Promise<PeerReport>;
  readonly planSend: (
    mode: SendPlan['mode'],
    instances: readonly LibraryInstance[],
  ) => Promise<SendPlan>;
  readonly resumeTransfer: (id: string) => void;
  readonly retryTransfer: (id: string) => void;
  readonly cancelTransfer: (id: string) => void;
  readonly dismissTransfer: (id: string) => void;
  /** Takes the results of a commitment off the list. */
  readonly dismissCommitment: (transfer: string) => void;
  readonly retryForward: (rule: string, studyInstanceUid: string) => void;
  /** What it has not sent yet isn't sent. */
  readonly deleteForward: (rule: string, studyInstanceUid: string) => void;
  readonly transferItems: (id: string) => ItemView[];
  readonly saveReport: (id: string) => void;
  readonly deidentification: DeidentificationTools;
  /** Onto the user's disk. */
  readonly saveText: (name: string, content: string, type: string) => void;
  readonly saveBlob: (name: string, content: Blob) => void;
  /** False when the user closed the dialog. Files are asked for one after another. */
  readonly saveZip: (name: string, files: AsyncIterable<OutputFile>) => Promise<boolean>;
  /** Kept by this browser. */
  readonly setImageMemory: (mib: number) => void;
  /** A second window of the study, for another monitor; false where the browser opens none. */
  readonly openSecondWindow: (
    studies: readonly LibraryStudy[],
    seriesInstanceUid: string,
  ) => boolean;
  /** Kept by this browser; holds from when the page is loaded next. */
  readonly setDrawing: (drawing: Drawing) => void;
  readonly viewerHost: () => Promise<ViewerHost>;
  /** The stacks, loops and other parts of a series. */
  readonly displaySetsOf: (series: LibrarySeries) => readonly DisplaySet[];
  /** Reads what series fall into, before `displaySetsOf` is asked. */
  readonly readFrameParts: (series: readonly LibrarySeries[]) => Promise<void>;
  /** How much farther along its own normal an image lies than another one, mm; undefined where they aren't parallel. */
  readonly offsetBetween: (own: FramePlane, other: FramePlane) => number | undefined;
  readonly viewerSeries: (series: DisplaySet, hanging?: SeriesHanging) => ViewerSeries;
  readonly hanging: HangingActions;
  readonly priors: PriorActions;
  readonly shortcuts: ShortcutActions;
  /** Where images and points lie in each other. */
  readonly guides: {
    readonly patientPoint: (area: ImageArea, place: ImagePoint) => PatientPoint | undefined;
    readonly pointOn: (area: ImageArea, point: PatientPoint) => FoundPoint | undefined;
    readonly referenceLine: (
      own: ImageArea,
      other: ImageArea,
    ) => readonly [ImagePoint, ImagePoint] | undefined;
    /** The frame of a loop that belongs to one of another loop. */
    readonly frameInStep: (
      by: StepBy,
      leader: LoopTiming,
      index: number,
      follower: LoopTiming,
    ) => number;
  };
  readonly viewerInstance: (instance: LibraryInstance) => ViewerInstance;
  readonly windowPresets: () => Promise<readonly WindowPreset[]>;
  readonly measure: MeasureActions;
}
