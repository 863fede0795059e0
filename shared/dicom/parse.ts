import { Dataset, type Element, type Fragment, type Item } from './dataset.ts';
import { describeTag, dictionaryEntry, implicitVr } from './dictionary.ts';
import {
  isPrivate,
  ITEM,
  ITEM_DELIMITATION,
  SEQUENCE_DELIMITATION,
  tagOf,
  type TagNumber,
} from './tag.ts';
import { hasLongLength, isVr, type Vr } from './vr.ts';
import type { ByteWindow } from './byte-window.ts';

/** A request of the parser for bytes that its window lacks. */
export interface Need {
  readonly offset: number;
  readonly length: number;
}

export interface Encoding {
  readonly explicitVr: boolean;
  readonly littleEndian: boolean;
}

export interface ParseOptions extends Encoding {
  readonly start: number;
  /** One past the last byte of the data set. */
  readonly end: number;
  /** Values longer than this many bytes are skipped; their elements have no `bytes`. */
  readonly maxValueBytes: number;
  /** Stops before the first top-level element with this tag or a higher one. */
  readonly stopBefore?: TagNumber;
  /** Only elements of this group are read: for the file meta information. */
  readonly onlyGroup?: number;
}

export interface ParseResult {
  readonly dataset: Dataset;
  /** Where reading ended: one past the last element read. */
  readonly end: number;
  /** What was wrong, in words that name tags and numbers, never values. */
  readonly problems: readonly string[];
}

const UNDEFINED_LENGTH = 0xffffffff;

/** An open container: a data set, the items of a sequence, or encapsulated fragments. */
type Frame =
  | {
      kind: 'dataset';
      encoding: Encoding;
      end: number;
      elements: Element[];
      dataset: Dataset;
      item: Item | undefined;
    }
  | {
      kind: 'items';
      encoding: Encoding;
      end: number;
      element: Element;
      items: Item[];
      parent: Dataset;
    }
  | { kind: 'fragments'; end: number; element: Element; fragments: Fragment[] };

/**
 * Parses a data set, element by element, without recursion (sequences nest as deep as the bytes allow) and without
 * holding more than a window: it yields what it needs and goes on when the window has it.
 *
 * What is damaged ends the reading there: everything before is kept and `problems` says what is missing.
 */
export function* parseDataset(
  window: ByteWindow,
  options: ParseOptions,
): Generator<Need, ParseResult, void> {
  const problems: string[] = [];
  const elements: Element[] = [];
  const root = new Dataset(elements, options);
  const stack: Frame[] = [
    {
      kind: 'dataset',
      encoding: options,
      end: options.end,
      elements,
      dataset: root,
      item: undefined,
    },
  ];
  let at = options.start;

  for (;;) {
    const frame = stack[stack.length - 1];
    if (!frame) return { dataset: root, end: at, problems };

    if (at >= frame.end) {
      if (stack.length === 1) return { dataset: root, end: at, problems };
      if (isOpenEnded(frame) && at >= options.end) {
        problems.push(`The file ends inside ${describeFrame(frame)}: its delimitation is missing.`);
      }
      close(frame, at, at);
      stack.pop();
      continue;
    }

    if (frame.end - at < 8) {
      // Fewer bytes than any element header has: padding, or an element that was cut off.
      if (stack.length > 1 || frame.end < options.end || options.onlyGroup === undefined) {
        problems.push(`${frame.end - at} bytes at offset ${at} are too few for an element.`);
      }
      if (stack.length === 1) return { dataset: root, end: at, problems };
      at = frame.end;
      continue;
    }
    const headerLength = Math.min(12, options.end - at);
    if (!window.has(at, headerLength)) yield { offset: at, length: headerLength };

    const littleEndian = frame.kind === 'fragments' || frame.encoding.littleEndian;
    const tag = tagOf(window.uint16(at, littleEndian), window.uint16(at + 2, littleEndian));

    if (frame.kind !== 'dataset') {
      const length = window.uint32(at + 4, littleEndian);
      if (tag === SEQUENCE_DELIMITATION) {
        close(frame, at, at + 8);
        stack.pop();
        at += 8;
        continue;
      }
      if (tag !== ITEM) {
        problems.push(`${describeFrame(frame)} holds something that is no item at offset ${at}.`);
        // A sequence of defined length says where the next element stands; one without leaves nothing to go by.
        if (isOpenEnded(frame)) return abandon(stack, root, at, problems);
        close(frame, frame.end, frame.end);
        at = frame.end;
        stack.pop();
        continue;
      }
      if (frame.kind === 'fragments') {
        const offset = at + 8;
        const left = frame.end - offset;
        if (length > left) {
          problems.push(
            `A fragment of ${describeTag(frame.element.tag)} is cut off: ${left} of ${length} bytes are there.`,
          );
        }
        frame.fragments.push({ offset, length: Math.min(length, left) });
        at = offset + Math.min(length, left);
        continue;
      }
      const open = length === UNDEFINED_LENGTH;
      const itemEnd = open ? frame.end : at + 8 + length;
      if (itemEnd > frame.end) {
        problems.push(
          `An item of ${describeTag(frame.element.tag)} is longer than what encloses it.`,
        );
      }
      const itemElements: Element[] = [];
      const item: Item = {
        start: at,
        valueStart: at + 8,
        end: Math.min(itemEnd, frame.end),
        undefinedLength: open,
        dataset: new Dataset(itemElements, frame.encoding, frame.parent.characterSet),
      };
      frame.items.push(item);
      stack.push({
        kind: 'dataset',
        encoding: frame.encoding,
        end: item.end,
        elements: itemElements,
        dataset: item.dataset,
        item,
      });
      at += 8;
      continue;
    }

    if (tag === ITEM_DELIMITATION && frame.item) {
      frame.item.end = at + 8;
      stack.pop();
      at += 8;
      continue;
    }
    if (tag === SEQUENCE_DELIMITATION && frame.item) {
      // An item without its delimitation before the sequence's: close the item and look again.
      problems.push(`An item ends without its delimitation at offset ${at}.`);
      frame.item.end = at;
      stack.pop();
      continue;
    }
    if (stack.length === 1) {
      if (options.stopBefore !== undefined && tag >= options.stopBefore) {
        return { dataset: root, end: at, problems };
      }
      if (options.onlyGroup !== undefined && tag >>> 16 !== options.onlyGroup) {
        return { dataset: root, end: at, problems };
      }
    }

    const header = elementHeader(window, at, tag, frame.encoding, frame.end);
    if (header.problem !== undefined) problems.push(header.problem);
    const { vr, valueStart } = header;
    const open = header.length === UNDEFINED_LENGTH;
    const left = frame.end - valueStart;
    if (left < 0 || (!open && header.length > left)) {
      problems.push(
        `${describeTag(tag)} is cut off: ${Math.max(0, left)} of ${header.length} bytes are there.`,
      );
      if (left < 0 || isOpenEnded(frame) || stack.length === 1) {
        return abandon(stack, root, at, problems);
      }
      at = frame.end;
      continue;
    }
    const length = open ? left : header.length;
    const element: Element = {
      tag,
      vr,
      start: at,
      valueStart,
      length,
      end: valueStart + length,
      undefinedLength: open,
      bytes: undefined,
      items: undefined,
      fragments: undefined,
    };
    frame.elements.push(element);

    const isSequence = vr === 'SQ' || (open && vr === 'UN') || (vr === 'UN' && knownSequence(tag));
    if (open && !isSequence) {
      element.fragments = [];
      stack.push({ kind: 'fragments', end: frame.end, element, fragments: element.fragments });
      at = valueStart;
    } else if (isSequence && length > 0) {
      // A sequence in UN is implicit VR little endian, whatever surrounds it (PS3.5 section 6.2.2).
      const encoding = vr === 'UN' ? { explicitVr: false, littleEndian: true } : frame.encoding;
      element.items = [];
      stack.push({
        kind: 'items',
        encoding,
        end: valueStart + length,
        element,
        items: element.items,
        parent: frame.dataset,
      });
      at = valueStart;
    } else {
      if (isSequence) element.items = [];
      if (length <= options.maxValueBytes) {
        if (!window.has(valueStart, length)) yield { offset: valueStart, length };
        element.bytes = window.slice(valueStart, length);
      }
      at = element.end;
    }
  }
}

