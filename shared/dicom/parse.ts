import type { ByteWindow } from './byte-window.ts';
import { isKnownCharacterSet } from './character-set.ts';
import { Dataset, type Element, type Fragment, type Item } from './dataset.ts';
import { describeFoundTag, describeTag, dictionaryEntry } from './dictionary.ts';
import { readElementHeader, UNDEFINED_LENGTH, type Encoding } from './element-header.ts';
import { isUsOrSs } from './explicit-vr.ts';
import {
  isPrivate,
  ITEM,
  ITEM_DELIMITATION,
  SEQUENCE_DELIMITATION,
  tagOf,
  type TagNumber,
} from './tag.ts';

/** A request of the parser for bytes that its window lacks. */
export interface Need {
  readonly offset: number;
  readonly length: number;
}

export interface ParseOptions extends Encoding {
  readonly start: number;
  /** One past the last byte of the data set. */
  readonly end: number;
  /** Values longer than this many bytes are skipped; their elements have no `bytes`. */
  readonly maxValueBytes: number;
  /** Stops before the first top-level element with this tag or a higher one. */
  readonly stopBefore?: TagNumber;
  /** Stops behind the first top-level value that is longer than this many bytes. */
  readonly pauseAfterValueOver?: number;
  /** Only elements of this group are read: for the file meta information. */
  readonly onlyGroup?: number;
}

export interface ParseResult {
  readonly dataset: Dataset;
  /** Where reading ended: one past the last element read. */
  readonly end: number;
  /** False when something is cut off or can't be taken apart: the elements are not all that was meant. */
  readonly isComplete: boolean;
  /** What was wrong, in words that name tags and numbers, never values. */
  readonly problems: readonly string[];
}

/** An open data set: the root, or that of an item. */
interface DatasetFrame {
  readonly kind: 'dataset';
  readonly encoding: Encoding;
  readonly end: number;
  readonly elements: Element[];
  readonly dataset: Dataset;
  readonly item: Item | undefined;
  /** By the Pixel Representation that was read here or around; undefined before. */
  isSigned: boolean | undefined;
}

/** An open sequence, between its items. */
interface ItemsFrame {
  readonly kind: 'items';
  readonly encoding: Encoding;
  readonly end: number;
  readonly element: Element;
  readonly items: Item[];
  readonly parent: Dataset;
}

/** Open encapsulated pixel data, between its fragments. */
interface FragmentsFrame {
  readonly kind: 'fragments';
  readonly end: number;
  readonly element: Element;
  readonly fragments: Fragment[];
}

type Frame = DatasetFrame | ItemsFrame | FragmentsFrame;

/** Bytes of the shortest header of an element or item. */
const MIN_HEADER = 8;
/** Bytes of the longest. */
const MAX_HEADER = 12;

const SPECIFIC_CHARACTER_SET = 0x00080005;
const PIXEL_REPRESENTATION = 0x00280103;

/** A file of noise has something wrong at each step: the first findings say enough. */
const MAX_PROBLEMS = 20;

/**
 * Elements, items and fragments that are kept at most: some hundred MB. 8 bytes make one, so that a file of
 * nothing else, or what a small deflated one swells to, would take all memory there is.
 */
const MAX_PARTS = 2_000_000;

/** Zeros that may pad a data set without pixel data; more are a file that was laid out and never filled. */
const MAX_PADDING = 64 * 1024;

/**
 * Parses a data set (PS3.5 section 7) step by step, without recursion (sequences nest as deep as the bytes allow)
 * and without holding more than a window.
 *
 * What is damaged ends the reading there: everything before is kept, and `problems` says what is missing.
 */
export class DatasetParser {
  readonly #window: ByteWindow;
  readonly #options: ParseOptions;
  readonly #root: Dataset;
  readonly #stack: Frame[];
  readonly #problems: string[] = [];
  #at: number;
  #parts = 0;
  #isComplete = true;

