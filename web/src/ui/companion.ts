import type { LibraryStudy } from '../library/library.ts';
import type { ImageArea, PatientPoint } from '../viewer/image-area.ts';
import type { ImagePlace } from '../viewer/linked-scroll.ts';
import type { LoopTiming, StepBy } from '../viewer/loop-timing.ts';
import type { ViewerState } from '../viewer/viewer-state.ts';

/** What the window that is worked in tells the other one of the same study. Plain data. */
export interface Lead {
  /** Of the image that is wanted in the active viewport. */
  readonly place: ImagePlace | undefined;
  /** Of the one that is seen. */
  readonly area: ImageArea | undefined;
  readonly point: PatientPoint | undefined;
  readonly isScrollLinked: boolean;
  readonly isWindowLinked: boolean;
  readonly isZoomLinked: boolean;
  readonly stepBy: StepBy | undefined;
  readonly loop: LoopTiming | undefined;
  readonly index: number;
  readonly view: Pick<ViewerState, 'window' | 'modality' | 'zoom' | 'mmPerPixel' | 'pan'>;
}

/** The other window of the same study. */
export interface Companion {
  tell(lead: Lead): void;
  /** Hands over a prior study that was hung beside. */
  share(prior: LibraryStudy): void;
  /** Calls back with each prior study that the other one has handed over, until what is returned is called. */
  onPrior(listener: (prior: LibraryStudy) => void): () => void;
  /** Calls back with what the other one tells, until what is returned is called. */
  listen(listener: (lead: Lead) => void): () => void;
  /** Whether the other window is still there. */
  isOpen(): boolean;
  /** Closes the second window, from either of them. */
  close(): void;
}
