// Command sets: PS3.7 section 6.3 and annex E, always Implicit VR Little Endian.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part07.html#chapter_E
import { protocolViolation } from '../dimse-error.ts';

type Kind = 'uid' | 'text' | 'ushort' | 'tags';

/** PS3.7 table E.1-1: element number in group 0000, and how the value is written. */
const ELEMENTS = {
  AffectedSOPClassUID: [0x0002, 'uid'],
  RequestedSOPClassUID: [0x0003, 'uid'],
  CommandField: [0x0100, 'ushort'],
  MessageID: [0x0110, 'ushort'],
  MessageIDBeingRespondedTo: [0x0120, 'ushort'],
  MoveDestination: [0x0600, 'text'],
  Priority: [0x0700, 'ushort'],
  CommandDataSetType: [0x0800, 'ushort'],
  Status: [0x0900, 'ushort'],
  OffendingElement: [0x0901, 'tags'],
  ErrorComment: [0x0902, 'text'],
  ErrorID: [0x0903, 'ushort'],
  AffectedSOPInstanceUID: [0x1000, 'uid'],
  RequestedSOPInstanceUID: [0x1001, 'uid'],
  EventTypeID: [0x1002, 'ushort'],
  AttributeIdentifierList: [0x1005, 'tags'],
  ActionTypeID: [0x1008, 'ushort'],
  NumberOfRemainingSuboperations: [0x1020, 'ushort'],
  NumberOfCompletedSuboperations: [0x1021, 'ushort'],
  NumberOfFailedSuboperations: [0x1022, 'ushort'],
  NumberOfWarningSuboperations: [0x1023, 'ushort'],
  MoveOriginatorApplicationEntityTitle: [0x1030, 'text'],
  MoveOriginatorMessageID: [0x1031, 'ushort'],
} as const satisfies Record<string, readonly [number, Kind]>;

export type CommandKeyword = keyof typeof ELEMENTS;

/** Tags are numbers: group × 65536 + element. */
interface ValueOfKind {
  uid: string;
  text: string;
  ushort: number;
  tags: readonly number[];
}

/** The elements of a command by their PS3.7 keywords. The group length is written, and ignored when read. */
export type CommandSet = {
  readonly [Key in CommandKeyword]?: ValueOfKind[(typeof ELEMENTS)[Key][1]];
};

/** PS3.7 table E.1-1, Command Data Set Type: this value says that there is none, any other that there is one. */
export const NO_DATA_SET = 0x0101;
export const DATA_SET_FOLLOWS = 0x0001;

/** Real commands have less than 1,000 bytes; a C-GET with a long Attribute Identifier List some more. */
export const MAX_COMMAND_LENGTH = 64 * 1024;

const ELEMENT_HEADER_LENGTH = 8;
const GROUP_LENGTH_ELEMENT_LENGTH = ELEMENT_HEADER_LENGTH + 4;
const BY_ELEMENT = new Map(
  Object.entries(ELEMENTS).map(([keyword, [element, kind]]) => [
    element as number,
    { keyword, kind },
  ]),
);

/** Writes the elements that have a value in ascending order, behind the group length (0000,0000). */
export function encodeCommandSet(command: CommandSet): Uint8Array {
  const parts: { element: number; value: Uint8Array }[] = [];
  for (const [keyword, [element, kind]] of Object.entries(ELEMENTS)) {
    const value = command[keyword as CommandKeyword];
    if (value !== undefined) parts.push({ element, value: encodeValue(kind, value) });
  }
  const length = parts.reduce((sum, part) => sum + ELEMENT_HEADER_LENGTH + part.value.length, 0);
  const bytes = new Uint8Array(GROUP_LENGTH_ELEMENT_LENGTH + length);
  const view = new DataView(bytes.buffer);
  view.setUint32(4, 4, true);
  view.setUint32(ELEMENT_HEADER_LENGTH, length, true);
  let at = GROUP_LENGTH_ELEMENT_LENGTH;
  for (const { element, value } of parts) {
    view.setUint16(at + 2, element, true);
    view.setUint32(at + 4, value.length, true);
    bytes.set(value, at + ELEMENT_HEADER_LENGTH);
    at += ELEMENT_HEADER_LENGTH + value.length;
  }
  return bytes;
}

/**
 * Reads a command set; any order, wrong group lengths, padded values and unknown elements are accepted.
 * @throws DimseError protocol-violation
 */
export function decodeCommandSet(bytes: Uint8Array): CommandSet {
  const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength);
  const command: Record<string, string | number | readonly number[]> = {};
  let at = 0;
  while (at < bytes.length) {
    if (at + ELEMENT_HEADER_LENGTH > bytes.length) throw protocolViolation('a command cut short');
    const group = view.getUint16(at, true);
    const element = view.getUint16(at + 2, true);
    const length = view.getUint32(at + 4, true);
    at += ELEMENT_HEADER_LENGTH;
    if (group !== 0) throw protocolViolation('an element in a command that is not of group 0000');
    if (length > bytes.length - at) throw protocolViolation('a command cut short');
    const known = BY_ELEMENT.get(element);
    if (known) {
      const value = decodeValue(known.kind, bytes.subarray(at, at + length), known.keyword);
      if (value !== undefined) command[known.keyword] = value;
    }
    at += length;
  }
  return command;
}

function encodeValue(kind: Kind, value: string | number | readonly number[]): Uint8Array {
  if (typeof value === 'string') {
    // PS3.5 section 6.2: UIDs are padded with NUL, other text with a space.
    const padding = kind === 'uid' ? '\0' : ' ';
    const even = value.length % 2 === 0 ? value : value + padding;
    return Uint8Array.from(even, (character) => character.charCodeAt(0) & 0xff);
  }
  const shorts = typeof value === 'number' ? [value] : value.flatMap((tag) => [tag >>> 16, tag]);
  return Uint8Array.from(shorts.flatMap((short) => [short & 0xff, (short >>> 8) & 0xff]));
}

/** An empty value is the same as a missing element. */
function decodeValue(kind: Kind, value: Uint8Array, keyword: string) {
  const view = new DataView(value.buffer, value.byteOffset, value.byteLength);
  if (value.length === 0) return undefined;
  switch (kind) {
    case 'uid':
    case 'text':
      return String.fromCharCode(...value)
        .replace(/^ +/, '')
        .replace(/[ \0]+$/, '');
    case 'ushort':
      if (value.length !== 2) throw protocolViolation(`${keyword} with ${value.length} bytes`);
      return view.getUint16(0, true);
    case 'tags': {
      if (value.length % 4 !== 0) throw protocolViolation(`${keyword} with ${value.length} bytes`);
      const tags: number[] = [];
      for (let at = 0; at < value.length; at += 4) {
        tags.push(view.getUint16(at, true) * 0x10000 + view.getUint16(at + 2, true));
      }
      return tags;
    }
  }
}
