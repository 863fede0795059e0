import { execFileSync } from 'node:child_process';
import { mkdtempSync, readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import type { ImageDescription } from '../image-description.ts';

/** Pixel Data as DCMTK or GDCM wrote it. */
export interface ReferencePixels {
  readonly bytes: Uint8Array;
  /** Each colour has a plane of its own. */
  readonly planar: boolean;
}

/** Uncompresses a file with a reference tool and gives the bytes of its Pixel Data, in little endian. `scratch` is a folder. */
export function referencePixels(file: string, uid: string, scratch: string): ReferencePixels {
  const native = path.join(scratch, 'native.dcm');
  const run = (tool: string, ...args: string[]) => execFileSync(tool, args, { stdio: 'pipe' });
  if (/\.4\.5[01]$/.test(uid)) run('dcmdjpeg', '+px', file, native);
  // Colours as they are in the stream, luminance and chrominance included.
  else if (/\.4\.(57|70)$/.test(uid)) run('dcmdjpeg', '+cn', '+px', file, native);
  else if (/\.4\.8[01]$/.test(uid)) run('dcmdjpls', '+px', file, native);
  else if (/\.4\.9[01]$/.test(uid)) run('gdcmconv', '--raw', file, native);
  else if (uid.endsWith('.1.2.5')) run('dcmdrle', file, native);
  else run('dcmconv', '+te', file, native);
  const raw = mkdtempSync(path.join(scratch, 'raw-'));
  const dump = String(run('dcmdump', '+W', raw, '+P', '0028,0006', '+P', '7fe0,0010', native));
  // An icon is written too: the image is the larger one.
  const written = readdirSync(raw).map(
    (name) => new Uint8Array(readFileSync(path.join(raw, name))),
  );
  const bytes = written.reduce((largest, next) => (next.length > largest.length ? next : largest));
  return { bytes, planar: dump.includes('(0028,0006) US 1 ') };
}

/** The stored values of a frame in the reference's bytes, worked out the long way round. */
export function referenceValues(
  reference: ReferencePixels,
  image: ImageDescription,
  frameIndex: number,
  samplesPerFrame: number,
): Float64Array {
  const { bytes, planar } = reference;
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const pixels = image.rows * image.columns;
  const low = image.highBit + 1 - image.bitsStored;
  return Float64Array.from({ length: samplesPerFrame }, (_, i) => {
    const sample = i % image.samplesPerPixel;
    const pixel = Math.floor(i / image.samplesPerPixel);
    const index = samplesPerFrame * frameIndex + (planar ? sample * pixels + pixel : i);
    let cell: bigint;
    if (image.bitsAllocated === 1) {
      cell = BigInt((view.getUint8(index >> 3) >> (index & 7)) & 1);
    } else if (image.bitsAllocated === 8) cell = BigInt(view.getUint8(index));
    else if (image.bitsAllocated === 16) cell = BigInt(view.getUint16(index * 2, true));
    else cell = BigInt(view.getUint32(index * 4, true));
    const value = BigInt.asUintN(image.bitsStored, cell >> BigInt(low));
    return Number(image.signed ? BigInt.asIntN(image.bitsStored, value) : value);
  });
}

export function largestDifference(a: ArrayLike<number>, b: ArrayLike<number>): number {
  if (a.length !== b.length) return Infinity;
  let largest = 0;
  for (let i = 0; i < a.length; i++)
    largest = Math.max(largest, Math.abs((a[i] ?? NaN) - (b[i] ?? NaN)));
  return largest;
}
