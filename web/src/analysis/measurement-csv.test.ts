import { expect, it } from 'vitest';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { evaluate } from './evaluate.ts';
import { measurementCsv } from './measurement-csv.ts';
import { drawn, frameOf } from './testing/frame.ts';

it('has a line for each number, and no formula', async () => {
  const frame = await frameOf({ [Tag.Modality]: 'MR', [Tag.PixelSpacing]: ['0.5', '0.5'] });
  const line = drawn(
    'length',
    [
      [10, 10],
      [40, 50],
    ],
    { name: '=HYPERLINK("x"), "tumour"' },
  );
  const note = drawn('arrow', [
    [1, 2],
    [3, 4],
  ]);
  const csv = measurementCsv([
    { measurement: line, result: evaluate(line, frame) },
    { measurement: note, result: undefined },
  ]);
  expect(csv.split('\r\n')).toEqual([
    'name,kind,seriesInstanceUid,sopInstanceUid,frame,calibration,quantity,value,unit,points',
    `"'=HYPERLINK(""x""), ""tumour""",length,1.2.4,1.2.5,1,spacing,length,25,mm,10 10; 40 50`,
    ',arrow,1.2.4,1.2.5,1,,,,,1 2; 3 4',
    '',
  ]);
});
