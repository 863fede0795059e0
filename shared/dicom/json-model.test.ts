import { execFileSync } from 'node:child_process';
import { describe, expect, it } from 'vitest';
import { bufferSource } from './byte-source.ts';
import { encodePart10, type Fields } from './encode.ts';
import { fromJsonModel, toJsonModel, type JsonDataset, type JsonValue } from './json-model.ts';
import { NotDicomError, readInstance } from './read-instance.ts';
import * as Tag from './tags.generated.ts';
import { bytesOf, corpusFiles } from './testing/corpus.ts';
import { hasDcmtk } from './testing/dcmdump.ts';
import { ExplicitVrBigEndian, ExplicitVrLittleEndian, ImplicitVrLittleEndian } from './uids.ts';

const files = corpusFiles();

/** What dcm2json makes of a file; undefined where it gives up. */
function dcm2json(path: string): JsonDataset | undefined {
  try {
    const text = execFileSync('dcm2json', ['-fc', '-ee', path], {
      maxBuffer: 2 ** 30,
      encoding: 'utf8',
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return JSON.parse(text) as JsonDataset;
  } catch {
    return undefined;
  }
}

/** Where dcm2json and Gantry differ, both for a reason. */
const DIFFERENCES: readonly { readonly reason: string; readonly line: RegExp }[] = [
  {
    reason: 'dcm2json decodes an item in the character set of the data set, not in its own',
    line: /\]\.00080005 CS |chrSQEncoding1?\.dcm . 00321064\[0\]\.00100010 /,
  },
  {
    reason: 'Curve Data in Implicit VR has words (PS3.5 annex A.1 of 2004); DCMTK takes bytes',
    line: /RI6XDosiGap\.dcm . 50003000 O[BW] /,
  },
  {
    reason: 'pixel data of an odd number of bytes: DCMTK pads it',
    line: /dx_image\.dcm . 7FE00010 OB /,
  },
];

/** Singles as such: dcm2json writes more figures than a single has; and names without delimiters that end them. */
function comparable(vr: string, value: JsonValue): unknown {
  if (vr === 'FL' && typeof value === 'number') return Math.fround(value);
  if (vr !== 'PN' || value === null) return value;
  const groups = Object.entries(value).map(([group, name]) => [
    group,
    String(name).replace(/\^+$/, ''),
  ]);
  const named = groups.filter(([, name]) => name !== '');
  return named.length === 0 ? null : Object.fromEntries(named);
}

/** "path vr values" of each element. */
function linesOf(model: JsonDataset, path = ''): string[] {
  return Object.entries(model).flatMap(([tag, element]) => {
    const { vr, Value: values, InlineBinary: binary, BulkDataURI: uri } = element;
    const here = `${path}${tag} ${vr}`;
    const plain = values?.map((value) => comparable(vr, value));
    const isEmpty = plain?.every((value) => value === null) ?? true;
    if (vr !== 'SQ')
      return [`${here} ${JSON.stringify(isEmpty ? (binary ?? uri ?? null) : plain)}`];
    const items = (values ?? []) as readonly JsonDataset[];
    return [here, ...items.flatMap((item, i) => linesOf(item, `${path}${tag}[${i}].`))];
  });
}

describe('The JSON Model', () => {
  it.skipIf(files.length === 0 || !hasDcmtk())(
    'is that of dcm2json over the collection',
    { timeout: 120_000 },
    async () => {
      let compared = 0;
      const differences: string[] = [];
      for (const file of files) {
        const theirs = dcm2json(file.path);
        if (!theirs) continue;
        const source = bufferSource(bytesOf(file));
        const instance = await readInstance(source, { maxValueBytes: 2 ** 30 }).catch(
          (error: unknown) => {
            if (error instanceof NotDicomError) return undefined;
            throw error;
          },
        );
        if (!instance?.isComplete) continue;
        compared += 1;
        const ours = linesOf(toJsonModel(instance.dataset));
        const expected = new Set(linesOf(theirs));
        const own = new Set(ours);
        for (const line of ours)
          if (!expected.has(line)) differences.push(`${file.name} + ${line.slice(0, 150)}`);
        for (const line of expected)
          if (!own.has(line)) differences.push(`${file.name} - ${line.slice(0, 150)}`);
      }
      // dcm2json refuses encapsulated pixel data, and character sets that its library lacks.
      expect(compared).toBeGreaterThan(files.length / 2);
      const unexplained = differences.filter(
        (difference) => !DIFFERENCES.some(({ line }) => line.test(difference)),
      );
      expect(unexplained).toEqual([]);
    },
  );

  it('has words with the sign of the pixels, and of tables as words, where the encoding has no VR', async () => {
    const item = { [Tag.LUTDescriptor]: { vr: 'SS' as const, value: [2, -5, 16] } };
    const fields: Fields = {
      [Tag.PixelRepresentation]: 1,
      [Tag.PixelPaddingValue]: { vr: 'SS', value: -2000 },
      [Tag.ModalityLUTSequence]: [{ ...item, [Tag.LUTData]: { vr: 'US', value: [1, 2] } }],
    };
    const meta = {
      sopClassUid: '1.2',
      sopInstanceUid: '1.3',
      transferSyntaxUid: ImplicitVrLittleEndian.uid,
    };
    const file = bufferSource(encodePart10(meta, fields, ImplicitVrLittleEndian));
    const model = toJsonModel((await readInstance(file)).dataset);
    expect(model['00280120']).toEqual({ vr: 'SS', Value: [-2000] });
    expect(model['00283000']?.Value?.[0]).toEqual({
      '00283002': { vr: 'SS', Value: [2, -5, 16] },
      '00283006': { vr: 'OW', InlineBinary: 'AQACAA==' },
    });
  });

  it('goes out and in again without a loss, every VR and byte order', async () => {
    const fields: Fields = {
      [Tag.SpecificCharacterSet]: 'ISO_IR 192',
      [Tag.PatientName]: 'Yamada^Tarou=山田^太郎=やまだ^たろう',
      [Tag.ImageType]: ['ORIGINAL', '', 'AXIAL'],
      [Tag.PatientComments]: 'a text \\ with a backslash',
      [Tag.Rows]: 512,
      [Tag.ImagePositionPatient]: ['-1.5', '0', '1E3'],
      [Tag.InstanceNumber]: '7',
      [Tag.FrameIncrementPointer]: Tag.FrameTime,
      [Tag.SelectorFDValue]: [0.1, Number.NaN, -Infinity],
      [Tag.SelectorFLValue]: { vr: 'FL', value: [0.1, Infinity] },
      [Tag.SelectorSVValue]: [-(2n ** 63n), 5n],
      [Tag.SelectorUVValue]: [2n ** 64n - 1n],
      [Tag.ReferencedImageSequence]: [{ [Tag.ReferencedSOPInstanceUID]: '1.2.3' }, {}],
      0x00091001: { vr: 'UN', value: Uint8Array.of(1, 2, 3, 4) },
      [Tag.PixelData]: { vr: 'OW', value: Uint8Array.of(1, 2, 3, 4) },
    };
    const meta = { sopClassUid: '1.2', sopInstanceUid: '1.3' };
    const modelOf = async (values: Fields, encoding: typeof ExplicitVrBigEndian) => {
      const bytes = encodePart10({ ...meta, transferSyntaxUid: encoding.uid }, values, encoding);
      return toJsonModel((await readInstance(bufferSource(bytes))).dataset);
    };
    const model = await modelOf(fields, ExplicitVrLittleEndian);
    const sent = JSON.parse(JSON.stringify(model)) as JsonDataset;
    expect(sent['00100010']?.Value).toEqual([
      { Alphabetic: 'Yamada^Tarou', Ideographic: '山田^太郎', Phonetic: 'やまだ^たろう' },
    ]);
    expect(sent['00080008']?.Value).toEqual(['ORIGINAL', null, 'AXIAL']);
    expect(sent['00720074']?.Value).toEqual([0.1, 'NaN', '-inf']);
    expect(sent['00720076']?.Value).toEqual([0.1, 'inf']);
    expect(sent['00720082']?.Value).toEqual(['-9223372036854775808', 5]);
    expect(sent['00720083']?.Value).toEqual(['18446744073709551615']);
    expect(sent['00280009']?.Value).toEqual(['00181063']);
    expect(sent['7FE00010']?.InlineBinary).toBe('AQIDBA==');
    const again = await modelOf(fromJsonModel(sent), ExplicitVrLittleEndian);
    expect(again).toEqual(model);
  });

  it('holds binary values in little endian, whatever the file has', async () => {
    const meta = { sopClassUid: '1.2', sopInstanceUid: '1.3' };
    const bytes = encodePart10(
      { ...meta, transferSyntaxUid: ExplicitVrBigEndian.uid },
      { [Tag.PixelData]: { vr: 'OW', value: Uint8Array.of(2, 1, 4, 3) } },
      ExplicitVrBigEndian,
    );
    const { dataset } = await readInstance(bufferSource(bytes));
    expect(toJsonModel(dataset)['7FE00010']?.InlineBinary).toBe('AQIDBA==');
  });

  it('refuses what is none', () => {
    const cases: readonly (readonly [unknown, RegExp])[] = [
      [{ PatientName: { vr: 'PN' } }, /no tag/],
      [{ '00100010': { Value: ['x'] } }, /no VR/],
      [{ '00280010': { vr: 'US', Value: ['many'] } }, /no number/],
      [{ '7FE00010': { vr: 'OW', BulkDataURI: 'x' } }, /bulk data/],
      [{ '00081140': { vr: 'SQ', Value: ['x'] } }, /no data set/],
    ];
    for (const [model, message] of cases) {
      expect(() => fromJsonModel(model as JsonDataset)).toThrow(message);
    }
  });

  it('names what is too large to be in it by a URI', async () => {
    const transferSyntaxUid = ExplicitVrLittleEndian.uid;
    const meta = { sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid };
    const pixels = { vr: 'OW', value: new Uint8Array(1000) } as const;
    const bytes = encodePart10(meta, { [Tag.PixelData]: pixels }, ExplicitVrLittleEndian);
    const { dataset } = await readInstance(bufferSource(bytes), { maxValueBytes: 100 });
    const model = toJsonModel(dataset, { bulkDataUri: ({ length }) => `pixels?${length}` });
    expect(model['7FE00010']).toEqual({ vr: 'OW', BulkDataURI: 'pixels?1000' });
  });
});
