import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync } from 'node:fs';
import { delimiter, join } from 'node:path';

/** Programs that the tests talk to, and the Debian package that brings each. */
const TOOLS = {
  storescp: 'dcmtk',
  Orthanc: 'orthanc',
  dciodvfy: 'dicom3tools',
  gdcmconv: 'libgdcm-tools',
  opj_decompress: 'libopenjp2-tools',
  cjpeg: 'libjpeg-turbo-progs',
  cjxl: 'libjxl-tools',
  chromium: 'chromium',
  openssl: 'openssl',
};

const isInstalled = (name) =>
  (process.env['PATH'] ?? '').split(delimiter).some((folder) => existsSync(join(folder, name)));

const isDebian = () =>
  existsSync('/etc/os-release') && /\bdebian\b/.test(readFileSync('/etc/os-release', 'utf8'));

/**
 * Sees to it that the programs which the tests talk to are there: installs them on Debian as root, else names what
 * to install and gives the list of what is missing.
 */
export function ensureTestTools() {
  const missing = () => Object.keys(TOOLS).filter((name) => !isInstalled(name));
  if (missing().length === 0) return [];
  const packages = [...new Set(missing().map((name) => TOOLS[name]))];
  if (isDebian() && process.getuid?.() === 0) {
    process.stdout.write(`Installing ${packages.join(', ')} for the tests …\n`);
    const options = {
      stdio: ['ignore', 'ignore', 'inherit'],
      env: { ...process.env, DEBIAN_FRONTEND: 'noninteractive' },
    };
    try {
      execFileSync('apt-get', ['update', '-qq'], options);
      execFileSync(
        'apt-get',
        ['install', '-y', '-qq', '--no-install-recommends', ...packages],
        options,
      );
    } catch {
      // What is still missing is named below.
    }
  }
  const left = missing();
  if (left.length > 0) {
    const names = [...new Set(left.map((name) => TOOLS[name]))].join(' ');
    process.stderr.write(
      `The tests need ${left.join(', ')}. On Debian or Ubuntu: sudo apt-get install ${names}\n`,
    );
  }
  return left;
}
