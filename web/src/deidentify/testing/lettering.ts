// Letters of 5 by 7 dots, drawn in any size: text as consoles burn it into pictures.
import type { GreyPicture } from '../find-text.ts';

/** Seven rows of five bits each, the upper left one highest, in hexadecimal. */
const GLYPHS: Readonly<Record<string, string>> = {
  A: '3a31fc631',
  B: '7a31f463e',
  C: '3a308422e',
  D: '7a318c63e',
  E: '7e10f421f',
  F: '7e10f4210',
  G: '3a30bc62e',
  H: '4631fc631',
  I: '38842108e',
  J: '1c4210a4c',
  K: '4654c5251',
  L: '42108421f',
  M: '4775ac631',
  N: '47359c631',
  O: '3a318c62e',
  P: '7a31f4210',
  Q: '3a318d64d',
  R: '7a31f5251',
  S: '3e107043e',
  T: '7c8421084',
  U: '46318c62e',
  V: '46318c544',
  W: '4631ad771',
  X: '462a22a31',
  Y: '462a21084',
  Z: '7c222221f',
  '0': '3a73ae72e',
  '1': '11842108e',
  '2': '3a213221f',
  '3': '78217043e',
  '4': '8ca97c42',
  '5': '7e1e0862e',
  '6': '1910f462e',
  '7': '7c2222108',
  '8': '3a317462e',
  '9': '3a317844c',
  '.': 'c6',
  ':': 'c6018c0',
  '/': '42222210',
  '-': 'f8000',
  ',': '1888',
  '^': '115100000',
  ' ': '0',
};

const [WIDE, HIGH] = [5, 7];

/** `dots`: each a block; `bold`: half a dot wider; `smooth`: with soft edges. */
export type Font = 'dots' | 'bold' | 'smooth';

interface Lettering {
  readonly font: Font;
  /** Of a letter, in pixels. */
  readonly height: number;
  readonly column: number;
  readonly row: number;
  /** Brightness, 0 to 255. */
  readonly value: number;
}

/** How much of a letter's dot grid is ink at a place, 0 to 1; places between dots are weighted. */
function inkAt(glyph: bigint, x: number, y: number, font: Font): number {
  const dot = (column: number, row: number) => {
    if (column < 0 || column >= WIDE || row < 0 || row >= HIGH) return 0;
    return Number((glyph >> BigInt((HIGH - 1 - row) * WIDE + WIDE - 1 - column)) & 1n);
  };
  const here = dot(Math.floor(x), Math.floor(y));
  if (font === 'dots') return here;
  if (font === 'bold') return Math.max(here, dot(Math.floor(x - 0.5), Math.floor(y)));
  const [left, top] = [Math.floor(x - 0.5), Math.floor(y - 0.5)];
  const [right, down] = [x - 0.5 - left, y - 0.5 - top];
  const soft =
    dot(left, top) * (1 - right) * (1 - down) +
    dot(left + 1, top) * right * (1 - down) +
    dot(left, top + 1) * (1 - right) * down +
    dot(left + 1, top + 1) * right * down;
  return Math.min(1, soft * 1.4);
}

/** Draws a text into a picture. @returns how wide it is, in pixels */
export function drawText(picture: GreyPicture, text: string, at: Lettering): number {
  const { font, height, column, row, value } = at;
  const dot = height / HIGH;
  const step = (WIDE + 1) * dot;
  Array.from(text.toUpperCase()).forEach((letter, i) => {
    const glyph = BigInt(`0x${GLYPHS[letter] ?? '0'}`);
    const from = Math.round(column + i * step);
    for (let y = 0; y < height; y++) {
      for (let x = 0; x < Math.ceil((WIDE + 0.5) * dot); x++) {
        const [px, py] = [from + x, row + y];
        if (px >= picture.columns || py >= picture.rows) continue;
        const ink = inkAt(glyph, (x + 0.5) / dot, (y + 0.5) / dot, font);
        const place = py * picture.columns + px;
        const was = picture.values[place] ?? 0;
        picture.values[place] = Math.round(was + (value - was) * ink);
      }
    }
  });
  return Math.ceil(text.length * step);
}
