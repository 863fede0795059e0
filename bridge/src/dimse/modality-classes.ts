// Which storage classes the series of a modality are made of, most likely ones first (PS3.3 section C.7.3.1.1.1 for the
// modalities, PS3.4 table B.5-1 for the classes): for peers that don't tell the classes of a study themselves.
const IMAGE = '1.2.840.10008.5.1.4.1.1';

const SECONDARY = ['7', '7.2', '7.3', '7.4'];

/** By Modality (0008,0060), behind IMAGE. */
const CLASSES: Readonly<Record<string, readonly string[]>> = {
  CR: ['1', '1.1'],
  DX: ['1.1', '1'],
  MG: ['1.2', '13.1.3'],
  IO: ['1.3'],
  PX: ['1.1'],
  CT: ['2', '2.1'],
  MR: ['4', '4.1', '4.2'],
  US: ['6.1', '3.1', '6', '3'],
  IVUS: ['3.1', '6.1'],
  NM: ['20', '5'],
  PT: ['128', '130'],
  XA: ['12.1', '12.1.1', '13.1.1'],
  RF: ['12.2', '12.1'],
  ES: ['77.1.1', '77.1.1.1'],
  XC: ['77.1.4', '77.1.4.1'],
  GM: ['77.1.2', '77.1.2.1'],
  SM: ['77.1.6', '77.1.3'],
  OP: ['77.1.5.1', '77.1.5.2'],
  OPT: ['77.1.5.4'],
  ECG: ['9.1.1', '9.1.2', '9.1.3'],
  HD: ['9.2.1'],
  SR: ['88.11', '88.22', '88.33', '88.67', '88.34'],
  KO: ['88.59'],
  PR: ['11.1', '11.2'],
  DOC: ['104.1', '104.2'],
  SEG: ['66.4'],
  REG: ['66.1', '66.3'],
  RWV: ['67'],
  RTIMAGE: ['481.1'],
  RTDOSE: ['481.2'],
  RTSTRUCT: ['481.3'],
  RTPLAN: ['481.5', '481.8'],
  SC: SECONDARY,
  OT: SECONDARY,
};

/** The classes of several modalities: first one of each, then the second of each, and so on. */
export function classesOfModalities(modalities: readonly string[]): string[] {
  const lists = [...new Set(modalities)].map((modality) => CLASSES[modality] ?? []);
  const longest = Math.max(0, ...lists.map(({ length }) => length));
  const inTurn = Array.from({ length: longest }, (_, at) =>
    lists.flatMap((list) => list[at] ?? []),
  );
  // Reports and screens of any device come as secondary captures.
  const suffixes = modalities.length === 0 ? [] : [...inTurn.flat(), '7'];
  return [...new Set(suffixes)].map((suffix) => `${IMAGE}.${suffix}`);
}
