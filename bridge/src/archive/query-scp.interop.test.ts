import { mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { runTool } from '../../../e2e/support/peers.ts';
import { bufferSource } from '../../../shared/dicom/byte-source.ts';
import type { Fields } from '../../../shared/dicom/encode.ts';
import type { WritableCharacterSet } from '../../../shared/dicom/encode-text.ts';
import { characterSetOf, encodeText } from '../../../shared/dicom/encode-text.ts';
import { readDataset } from '../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { store } from './testing/made-instance.ts';
import { startStorage } from './testing/storage-listener.ts';

interface Found {
  readonly output: string;
  readonly statuses: readonly string[];
  /** Answers as DCMTK reads them: text in UTF-8, by tag as "00100010". */
  readonly answers: readonly Record<string, { readonly Value?: readonly unknown[] }>[];
}

/** findscu; answers are read by dcm2json from the files that it writes. */
async function findscu(
  port: number,
  options: readonly string[],
  keys: readonly string[],
): Promise<Found> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-findscu-'));
  try {
    const { output } = await runTool('findscu', [
      ...['-v', '-aec', 'GANTRY', ...options, '-X', '-od', folder],
      ...keys.flatMap((key) => ['-k', key]),
      ...['127.0.0.1', String(port)],
    ]);
    const files = (await readdir(folder)).sort();
    const answers = await Promise.all(
      files.map(async (name) => {
        const { output: json } = await runTool('dcm2json', [join(folder, name)]);
        // A cast: the DICOM JSON model (PS3.18 annex F).
        return JSON.parse(json) as Found['answers'][number];
      }),
    );
    const statuses = [...output.matchAll(/DIMSE Status\s*: (0x[0-9a-f]{4})/g)].map(
      ([, status]) => status ?? '',
    );
    return { output, statuses, answers };
  } finally {
    await rm(folder, { recursive: true });
  }
}

const values = ({ answers }: Found, tag: string): unknown[] =>
  answers.map((answer) => answer[tag]?.Value?.[0]).sort();
const names = (found: Found): unknown[] =>
  found.answers
    .map((answer) => answer['00100010']?.Value?.[0] as Record<string, string> | undefined)
    .map((name) =>
      ['Alphabetic', 'Ideographic', 'Phonetic']
        .map((group) => name?.[group] ?? '')
        .join('=')
        .replace(/=+$/, ''),
    )
    .sort();
const byStudy = ['-S', '--key', '0008,0052=STUDY'];

it('x', async () => {
  const { archive, port } = await startStorage();
  await store(archive, {
    study: '1.2.1',
    instance: '1.2.1.1.1',
    fields: { [Tag.PatientName]: 'Doe^Jane', [Tag.PatientID]: 'A1', [Tag.StudyDate]: '20240105' },
  });
  await store(archive, {
    study: '1.2.2',
    instance: '1.2.2.1.1',
    fields: { [Tag.PatientName]: 'DOE^John', [Tag.PatientID]: 'A2' },
  });
  const found = await findscu(port, byStudy, [
    'PatientName=doe*',
    'StudyInstanceUID=',
    'ModalitiesInStudy',
    'StudyDate',
  ]);
  console.log(
    found.output,
    JSON.stringify(found.answers),
    found.statuses,
    names(found),
    values(found, '0020000D'),
  );
  expect(names(found)).toEqual(['DOE^John', 'Doe^Jane']);
});
