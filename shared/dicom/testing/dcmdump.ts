import { execFileSync } from 'node:child_process';
import type { Dataset } from '../dataset.ts';

/** Whether DCMTK is installed; tests that compare with it say so where it isn't. */
export function hasDcmtk(): boolean {
  try {
    execFileSync('dcmdump', ['--version'], { stdio: 'ignore' });
    return true;
  } catch {
    process.stdout.write('dcmdump is not installed: nothing is compared with it.\n');
    return false;
  }
}

interface Dump {
  /** "depth tag VR length" of each element, item and fragment; delimitations left out. */
  readonly lines: readonly string[];
  /** What dcmdump complained about. */
  readonly warnings: string;
}

/** DCMTK's names for VRs that the dictionary leaves open, as Gantry reads them. */
const OPEN_VRS: Readonly<Record<string, string>> = { xs: 'US', up: 'UL', '??': 'UN', ox: 'OW' };

/** Reads a file with dcmdump, as far as it gets. */
export function dcmdump(file: string): Dump {
  let text: string;
  let warnings = '';
  try {
    text = execFileSync('dcmdump', ['+L', '+E', '-Un', file], {
      maxBuffer: 2 ** 30,
      encoding: 'latin1',
      stdio: ['ignore', 'pipe', 'pipe'],
    });
  } catch (error) {
    const failed = error as { stdout?: string; stderr?: string };
    text = failed.stdout ?? '';
    warnings = failed.stderr ?? 'failed';
  }
  const dataset = text.slice(Math.max(0, text.indexOf('# Dicom-Data-Set')));
  // A text of several lines has its length behind the last of them.
  const starts = [...dataset.matchAll(/^( *)\(([0-9a-f]{4}),([0-9a-f]{4})\) (..) /gm)];
  const lines = starts.flatMap((match, i) => {
    const [, indent = '', group = '', element = '', vr = ''] = match;
    const entry = dataset.slice(match.index, starts[i + 1]?.index ?? dataset.length);
    const length = [...entry.matchAll(/ # +(u\/l|\d+), *\d+/g)].at(-1)?.[1] ?? '?';
    if (group === 'fffe' && element !== 'e000') return [];
    return [`${indent.length / 2} ${group}${element} ${OPEN_VRS[vr] ?? vr} ${length}`];
  });
  return { lines, warnings };
}

/** The same lines from a data set that Gantry read. */
export function linesOf(dataset: Dataset, depth = 0): string[] {
  return dataset.elements.flatMap((element) => {
    const tag = element.tag.toString(16).padStart(8, '0');
    const length = element.undefinedLength ? 'u/l' : String(element.length);
    return [
      `${depth} ${tag} ${element.vr} ${length}`,
      ...(element.items ?? []).flatMap((item) => [
        `${depth + 1} fffee000 na ${item.undefinedLength ? 'u/l' : item.end - item.valueStart}`,
        ...linesOf(item.dataset, depth + 2),
      ]),
      ...(element.fragments ?? []).map(({ length: bytes }) => `${depth + 1} fffee000 pi ${bytes}`),
    ];
  });
}
