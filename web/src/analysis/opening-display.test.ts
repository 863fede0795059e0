import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { DisplayAttributes } from '../../../shared/pixels/display-attributes.ts';
import { openingDisplay } from './opening-display.ts';
import { datasetOf } from './testing/frame.ts';

const OWN: DisplayAttributes = {
  modality: { kind: 'rescale', slope: 1, intercept: 0 },
  vois: [
    { name: undefined, transform: { kind: 'window', center: 40, width: 80, function: 'LINEAR' } },
  ],
  inverse: false,
  palette: undefined,
};

/** Says itself that its values are SUVbw. */
const PET: Fields = {
  [Tag.SOPClassUID]: '1.2.840.10008.5.1.4.1.1.128',
  [Tag.Modality]: 'PT',
  [Tag.CorrectedImage]: ['DECY', 'ATTN'],
  [Tag.Units]: 'GML',
};

const opened = async (over: Fields) => openingDisplay(await datasetOf({ ...PET, ...over }), 0, OWN);

describe('An image that is opened', () => {
  it('is shown from 0 to 5 SUVbw, low values white, where it is PET; its own window comes behind', async () => {
    const { vois, inverse } = await opened({});
    expect(inverse).toBe(true);
    expect(vois).toEqual([
      {
        name: 'SUVbw 0–5',
        transform: { kind: 'window', center: 2.5, width: 5, function: 'LINEAR_EXACT' },
      },
      ...OWN.vois,
    ]);
  });

  it('is shown in its own window where PET has no SUVbw', async () => {
    expect(await opened({ [Tag.Units]: 'CNTS' })).toEqual({ ...OWN, inverse: true });
  });

  it('is shown as it asks where it is something else, of the same modality too', async () => {
    expect(await opened({ [Tag.SOPClassUID]: '1.2.840.10008.5.1.4.1.1.7' })).toBe(OWN);
    expect(await opened({ [Tag.SOPClassUID]: '1.2.840.10008.5.1.4.1.1.2' })).toBe(OWN);
  });
});
