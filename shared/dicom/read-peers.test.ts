import dcmjs from 'dcmjs';
import dicomParser from 'dicom-parser';
import { describe, expect, it } from 'vitest';
import { bufferSource } from './byte-source.ts';
import type { Dataset } from './dataset.ts';
import { dictionaryEntry } from './dictionary.ts';
import { toJsonModel, type JsonPersonName } from './json-model.ts';
import { NotDicomError, readInstance, type ParsedInstance } from './read-instance.ts';
import { bytesOf, corpusFiles, type CorpusFile } from './testing/corpus.ts';

const files = corpusFiles().filter(({ size }) => size < 30_000_000);

/** What another reader makes of a file, or why it doesn't. */
type Reading = readonly string[] | Error;

/** A file that another reader takes otherwise, with the lines that only it or only Gantry has. */
interface Difference {
  readonly file: string;
  readonly reason: string;
  readonly ours?: RegExp;
  readonly theirs?: RegExp;
  readonly error?: RegExp;
}

const tagHex = (tag: number) => tag.toString(16).toUpperCase().padStart(8, '0');

const ours = (dataset: Dataset, depth = 0): string[] =>
  dataset.elements.flatMap(({ tag, vr, valueStart, length, undefinedLength, items }) => [
    `${depth} ${tagHex(tag)} ${valueStart} ${undefinedLength ? 'open' : length} ${vr}`,
    ...(items ?? []).flatMap((item) => ours(item.dataset, depth + 1)),
  ]);

async function instanceOf(file: CorpusFile): Promise<ParsedInstance | undefined> {
  try {
    return await readInstance(bufferSource(bytesOf(file)));
  } catch (error) {
    if (error instanceof NotDicomError) return undefined;
    throw error;
  }
}

function attempt(read: () => string[]): Reading {
  try {
    return read();
  } catch (error) {
    // dicom-parser throws objects that are no errors.
    return error instanceof Error ? error : new Error(JSON.stringify(error));
  }
}

/** The differences that no entry of the list explains, and the entries that explain none. */
async function compare(
  differences: readonly Difference[],
  oursOf: (instance: ParsedInstance) => readonly string[],
  theirsOf: (file: CorpusFile) => Reading,
) {
  const unexplained: string[] = [];
  const used = new Set<Difference>();
  const explain = (file: CorpusFile, line: string, side: 'ours' | 'theirs' | 'error') => {
    const entry = differences.find((d) => file.name.endsWith(d.file) && d[side]?.test(line));
    if (entry) used.add(entry);
    else unexplained.push(`${file.name} ${side}: ${line}`);
  };
  for (const file of files) {
    const instance = await instanceOf(file);
    const theirs = theirsOf(file);
    if (theirs instanceof Error) {
      explain(file, theirs.message, 'error');
      continue;
    }
    const [a, b] = [new Set(instance && oursOf(instance)), new Set(theirs)];
    for (const line of a.difference(b)) explain(file, line, 'ours');
    for (const line of b.difference(a)) explain(file, line, 'theirs');
  }
  return { unexplained, unused: differences.filter((entry) => !used.has(entry)) };
}

type Value = string | number | JsonPersonName | null;

interface JsonLike {
  readonly vr: string;
  readonly Value?: unknown;
}

const DCMJS_DIFFERENCES: readonly Difference[] = [
  {
    file: '',
    reason: 'dcmjs wants preamble and meta information',
    error: /expected header is missing|meta length tag/,
  },
  { file: '', reason: 'dcmjs decodes no escapes of ISO 2022', error: /multiple character sets/ },
  {
    file: 'PR000000.dcm',
    reason:
      'the character set named above a sequence counts within: cm², which dcmjs takes for cmÂ²',
    ours: /^00700001.* cm² /,
    theirs: /^00700001.* cmÂ² /,
  },
  {
    file: 'reportsi_with_empty_number_tags.dcm',
    reason: 'a number that is empty: dcmjs makes a zero of it',
    ours: / (US|SS|UL|SL|FL|FD) ""$/,
    theirs: / (US|SS|UL|SL|FL|FD) "0"$/,
  },
  {
    file: 'UN_sequence.dcm',
    reason: 'a sequence in UN of undefined length: dcmjs reads on behind it',
    error: /past end of input/,
  },
  {
    file: 'rtplan_truncated.dcm',
    reason: 'the file is cut off: dcmjs gives up, Gantry keeps what is whole',
    error: /more than currently allocated/,
  },
];

