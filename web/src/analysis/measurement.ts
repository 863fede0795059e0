/**
 * A place in an image, in pixels from the outer corner of its first pixel, whose centre is 0.5, 0.5: the coordinates of
 * spatial coordinates in structured reports (PS3.3 section C.18.6).
 */
export interface ImagePoint {
  readonly x: number;
  readonly y: number;
}

export type MeasurementKind =
  | 'length'
  | 'bidirectional'
  | 'angle'
  | 'cobb'
  | 'ellipse'
  | 'rectangle'
  | 'freehand'
  | 'probe'
  | 'arrow'
  | 'calibration';

/** What was drawn on one frame of one instance. Plain data, replaced as a whole by each change. */
export interface Measurement {
  readonly id: string;
  readonly kind: MeasurementKind;
  readonly seriesInstanceUid: string;
  readonly sopInstanceUid: string;
  /** From 0. */
  readonly frameIndex: number;
  /**
   * Ends of a line; three of an angle, the vertex between; two lines of a Cobb angle; long, then short axis of a
   * bidirectional; opposite corners of the box around an ellipse or rectangle; of an ellipse that was turned the ends of
   * one axis, then of the other; the outline of a freehand region; the place of a probe; the tip of an arrow, then its
   * end.
   */
  readonly points: readonly ImagePoint[];
  /** What the user calls it; of an arrow what it says. */
  readonly name: string;
  /** Which of the colours for measurements, from 0. */
  readonly colour: number;
  /** Milliseconds since 1970: the list goes by it. */
  readonly createdAt: number;
  /** Of a calibration: what the line measures, by the user's word. */
  readonly lengthMm?: number;
}

/** How many points a finished measurement has; a freehand region has any number from three on. */
export const POINT_COUNT: Readonly<Record<MeasurementKind, number>> = {
  length: 2,
  bidirectional: 4,
  angle: 3,
  cobb: 4,
  ellipse: 2,
  rectangle: 2,
  freehand: Infinity,
  probe: 1,
  arrow: 2,
  calibration: 2,
};

/** Regions have an area and statistics. */
export const isRegion = (kind: MeasurementKind): boolean =>
  kind === 'ellipse' || kind === 'rectangle' || kind === 'freehand';
