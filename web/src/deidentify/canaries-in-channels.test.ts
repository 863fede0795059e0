import { deflateRawSync } from 'node:zlib';
import { describe, expect, it } from 'vitest';
import {
  concatBytes,
  elementHeader,
  encodeFileMeta,
  encodeDataset,
  itemHeader,
} from '../../../shared/dicom/encode.ts';
import { ascii, raw, rawSequence } from '../../../shared/dicom/testing/raw-element.ts';
import { ITEM, SEQUENCE_DELIMITATION } from '../../../shared/dicom/tag.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import {
  DeflatedExplicitVrLittleEndian,
  ExplicitVrLittleEndian,
  ImplicitVrLittleEndian,
  MediaStorageDirectory,
  transferSyntaxOf,
} from '../../../shared/dicom/uids.ts';
import type { ProfileOption } from './options.ts';
import { BASIC_PROFILE, type Profile } from './profile.ts';
import { Canaries } from './testing/canaries.ts';
import { INSTANCE_UID, instanceFile, SECONDARY_CAPTURE } from './testing/instance.ts';
import { send } from './testing/run.ts';

type Bytes = Uint8Array<ArrayBuffer>;

/** A profile of one text. */
function iccProfile(words: string): Bytes {
  const text = `text\0\0\0\0${words}\0\0\0\0`;
  const bytes = Buffer.alloc(144 + text.length);
  bytes.writeUInt32BE(bytes.length, 0);
  bytes.write('acsp', 36);
  bytes.writeUInt32BE(1, 128);
  bytes.write('cprt', 132);
  bytes.writeUInt32BE(144, 136);
  bytes.writeUInt32BE(text.length, 140);
  bytes.write(text, 144, 'latin1');
  return new Uint8Array(bytes);
}

const implicit = (tag: number, value: string) => raw(tag, 'UN', value, ImplicitVrLittleEndian);
const meta = (transferSyntaxUid: string) =>
  encodeFileMeta({
    sopClassUid: SECONDARY_CAPTURE,
    sopInstanceUid: INSTANCE_UID,
    transferSyntaxUid,
  });
const JPEG = transferSyntaxOf('1.2.840.10008.1.2.4.50');
/** SOS for one component. */
const SCAN = [0xff, 0xda, 0, 8, 1, 1, 0, 0, 63, 0];

const big = (canary: string) => canary.padEnd(70_000, 'x');
const utf16 = (text: string) => new Uint8Array(Buffer.from(text, 'utf16le'));

