import type { ByteSource, Piece } from '../../../shared/dicom/byte-source.ts';
import { Dataset, type Element } from '../../../shared/dicom/dataset.ts';
import {
  concatBytes,
  encodeDataset,
  encodeValue,
  itemHeader,
} from '../../../shared/dicom/encode.ts';
import type { ParsedInstance } from '../../../shared/dicom/read-instance.ts';
import {
  materialise,
  spliceDataset,
  type Decide,
  type NewElement,
} from '../../../shared/dicom/splice.ts';
import { ITEM } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import {
  ExplicitVrLittleEndian,
  isStandardUid,
  transferSyntaxOf,
} from '../../../shared/dicom/uids.ts';
import { checkOutput } from './check.ts';
import { dummyValue } from './dummy-value.ts';
import { IdentityTokens } from './identity-tokens.ts';
import { splicePixelData } from './offset-table.ts';
import { PIXEL_DATA, planDataset, uidsOf, vrOf, type Plan } from './plan.ts';
import { PROFILE_EDITION } from './profile-table.generated.ts';
import type { Pseudonyms } from './pseudonym.ts';
import { reasonToWithhold } from './withhold.ts';

/** A de-identified instance. Its pieces refer to ranges of `source`, the inflated one for a deflated file. */
export interface DeidentifiedInstance {
  readonly kind: 'deidentified';
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
  readonly transferSyntaxUid: string;
  /** The data set, without file meta information. */
  readonly pieces: readonly Piece[];
  readonly source: ByteSource;
  readonly plan: Plan;
}

export interface WithheldInstance {
  readonly kind: 'withheld';
  /** In words for a person; names tags, never values. */
  readonly reason: string;
}

/** Kept ranges up to this many bytes go into the new header; longer ones stream from the source: 64 KiB. */
const MAX_HEADER_RANGE = 64 * 1024;

/** Everything before the pixel data is read into memory for the check, up to this many bytes: 64 MiB. */
const MAX_CHECKED_RANGE = 64 * 1024 * 1024;

/**
 * De-identifies an instance under the Basic Application Level Confidentiality Profile (PS3.15 annex E, edition
 * 2026d). Only what the profile changes is written anew; what comes out has been read again by another reader.
 * Rejects only when the source can't be read.
 */
export async function deidentify(
  instance: ParsedInstance,
  pseudonyms: Pseudonyms,
): Promise<DeidentifiedInstance | WithheldInstance> {
  const reason = reasonToWithhold(instance);
  if (reason !== undefined) return { kind: 'withheld', reason };
  const { dataset, source } = instance;
  const tokens = new IdentityTokens(dataset);
  const plan = planDataset(dataset, tokens);
  const mapped = await mapUids(plan.uids, pseudonyms);
  const pseudonym = await pseudonyms.patient({
    id: dataset.text(Tag.PatientID)?.trim() ?? '',
    issuer: dataset.text(Tag.IssuerOfPatientID)?.trim() ?? '',
    name: dataset.text(Tag.PatientName)?.trim() ?? '',
    studyInstanceUid: dataset.text(Tag.StudyInstanceUID) ?? '',
  });
  const decideEdit = editsOf(plan, mapped, pseudonym);

  const { head, pixels, tail } = splitAtPixelData(dataset);
  const headPieces = await materialise(
    spliceDataset(head, decideEdit, newElements(dataset, pseudonym)),
    source,
    MAX_CHECKED_RANGE,
  );
  const tailPieces = await materialise(
    spliceDataset(tail, withoutAdded(decideEdit)),
    source,
    MAX_CHECKED_RANGE,
  );
  const pixelPieces = await materialise(
    await splicePixelData(pixels, decideEdit, source),
    source,
    MAX_HEADER_RANGE,
  );

  const named = transferSyntaxOf(instance.transferSyntaxUid);
  const syntax = named.deflated ? ExplicitVrLittleEndian : named;
  const sopClassUid = dataset.string(Tag.SOPClassUID) ?? '';
  const sopInstanceUid = mapped.get(dataset.string(Tag.SOPInstanceUID) ?? '') ?? '';
  const problem = checkOutput({
    head: inMemory(headPieces),
    tail: inMemory(tailPieces),
    meta: { sopClassUid, sopInstanceUid, transferSyntaxUid: syntax.uid },
    encoding: dataset,
    pseudonym,
    mappedUids: new Set(mapped.values()),
    originalUids: new Set([...plan.uids].filter((uid) => uid !== '' && !isStandardUid(uid))),
    tokens,
  });
  if (problem !== undefined) return { kind: 'withheld', reason: problem };
  return {
    kind: 'deidentified',
    sopClassUid,
    sopInstanceUid,
    transferSyntaxUid: syntax.uid,
    pieces: [...headPieces, ...pixelPieces, ...tailPieces],
    source,
    plan,
  };
}

