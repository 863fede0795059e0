import { expect } from '@playwright/test';
import { rm } from 'node:fs/promises';
import { testAuthority } from './support/certificates.ts';
import { test } from './support/journey.ts';
import { freePort, runTool } from './support/peers.ts';

test('a peer is called over TLS, and says in words what is wrong with a certificate', async ({
  page,
  journey,
}) => {
  const authority = await testAuthority();
  try {
    const [own, theirs] = [await authority.issue('gantry'), await authority.issue('pacs')];
    const tls = ['+tls', theirs.keyFile, theirs.certificateFile, '+cf', authority.caFile];
    const peer = await journey.startPeer([...tls, '+B']);
    await journey.open(await journey.startBridge());
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Add peer' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('Name', { exact: true }).fill('Secure PACS');
    await dialog.getByLabel('AE title', { exact: true }).fill('STORESCP');
    await dialog.getByLabel('Host', { exact: true }).fill('127.0.0.1');
    await dialog.getByLabel('Port', { exact: true }).fill(String(peer.port));
    await dialog.getByLabel('Use TLS').check();
    await dialog.getByRole('button', { name: 'Save' }).click();
    await page.getByRole('button', { name: 'Echo' }).click();
    const row = page.getByTestId('peer');
    await expect(row).toContainText('from an authority that is not in the CA file');

    const edit = async (label: string, value: string) => {
      await row.getByRole('button', { name: 'Edit' }).click();
      await dialog.getByLabel(label).fill(value);
    };
    await edit('CA file: who vouches for the peer', authority.caFile);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await row.getByRole('button', { name: 'Echo' }).click();
    await expect(row).toContainText('wants a certificate');

    await edit('Certificate file of Gantry', own.certificateFile);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(dialog).toContainText('A certificate and its key belong together.');
    await dialog.getByLabel('Key file').fill(own.keyFile);
    await dialog.getByRole('button', { name: 'Save' }).click();
    await row.getByRole('button', { name: 'Echo' }).click();
    await expect(row).toContainText(/Answered in \d+ ms/);
  } finally {
    await authority.remove();
  }
});

test('an AE on a port of its own speaks TLS, behaves like another system, and says when it can not listen', async ({
  page,
  journey,
}) => {
  const authority = await testAuthority();
  try {
    const [own, theirs] = [await authority.issue('gantry'), await authority.issue('modality')];
    const port = await freePort();
    await journey.open(await journey.startBridge());
    await page.getByRole('button', { name: 'Settings' }).click();
    await page.getByRole('button', { name: 'Add AE' }).click();
    const dialog = page.getByRole('dialog');
    await dialog.getByLabel('AE title', { exact: true }).fill('SECURE');
    await dialog.getByLabel('Port', { exact: true }).fill(String(port));
    await dialog.getByLabel('Use TLS').check();
    await dialog.getByLabel('Certificate file').fill(own.certificateFile);
    await dialog.getByLabel('Key file').fill(own.keyFile);
    await dialog.getByLabel('CA file: who vouches for callers').fill(authority.caFile);
    await dialog.getByLabel('Callers need a certificate').check();
    await dialog.getByText('Advanced').click();
    await dialog
      .getByLabel('Behave like')
      .selectOption({ label: 'LGP: Leksell GammaPlan storage server' });
    await dialog.getByRole('button', { name: 'Save' }).click();
    const row = page.getByTestId('listener');
    await expect(row).toContainText('SECURE');
    await expect(row.getByRole('status')).toHaveText('Listens');

    const echo = (...options: string[]) =>
      runTool('echoscu', ['-v', ...options, '-aec', 'SECURE', '127.0.0.1', String(port)]);
    const tls = ['+tls', theirs.keyFile, theirs.certificateFile, '+cf', authority.caFile];
    expect((await echo(...tls, '-pts', '3')).output).toContain('Received Echo Response (Success)');
    expect((await echo('+tla', '+cf', authority.caFile)).code).not.toBe(0);
    expect((await echo()).code).not.toBe(0);

    await rm(own.keyFile);
    await row.getByRole('button', { name: 'Edit' }).click();
    await dialog.getByLabel('AE title', { exact: true }).fill('OTHER');
    await dialog.getByRole('button', { name: 'Save' }).click();
    await expect(row.getByRole('status')).toContainText(`${own.keyFile} (key) can't be read`);
    await row.getByRole('button', { name: 'Remove' }).click();
    await expect(page.getByText('None: Gantry listens as above alone.')).toBeVisible();
    await expect.poll(async () => (await echo(...tls)).output).toContain('Connection refused');
  } finally {
    await authority.remove();
  }
});
