import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { tissueAt, type Tissue } from './body-model.ts';
import { decimal } from './ct-series.ts';
import { phantomUid, randomNumbers } from './deterministic.ts';
import { phantomFile, type PhantomFile } from './phantom-file.ts';
import { commonModules, phantomIdentity, type PhantomIdentity } from './phantom-identity.ts';

export interface PetOptions {
  /** That of the CT series that it belongs to: the two then share study and frame of reference. */
  readonly seed?: number;
  readonly slices?: number;
  /** Rows and columns. */
  readonly size?: number;
  readonly sliceSpacingMm?: number;
  readonly seriesNumber?: number;
  readonly identity?: PhantomIdentity;
}

const PET_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.128';
const FIELD_OF_VIEW_MM = 500;
const PATIENT_WEIGHT_KG = 74;
const INJECTED_BQ = 300e6;
/** Of fluorine-18. */
const HALF_LIFE_S = 6586.2;
const MAX_STORED = 32767;

/** SUVbw in g/ml, as fluorodeoxyglucose spreads an hour after the injection. */
const UPTAKE: Readonly<Record<Tissue, number>> = {
  air: 0,
  fat: 0.3,
  muscle: 0.8,
  lung: 0.5,
  vessel: 1.6,
  bone: 0.7,
  marrow: 1.4,
  liver: 2.3,
  lesion: 9,
  table: 0,
};

/** The emission series to `ctSeries` of the same seed: valid Positron Emission Tomography Image Storage instances. */
export function* petSeries(options: PetOptions = {}): Generator<PhantomFile> {
  const { seed = 4, slices = 40, size = 128, sliceSpacingMm = 5, seriesNumber = 5 } = options;
  const identity = options.identity ?? phantomIdentity(seed, 'PET/CT trunk');
  const series = {
    seed,
    identity,
    modality: 'PT' as const,
    seriesNumber,
    seriesDescription: 'FDG corrected',
    bodyPart: 'CHEST',
  };
  const spacing = FIELD_OF_VIEW_MM / size;
  const corner = -FIELD_OF_VIEW_MM / 2 + spacing / 2;
  const random = randomNumbers(seed);
  // Decay is corrected to the series' time, an hour after the injection.
  const injection = hourBefore(identity.studyTime);
  const activityBq = INJECTED_BQ * 2 ** (-3600 / HALF_LIFE_S);
  const bqPerMlOfSuv = activityBq / (PATIENT_WEIGHT_KG * 1000);
  for (let slice = 0; slice < slices; slice++) {
    const height = slices > 1 ? slice / (slices - 1) : 0;
    const activity = Float64Array.from({ length: size * size }, (_, i) => {
      const x = corner + (i % size) * spacing;
      const y = corner + Math.floor(i / size) * spacing;
      return UPTAKE[tissueAt(x, y, height)] * bqPerMlOfSuv * (0.85 + 0.3 * random());
    });
    const slope = Number(decimal(Math.max(1, ...activity) / MAX_STORED));
    const pixels = Int16Array.from(activity, (bqPerMl) =>
      Math.min(MAX_STORED, Math.round(bqPerMl / slope)),
    );
    const name = `PT${seriesNumber}/IM${String(slice + 1).padStart(4, '0')}.dcm`;
    yield phantomFile(name, {
      ...commonModules(series, PET_IMAGE_STORAGE, slice + 1),
      [Tag.PatientWeight]: String(PATIENT_WEIGHT_KG),
      [Tag.ImageType]: ['ORIGINAL', 'PRIMARY'],
      [Tag.SeriesType]: ['WHOLE BODY', 'IMAGE'],
      [Tag.Units]: 'BQML',
      [Tag.CountsSource]: 'EMISSION',
      [Tag.DecayCorrection]: 'START',
      [Tag.CorrectedImage]: ['DECY', 'ATTN', 'SCAT', 'RAN', 'NORM'],
      [Tag.CollimatorType]: 'NONE',
      [Tag.NumberOfSlices]: slices,
      [Tag.RadiopharmaceuticalInformationSequence]: [
        {
          [Tag.Radiopharmaceutical]: 'Fluorodeoxyglucose F^18^',
          [Tag.RadiopharmaceuticalStartTime]: injection,
          [Tag.RadionuclideTotalDose]: String(INJECTED_BQ),
          [Tag.RadionuclideHalfLife]: String(HALF_LIFE_S),
          [Tag.RadionuclidePositronFraction]: '0.967',
          [Tag.RadionuclideCodeSequence]: [
            {
              [Tag.CodeValue]: '77004003',
              [Tag.CodingSchemeDesignator]: 'SCT',
              [Tag.CodeMeaning]: '^18^Fluorine',
            },
          ],
        },
      ],
      [Tag.PatientOrientationCodeSequence]: [],
      [Tag.PatientGantryRelationshipCodeSequence]: [],
      [Tag.SliceThickness]: String(sliceSpacingMm),
      [Tag.ImagePositionPatient]: [corner, corner, -200 + slice * sliceSpacingMm].map(decimal),
      [Tag.ImageOrientationPatient]: ['1', '0', '0', '0', '1', '0'],
      [Tag.FrameOfReferenceUID]: phantomUid(seed, 'frame of reference'),
      [Tag.PositionReferenceIndicator]: '',
      [Tag.FrameReferenceTime]: '90000',
      [Tag.ActualFrameDuration]: '180000',
      [Tag.DecayFactor]: '1',
      [Tag.ImageIndex]: slice + 1,
      [Tag.SamplesPerPixel]: 1,
      [Tag.PhotometricInterpretation]: 'MONOCHROME2',
      [Tag.Rows]: size,
      [Tag.Columns]: size,
      [Tag.PixelSpacing]: [spacing, spacing].map(decimal),
      [Tag.BitsAllocated]: 16,
      [Tag.BitsStored]: 16,
      [Tag.HighBit]: 15,
      [Tag.PixelRepresentation]: 1,
      [Tag.RescaleIntercept]: '0',
      [Tag.RescaleSlope]: decimal(slope),
      [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(pixels.buffer) },
    });
  }
}

/** A TM one hour earlier; phantoms are made by day. */
const hourBefore = (time: string): string =>
  `${String(Number(time.slice(0, 2)) - 1).padStart(2, '0')}${time.slice(2)}`;
