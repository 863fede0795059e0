import type { TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { BASIC_PROFILE, type OwnRule, type Profile } from './profile.ts';

const EMPTY: OwnRule = { kind: 'empty' };
const REMOVE: OwnRule = { kind: 'remove' };

const all = (rule: OwnRule, tags: readonly TagNumber[]): (readonly [TagNumber, OwnRule])[] =>
  tags.map((tag) => [tag, rule]);

/**
 * cmr42, tables 8.1-1 and 8.1-2 of its conformance statement. It claims no profile of the standard: free text that the
 * tables don't name stays, and so do dates. Patient ID, which the statement empties, is a pseudonym here, so that
 * subjects stay apart; the fixed Content Date can't be read in the statement. UIDs that only refer are mapped too.
 */
const CMR_PROFILE: Profile = {
  ...BASIC_PROFILE,
  name: 'CMR',
  base: 'own-rules',
  isStrict: false,
  asksForBurnedIn: true,
  rules: new Map<TagNumber, OwnRule>([
    ...all(EMPTY, [
      Tag.InstanceCreatorUID,
      Tag.AccessionNumber,
      Tag.InstitutionName,
      Tag.InstitutionAddress,
      Tag.ReferringPhysicianName,
      Tag.ReferringPhysicianAddress,
      Tag.ReferringPhysicianTelephoneNumbers,
      Tag.StationName,
      Tag.StudyDescription,
      Tag.InstitutionalDepartmentName,
      Tag.PhysiciansOfRecord,
      Tag.PerformingPhysicianName,
      Tag.NameOfPhysiciansReadingStudy,
      Tag.OperatorsName,
      Tag.AdmittingDiagnosesDescription,
      Tag.DerivationDescription,
      Tag.PatientBirthDate,
      Tag.PatientBirthTime,
      Tag.PatientSex,
      Tag.OtherPatientIDs,
      Tag.OtherPatientNames,
      Tag.PatientAge,
      Tag.PatientSize,
      Tag.PatientWeight,
      Tag.EthnicGroup,
      Tag.Occupation,
      Tag.AdditionalPatientHistory,
      Tag.PatientComments,
      Tag.DeviceSerialNumber,
      Tag.ProtocolName,
      Tag.StudyID,
      Tag.ImageComments,
      Tag.RequestAttributesSequence,
      Tag.StorageMediaFileSetUID,
      Tag.StudyDate,
      Tag.SeriesDate,
      Tag.AcquisitionDate,
      Tag.StudyTime,
      Tag.SeriesTime,
      Tag.InstitutionCodeSequence,
      Tag.OperatorIdentificationSequence,
      Tag.PhysiciansOfRecordIdentificationSequence,
      Tag.PerformingPhysicianIdentificationSequence,
      Tag.PhysiciansReadingStudyIdentificationSequence,
      Tag.ReferringPhysicianIdentificationSequence,
      Tag.ReferencedPatientSequence,
      Tag.IssuerOfPatientID,
      Tag.OtherPatientIDsSequence,
      Tag.MedicalAlerts,
      Tag.ResponsiblePerson,
      Tag.ResponsibleOrganization,
      Tag.RequestingPhysician,
    ]),
    [Tag.SeriesDescription, { kind: 'value', value: 'Series Description' }],
    [Tag.ContentDate, { kind: 'value', value: '19000101' }],
  ]),
};

/**
 * Xcelera, table 198, with Patient ID under its own tag: the table prints that of another attribute. What a user chooses
 * there attribute by attribute (empty, fixed, as is, free) are rules of a profile of one's own; these are its defaults.
 */
const XCELERA_PROFILE: Profile = {
  ...BASIC_PROFILE,
  name: 'Xcelera',
  base: 'own-rules',
  isStrict: false,
  keepsPrivate: true,
  rules: new Map<TagNumber, OwnRule>([
    ...all(EMPTY, [
      Tag.PatientBirthDate,
      Tag.PatientSex,
      Tag.AccessionNumber,
      Tag.InstitutionName,
      Tag.ReferringPhysicianName,
      Tag.PerformingPhysicianName,
      Tag.StudyID,
      Tag.StationName,
      Tag.OperatorsName,
      // It is copied from the name of the institution, which is empty.
      Tag.IssuerOfPatientID,
    ]),
    ...all(REMOVE, [Tag.PatientAddress, Tag.CountryOfResidence, Tag.RegionOfResidence]),
  ]),
};

/** By the names that the command line and files know them by. */
export const KNOWN_PROFILES = {
  basic: BASIC_PROFILE,
  cmr: CMR_PROFILE,
  xcelera: XCELERA_PROFILE,
} as const satisfies Record<string, Profile>;
