import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { decimal } from './ct-series.ts';
import { phantomUid, randomNumbers } from './deterministic.ts';
import { phantomFile, type PhantomFile } from './phantom-file.ts';
import { commonModules, phantomIdentity, type PhantomIdentity } from './phantom-identity.ts';

export interface MrOptions {
  readonly seed?: number;
  readonly slices?: number;
  readonly size?: number;
  readonly seriesNumber?: number;
  readonly identity?: PhantomIdentity;
}

const MR_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.4';
const FIELD_OF_VIEW_MM = 230;
const SLICE_SPACING_MM = 6;

/** A T1-weighted head in sagittal slices, from right to left: valid MR Image Storage instances. */
export function* mrSeries(options: MrOptions = {}): Generator<PhantomFile> {
  const { seed = 2, slices = 21, size = 192, seriesNumber = 3 } = options;
  const identity = options.identity ?? phantomIdentity(seed, 'MR head');
  const series = {
    seed,
    identity,
    modality: 'MR' as const,
    seriesNumber,
    seriesDescription: 'Sagittal T1',
    bodyPart: 'HEAD',
  };
  const spacing = FIELD_OF_VIEW_MM / size;
  const half = FIELD_OF_VIEW_MM / 2 - spacing / 2;
  const random = randomNumbers(seed);
  for (let slice = 0; slice < slices; slice++) {
    const x = (slice - (slices - 1) / 2) * SLICE_SPACING_MM;
    const pixels = new Uint16Array(size * size);
    for (let i = 0; i < pixels.length; i++) {
      const y = -half + (i % size) * spacing;
      const z = half - Math.floor(i / size) * spacing;
      pixels[i] = Math.max(0, Math.round(signalAt(x, y, z) + (random() - 0.5) * 40));
    }
    const name = `MR${seriesNumber}/IM${String(slice + 1).padStart(4, '0')}.dcm`;
    yield phantomFile(name, {
      ...commonModules(series, MR_IMAGE_STORAGE, slice + 1),
      [Tag.ImageType]: ['ORIGINAL', 'PRIMARY', 'OTHER'],
      [Tag.ScanningSequence]: 'SE',
      [Tag.SequenceVariant]: 'NONE',
      [Tag.ScanOptions]: '',
      [Tag.MRAcquisitionType]: '2D',
      [Tag.SliceThickness]: '5',
      [Tag.SpacingBetweenSlices]: String(SLICE_SPACING_MM),
      [Tag.RepetitionTime]: '500',
      [Tag.EchoTime]: '12',
      [Tag.EchoTrainLength]: '1',
      [Tag.MagneticFieldStrength]: '1.5',
      [Tag.PatientPosition]: 'HFS',
      [Tag.ImagePositionPatient]: [x, -half, half].map(decimal),
      [Tag.ImageOrientationPatient]: ['0', '1', '0', '0', '0', '-1'],
      [Tag.FrameOfReferenceUID]: phantomUid(seed, 'frame of reference'),
      [Tag.PositionReferenceIndicator]: '',
      [Tag.SamplesPerPixel]: 1,
      [Tag.PhotometricInterpretation]: 'MONOCHROME2',
      [Tag.Rows]: size,
      [Tag.Columns]: size,
      [Tag.PixelSpacing]: [spacing, spacing].map(decimal),
      [Tag.BitsAllocated]: 16,
      [Tag.BitsStored]: 12,
      [Tag.HighBit]: 11,
      [Tag.PixelRepresentation]: 0,
      [Tag.WindowCenter]: '500',
      [Tag.WindowWidth]: '1000',
      [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(pixels.buffer) },
    });
  }
}

/** The signal at a point of the head, mm: scalp, skull, brain with folds, ventricles, cerebellum, face and neck. */
function signalAt(x: number, y: number, z: number): number {
  const head = Math.hypot(x / 72, (y + 2) / 92, (z - 15) / 82);
  const neck = Math.hypot(x / 45, (y - 20) / 48);
  if (head > 1) return z < -30 && neck < 1 ? (neck > 0.9 ? 850 : 380) : 0;
  if (head > 0.94) return 900;
  if (head > 0.87) return 60;
  if (z < -38 && y < 30) return 350 + 100 * Math.sin(y * 0.2);
  if (Math.hypot(x / 10, (y + 4) / 30, (z - 22) / 9) < 1) return 130;
  if (Math.hypot(x / 38, (y - 52) / 26, (z + 28) / 20) < 1) return 520 + 90 * Math.sin(z * 0.9);
  if (Math.hypot(x / 12, (y - 22) / 11, (z + 35) / 30) < 1) return 620;
  const fold = Math.sin(y * 0.28 + x * 0.11) * Math.sin(z * 0.3 - x * 0.13);
  const isCortex = head + fold * 0.06 > 0.74;
  return isCortex ? 470 : 650;
}
