// node tools/run.js tools/bench/pixels.ts [FRAMES]: frames decoded and encoded in each transfer syntax, in ms for a megapixel.
// Decoding stands beside its codec called directly, and both beside the command line tools of DCMTK and GDCM, whose
// start-up is left out: a file of many frames less one of a single frame.
import { Decoder } from '@cornerstonejs/jpeg-lossless-decoder-js';
import { execFileSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { ctSeries } from '../../bridge/src/samples/phantom/ct-series.ts';
import { phantomFile } from '../../bridge/src/samples/phantom/phantom-file.ts';
import { ultrasoundClip } from '../../bridge/src/samples/phantom/ultrasound-clip.ts';
import { bufferSource } from '../../shared/dicom/byte-source.ts';
import { concatBytes, encodeFileMeta } from '../../shared/dicom/encode.ts';
import { readInstance, type ParsedInstance } from '../../shared/dicom/read-instance.ts';
import * as Tag from '../../shared/dicom/tags.generated.ts';
import type { WasmDecoder, WasmModule } from '../../shared/pixels/codecs/wasm-module.ts';
import type { DecoderName } from '../../shared/pixels/codecs/codecs.ts';
import { compress } from '../../shared/pixels/compress.ts';
import { decodeFrame } from '../../shared/pixels/decode-frame.ts';
import { encodableFrame, type EncodableFrame } from '../../shared/pixels/encode/encodable-frame.ts';
import { encodeFrame } from '../../shared/pixels/encode/encode-frame.ts';
import {
  COMPRESSED_SYNTAXES,
  type CompressedSyntax,
} from '../../shared/pixels/encode/compressed-syntaxes.ts';
import { readFrame } from '../../shared/pixels/frames.ts';
import { describeImage } from '../../shared/pixels/image-description.ts';

type Bytes = Uint8Array<ArrayBuffer>;
type Encoder = CompressedSyntax['encoder'];

const count = Number(process.argv[2] ?? 16);
const ROUNDS = 5;
const MEGAPIXEL = 1e6;
const codecs = nodeCodecs();
const folder = mkdtempSync(join(tmpdir(), 'gantry-bench-'));

/** What reads and writes a syntax, with its arguments. HTJ2K is read and written by none of them. */
const DECODING_TOOLS: Readonly<Partial<Record<Encoder, readonly string[]>>> = {
  rle: ['dcmdrle'],
  'jpeg-lossless': ['dcmdjpeg'],
  'jpeg-baseline': ['dcmdjpeg'],
  'jpeg-ls': ['dcmdjpls'],
  'jpeg-2000': ['gdcmconv', '--raw'],
};
const ENCODING_TOOLS: Readonly<Partial<Record<Encoder, readonly string[]>>> = {
  rle: ['dcmcrle'],
  'jpeg-lossless': ['dcmcjpeg', '+e1'],
  'jpeg-baseline': ['dcmcjpeg', '+eb'],
  'jpeg-ls': ['dcmcjpls', '+el'],
  'jpeg-2000': ['gdcmconv', '--j2k'],
};

/**
 * The codec by itself, as Cornerstone's own loader calls it. For lossless JPEG it has another than we have; RLE has none that
 * could be called apart.
 */
const ALONE: Readonly<Partial<Record<Encoder, (stream: Bytes, bitsAllocated: number) => unknown>>> =
  {
    'jpeg-lossless': ({ buffer, byteOffset, length }, bitsAllocated) =>
      new Decoder().decode(buffer, byteOffset, length, bitsAllocated / 8),
    'jpeg-baseline': withCodec('libjpeg-turbo', (module) => module.JPEGDecoder),
    'jpeg-ls': withCodec('charls', (module) => module.JpegLSDecoder),
    'jpeg-2000': withCodec('openjpeg', (module) => module.J2KDecoder),
    htj2k: withCodec('openjph', (module) => module.HTJ2KDecoder),
  };

function withCodec(
  name: DecoderName,
  decoderOf: (module: WasmModule) => (new () => WasmDecoder) | undefined,
) {
  return async (stream: Bytes) => {
    const Decoder = decoderOf(await codecs.module(name));
    if (!Decoder) throw new Error(`The codec ${name} has no decoder.`);
    const decoder = new Decoder();
    decoder.getEncodedBuffer(stream.length).set(stream);
    decoder.decode();
    decoder.delete();
  };
}

/** CT slices as the frames of one instance. */
function greyFile(frames: number): Bytes {
  const slices = Array.from(ctSeries({ slices: frames, size: 512, seed: 5 }), ({ bytes }) => bytes);
  return phantomFile('', {
    [Tag.SOPClassUID]: '1.2.840.10008.5.1.4.1.1.7.3',
    [Tag.SOPInstanceUID]: '2.25.1',
    [Tag.NumberOfFrames]: String(frames),
    [Tag.SamplesPerPixel]: 1,
    [Tag.PhotometricInterpretation]: 'MONOCHROME2',
    [Tag.Rows]: 512,
    [Tag.Columns]: 512,
    [Tag.BitsAllocated]: 16,
    [Tag.BitsStored]: 16,
    [Tag.HighBit]: 15,
    // DCMTK's JPEG-LS encoder takes no signed ones.
    [Tag.PixelRepresentation]: 0,
    [Tag.PixelData]: { vr: 'OW', value: pixelsOf(slices) },
  }).bytes;
}

/** The pixel data of the slices, 1024 added: Pixel Data is their last element. */
function pixelsOf(slices: readonly Uint8Array[]): Bytes {
  const bytes = concatBytes(slices.map((slice) => slice.subarray(slice.length - 512 * 512 * 2)));
  const values = new Int16Array(bytes.buffer);
  return new Uint8Array(Uint16Array.from(values, (value) => Math.max(0, value + 1024)).buffer);
}

const colourFile = (frames: number): Bytes =>
  new Uint8Array(ultrasoundClip({ frames, rows: 480, columns: 640, seed: 5 }).bytes);

const open = (bytes: Bytes): Promise<ParsedInstance> => readInstance(bufferSource(bytes));

async function compressedFile(file: Bytes, syntax: CompressedSyntax): Promise<Bytes> {
  const lossy = { sopInstanceUid: '2.25.2', quality: 90 };
  const { chunks } = await compress(await open(file), syntax, codecs, lossy);
  const uids = { sopClassUid: '2.25.1', sopInstanceUid: '2.25.2', transferSyntaxUid: syntax.uid };
  return concatBytes([encodeFileMeta(uids), ...(await Array.fromAsync(chunks))]);
}

/** The shortest of some rounds of each work, in milliseconds; they take turns, so that a busy machine hits both. */
async function shortestOf(...works: (() => unknown)[]): Promise<number[]> {
  const best = works.map(() => Infinity);
  for (let round = 0; round < ROUNDS; round++) {
    for (const [i, work] of works.entries()) {
      const started = performance.now();
      await work();
      best[i] = Math.min(best[i] ?? Infinity, performance.now() - started);
    }
  }
  return best;
}

/** A tool's time for the frames by which two files differ; undefined where it refuses them. */
async function toolTime(
  tool: readonly string[] | undefined,
  few: Bytes,
  many: Bytes,
): Promise<number | undefined> {
  const [name, ...args] = tool ?? [];
  if (name === undefined) return undefined;
  const [fewPath, manyPath] = [join(folder, 'few.dcm'), join(folder, 'many.dcm')];
  writeFileSync(fewPath, few);
  writeFileSync(manyPath, many);
  const run = (path: string) => () =>
    execFileSync(name, [...args, path, join(folder, 'out.dcm')], { stdio: 'ignore' });
  try {
    const [ofMany = 0, ofFew = 0] = await shortestOf(run(manyPath), run(fewPath));
    return ofMany - ofFew;
  } catch {
    return undefined;
  }
}

async function measure(kind: string, make: (frames: number) => Bytes): Promise<void> {
  const [few, many] = [make(1), make(count + 1)];
  const native = await open(many);
  const described = describeImage(native);
  const megapixels = (frames: number) => (described.rows * described.columns * frames) / MEGAPIXEL;
  const frames: EncodableFrame[] = [];
  for (let index = 0; index < count; index++) {
    const stored = await decodeFrame(await readFrame(native, described, index), described, codecs);
    frames.push(encodableFrame(stored, described));
  }
  const per = (milliseconds: number | undefined) =>
    milliseconds === undefined ? '–' : (milliseconds / megapixels(count)).toFixed(1);
  for (const syntax of COMPRESSED_SYNTAXES) {
    if (syntax.isLossy && described.bitsAllocated > 8) continue;
    const fewCoded = await compressedFile(few, syntax);
    const manyCoded = await compressedFile(many, syntax);
    const instance = await open(manyCoded);
    const image = describeImage(instance);
    const streams: Bytes[] = [];
    for (let i = 0; i < count; i++) streams.push(await readFrame(instance, image, i));
    const decoding = async () => {
      for (const stream of streams) await decodeFrame(stream, image, codecs);
    };
    const codec = ALONE[syntax.encoder];
    const callCodec = async () => {
      for (const stream of streams) await codec?.(stream, image.bitsAllocated);
    };
    const [ours = 0, direct = 0] = await shortestOf(decoding, callCodec);
    const alone = codec && direct;
    const [encoding] = await shortestOf(async () => {
      for (const frame of frames) await encodeFrame(frame, syntax, codecs);
    });
    const theirDecoding = await toolTime(DECODING_TOOLS[syntax.encoder], fewCoded, manyCoded);
    const theirEncoding = await toolTime(ENCODING_TOOLS[syntax.encoder], few, many);
    const ratio = alone === undefined ? '–' : (ours / alone).toFixed(2);
    const [decoder = 'none'] = DECODING_TOOLS[syntax.encoder] ?? [];
    const [encoder = 'none'] = ENCODING_TOOLS[syntax.encoder] ?? [];
    process.stdout.write(
      `${kind} ${syntax.keyword}: decoding ${per(ours)} ms/MP, codec alone ${per(alone)} (${ratio}, budget 1.20), ` +
        `${decoder} ${per(theirDecoding)}; encoding ${per(encoding)}, ${encoder} ${per(theirEncoding)}\n`,
    );
  }
}

try {
  await measure('grey of 16 bits,', greyFile);
  await measure('colour,', colourFile);
} finally {
  rmSync(folder, { recursive: true });
}
