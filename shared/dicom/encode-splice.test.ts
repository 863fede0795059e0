import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, it } from 'vitest';
import { bufferSource, type Piece } from './byte-source.ts';
import type { Dataset } from './dataset.ts';
import {
  concatBytes,
  encodeDataset,
  encodeElement,
  encodeFileMeta,
  elementHeader,
  type Fields,
} from './encode.ts';
import { readInstance } from './read-instance.ts';
import { materialise, spliceDataset } from './splice.ts';
import { dcmdump, hasDcmtk, linesOf } from './testing/dcmdump.ts';
import { raw, rawSequence } from './testing/raw-element.ts';
import * as Tag from './tags.generated.ts';
import {
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
  isStandardUid,
  isUid,
  uuidDerivedUid,
} from './uids.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const SYNTAXES = [ExplicitVrLittleEndian, ImplicitVrLittleEndian, ExplicitVrBigEndian];
const syntaxes = fc.constantFrom(...SYNTAXES);
const scratch = mkdtempSync(path.join(tmpdir(), 'gantry-splice-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));
const hasTools = hasDcmtk();

const file = (dataset: Bytes, uid: string): Bytes =>
  concatBytes([
    encodeFileMeta({
      sopClassUid: '1.2.840.10008.5.1.4.1.1.7',
      sopInstanceUid: '1.9.1',
      transferSyntaxUid: uid,
    }),
    dataset,
  ]);

const word = fc.stringMatching(/^[A-Z][A-Z0-9]{0,14}$/);
const finite = fc.double({ noNaN: true, noDefaultInfinity: true });
const leaves = {
  [Tag.Manufacturer]: word,
  [Tag.ImageType]: fc.array(word, { minLength: 2, maxLength: 4 }),
  [Tag.Rows]: fc.integer({ min: 0, max: 65535 }),
  [Tag.PixelPaddingValue]: fc.integer({ min: 0, max: 65535 }),
  [Tag.DiffusionBValue]: finite,
  [Tag.FrameIncrementPointer]: fc.constant([Tag.FrameTime]),
  [Tag.RedPaletteColorLookupTableData]: fc
    .uint8Array({ maxLength: 40 })
    .map((bytes) => Uint8Array.from(bytes)),
};
const fieldsOf = (depth: number): fc.Arbitrary<Fields> => {
  const model: Record<number, fc.Arbitrary<Fields[number]>> = { ...leaves };
  if (depth > 0) {
    model[Tag.ReferencedImageSequence] = fc.array(fieldsOf(depth - 1), { maxLength: 3 });
    model[Tag.SourceImageSequence] = fc.array(fieldsOf(depth - 1), { maxLength: 2 });
  }
  return fc.record(model, { requiredKeys: [] });
};

function expectFields(dataset: Dataset, fields: Fields): void {
  expect(dataset.elements.map(({ tag }) => tag)).toEqual(
    Object.keys(fields)
      .map(Number)
      .sort((a, b) => a - b),
  );
  for (const [key, value] of Object.entries(fields)) {
    const tag = Number(key);
    if (tag === Tag.ReferencedImageSequence || tag === Tag.SourceImageSequence) {
      const items = value as readonly Fields[];
      expect(dataset.items(tag)).toHaveLength(items.length);
      items.forEach((item, i) => expectFields(dataset.items(tag)[i]!, item));
    } else if (value instanceof Uint8Array) {
      expect(dataset.bytes(tag)?.subarray(0, value.length)).toEqual(value);
    } else if (typeof value === 'string') {
      expect(dataset.text(tag)).toBe(value);
    } else if (typeof value === 'number') {
      expect(dataset.numbers(tag)[0]).toBe(value);
    } else if (tag === Tag.ImageType) {
      expect(dataset.strings(tag)).toEqual(value);
    } else {
      expect(dataset.numbers(tag)).toEqual(value);
    }
  }
}

describe('The encoder', () => {
  it('writes what the reader reads back, in each encoding', async () => {
    await fc.assert(
      fc.asyncProperty(fieldsOf(2), syntaxes, async (fields, syntax) => {
        const { dataset, isComplete } = await readInstance(
          bufferSource(file(encodeDataset(fields, syntax), syntax.uid)),
        );
        expect(isComplete).toBe(true);
        expectFields(dataset, fields);
      }),
      { numRuns: 150, seed: 1 },
    );
  });

  it('pads to even length with what the VR asks for, and refuses what is too long', () => {
    const pad = (vr: 'LO' | 'UI' | 'OB') =>
      encodeElement(Tag.Manufacturer, vr, Uint8Array.of(0x31), ExplicitVrLittleEndian).at(-1);
    expect([pad('LO'), pad('UI'), pad('OB')]).toEqual([0x20, 0, 0]);
    expect(() => elementHeader(Tag.Manufacturer, 'LO', 70_000, ExplicitVrLittleEndian)).toThrow(
      RangeError,
    );
  });
});

/** A random tree of elements and sequences of either length form. */
const tree = (depth: number): fc.Arbitrary<(encoding: (typeof SYNTAXES)[number]) => Bytes> => {
  const leaf = fc.constantFrom('ACME', 'X', 'something longer');
  const inner = depth === 0 ? fc.constant([]) : fc.array(tree(depth - 1), { maxLength: 2 });
  return fc.tuple(leaf, inner, fc.boolean(), inner, fc.boolean()).map(
    ([text, first, isFirstOpen, second, isSecondOpen]) =>
      (encoding) =>
        concatBytes([
          encodeElement(Tag.Manufacturer, 'LO', new TextEncoder().encode(text), encoding),
          rawSequence(
            Tag.ReferencedImageSequence,
            first.map((item) => item(encoding)),
            { open: isFirstOpen, encoding },
          ),
          rawSequence(
            Tag.SourceImageSequence,
            second.map((item) => item(encoding)),
            { open: isSecondOpen, encoding },
          ),
          encodeElement(Tag.BodyPartExamined, 'CS', new TextEncoder().encode('CHEST'), encoding),
        ]),
  );
};

const put = (pieces: readonly Piece[], bytes: Bytes) =>
  concatBytes(
    pieces.map((piece) =>
      piece instanceof Uint8Array ? piece : bytes.subarray(piece.from, piece.to),
    ),
  );

/** "tag bytes" of all elements at every depth. */
function valuesOf(dataset: Dataset, out: string[] = []): string[] {
  for (const element of dataset.elements) {
    if (element.items) element.items.forEach((item) => valuesOf(item.dataset, out));
    else out.push(`${element.tag} ${Buffer.from(element.bytes ?? []).toString('hex')}`);
  }
  return out;
}

describe('The splicer', () => {
  it('touches only what it should, in sequences of either length form', async () => {
    let round = 0;
    await fc.assert(
      fc.asyncProperty(tree(3), syntaxes, async (build, syntax) => {
        const bytes = file(build(syntax), syntax.uid);
        const before = await readInstance(bufferSource(bytes));
        const changed = spliceDataset(
          before.dataset,
          (element) => {
            if (element.items) return { kind: 'enter' };
            if (element.tag === Tag.BodyPartExamined) return { kind: 'remove' };
            return element.bytes?.length === 4
              ? { kind: 'replace', value: new TextEncoder().encode('REPLACED BY THIS') }
              : { kind: 'keep' };
          },
          [{ tag: Tag.Modality, vr: 'CS', value: new TextEncoder().encode('OT') }],
        );
        const pieces = await materialise(changed, before.source, 16);
        const output = file(put(pieces, bytes), syntax.uid);
        const after = await readInstance(bufferSource(output));
        expect(after.isComplete).toBe(true);
        expect(after.problems).toEqual([]);
        const acme = `${Tag.Manufacturer} ${Buffer.from('ACME').toString('hex')}`;
        const expected = valuesOf(before.dataset)
          .filter((line) => !line.startsWith(`${Tag.BodyPartExamined} `))
          .map((line) =>
            line === acme
              ? `${Tag.Manufacturer} ${Buffer.from('REPLACED BY THIS').toString('hex')}`
              : line,
          );
        const added = `${Tag.Modality} ${Buffer.from('OT').toString('hex')}`;
        expect(valuesOf(after.dataset).filter((line) => line !== added)).toEqual(expected);
        if (hasTools && round++ % 10 === 0) {
          const name = path.join(scratch, 'spliced.dcm');
          writeFileSync(name, output);
          const dump = dcmdump(name);
          expect(dump.warnings).toBe('');
          expect(dump.lines).toEqual(linesOf(after.dataset));
        }
      }),
      { numRuns: 120, seed: 2 },
    );
  });

  it('enters sequences that nest deeper than the stack', async () => {
    const open = rawSequence(Tag.ReferencedImageSequence, [new Uint8Array()], { open: true });
    const depth = 20_000;
    const bytes = file(
      concatBytes([
        ...Array.from({ length: depth }, () => open.subarray(0, 20)),
        ...Array.from({ length: depth }, () => open.subarray(20)),
      ]),
      ExplicitVrLittleEndian.uid,
    );
    const { dataset, datasetStart } = await readInstance(bufferSource(bytes));
    const pieces = spliceDataset(dataset, () => ({ kind: 'enter' }));
    expect(Buffer.compare(put(pieces, bytes), bytes.subarray(datasetStart))).toBe(0);
  });

  it('leaves out what is removed between two elements that stay', async () => {
    const stays = [raw(Tag.Modality, 'CS', 'OT'), raw(Tag.Manufacturer, 'LO', 'ACME')];
    const bytes = file(
      concatBytes([stays[0]!, raw(Tag.StudyDescription, 'LO', 'gone'), stays[1]!]),
      ExplicitVrLittleEndian.uid,
    );
    const { dataset } = await readInstance(bufferSource(bytes));
    const pieces = spliceDataset(dataset, ({ tag }) => ({
      kind: tag === Tag.StudyDescription ? 'remove' : 'keep',
    }));
    expect(put(pieces, bytes)).toEqual(concatBytes(stays));
  });

  it('puts an added element in the place of all that have its tag, and leaves order alone', async () => {
    const bytes = file(
      concatBytes([
        raw(Tag.PatientID, 'LO', 'AB'),
        raw(Tag.Modality, 'CS', 'OT'),
        raw(Tag.PatientID, 'LO', 'CD'),
      ]),
      ExplicitVrLittleEndian.uid,
    );
    const { dataset } = await readInstance(bufferSource(bytes));
    const pieces = spliceDataset(dataset, () => ({ kind: 'keep' }), [
      { tag: Tag.PatientID, vr: 'LO', value: new Uint8Array() },
    ]);
    const { dataset: after } = await readInstance(
      bufferSource(file(put(pieces, bytes), ExplicitVrLittleEndian.uid)),
    );
    expect(after.elements.map(({ tag, length }) => [tag, length])).toEqual([
      [Tag.PatientID, 0],
      [Tag.Modality, 2],
    ]);
  });
});

describe('UIDs', () => {
  it('made from 128 bits are valid for any bits', () => {
    fc.assert(
      fc.property(fc.uint8Array({ minLength: 16, maxLength: 32 }), (bits) =>
        isUid(uuidDerivedUid(bits)),
      ),
    );
  });

  it('count as the standard’s only in its own form', () => {
    expect(isStandardUid('1.2.840.10008.5.1.4.1.1.7')).toBe(true);
    for (const uid of [
      '1.2.840.10008',
      '1.2.840.10008.SMITH',
      '1.2.840.10008.19701231.1',
      '1.2.840.100081.1',
      '1.2.840.10008.1\0',
    ]) {
      expect(isStandardUid(uid), uid).toBe(false);
    }
  });
});
