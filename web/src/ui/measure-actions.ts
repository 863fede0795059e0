import type { MeasuredFrame } from '../analysis/measured-frame.ts';
import type { MeasurementRow } from '../analysis/measurement-csv.ts';
import type { MeasurementResult } from '../analysis/evaluate.ts';
import type { ImagePoint, Measurement, MeasurementKind } from '../analysis/measurement.ts';
import type { LibraryInstance } from '../library/library.ts';

/** What measuring asks for: keeping, the values of a frame, and the geometry of `analysis`. */
export interface MeasureActions {
  /** What this browser keeps of a study. */
  readonly load: (studyInstanceUid: string) => Promise<readonly Measurement[]>;
  /** All or nothing. Rejects with a QuotaExceededError where there is no room. */
  readonly save: (
    studyInstanceUid: string,
    changed: readonly Measurement[],
    removed: readonly string[],
  ) => Promise<void>;
  /** Calls back when another window has saved or forgotten some, until what is returned is called. */
  readonly onChanged: (listener: () => void) => () => void;
  /** How many are kept, of all studies. */
  readonly count: () => Promise<number>;
  /** Forgets those of all studies. */
  readonly erase: () => Promise<void>;
  readonly frame: (instance: LibraryInstance, frameIndex: number) => Promise<MeasuredFrame>;
  readonly evaluate: (
    measurement: Measurement,
    frame: MeasuredFrame,
    manual: readonly Measurement[],
  ) => MeasurementResult;
  readonly csv: (rows: readonly MeasurementRow[]) => string;
  readonly pointCount: (kind: MeasurementKind) => number;
  readonly handlesOf: (measurement: Measurement) => readonly ImagePoint[];
  readonly withHandleAt: (
    measurement: Measurement,
    handle: number,
    to: ImagePoint,
    aspect: number,
  ) => Measurement;
  readonly movedBy: (measurement: Measurement, dx: number, dy: number) => Measurement;
  readonly shortAxisFor: (a: ImagePoint, b: ImagePoint, aspect: number) => ImagePoint[];
  readonly simplified: (points: readonly ImagePoint[], tolerance: number) => ImagePoint[];
  /** Height of a pixel by its width, around some points. */
  readonly aspectAt: (frame: MeasuredFrame, points: readonly ImagePoint[]) => number;
}