/** Places where a text can hide, each as a file. Those that may be withheld say so. */
const CHANNELS: Record<string, (canaries: Canaries) => Bytes> = {
  'an unknown even tag': (c) =>
    instanceFile({
      elements: [
        raw(0x00097777, 'LO', c.text()),
        raw(0x000877f0, 'LO', c.text()),
        raw(0x12345678, 'OB', c.text()),
      ],
    }),
  'UN with the content of an implicit sequence': (c) =>
    instanceFile({
      elements: [
        rawSequence(Tag.SourceImageSequence, [implicit(Tag.PatientBirthName, c.text())], {
          vr: 'UN',
          open: true,
        }),
        rawSequence(0x00111010, [implicit(Tag.PatientBirthName, c.text())], {
          vr: 'UN',
          open: true,
        }),
      ],
    }),
  'UN of defined length with the content of a sequence': (c) =>
    instanceFile({
      elements: [
        rawSequence(Tag.ReferencedImageSequence, [implicit(Tag.PatientBirthName, c.text())], {
          vr: 'UN',
        }),
      ],
    }),
  'attributes that are kept, encoded with another VR': (c) =>
    instanceFile({
      elements: [
        raw(Tag.PhotometricInterpretation, 'OB', `${c.text()}, which is a text`),
        raw(Tag.PixelSpacing, 'LO', c.text()),
        raw(Tag.WindowCenter, 'UN', c.text()),
        raw(Tag.BitsAllocated, 'LO', c.text()),
        raw(Tag.BitsStored, 'UN', c.text().repeat(3)),
        raw(Tag.HighBit, 'OB', c.text().repeat(3)),
        raw(Tag.PixelRepresentation, 'US', c.text()),
        raw(Tag.ImageOrientationPatient, 'UT', c.text()),
      ],
    }),
  'a sequence where none belongs': (c) =>
    instanceFile({
      elements: [
        rawSequence(Tag.PatientBirthDate, [raw(Tag.CodeMeaning, 'LO', c.text())]),
        rawSequence(Tag.BitsStored, [raw(Tag.CodeValue, 'SH', c.text())]),
      ],
    }),
  'a text where a sequence belongs': (c) =>
    instanceFile({
      elements: [
        raw(Tag.ReferencedImageSequence, 'LO', c.text()),
        raw(Tag.SourceImageSequence, 'OB', c.text()),
      ],
    }),
  'fragments where none belong': (c) => {
    const text = ascii(c.text());
    const fragments = concatBytes([
      elementHeader(Tag.RedPaletteColorLookupTableData, 'OB', 0xffffffff, ExplicitVrLittleEndian),
      itemHeader(ITEM, text.length, true),
      text,
      itemHeader(SEQUENCE_DELIMITATION, 0, true),
    ]);
    return instanceFile({ elements: [fragments] });
  },
  'numbers, codes and UIDs that hold a text': (c) =>
    instanceFile({
      elements: [
        raw(Tag.ImageType, 'CS', `ORIGINAL\\PRIMARY\\${c.text()}${'X'.repeat(40)}`),
        raw(Tag.SeriesNumber, 'IS', c.text()),
        raw(Tag.SliceThickness, 'DS', `1.0 ${c.text()}`),
        raw(Tag.RelatedGeneralSOPClassUID, 'UI', c.text()),
        raw(Tag.FrameOfReferenceUID, 'UI', `1.2.840.10008.${c.text()}`),
        raw(Tag.StudyInstanceUID, 'UI', `1.2.840.10008.1.2\0${c.text()}`),
        raw(Tag.SeriesInstanceUID, 'UI', `1.2.840.10008.${c.figures()}.1`),
        raw(Tag.PatientAge, 'AS', c.text()),
      ],
    }),
  'what stands behind a NUL or behind padding': (c) =>
    instanceFile({
      elements: [
        raw(Tag.Manufacturer, 'LO', `ACME\0\0${c.text()}`),
        raw(Tag.Modality, 'CS', `OT\0${c.text()}\0`),
        raw(Tag.PixelSpacing, 'DS', `1\\1${' '.repeat(20)}\0${c.text()}`),
      ],
    }),
  'prose that the table doesn’t know': (c) =>
    instanceFile({
      elements: [
        raw(Tag.SegmentDescription, 'ST', c.text()),
        raw(Tag.TrackingID, 'UT', c.text()),
        raw(Tag.DetectorMode, 'LT', c.text()),
      ],
    }),
  'addresses, moments and keys that the table doesn’t know': (c) =>
    instanceFile({
      elements: [
        raw(Tag.RetrieveURL, 'UR', `http://${c.text()}`),
        raw(Tag.PatientBirthDateInAlternativeCalendar, 'LO', c.text()),
        raw(Tag.ExpiryDate, 'DA', c.date()),
        raw(Tag.RecordKey, 'OB', c.text()),
      ],
    }),
  'curves and overlays': (c) =>
    instanceFile({
      elements: [
        raw(0x50000020, 'CS', c.text()),
        raw(0x50102500, 'LO', c.text()),
        raw(0x50003000, 'OW', c.text()),
        raw(0x60000010, 'US', ascii('\x08\0')),
        raw(0x60000022, 'LO', c.text()),
        raw(0x60001500, 'LO', c.text()),
        raw(0x60003000, 'OW', c.text()),
        raw(0x60020022, 'LO', c.text()),
        raw(0x60124000, 'LT', c.text()),
        raw(0x50010010, 'LO', c.text()),
      ],
    }),
  'an icon, and a picture within a sequence': (c) =>
    instanceFile({
      elements: [
        rawSequence(Tag.IconImageSequence, [raw(Tag.PixelData, 'OB', c.text())]),
        rawSequence(Tag.ReferencedImageSequence, [raw(Tag.PixelData, 'OB', c.text())], {
          open: true,
        }),
      ],
    }),
  'the preamble and the meta information': (c) => {
    const group = encodeDataset(
      {
        [Tag.TransferSyntaxUID]: ExplicitVrLittleEndian.uid,
        [Tag.MediaStorageSOPInstanceUID]: c.uid(),
        [Tag.SourceApplicationEntityTitle]: c.text(),
        [Tag.ImplementationVersionName]: c.text(),
        [Tag.PrivateInformationCreatorUID]: c.uid(),
        [Tag.PrivateInformation]: { vr: 'OB', value: ascii(c.text()) },
      },
      ExplicitVrLittleEndian,
    );
    const preamble = ascii(c.text().padEnd(128, ' '));
    return instanceFile({ meta: concatBytes([preamble, ascii('DICM'), group]) });
  },
  'groups of commands, files and directories in the data set': (c) =>
    instanceFile({
      elements: [
        rawSequence(Tag.ReferencedImageSequence, [
          raw(0x00000600, 'AE', c.text()),
          raw(Tag.SourceApplicationEntityTitle, 'AE', c.text()),
          raw(Tag.ReferencedFileID, 'CS', c.text()),
        ]),
      ],
    }),
  'elements behind the pixel data': (c) =>
    instanceFile({
      last: [
        raw(Tag.PatientName, 'PN', c.text()),
        raw(Tag.PatientBirthDate, 'DA', c.date()),
        raw(Tag.SegmentDescription, 'ST', c.text()),
        raw(0x7fe10010, 'LO', c.text()),
        raw(0x7fe11001, 'OB', c.text()),
        raw(Tag.DigitalSignaturesSequence, 'SQ', ''),
        raw(Tag.DataSetTrailingPadding, 'OB', c.text()),
        raw(Tag.PixelData, 'OB', c.text()),
      ],
    }),
  'junk behind the data set': (c) => concatBytes([instanceFile({}), ascii(c.text().repeat(4))]),
  'a few bytes behind the data set': (c) =>
    concatBytes([instanceFile({}), ascii(c.text().slice(0, 7))]),
  'what says that it was de-identified already': (c) =>
    instanceFile({
      elements: [
        raw(Tag.PatientIdentityRemoved, 'CS', c.text()),
        raw(Tag.DeidentificationMethod, 'LO', c.text()),
        rawSequence(Tag.DeidentificationMethodCodeSequence, [raw(Tag.CodeMeaning, 'LO', c.text())]),
      ],
    }),
  'values of more than 64 KiB': (c) =>
    instanceFile({
      elements: [
        raw(Tag.PatientComments, 'UT', big(c.text())),
        raw(Tag.LongCodeValue, 'UC', big(c.text())),
        raw(0x00091010, 'OB', big(c.text())),
        raw(Tag.StudyInstanceUID, 'UN', big(c.text())),
      ],
    }),
  'duplicates and elements out of order': (c) =>
    instanceFile({
      elements: [
        raw(Tag.PatientID, 'LO', c.text()),
        raw(Tag.PatientID, 'LO', c.text()),
        raw(Tag.PatientName, 'PN', c.text()),
        raw(Tag.PatientName, 'PN', c.text()),
        raw(Tag.Manufacturer, 'LO', 'ACME'),
        raw(Tag.Manufacturer, 'LO', c.text()),
        raw(Tag.SOPInstanceUID, 'UI', c.uid()),
        raw(Tag.StudyDate, 'DA', c.date()),
      ],
    }),
  'group lengths': (c) =>
    instanceFile({
      elements: [
        raw(0x00100000, 'LO', c.text()),
        rawSequence(Tag.ReferencedImageSequence, [raw(0x00080000, 'OB', c.text())]),
      ],
    }),
  'an offset table': (c) => {
    const text = ascii(c.text());
    const pixels = concatBytes([
      elementHeader(Tag.PixelData, 'OB', 0xffffffff, ExplicitVrLittleEndian),
      itemHeader(ITEM, text.length, true),
      text,
      itemHeader(ITEM, 14, true),
      Uint8Array.of(0xff, 0xd8, ...SCAN, 0xff, 0xd9),
      itemHeader(SEQUENCE_DELIMITATION, 0, true),
    ]);
    return instanceFile({
      syntax: JPEG,
      elements: [],
      pixelData: concatBytes([raw(Tag.ExtendedOffsetTable, 'OV', c.text()), pixels]),
    });
  },
  'a name of the patient in texts that are kept': (c) => {
    const name = c.text();
    return instanceFile({
      elements: [
        raw(Tag.BodyPartExamined, 'CS', name),
        raw(Tag.Manufacturer, 'LO', `of ${name}, Ltd`),
        raw(Tag.CodeMeaning, 'UN', ` ${name.toLowerCase()}`),
        raw(Tag.SeriesNumber, 'IS', '1'),
        raw(Tag.PatientName, 'PN', `${name}^Jane `),
        rawSequence(Tag.AnatomicRegionSequence, [raw(Tag.CodeMeaning, 'LO', `${name} `)]),
      ],
    });
  },
  'a person’s name deep in the data set, repeated at the top': (c) => {
    const name = c.text();
    return instanceFile({
      elements: [
        rawSequence(Tag.ReferencedImageSequence, [raw(Tag.OperatorsName, 'PN', name)]),
        raw(Tag.Manufacturer, 'LO', `by ${name}`),
      ],
    });
  },
  'dates of the patient in texts that are kept': (c) => {
    const date = c.date();
    return instanceFile({
      elements: [
        raw(Tag.SoftwareVersions, 'LO', `v1 ${date}`),
        raw(Tag.PatientBirthDate, 'DA', date),
      ],
    });
  },
  'a character set that nobody knows': (c) =>
    instanceFile({
      first: [raw(Tag.SpecificCharacterSet, 'CS', c.text())],
      elements: [
        raw(Tag.Manufacturer, 'LO', concatBytes([ascii(c.text()), Uint8Array.of(0xe4, 0x20)])),
      ],
    }),
  'another character set': (c) => {
    const name = c.text();
    return instanceFile({
      first: [raw(Tag.SpecificCharacterSet, 'CS', '\\ISO 2022 IR 87')],
      elements: [
        raw(Tag.PatientName, 'PN', `${name.slice(0, 4)}\x1b(B${name.slice(4)} `),
        raw(Tag.Manufacturer, 'LO', `\x1b(B${name} `),
      ],
    });
  },
  'a name outside ASCII, repeated in a text that is encoded as UN': (c) => {
    const name = `Müller${c.text()}`;
    return instanceFile({
      first: [raw(Tag.SpecificCharacterSet, 'CS', 'ISO_IR 192')],
      elements: [
        raw(Tag.PatientName, 'PN', new TextEncoder().encode(`${name} `)),
        raw(Tag.Manufacturer, 'UN', new TextEncoder().encode(`${name} `)),
      ],
    });
  },
  'UTF-16': (c) =>
    instanceFile({
      elements: [
        raw(Tag.Manufacturer, 'LO', utf16(c.text())),
        raw(Tag.ConvolutionKernel, 'SH', utf16(c.text())),
      ],
    }),
  'a transfer syntax of one’s own': (c) => instanceFile({ meta: meta(c.uid()) }),
  'a deflated data set': (c) => {
    const inner = instanceFile({
      meta: new Uint8Array(),
      elements: [raw(Tag.PatientBirthName, 'PN', c.text()), raw(0x00091010, 'LO', c.text())],
    });
    return concatBytes([
      meta(DeflatedExplicitVrLittleEndian.uid),
      new Uint8Array(deflateRawSync(inner)),
      ascii(c.text()),
    ]);
  },
  'signatures and what they were made with': (c) =>
    instanceFile({
      elements: [
        rawSequence(Tag.MACParametersSequence, [
          concatBytes([
            raw(Tag.MACAlgorithm, 'CS', c.text()),
            raw(Tag.DataElementsSigned, 'OB', c.text()),
          ]),
        ]),
      ],
      last: [
        rawSequence(Tag.DigitalSignaturesSequence, [
          concatBytes([
            raw(Tag.DigitalSignatureUID, 'UI', c.uid()),
            raw(Tag.CertificateOfSigner, 'OB', c.text()),
            raw(Tag.Signature, 'OB', c.text()),
          ]),
        ]),
      ],
    }),
  'original attributes': (c) =>
    instanceFile({
      elements: [
        rawSequence(Tag.OriginalAttributesSequence, [
          concatBytes([
            raw(Tag.SourceOfPreviousValues, 'LO', c.text()),
            raw(Tag.ModifyingSystem, 'LO', c.text()),
            rawSequence(Tag.ModifiedAttributesSequence, [raw(Tag.PatientName, 'PN', c.text())]),
            rawSequence(Tag.NonconformingModifiedAttributesSequence, [
              raw(Tag.NonconformingDataElementValue, 'OB', c.text()),
            ]),
          ]),
        ]),
      ],
    }),
  'encrypted attributes': (c) =>
    instanceFile({
      elements: [
        rawSequence(Tag.EncryptedAttributesSequence, [raw(Tag.EncryptedContent, 'OB', c.text())]),
        raw(Tag.EncryptedContent, 'OB', c.text()),
      ],
    }),
  'comments in a codestream': (c) => {
    const comment = ascii(c.text());
    const jpeg = concatBytes([
      Uint8Array.of(0xff, 0xd8, 0xff, 0xfe, 0, comment.length + 2),
      comment,
      Uint8Array.of(...SCAN, 0x12, 0x34, 0xff, 0xd9),
    ]);
    const pixelData = concatBytes([
      elementHeader(Tag.PixelData, 'OB', 0xffffffff, ExplicitVrLittleEndian),
      itemHeader(ITEM, 0, true),
      itemHeader(ITEM, jpeg.length, true),
      jpeg,
      itemHeader(SEQUENCE_DELIMITATION, 0, true),
    ]);
    return instanceFile({ syntax: JPEG, pixelData });
  },
  'words in an ICC profile': (c) =>
    instanceFile({ elements: [raw(Tag.ICCProfile, 'OB', iccProfile(c.text()))] }),
  'the text of a report': (c) => {
    const name = c.text();
    return instanceFile({
      elements: [
        raw(Tag.PatientName, 'PN', name),
        rawSequence(Tag.ContentSequence, [
          concatBytes([
            raw(Tag.ValueType, 'CS', 'TEXT'),
            raw(Tag.TextValue, 'UT', `Seen ${name} today `),
            raw(Tag.PersonName, 'PN', c.text()),
            raw(Tag.DateTime, 'DT', c.date()),
          ]),
        ]),
      ],
    });
  },
  'an encapsulated document': (c) =>
    instanceFile({ elements: [raw(Tag.EncapsulatedDocument, 'OB', `%PDF-1.4 ${c.text()} `)] }),
  'notes beside waveforms': (c) => {
    const name = c.text();
    return instanceFile({
      elements: [
        raw(Tag.PatientName, 'PN', name),
        rawSequence(Tag.WaveformAnnotationSequence, [
          raw(Tag.UnformattedTextValue, 'ST', `Rest of ${name} `),
        ]),
      ],
    });
  },
  'bytes behind the entries of a table': (c) => {
    const entries = (tag: number) => raw(tag, 'US', ascii('\x04\0\0\0\x10\0'));
    const table = (tag: number) => raw(tag, 'OW', ascii(`\x01\0\x02\0\x03\0\x04\0${c.text()}`));
    return instanceFile({
      elements: [
        entries(Tag.RedPaletteColorLookupTableDescriptor),
        table(Tag.RedPaletteColorLookupTableData),
        // Described by nothing.
        table(Tag.GreenPaletteColorLookupTableData),
        rawSequence(Tag.VOILUTSequence, [
          concatBytes([entries(Tag.LUTDescriptor), table(Tag.LUTData)]),
        ]),
      ],
    });
  },
  'bytes behind the samples of a waveform': (c) =>
    instanceFile({
      elements: [
        rawSequence(Tag.WaveformSequence, [
          concatBytes([
            raw(Tag.NumberOfWaveformChannels, 'US', ascii('\x01\0')),
            raw(Tag.NumberOfWaveformSamples, 'UL', ascii('\x04\0\0\0')),
            raw(Tag.WaveformBitsAllocated, 'US', ascii('\x10\0')),
            raw(Tag.WaveformData, 'OW', ascii(`samples.${c.text()}`)),
          ]),
        ]),
      ],
    }),
  'a DICOMDIR': (c) =>
    instanceFile({
      meta: encodeFileMeta({
        sopClassUid: MediaStorageDirectory,
        sopInstanceUid: INSTANCE_UID,
        transferSyntaxUid: ExplicitVrLittleEndian.uid,
      }),
      elements: [rawSequence(Tag.DirectoryRecordSequence, [raw(Tag.PatientName, 'PN', c.text())])],
    }),
  'private elements, in sequences and under creators that say that they are safe': (c) =>
    instanceFile({
      elements: [
        raw(0x00190010, 'LO', 'GEMS_ACQU_01'),
        raw(0x001910ff, 'LO', c.text()),
        raw(0x00210010, 'LO', c.text()),
        raw(0x00211001, 'LO', c.text()),
        rawSequence(0x00211010, [raw(Tag.PatientName, 'PN', c.text())], { open: true }),
        rawSequence(Tag.ReferencedImageSequence, [
          concatBytes([raw(0x00110010, 'LO', c.text()), raw(0x00111001, 'UN', c.text())]),
        ]),
      ],
    }),
  'a name in another character set within an item': (c) => {
    const name = c.text();
    const utf8 = (text: string) => new TextEncoder().encode(text);
    return instanceFile({
      first: [raw(Tag.SpecificCharacterSet, 'CS', 'ISO_IR 100')],
      elements: [
        raw(Tag.PatientName, 'PN', `${name} `),
        rawSequence(Tag.AnatomicRegionSequence, [
          concatBytes([
            raw(Tag.SpecificCharacterSet, 'CS', 'GB18030 '),
            raw(Tag.CodeMeaning, 'LO', utf8(`${name} `)),
          ]),
        ]),
        raw(Tag.Manufacturer, 'LO', utf8(`Dr. Müller (${name}) `)),
      ],
    });
  },
  'a name that escape sequences take apart': (c) => {
    const name = c.text();
    return instanceFile({
      first: [raw(Tag.SpecificCharacterSet, 'CS', '\\ISO 2022 IR 149 ')],
      elements: [
        raw(Tag.PatientName, 'PN', `${name.slice(0, 3)}\x1b$)C${name.slice(3)} `),
        raw(Tag.Manufacturer, 'LO', ` \x1b$)C${name}\x1b(B `),
        raw(Tag.PatientComments, 'LT', `\x1b$)C${name} `),
      ],
    });
  },
};

