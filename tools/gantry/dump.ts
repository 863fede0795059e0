import { open } from 'node:fs/promises';
import { toJsonModel } from '../../shared/dicom/json-model.ts';
import { readInstance } from '../../shared/dicom/read-instance.ts';
import { tagRows, type TagRow } from '../../shared/dicom/tag-rows.ts';
import type { Dataset } from '../../shared/dicom/dataset.ts';
import { transferSyntaxOf } from '../../shared/dicom/uids.ts';
import { fileSource } from './file-source.ts';

export interface DumpOptions {
  readonly isJson: boolean;
  /** Values of any length; else those of up to 64 KiB. */
  readonly isWhole: boolean;
}

const MAX_VALUE_BYTES = 64 * 1024;

const print = (text: string) => process.stdout.write(`${text}\n`);

/**
 * Prints what is in a file.
 * @returns 0, or 1 when the file is damaged: what is whole is printed, what is wrong goes to standard error
 * @throws NotDicomError, and what the file system says
 */
export async function dump(path: string, { isJson, isWhole }: DumpOptions): Promise<number> {
  const file = await open(path);
  try {
    const source = await fileSource(file);
    const instance = await readInstance(source, {
      maxValueBytes: isWhole ? Infinity : MAX_VALUE_BYTES,
    });
    const { meta, dataset, transferSyntaxUid, problems, isComplete } = instance;
    if (isJson) {
      const bulkDataUri = ({ start, length }: { start: number; length: number }) =>
        `#offset=${start}&length=${length}`;
      print(JSON.stringify(toJsonModel(dataset, { bulkDataUri }), null, 2));
    } else {
      print(`# ${transferSyntaxOf(transferSyntaxUid).name}`);
      for (const part of [meta, dataset]) printRows(part, isWhole);
    }
    for (const problem of problems) process.stderr.write(`${path}: ${problem}\n`);
    return isComplete ? 0 : 1;
  } finally {
    await file.close();
  }
}

function printRows(dataset: Dataset, isWhole: boolean): void {
  for (const row of tagRows(dataset, isWhole ? Infinity : undefined)) print(lineOf(row));
}

/** "(0010,0010) PN Patient's Name [DOE^JANE] # 8", sequences and their items indented. */
function lineOf({ depth, kind, label, vr, name, creator, value, length }: TagRow): string {
  const indent = '  '.repeat(depth);
  if (kind === 'item') return `${indent}Item ${label}`;
  const whose = creator === undefined ? '' : ` {${creator}}`;
  return `${indent}${label} ${vr} ${name}${whose} [${value}] # ${length}`;
}
