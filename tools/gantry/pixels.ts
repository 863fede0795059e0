import { open, type FileHandle } from 'node:fs/promises';
import { readInstance } from '../../shared/dicom/read-instance.ts';
import { decodeFrame } from '../../shared/pixels/decode-frame.ts';
import { readFrame } from '../../shared/pixels/frames.ts';
import { describeImage } from '../../shared/pixels/image-description.ts';
import { nodeCodecs } from '../../bridge/src/conversion/node-codecs.ts';
import { fileSource } from './file-source.ts';

export interface PixelsOptions {
  /** From 1; all frames, one after another, when it is left out. */
  readonly frame: number | undefined;
  readonly out: string;
}

/**
 * Writes the stored values of frames, decoded: row by row, the samples of a pixel side by side, little endian, each in
 * the smallest type that holds them all. What they are goes to standard output as JSON.
 * @throws NotDicomError, PixelError, and what the file system says
 */
export async function pixels(path: string, { frame, out }: PixelsOptions): Promise<number> {
  const file = await open(path);
  try {
    const instance = await readInstance(await fileSource(file));
    const image = describeImage(instance);
    const codecs = nodeCodecs();
    const first = frame ?? 1;
    const last = frame ?? image.numberOfFrames;
    let target: FileHandle | undefined;
    try {
      for (let number = first; number <= last; number++) {
        const bytes = await readFrame(instance, image, number - 1);
        const decoded = await decodeFrame(bytes, image, codecs);
        const { samples, rows, columns, samplesPerPixel, photometricInterpretation } = decoded;
        if (!target) {
          // Nothing is overwritten for a file that can't be decoded.
          target = await open(out, 'w');
          const type = samples.constructor.name.replace('Array', '');
          const shape = { rows, columns, samplesPerPixel, photometricInterpretation, type };
          const frames = last - first + 1;
          process.stdout.write(`${JSON.stringify({ ...shape, frames })}\n`);
        }
        const { buffer, byteOffset, byteLength } = samples;
        await target.writeFile(new Uint8Array(buffer, byteOffset, byteLength));
      }
    } finally {
      await target?.close();
    }
    return 0;
  } finally {
    await file.close();
  }
}
