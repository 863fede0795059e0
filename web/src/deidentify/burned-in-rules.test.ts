import { describe, expect, it } from 'vitest';
import { nodeCodecs } from '../../../bridge/src/conversion/node-codecs.ts';
import type { Fields } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Box } from '../../../shared/pixels/box.ts';
import { COLUMNS, oddImage, PIXELS, ROWS } from '../../../shared/pixels/testing/image-builder.ts';
import { mrSeries } from '../../../bridge/src/samples/phantom/mr-series.ts';
import { ctSeries } from '../../../bridge/src/samples/phantom/ct-series.ts';
import { parsePictureRules, PictureRuleError, proposedBoxes } from './burned-in-rules.ts';
import { UNSEEN } from './look.ts';
import { BASIC_PROFILE, type Profile } from './profile.ts';
import { SURE_LETTERS, searchText } from './search-text.ts';
import { drawText } from './testing/lettering.ts';
import { pseudonymsOf, read, send } from './testing/run.ts';

const codecs = nodeCodecs();

const MR = '1.2.840.10008.5.1.4.1.1.4';
const US = '1.2.840.10008.5.1.4.1.1.6.1';

const sendUnseen = (file: Uint8Array<ArrayBuffer>, profile: Profile = BASIC_PROFILE) =>
  send(file, pseudonymsOf('key'), false, { profile, look: UNSEEN });

const withRules = (...rules: readonly object[]): Profile => ({
  ...BASIC_PROFILE,
  pictureRules: parsePictureRules(JSON.stringify({ name: 'site', rules })).rules,
});

const region = (x0: number, y0: number, x1: number, y1: number): Fields => ({
  [Tag.RegionLocationMinX0]: x0,
  [Tag.RegionLocationMinY0]: y0,
  [Tag.RegionLocationMaxX1]: x1,
  [Tag.RegionLocationMaxY1]: y1,
});

const CTP_BOX = { column: 0, row: 0, columns: 125, rows: 50 };

describe('A device that is known to write into its pictures', () => {
  const gemini: Fields = {
    [Tag.Modality]: 'PT',
    [Tag.Manufacturer]: 'Philips Medical Systems',
    [Tag.ManufacturerModelName]: 'GEMINI TF Big Bore',
    [Tag.ImageType]: ['ORIGINAL', 'PRIMARY'],
    [Tag.Rows]: 446,
    [Tag.Columns]: 245,
    [Tag.PixelData]: { vr: 'OW', value: new Uint8Array(446 * 245 * 2) },
  };
  const PET_CLASS = '1.2.840.10008.5.1.4.1.1.128';

  it('is looked at although it makes measured slices, and its places are proposed', async () => {
    const sent = await sendUnseen(oddImage(gemini, { sopClassUid: PET_CLASS }));
    expect(sent).toMatchObject({ kind: 'withheld', needsLook: { proposed: [CTP_BOX] } });
    const other = { ...gemini, [Tag.Rows]: 445, [Tag.Columns]: 246 };
    const leaves = await sendUnseen(oddImage(other, { sopClassUid: PET_CLASS }));
    expect(leaves).not.toHaveProperty('reason');
  });

  it('is given up for a rule of the site', async () => {
    const own = { ...CTP_BOX, columns: 60 };
    const size = { Rows: 446, Columns: 245 };
    const rule = { name: 'Ours', match: { Modality: 'PT', ...size }, action: 'look', boxes: [own] };
    const sent = await sendUnseen(oddImage(gemini, { sopClassUid: PET_CLASS }), withRules(rule));
    expect(sent).toMatchObject({ kind: 'withheld', needsLook: { proposed: [own] } });
  });

  it('has its places cut off at the edge of a smaller picture', async () => {
    const us = { [Tag.Modality]: 'US', [Tag.ManufacturerModelName]: 'LOGIQE9' };
    const proposed = proposedBoxes((await read(oddImage(us))).dataset, []);
    expect(proposed).toEqual([{ column: 0, row: 0, columns: COLUMNS, rows: ROWS }]);
  });
});

