import { describe, expect, it } from 'vitest';
import { blobSource } from './blob-source.ts';
import { bufferSource, type ByteSource, type Piece } from './byte-source.ts';
import { concatBytes } from './encode.ts';
import type { Dataset } from './dataset.ts';
import { NotDicomError, readInstance, type ParsedInstance } from './read-instance.ts';
import { spliceDataset } from './splice.ts';
import { bytesOf, corpusFiles, type CorpusFile } from './testing/corpus.ts';
import { dcmdump, hasDcmtk, linesOf } from './testing/dcmdump.ts';

const files = corpusFiles();
const hasTools = hasDcmtk();
const named = (end: string) => (file: CorpusFile) => file.name.endsWith(end);

/** Files that are no DICOM, with what is said of them. */
const REFUSED: readonly (readonly [string, RegExp])[] = [
  // A test file of dcm4che: "DICM" stands at offset 128 of the value of a private element.
  ['no_preamble_dicm_in_data', /names no transfer syntax/],
];

/** Elements in which DCMTK and Gantry differ, both with good reason. */
const DIFFERENCES: readonly {
  readonly reason: string;
  readonly ours: RegExp;
  readonly theirs: RegExp;
}[] = [
  {
    reason: 'encapsulated pixel data encoded as OW: DCMTK shows what it should be',
    ours: /7fe00010 OW u\/l$/,
    theirs: /7fe00010 OB u\/l$/,
  },
  {
    reason:
      'UN of undefined length is a sequence: DCMTK renames it, Gantry keeps the VR as encoded',
    ours: /(3f031001|4453100c) UN u\/l$/,
    theirs: /(3f031001|4453100c) SQ u\/l$/,
  },
  {
    reason: 'pixel data of an odd number of bytes: DCMTK shows the length with padding',
    ours: /7fe00010 OB 35659$/,
    theirs: /7fe00010 OB 35660$/,
  },
  {
    reason: 'Curve Data in Implicit VR has words (PS3.5 annex A.1 of 2004); DCMTK takes bytes',
    ours: /50003000 OW 64$/,
    theirs: /50003000 OB 64$/,
  },
];

const isDifferent = (ours: string, theirs: string) =>
  ours !== theirs &&
  !DIFFERENCES.some((entry) => entry.ours.test(ours) && entry.theirs.test(theirs));

/** Its meta information claims a length that includes (0008,0000): DCMTK takes that for a part of it. */
const WRONG_META_LENGTH = '1.2.840.10008.1.2.4.50.dcm';

async function readOrRefuse(file: CorpusFile): Promise<ParsedInstance | undefined> {
  const refused = REFUSED.find(([name]) => file.name.endsWith(name));
  try {
    const instance = await readInstance(bufferSource(bytesOf(file)));
    expect(refused, `${file.name} should have been refused`).toBeUndefined();
    return instance;
  } catch (error) {
    if (!(error instanceof NotDicomError) || !refused) throw error;
    expect(error.message).toMatch(refused[1]);
    return undefined;
  }
}

const put = (pieces: readonly Piece[], bytes: Uint8Array<ArrayBuffer>) =>
  concatBytes(pieces.map((p) => (p instanceof Uint8Array ? p : bytes.subarray(p.from, p.to))));

/** All that a data set says, offsets and values included, to compare two readings. */
const everything = (dataset: Dataset): unknown =>
  dataset.elements.map((element) => [
    element.tag,
    element.vr,
    element.start,
    element.end,
    element.bytes && Array.from(element.bytes.subarray(0, 256)),
    element.fragments,
    element.items?.map((item) => [item.start, item.end, everything(item.dataset)]),
  ]);

describe('Reading the collection of real and odd files', { timeout: 60_000 }, () => {
  it.skipIf(files.length === 0 || !hasTools)(
    'finds the same elements, VRs, lengths and nesting as dcmdump in every file',
    async () => {
      for (const file of files) {
        const instance = await readOrRefuse(file);
        if (!instance) continue;
        const ours = linesOf(instance.dataset);
        if (named(WRONG_META_LENGTH)(file)) ours.shift();
        const { lines } = dcmdump(file.path);
        // Of a file that is cut off DCMTK shows less, and of its last elements other lengths.
        const count = instance.isComplete ? ours.length : lines.length - 1;
        if (instance.isComplete) expect(lines.length, file.name).toBe(ours.length);
        const different = ours.slice(0, count).flatMap((line, i) => {
          const theirs = lines[i] ?? 'nothing';
          return isDifferent(line, theirs) ? [`${line} is there ${theirs}`] : [];
        });
        if (instance.isComplete) expect(different, file.name).toEqual([]);
        else
          expect(
            different.every((line) => / (SQ|na) /.test(line)),
            file.name,
          ).toBe(true);
      }
    },
  );

  it.skipIf(files.length === 0)(
    'gives the bytes of the source back when every sequence is entered and nothing changed',
    async () => {
      for (const file of files) {
        const bytes = bytesOf(file);
        const instance = await readOrRefuse(file);
        if (!instance?.isComplete || instance.datasetStart !== instance.fileDatasetStart) continue;
        const pieces = spliceDataset(instance.dataset, (element) => ({
          kind: element.items ? 'enter' : 'keep',
        }));
        const expected = bytes.subarray(instance.datasetStart, instance.datasetEnd);
        expect(Buffer.compare(put(pieces, bytes), expected), file.name).toBe(0);
      }
    },
  );

  it.skipIf(files.length === 0)(
    'reads the same whatever the size of the first window, from a buffer and from a Blob',
    async () => {
      for (const file of files.filter(({ size }) => size < 300_000)) {
        const bytes = bytesOf(file);
        const reference = await readOrRefuse(file);
        if (!reference) continue;
        const sources: [ByteSource, number][] = [32, 200, 1001, 20_000, 2 ** 20].map(
          (firstRead) => [bufferSource(bytes), firstRead],
        );
        sources.push([blobSource(new Blob([bytes])), 16_384]);
        for (const [source, firstRead] of sources) {
          const again = await readInstance(source, { firstRead });
          expect(everything(again.dataset), `${file.name} by ${firstRead}`).toEqual(
            everything(reference.dataset),
          );
          expect(again.problems).toEqual(reference.problems);
        }
      }
    },
  );

  it.skipIf(files.length === 0)(
    'says of a file that is cut anywhere what is missing, and keeps what is whole',
    async () => {
      const wanted = [
        'MR3_RLE',
        'eCT_Supplemental.dcm',
        'rtdose_expb.dcm',
        'SCSH31',
        'RTH/RT.dcm',
        'image_dfl.dcm',
      ];
      for (const file of files.filter((entry) => wanted.some((end) => named(end)(entry)))) {
        const bytes = bytesOf(file);
        const whole = await readInstance(bufferSource(bytes));
        const ends = new Set(whole.dataset.elements.map(({ end }) => end));
        for (let step = 0; step < 50; step++) {
          const length = Math.floor((bytes.length * step) / 50);
          try {
            const cut = await readInstance(bufferSource(bytes.slice(0, length)));
            const kept = whole.dataset.elements.filter(({ end }) => end <= length);
            if (cut.datasetStart === cut.fileDatasetStart) {
              expect(cut.isComplete, `${file.name} cut at ${length}`).toBe(
                length === whole.datasetStart || ends.has(length),
              );
              expect(cut.dataset.elements.slice(0, kept.length).map(({ tag }) => tag)).toEqual(
                kept.map(({ tag }) => tag),
              );
            }
          } catch (error) {
            expect(error, `${file.name} cut at ${length}`).toBeInstanceOf(NotDicomError);
          }
        }
      }
    },
  );
});
