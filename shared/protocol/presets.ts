// How five systems behave on the network, from their conformance statements, as settings that an AE or a peer may take
// over. Only numbers that the statements print are here: what they leave out stays as Gantry has it.
import {
  DeflatedExplicitVrLittleEndian,
  ExplicitVrBigEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
} from '../dicom/uids.ts';

/** Milliseconds; of the bridge's timers those that a statement names. */
interface PresetTimers {
  readonly connectMs?: number;
  readonly artimMs?: number;
  readonly associationReplyMs?: number;
  readonly dimseReplyMs?: number;
  readonly retrieveReplyMs?: number;
  readonly idleMs?: number;
  readonly progressMs?: number;
  readonly readMs?: number;
  readonly writeMs?: number;
}

/** SOP classes, by UID, and what they are taken in, in order of preference. */
export interface PresetClasses {
  readonly sopClasses: readonly string[];
  readonly transferSyntaxes: readonly string[];
}

export interface Preset {
  readonly title: string;
  /** As an SCP. */
  readonly accepts: {
    readonly storage: readonly PresetClasses[];
    /** Classes that aren't listed are taken too, in any transfer syntax. */
    readonly acceptOtherClasses: boolean;
    readonly verification: readonly string[];
    readonly acceptAnyCalledAeTitle: boolean;
    /** What happens to an instance whose UID is there already. */
    readonly duplicates?: 'replace' | 'keep';
    /** An image that lacks what describes its pixels, or the pixels, is refused. */
    readonly requireImageAttributes?: boolean;
    /** What is answered to queries. */
    readonly query?: {
      readonly maxMatches?: number;
      readonly unknownMatches?: 'never' | 'wildcards' | 'always';
    };
    readonly maxAssociations?: number;
    readonly maxWaiting?: number;
    readonly maxPduLength?: number;
    readonly timers: PresetTimers;
  };
  /** As an SCU; missing where the system calls nobody. */
  readonly calls?: {
    /** What is proposed for storage, in order. */
    readonly transferSyntaxes: readonly string[];
    /** Transfers to one peer side by side. */
    readonly maxAssociations?: number;
    readonly maxInstancesPerAssociation?: number;
    readonly maxPduLength?: number;
    readonly timers: PresetTimers;
  };
}

const SECOND = 1000;
const MINUTE = 60 * SECOND;
const KIB = 1024;

const ILE = ImplicitVrLittleEndian.uid;
const ELE = ExplicitVrLittleEndian.uid;
const EBE = ExplicitVrBigEndian.uid;
/** JPEG Baseline, Extended (8 and 12 bit) and Lossless, RLE. */
const JBL = '1.2.840.10008.1.2.4.50';
const JEX = '1.2.840.10008.1.2.4.51';
const JLL = '1.2.840.10008.1.2.4.70';
const RLE = '1.2.840.10008.1.2.5';

const STORAGE = '1.2.840.10008.5.1.4.1.1';
const PHILIPS = '1.3.46.670589';

/** UIDs by what stands behind a root, with spaces between them. */
const below = (root: string, ends: string): string[] =>
  ends.split(' ').map((end) => `${root}.${end}`);

/** Table 1; table 2 leaves PET (128) out. */
const LGP_CLASSES = below(STORAGE, '2 4 7 12.1 128');

/** Table 4.2-1, without Verification. */
const CMR_CLASSES = below(STORAGE, '1 1.1 1.1.1 2 2.1 3.1 4 4.1 6.1 7 7.1 7.2 7.3 7.4 12.1 20 128');

/** Table 31, with the two of Digital X-Ray and Key Object Selection as in table 4. */
const GEM_CLASSES = below(
  STORAGE,
  '1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 2 4 7 7.2 7.4 9.1.2 11.1 12.1 12.2 20 66 88.59 104.1 ' +
    '128 481.1 481.3 481.5',
);

/** Table 58, uncompressed alone. */
const XCE_UNCOMPRESSED = [
  ...below(
    STORAGE,
    '1 1.1 1.1.1 1.2 1.2.1 1.3 1.3.1 2 4 8 9 9.1.2 10 11 11.1 12.2 20 66 88.3 88.11 88.22 ' +
      '88.33 88.67 104.1 128 129 481.1 481.2 481.3 481.5',
  ),
  ...below(
    PHILIPS,
    '2.3.1.1 2.4.1.1 2.5.1.1 5.0.1.1 5.0.2.1 5.0.3.1 5.0.8.1 5.0.9 5.0.10 5.0.11.1 5.0.12 ' +
      '5.0.13 5.0.14',
  ),
  '1.2.840.10008.5.1.1.29',
  '1.2.840.10008.5.1.1.30',
];

/** Table 58: angiography and Secondary Capture. */
const XCE_ANGIOGRAPHY = below(STORAGE, '7 12.1 12.3');

/** Table 58: ultrasound. */
const XCE_ULTRASOUND = below(STORAGE, '3 3.1 6 6.1');

/** Table 58: Multi-frame Secondary Capture. */
const XCE_MULTI_FRAME = below(STORAGE, '7.1 7.2 7.3 7.4');

/** Table 1. */
const RTS_CLASSES = below(STORAGE, '2 481.3 481.5');

