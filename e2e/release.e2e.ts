import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { unzipSync } from 'fflate';
import { UNDEFINED_LENGTH } from '../shared/dicom/element-header.ts';
import {
  concatBytes,
  elementHeader,
  encodePart10,
  itemHeader,
  type Fields,
} from '../shared/dicom/encode.ts';
import { ITEM, SEQUENCE_DELIMITATION } from '../shared/dicom/tag.ts';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../shared/dicom/uids.ts';
import { seriousFindings } from './support/axe.ts';
import { dropOn, imported } from './support/drop.ts';
import { asPeer, planToSend, settledTransfer, test } from './support/journey.ts';
import { runTool } from './support/peers.ts';
import { givePickers, savedFile } from './support/pickers.ts';

const ROOT = '1.2.840.10008.5.1.4.1.1';

function made(
  sopClass: string,
  number: number,
  fields: Fields,
  transferSyntaxUid: string = ExplicitVrLittleEndian.uid,
): Uint8Array {
  const sopClassUid = `${ROOT}.${sopClass}`;
  const sopInstanceUid = `1.2.826.0.1.3680043.10.9.${number}`;
  return encodePart10(
    { sopClassUid, sopInstanceUid, transferSyntaxUid },
    {
      [Tag.SOPClassUID]: sopClassUid,
      [Tag.SOPInstanceUID]: sopInstanceUid,
      [Tag.StudyInstanceUID]: '1.2.826.0.1.3680043.10.9',
      [Tag.SeriesInstanceUID]: `1.2.826.0.1.3680043.10.9.9.${number}`,
      [Tag.InstanceNumber]: String(number),
      [Tag.PatientID]: 'P-4711',
      [Tag.PatientName]: 'Quixote^Alonso',
      [Tag.DocumentTitle]: 'Letter on Quixote',
      [Tag.Modality]: 'OT',
      ...fields,
    },
    ExplicitVrLittleEndian,
  );
}

/** A page with a word on it, as any program writes one. */
function pdf(word: string): Uint8Array<ArrayBuffer> {
  const content = `BT /F 40 Tf 60 100 Td (${word}) Tj ET`;
  const objects = [
    '<</Type/Catalog/Pages 2 0 R>>',
    '<</Type/Pages/Kids[3 0 R]/Count 1>>',
    '<</Type/Page/Parent 2 0 R/MediaBox[0 0 400 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>',
    `<</Length ${content.length}>>stream\n${content}\nendstream`,
    '<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>',
  ];
  const body = objects.map((object, i) => `${i + 1} 0 obj${object}endobj\n`).join('');
  return new TextEncoder().encode(`%PDF-1.4\n${body}trailer<</Root 1 0 R/Size 6>>\n%%EOF\n`);
}

/** A tetrahedron in binary STL, with a note in front. */
function stl(): Uint8Array<ArrayBuffer> {
  const points = [
    [0, 0, 0],
    [40, 0, 0],
    [0, 40, 0],
    [0, 0, 40],
  ] as const;
  const bytes = Buffer.alloc(84 + 4 * 50);
  bytes.write('exported by ACME');
  bytes.writeUInt32LE(4, 80);
  for (let face = 0; face < 4; face++) {
    const corners = points.filter((_, i) => i !== face).flat();
    corners.forEach((value, i) => bytes.writeFloatLE(value, 84 + face * 50 + 12 + i * 4));
  }
  return bytes;
}

const CDA =
  '<ClinicalDocument xmlns="urn:hl7-org:v3"><script>window.ran=1</script></ClinicalDocument>';

