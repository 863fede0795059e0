import type { TagNumber } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import type { Vr } from '../../../shared/dicom/vr.ts';
import { hasForeignWord } from './coded-words.ts';
import { isFreeText } from './own-rules.ts';
import { seemsPersonal } from './text-patterns.ts';

/**
 * Text attributes that table E.1-1 doesn't name and that stay under *strict*, by the reason why nobody writes about a
 * person there. Each value is still held against the names and IDs of its header.
 */
const HARMLESS: readonly (readonly [reason: string, tags: readonly TagNumber[]])[] = [
  [
    'A term of a vocabulary',
    [
      Tag.CodeValue,
      Tag.ExtendedCodeValue,
      Tag.LongCodeValue,
      Tag.CodeMeaning,
      Tag.CodingSchemeDesignator,
      Tag.CodingSchemeVersion,
      Tag.CodingSchemeRegistry,
      Tag.CodingSchemeExternalID,
      Tag.CodingSchemeName,
      Tag.CodingSchemeResponsibleOrganization,
      Tag.MappingResourceName,
      Tag.MIMETypeOfEncapsulatedDocument,
      Tag.ListOfMIMETypes,
    ],
  ],
  [
    'Who made the equipment or software, and which kind it is',
    [
      Tag.Manufacturer,
      Tag.ManufacturerModelName,
      Tag.ManufacturerRelatedModelGroup,
      Tag.SecondaryCaptureDeviceManufacturer,
      Tag.SecondaryCaptureDeviceManufacturerModelName,
      Tag.SecondaryCaptureDeviceSoftwareVersions,
      Tag.SoftwareVersions,
      Tag.DetectorManufacturerName,
      Tag.DetectorManufacturerModelName,
      Tag.ReceiveCoilManufacturerName,
      Tag.TransmitCoilManufacturerName,
      Tag.ApplicationName,
      Tag.ApplicationVersion,
      Tag.ApplicationManufacturer,
      Tag.AlgorithmName,
      Tag.AlgorithmVersion,
      Tag.AlgorithmSource,
      Tag.SegmentAlgorithmName,
      Tag.ManufacturerModelVersion,
      Tag.EXIFVersion,
    ],
  ],
  [
    'How the equipment was set, in its own words',
    [
      Tag.SequenceName,
      Tag.PulseSequenceName,
      Tag.AcquisitionMode,
      Tag.DoseModeName,
      Tag.ImagedNucleus,
      Tag.TriggerSourceOrType,
      Tag.CardiacFramingType,
      Tag.PVCRejection,
      Tag.FilterType,
      Tag.TypeOfFilters,
      Tag.CollimatorGridName,
      Tag.ConvolutionKernel,
      Tag.ReceiveCoilName,
      Tag.TransmitCoilName,
      Tag.MultiCoilConfiguration,
      Tag.MultiCoilElementName,
      Tag.PlateType,
      Tag.PhosphorType,
      Tag.AcquisitionDeviceProcessingCode,
      Tag.TimeSource,
      Tag.OutputPower,
      Tag.TransducerData,
      Tag.ProcessingFunction,
      Tag.ImageFilter,
      Tag.DetectorMode,
      Tag.DetectorDescription,
      Tag.GridAbsorbingMaterial,
      Tag.GridSpacingMaterial,
      Tag.VideoImageFormatAcquired,
      Tag.DigitalImageFormatAcquired,
      Tag.ApplicableSafetyStandardDescription,
      Tag.ASLCrusherDescription,
      Tag.ASLBolusCutoffTechnique,
      Tag.EnergyWindowName,
      Tag.AttenuationCorrectionMethod,
      Tag.ScatterCorrectionMethod,
      Tag.ReconstructionMethod,
      Tag.DetectorLinesOfResponseUsed,
      Tag.RespiratorySignalSourceID,
      Tag.FluenceModeID,
    ],
  ],
  [
    'What was given for the images',
    [
      Tag.Radiopharmaceutical,
      Tag.RadiopharmaceuticalRoute,
      Tag.InterventionDrugName,
      Tag.ContrastBolusRoute,
    ],
  ],
  [
    'How the images are ordered, placed and shown',
    [
      Tag.StageName,
      Tag.ViewName,
      Tag.PositionReferenceIndicator,
      Tag.TargetPositionReferenceIndicator,
      Tag.StackID,
      Tag.DimensionIndexPrivateCreator,
      Tag.FunctionalGroupPrivateCreator,
      Tag.DimensionDescriptionLabel,
      Tag.RescaleType,
      Tag.WindowCenterWidthExplanation,
      Tag.LUTExplanation,
      Tag.LUTLabel,
      Tag.ModalityLUTType,
      Tag.OpticalPathIdentifier,
      Tag.ReferencedOpticalPathIdentifier,
      Tag.FontName,
      Tag.CSSFontName,
      Tag.FiducialIdentifier,
    ],
  ],
  ['What kind of animal', [Tag.PatientSpeciesDescription, Tag.PatientBreedDescription]],
];

const TERMS: ReadonlySet<TagNumber> = new Set(HARMLESS[0]?.[1]);

const REASONS: ReadonlyMap<TagNumber, string> = new Map(
  HARMLESS.flatMap(([reason, tags]) => tags.map((tag) => [tag, reason] as const)),
);

/** Whether an attribute that the table doesn't name goes under *strict*. */
export const isUnlistedText = (tag: TagNumber, vr: Vr): boolean =>
  isFreeText(vr) && !REASONS.has(tag);

/** Codes that are words of their users, not of the standard. */
const USERS_CODES: ReadonlySet<TagNumber> = new Set([
  Tag.ContentLabel,
  Tag.ModifiedImageID,
  Tag.TherapyDescription,
  Tag.DataBlockDescription,
  Tag.ExecutionStatusInfo,
  Tag.PrinterStatusInfo,
  Tag.SelectorCSValue,
]);

/** Whether a code that the table doesn't name goes under *strict*, whatever it says. */
export const isUsersCode = (tag: TagNumber): boolean => USERS_CODES.has(tag);

/** Terms of the standard have fewer figures: those of "ISO_14496_10" are the most. */
const NUMBER_IN_CODE = /\d{6}/;

/** Why a value that *strict* would keep looks as if it were about a person; of coded terms nobody says so. */
export function strictFinding(tag: TagNumber, vr: Vr, text: string): string | undefined {
  // The terms of character sets are known one by one (PS3.3 C.12.1.1.2).
  if (tag === Tag.SpecificCharacterSet) return undefined;
  if (vr === 'CS') {
    if (NUMBER_IN_CODE.test(text)) return 'has a number that no code has';
    return hasForeignWord(text) ? 'has a word that no vocabulary of images has' : undefined;
  }
  if (!isFreeText(vr) || TERMS.has(tag)) return undefined;
  return seemsPersonal(text) ? 'looks as if it were about a person' : undefined;
}
