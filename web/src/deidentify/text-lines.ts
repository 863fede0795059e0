import type { Box } from '../../../shared/pixels/box.ts';

/** Pixels that touch each other: a letter, a part of one, or several that touch. */
export interface Component {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
  readonly area: number;
  /** The brightest of its values. */
  readonly peak: number;
  /** How many stretches of it a row has, on the mean. */
  readonly strokes: number;
}

/** Where a line of text may stand. */
export interface TextBox extends Box {
  /** How many letters of one height and brightness it has, about: the more, the surer. */
  readonly letters: number;
}

/** Letters of a line have heights within this ratio, their ends within this part of it. */
const HEIGHTS = 1.5;
const SHIFT = 0.3;
/** Between two letters, and two words, in heights. */
const MAX_GAP = 1.6;
/** Between two words with a colon or a full stop between them, which are no letters, in heights. */
const MAX_WORD_GAP = 3;
/** A letter is no wider than so many heights; what is wider are several. */
const MAX_WIDTH = 1.6;
/** Letters that touch have at least so many strokes in a row, for each height that they are wide. */
const STROKES = 1.05;
/** Letters in a line, at least. */
const MIN_LETTERS = 3;
/** The brightness of letters of a line differs by no more. */
const MAX_PEAKS = 26;
/** Boxes reach beyond the letters they were found by: accents, commas, a first letter that touches something. */
const MARGIN = 0.6;

/** A line that grows to the right. */
interface Line {
  readonly letters: Component[];
  right: number;
}

/** The rectangles of lines that components make, in pixels. */
export function lineBoxes(components: readonly Component[]): TextBox[] {
  const letters = components.filter(isLetter).sort((a, b) => a.left - b.left);
  const lines: Line[] = [];
  for (const letter of letters) {
    // The line whose last letter is nearest takes it.
    let nearest: Line | undefined;
    for (let i = lines.length - 1; i >= 0; i--) {
      const line = lines[i];
      if (line && follows(line, letter) && line.right > (nearest?.right ?? -Infinity)) {
        nearest = line;
      }
    }
    const right = letter.left + letter.width;
    if (nearest) {
      nearest.letters.push(letter);
      nearest.right = Math.max(nearest.right, right);
    } else {
      lines.push({ letters: [letter], right });
    }
  }
  const texts = lines.filter(isText);
  const shorter = lines.filter((line) => !texts.includes(line));
  return texts.map((line) => boxOf(withShortWords(line, shorter)));
}

/** A word of a letter or two is no text by itself, but one beside a text belongs to it. */
function withShortWords(text: Line, shorter: readonly Line[]): Line {
  const line = { letters: [...text.letters], right: text.right };
  const height = median(line.letters.map((letter) => letter.height));
  const bottom = median(line.letters.map((letter) => letter.top + letter.height));
  const words = shorter.filter(({ letters }) =>
    letters.every(
      (letter) =>
        Math.abs(letter.top + letter.height - bottom) <= SHIFT * height &&
        letter.height <= HEIGHTS * height &&
        letter.height * HEIGHTS >= height,
    ),
  );
  for (let hasGrown = true; hasGrown;) {
    hasGrown = false;
    const left = Math.min(...line.letters.map((letter) => letter.left));
    for (const [i, word] of words.entries()) {
      const first = word.letters[0]?.left ?? 0;
      const gap = first >= line.right ? first - line.right : left - word.right;
      if (gap < 0 || gap > MAX_WORD_GAP * height) continue;
      line.letters.push(...word.letters);
      line.right = Math.max(line.right, word.right);
      words.splice(i, 1);
      hasGrown = true;
      break;
    }
  }
  return line;
}

/** Neither a dot nor a block: strokes leave room between them. */
function isLetter({ width, height, area, strokes }: Component): boolean {
  const fill = area / (width * height);
  if (width > MAX_WIDTH * height) {
    return fill > 0.15 && fill < 0.75 && strokes > (STROKES * width) / height;
  }
  // An I, an l or a 1 is one stroke.
  return width <= height / 2 ? width > 0 : fill > 0.12 && fill < 0.92;
}

function follows({ letters, right }: Line, letter: Component): boolean {
  const last = letters.at(-1);
  if (!last) return false;
  const height = Math.min(last.height, letter.height);
  const gap = letter.left - right;
  if (gap > MAX_GAP * height || gap < -0.3 * height) return false;
  if (Math.max(last.height, letter.height) > HEIGHTS * height) return false;
  if (Math.abs(last.peak - letter.peak) > MAX_PEAKS) return false;
  const bottom = (of: Component) => of.top + of.height;
  return Math.abs(bottom(last) - bottom(letter)) <= SHIFT * height;
}

/** Letters that touch count as so many as would stand there. */
const lettersOf = ({ width, height }: Component): number =>
  width > MAX_WIDTH * height ? width / (0.7 * height) : 1;

const countOf = (letters: readonly Component[]): number =>
  Math.round(letters.reduce((sum, letter) => sum + lettersOf(letter), 0));

function isText({ letters }: Line): boolean {
  if (countOf(letters) < MIN_LETTERS) return false;
  // Ticks of a scale are strokes alone, all alike.
  if (!letters.some(({ width, height }) => width > height / 3)) return false;
  const aligned = alignedOf(letters);
  return (
    aligned.length >= Math.min(letters.length, MIN_LETTERS) &&
    aligned.length >= ALIGNED * letters.length
  );
}

/** Letters stand on a line, and capitals and digits end on another. */
function alignedOf(letters: readonly Component[]): Component[] {
  const height = median(letters.map((letter) => letter.height));
  const bottom = median(letters.map((letter) => letter.top + letter.height));
  const near = Math.max(1, height * ALIGNMENT);
  return letters.filter(
    (letter) =>
      Math.abs(letter.top + letter.height - bottom) <= near &&
      Math.abs(letter.height - height) <= near,
  );
}

/** Those that make it sure: aligned, and of one brightness. Touching ones, which noise is too, count as one. */
function sureOf(letters: readonly Component[]): Component[] {
  const aligned = alignedOf(letters);
  const peak = median(aligned.map((letter) => letter.peak));
  return aligned.filter((letter) => Math.abs(letter.peak - peak) <= SAME_PEAK);
}

/** Brightness of letters that were drawn in one colour differs by no more. */
const SAME_PEAK = 4;

/** Ends of letters differ by this part of their height, or by a pixel. */
const ALIGNMENT = 0.12;
/** So many of the letters of a line are aligned. */
const ALIGNED = 0.5;

const median = (values: readonly number[]): number =>
  [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)] ?? 0;

function boxOf({ letters, right }: Line): TextBox {
  const left = Math.min(...letters.map((letter) => letter.left));
  const top = Math.min(...letters.map((letter) => letter.top));
  const bottom = Math.max(...letters.map((letter) => letter.top + letter.height));
  const margin = Math.ceil(MARGIN * Math.max(...letters.map(({ height }) => height)));
  const [column, row] = [Math.max(0, left - margin), Math.max(0, top - Math.ceil(margin / 2))];
  return {
    column,
    row,
    columns: right + margin - column,
    rows: bottom + Math.ceil(margin / 2) - row,
    letters: sureOf(letters).length,
  };
}