  constructor(window: ByteWindow, options: ParseOptions) {
    this.#window = window;
    this.#options = options;
    this.#at = options.start;
    const elements: Element[] = [];
    this.#root = new Dataset(elements, options);
    const { end } = options;
    const dataset = this.#root;
    this.#stack = [
      {
        kind: 'dataset',
        encoding: options,
        end,
        elements,
        dataset,
        item: undefined,
        isSigned: undefined,
      },
    ];
  }

  get result(): ParseResult {
    return {
      dataset: this.#root,
      end: this.#at,
      isComplete: this.#isComplete,
      problems: this.#problems,
    };
  }

  /**
   * Goes on to the end, or until the window lacks bytes: then it gives the need, and is called again when the
   * window has them. Undefined means that the data set has ended.
   */
  advance(): Need | undefined {
    for (;;) {
      const frame = this.#stack[this.#stack.length - 1];
      if (!frame) return undefined;
      if (this.#at >= frame.end) {
        this.#reachEnd(frame);
        continue;
      }
      if (frame.end - this.#at < MIN_HEADER) {
        const need = this.#shortRest(frame);
        if (need) return need;
        continue;
      }
      const length = Math.min(MAX_HEADER, this.#options.end - this.#at);
      if (!this.#window.has(this.#at, length)) return { offset: this.#at, length };
      const need = this.#next(frame);
      if (need) return need;
    }
  }

  /** Fewer bytes than an element has: zeros pad a file, anything else was the beginning of an element. */
  #shortRest(frame: Frame): Need | undefined {
    const length = frame.end - this.#at;
    if (!this.#window.has(this.#at, length)) return { offset: this.#at, length };
    // One zero may also be half of a group number, unless it stands behind the pixel data.
    const isAtEnd = (this.#root.elements.at(-1)?.tag ?? 0) >= 0x7fe00000;
    const isZero = this.#window.slice(this.#at, length).every((byte) => byte === 0);
    const isPadding = isZero && (length > 1 || isAtEnd);
    const text = `${length} bytes at offset ${this.#at} are too few for an element.`;
    if (this.#stack.length > 1) {
      this.#problem(text);
      this.#at = frame.end;
    } else {
      if (isPadding) this.#problem(text);
      else this.#damage(text);
      this.#stack.pop();
    }
    return undefined;
  }

  #next(frame: Frame): Need | undefined {
    const littleEndian = frame.kind === 'fragments' || frame.encoding.littleEndian;
    const tag = tagOf(
      this.#window.uint16(this.#at, littleEndian),
      this.#window.uint16(this.#at + 2, littleEndian),
    );
    if (++this.#parts > MAX_PARTS) {
      this.#damage(
        `There are more than ${MAX_PARTS} elements; those behind offset ${this.#at} are left out.`,
      );
      this.#closeAll();
      return undefined;
    }
    if (frame.kind === 'dataset') {
      // What stands behind the only group that is wanted is none of its business.
      const mayBeZeros = tag === 0 && this.#options.onlyGroup === undefined;
      if (mayBeZeros && this.#window.uint32(this.#at + 4, true) === 0) {
        this.#zeros(frame);
        return;
      }
      return this.#nextElement(frame, tag);
    }
    if (tag === SEQUENCE_DELIMITATION) {
      this.#close(frame, this.#at + 8);
    } else if (tag !== ITEM) {
      this.#strayTag(frame);
    } else {
      const length = this.#window.uint32(this.#at + 4, littleEndian);
      if (frame.kind === 'fragments') this.#nextFragment(frame, length);
      else this.#openItem(frame, length);
    }
    return undefined;
  }

  /** Eight zeros are no element of a data set, which has no group 0000: they pad it, or were never written over. */
  #zeros(frame: DatasetFrame): undefined {
    const text = `There are zeros instead of elements from offset ${this.#at}.`;
    const rest = this.#options.end - this.#at;
    const isAtEnd = (this.#root.elements.at(-1)?.tag ?? 0) >= 0x7fe00000 || rest <= MAX_PADDING;
    if (this.#stack.length === 1 && isAtEnd && this.#root.elements.length > 0) {
      this.#problem(text);
      this.#stack.pop();
    } else {
      this.#damage(text);
      this.#leave(frame);
    }
    return undefined;
  }

  #nextElement(frame: DatasetFrame, tag: TagNumber): Need | undefined {
    if (frame.item && (tag === ITEM_DELIMITATION || tag === SEQUENCE_DELIMITATION)) {
      // An item without its delimitation before the sequence's: it ends here, and the sequence looks again.
      if (tag === SEQUENCE_DELIMITATION) {
        this.#problem(`An item ends without its delimitation at offset ${this.#at}.`);
      }
      this.#close(frame, tag === ITEM_DELIMITATION ? this.#at + 8 : this.#at);
      return undefined;
    }
    if (this.#stack.length === 1 && this.#isPastScope(tag)) {
      this.#stack.pop();
      return undefined;
    }
    const header = readElementHeader(this.#window, this.#at, tag, frame.encoding, frame.end);
    if (header.problem !== undefined) this.#problem(header.problem);
    const isOpen = header.length === UNDEFINED_LENGTH;
    const isSequence =
      header.vr === 'SQ' || (header.vr === 'UN' && (isOpen || isKnownSequence(tag)));
    const left = frame.end - header.valueStart;
    const isCutOff = left < 0 || (!isOpen && header.length > left);
    if (isCutOff) {
      this.#damage(
        `${describeFoundTag(tag, this.#at)} is cut off: ${Math.max(0, left)} of ${countOf(header.length)} bytes are there.`,
      );
      if (!isSequence || left < 0) {
        this.#leave(frame);
        return undefined;
      }
    }
    const length = isOpen || isCutOff ? left : header.length;
    const element: Element = {
      tag,
      // Without a VR of its own, a word has the sign of the pixels (PS3.5 annex A.1).
      vr: !frame.encoding.explicitVr && frame.isSigned && isUsOrSs(tag) ? 'SS' : header.vr,
      start: this.#at,
      valueStart: header.valueStart,
      length,
      end: header.valueStart + length,
      undefinedLength: isOpen,
      bytes: undefined,
      items: undefined,
      fragments: undefined,
    };
    if (!isOpen && !isSequence) return this.#value(frame, element);
    this.#openContainer(frame, element, isSequence);
    return undefined;
  }

  #isPastScope(tag: TagNumber): boolean {
    const { stopBefore, onlyGroup } = this.#options;
    return (
      (stopBefore !== undefined && tag >= stopBefore) ||
      (onlyGroup !== undefined && tag >>> 16 !== onlyGroup)
    );
  }

  #value(frame: DatasetFrame, element: Element): Need | undefined {
    if (element.length <= this.#options.maxValueBytes) {
      if (!this.#window.has(element.start, element.end - element.start)) {
        return { offset: element.start, length: element.end - element.start };
      }
      element.bytes = this.#window.slice(element.valueStart, element.length);
    }
    frame.elements.push(element);
    if (element.tag === SPECIFIC_CHARACTER_SET) this.#checkCharacterSet(frame.dataset);
    if (element.tag === PIXEL_REPRESENTATION && element.bytes?.length === 2) {
      frame.isSigned = element.bytes.includes(1);
    }
    this.#at = element.end;
    const { pauseAfterValueOver: most } = this.#options;
    if (most !== undefined && this.#stack.length === 1 && element.length > most) this.#stack.pop();
    return undefined;
  }

  /** Texts keep their bytes; what they say can't be known. */
  #checkCharacterSet(dataset: Dataset): void {
    if (dataset.characterSet.every(isKnownCharacterSet)) return;
    this.#problem(`${describeTag(SPECIFIC_CHARACTER_SET)} names a set that is not known.`);
  }

  #openContainer(frame: DatasetFrame, element: Element, isSequence: boolean): void {
    frame.elements.push(element);
    this.#at = element.valueStart;
    if (!isSequence) {
      element.fragments = [];
      this.#stack.push({
        kind: 'fragments',
        end: element.end,
        element,
        fragments: element.fragments,
      });
      return;
    }
    element.items = [];
    // A sequence in UN is implicit VR little endian, whatever surrounds it (PS3.5 section 6.2.2).
    const encoding =
      element.vr === 'UN' ? { explicitVr: false, littleEndian: true } : frame.encoding;
    const { items } = element;
    this.#stack.push({
      kind: 'items',
      encoding,
      end: element.end,
      element,
      items,
      parent: frame.dataset,
    });
  }

  #openItem(frame: ItemsFrame, length: number): void {
    const isOpen = length === UNDEFINED_LENGTH;
    const claimedEnd = isOpen ? frame.end : this.#at + 8 + length;
    if (claimedEnd > frame.end) {
      this.#damage(`An item of ${nameOf(frame.element)} is longer than what encloses it.`);
    }
    const elements: Element[] = [];
    const item: Item = {
      start: this.#at,
      valueStart: this.#at + 8,
      end: Math.min(claimedEnd, frame.end),
      undefinedLength: isOpen,
      dataset: new Dataset(elements, frame.encoding, frame.parent),
    };
    frame.items.push(item);
    const { encoding } = frame;
    const { dataset, end } = item;
    const around = this.#stack.at(-2);
    const isSigned = around?.kind === 'dataset' ? around.isSigned : undefined;
    this.#stack.push({ kind: 'dataset', encoding, end, elements, dataset, item, isSigned });
    this.#at += 8;
  }

  #nextFragment(frame: FragmentsFrame, length: number): void {
    const offset = this.#at + 8;
    const left = frame.end - offset;
    if (length > left) {
      this.#damage(
        `A fragment of ${nameOf(frame.element)} is cut off: ${left} of ${countOf(length)} bytes are there.`,
      );
    }
    const kept = Math.min(length, left);
    frame.fragments.push({ offset, length: kept });
    this.#at = offset + kept;
  }

  /** A sequence of defined length says where the next element stands; one without leaves nothing to go by. */
  #strayTag(frame: ItemsFrame | FragmentsFrame): void {
    this.#damage(`${nameOf(frame.element)} holds something that is no item at offset ${this.#at}.`);
    this.#leave(frame);
  }

  /** Goes on behind a damaged frame where its end is known; else nothing more can be read. */
  #leave(frame: Frame): void {
    if (this.#stack.length > 1 && !isOpenEnded(frame)) {
      this.#at = frame.end;
      return;
    }
    this.#closeAll();
  }

  #closeAll(): void {
    for (let open = this.#stack.at(-1); open; open = this.#stack.at(-1))
      this.#close(open, this.#at);
  }

  #reachEnd(frame: Frame): void {
    if (this.#stack.length > 1 && isOpenEnded(frame)) {
      const where = frame.kind === 'dataset' ? 'an item' : nameOf(frame.element);
      this.#damage(`The data ends inside ${where}: its delimitation is missing.`);
    }
    this.#close(frame, this.#at);
  }

  /** Ends the innermost frame, whose last byte, delimitation included, stands before `end`. */
  #close(frame: Frame, end: number): void {
    if (frame.kind === 'dataset') {
      if (frame.item) frame.item.end = end;
    } else {
      frame.element.length = this.#at - frame.element.valueStart;
      frame.element.end = end;
    }
    this.#stack.pop();
    this.#at = end;
  }

  #problem(text: string): void {
    if (this.#problems.length < MAX_PROBLEMS) this.#problems.push(text);
  }

  #damage(text: string): void {
    this.#isComplete = false;
    this.#problem(text);
  }
}

const nameOf = ({ tag, start }: Element): string => describeFoundTag(tag, start);

/** A length that no file has is made of other bytes, which no message repeats. */
const MAX_TOLD = 2 ** 28;
const countOf = (length: number): string => (length < MAX_TOLD ? String(length) : 'far more');

const isKnownSequence = (tag: TagNumber): boolean =>
  !isPrivate(tag) && dictionaryEntry(tag)?.vr === 'SQ';

function isOpenEnded(frame: Frame): boolean {
  if (frame.kind === 'dataset') return frame.item?.undefinedLength ?? true;
  return frame.element.undefinedLength;
}
