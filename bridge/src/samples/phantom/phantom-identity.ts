import type { Fields } from '../../../../shared/dicom/encode.ts';
import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { phantomUid } from './deterministic.ts';

/** Whose images these are, and of which study. Clearly nobody's. */
export interface PhantomIdentity {
  readonly patientName: string;
  readonly patientId: string;
  /** DA */
  readonly birthDate: string;
  readonly sex: 'F' | 'M' | 'O';
  readonly accessionNumber: string;
  /** DA */
  readonly studyDate: string;
  /** TM */
  readonly studyTime: string;
  readonly studyDescription: string;
}

const GIVEN_NAMES = ['ANNA', 'BORIS', 'CLARA', 'DAVID', 'EMMA', 'FELIX', 'GRETA', 'HUGO'] as const;

/** An identity for a seed: "PHANTOM^ANNA", "PHANTOM-0001". */
export function phantomIdentity(seed: number, studyDescription: string): PhantomIdentity {
  const two = (value: number) => String(value).padStart(2, '0');
  return {
    patientName: `PHANTOM^${GIVEN_NAMES[seed % GIVEN_NAMES.length] ?? 'NEMO'}`,
    patientId: `PHANTOM-${String(seed).padStart(4, '0')}`,
    birthDate: `${1940 + (seed % 60)}${two(1 + (seed % 12))}${two(1 + (seed % 28))}`,
    sex: seed % 2 === 0 ? 'F' : 'M',
    accessionNumber: `PH${String(seed).padStart(6, '0')}`,
    studyDate: `2026${two(1 + (seed % 11))}${two(1 + (seed % 27))}`,
    studyTime: `${two(8 + (seed % 9))}${two((seed * 7) % 60)}00`,
    studyDescription,
  };
}

/** A series of an identity's study. */
export interface PhantomSeries {
  readonly seed: number;
  readonly identity: PhantomIdentity;
  readonly modality: 'CT' | 'MR' | 'PT' | 'US' | 'XA';
  readonly seriesNumber: number;
  readonly seriesDescription: string;
  /** A defined term for a part that isn't one of a pair (PS3.16 annex L). */
  readonly bodyPart: string;
}

export const seriesUid = ({ seed, modality, seriesNumber }: PhantomSeries): string =>
  phantomUid(seed, `series ${modality} ${seriesNumber}`);

/** The modules of patient, study, series and equipment (PS3.3 C.7.1 to C.7.5), and of the SOP instance (C.12.1). */
export function commonModules(
  series: PhantomSeries,
  sopClassUid: string,
  instance: number,
): Fields {
  const { seed, identity, modality, seriesNumber } = series;
  return {
    [Tag.SpecificCharacterSet]: 'ISO_IR 192',
    [Tag.SOPClassUID]: sopClassUid,
    [Tag.SOPInstanceUID]: phantomUid(seed, `instance ${modality} ${seriesNumber} ${instance}`),
    [Tag.StudyDate]: identity.studyDate,
    [Tag.SeriesDate]: identity.studyDate,
    [Tag.AcquisitionDate]: identity.studyDate,
    [Tag.ContentDate]: identity.studyDate,
    [Tag.StudyTime]: identity.studyTime,
    [Tag.SeriesTime]: identity.studyTime,
    [Tag.AcquisitionTime]: identity.studyTime,
    [Tag.ContentTime]: identity.studyTime,
    [Tag.AccessionNumber]: identity.accessionNumber,
    [Tag.Modality]: modality,
    [Tag.Manufacturer]: 'Gantry phantom',
    [Tag.InstitutionName]: 'Phantom Hospital',
    [Tag.ReferringPhysicianName]: 'PHANTOM^DOCTOR',
    [Tag.StudyDescription]: identity.studyDescription,
    [Tag.SeriesDescription]: series.seriesDescription,
    [Tag.ManufacturerModelName]: `Phantom ${modality}`,
    [Tag.PatientName]: identity.patientName,
    [Tag.PatientID]: identity.patientId,
    [Tag.PatientBirthDate]: identity.birthDate,
    [Tag.PatientSex]: identity.sex,
    [Tag.BodyPartExamined]: series.bodyPart,
    [Tag.DeviceSerialNumber]: '0',
    [Tag.SoftwareVersions]: '1',
    [Tag.StudyInstanceUID]: phantomUid(seed, 'study'),
    [Tag.SeriesInstanceUID]: seriesUid(series),
    [Tag.StudyID]: String(seed),
    [Tag.SeriesNumber]: String(seriesNumber),
    [Tag.InstanceNumber]: String(instance),
  };
}
