import type { Dataset, Element } from '../../../shared/dicom/dataset.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import { tagRows } from '../../../shared/dicom/tag-rows.ts';
import { isPrivate } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { isText } from '../../../shared/dicom/vr.ts';
import { isRawData, isVideo } from './content.ts';
import { IdentityTokens } from './identity-tokens.ts';
import { readSound, type Sound } from './sound.ts';

/** A text of the content, as it would leave. */
export interface ContentLine {
  /** What it is about: its concept name, or its attribute. */
  readonly name: string;
  readonly text: string;
  /** It repeats a name or an ID of the header. */
  readonly isSuspect: boolean;
}

/** What a person is shown before an instance is released. */
export type ShownContent =
  | { readonly kind: 'text'; readonly lines: readonly ContentLine[] }
  | { readonly kind: 'pdf' | 'stl' | 'file'; readonly bytes: Uint8Array<ArrayBuffer> }
  | { readonly kind: 'sound'; readonly sound: Sound; readonly lines: readonly ContentLine[] }
  /** Pictures and sound, as they lie in the file. */
  | { readonly kind: 'video'; readonly content: Blob };

/** What can't be shown can't be released. */
export class ContentError extends Error {
  override readonly name = 'ContentError';
}

/** Longest document that is shown: 64 MiB, as the check of what leaves holds no more. */
const MAX_DOCUMENT = 64 * 1024 * 1024;

/**
 * What of an instance would leave without having been cleaned.
 * @param open the file that it was read from: a video is too large to be read as a whole
 * @throws ContentError in words for a person
 */
export async function shownContent(
  instance: ParsedInstance,
  open: () => Promise<Blob>,
): Promise<ShownContent> {
  const { dataset, source } = instance;
  if (isVideo(instance.transferSyntaxUid)) {
    return { kind: 'video', content: videoIn(instance, await open()) };
  }
  if (isRawData(dataset)) return { kind: 'text', lines: await rawLines(instance) };
  const tokens = new IdentityTokens(dataset, () => false);
  const line = (name: string, text: string): ContentLine => ({
    name,
    text,
    isSuspect: tokens.foundIn(text),
  });
  const document = dataset.get(Tag.EncapsulatedDocument);
  if (document) {
    if (document.length > MAX_DOCUMENT) throw new ContentError('The document is too large.');
    const bytes = document.bytes ?? (await source.read(document.valueStart, document.length));
    const kind = kindOf(trimmed(bytes), dataset);
    return kind === 'text'
      ? { kind, lines: [line('', new TextDecoder().decode(trimmed(bytes)))] }
      : { kind, bytes };
  }
  const lines = [...textsOf(dataset)].map(({ name, text }) => line(name, text));
  const waveform = dataset.items(Tag.WaveformSequence)[0];
  const isSound = (dataset.string(Tag.SOPClassUID) ?? '').startsWith(AUDIO);
  if (!waveform || !isSound) return { kind: 'text', lines };
  const sound = await readSound(waveform, source);
  if (!sound) throw new ContentError('Its sound is encoded in a way that can not be played.');
  return { kind: 'sound', sound, lines };
}

/** One stream, in one fragment or in many (PS3.5 sections 8.2.5 to 8.2.9). */
function videoIn({ dataset, transferSyntaxUid }: ParsedInstance, file: Blob): Blob {
  const pixels = dataset.get(Tag.PixelData);
  if (!pixels) throw new ContentError('It holds no video.');
  const whole = { offset: pixels.valueStart, length: pixels.length };
  const parts = pixels.fragments?.slice(1) ?? [whole];
  const isMpeg2 = /\.10[01](\.|$)/.test(transferSyntaxUid);
  return new Blob(
    parts.map(({ offset, length }) => file.slice(offset, offset + length)),
    { type: isMpeg2 ? 'video/mpeg' : 'video/mp4' },
  );
}

/** Private values are searched so far for what is known of their patient: 1 MiB each. */
const MAX_SEARCHED = 2 ** 20;

/** Each private element: its text, or how long it is; and whether what is known of the patient stands in its bytes. */
async function rawLines({ dataset, source }: ParsedInstance): Promise<ContentLine[]> {
  const tokens = new IdentityTokens(dataset, () => false);
  const uids = [Tag.SOPInstanceUID, Tag.SeriesInstanceUID, Tag.StudyInstanceUID]
    .map((tag) => dataset.string(tag) ?? '')
    .filter((uid) => uid !== '');
  const lines: ContentLine[] = [];
  for (const { tag, kind, element, label, name, creator, vr, length, value } of tagRows(dataset)) {
    if (kind === 'item' || !element || element.items || !isPrivate(tag)) continue;
    const read = Math.min(length, MAX_SEARCHED);
    const bytes = element.bytes ?? (await source.read(element.valueStart, read));
    const found = readings(bytes);
    const isSuspect = found.some(
      (words) => tokens.foundInBytes(words) || uids.some((uid) => words.includes(uid)),
    );
    const isShown = vr !== '' && isText(vr);
    const rest = length > read ? `, the first ${read} of them searched` : '';
    lines.push({
      name: [label, creator, name].filter((part) => part !== undefined && part !== '').join(' '),
      text: isShown ? value : `${length} bytes that only its maker can read${rest}`,
      isSuspect,
    });
  }
  return lines;
}

/** Bytes as texts of one and of two bytes a character. */
const readings = (bytes: Uint8Array<ArrayBuffer>): string[] =>
  ['utf-8', 'iso-8859-1', 'utf-16le'].map((label) => new TextDecoder(label).decode(bytes));

/** Voice and general audio. */
const AUDIO = '1.2.840.10008.5.1.4.1.1.9.4.';

/** Texts that stay when an instance is released, in the order of the data set. */
function* textsOf(dataset: Dataset): Generator<{ name: string; text: string }> {
  for (const row of tagRows(dataset)) {
    if (row.tag !== Tag.TextValue && row.tag !== Tag.UnformattedTextValue) continue;
    if (row.kind === 'item' || row.element?.items) continue;
    if (!row.element?.bytes) throw new ContentError(`A text of ${row.length} bytes is too long.`);
    const concept = row.dataset.items(Tag.ConceptNameCodeSequence)[0]?.text(Tag.CodeMeaning);
    yield { name: concept ?? row.name, text: textIn(row.dataset, row.element) };
  }
}

const textIn = (dataset: Dataset, { tag }: Element): string => dataset.text(tag) ?? '';

/** A document of an odd length has a byte more (PS3.5 section 6.2). */
const trimmed = (bytes: Uint8Array): Uint8Array =>
  bytes.at(-1) === 0 ? bytes.subarray(0, -1) : bytes;

/** By its first bytes and its SOP class: the MIME type is a word of whoever wrote the file. */
function kindOf(bytes: Uint8Array, dataset: Dataset): 'pdf' | 'stl' | 'text' | 'file' {
  const start = String.fromCharCode(...bytes.subarray(0, 1024));
  if (start.includes('%PDF-')) return 'pdf';
  const isStl = dataset.string(Tag.SOPClassUID) === ENCAPSULATED_STL;
  if (isStl && !/^\s*solid\b[^]*\bfacet\b/.test(start)) return 'stl';
  // A text has neither NUL nor other controls: CDA, OBJ, MTL, STL in ASCII.
  // eslint-disable-next-line no-control-regex
  return /[\0-\x08\x0e-\x1f]/.test(start) ? 'file' : 'text';
}

const ENCAPSULATED_STL = '1.2.840.10008.5.1.4.1.1.104.3';
