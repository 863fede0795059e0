type Bytes = Uint8Array<ArrayBuffer>;

const COD = 0x52;
const SOC_BYTES = 2;

/**
 * Whether a codestream's components went through the colour transform (ISO 15444-1 table A.15): a bit of the COD segment
 * of its main header.
 */
export function usesColourTransform(stream: Uint8Array): boolean {
  for (let at = SOC_BYTES; at + 9 < stream.length && stream[at] === 0xff;) {
    if (stream[at + 1] === COD) return stream[at + 8] === 1;
    at += 2 + (((stream[at + 2] ?? 0) << 8) | (stream[at + 3] ?? 0));
  }
  return false;
}

interface Shape {
  readonly rows: number;
  readonly columns: number;
  readonly components: number;
  readonly bytesPerSample: number;
}

/**
 * Without the colour transform OpenJPH works through one component after another, but its binding takes and gives lines of
 * samples side by side as if the components took turns. These are the samples as they are, from what the binding gives.
 */
export function fromBindingOrder(given: Bytes, shape: Shape): Bytes {
  const samples = new Uint8Array(given.length);
  return eachLine(shape, (is, binding) => copyLine(given, binding, samples, is, shape), samples);
}

/** What the binding has to be given, for samples side by side. */
export function toBindingOrder(samples: Uint8Array, shape: Shape): Bytes {
  const given = new Uint8Array(samples.length);
  return eachLine(shape, (is, binding) => copyLine(samples, is, given, binding, shape), given);
}

/** Offsets of the first samples of each line: where it belongs, and where the binding has it. */
function eachLine(shape: Shape, copy: (is: number, binding: number) => void, result: Bytes): Bytes {
  const { rows, columns, components, bytesPerSample } = shape;
  const start = (row: number, component: number) =>
    (row * columns * components + component) * bytesPerSample;
  for (let line = 0; line < rows * components; line++) {
    const belongs = start(line % rows, Math.floor(line / rows));
    copy(belongs, start(Math.floor(line / components), line % components));
  }
  return result;
}

function copyLine(
  from: Uint8Array,
  fromStart: number,
  to: Uint8Array,
  toStart: number,
  { columns, components, bytesPerSample }: Shape,
): void {
  const step = components * bytesPerSample;
  for (let pixel = 0, at = 0; pixel < columns; pixel++, at += step) {
    for (let byte = 0; byte < bytesPerSample; byte++) {
      to[toStart + at + byte] = from[fromStart + at + byte] ?? 0;
    }
  }
}
