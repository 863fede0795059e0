// Storage SOP classes of the standard (PS3.6 table A-1) that are newer than the table of sop-classes.generated.ts.

/** UID and name. */
export const NEW_STORAGE_CLASSES: readonly (readonly [string, string])[] = [
  ['1.2.840.10008.5.1.4.1.1.9.100.1', 'Waveform Presentation State Storage'],
  ['1.2.840.10008.5.1.4.1.1.9.100.2', 'Waveform Acquisition Presentation State Storage'],
  ['1.2.840.10008.5.1.4.1.1.66.7', 'Label Map Segmentation Storage'],
  ['1.2.840.10008.5.1.4.1.1.66.8', 'Height Map Segmentation Storage'],
  ['1.2.840.10008.5.1.4.1.1.88.77', 'Waveform Annotation SR Storage'],
];
