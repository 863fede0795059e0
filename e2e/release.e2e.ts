import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, type Page } from '@playwright/test';
import { encodePart10, type Fields } from '../shared/dicom/encode.ts';
import * as Tag from '../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../shared/dicom/uids.ts';
import { seriousFindings } from './support/axe.ts';
import { dropOn, imported } from './support/drop.ts';
import { asPeer, planToSend, settledTransfer, test } from './support/journey.ts';
import { runTool } from './support/peers.ts';

const ROOT = '1.2.840.10008.5.1.4.1.1';

function made(sopClass: string, number: number, fields: Fields): Uint8Array {
  const sopClassUid = `${ROOT}.${sopClass}`;
  const sopInstanceUid = `1.2.826.0.1.3680043.10.9.${number}`;
  return encodePart10(
    { sopClassUid, sopInstanceUid, transferSyntaxUid: ExplicitVrLittleEndian.uid },
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
  expect(JSON.parse(report)).toMatchObject({ canBeSent: 1, releasedAfterALook: 1 });
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
