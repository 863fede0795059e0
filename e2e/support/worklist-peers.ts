// Modality worklists for tests: DCMTK's wlmscpfs over files that dump2dcm has made.
import { mkdir, mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { characterSetOf, encodeText } from '../../shared/dicom/encode-text.ts';
import type { WritableCharacterSet } from '../../shared/dicom/encode-text.ts';
import { freePort, runTool, startTool, type Peer } from './peers.ts';

/** AE title of wlmscpfs: the name of its folder. */
export const WORKLIST_AE_TITLE = 'RIS';

export interface ScheduledStep {
  readonly patientName: string;
  readonly patientId: string;
  /** As DA and TM. */
  readonly date: string;
  readonly time?: string;
  readonly modality?: string;
  readonly station?: string;
  readonly performer?: string;
  readonly accession?: string;
  readonly description?: string;
  readonly characterSet?: WritableCharacterSet;
}

/** What dump2dcm makes a worklist file of (PS3.4 table K.6-1, types 1 and 2 of what is returned). */
function dumpOf(step: ScheduledStep, number: number): Uint8Array {
  const { characterSet = 'ISO_IR 192', modality = 'CT', station = 'CT1' } = step;
  const text = (value: string, isName = false) => {
    const bytes = encodeText(value, characterSet, isName);
    if (!bytes) throw new Error(`${characterSet} can't write ${value}.`);
    return bytes;
  };
  const { description = 'CT abdomen', performer = 'Doe^Jane' } = step;
  const lines: [string, string, Uint8Array][] = [
    ['0008,0005', 'CS', Buffer.from([characterSetOf(characterSet)].flat().join('\\'))],
    ['0008,0050', 'SH', text(step.accession ?? `ACC${number}`)],
    ['0008,0090', 'PN', text('Refer^Ring', true)],
    ['0010,0010', 'PN', text(step.patientName, true)],
    ['0010,0020', 'LO', text(step.patientId)],
    ['0010,0030', 'DA', text('19610504')],
    ['0010,0040', 'CS', text('F')],
    ['0020,000d', 'UI', text(`1.2.276.0.7230010.3.2.${number}`)],
    ['0032,1060', 'LO', text(description)],
    ['0040,1001', 'SH', text(`RP${number}`)],
  ];
  const ofStep: typeof lines = [
    ['0008,0060', 'CS', text(modality)],
    ['0040,0001', 'AE', text(station)],
    ['0040,0002', 'DA', text(step.date)],
    ['0040,0003', 'TM', text(step.time ?? '083000')],
    ['0040,0006', 'PN', text(performer, true)],
    ['0040,0007', 'LO', text(description)],
    ['0040,0009', 'SH', text(`SPS${number}`)],
  ];
  const line = ([tag, vr, value]: (typeof lines)[number]) => [
    Buffer.from(`(${tag}) ${vr} [`),
    value,
    Buffer.from(']\n'),
  ];
  return Buffer.concat([
    ...lines.flatMap(line),
    Buffer.from('(0040,0100) SQ\n(fffe,e000) na\n'),
    ...ofStep.flatMap(line),
    Buffer.from('(fffe,e00d) na\n(fffe,e0dd) na\n'),
  ]);
}

/** Writes worklist files into a folder. */
export async function writeWorklist(
  folder: string,
  steps: readonly ScheduledStep[],
): Promise<void> {
  for (const [index, step] of steps.entries()) {
    const dump = join(folder, `${index}.dump`);
    await writeFile(dump, dumpOf(step, index + 1));
    const made = await runTool('dump2dcm', ['+te', dump, join(folder, `${index}.wl`)]);
    if (made.code !== 0) throw new Error(`No worklist file: ${made.output}`);
    await rm(dump);
  }
}

/** Starts wlmscpfs, which is WORKLIST_AE_TITLE, and waits until its port accepts. */
export async function startWlmscpfs(
  steps: readonly ScheduledStep[],
  options: readonly string[] = [],
): Promise<Peer> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-wlmscpfs-'));
  const own = join(folder, WORKLIST_AE_TITLE);
  await mkdir(own);
  await writeFile(join(own, 'lockfile'), '');
  await writeWorklist(own, steps);
  const port = await freePort();
  // -csk: text as it stands in the files; -efr would leave out files that lack what this test doesn't need.
  const args = ['-v', ...options, '-dfp', folder, '-csk', '-dfr', String(port)];
  return startTool('wlmscpfs', args, { port, folder });
}