const WITHHELD = new Set([
  'junk behind the data set',
  'a few bytes behind the data set',
  'a transfer syntax of one’s own',
  'an encapsulated document',
  'a DICOMDIR',
  // Unless an option cleans them.
  'the text of a report',
  'notes beside waveforms',
]);

const CLEANING: readonly ProfileOption[] = [
  'clean-descriptors',
  'clean-graphics',
  'clean-structured-content',
  'retain-longitudinal-modified-dates',
];

/** What an option keeps on purpose isn't planted: each channel is a place where nothing may stay. */
const PROFILES: Readonly<Record<string, Profile>> = {
  'the Basic Profile': BASIC_PROFILE,
  'the Basic Profile, not strict': { ...BASIC_PROFILE, isStrict: false },
  'options that clean': { ...BASIC_PROFILE, options: new Set(CLEANING) },
  'options that retain': {
    ...BASIC_PROFILE,
    options: new Set([
      'retain-safe-private',
      'retain-device-identity',
      'retain-institution-identity',
      'retain-patient-characteristics',
    ] as const),
  },
};

describe.each(Object.entries(PROFILES))('Under %s no canary survives in', (title, profile) => {
  for (const [name, build] of Object.entries(CHANNELS)) {
    it(`${name}${WITHHELD.has(name) ? ', because it is withheld' : ''}`, async () => {
      const canaries = new Canaries();
      const file = build(canaries);
      // Deflated bytes hide the canaries from this assertion, not from the scan of what is sent.
      if (!/deflated|a few bytes/.test(name))
        expect(canaries.foundIn(file).length, 'planted').toBeGreaterThan(0);
      const sent = await send(file, undefined, true, { profile });
      if ('kind' in sent) {
        expect(sent.kind).toBe('withheld');
        expect(WITHHELD.has(name), `${title}: ${sent.reason}`).toBe(true);
        expect(canaries.foundIn(ascii(sent.reason))).toEqual([]);
        // Nor as the numbers that its bytes were taken for.
        expect(sent.reason).not.toMatch(/\([0-9A-F]{4},[0-9A-F]{4}\)(?<!\w \(.{9}\))|\d{9}/);
      } else {
        expect(canaries.foundIn(sent.file)).toEqual([]);
        expect(
          canaries.foundIn(ascii(JSON.stringify({ ...sent.prepared, parts: [], changes: [] }))),
        ).toEqual([]);
      }
    });
  }
});
