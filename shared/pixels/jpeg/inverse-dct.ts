/** cos((2x + 1)uπ / 16) · C(u) / 2, by x · 8 + u (ISO 10918-1 section A.3.3). */
const BASIS = Float64Array.from({ length: 64 }, (_, i) => {
  const x = i >> 3;
  const u = i & 7;
  return (Math.cos(((2 * x + 1) * u * Math.PI) / 16) * (u === 0 ? Math.SQRT1_2 : 1)) / 2;
});

const rowPass = new Float64Array(64);

/**
 * The inverse cosine transform of a block of 8 × 8 dequantized coefficients in natural order, in double precision:
 * 12-bit samples leave no room for the shortcuts of 8-bit decoders. Results go to `output`, not yet rounded.
 */
export function inverseDct(coefficients: Float64Array, output: Float64Array): void {
  for (let v = 0; v < 8; v++) {
    for (let x = 0; x < 8; x++) {
      let sum = 0;
      for (let u = 0; u < 8; u++) {
        sum += (coefficients[v * 8 + u] ?? 0) * (BASIS[x * 8 + u] ?? 0);
      }
      rowPass[v * 8 + x] = sum;
    }
  }
  for (let x = 0; x < 8; x++) {
    for (let y = 0; y < 8; y++) {
      let sum = 0;
      for (let v = 0; v < 8; v++) sum += (rowPass[v * 8 + x] ?? 0) * (BASIS[y * 8 + v] ?? 0);
      output[y * 8 + x] = sum;
    }
  }
}
