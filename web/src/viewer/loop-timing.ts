import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { positionAlongNormal, type FramePlane } from './frame-geometry.ts';
import { frameTimeMs } from './frame-time.ts';

/** When the frames of a loop are, and the heart beats. */
export interface LoopTiming {
  /** Of each frame, from the first one on. */
  readonly startsMs: readonly number[];
  readonly durationMs: number;
  /** R waves, in the same time; fewer than two where nothing says when the heart beats. */
  readonly beatsMs: readonly number[];
}

/** How loops run in step: frame by frame, or by the heart's cycle and, where that isn't known, by the part that is over. */
export type StepBy = 'frame' | 'heart';

/** Frames of the same length where the object doesn't say: only parts of the loop count then. */
const ANY_TIME_MS = 1000;

/** Whether images lie at one place, or have none: they differ in time. */
export function isOnePlace(planes: readonly (FramePlane | undefined)[]): boolean {
  const places = planes.map((plane) => (plane ? positionAlongNormal(plane) : undefined));
  const [first] = places;
  return places.every(
    (place) => place === first || Math.abs((place ?? Infinity) - (first ?? 0)) < 0.01,
  );
}

/**
 * Reads the times of a loop: Frame Time Vector or Frame Time (PS3.3 section C.7.6.5), R Wave Time Vector or Heart Rate
 * (section C.8.5.6). With a heart rate alone the first frame counts as a beat.
 */
export function loopTiming(dataset: Dataset, count: number): LoopTiming {
  const vector = dataset.numbers(Tag.FrameTimeVector);
  const time = frameTimeMs(dataset, 0);
  let startMs = 0;
  const startsMs = Array.from({ length: count }, (_, i) => {
    // The vector has the time since the frame before; its first value stands for nothing.
    if (i > 0) startMs += vector[i] ?? time ?? ANY_TIME_MS;
    return startMs;
  });
  const durationMs = startMs + (vector[1] ?? time ?? ANY_TIME_MS);
  const waves = dataset.numbers(Tag.RWaveTimeVector).toSorted((a, b) => a - b);
  const rate = dataset.number(Tag.HeartRate) ?? 0;
  const isRateOfUse = waves.length < 2 && time !== undefined && rate > 0;
  const cycleMs = isRateOfUse ? 60_000 / rate : durationMs;
  const beats = Array.from(
    { length: Math.floor(durationMs / cycleMs) + 1 },
    (_, i) => (waves[0] ?? 0) + i * cycleMs,
  );
  return { startsMs, durationMs, beatsMs: isRateOfUse ? beats : waves };
}

/**
 * The frame of a loop that belongs to a frame of another one.
 *
 * @param index of the frame that leads, from 0
 */
export function frameInStep(
  by: StepBy,
  leader: LoopTiming,
  index: number,
  follower: LoopTiming,
): number {
  if (by === 'frame') return index % follower.startsMs.length;
  const at = leader.startsMs[index] ?? 0;
  if (leader.beatsMs.length < 2 || follower.beatsMs.length < 2) {
    return nearest(follower.startsMs, (at / leader.durationMs) * follower.durationMs);
  }
  const { beat, phase } = phaseOf(leader.beatsMs, at);
  const cycles = follower.beatsMs.length - 1;
  const cycle = ((beat % cycles) + cycles) % cycles;
  const [from = 0, to = 0] = follower.beatsMs.slice(cycle, cycle + 2);
  return nearest(follower.startsMs, from + phase * (to - from));
}

/** In which cycle a time is, and which part of it is over; before the first and after the last beat as if they went on. */
function phaseOf(beats: readonly number[], at: number): { beat: number; phase: number } {
  const found = beats.findLastIndex((beat) => beat <= at);
  const known = Math.min(Math.max(found, 0), beats.length - 2);
  const [from = 0, to = 1] = beats.slice(known, known + 2);
  const cycles = to > from ? (at - from) / (to - from) : 0;
  return { beat: known + Math.floor(cycles), phase: cycles - Math.floor(cycles) };
}

const nearest = (starts: readonly number[], at: number): number =>
  starts.reduce(
    (best, start, i) => (Math.abs(start - at) < Math.abs((starts[best] ?? 0) - at) ? i : best),
    0,
  );

/** The times of frames that are a loop; undefined for a stack of places, and while nothing is known of them. */
export function loopOf(
  frames: readonly { readonly geometry?: FramePlane | undefined }[],
  dataset: Dataset | undefined,
): LoopTiming | undefined {
  const isLoop = isOnePlace(frames.map(({ geometry }) => geometry));
  return dataset && isLoop ? loopTiming(dataset, frames.length) : undefined;
}