describe('A slice of a head that says it shows a face', () => {
  const head: Fields = { [Tag.RecognizableVisualFeatures]: 'YES', [Tag.Modality]: 'MR' };
  const file = () => oddImage(head, { sopClassUid: MR });

  it('is withheld, and leaves without the face', async () => {
    const withheld = await sendUnseen(file());
    expect(withheld).toMatchObject({ kind: 'withheld', needsLook: { mayShowFace: true } });
    const face = [{ column: 0, row: 0, columns: COLUMNS, rows: 2, value: 3 }];
    const look = { kind: 'unseen', face } as const;
    const sent = await send(file(), pseudonymsOf('key'), false, { profile: BASIC_PROFILE, look });
    if ('kind' in sent) throw new Error(sent.reason);
    const pixels = new Uint16Array(sent.file.slice(-2 * PIXELS).buffer);
    expect([...pixels.subarray(0, 2 * COLUMNS)].every((value) => value === 3)).toBe(true);
    const before = new Uint16Array(file().slice(-2 * PIXELS).buffer);
    expect(pixels.subarray(2 * COLUMNS)).toEqual(before.subarray(2 * COLUMNS));
    const { dataset } = await read(sent.file);
    expect(dataset.string(Tag.RecognizableVisualFeatures)).toBe('NO');
    const codes = dataset.get(Tag.DeidentificationMethodCodeSequence)?.items ?? [];
    expect(codes.map((item) => item.dataset.string(Tag.CodeValue))).toEqual(['113100', '113102']);
  });
});

describe('Nobody has looked yet, so what leaves', () => {
  const KINDS: readonly (readonly [string, Fields, string, boolean])[] = [
    ['a Secondary Capture', {}, '1.2.840.10008.5.1.4.1.1.7', false],
    ['one of several frames', {}, '1.2.840.10008.5.1.4.1.1.7.2', false],
    ['a capture that says it has no text', { [Tag.BurnedInAnnotation]: 'NO' }, US, true],
    ['ultrasound', {}, US, false],
    ['an endoscopic picture', {}, '1.2.840.10008.5.1.4.1.1.77.1.1', false],
    ['an angiogram', {}, '1.2.840.10008.5.1.4.1.1.12.1', false],
    ['fluoroscopy', {}, '1.2.840.10008.5.1.4.1.1.12.2', false],
    ['MR', {}, MR, true],
    ['MR of a screen', { [Tag.ImageType]: ['DERIVED', 'SECONDARY', 'SCREEN SAVE'] }, MR, false],
    ['a dose sheet', { [Tag.SeriesDescription]: 'Dose Report' }, MR, false],
    ['what was digitised', { [Tag.ConversionType]: 'DF' }, MR, false],
    ['what a program made', { [Tag.ConversionType]: 'WSD' }, MR, false],
  ];
  it.each(KINDS)('is (not) %s', async (_, fields, sopClassUid, leaves) => {
    const sent = await sendUnseen(oddImage(fields, { sopClassUid }));
    expect(!('kind' in sent)).toBe(leaves);
    if ('kind' in sent) {
      expect(sent).toMatchObject({ kind: 'withheld', needsLook: { device: { Rows: ROWS } } });
    }
  });

  it('is everything but what says YES where the profile is not strict', async () => {
    const profile = { ...BASIC_PROFILE, isStrict: false };
    expect(await sendUnseen(oddImage({}), profile)).not.toHaveProperty('reason');
    const yes = oddImage({ [Tag.BurnedInAnnotation]: 'YES' });
    expect(await sendUnseen(yes, profile)).toHaveProperty('reason');
  });

  it('is no picture of any kind in which text is found', async () => {
    const [slice] = ctSeries({ slices: 1, size: 256 });
    if (!slice) throw new Error('There is no slice.');
    // Measured slices are not searched: that would take longer than all the rest.
    expect(await sendUnseen(slice.bytes)).toMatchObject({ prepared: { isSearched: false } });
    const picture = { rows: 128, columns: 256, values: new Uint8Array(128 * 256) };
    const at = { font: 'dots', height: 12, column: 20, row: 30, value: 200 } as const;
    drawText(picture, 'DOE^JANE 4711', at);
    const file = oddImage(
      {
        [Tag.Rows]: 128,
        [Tag.Columns]: 256,
        [Tag.BitsAllocated]: 8,
        [Tag.BitsStored]: 8,
        [Tag.HighBit]: 7,
        [Tag.PixelData]: { vr: 'OB', value: Uint8Array.from(picture.values) },
      },
      { sopClassUid: MR },
    );
    expect(await sendUnseen(file)).toMatchObject({
      reason: expect.stringMatching(/hold text/) as string,
    });
  });
});