export const PRESETS = {
  /** Leksell GammaPlan storage server: tables 1 to 3, sections "Number of Associations" and "Transfer syntax selection". */
  lgp: {
    title: 'LGP: Leksell GammaPlan storage server',
    accepts: {
      storage: [{ sopClasses: LGP_CLASSES, transferSyntaxes: [EBE, ELE, ILE] }],
      acceptOtherClasses: false,
      verification: [ILE, ELE, EBE],
      acceptAnyCalledAeTitle: false,
      maxAssociations: 5,
      timers: {},
    },
  },
  /** cmr42: tables 4.2-1, 4.2-5, 4.2-6, 4.2-8, 4.4-2 (accepts), 4.2-11, 4.2-13, 4.4-3 (calls). */
  cmr: {
    title: 'CMR: cmr42',
    accepts: {
      storage: [
        {
          sopClasses: CMR_CLASSES,
          transferSyntaxes: [
            ...[ILE, ELE, EBE, DeflatedExplicitVrLittleEndian.uid, RLE],
            ...[JBL, JEX, JLL],
          ],
        },
      ],
      acceptOtherClasses: false,
      verification: [ILE, ELE, EBE],
      acceptAnyCalledAeTitle: true,
      duplicates: 'keep',
      maxAssociations: 1,
      maxPduLength: 16384,
      timers: {
        artimMs: 60 * SECOND,
        dimseReplyMs: 60 * SECOND,
        idleMs: 60 * SECOND,
        progressMs: 60 * SECOND,
      },
    },
    calls: {
      transferSyntaxes: [JBL, JLL, ILE, ELE, EBE],
      maxAssociations: 1,
      maxInstancesPerAssociation: 20,
      maxPduLength: 16384,
      timers: {
        connectMs: 60 * SECOND,
        associationReplyMs: 60 * SECOND,
        dimseReplyMs: 60 * SECOND,
      },
    },
  },
  /**
   * GEMINI TF: tables 7, 31 (accepts), 16 (calls), 57 (both); section 4.2.1.3.2.3 for the idle association. Table 57 has 30
   * seconds for a release, which has no time of its own here, and ILE before ELE, where the text behind table 16 prefers ELE.
   */
  gem: {
    title: 'GEM: GEMINI TF',
    accepts: {
      storage: [{ sopClasses: GEM_CLASSES, transferSyntaxes: [ELE, ILE] }],
      acceptOtherClasses: false,
      verification: [ILE, ELE],
      acceptAnyCalledAeTitle: false,
      maxAssociations: 50,
      maxPduLength: 16352,
      timers: { artimMs: 5 * MINUTE, progressMs: 5 * MINUTE },
    },
    calls: {
      transferSyntaxes: [ELE, ILE],
      maxPduLength: 16352,
      timers: {
        artimMs: 5 * MINUTE,
        dimseReplyMs: 5 * MINUTE,
        idleMs: 120 * SECOND,
        progressMs: 5 * MINUTE,
      },
    },
  },
  /**
   * Xcelera: tables 58 (accepts), 166 (calls), 189 (both); sections 4.2.3, 4.2.5.4.2.3 (queries) and 4.2.7. What it imports has
   * no limit of associations (table 50); that of its queries is 5 in table 102, up to 10 in the text above it, and isn't taken
   * over: here one AE does both. Of the two times of Query/Retrieve the one for a response is a retrieve's here.
   */
  xce: {
    title: 'XCE: Xcelera',
    accepts: {
      storage: [
        { sopClasses: XCE_UNCOMPRESSED, transferSyntaxes: [ELE, EBE, ILE] },
        { sopClasses: XCE_ANGIOGRAPHY, transferSyntaxes: [ELE, EBE, ILE, JBL, JLL] },
        { sopClasses: XCE_ULTRASOUND, transferSyntaxes: [ELE, EBE, ILE, JBL, RLE, JLL] },
        { sopClasses: XCE_MULTI_FRAME, transferSyntaxes: [JBL, JLL, ELE, EBE, ILE] },
      ],
      acceptOtherClasses: true,
      verification: [EBE, ELE, ILE],
      acceptAnyCalledAeTitle: false,
      duplicates: 'replace',
      requireImageAttributes: true,
      query: { maxMatches: 1000, unknownMatches: 'wildcards' },
      maxPduLength: 28 * KIB,
      timers: { idleMs: 2 * MINUTE, progressMs: 60 * SECOND },
    },
    calls: {
      transferSyntaxes: [JBL, RLE, EBE, ELE, ILE, JLL],
      maxAssociations: 5,
      maxPduLength: 28 * KIB,
      timers: {
        connectMs: 60 * SECOND,
        dimseReplyMs: 60 * SECOND,
        retrieveReplyMs: 450 * SECOND,
        progressMs: 60 * SECOND,
      },
    },
  },
  /**
   * PrecisePLAN rtServer: tables 1 to 5, sections 3.1.1.2 and 3.1.3.1.5. Section 3.1.1.1 has PDUs begin at 2048 bytes, table
   * 5 at 4 KiB: the default is the same. Called titles are enforced only where calling ones are listed (table 5).
   */
  rts: {
    title: 'RTS: PrecisePLAN rtServer',
    accepts: {
      storage: [{ sopClasses: RTS_CLASSES, transferSyntaxes: [EBE, ELE, ILE] }],
      acceptOtherClasses: false,
      verification: [EBE, ELE, ILE],
      acceptAnyCalledAeTitle: true,
      maxAssociations: 1,
      maxWaiting: 5,
      maxPduLength: 16 * KIB,
      timers: { artimMs: 60 * SECOND, readMs: 45 * SECOND, writeMs: 15 * SECOND },
    },
  },
} as const satisfies Record<string, Preset>;

export type PresetName = keyof typeof PRESETS;

/** In the order in which a person chooses. A cast: the keys of an object that has no others. */
export const PRESET_NAMES = Object.keys(PRESETS) as [PresetName, ...PresetName[]];

export const presetOf = (name: PresetName): Preset => PRESETS[name];
