import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import { concatBytes, encodeFileMeta } from '../../../shared/dicom/encode.ts';
import { textOf, type Dataset, type Element } from '../../../shared/dicom/dataset.ts';
import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import { readInstance, type ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import { formatTag } from '../../../shared/dicom/tag.ts';
import { isText } from '../../../shared/dicom/vr.ts';
import type { Decision } from './action.ts';
import type { DeidentifiedInstance } from './engine.ts';

/** A line of the table before → after. It holds original values and stays in the page. */
export interface Change {
  /** Depth in sequences, 0 at the top. */
  readonly depth: number;
  readonly tag: string;
  readonly name: string;
  readonly before: string | undefined;
  readonly after: string | undefined;
  readonly isChanged: boolean;
  /** The row of the profile's table that decided. */
  readonly reason: string;
}

/** Longest value that the table shows, in characters. */
const MAX_SHOWN = 120;

/** Sequences with more items than this are shown as far as here. */
const MAX_ITEMS = 3;

/** The first tag of pixel data in its forms; what follows isn't shown. */
const PIXEL_DATA_FORMS = 0x7fe00008;

/** Compares an instance with what became of it, element by element, in the order of the tags. */
export async function changesOf(
  instance: ParsedInstance,
  result: DeidentifiedInstance,
): Promise<Change[]> {
  const after = await readOutput(result);
  const changes: Change[] = [];
  compare(instance.dataset, after, 0, result.plan.decisions, changes);
  return changes;
}

/** Reads what was written, up to the pixel data: all before it is in memory. */
async function readOutput(result: DeidentifiedInstance): Promise<Dataset> {
  const firstRange = result.pieces.findIndex((piece) => !(piece instanceof Uint8Array));
  const inMemory = result.pieces.slice(0, firstRange === -1 ? undefined : firstRange);
  const head = inMemory.filter((piece) => piece instanceof Uint8Array);
  const bytes = concatBytes([encodeFileMeta(result), ...head]);
  const output = await readInstance(bufferSource(bytes), { stopBefore: PIXEL_DATA_FORMS });
  return output.dataset;
}

function compare(
  before: Dataset,
  after: Dataset | undefined,
  depth: number,
  decisions: ReadonlyMap<Element, Decision>,
  changes: Change[],
): void {
  const tags = new Set([...before.elements, ...(after?.elements ?? [])].map(({ tag }) => tag));
  for (const tag of [...tags].sort((a, b) => a - b)) {
    if (tag >= PIXEL_DATA_FORMS) continue;
    const old = before.get(tag);
    const now = after?.get(tag);
    const beforeText = old && show(old, before);
    const afterText = now && after && show(now, after);
    changes.push({
      depth,
      tag: formatTag(tag),
      name: dictionaryEntry(tag)?.name ?? (old?.tag === tag && tag & 0x10000 ? 'Private' : ''),
      before: beforeText,
      after: afterText,
      isChanged: beforeText !== afterText,
      reason: (old && decisions.get(old)?.reason) ?? 'Says what was done',
    });
    old?.items?.slice(0, MAX_ITEMS).forEach((item, i) => {
      const counterpart = now?.items?.[i]?.dataset;
      if (counterpart) compare(item.dataset, counterpart, depth + 1, decisions, changes);
    });
  }
}

function show(element: Element, dataset: Dataset): string {
  if (element.items) return element.items.length === 1 ? '1 item' : `${element.items.length} items`;
  if (!element.bytes) return `${element.length} bytes`;
  const vr = dictionaryEntry(element.tag)?.vr ?? element.vr;
  const text = isText(vr) ? textOf(element, dataset) : showBinary(element, dataset);
  return text.length > MAX_SHOWN ? `${text.slice(0, MAX_SHOWN)}…` : text;
}

function showBinary(element: Element, dataset: Dataset): string {
  if (element.length > 64) return `${element.length} bytes`;
  return dataset.numbers(element.tag).join('\\');
}
