import { execFileSync } from 'node:child_process';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, describe, expect, it } from 'vitest';
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import { bytesOf, corpusFiles } from '../../../shared/dicom/testing/corpus.ts';
import { hasDcmtk } from '../../../shared/dicom/testing/dcmdump.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { referencePixels } from '../../../shared/pixels/testing/reference-pixels.ts';
import { read, SEEN, send } from './testing/run.ts';

type Bytes = Uint8Array<ArrayBuffer>;

const scratch = mkdtempSync(join(tmpdir(), 'gantry-unused-'));
afterAll(() => rmSync(scratch, { recursive: true, force: true }));

/** 12 bits of 16 are samples, and in two of the others overlays are drawn. */
const file = corpusFiles().find(({ name }) => name.endsWith('/ovly_p01.dcm'));

const overlaysIn = (dataset: Dataset): number =>
  dataset.elements.filter(({ tag }) => tag >>> 24 === 0x60).length;

describe.skipIf(!file || !hasDcmtk())('Overlays in unused bits of the pixels', () => {
  const source = file ? bytesOf(file) : new Uint8Array();
  const at = (name: string, bytes: Bytes): string => {
    const path = join(scratch, name);
    writeFileSync(path, bytes);
    return path;
  };
  const cells = (path: string, uid: string) => {
    const { bytes } = referencePixels(path, uid, scratch);
    return new Uint16Array(bytes.slice().buffer);
  };

  it.each(['+te', '+ti', '+tb'])('are cleared, and the samples stay (%s)', async (syntax) => {
    const converted = join(scratch, `in${syntax}.dcm`);
    execFileSync('dcmconv', [syntax, at('source.dcm', source), converted]);
    const bytes = new Uint8Array(readFileSync(converted));
    const sent = await send(bytes, undefined, false, { look: SEEN });
    if ('kind' in sent) throw new Error(sent.reason);
    const { dataset, transferSyntaxUid: uid } = await read(sent.file);
    expect(overlaysIn((await read(bytes)).dataset)).toBeGreaterThan(10);
    expect(overlaysIn(dataset)).toBe(0);
    const before = cells(converted, uid);
    const after = cells(at('sent.dcm', sent.file), uid);
    expect(before.some((cell) => cell > 0x0fff)).toBe(true);
    expect(after).toEqual(before.map((cell) => cell & 0x0fff));
  });

  it('are cleared beside rectangles that are blanked, too', async () => {
    const look = { kind: 'seen', boxes: [{ column: 0, row: 0, columns: 8, rows: 8 }] } as const;
    const sent = await send(source, undefined, false, { look });
    if ('kind' in sent) throw new Error(sent.reason);
    const { dataset, transferSyntaxUid: uid } = await read(sent.file);
    const after = cells(at('blanked.dcm', sent.file), uid);
    expect(after).toHaveLength(
      (dataset.number(Tag.Rows) ?? 0) * (dataset.number(Tag.Columns) ?? 0),
    );
    expect(after.every((cell) => cell <= 0x0fff)).toBe(true);
  });
});
