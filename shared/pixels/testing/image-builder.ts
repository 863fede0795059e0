// Small images in test code: the attributes of a Secondary Capture, a ramp as its pixels, and what is laid over it.
import { encodePart10, type Fields } from '../../dicom/encode.ts';
import { tagOf } from '../../dicom/tag.ts';
import * as Tag from '../../dicom/tags.generated.ts';
import { ExplicitVrBigEndian, ExplicitVrLittleEndian } from '../../dicom/uids.ts';

type Bytes = Uint8Array<ArrayBuffer>;

export const ROWS = 64;
export const COLUMNS = 96;
export const PIXELS = ROWS * COLUMNS;

/** A slope with a step, so that no flip or turn of it is itself: 12 bits. */
export const rampAt = (pixel: number): number => {
  const [x, y] = [pixel % COLUMNS, Math.floor(pixel / COLUMNS)];
  return x * 30 + y * 16 + (x < 20 && y < 10 ? 200 : 0);
};
export const ramp = Array.from({ length: PIXELS }, (_, i) => rampAt(i));
export const words = (values: readonly number[]) => ({ vr: 'OW' as const, value: values });

let made = 0;

interface Kind {
  readonly sopClassUid?: string;
  readonly littleEndian?: boolean;
  /** Where it isn't the one of the encoding. */
  readonly transferSyntaxUid?: string;
  /** Attributes that it lacks. */
  readonly without?: readonly number[];
}

/** A Secondary Capture of the ramp, 12 bits of 16, with other attributes than usual. */
export function oddImage(over: Fields, kind: Kind = {}): Bytes {
  const { sopClassUid = '1.2.840.10008.5.1.4.1.1.7', littleEndian = true, without = [] } = kind;
  const sopInstanceUid = `1.2.826.0.1.3680043.10.1.${++made}`;
  const encoding = littleEndian ? ExplicitVrLittleEndian : ExplicitVrBigEndian;
  const { transferSyntaxUid = encoding.uid } = kind;
  const meta = { sopClassUid, sopInstanceUid, transferSyntaxUid };
  const fields: Fields = {
    [Tag.SOPClassUID]: sopClassUid,
    [Tag.SOPInstanceUID]: sopInstanceUid,
    [Tag.StudyInstanceUID]: `1.2.826.0.1.3680043.10.2.${made}`,
    [Tag.SeriesInstanceUID]: `1.2.826.0.1.3680043.10.3.${made}`,
    [Tag.Modality]: 'OT',
    [Tag.PatientID]: 'ODD',
    [Tag.InstanceNumber]: '1',
    [Tag.SamplesPerPixel]: 1,
    [Tag.PhotometricInterpretation]: 'MONOCHROME2',
    [Tag.Rows]: ROWS,
    [Tag.Columns]: COLUMNS,
    [Tag.BitsAllocated]: 16,
    [Tag.BitsStored]: 12,
    [Tag.HighBit]: 11,
    [Tag.PixelRepresentation]: 0,
    [Tag.PixelData]: words(ramp),
    ...over,
  };
  const kept = Object.entries(fields).filter(([tag]) => !without.includes(Number(tag)));
  return encodePart10(meta, Object.fromEntries(kept), encoding);
}

export const window = (center: string, width: string, by?: string): Fields => ({
  [Tag.WindowCenter]: center,
  [Tag.WindowWidth]: width,
  ...(by === undefined ? {} : { [Tag.VOILUTFunction]: by }),
});

/** Bits of a plane, the lowest first. */
export function plane(count: number, isSet: (at: number) => boolean): Bytes {
  const bytes = new Uint8Array(Math.ceil(count / 16) * 2);
  for (let at = 0; at < count; at++) {
    if (isSet(at)) bytes[at >> 3] = (bytes[at >> 3] ?? 0) | (1 << (at & 7));
  }
  return bytes;
}

interface Overlay {
  readonly group?: number;
  readonly type?: 'G' | 'R';
  readonly rows?: number;
  readonly columns?: number;
  readonly origin?: readonly [number, number];
  readonly bit?: number;
  readonly frames?: Fields;
  readonly data?: Bytes;
}

export function overlay(of: Overlay): Fields {
  const tag = (element: number) => tagOf(of.group ?? 0x6000, element);
  return {
    [tag(0x10)]: { vr: 'US', value: of.rows ?? ROWS },
    [tag(0x11)]: { vr: 'US', value: of.columns ?? COLUMNS },
    [tag(0x40)]: { vr: 'CS', value: of.type ?? 'G' },
    [tag(0x50)]: { vr: 'SS', value: of.origin ?? [1, 1] },
    [tag(0x100)]: { vr: 'US', value: of.bit === undefined ? 1 : 16 },
    [tag(0x102)]: { vr: 'US', value: of.bit ?? 0 },
    ...of.frames,
    ...(of.data ? { [tag(0x3000)]: { vr: 'OW', value: of.data } } : {}),
  };
}

export const square = (size: number) =>
  plane(size * size, (at) => at % size < 3 || Math.floor(at / size) < 3 || at % 7 === 0);
