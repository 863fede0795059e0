import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { randomNumbers } from './deterministic.ts';
import { phantomFile, type PhantomFile } from './phantom-file.ts';
import { commonModules, phantomIdentity, type PhantomIdentity } from './phantom-identity.ts';

export interface AngiogramOptions {
  readonly seed?: number;
  readonly frames?: number;
  /** Rows and columns. */
  readonly size?: number;
  readonly seriesNumber?: number;
  readonly identity?: PhantomIdentity;
  /** Degrees: positive is left (LAO), as Positioner Primary Angle. */
  readonly primaryAngle?: number;
}

const XA_IMAGE_STORAGE = '1.2.840.10008.5.1.4.1.1.12.1';
const FRAMES_PER_SECOND = 15;
/** Share of the loop that the contrast takes from the ostium to the last branch. */
const ARRIVAL = 0.45;

/** A piece of a vessel, in units of the picture's width; `at` counts the way from the ostium. */
interface Piece {
  readonly x: number;
  readonly y: number;
  readonly radius: number;
  readonly at: number;
}

/** A loop of contrast that runs through a tree of arteries over a beating heart: one X-Ray Angiographic instance. */
export function angiogram(options: AngiogramOptions = {}): PhantomFile {
  const { seed = 6, frames = 45, size = 256, seriesNumber = 6, primaryAngle = 30 } = options;
  const identity = options.identity ?? phantomIdentity(seed, 'Coronary angiography');
  const series = {
    seed,
    identity,
    modality: 'XA' as const,
    seriesNumber,
    seriesDescription: `Left coronary ${projection(primaryAngle)}`,
    bodyPart: 'HEART',
  };
  const tree = arteries(seed + Math.round(primaryAngle));
  const pixels = new Uint8Array(size * size * frames);
  for (let frame = 0; frame < frames; frame++) {
    const picture = pixels.subarray(frame * size * size, (frame + 1) * size * size);
    paintFrame(picture, size, frame, frames, tree, seed);
  }
  return phantomFile(`XA${seriesNumber}/LOOP.dcm`, {
    ...commonModules(series, XA_IMAGE_STORAGE, 1),
    [Tag.ImageType]: ['ORIGINAL', 'PRIMARY', 'SINGLE PLANE'],
    [Tag.ContrastBolusAgent]: 'Phantom contrast',
    [Tag.PatientOrientation]: '',
    [Tag.PixelIntensityRelationship]: 'DISP',
    [Tag.RadiationSetting]: 'GR',
    [Tag.KVP]: '80',
    [Tag.XRayTubeCurrent]: '600',
    [Tag.ExposureTime]: '6',
    [Tag.PositionerMotion]: 'STATIC',
    [Tag.PositionerPrimaryAngle]: String(primaryAngle),
    [Tag.PositionerSecondaryAngle]: '20',
    [Tag.DistanceSourceToDetector]: '1000',
    [Tag.DistanceSourceToPatient]: '750',
    [Tag.ImagerPixelSpacing]: ['0.8', '0.8'],
    [Tag.CineRate]: String(FRAMES_PER_SECOND),
    [Tag.RecommendedDisplayFrameRate]: String(FRAMES_PER_SECOND),
    [Tag.FrameTime]: (1000 / FRAMES_PER_SECOND).toFixed(4),
    [Tag.NumberOfFrames]: String(frames),
    [Tag.FrameIncrementPointer]: Tag.FrameTime,
    [Tag.SamplesPerPixel]: 1,
    [Tag.PhotometricInterpretation]: 'MONOCHROME2',
    [Tag.Rows]: size,
    [Tag.Columns]: size,
    [Tag.BitsAllocated]: 8,
    [Tag.BitsStored]: 8,
    [Tag.HighBit]: 7,
    [Tag.PixelRepresentation]: 0,
    [Tag.LossyImageCompression]: '00',
    [Tag.WindowCenter]: '128',
    [Tag.WindowWidth]: '256',
    [Tag.PixelData]: { vr: 'OB', value: pixels },
  });
}

function projection(primaryAngle: number): string {
  if (primaryAngle === 0) return 'AP';
  return `${primaryAngle < 0 ? 'RAO' : 'LAO'} ${Math.abs(primaryAngle)}`;
}

