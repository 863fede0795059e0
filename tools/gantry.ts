/**
 * Gantry without a window:
 *
 *     npm run -s gantry -- deidentify IN OUT [--profile basic|cmr|xcelera|FILE] [--option NAME …] [--key FILE] [--rules FILE] [--report FILE]
 *     npm run -s gantry -- dump FILE [--json] [--all]
 *     npm run -s gantry -- pixels FILE [--frame N] --out FILE
 *     npm run -s gantry -- convert FILE --syntax UID|NAME [--lossy [--quality Q]] --out FILE
 */
import { parseArgs } from 'node:util';
import { NotDicomError } from '../shared/dicom/read-instance.ts';
import { PixelError } from '../shared/pixels/pixel-error.ts';
import { TranscodeError } from '../shared/dicom/transcode.ts';
import { DEFAULT_QUALITY } from '../shared/pixels/encode/encode-frame.ts';
import { convert, ConvertUsageError, SYNTAX_KEYWORDS } from './gantry/convert.ts';
import { PictureRuleError } from '../web/src/deidentify/burned-in-rules.ts';
import { KNOWN_PROFILES } from '../web/src/deidentify/known-profiles.ts';
import { PROFILE_OPTIONS } from '../web/src/deidentify/options.ts';
import { ProfileError } from '../web/src/deidentify/profile-file.ts';
import { SubjectListError } from '../web/src/deidentify/subjects.ts';
import { deidentifyFolder, DeidentifyUsageError } from './gantry/deidentify.ts';
import { dump } from './gantry/dump.ts';
import { pixels } from './gantry/pixels.ts';

const USAGE = `Usage: npm run -s gantry -- COMMAND

  deidentify IN OUT   the files of a folder, or a file, without what identifies a patient
    --profile P       ${Object.keys(KNOWN_PROFILES).join(', ')}, or a file with a profile of your own (basic)
    --option O        an option of PS3.15 annex E, as often as needed:
                      ${PROFILE_OPTIONS.join(', ')}
    --key FILE        the secret that UIDs and subjects are made with, so that the next run makes the same; made if it isn't there
    --subjects FILE   a CSV of Patient ID and subject's ID
    --rules FILE      what is blanked in the pictures of which device, as JSON; what may hold text and has no rule is withheld
    --report FILE     what was done, as JSON, without any value of a file
  dump FILE           the file's elements, a line each
    --json            as DICOM JSON Model (PS3.18 annex F), values of up to 64 KiB within
    --all             values of any length
  pixels FILE         its frames decoded to stored values, little endian
    --frame N         one frame, from 1; else all of them
    --out FILE        where they are written
  convert FILE        the instance in another transfer syntax
    --syntax S        a UID, or ${SYNTAX_KEYWORDS.join(', ')}
    --lossy           for jpeg, which loses something: a derived image with a UID of its own
    --quality Q       of jpeg, 1 to 100 (${DEFAULT_QUALITY})
    --out FILE        where it is written
`;

/** Exit codes: 0 done, 1 the file can't be read, 2 a command that isn't one. */
async function main(): Promise<number> {
  const { values, positionals } = parseArgs({
    options: {
      json: { type: 'boolean' },
      all: { type: 'boolean' },
      frame: { type: 'string' },
      out: { type: 'string' },
      syntax: { type: 'string' },
      lossy: { type: 'boolean' },
      quality: { type: 'string' },
      profile: { type: 'string' },
      option: { type: 'string', multiple: true },
      key: { type: 'string' },
      subjects: { type: 'string' },
      rules: { type: 'string' },
      report: { type: 'string' },
      help: { type: 'boolean' },
    },
    allowPositionals: true,
  });
  const [command, file, ...others] = positionals;
  if (values.help) {
    process.stdout.write(USAGE);
    return 0;
  }
  const { json = false, all = false, frame, out, syntax, lossy: isLossy = false } = values;
  const quality = Number(values.quality ?? DEFAULT_QUALITY);
  const isQuality = Number.isInteger(quality) && quality >= 1 && quality <= 100;
  const isFrame = frame === undefined || /^[1-9]\d*$/.test(frame);
  const [target, ...more] = others;
  if (command === 'deidentify' && file !== undefined && target !== undefined && more.length === 0) {
    const { profile = 'basic', option: options = [], key, subjects, rules, report } = values;
    return deidentifyFolder(file, target, { profile, options, key, subjects, rules, report });
  }
  if (file !== undefined && others.length === 0) {
    if (command === 'dump') return dump(file, { isJson: json, isWhole: all });
    if (command === 'pixels' && out !== undefined && isFrame) {
      return pixels(file, { out, frame: frame === undefined ? undefined : Number(frame) });
    }
    if (command === 'convert' && out !== undefined && syntax !== undefined && isQuality) {
      return convert(file, { syntax, out, isLossy, quality });
    }
  }
  process.stderr.write(USAGE);
  return 2;
}

try {
  process.exitCode = await main();
} catch (error) {
  const isUsage =
    error instanceof ConvertUsageError ||
    error instanceof DeidentifyUsageError ||
    (error instanceof TypeError && 'code' in error);
  const kinds = [
    NotDicomError,
    PixelError,
    TranscodeError,
    ProfileError,
    PictureRuleError,
    SubjectListError,
  ];
  const isKnown = isUsage || kinds.some((kind) => error instanceof kind);
  const isFileProblem = error instanceof Error && 'syscall' in error;
  if (!(error instanceof Error) || (!isKnown && !isFileProblem)) throw error;
  process.stderr.write(`${error.message}\n${isUsage ? USAGE : ''}`);
  process.exitCode = isUsage ? 2 : 1;
}
