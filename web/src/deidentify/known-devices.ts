// Where devices are known to write names into their pictures: manufacturer, model, size, boxes. The places are what users
// of the CTP of the RSNA have found and published (the library of burned-in annotation of its DicomPixelAnonymizer).
// Software differs from version to version, so these places are proposed to whoever looks, and blanked by nobody else; a site
// that knows its device makes a rule of its own.
import type { PictureRule } from './burned-in-rules.ts';

type Place = readonly [column: number, row: number, columns: number, rows: number];

const ULTRASOUND = 'ultrasound';
const PET = 'PET';
const SHEET = 'dose sheet';
const CAPTURE = 'screen';

type Match = PictureRule['match'];

const ultrasound = (
  Manufacturer: string | undefined,
  ManufacturerModelName: string,
  [Columns, Rows]: readonly [number | undefined, number | undefined],
  ...places: readonly Place[]
): PictureRule =>
  device(
    ULTRASOUND,
    {
      ...(Manufacturer !== undefined && { Manufacturer: `*${Manufacturer}*` }),
      ManufacturerModelName: `*${ManufacturerModelName}*`,
      ...(Columns !== undefined && { Columns }),
      ...(Rows !== undefined && { Rows }),
    },
    ...places,
  );

function device(kind: string, match: Match, ...places: readonly Place[]): PictureRule {
  const maker = match.ManufacturerModelName ?? match.Manufacturer ?? match.SeriesDescription ?? '';
  return {
    name: `${maker.replaceAll('*', '')} (${kind}) is known to write at the marked places.`,
    match,
    action: 'look',
    boxes: places.map(([column, row, columns, rows]) => ({ column, row, columns, rows })),
    outsideRegions: false,
  };
}

const gemini = (Columns: number, Rows: number, ...places: readonly Place[]): PictureRule =>
  device(
    PET,
    {
      ...{ Modality: 'PT', Manufacturer: '*Philips Medical Systems*' },
      ...{ ManufacturerModelName: '*GEMINI*', Rows, Columns },
    },
    ...places,
  );

const siemensCapture = (Modality: string, Rows: number, ...places: readonly Place[]): PictureRule =>
  device(
    CAPTURE,
    { Modality, Manufacturer: '*SIEMENS*', ImageType: '*SECONDARY*', Rows },
    ...places,
  );

