// Gantry's conformance statement, in the order of PS3.2, made of the tables that the code runs on.
import { CIPHERS } from '../../bridge/src/dimse/tls-profile.ts';
import type { Configuration } from '../../bridge/src/configuration/configuration.ts';
import { WRITABLE_CHARACTER_SETS } from '../../shared/dicom/encode-text.ts';
import { PLAIN_CHARACTER_SETS } from '../../shared/dicom/character-set.ts';
import { TRANSFER_SYNTAXES } from '../../shared/dicom/uids.ts';
import { COMPRESSED_SYNTAXES } from '../../shared/pixels/encode/compressed-syntaxes.ts';
import { pixelEncodingOf } from '../../shared/pixels/transfer-syntaxes.ts';
import { KNOWN_PROFILES } from '../../web/src/deidentify/known-profiles.ts';
import { BASIC_CODE, optionEntry, PROFILE_OPTIONS } from '../../web/src/deidentify/options.ts';
import { PROFILE_EDITION } from '../../web/src/deidentify/profile-table.generated.ts';
import { document, list, table } from './markdown.ts';
import { networking } from './networking.ts';
import { services, storageClasses } from './services.ts';

const yes = (isSo: boolean): string => (isSo ? 'yes' : '');

function overview(): string {
  const classes = storageClasses();
  const counts = [classes.standard, classes.retired, classes.private].map(({ length }) => length);
  const [standard = 0, retired = 0, ofVendor = 0] = counts;
  return document(
    '## Overview',
    'Gantry shows, de-identifies, sends, finds, retrieves and archives DICOM instances. It is not cleared for primary diagnosis.',
    table(
      ['Service', 'User (SCU)', 'Provider (SCP)'],
      [
        [`Storage: ${standard} SOP classes, ${retired} retired, ${ofVendor} private`, 'yes', 'yes'],
        ...services().map(([name, , isScu, isScp]) => [name, yes(isScu), yes(isScp)]),
      ],
    ),
    table(
      ['Media', 'Reads', 'Writes'],
      [
        ['Part 10 files in folders and ZIP archives', 'yes', 'yes'],
        ['File-sets: DICOMDIR', 'no: the files beside it are read', 'no'],
      ],
    ),
  );
}

function media(): string {
  return document(
    '## Media interchange',
    'Files of any kind may lie in a folder or a ZIP archive that is opened: those of DICOM are found by what they hold, with or without a file meta information, and read in any of these transfer syntaxes. A DICOMDIR is passed over, and the files themselves are read. What is written are Part 10 files in a folder or a ZIP archive; no media application profile of PS3.11 is claimed.',
    'Transfer syntaxes of pixel data:',
    table(
      ['Transfer syntax', 'UID', 'Shown', 'Written'],
      TRANSFER_SYNTAXES.map(({ uid, name, encapsulated, deflated }) => {
        const encoder = COMPRESSED_SYNTAXES.find((syntax) => syntax.uid === uid);
        const isPlain = !encapsulated && !deflated;
        const written = encoder?.isLossy
          ? 'by the command line alone, as a derived image'
          : yes(isPlain || encoder !== undefined);
        return [name, uid, yes(pixelEncodingOf(uid) !== undefined), written];
      }),
    ),
  );
}

function characterSets(): string {
  const extended = WRITABLE_CHARACTER_SETS.filter((term) => term.startsWith('ISO 2022'));
  return document(
    '## Character sets',
    'Read: the following, and all code extensions of PS3.3 tables C.12-3 and C.12-4 (ISO 2022). Text without a character set is read as ISO_IR 100 where it leaves ASCII.',
    list(PLAIN_CHARACTER_SETS.filter((term) => term !== '')),
    'Written in the keys of queries and worklists, as the peer is set; the default is ISO_IR 192:',
    list(WRITABLE_CHARACTER_SETS.filter((term) => !extended.includes(term))),
    `Written with code extensions: ${extended.join(', ')}.`,
    'Answers to queries of others are in the character set of what is stored, or in ISO_IR 192.',
  );
}

function security(): string {
  return document(
    '## Security',
    '### Secure transport',
    'Non-Downgrading BCP 195 TLS Profile (PS3.15 section B.10), for peers and AEs that are set so: TLS 1.2 or 1.3, with these cipher suites and no others. Certificates of peers are checked against a file of authorities or the public ones; certificates of callers may be required.',
    list(CIPHERS.map((suite) => `\`${suite}\``)),
    '### Attribute confidentiality',
    `Basic Application Level Confidentiality Profile (PS3.15 annex E, edition ${PROFILE_EDITION}), as a de-identifier. Patient Identity Removed is YES; De-identification Method Code Sequence has ${BASIC_CODE.code} (${BASIC_CODE.meaning}) and a code for each option that was done:`,
    table(
      ['Option', 'Code', 'How'],
      PROFILE_OPTIONS.map((option) => {
        const { code, column, meaning } = optionEntry(option);
        const how =
          column === '' ? 'claimed where a person has looked at the pictures' : 'by the table';
        return [meaning, code, how];
      }),
    ),
    'Each de-identified instance is read again by a second reader before it leaves; what the profile does not allow withholds it. Re-identification is not supported, nor are Encrypted Attributes. Profiles that claim nothing of the standard:',
    list(
      Object.values(KNOWN_PROFILES)
        .filter(({ base }) => base !== 'basic')
        .map(({ name }) => name),
    ),
    '### Digital signatures',
    'Neither made nor verified; kept in what is stored.',
  );
}

/** @param configuration that of a bridge to which nothing has been said */
export const conformanceStatement = (configuration: Configuration, version: string): string =>
  document(
    '# DICOM conformance statement of Gantry',
    '<!-- Generated by tools/generate-conformance.ts from the tables that the code runs on. Not to be edited. -->',
    `Gantry ${version}. Sections are in the order of PS3.2.`,
    overview(),
    '## Introduction',
    'This statement says what Gantry does on a network and with files, for those who connect it. That two statements fit together does not prove that two systems work together: that is to be tried. [README.md](README.md) says what the program is, [ARCHITECTURE.md](ARCHITECTURE.md) all of its settings.',
    networking(configuration),
    media(),
    characterSets(),
    security(),
    '## Annexes',
    '### Contents of objects',
    'What is stored is passed on as it came, but for its transfer syntax where a peer takes no other. De-identified instances have new UIDs, unless an option keeps them. Images that the command line compresses with loss are derived images: a new SOP Instance UID, Image Type, Lossy Image Compression and its method and ratio.',
    '### Private attributes, private transfer syntaxes, specialised classes',
    'Gantry defines none.',
    '### Coded terminology',
    'CID 7050 of PS3.16 (De-identification Method), as above.',
    '### Grayscale image consistency',
    'The Grayscale Standard Display Function (PS3.14) is not applied.',
    '### What is not supported',
    list([
      'proprietary DSR-TIFF objects',
      'look-up in a hospital information system beyond the Modality Worklist',
      'rendering of private 3D and volume classes of vendors: they are stored, forwarded and listed',
      'Stored Print Storage as a print service',
      'optical drives: folders and archives stand in for discs',
      'Modality Performed Procedure Step, Print Management, DICOMweb',
    ]),
  );