/** A main stem that divides twice, each branch winding and thinner than the one that it comes from. */
function arteries(seed: number): Piece[] {
  const random = randomNumbers(seed);
  const pieces: Piece[] = [];
  const grow = (from: Piece, direction: number, length: number, depth: number): void => {
    const bend = (random() - 0.5) * 1.6;
    const wave = 2 + 3 * random();
    let { x, y } = from;
    const steps = Math.round(length * 400);
    for (let step = 1; step <= steps; step++) {
      const along = step / steps;
      const angle = direction + bend * along + 0.35 * Math.sin(along * wave * Math.PI);
      x += (Math.cos(angle) * length) / steps;
      y += (Math.sin(angle) * length) / steps;
      const radius = from.radius * (1 - 0.45 * along);
      const piece = { x, y, radius, at: from.at + along * length };
      pieces.push(piece);
      const isFork = depth < 3 && (step === steps || step === Math.round(steps * 0.45));
      if (isFork) grow(piece, angle + (random() > 0.5 ? 0.8 : -0.8), length * 0.7, depth + 1);
    }
  };
  grow({ x: 0.24, y: 0.2, radius: 0.016, at: 0 }, 0.5, 0.42, 0);
  grow({ x: 0.27, y: 0.22, radius: 0.015, at: 0.05 }, 1.2, 0.5, 1);
  return pieces;
}

function paintFrame(
  picture: Uint8Array,
  size: number,
  frame: number,
  frames: number,
  tree: readonly Piece[],
  seed: number,
): void {
  const phase = frame / frames;
  const beat = Math.sin((frame / FRAMES_PER_SECOND) * 2 * Math.PI * 1.1);
  const attenuation = new Float32Array(size * size);
  const furthest = Math.max(...tree.map(({ at }) => at));
  for (const { x, y, radius, at } of tree) {
    const sinceArrival = phase - (at / furthest) * ARRIVAL;
    if (sinceArrival < 0) continue;
    // It fills within a frame or two, then washes out.
    const filling = Math.min(1, sinceArrival * 20) * Math.min(1, Math.max(0, (1 - phase) * 4));
    const shift = beat * 0.012 * (0.3 + y);
    stamp(attenuation, size, x + shift, y + shift * 0.7, radius, filling);
  }
  const random = randomNumbers(seed * 1000 + frame);
  for (let i = 0; i < picture.length; i++) {
    const x = (i % size) / size;
    const y = Math.floor(i / size) / size;
    const grey = backgroundAt(x, y, beat) - 110 * Math.min(1, attenuation[i] ?? 0);
    picture[i] = Math.max(0, Math.min(255, Math.round(grey + (random() + random() - 1) * 9)));
  }
}

/** A vessel is round: what the ray meets is longest in its middle. */
function stamp(
  attenuation: Float32Array,
  size: number,
  x: number,
  y: number,
  radius: number,
  filling: number,
): void {
  const reach = Math.ceil(radius * size);
  const column = Math.round(x * size);
  const row = Math.round(y * size);
  for (let dy = -reach; dy <= reach; dy++) {
    for (let dx = -reach; dx <= reach; dx++) {
      const [px, py] = [column + dx, row + dy];
      if (px < 0 || py < 0 || px >= size || py >= size) continue;
      const off = Math.hypot(dx, dy) / (radius * size);
      if (off >= 1) continue;
      const depth = Math.sqrt(1 - off * off) * filling * (0.5 + radius * 30);
      const at = py * size + px;
      attenuation[at] = Math.max(attenuation[at] ?? 0, depth);
    }
  }
}

/** Lung, the heart's shadow, ribs and the spine behind it; the diaphragm at the bottom. */
function backgroundAt(x: number, y: number, beat: number): number {
  const heart = Math.hypot((x - 0.52) / 0.36, (y - 0.55) / (0.34 - 0.012 * beat));
  const disc = Math.abs(Math.sin(y * 22)) < 0.18;
  const spine = Math.abs(x - 0.86) < (disc ? 0.055 : 0.065) ? (disc ? 14 : 24) : 0;
  const ribs = Math.cos((y + 0.35 * (x - 0.5) ** 2) * 30) > 0.75 ? 10 : 0;
  const diaphragm = y > 0.86 + 0.1 * (x - 0.5) ** 2 ? 45 : 0;
  const shadow = heart < 1 ? 42 * Math.sqrt(1 - heart * heart) : 0;
  return 205 - shadow - spine - ribs - diaphragm;
}