export const KNOWN_DEVICES: readonly PictureRule[] = [
  // CT: dose sheets and screens
  device(SHEET, { SeriesDescription: '*Dose Report*' }, [0, 0, 512, 110]),
  device(SHEET, { Manufacturer: '*PHILIPS*', ImageType: '*DOSE*' }, [0, 0, 512, 135]),
  device(
    SHEET,
    {
      ...{ Modality: 'CT', Manufacturer: '*TOSHIBA*', ManufacturerModelName: '*Aquilion ONE*' },
      ...{ ImageType: '*SECONDARY*', Rows: 512, Columns: 512 },
    },
    [0, 0, 410, 240],
  ),
  siemensCapture('CT', 860, [0, 0, 1132, 60]),
  device(
    CAPTURE,
    { Manufacturer: '*GE MEDICAL*', SeriesDescription: '*AW electronic film*' },
    [0, 0, 512, 80],
  ),
  device(
    CAPTURE,
    { ImageType: '*VOLREN*', Rows: 512, Columns: 512 },
    [350, 0, 162, 30],
    [390, 80, 122, 15],
  ),
  device(
    CAPTURE,
    { Manufacturer: '*VITAL Images*', SeriesDescription: '*Report*', Rows: 1041 },
    [0, 0, 795, 150],
  ),
  // PET and nuclear medicine
  gemini(245, 446, [0, 0, 125, 50]),
  gemini(493, 445, [0, 0, 140, 55]),
  gemini(492, 373, [0, 0, 100, 25]),
  siemensCapture('NM', 860, [0, 0, 1132, 90], [0, 780, 1132, 80]),
  siemensCapture('NM', 865, [0, 0, 1132, 35]),
  siemensCapture('NM', 882, [0, 0, 1132, 65]),
  device(
    CAPTURE,
    { Manufacturer: '*ADAC*', Rows: 832, Columns: 1024 },
    [0, 0, 1024, 130],
    [0, 762, 1024, 70],
  ),
  // Ultrasound
  ultrasound(undefined, 'LOGIQ9', [undefined, undefined], [0, 0, 666, 60]),
  ultrasound(undefined, 'LOGIQE9', [undefined, undefined], [0, 0, 960, 70]),
  ultrasound(undefined, 'V830', [undefined, undefined], [0, 0, 960, 70]),
  ultrasound(undefined, 'iU22', [undefined, 480], [0, 0, 640, 47]),
  ultrasound(undefined, 'iU22', [undefined, 600], [0, 0, 800, 59]),
  ultrasound(undefined, 'iU22', [undefined, 768], [0, 0, 1024, 75]),
  ultrasound(undefined, 'EPIQ', [undefined, 600], [0, 0, 1024, 49]),
  ultrasound(undefined, 'EPIQ', [undefined, 768], [0, 0, 1024, 49]),
  ultrasound(undefined, 'CX50', [undefined, 600], [0, 0, 800, 59]),
  ultrasound('Philips', 'Sparq', [undefined, 600], [80, 0, 720, 55]),
  ultrasound('Philips', 'Lumify', [undefined, 768], [0, 0, 768, 35]),
  ultrasound(undefined, 'Z_ONE', [undefined, undefined], [0, 0, 800, 65]),
  ultrasound('ATL', 'HDI 5000', [640, 476], [40, 0, 200, 40], [240, 0, 190, 16]),
  ultrasound('SIEMENS', 'SC2000', [1024, 768], [230, 50, 260, 370]),
  ultrasound(
    'SIEMENS',
    'ANTARES',
    [1024, 768],
    [0, 0, 1024, 60],
    [200, 60, 20, 20],
    [800, 65, 104, 14],
  ),
  ultrasound('SIEMENS', 'ACUSON', [800, 600], [0, 0, 800, 43], [128, 56, 16, 16]),
  ultrasound('SIEMENS', 'S2000', [1024, 768], [0, 0, 1024, 60]),
  ultrasound('ACUSON', 'SEQUOIA', [640, 480], [0, 0, 640, 30]),
  ultrasound('TOSHIBA', 'A400', [960, 720], [0, 0, 960, 60]),
  ultrasound('TOSHIBA', 'A500', [960, 720], [0, 0, 960, 60]),
  ultrasound('TOSHIBA', 'AI600', [1280, 960], [0, 0, 1280, 60]),
  ultrasound('TOSHIBA', 'AI700', [1280, 960], [0, 0, 1280, 60]),
  ultrasound('CANON', 'AA000', [1280, 960], [0, 0, 1280, 70]),
  ultrasound('SuperSonic', 'Aixplorer', [1050, 788], [0, 0, 1050, 66]),
  ultrasound('SuperSonic', 'Aixplorer', [1400, 1050], [0, 0, 1400, 89]),
  device(
    ULTRASOUND,
    { Modality: 'US', Manufacturer: '*SENO*', Rows: 1058, Columns: 1920 },
    [161, 0, 1632, 50],
  ),
  // Angiography and radiography
  device(
    CAPTURE,
    { Manufacturer: '*Volcano*', SeriesDescription: '*FFR*', Rows: 1024, Columns: 1280 },
    [404, 9, 580, 40],
  ),
  device(
    CAPTURE,
    { Manufacturer: '*Philips*', SeriesDescription: '*FFR*', Rows: 1024, Columns: 1280 },
    [470, 5, 600, 70],
  ),
  device(
    'radiograph',
    { Manufacturer: '*Canon*', ManufacturerModelName: '*CXDI*', Rows: 2592 },
    [0, 0, 2208, 80],
    [0, 2512, 2208, 80],
  ),
  device(CAPTURE, { SeriesDescription: '*MEDRAD*', Rows: 1077, Columns: 750 }, [0, 0, 750, 230]),
];
