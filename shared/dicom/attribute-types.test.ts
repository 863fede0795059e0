import { describe, expect, it } from 'vitest';
import { attributeType } from './attribute-types.ts';
import * as Tag from './tags.generated.ts';

const CT = '1.2.840.10008.5.1.4.1.1.2';
const MR = '1.2.840.10008.5.1.4.1.1.4';

describe('The type of an attribute', () => {
  it('is that of PS3.3 for the object', () => {
    expect(attributeType(CT, [Tag.PatientName])).toBe('2');
    expect(attributeType(CT, [Tag.StudyInstanceUID])).toBe('1');
    expect(attributeType(CT, [Tag.ImageType])).toBe('1');
    expect(attributeType(CT, [Tag.Manufacturer])).toBe('2');
    expect(attributeType(CT, [Tag.StationName])).toBe('3');
    expect(attributeType(CT, [Tag.KVP])).toBe('2');
    expect(attributeType(MR, [Tag.KVP])).toBeUndefined();
    expect(attributeType(CT, [Tag.Laterality])).toBe('2C');
  });

  it('is found within sequences, through macros', () => {
    const { ReferencedStudySequence, ReferencedSOPInstanceUID, CodeValue } = Tag;
    expect(attributeType(CT, [ReferencedStudySequence])).toBe('3');
    expect(attributeType(CT, [ReferencedStudySequence, ReferencedSOPInstanceUID])).toBe('1');
    expect(attributeType(CT, [Tag.ProcedureCodeSequence, CodeValue])).toBe('1');
    expect(attributeType(CT, [CodeValue])).toBeUndefined();
  });

  it('is the strictest where several modules have it', () => {
    // Image Type is Type 3 in General Image, Type 1 in MR Image.
    expect(attributeType(MR, [Tag.ImageType])).toBe('1');
  });

  it('is unknown for what is newer than the table, private, or of no object', () => {
    expect(attributeType(CT, [Tag.LongitudinalTemporalInformationModified])).toBeUndefined();
    expect(attributeType(CT, [0x00091001])).toBeUndefined();
    expect(attributeType('1.2.3', [Tag.PatientName])).toBeUndefined();
  });
});
