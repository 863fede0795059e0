import { binaryValues, textOf, type Dataset, type Element } from './dataset.ts';
import { dictionaryEntry, isPrivateCreator } from './dictionary.ts';
import { privateCreatorOf, privateEntry } from './private-dictionary.ts';
import { formatTag, isGroupLength, isPrivate, type TagNumber } from './tag.ts';
import { isText, type Vr } from './vr.ts';

/** A line of a data set shown as a tree: an element, or an item of a sequence. */
export interface TagRow {
  /** Tags and item numbers from the top, such as "00081140[0].00081150": the same in two instances of one kind. */
  readonly path: string;
  /** 0 at the top; an item is one deeper than its sequence, its elements one deeper than the item. */
  readonly depth: number;
  readonly kind: 'element' | 'item';
  readonly tag: TagNumber;
  /** "(0008,0060)"; of an item its number, from 1. */
  readonly label: string;
  readonly name: string;
  readonly keyword: string;
  /** Who reserved the block of a private element. */
  readonly creator: string | undefined;
  /** Empty for an item. */
  readonly vr: Vr | '';
  /** Bytes of the value. */
  readonly length: number;
  /** As a text for people, without line breaks; cut at `maxText`. */
  readonly value: string;
  /** Missing for an item. */
  readonly element: Element | undefined;
  readonly dataset: Dataset;
}

/** Longer values are cut: a row is a line. */
const MAX_TEXT = 400;
const SHOWN_BYTES = 32;

interface Frame {
  readonly dataset: Dataset;
  readonly prefix: string;
  readonly depth: number;
  next: number;
  /** Of a sequence whose items are under way. */
  items?: { readonly element: Element; readonly path: string; next: number };
}

/** The rows of a data set in its order, at every depth: sequences may nest deeper than the stack. */
export function* tagRows(dataset: Dataset, maxText = MAX_TEXT): Generator<TagRow, void, undefined> {
  const stack: Frame[] = [{ dataset, prefix: '', depth: 0, next: 0 }];
  for (let frame = stack.at(-1); frame; frame = stack.at(-1)) {
    const item = nextItem(frame);
    if (item) {
      yield item.row;
      stack.push(item.frame);
      continue;
    }
    const element = frame.dataset.elements[frame.next++];
    if (!element) {
      stack.pop();
      continue;
    }
    const path = frame.prefix + hexOf(element.tag);
    yield elementRow(element, frame, path, maxText);
    if (element.items) frame.items = { element, path, next: 0 };
  }
}

const hexOf = (tag: TagNumber): string => tag.toString(16).toUpperCase().padStart(8, '0');

function nextItem(frame: Frame): { row: TagRow; frame: Frame } | undefined {
  const { items } = frame;
  const item = items?.element.items?.[items.next];
  if (!items || !item) {
    delete frame.items;
    return undefined;
  }
  const number = items.next++;
  const path = `${items.path}[${number}]`;
  const row: TagRow = {
    path,
    depth: frame.depth + 1,
    kind: 'item',
    tag: items.element.tag,
    label: String(number + 1),
    name: 'Item',
    keyword: '',
    creator: undefined,
    vr: '',
    length: item.end - item.valueStart,
    value: '',
    element: undefined,
    dataset: item.dataset,
  };
  return {
    row,
    frame: { dataset: item.dataset, prefix: `${path}.`, depth: frame.depth + 2, next: 0 },
  };
}

function elementRow(element: Element, frame: Frame, path: string, maxText: number): TagRow {
  const { tag, vr, length } = element;
  const creator = privateCreatorOf(tag, frame.dataset);
  return {
    path,
    depth: frame.depth,
    kind: 'element',
    tag,
    label: formatTag(tag),
    name: nameOf(tag, creator),
    keyword: dictionaryEntry(tag)?.keyword ?? '',
    creator,
    vr,
    length,
    value: cut(valueText(meant(element, creator), frame.dataset), maxText),
    element,
    dataset: frame.dataset,
  };
}

/** A private element under UN is read by the VR that its creator means, where that is known. */
function meant(element: Element, creator: string | undefined): Element {
  if (element.vr !== 'UN' || creator === undefined || element.items) return element;
  const vr = privateEntry(element.tag, creator)?.vr;
  return vr && vr !== 'SQ' ? { ...element, vr } : element;
}

function nameOf(tag: TagNumber, creator: string | undefined): string {
  const entry = dictionaryEntry(tag);
  if (entry) return entry.name;
  if (isGroupLength(tag)) return 'Group Length';
  if (isPrivateCreator(tag)) return 'Private Creator';
  if (!isPrivate(tag)) return 'Not in the dictionary';
  const entryOfCreator = creator === undefined ? undefined : privateEntry(tag, creator);
  return entryOfCreator?.name ?? 'Private';
}

/** Lines of a text become one; what is cut off is said by an ellipsis. */
function cut(text: string, maxText: number): string {
  const line = text.replaceAll(/\s*[\r\n\f]+\s*/g, ' ⏎ ');
  return line.length > maxText ? `${line.slice(0, maxText)} …` : line;
}

/** An element's value as a text for people: text decoded, numbers by backslashes, bytes in hexadecimal. */
export function valueText(element: Element, dataset: Dataset): string {
  const { vr, bytes, length, items, fragments } = element;
  if (items) return countText(items.length, 'item');
  if (fragments) return `${countText(fragments.length, 'fragment')}, ${length} bytes`;
  if (length === 0) return '';
  if (!bytes) return `${length} bytes`;
  if (isText(vr)) return textOf(element, dataset);
  if (vr === 'AT') {
    return binaryValues(bytes, vr, dataset.littleEndian)
      .map((tag) => formatTag(Number(tag)))
      .join('\\');
  }
  if (vr === 'UN' && isPrintable(bytes)) return textOf(element, dataset);
  if (vr === 'UN' || vr.startsWith('O')) return hexText(bytes);
  return binaryValues(bytes, vr, dataset.littleEndian).map(numberText(vr)).join('\\');
}

/** Singles have seven figures or so; more are an artefact of the double. */
const numberText =
  (vr: Vr) =>
  (value: number | bigint): string =>
    vr === 'FL' && typeof value === 'number' ? String(Number(value.toPrecision(8))) : String(value);

/** Text under UN says more as a text; two letters may be a number all the same. */
const isPrintable = (bytes: Uint8Array): boolean =>
  bytes.some((byte) => byte > 0x20) &&
  bytes.every((byte, i) => (byte >= 0x20 && byte < 0x7f) || (byte === 0 && i === bytes.length - 1));

function hexText(bytes: Uint8Array<ArrayBuffer>): string {
  const shown = [...bytes.subarray(0, SHOWN_BYTES)].map((byte) =>
    byte.toString(16).padStart(2, '0'),
  );
  return shown.join(' ') + (bytes.length > SHOWN_BYTES ? ` … (${bytes.length} bytes)` : '');
}

const countText = (count: number, noun: string): string =>
  `${count} ${noun}${count === 1 ? '' : 's'}`;
