import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';

/** A series to be shown. main.ts makes it of what the library knows. */
export interface ViewerSeries {
  readonly title: string;
  readonly instances: readonly ViewerInstance[];
  readonly hanging?: SeriesHanging;
  /** Of an instance of many frames those that are shown, from 0; all where left out. */
  readonly frames?: readonly number[];
}

/** How a series is put into its viewport at first, and with each reset. */
export interface SeriesHanging {
  /** The image is seen from behind, as it were: left and right change places. */
  readonly isMirrored: boolean;
  /** The edge of the viewport that its edge touches; in the middle where left out. */
  readonly side?: 'left' | 'right' | undefined;
}

/** An instance of a series; its header is read when it is opened, its pixels frame by frame. */
export interface ViewerInstance {
  /** Unique among all instances of the page, stable while it is open; free of patient data. */
  readonly key: string;
  readonly sopInstanceUid: string;
  readonly instanceNumber: number | undefined;
  readonly numberOfFrames: number;
  /** Whose it is, said where its header can't be read any more: values of the attributes, empty for absent ones. */
  readonly patient?: {
    readonly patientName: string;
    readonly patientId: string;
  };
  /** Where it lies in the patient, where that is known already: values of the attributes, empty for absent ones. */
  readonly plane?: {
    readonly imagePositionPatient: readonly number[];
    readonly imageOrientationPatient: readonly number[];
  };
  /** Reads the header. Called once while the instance is on screen or near; its result is kept. */
  open(): Promise<{ readonly instance: ParsedInstance }>;
}