it('No text is found in phantoms without any', async () => {
  for (const { bytes } of mrSeries()) {
    expect(
      (await searchText(await read(bytes), codecs)).filter(
        ({ letters }) => letters >= SURE_LETTERS,
      ),
    ).toEqual([]);
  }
});

describe('A rule of the site', () => {
  const box = { column: 0, row: 0, columns: COLUMNS, rows: 8 };
  const rule = {
    name: 'Console',
    match: { Manufacturer: 'acme*', Rows: ROWS, Columns: COLUMNS },
    action: 'blank',
    boxes: [box],
  };
  const file = (fields: Fields = {}) => oddImage({ [Tag.Manufacturer]: 'ACME Inc. ', ...fields });

  it('blanks its boxes and releases the image, of that device and size alone', async () => {
    const sent = await sendUnseen(file(), withRules(rule));
    if ('kind' in sent) throw new Error(sent.reason);
    const { dataset } = await read(sent.file);
    expect(dataset.string(Tag.BurnedInAnnotation)).toBe('NO');
    const pixels = new Uint16Array(sent.file.slice(-2 * PIXELS).buffer);
    expect(pixels.subarray(0, 8 * COLUMNS).every((value) => value === 0)).toBe(true);
    expect(pixels.subarray(8 * COLUMNS).some((value) => value !== 0)).toBe(true);
    for (const other of [
      file({ [Tag.Manufacturer]: 'OTHER' }),
      file({ [Tag.Rows]: ROWS - 1 }),
      file({ [Tag.RecognizableVisualFeatures]: 'YES' }),
    ]) {
      expect(await sendUnseen(other, withRules(rule))).toHaveProperty('reason');
    }
  });

  it('asks for a look where others would not', async () => {
    const look = { ...rule, action: 'look' };
    const said = { [Tag.ImageType]: ['ORIGINAL', 'PRIMARY'] };
    const mr = oddImage({ [Tag.Manufacturer]: 'ACME', ...said }, { sopClassUid: MR });
    expect(await sendUnseen(mr, withRules(look))).toMatchObject({
      reason: expect.stringMatching(/Console/) as string,
      needsLook: { proposed: [box] },
    });
  });

  it('takes what lies outside the regions of ultrasound, and nothing without regions', async () => {
    const outside = {
      name: 'US',
      match: { Modality: 'US' },
      action: 'blank',
      outsideRegions: true,
    };
    const regions = [region(10, 5, 49, 63), region(50, 20, 89, 40)];
    const us = { [Tag.Modality]: 'US', [Tag.SequenceOfUltrasoundRegions]: regions };
    const sent = await sendUnseen(oddImage(us), withRules(outside));
    if ('kind' in sent) throw new Error(sent.reason);
    const pixels = new Uint16Array(sent.file.slice(-2 * PIXELS).buffer);
    const before = new Uint16Array(oddImage(us).slice(-2 * PIXELS).buffer);
    const wrong = pixels.filter((value, i) => {
      const [x, y] = [i % COLUMNS, Math.floor(i / COLUMNS)];
      const isIn = (x >= 10 && x < 50 && y >= 5) || (x >= 50 && x < 90 && y >= 20 && y <= 40);
      return value !== (isIn ? before[i] : 0);
    });
    expect(wrong).toHaveLength(0);
    const without = oddImage({ [Tag.Modality]: 'US' });
    expect(await sendUnseen(without, withRules(outside))).toHaveProperty('reason');
    const proposed: readonly Box[] = proposedBoxes((await read(oddImage(us))).dataset, []);
    expect(proposed.length).toBeGreaterThan(0);
  });

  it.each([
    ['no JSON', /JSON/],
    ['{"name":"x","rules":[{"name":"y","match":{},"action":"blank"}]}', /everything/],
    [JSON.stringify({ name: 'x', rules: [{ ...rule, match: { Modality: 'US' } }] }), /Rows/],
    [JSON.stringify({ name: 'x', rules: [{ ...rule, match: { PatientName: 'x' } }] }), /match/],
    [JSON.stringify({ name: 'x', rules: [{ ...rule, boxes: [{ ...box, rows: 0 }] }] }), /rows/],
  ])('that is none is refused: %s', (json, words) => {
    expect(() => parsePictureRules(json)).toThrow(PictureRuleError);
    expect(() => parsePictureRules(json)).toThrow(words);
  });
});
