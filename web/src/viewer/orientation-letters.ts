import type { PatientVector } from './patient-space.ts';

/** The letters at the four edges of a viewport; empty where the direction isn't known. */
export interface EdgeLetters {
  readonly top: string;
  readonly bottom: string;
  readonly left: string;
  readonly right: string;
}

/** A direction on screen, as parts of the image's row and column direction. */
export interface ImageDirection {
  readonly alongRow: number;
  readonly alongColumn: number;
}

/** Directions below this part of the whole aren't named. */
const SMALLEST_PART = 0.1;

/** The letters of a direction in the patient, the strongest first (PS3.3 C.7.6.1.1.1): "A", "LP", "HRA". */
export function lettersOf(direction: PatientVector): string {
  const [x, y, z] = direction;
  return [
    { part: x, letter: x > 0 ? 'L' : 'R' },
    { part: y, letter: y > 0 ? 'P' : 'A' },
    { part: z, letter: z > 0 ? 'H' : 'F' },
  ]
    .filter(({ part }) => Math.abs(part) > SMALLEST_PART)
    .sort((a, b) => Math.abs(b.part) - Math.abs(a.part))
    .map(({ letter }) => letter)
    .join('');
}

/** Where rows and columns point, in the letters of Patient Orientation. */
export interface OrientationTerms {
  readonly row: string;
  readonly column: string;
}

const OPPOSITE: Readonly<Record<string, string>> = {
  L: 'R',
  R: 'L',
  A: 'P',
  P: 'A',
  H: 'F',
  F: 'H',
};

/** The opposite direction, in letters; empty for letters that aren't those of a biped. */
export function opposite(letters: string): string {
  const turned = Array.from(letters, (letter) => OPPOSITE[letter]);
  return turned.every((letter) => letter !== undefined) ? turned.join('') : '';
}

/**
 * Edge letters from the letters of the image's axes (Patient Orientation, PS3.3 C.7.6.1.1.1), turned as it is shown.
 *
 * @param right where the right edge of the screen lies, as seen from the image
 * @param down where its lower edge lies
 */
export function edgeLetters(
  { row, column }: OrientationTerms,
  right: ImageDirection,
  down: ImageDirection,
): EdgeLetters {
  const towards = ({ alongRow, alongColumn }: ImageDirection): string => {
    const isRow = Math.abs(alongRow) > Math.abs(alongColumn);
    const letters = isRow ? row : column;
    return (isRow ? alongRow : alongColumn) > 0 ? letters : opposite(letters);
  };
  const back = ({ alongRow, alongColumn }: ImageDirection): ImageDirection => ({
    alongRow: -alongRow,
    alongColumn: -alongColumn,
  });
  return {
    right: towards(right),
    left: towards(back(right)),
    bottom: towards(down),
    top: towards(back(down)),
  };
}
