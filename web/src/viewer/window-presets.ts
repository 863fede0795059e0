/** A named window. */
export interface WindowPreset {
  readonly id: string;
  readonly name: string;
  readonly width: number;
  readonly center: number;
}

/** The usual windows of CT, in Hounsfield units; keys 1 to 9 choose them. */
export const CT_PRESETS: readonly WindowPreset[] = [
  { id: 'soft-tissue', name: 'Soft tissue', width: 400, center: 40 },
  { id: 'lung', name: 'Lung', width: 1500, center: -600 },
  { id: 'liver', name: 'Liver', width: 150, center: 90 },
  { id: 'bone', name: 'Bone', width: 2500, center: 480 },
  { id: 'brain', name: 'Brain', width: 80, center: 40 },
  { id: 'stroke', name: 'Stroke', width: 40, center: 40 },
  { id: 'subdural', name: 'Subdural', width: 200, center: 75 },
  { id: 'abdomen', name: 'Abdomen', width: 320, center: 50 },
  { id: 'mediastinum', name: 'Mediastinum', width: 400, center: 80 },
];
