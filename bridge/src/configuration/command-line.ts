import { parseArgs } from 'node:util';
import { ConfigurationError } from './configuration-error.ts';

/** What the command line and the environment say; the command line wins. Undefined where neither does. */
export interface CommandLine {
  readonly http: string | undefined;
  readonly dicom: string | undefined;
  readonly aeTitle: string | undefined;
  readonly dataDirectory: string | undefined;
  readonly configurationFile: string | undefined;
  readonly open: boolean;
  readonly help: boolean;
}

export const HELP = `Gantry: a DICOM workstation in the browser.

  npm start -- [options]

  --http HOST:PORT    where the page is served    (127.0.0.1:8080, GANTRY_HTTP)
  --dicom HOST:PORT   where DICOM is listened for (127.0.0.1:11112, GANTRY_DICOM); 0 is off
  --ae TITLE          Gantry's AE title           (GANTRY, GANTRY_AE)
  --data DIR          data directory              (the platform's, GANTRY_DATA)
  --config FILE       configuration file          (gantry.json in the data directory, GANTRY_CONFIG)
  --no-open           don't open the browser
  --help              this text
`;

/** @throws ConfigurationError for an option that doesn't exist */
export function readCommandLine(
  args: readonly string[],
  environment: Readonly<Record<string, string | undefined>>,
): CommandLine {
  try {
    const { values } = parseArgs({
      args: [...args],
      options: {
        http: { type: 'string' },
        dicom: { type: 'string' },
        ae: { type: 'string' },
        data: { type: 'string' },
        config: { type: 'string' },
        'no-open': { type: 'boolean', default: false },
        help: { type: 'boolean', default: false },
      },
    });
    return {
      http: values.http ?? environment['GANTRY_HTTP'],
      dicom: values.dicom ?? environment['GANTRY_DICOM'],
      aeTitle: values.ae ?? environment['GANTRY_AE'],
      dataDirectory: values.data ?? environment['GANTRY_DATA'],
      configurationFile: values.config ?? environment['GANTRY_CONFIG'],
      open: !values['no-open'] && environment['CI'] === undefined,
      help: values.help,
    };
  } catch (error) {
    const detail = error instanceof Error ? error.message : String(error);
    throw new ConfigurationError(`${detail}\n\n${HELP}`, { cause: error });
  }
}