dcmjs.log.setLevel('silent');

describe.skipIf(files.length === 0)('The collection of real and odd files', () => {
  const DIFFERENCES: readonly Difference[] = [
    {
      file: 'OT-PAL-8-face',
      reason: 'no preamble: dicom-parser wants one',
      error: /prefix not found/,
    },
    { file: 'ExplVR_LitEndNoMeta.dcm', reason: 'as above', error: /prefix not found/ },
    { file: '06MV_plan.dcm', reason: 'as above', error: /prefix not found/ },
    {
      file: 'no_preamble_dicm_in_data',
      reason: 'what stands behind "DICM" is no meta information: neither reads it',
      error: /missing required meta header/,
    },
    {
      file: 'priv_SQ.dcm',
      reason: 'dicom-parser stops in a private sequence within another',
      ours: /^1 (00080090 366|3F030010 390)|^[12] /,
    },
    {
      file: 'image_dfl.dcm',
      reason: 'deflated: dicom-parser takes a Buffer, and gives offsets in what it put together',
      error: /copy is not a function/,
    },
    {
      file: 'rtplan_truncated.dcm',
      reason: 'the file is cut off: dicom-parser gives up, Gantry keeps what is whole',
      error: /maxPosition/,
    },
  ];

  it('has the elements, offsets, lengths and nesting that dicom-parser finds', async () => {
    type ParserDataset = ReturnType<typeof dicomParser.parseDicom>;
    const theirs = (dataset: ParserDataset, depth = 0): string[] =>
      Object.values(dataset.elements)
        // dicom-parser lists the end of an item as an element of it.
        .filter(({ tag }) => tag !== 'xfffee00d')
        .flatMap(({ tag, dataOffset, length, hadUndefinedLength, items }) => [
          `${depth} ${tag.slice(1).toUpperCase()} ${dataOffset} ${hadUndefinedLength === true ? 'open' : length}`,
          ...(items ?? []).flatMap((item) => (item.dataSet ? theirs(item.dataSet, depth + 1) : [])),
        ]);
    const withoutVr = (line: string) => line.slice(0, line.lastIndexOf(' '));
    const result = await compare(
      DIFFERENCES,
      ({ meta, dataset }) => [...ours(meta), ...ours(dataset)].map(withoutVr),
      (file) =>
        attempt(() =>
          theirs(
            dicomParser.parseDicom(bytesOf(file), {
              // Without it, sequences in Implicit VR are found by what they look like.
              vrCallback: (tag) => dictionaryEntry(Number.parseInt(tag.slice(1), 16))?.vr,
            }),
          ),
        ),
    );
    expect(result).toEqual({ unexplained: [], unused: [] });
  });

  it('has the VRs and values that dcmjs finds', async () => {
    const VALUES = new Set(
      'AE AS CS DA DS DT FD FL IS LO LT PN SH SL SS ST TM UC UI UL US UT'.split(' '),
    );
    const text = (vr: string, value: Value | undefined): string => {
      if (value === null || value === undefined) return '';
      if (typeof value === 'object') {
        const { Alphabetic = '', Ideographic = '', Phonetic = '' } = value;
        return `${Alphabetic}=${Ideographic}=${Phonetic}`.replace(/[= ]+$/, '');
      }
      // The model writes single precision in as few digits as name it.
      return vr === 'FL' ? String(Math.fround(Number(value))) : String(value).trimEnd();
    };
    const lines = (model: Readonly<Record<string, JsonLike>>, path = ''): string[] =>
      Object.entries(model).flatMap(([tag, { vr, Value = [] }]) => {
        const values = Array.isArray(Value) ? Value : [Value];
        if (tag.endsWith('0000')) return [];
        if (vr === 'SQ') {
          return values.flatMap((item, i) => lines(item as never, `${path}${tag}[${i}].`));
        }
        const shown = values.map((value) => text(vr, value as Value)).join('\\');
        return [`${path}${tag} ${vr} ${VALUES.has(vr) ? JSON.stringify(shown) : ''}`];
      });
    const result = await compare(
      DCMJS_DIFFERENCES,
      ({ dataset }) => lines(toJsonModel(dataset)),
      (file) => attempt(() => lines(dcmjs.data.DicomMessage.readFile(bytesOf(file).buffer).dict)),
    );
    expect(result).toEqual({ unexplained: [], unused: [] });
  });
});
