/** A transfer syntax that frames can be encoded in. */
export interface CompressedSyntax {
  readonly uid: string;
  /** As the command line takes it. */
  readonly keyword: string;
  readonly name: string;
  readonly encoder: 'rle' | 'jpeg-lossless' | 'jpeg-ls' | 'jpeg-2000' | 'htj2k' | 'jpeg-baseline';
  readonly isLossy: boolean;
  /** Bits of a sample that it holds. */
  readonly minBits: number;
  readonly maxBits: number;
}

const syntax = (
  suffix: string,
  keyword: string,
  name: string,
  encoder: CompressedSyntax['encoder'],
  [minBits, maxBits]: readonly [number, number],
): CompressedSyntax => ({
  uid: `1.2.840.10008.1.2.${suffix}`,
  keyword,
  name,
  encoder,
  isLossy: encoder === 'jpeg-baseline',
  minBits,
  maxBits,
});

/** What keeps every pixel, in the order in which a peer's choice is used: what most software reads comes first. */
export const LOSSLESS_SYNTAXES: readonly CompressedSyntax[] = [
  syntax('4.70', 'jpeg-lossless', 'JPEG Lossless', 'jpeg-lossless', [2, 16]),
  syntax('5', 'rle', 'RLE Lossless', 'rle', [2, 32]),
  syntax('4.80', 'jpeg-ls', 'JPEG-LS Lossless', 'jpeg-ls', [2, 16]),
  syntax('4.90', 'jpeg-2000', 'JPEG 2000 Lossless', 'jpeg-2000', [2, 16]),
  syntax('4.201', 'htj2k', 'High-Throughput JPEG 2000 Lossless', 'htj2k', [2, 16]),
];

export const JPEG_BASELINE = syntax('4.50', 'jpeg', 'JPEG Baseline', 'jpeg-baseline', [8, 8]);

/** All of them. */
export const COMPRESSED_SYNTAXES: readonly CompressedSyntax[] = [
  ...LOSSLESS_SYNTAXES,
  JPEG_BASELINE,
];
