import { describe, expect, it } from 'vitest';
import { bufferSource } from './byte-source.ts';
import { concatBytes, encodeFileMeta, encodePart10, type Fields } from './encode.ts';
import { readInstance } from './read-instance.ts';
import { tagRows } from './tag-rows.ts';
import * as Tag from './tags.generated.ts';
import { raw, rawSequence } from './testing/raw-element.ts';
import { ExplicitVrLittleEndian } from './uids.ts';

const META = {
  sopClassUid: '1.2.840.10008.5.1.4.1.1.2',
  sopInstanceUid: '1.9.1',
  transferSyntaxUid: ExplicitVrLittleEndian.uid,
};

async function rowsOf(fields: Fields) {
  const bytes = encodePart10(META, fields, ExplicitVrLittleEndian);
  const { dataset } = await readInstance(bufferSource(bytes), { maxValueBytes: 1000 });
  return [...tagRows(dataset)];
}

describe('The rows of a data set', () => {
  it('name elements, items and private creators, at every depth', async () => {
    const rows = await rowsOf({
      [Tag.PatientName]: 'Doe^Jane',
      [Tag.ReferencedImageSequence]: [
        { [Tag.ReferencedSOPInstanceUID]: '1.2' },
        { [Tag.ReferencedSOPInstanceUID]: '1.3' },
      ],
      0x70530010: { vr: 'LO', value: 'Philips PET Private Group' },
      0x70531000: { vr: 'UN', value: new TextEncoder().encode('0.5 ') },
      0x70531077: { vr: 'UN', value: Uint8Array.of(1, 0xff) },
    });
    expect(rows.map(({ path, depth, name, value }) => [path, depth, name, value])).toEqual([
      ['00081140', 0, 'Referenced Image Sequence', '2 items'],
      ['00081140[0]', 1, 'Item', ''],
      ['00081140[0].00081155', 2, 'Referenced SOP Instance UID', '1.2'],
      ['00081140[1]', 1, 'Item', ''],
      ['00081140[1].00081155', 2, 'Referenced SOP Instance UID', '1.3'],
      ['00100010', 0, "Patient's Name", 'Doe^Jane'],
      ['70530010', 0, 'Private Creator', 'Philips PET Private Group'],
      ['70531000', 0, expect.stringContaining('SUV Factor'), '0.5'],
      ['70531077', 0, 'Private', '01 ff'],
    ]);
    expect(rows.at(-1)?.creator).toBe('Philips PET Private Group');
  });

  it('show each kind of value as a line', async () => {
    const values = await rowsOf({
      [Tag.PatientComments]: 'two\r\nlines',
      [Tag.FrameIncrementPointer]: Tag.FrameTime,
      [Tag.RecommendedDisplayFrameRateInFloat]: { vr: 'FL', value: [0.1] },
      [Tag.Rows]: 512,
      [Tag.ImageComments]: 'x'.repeat(900),
      [Tag.PixelData]: { vr: 'OB', value: new Uint8Array(2000) },
      [Tag.RedPaletteColorLookupTableData]: { vr: 'OW', value: new Uint8Array(100) },
      [Tag.AccessionNumber]: '',
    });
    const byName = new Map(values.map(({ keyword, value }) => [keyword, value]));
    expect(byName.get('PatientComments')).toBe('two ⏎ lines');
    expect(byName.get('FrameIncrementPointer')).toBe('(0018,1063)');
    expect(byName.get('RecommendedDisplayFrameRateInFloat')).toBe('0.1');
    expect(byName.get('Rows')).toBe('512');
    expect(byName.get('ImageComments')).toMatch(/^x{400} …$/);
    expect(byName.get('PixelData')).toBe('2000 bytes');
    expect(byName.get('RedPaletteColorLookupTableData')).toMatch(/^00( 00){31} … \(100 bytes\)$/);
    expect(byName.get('AccessionNumber')).toBe('');
  });

  it('come for sequences 5,000 deep', async () => {
    const open = rawSequence(Tag.ReferencedImageSequence, [new Uint8Array()], { open: true });
    const parts = [
      ...Array.from({ length: 5000 }, () => open.subarray(0, 20)),
      raw(Tag.CodeMeaning, 'LO', 'deep'),
      ...Array.from({ length: 5000 }, () => open.subarray(20)),
    ];
    const bytes = concatBytes([encodeFileMeta(META), ...parts]);
    const { dataset } = await readInstance(bufferSource(bytes));
    expect([...tagRows(dataset)].at(-1)).toMatchObject({ depth: 10_000, value: 'deep' });
  });
});
