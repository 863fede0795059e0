import type { ByteSource } from '../../../shared/dicom/byte-source.ts';
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';

/** Sound to be heard before it is released. */
export interface Sound {
  /** Hz. */
  readonly samplesPerSecond: number;
  /** From −1 to 1, an array for each channel. */
  readonly channels: readonly Float32Array<ArrayBuffer>[];
}

/** Longest sound that is played: 64 MiB. */
const MAX_SOUND = 64 * 1024 * 1024;

/** The sound of a multiplex group (PS3.3 section C.10.9); undefined where it can't be played. */
export async function readSound(waveform: Dataset, source: ByteSource): Promise<Sound | undefined> {
  const data = waveform.get(Tag.WaveformData);
  const count = waveform.number(Tag.NumberOfWaveformChannels) ?? 0;
  const samplesPerSecond = Number(waveform.string(Tag.SamplingFrequency));
  const sample = SAMPLES[waveform.string(Tag.WaveformSampleInterpretation) ?? ''];
  if (!data || !sample || count < 1 || !(samplesPerSecond > 0)) return undefined;
  if (data.length > MAX_SOUND) return undefined;
  const bytes = data.bytes ?? (await source.read(data.valueStart, data.length));
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const length = Math.floor(bytes.byteLength / sample.size / count);
  const channels = Array.from({ length: count }, (_, channel) =>
    Float32Array.from({ length }, (_value, i) =>
      sample.read(view, (i * count + channel) * sample.size, waveform.littleEndian),
    ),
  );
  return { samplesPerSecond, channels };
}

interface SampleForm {
  readonly size: number;
  readonly read: (view: DataView, at: number, littleEndian: boolean) => number;
}

/** Waveform Sample Interpretation (PS3.3 section C.10.9.1.5). */
const SAMPLES: Readonly<Record<string, SampleForm>> = {
  SB: { size: 1, read: (view, at) => view.getInt8(at) / 128 },
  UB: { size: 1, read: (view, at) => view.getUint8(at) / 128 - 1 },
  MB: { size: 1, read: (view, at) => fromMuLaw(view.getUint8(at)) },
  AB: { size: 1, read: (view, at) => fromALaw(view.getUint8(at)) },
  SS: { size: 2, read: (view, at, littleEndian) => view.getInt16(at, littleEndian) / 32768 },
  US: { size: 2, read: (view, at, littleEndian) => view.getUint16(at, littleEndian) / 32768 - 1 },
};

/** ITU-T G.711, 8-bit μ-law. */
function fromMuLaw(byte: number): number {
  const bits = ~byte & 0xff;
  const magnitude = ((((bits & 0x0f) << 3) + 132) << ((bits >> 4) & 7)) - 132;
  return (bits & 0x80 ? -magnitude : magnitude) / 32768;
}

/** ITU-T G.711, 8-bit A-law. */
function fromALaw(byte: number): number {
  const bits = byte ^ 0x55;
  const exponent = (bits >> 4) & 7;
  const mantissa = (bits & 0x0f) << 4;
  const magnitude = exponent === 0 ? mantissa + 8 : (mantissa + 264) << (exponent - 1);
  return (bits & 0x80 ? magnitude : -magnitude) / 32768;
}