const knownSequence = (tag: TagNumber): boolean =>
  !isPrivate(tag) && dictionaryEntry(tag)?.vr === 'SQ';

function isOpenEnded(frame: Frame): boolean {
  if (frame.kind === 'dataset') return frame.item?.undefinedLength ?? true;
  return frame.element.undefinedLength;
}

const describeFrame = (frame: Frame): string =>
  frame.kind === 'dataset' ? 'an item' : describeTag(frame.element.tag);

/** Ends a container: its value ends at `valueEnd`, the whole of it at `end`. */
function close(frame: Frame, valueEnd: number, end: number): void {
  if (frame.kind === 'dataset') {
    if (frame.item) frame.item.end = end;
    return;
  }
  frame.element.length = valueEnd - frame.element.valueStart;
  frame.element.end = end;
}

/** Nothing more can be read: every open container ends here. */
function abandon(stack: Frame[], root: Dataset, at: number, problems: string[]): ParseResult {
  for (const frame of stack) close(frame, at, at);
  return { dataset: root, end: at, problems };
}

interface ElementHeader {
  readonly vr: Vr;
  readonly length: number;
  readonly valueStart: number;
  readonly problem?: string;
}

function elementHeader(
  window: ByteWindow,
  at: number,
  tag: TagNumber,
  encoding: Encoding,
  end: number,
): ElementHeader {
  const { littleEndian } = encoding;
  if (!encoding.explicitVr) {
    return { vr: implicitVr(tag), length: window.uint32(at + 4, littleEndian), valueStart: at + 8 };
  }
  const text = String.fromCharCode(window.uint8(at + 4), window.uint8(at + 5));
  if (isVr(text)) {
    if (!hasLongLength(text)) {
      return { vr: text, length: window.uint16(at + 6, littleEndian), valueStart: at + 8 };
    }
    if (end - at < 12) return { vr: text, length: UNDEFINED_LENGTH - 1, valueStart: at + 12 };
    return { vr: text, length: window.uint32(at + 8, littleEndian), valueStart: at + 12 };
  }
  if (/^[A-Z]{2}$/.test(text) && end - at >= 12) {
    // A VR that is newer than this program has a 4-byte length (PS3.5 section 6.2).
    return {
      vr: 'UN',
      length: window.uint32(at + 8, littleEndian),
      valueStart: at + 12,
      problem: `${describeTag(tag)} has an unknown value representation.`,
    };
  }
  // Some writers put implicit elements into explicit data sets: the length stands where the VR should be.
  return {
    vr: implicitVr(tag),
    length: window.uint32(at + 4, littleEndian),
    valueStart: at + 8,
    problem: `${describeTag(tag)} has no value representation although the transfer syntax asks for one.`,
  };
}
