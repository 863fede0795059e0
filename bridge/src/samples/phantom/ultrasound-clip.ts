import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { randomNumbers } from './deterministic.ts';
import { phantomFile, type PhantomFile } from './phantom-file.ts';
import { commonModules, phantomIdentity, type PhantomIdentity } from './phantom-identity.ts';

export interface UltrasoundOptions {
  readonly seed?: number;
  readonly frames?: number;
  readonly rows?: number;
  readonly columns?: number;
  readonly seriesNumber?: number;
  readonly identity?: PhantomIdentity;
}

const US_MULTIFRAME_STORAGE = '1.2.840.10008.5.1.4.1.1.3.1';
const FRAME_TIME_MS = 40;
/** Half the angle of the sector, radians. */
const HALF_ANGLE = 0.7;

/** A colour clip of a beating heart in a sector: one valid Ultrasound Multi-frame Image Storage instance. */
export function ultrasoundClip(options: UltrasoundOptions = {}): PhantomFile {
  const { seed = 3, frames = 24, rows = 240, columns = 320, seriesNumber = 4 } = options;
  const identity = options.identity ?? phantomIdentity(seed, 'Echocardiography');
  const series = {
    seed,
    identity,
    modality: 'US' as const,
    seriesNumber,
    seriesDescription: 'Four chamber',
    bodyPart: 'HEART',
  };
  const pixels = new Uint8Array(rows * columns * frames * 3);
  for (let frame = 0; frame < frames; frame++) {
    const picture = pixels.subarray(frame * rows * columns * 3, (frame + 1) * rows * columns * 3);
    paintFrame(picture, rows, columns, (frame / frames) * 2 * Math.PI, seed);
  }
  return phantomFile(`US${seriesNumber}/CLIP.dcm`, {
    ...commonModules(series, US_MULTIFRAME_STORAGE, 1),
    [Tag.ImageType]: ['ORIGINAL', 'PRIMARY'],
    [Tag.CineRate]: String(1000 / FRAME_TIME_MS),
    [Tag.FrameTime]: String(FRAME_TIME_MS),
    [Tag.PatientOrientation]: '',
    [Tag.SamplesPerPixel]: 3,
    [Tag.PhotometricInterpretation]: 'RGB',
    [Tag.PlanarConfiguration]: 0,
    [Tag.NumberOfFrames]: String(frames),
    [Tag.FrameIncrementPointer]: Tag.FrameTime,
    [Tag.Rows]: rows,
    [Tag.Columns]: columns,
    [Tag.BitsAllocated]: 8,
    [Tag.BitsStored]: 8,
    [Tag.HighBit]: 7,
    [Tag.PixelRepresentation]: 0,
    [Tag.BurnedInAnnotation]: 'NO',
    [Tag.LossyImageCompression]: '00',
    [Tag.PixelData]: { vr: 'OB', value: pixels },
  });
}

function paintFrame(
  picture: Uint8Array,
  rows: number,
  columns: number,
  phase: number,
  seed: number,
): void {
  const random = randomNumbers(seed * 1000 + Math.round(phase * 100));
  const depth = rows * 0.92;
  for (let i = 0; i < rows * columns; i++) {
    const x = (i % columns) - columns / 2;
    const y = Math.floor(i / columns) - rows * 0.04;
    const radius = Math.hypot(x, y);
    if (y < 0 || Math.abs(Math.atan2(x, y)) > HALF_ANGLE || radius > depth) continue;
    const [red, green, blue] = echoAt(x / depth, y / depth, phase);
    const speckle = 0.45 + 0.55 * random();
    picture.set([red * speckle, green * speckle, blue * speckle], i * 3);
  }
}

/** The colour at a point of the sector (its depth is 1): wall, chambers, flow through the valve. */
function echoAt(x: number, y: number, phase: number): [red: number, green: number, blue: number] {
  const squeeze = 1 - 0.22 * (0.5 - 0.5 * Math.cos(phase));
  const left = Math.hypot((x - 0.13) / (0.15 * squeeze), (y - 0.42) / (0.25 * squeeze));
  const right = Math.hypot((x + 0.16) / (0.1 * squeeze), (y - 0.45) / (0.21 * squeeze));
  const atrium = Math.hypot((x - 0.11) / 0.15, (y - 0.8) / (0.12 * (2 - squeeze)));
  // Flow towards the probe is red, away from it blue, as scanners paint it.
  const flow = Math.sin(phase);
  if (Math.hypot((x - 0.12) / 0.05, (y - 0.66) / 0.09) < 1 && Math.abs(flow) > 0.3) {
    return flow > 0 ? [240, 90 * flow, 20] : [20, -90 * flow, 240];
  }
  const inside = Math.min(left, right, atrium);
  if (inside < 1) return [18, 18, 20];
  const grey = inside < 1.3 ? 190 : 95;
  return [grey, grey, grey * 1.05];
}