/** Each by what its series is called. */
const FILES: Readonly<Record<string, readonly [sopClass: string, fields: Fields]>> = {
  PDF: ['104.1', { [Tag.EncapsulatedDocument]: { vr: 'OB', value: pdf('FINDINGS') } }],
  CDA: [
    '104.2',
    { [Tag.EncapsulatedDocument]: { vr: 'OB', value: new TextEncoder().encode(CDA) } },
  ],
  STL: ['104.3', { [Tag.EncapsulatedDocument]: { vr: 'OB', value: stl() } }],
  SR: [
    '88.11',
    {
      [Tag.ContentSequence]: [
        {
          [Tag.ValueType]: 'TEXT',
          [Tag.ConceptNameCodeSequence]: [{ [Tag.CodeMeaning]: 'Finding' }],
          [Tag.TextValue]: 'Alonso Quixote has nothing new',
        },
      ],
    },
  ],
  Voice: [
    '9.4.1',
    {
      [Tag.WaveformSequence]: [
        {
          [Tag.NumberOfWaveformChannels]: 1,
          [Tag.NumberOfWaveformSamples]: 800,
          [Tag.SamplingFrequency]: '8000',
          [Tag.WaveformBitsAllocated]: 8,
          [Tag.WaveformSampleInterpretation]: 'MB',
          [Tag.WaveformData]: { vr: 'OB', value: new Uint8Array(800).fill(0xff) },
        },
      ],
    },
  ],
};

const dialog = (page: Page) => page.getByRole('dialog');
const option = (page: Page, name: string) =>
  dialog(page).getByRole('listbox', { name: 'Withheld for' }).getByRole('option', { name });
const release = (page: Page) => dialog(page).getByRole('button', { name: 'Release as it is' });

