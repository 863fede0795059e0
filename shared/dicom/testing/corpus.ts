import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import path from 'node:path';

const DATA = process.env['GANTRY_TEST_DATA'] ?? path.resolve('../shared/data');
const FOLDER = path.join(DATA, 'dicom');

/** A file of the collection of real and odd files. */
export interface CorpusFile {
  /** Path within the collection, by which tests name their exceptions. */
  readonly name: string;
  readonly path: string;
  readonly size: number;
}

const filesOf = (folder: string): string[] =>
  readdirSync(folder).flatMap((name) => {
    const file = path.join(folder, name);
    return statSync(file).isDirectory() ? filesOf(file) : [file];
  });

/** All files of the collection, sorted; empty, and said so, where the machine has none. */
export function corpusFiles(): readonly CorpusFile[] {
  if (!existsSync(FOLDER)) {
    process.stdout.write(
      `No files in ${FOLDER}: the tests over real files run on generated ones alone.\n`,
    );
    return [];
  }
  return filesOf(FOLDER)
    .sort()
    .map((file) => ({
      name: path.relative(FOLDER, file),
      path: file,
      size: statSync(file).size,
    }));
}

export const bytesOf = (file: CorpusFile): Uint8Array<ArrayBuffer> =>
  new Uint8Array(readFileSync(file.path));
