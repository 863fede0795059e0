import { SAFE_PRIVATE_ATTRIBUTES } from './private-dictionary.generated.ts';
import type { Dataset } from './dataset.ts';
import { isPrivateCreator } from './dictionary.ts';
import { elementOf, groupOf, isPrivate, tagOf, type TagNumber } from './tag.ts';
import { isVr, type Vr } from './vr.ts';

/** A private element, as its creator means it. */
export interface PrivateEntry {
  readonly name: string;
  readonly vr: Vr;
  readonly vm: string;
  /** PS3.15 table E.3.10-1 lists it: it identifies nobody. */
  readonly isSafe: boolean;
}

/**
 * What conformance statements say of private elements and PS3.15 doesn't: group and element|creator|VR|VM|name. Those of
 * cmr42 (tables 4.2-5 and 8.1), of GEMINI TF (PET), and the velocity encoding of GE and Philips that cmr42 reads.
 */
const OF_VENDORS = `0019CC|GEMS_ACQU_01|SS|1|Velocity Encoding
0019E2|GEMS_ACQU_01|DS|1|Velocity Encode Scale
004330|GEMS_PARM_01|SS|1|Vas Collapse Flag
004332|GEMS_PARM_01|SS|1|Raw Data Type
20011A|Philips Imaging DD 001|FL|1-n|PC Velocity
705301|Philips PET Private Group|OB|1|Private
705302|Philips PET Private Group|OB|1|Private
705303|Philips PET Private Group|ST|1|Original Image File Name
705304|Philips PET Private Group|OB|1|File Data
705307|Philips PET Private Group|SQ|1|Acquisition File Sequence
70530F|Philips PET Private Group|UL|1|Segment Size
705310|Philips PET Private Group|US|1|Segment Number
705311|Philips PET Private Group|US|1|Number of Segments
705312|Philips PET Private Group|SQ|1|File Data Sequence`;

let entries: ReadonlyMap<string, PrivateEntry> | undefined;

function load(): ReadonlyMap<string, PrivateEntry> {
  if (entries) return entries;
  const made = new Map<string, PrivateEntry>();
  const add = (text: string, isSafe: boolean) => {
    for (const line of text.split('\n')) {
      const [tag = '', creator = '', vr = '', vm = '', ...name] = line.split('|');
      const entry = { name: name.join('|'), vr: isVr(vr) ? vr : ('UN' as const), vm, isSafe };
      made.set(`${tag}|${creator}`.toUpperCase(), entry);
    }
  };
  add(OF_VENDORS, false);
  add(SAFE_PRIVATE_ATTRIBUTES, true);
  entries = made;
  return made;
}

/** Who reserved the block that a private element stands in (PS3.5 section 7.8.1); undefined when nobody did. */
export function privateCreatorOf(tag: TagNumber, dataset: Dataset): string | undefined {
  if (!isPrivate(tag) || isPrivateCreator(tag)) return undefined;
  return dataset.string(tagOf(groupOf(tag), elementOf(tag) >>> 8));
}

/** What is known of a private element of a creator, whose name files write in capitals, too. */
export function privateEntry(tag: TagNumber, creator: string): PrivateEntry | undefined {
  const hex = (value: number, digits: number) => value.toString(16).padStart(digits, '0');
  const key = `${hex(groupOf(tag), 4)}${hex(tag & 0xff, 2)}|${creator.trim()}`;
  return load().get(key.toUpperCase());
}