async function openReview(page: Page, folder: string): Promise<void> {
  for (const [i, [name, [sopClass, fields]]] of Object.entries(FILES).entries()) {
    const bytes = made(sopClass, i + 1, { ...fields, [Tag.SeriesDescription]: name });
    await writeFile(join(folder, `${name}.dcm`), bytes);
  }
  await dropOn(page, folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await expect(page.getByText('5 will be withheld')).toBeVisible();
  await expect(page.getByText('0 can be sent')).toBeVisible();
}

/** Of what came to a peer, what dcmdump prints. */
async function received(folder: string): Promise<string> {
  const { output } = await runTool('dcmdump', ['+L', '+sd', '+r', folder]);
  return output;
}

test('documents, reports and sound are looked at and released one by one, with the mouse', async ({
  page,
  context,
  journey,
}, testInfo) => {
  const peer = await journey.startPeer();
  await journey.open(await journey.startBridge({ peers: [asPeer(peer)] }));
  await openReview(page, journey.folder);
  await page.getByRole('button', { name: 'Look at 5 documents and reports' }).click();

  // A PDF has to be opened first.
  await option(page, 'PDF').click();
  await expect(release(page)).toBeDisabled();
  const opening = context.waitForEvent('page');
  await dialog(page).getByRole('link', { name: 'Open document' }).click();
  const tab = await opening;
  expect(tab.url()).toMatch(/^blob:/);
  // The browser's own reader draws the page: an empty one is a picture of a few kilobytes.
  const picture = testInfo.outputPath('pdf.png');
  await expect
    .poll(async () => (await tab.screenshot({ path: picture })).byteLength)
    .toBeGreaterThan(10_000);
  await tab.close();
  await release(page).click();
  await expect(option(page, 'PDF')).toHaveAttribute('data-decision', 'released');

  // A CDA is shown as the text that it is: nothing in it runs.
  await option(page, 'CDA').click();
  await expect(dialog(page).getByText('<ClinicalDocument')).toBeVisible();
  expect(await page.evaluate(() => 'ran' in window)).toBe(false);
  await option(page, 'STL').click();
  await expect(dialog(page).getByText('exported by ACME')).toBeVisible();
  const model = dialog(page).getByRole('img', { name: /surface/ });
  await expect(model).toHaveAttribute('data-triangles', '4');
  await page.screenshot({ path: testInfo.outputPath('stl.png') });
  await option(page, 'SR').click();
  await expect(dialog(page).getByText('Alonso Quixote has nothing new')).toBeVisible();
  await expect(dialog(page).getByText('Repeats a name or an ID')).toBeVisible();
  expect(await seriousFindings(page), 'release').toEqual([]);
  await dialog(page).getByRole('button', { name: 'All its tags' }).click();
  await expect(dialog(page).getByRole('listbox', { name: 'Tags' })).toContainText('(0010,0020)');
  await page.screenshot({ path: testInfo.outputPath('sr.png') });
  await dialog(page).getByRole('button', { name: 'Withhold' }).click();
  await expect(option(page, 'SR')).toHaveAttribute('data-decision', 'withheld');
  await option(page, 'Voice').click();
  await expect(release(page)).toBeDisabled();
  await dialog(page).getByRole('button', { name: 'Play' }).click();
  await expect(release(page)).toBeEnabled();
  await dialog(page).getByRole('button', { name: 'Close' }).last().click();

  await expect(page.getByText('1 can be sent')).toBeVisible();
  await expect(page.getByText('1 of them released as it is by who looked')).toBeVisible();
  await expect(page.getByText('Who looked at its content has not released it.')).toBeVisible();
  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Save report (JSON)' }).click();
  const report = await readFile(await (await saving).path(), 'utf8');
  expect(JSON.parse(report)).toMatchObject({
    canBeSent: 1,
    releasedAfterALook: 1,
    unusedBitsCleared: { instances: 0, cells: 0 },
  });
  await page.getByRole('button', { name: 'Send 1' }).click();
  const card = await settledTransfer(page);
  await expect(card).toContainText('1 sent, 4 withheld, 0 failed of 5');
  const listing = page.waitForEvent('download');
  await card.getByRole('button', { name: 'Save report' }).click();
  const list = await readFile(await (await listing).path(), 'utf8');
  expect(list).toMatch(
    /PDF\.dcm","sent","0000H","released as it is, by a person who looked at it"/,
  );
  const dump = await received(peer.folder);
  expect(dump).toContain('released as it is by a person who looked');
  expect(dump).toContain(Buffer.from(pdf('FINDINGS')).toString('hex').match(/../g)?.join('\\'));
  expect(dump).not.toMatch(/Quixote|P-4711/);
  expect(dump.match(/\(0008,0100\) SH \[\w+/g)).toEqual(['(0008,0100) SH [113100']);
});

/** A second of a moving square as MP4, made by the browser. */
async function recorded(page: Page): Promise<Buffer> {
  const encoded = await page.evaluate(async () => {
    const canvas = document.createElement('canvas');
    Object.assign(canvas, { width: 160, height: 120 });
    const context = canvas.getContext('2d');
    let at = 0;
    const drawing = setInterval(() => context?.fillRect((at += 2), 40, 20, 20), 20);
    const recorder = new MediaRecorder(canvas.captureStream(25), { mimeType: 'video/mp4' });
    const parts: Blob[] = [];
    recorder.addEventListener('dataavailable', ({ data }) => parts.push(data));
    const stopped = new Promise((resolve) => recorder.addEventListener('stop', resolve));
    recorder.start();
    setTimeout(() => recorder.stop(), 1000);
    await stopped;
    clearInterval(drawing);
    return new Uint8Array(await new Blob(parts).arrayBuffer()).toBase64();
  });
  return Buffer.from(encoded, 'base64');
}

/** A video as an instance: its stream is one fragment (PS3.5 section 8.2.5). */
function video(number: number, name: string, stream: Buffer): Uint8Array {
  const fields = {
    [Tag.SeriesDescription]: name,
    [Tag.Rows]: 120,
    [Tag.Columns]: 160,
    [Tag.BitsAllocated]: 8,
    [Tag.NumberOfFrames]: '25',
  };
  return concatBytes([
    made('77.1.1.1', number, fields, '1.2.840.10008.1.2.4.102'),
    elementHeader(Tag.PixelData, 'OB', UNDEFINED_LENGTH, ExplicitVrLittleEndian),
    itemHeader(ITEM, 0, true),
    itemHeader(ITEM, stream.length + (stream.length % 2), true),
    stream,
    new Uint8Array(stream.length % 2),
    itemHeader(SEQUENCE_DELIMITATION, 0, true),
  ]);
}

test('a video is played, one that can’t be played and raw data are explained, before they are released', async ({
  page,
  journey,
}, testInfo) => {
  await journey.open(await journey.startBridge());
  await givePickers(page);
  const stream = await recorded(page);
  const { folder } = journey;
  await writeFile(join(folder, 'video.dcm'), video(1, 'Clip', stream));
  const noise = Buffer.from('no video that any program plays ');
  await writeFile(join(folder, 'other.dcm'), video(2, 'Other', noise));
  const rawData = made('66', 3, {
    [Tag.SeriesDescription]: 'Raw',
    0x00290010: { vr: 'LO', value: 'ACME RAW' },
    0x00291001: { vr: 'OB', value: Buffer.from('samples of Quixote') },
    0x00291002: { vr: 'OB', value: new Uint8Array(64).fill(200) },
  });
  await writeFile(join(folder, 'raw.dcm'), rawData);
  await dropOn(page, folder);
  await imported(page);
  await planToSend(page, 'De-identify and send');
  await expect(page.getByText('3 will be withheld')).toBeVisible();
  await page.getByRole('button', { name: 'Look at 3 documents and reports' }).click();

  await option(page, 'Clip').click();
  const player = dialog(page).locator('video');
  await expect
    .poll(() => player.evaluate((element: HTMLVideoElement) => element.videoWidth))
    .toBe(160);
  await expect(release(page)).toBeDisabled();
  await page.keyboard.press('o');
  await expect(release(page)).toBeEnabled();
  await page.screenshot({ path: testInfo.outputPath('video.png') });
  expect(await seriousFindings(page), 'video').toEqual([]);
  await page.keyboard.press('a');

  await option(page, 'Other').click();
  await expect(dialog(page).getByText('This browser can’t play it')).toBeVisible();
  await expect(release(page)).toBeDisabled();
  const saving = page.waitForEvent('download');
  await dialog(page).getByRole('link', { name: 'Save to look at it elsewhere' }).click();
  expect(await readFile(await (await saving).path())).toEqual(noise);
  await page.screenshot({ path: testInfo.outputPath('unplayable.png') });
  await page.keyboard.press('a');

  await option(page, 'Raw').click();
  await expect(dialog(page).getByText('18 bytes that only its maker can read')).toBeVisible();
  await expect(dialog(page).getByText('Repeats a name or an ID')).toHaveCount(1);
  await page.screenshot({ path: testInfo.outputPath('raw.png') });
  await page.keyboard.press('w');
  await page.keyboard.press('Escape');
  await expect(page.getByText('2 can be sent')).toBeVisible();
  await expect(page.getByText('2 of them released as they are by who looked')).toBeVisible();
  await page.getByRole('button', { name: 'Save as ZIP' }).click();
  await expect(page.getByText('2 written')).toBeVisible();
  const zip = unzipSync(await savedFile(page, 'deidentified.zip'));
  const sizes = Object.values(zip).map((file) => Buffer.from(file));
  expect(sizes.some((file) => file.includes(stream))).toBe(true);
  for (const file of sizes) expect(file.includes('Quixote')).toBe(false);
});

test('documents and reports are released by keyboard alone', async ({ page, journey }) => {
  const peer = await journey.startPeer();
  await journey.open(await journey.startBridge({ peers: [asPeer(peer)] }));
  await openReview(page, journey.folder);
  await page.getByRole('button', { name: 'Look at 5 documents and reports' }).focus();
  await page.keyboard.press('Enter');
  await expect(option(page, '1 of 5')).toHaveAttribute('aria-selected', 'true');
  for (let i = 0; i < 5; i++) {
    const now = dialog(page).locator('[role=option][aria-selected=true]');
    const name = await now.innerText();
    if (name.includes('PDF')) {
      // Without a look there is no release.
      await page.keyboard.press('a');
      await expect(now).toHaveAttribute('data-decision', 'open');
    }
    if (/PDF|Voice/.test(name)) {
      const isPlayed = name.includes('Voice');
      const act = isPlayed
        ? dialog(page).getByRole('button', { name: 'Play' })
        : dialog(page).getByRole('link', { name: 'Open document' });
      await act.waitFor();
      await page.keyboard.press('o');
    }
    await expect(release(page)).toBeEnabled();
    await page.keyboard.press(name.includes('CDA') ? 'w' : 'a');
  }
  await expect(dialog(page)).toContainText('0 of 5 to look at');
  await page.keyboard.press('Escape');
  await expect(page.getByText('4 can be sent')).toBeVisible();
  await page.getByRole('button', { name: 'Send 4' }).focus();
  await page.keyboard.press('Enter');
  await expect(await settledTransfer(page)).toContainText('4 sent, 1 withheld, 0 failed of 5');
  const dump = await received(peer.folder);
  // What was looked at leaves as it was, and so does the name that someone has let stand in it.
  expect(dump).toContain('[Alonso Quixote has nothing new');
  expect(dump).not.toMatch(/Quixote\^|P-4711/);
});