async function mapUids(
  uids: ReadonlySet<string>,
  pseudonyms: Pseudonyms,
): Promise<ReadonlyMap<string, string>> {
  const originals = [...uids];
  const replacements = await Promise.all(originals.map((uid) => pseudonyms.uid(uid)));
  return new Map(originals.map((uid, i) => [uid, replacements[i] ?? '']));
}

function editsOf(plan: Plan, mapped: ReadonlyMap<string, string>, pseudonym: string): Decide {
  return (element, dataset) => {
    const action = plan.decisions.get(element)?.action ?? 'remove';
    switch (action) {
      case 'keep':
        return { kind: 'keep' };
      case 'remove':
        return { kind: 'remove' };
      case 'empty':
        return { kind: 'replace', value: new Uint8Array() };
      case 'dummy':
        return { kind: 'replace', value: dummyValue(vrOf(element), dataset) };
      case 'pseudonym':
        return { kind: 'replace', value: encodeValue('LO', pseudonym, true) };
      case 'map-uids': {
        const uids = uidsOf(element, dataset).map((uid) => mapped.get(uid) ?? '');
        return { kind: 'replace', value: encodeValue('UI', uids, true) };
      }
      case 'enter':
        return { kind: 'enter' };
    }
  };
}

/** Pixel data, and the tables that say where its frames begin: dicom-parser doesn't know their VR. */
const PIXEL_DATA_GROUP: ReadonlySet<number> = new Set([
  ...PIXEL_DATA,
  Tag.ExtendedOffsetTable,
  Tag.ExtendedOffsetTableLengths,
  Tag.EncapsulatedPixelDataValueTotalLength,
]);

/** Name and ID behind the pixel data, out of order: they stand in front already. */
const withoutAdded =
  (decideEdit: Decide): Decide =>
  (element, dataset, depth) =>
    depth === 0 && (element.tag === Tag.PatientName || element.tag === Tag.PatientID)
      ? { kind: 'remove' }
      : decideEdit(element, dataset, depth);

/** A part of a data set that keeps its encoding and the character set of the whole. */
const part = (dataset: Dataset, elements: readonly Element[]) =>
  new Dataset(elements, dataset, dataset);

function splitAtPixelData(dataset: Dataset) {
  const at = dataset.elements.findIndex(({ tag }) => PIXEL_DATA_GROUP.has(tag));
  const from = at === -1 ? dataset.elements.length : at;
  const behind = dataset.elements.slice(from).findIndex(({ tag }) => !PIXEL_DATA_GROUP.has(tag));
  const to = behind === -1 ? dataset.elements.length : from + behind;
  return {
    head: part(dataset, dataset.elements.slice(0, from)),
    pixels: part(dataset, dataset.elements.slice(from, to)),
    tail: part(dataset, dataset.elements.slice(to)),
  };
}

function inMemory(pieces: readonly Piece[]): Uint8Array<ArrayBuffer> | undefined {
  const bytes = pieces.filter((piece) => piece instanceof Uint8Array);
  return bytes.length === pieces.length ? concatBytes(bytes) : undefined;
}

/** What PS3.15 section E.1 and PS3.3 C.7.1.1, C.12.1 ask to be said of a de-identified data set. */
function newElements(dataset: Dataset, pseudonym: string): NewElement[] {
  const code = encodeDataset(
    {
      [Tag.CodeValue]: '113100',
      [Tag.CodingSchemeDesignator]: 'DCM',
      [Tag.CodeMeaning]: 'Basic Application Confidentiality Profile',
    },
    dataset,
  );
  const item = concatBytes([itemHeader(ITEM, code.byteLength, dataset.littleEndian), code]);
  const text = (value: string) => encodeValue('LO', value, true);
  return [
    { tag: Tag.PatientName, vr: 'PN', value: text(pseudonym) },
    { tag: Tag.PatientID, vr: 'LO', value: text(pseudonym) },
    { tag: Tag.PatientIdentityRemoved, vr: 'CS', value: text('YES') },
    {
      tag: Tag.DeidentificationMethod,
      vr: 'LO',
      value: text(`Gantry: PS3.15 ${PROFILE_EDITION} Basic Profile`),
    },
    { tag: Tag.DeidentificationMethodCodeSequence, vr: 'SQ', value: item },
    { tag: Tag.LongitudinalTemporalInformationModified, vr: 'CS', value: text('REMOVED') },
  ];
}
