import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { tissueAt, type Tissue } from './body-model.ts';
import { phantomUid, randomNumbers } from './deterministic.ts';
import { phantomFile, type PhantomFile } from './phantom-file.ts';
import { commonModules, phantomIdentity, type PhantomIdentity } from './phantom-identity.ts';

export interface CtOptions {
  /** The same seed gives the same bytes. */
  readonly seed?: number;
  readonly slices?: number;
  /** Rows and columns. */
  readonly size?: number;
  readonly sliceSpacingMm?: number;
  readonly seriesNumber?: number;
  readonly identity?: PhantomIdentity;
}

const CT_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.2';
const FIELD_OF_VIEW_MM = 380;
const INTERCEPT = -1024;
const NOISE_HU = 12;

/** Hounsfield units, with contrast medium in the vessels. */
const HOUNSFIELD: Readonly<Record<Tissue, number>> = {
  air: -1000,
  fat: -100,
  muscle: 50,
  lung: -850,
  vessel: 180,
  bone: 900,
  marrow: 250,
  liver: 105,
  lesion: 45,
  table: -200,
};

/** An axial series of a trunk, from the liver to the top of the chest: valid CT Image Storage instances. */
export function* ctSeries(options: CtOptions = {}): Generator<PhantomFile> {
  const { seed = 1, slices = 40, size = 256, sliceSpacingMm = 5, seriesNumber = 2 } = options;
  const identity = options.identity ?? phantomIdentity(seed, 'CT chest and abdomen');
  const series = {
    seed,
    identity,
    modality: 'CT' as const,
    seriesNumber,
    seriesDescription: 'Axial portal venous',
    bodyPart: 'CHEST',
  };
  const spacing = FIELD_OF_VIEW_MM / size;
  const corner = -FIELD_OF_VIEW_MM / 2 + spacing / 2;
  const random = randomNumbers(seed);
  for (let slice = 0; slice < slices; slice++) {
    const position = -200 + slice * sliceSpacingMm;
    const height = slices > 1 ? slice / (slices - 1) : 0;
    const pixels = new Int16Array(size * size);
    for (let i = 0; i < pixels.length; i++) {
      const x = corner + (i % size) * spacing;
      const y = corner + Math.floor(i / size) * spacing;
      const noise = (random() + random() - 1) * 2 * NOISE_HU;
      const value = HOUNSFIELD[tissueAt(x, y, height)] + noise;
      pixels[i] = Math.max(-1024, Math.round(value)) - INTERCEPT;
    }
    const name = `CT${seriesNumber}/IM${String(slice + 1).padStart(4, '0')}.dcm`;
    yield phantomFile(name, {
      ...commonModules(series, CT_IMAGE_STORAGE, slice + 1),
      [Tag.ImageType]: ['ORIGINAL', 'PRIMARY', 'AXIAL'],
      [Tag.ContrastBolusAgent]: 'Phantom contrast',
      [Tag.SliceThickness]: String(sliceSpacingMm),
      [Tag.KVP]: '120',
      [Tag.PatientPosition]: 'HFS',
      [Tag.AcquisitionNumber]: '1',
      [Tag.ImagePositionPatient]: [corner, corner, position].map(decimal),
      [Tag.ImageOrientationPatient]: ['1', '0', '0', '0', '1', '0'],
      [Tag.FrameOfReferenceUID]: phantomUid(seed, 'frame of reference'),
      [Tag.PositionReferenceIndicator]: '',
      [Tag.SamplesPerPixel]: 1,
      [Tag.PhotometricInterpretation]: 'MONOCHROME2',
      [Tag.Rows]: size,
      [Tag.Columns]: size,
      [Tag.PixelSpacing]: [spacing, spacing].map(decimal),
      [Tag.BitsAllocated]: 16,
      [Tag.BitsStored]: 16,
      [Tag.HighBit]: 15,
      [Tag.PixelRepresentation]: 1,
      [Tag.WindowCenter]: ['50', '-600'],
      [Tag.WindowWidth]: ['400', '1500'],
      [Tag.RescaleIntercept]: String(INTERCEPT),
      [Tag.RescaleSlope]: '1',
      [Tag.RescaleType]: 'HU',
      [Tag.WindowCenterWidthExplanation]: ['SOFT TISSUE', 'LUNG'],
      [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(pixels.buffer) },
    });
  }
}

/** A decimal string of at most 16 characters (PS3.5 section 6.2). */
export const decimal = (value: number): string => String(Number(value.toPrecision(10)));
