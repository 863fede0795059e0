// Which storage contexts to propose for a C-GET: there are more classes and transfer syntaxes than fit into one association.
import { STORAGE_SOP_CLASSES } from '../../../shared/dicom/sop-classes.generated.ts';
import {
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
  MediaStorageDirectory,
  TRANSFER_SYNTAXES,
} from '../../../shared/dicom/uids.ts';
import type { StorageContext } from './get-scu.ts';
import { MAX_GET_CONTEXTS } from './get-scu.ts';
import { NEW_STORAGE_CLASSES } from '../../../shared/dicom/new-storage-classes.ts';
import { PRIVATE_STORAGE_CLASSES } from '../../../shared/dicom/private-storage-classes.ts';
import { RETIRED_STORAGE_CLASSES } from '../../../shared/dicom/retired-storage-classes.ts';

/** Families that few archives hold, by words in their names: they are left out first when there is no room. */
const RARE = new RegExp(
  [
    'Ophthalmic|Corneal|Intraocular|Lens|Keratometry|Refraction|Visual|Macular|Spectacle|Autorefraction|Stereometric',
    'Protocol|Inventory|Implant|Hanging|Palette|Intra-Oral|Microscop|Photoacoustic|Dermoscopic|Intravascular',
    'Electroencephalogram|Electromyogram|Electrooculogram|Respiratory|Body Position|Audio|Tractography|Annotation',
    'Physician Intent|Radiation Set|Radiation Record|Salvage|Arm|Robotic|Tomotherapeutic|Delivery|Preparation',
    'Patient Position|Enhanced RT|Enhanced Continuous RT|Surface Scan|Imaging Agent|Volume Rendering|Planar MPR',
  ].join('|'),
);

const IN_ORDER = [
  ...STORAGE_SOP_CLASSES.filter(([, name]) => !RARE.test(name)),
  ...PRIVATE_STORAGE_CLASSES,
  ...RETIRED_STORAGE_CLASSES,
  ...NEW_STORAGE_CLASSES,
  ...STORAGE_SOP_CLASSES.filter(([, name]) => RARE.test(name)),
]
  .map(([uid]) => uid)
  .filter((uid) => uid !== MediaStorageDirectory);

/** Between these nothing is lost or won: one context for all. */
const UNCOMPRESSED: readonly string[] = [
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
  ExplicitVrBigEndian,
].map(({ uid }) => uid);

/** Those that archives hold most come first: JPEG, JPEG 2000, RLE, JPEG-LS, video. */
const FREQUENT = ['4.70', '4.90', '4.50', '4.91', '5', '4.80', '4.51', '4.57', '4.81', '4.102'].map(
  (suffix) => `1.2.840.10008.1.2.${suffix}`,
);

const ALL_SYNTAXES = [
  ...new Set([...UNCOMPRESSED, ...FREQUENT, ...TRANSFER_SYNTAXES.map(({ uid }) => uid)]),
];

/** The uncompressed ones together, each other one alone. */
const APART = [
  UNCOMPRESSED,
  ...ALL_SYNTAXES.filter((uid) => !UNCOMPRESSED.includes(uid)).map((uid) => [uid]),
];

/** Kept for classes that are not expected: what the peer said of the study may not be all. */
const CONTEXTS_OF_OTHERS = 40;

/**
 * The storage contexts for a C-GET, MAX_GET_CONTEXTS at most. A peer chooses one transfer syntax of a context (PS3.8
 * section 7.1.1.13), before it knows what it will send: of a context with all of them it takes its favourite, and
 * converts. So the classes that are expected get a context for each transfer syntax, as many as there is room for,
 * the last with those that are left. Others follow with one context each: the standard's frequent ones, the private
 * ones, the retired ones, and the rare ones while there is room.
 * @param expected UIDs, such as SOP Classes in Study (0008,0062) of a query's match
 */
export function getContexts(expected: readonly string[] = []): StorageContext[] {
  const classes = [...new Set(expected)].slice(0, MAX_GET_CONTEXTS);
  const room = Math.max(classes.length, MAX_GET_CONTEXTS - CONTEXTS_OF_OTHERS);
  const each = Math.min(APART.length, Math.floor(room / Math.max(1, classes.length)));
  const groups = [...APART.slice(0, each - 1), APART.slice(each - 1).flat()];
  const contexts = classes.flatMap((sopClass) =>
    groups.map((transferSyntaxes) => ({ sopClass, transferSyntaxes })),
  );
  const others = IN_ORDER.filter((uid) => !classes.includes(uid)).map((sopClass) => ({
    sopClass,
    transferSyntaxes: ALL_SYNTAXES,
  }));
  return [...contexts, ...new Map(others.map((other) => [other.sopClass, other])).values()].slice(
    0,
    MAX_GET_CONTEXTS,
  );
}
