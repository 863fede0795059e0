import { NEW_STORAGE_CLASSES } from './new-storage-classes.ts';
import { PRIVATE_STORAGE_CLASSES } from './private-storage-classes.ts';
import { RETIRED_STORAGE_CLASSES } from './retired-storage-classes.ts';
import { STORAGE_SOP_CLASSES } from './sop-classes.generated.ts';

/** A unique identifier in its canonical form, without padding (PS3.5 section 9). */
export type Uid = string & { readonly __brand: 'Uid' };

const UID_FORM = /^(0|[1-9]\d*)(\.(0|[1-9]\d*))+$/;

/** Longest UID in characters (PS3.5 section 9.1). */
export const MAX_UID_LENGTH = 64;

/** Whether a text has the form of PS3.5 section 9.1. */
export const isUid = (text: string): text is Uid =>
  text.length <= MAX_UID_LENGTH && UID_FORM.test(text);

/** No UID that the standard defines has a component of more than 4 figures, or more than 12 components (PS3.6 annex A). */
const STANDARD_FORM = /^1\.2\.840\.10008(\.(0|[1-9]\d{0,3})){1,8}$/;

/** UIDs that the standard itself defines; they identify nobody. What is only put behind its root is none of them. */
export const isStandardUid = (uid: string): boolean => STANDARD_FORM.test(uid);

/**
 * A UID derived from 128 bits, under the root for UUIDs (PS3.5 section B.2): "2.25." and the number in decimal.
 * `bytes` holds at least 16 bytes; the first 16 count.
 */
export function uuidDerivedUid(bytes: Uint8Array): Uid {
  let number = 0n;
  for (const byte of bytes.subarray(0, 16)) number = (number << 8n) | BigInt(byte);
  // A cast: the form holds by construction, 2.25. and at most 39 digits.
  return `2.25.${number}` as Uid;
}

const transferSyntax = (
  uid: string,
  name: string,
  encoding: {
    explicitVr?: boolean;
    littleEndian?: boolean;
    encapsulated?: boolean;
    deflated?: boolean;
  } = {},
) => ({
  uid: uid as Uid,
  name,
  explicitVr: encoding.explicitVr ?? true,
  littleEndian: encoding.littleEndian ?? true,
  encapsulated: encoding.encapsulated ?? false,
  deflated: encoding.deflated ?? false,
});

/** How a data set is encoded (PS3.5 annex A). */
export type TransferSyntax = ReturnType<typeof transferSyntax>;

const compressed = (suffix: string, name: string) =>
  transferSyntax(`1.2.840.10008.1.2.${suffix}`, name, { encapsulated: true });

export const ImplicitVrLittleEndian = transferSyntax(
  '1.2.840.10008.1.2',
  'Implicit VR Little Endian',
  {
    explicitVr: false,
  },
);
export const ExplicitVrLittleEndian = transferSyntax(
  '1.2.840.10008.1.2.1',
  'Explicit VR Little Endian',
);
export const ExplicitVrBigEndian = transferSyntax('1.2.840.10008.1.2.2', 'Explicit VR Big Endian', {
  littleEndian: false,
});
export const DeflatedExplicitVrLittleEndian = transferSyntax(
  '1.2.840.10008.1.2.1.99',
  'Deflated Explicit VR Little Endian',
  { deflated: true },
);

/** PS3.6 table A-1, the transfer syntaxes for data sets. */
export const TRANSFER_SYNTAXES: readonly TransferSyntax[] = [
  ImplicitVrLittleEndian,
  ExplicitVrLittleEndian,
  ExplicitVrBigEndian,
  DeflatedExplicitVrLittleEndian,
  compressed('1.98', 'Encapsulated Uncompressed Explicit VR Little Endian'),
  compressed('4.50', 'JPEG Baseline (Process 1)'),
  compressed('4.51', 'JPEG Extended (Process 2 and 4)'),
  compressed('4.57', 'JPEG Lossless (Process 14)'),
  compressed('4.70', 'JPEG Lossless (Process 14, Selection Value 1)'),
  compressed('4.80', 'JPEG-LS Lossless'),
  compressed('4.81', 'JPEG-LS Near-Lossless'),
  compressed('4.90', 'JPEG 2000 Lossless'),
  compressed('4.91', 'JPEG 2000'),
  compressed('4.92', 'JPEG 2000 Multi-component Lossless'),
  compressed('4.93', 'JPEG 2000 Multi-component'),
  compressed('4.100', 'MPEG2 Main Profile / Main Level'),
  compressed('4.101', 'MPEG2 Main Profile / High Level'),
  compressed('4.102', 'MPEG-4 AVC/H.264 High Profile'),
  compressed('4.103', 'MPEG-4 AVC/H.264 BD-compatible High Profile'),
  compressed('4.104', 'MPEG-4 AVC/H.264 High Profile for 2D Video'),
  compressed('4.105', 'MPEG-4 AVC/H.264 High Profile for 3D Video'),
  compressed('4.106', 'MPEG-4 AVC/H.264 Stereo High Profile'),
  compressed('4.107', 'HEVC/H.265 Main Profile'),
  compressed('4.108', 'HEVC/H.265 Main 10 Profile'),
  compressed('4.110', 'JPEG XL Lossless'),
  compressed('4.111', 'JPEG XL JPEG Recompression'),
  compressed('4.112', 'JPEG XL'),
  compressed('4.201', 'High-Throughput JPEG 2000 Lossless'),
  compressed('4.202', 'High-Throughput JPEG 2000 RPCL Lossless'),
  compressed('4.203', 'High-Throughput JPEG 2000'),
  compressed('5', 'RLE Lossless'),
  compressed('8.1', 'Deflated Image Frame Compression'),
];

const byUid = new Map<string, TransferSyntax>(TRANSFER_SYNTAXES.map((entry) => [entry.uid, entry]));

/**
 * A transfer syntax by its UID. One that isn't known is taken for an encapsulated one in Explicit VR Little Endian,
 * as PS3.5 section A.4 asks of all that came after the first three.
 */
export const transferSyntaxOf = (uid: string): TransferSyntax =>
  byUid.get(uid) ?? transferSyntax(uid, uid, { encapsulated: true });

/** Whether a transfer syntax is one of PS3.6 table A-1. */
export const isKnownTransferSyntax = (uid: string): boolean => byUid.has(uid);

const storageNames = new Map<string, string>([
  ...STORAGE_SOP_CLASSES,
  ...NEW_STORAGE_CLASSES,
  ...RETIRED_STORAGE_CLASSES,
  ...PRIVATE_STORAGE_CLASSES,
]);

/** The name of a storage SOP class, retired ones and those of Philips included; its UID where it isn't known. */
export const sopClassName = (uid: string): string => storageNames.get(uid) ?? uid;

/** Media Storage Directory (PS3.3 annex F): a DICOMDIR, which is never sent. */
export const MediaStorageDirectory = '1.2.840.10008.1.3.10' as Uid;

/**
 * Who wrote a file and who negotiates (PS3.7 annex D.3.3.2): derived from a UUID (PS3.5 section B.2), never to change.
 * The version name has at most 16 characters.
 */
export const IMPLEMENTATION_CLASS_UID = '2.25.139267443105925938478271060524061817264' as Uid;
export const IMPLEMENTATION_VERSION_NAME = 'GANTRY_0_1';
