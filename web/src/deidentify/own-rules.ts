import { groupOf, type TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';

/**
 * What PS3.15 table E.1-1 doesn't name, but Gantry removes all the same: the table lists what objects of its day
 * were seen to hold. Each entry says why.
 */
const REMOVED: ReadonlyMap<TagNumber, string> = new Map([
  [Tag.PatientBirthDateInAlternativeCalendar, 'A date of birth'],
  [Tag.PatientDeathDateInAlternativeCalendar, 'A date of death'],
  [Tag.PlacerOrderNumberProcedure, 'An order number'],
  [Tag.FillerOrderNumberProcedure, 'An order number'],
  [Tag.PlacerOrderNumberImagingServiceRequestRetired, 'An order number'],
  [Tag.FillerOrderNumberImagingServiceRequestRetired, 'An order number'],
  [Tag.ReferenceToRecordedSound, 'Points to a recorded voice'],
  [Tag.NTPSourceAddress, 'An address in a network'],
  [Tag.StorageMediaFileSetID, 'Names a medium, often after its patient'],
  [Tag.OwnerID, 'Names a user'],
  [Tag.HangingProtocolCreator, 'A person’s name'],
  [Tag.RecordKey, 'The key of a record elsewhere'],
  [Tag.PriorRecordKey, 'The key of a record elsewhere'],
  [Tag.ObjectBinaryIdentifierTrial, 'An identifier of any form'],
  [Tag.ObjectDirectoryBinaryIdentifierTrial, 'An identifier of any form'],
  [Tag.EncryptedContent, 'Original values, encrypted'],
  [Tag.Signature, 'Signs the original values'],
  [Tag.MACParametersSequence, 'Of signatures, which are gone'],
  [Tag.HPGLDocument, 'A drawing with text'],
  [Tag.DetectorCalibrationData, 'Bytes of any form'],
  [Tag.CoefficientsSDVN, 'Retired, bytes of any form'],
  [Tag.CoefficientsSDHN, 'Retired, bytes of any form'],
  [Tag.CoefficientsSDDN, 'Retired, bytes of any form'],
  [Tag.SelectorOBValue, 'Bytes of any form'],
  [Tag.SelectorOWValue, 'Bytes of any form'],
  [Tag.SelectorUNValue, 'Bytes of any form'],
  [Tag.InteroperabilityVersion, 'Bytes of any form'],
  [Tag.DocumentAuthorIdentifierCodeSequenceTrial, 'A code for a person'],
  [Tag.DocumentingObserverIdentifierCodeSequenceTrial, 'A code for a person'],
  [Tag.DocumentingOrganizationIdentifierCodeSequenceTrial, 'A code for an institution'],
  [Tag.HangingProtocolUserIdentificationCodeSequence, 'A code for a person'],
  [Tag.DocumentIdentifierCodeSequenceTrial, 'An identifier of any form'],
  [Tag.IdentifierCodeSequenceTrial, 'An identifier of any form'],
  [Tag.LengthToEnd, 'A length that is no longer right'],
]);

/** Addresses that name a vocabulary, not a place where something of this patient lies. */
const PUBLIC_ADDRESSES: ReadonlySet<TagNumber> = new Set([Tag.CodingSchemeURL, Tag.URNCodeValue]);

const MOMENTS: ReadonlySet<Vr> = new Set(['DA', 'DT', 'TM']);

/** Commands, file meta information and directories of media stand below this group: none is part of an instance. */
const FIRST_GROUP = 0x0008;

/** Baggage and passengers (PS3.3, DICOS): nothing of it belongs to a patient's image. */
const SECURITY_GROUP = 0x4010;

/** Tests of materials (DICONDE): parts, welds and counts of detectors. */
const MATERIAL_GROUP = 0x0014;

/** Retired forms of pixel data, one for each of the groups 7Fxx. */
const isVariablePixelData = (group: number) => group >>> 8 === 0x7f && group !== 0x7fe0;

/** Whether a tag belongs to no data set of an instance, whatever the table says of it. */
export const isOutsideInstance = (tag: TagNumber): boolean => groupOf(tag) < FIRST_GROUP;

/** Why an attribute that the table doesn't name is removed, in words; undefined where it isn't. */
export function ownReasonToRemove(tag: TagNumber, vr: Vr): string | undefined {
  const group = groupOf(tag);
  if (group === SECURITY_GROUP) return 'About luggage and passengers';
  if (group === MATERIAL_GROUP) return 'About materials and components';
  if (isVariablePixelData(group)) return 'Retired, bytes of any form';
  if (vr === 'PN') return 'A person’s name';
  if (vr === 'AE') return 'An address in a network';
  if (MOMENTS.has(vr)) return 'A date or time';
  if (vr === 'UR' && !PUBLIC_ADDRESSES.has(tag)) return 'An address of something elsewhere';
  return REMOVED.get(tag);
}

const FREE_TEXT: ReadonlySet<Vr> = new Set(['LO', 'LT', 'SH', 'ST', 'UC', 'UT']);

/** Text in which words can be taken out. */
export const isFreeText = (vr: Vr): boolean => FREE_TEXT.has(vr);

const PROSE: ReadonlySet<Vr> = new Set(['LT', 'ST', 'UT']);

/** Free text that may run to pages, under an attribute that the table doesn't name: nobody has looked at it. */
export const isProse = (vr: Vr): boolean => PROSE.has(vr);
