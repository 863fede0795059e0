import { dictionaryEntry } from '../../../shared/dicom/dictionary.ts';
import type { TagNumber } from '../../../shared/dicom/tag.ts';
import type { PictureRule } from './burned-in-rules.ts';
import { optionEntry, type ProfileOption } from './options.ts';
import { ruleFor, type Rule } from './rules.ts';

/** What a profile of one's own does to an attribute, whatever table E.1-1 says of it. */
export type OwnRule =
  | {
      readonly kind: 'keep' | 'remove' | 'empty' | 'dummy' | 'clean' | 'shift' | 'map-uids';
      /** Where it isn't the profile that says so. */
      readonly reason?: string;
    }
  | { readonly kind: 'value'; readonly value: string };

/** How a subject is named: Patient's Name and Patient ID become the same. */
export type SubjectNaming =
  /** A prefix, and letters that only the key gives. */
  | { readonly kind: 'keyed'; readonly prefix: string }
  /** By what the key makes of Patient ID (`listedAs`), so that a kept list names nobody; who isn't listed is withheld. */
  | {
      readonly kind: 'listed';
      readonly subjects: ReadonlyMap<string, string>;
      /** Those that have several Patient IDs; absent from jobs that were kept before there were any. */
      readonly merged?: ReadonlySet<string>;
    };

/** What is done to instances before they leave. */
export interface Profile {
  /** Stands in reports. */
  readonly name: string;
  /** `basic`: PS3.15 annex E with its options. `own-rules`: what has no rule of its own stays, and no profile of the standard is claimed. */
  readonly base: 'basic' | 'own-rules';
  readonly options: ReadonlySet<ProfileOption>;
  /**
   * Text under attributes that table E.1-1 doesn't name goes, unless Gantry lists them as harmless; pictures in which text may
   * stand are looked at before they leave.
   */
  readonly isStrict: boolean;
  readonly rules: ReadonlyMap<TagNumber, OwnRule>;
  /** Private elements stay: with own rules alone, and of raw data that a person has released. */
  readonly keepsPrivate: boolean;
  /** Secondary Captures leave only where Burned In Annotation is NO. */
  readonly asksForBurnedIn: boolean;
  /** What the site knows of the pictures of its devices. */
  readonly pictureRules: readonly PictureRule[];
  readonly subject: SubjectNaming;
}

export const DEFAULT_PREFIX = 'ANON-';

export const BASIC_PROFILE: Profile = {
  name: 'Basic Profile',
  base: 'basic',
  options: new Set(),
  isStrict: true,
  rules: new Map(),
  keepsPrivate: false,
  asksForBurnedIn: false,
  pictureRules: [],
  subject: { kind: 'keyed', prefix: DEFAULT_PREFIX },
};

/** Whether an option lets an attribute stay as it is, or cleaned (PS3.15 section E.1.1, actions K and C). */
export interface OptionVerdict {
  readonly letter: 'K' | 'C';
  readonly option: ProfileOption;
}

/** Whether a rule leaves an attribute in its place, with a value or without. */
export const staysByRule = (rule: OwnRule | undefined): boolean =>
  rule !== undefined && rule.kind !== 'remove';

/** What the options of a profile say of a row of the table; where two do, the one that keeps less. */
export function optionVerdict(rule: Rule, { options }: Profile): OptionVerdict | undefined {
  let found: OptionVerdict | undefined;
  for (const option of options) {
    const letter = rule.options.get(optionEntry(option).column);
    if (letter === 'C') return { letter, option };
    if (letter === 'K') found ??= { letter, option };
  }
  return found;
}

/** Whether an option does something where no table is followed. */
export const actsUnderOwnRules = (option: ProfileOption): boolean =>
  option === 'retain-uids' || optionEntry(option).column === '';

/**
 * Whether a profile does at least what table E.1-1 says, so that its codes may be written: no rule of its own lets
 * stand what the table changes, unless an option lets it stand too.
 */
export const claimsBasicProfile = (profile: Profile): boolean =>
  profile.base === 'basic' && rulesThatKeepMore(profile).length === 0;

/** The attributes whose own rules let stand what table E.1-1 and the options chosen don't. */
export const rulesThatKeepMore = (profile: Profile): TagNumber[] =>
  [...profile.rules].filter(([tag, rule]) => letsStandMore(tag, rule, profile)).map(([tag]) => tag);

function letsStandMore(tag: TagNumber, rule: OwnRule, profile: Profile): boolean {
  // What a person has looked at and released is told in another way.
  if ('reason' in rule) return false;
  const row = ruleFor(tag);
  if (!row) return false;
  const verdict = optionVerdict(row, profile);
  switch (rule.kind) {
    case 'keep':
      // Who asks for safe private elements may know more of them than the standard lists.
      return verdict?.letter !== 'K' && verdict?.option !== 'retain-safe-private';
    case 'clean':
    case 'shift':
      return verdict === undefined;
    case 'map-uids':
      return (
        dictionaryEntry(tag)?.vr === 'SQ' && verdict === undefined && !row.action.includes('U')
      );
    default:
      return false;
  }
}
