import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import { readCommandLine } from './command-line.ts';
import { loadConfiguration } from './configuration.ts';

let folder: string;
beforeEach(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-configuration-'));
});
afterEach(() => rm(folder, { recursive: true, force: true }));

const load = async (file: object, ...args: string[]) => {
  await writeFile(join(folder, 'gantry.json'), JSON.stringify(file));
  return loadConfiguration(readCommandLine(['--data', folder, ...args], {}), {});
};

it('everything has a default, on loopback', async () => {
  expect(await load({})).toMatchObject({
    http: { host: '127.0.0.1', port: 8080 },
    dicom: { host: '127.0.0.1', port: 11112 },
    settings: { aeTitle: 'GANTRY', peers: [] },
  });
});

it('the command line wins over the file, and 0 turns DICOM off', async () => {
  const file = { http: '127.0.0.1:1', aeTitle: 'FILE' };
  const configuration = await load(file, '--http', '127.0.0.1:2', '--dicom', '0');
  expect(configuration.http.port).toBe(2);
  expect(configuration.settings.aeTitle).toBe('FILE');
  expect(configuration.dicom).toBeUndefined();
});

it('DICOM beyond this computer needs a list of who may call', async () => {
  await expect(load({ dicom: '0.0.0.0:11112' })).rejects.toThrow(/who may call/);
  await expect(load({}, '--dicom', '0.0.0.0:11112')).rejects.toThrow(/who may call/);
  const dicomAccess = { callingAeTitles: ['PACS'], callingHosts: ['192.0.2.10'] };
  const configuration = await load({ dicom: '0.0.0.0:11112', dicomAccess });
  expect(configuration).toMatchObject({ dicom: { host: '0.0.0.0', port: 11112 }, dicomAccess });
});

it('a list that lets everybody in is none', async () => {
  const empty = { callingAeTitles: [], callingHosts: ['192.0.2.10'] };
  await expect(load({ dicom: '0.0.0.0:1', dicomAccess: empty })).rejects.toThrow(/callingAeTitles/);
  const named = { callingAeTitles: ['PACS'], callingHosts: ['pacs.example'] };
  await expect(load({ dicom: '0.0.0.0:1', dicomAccess: named })).rejects.toThrow(/callingHosts/);
});

it('the page is never served beyond this computer', async () => {
  await expect(load({}, '--http', '0.0.0.0:8080')).rejects.toThrow(/loopback only/);
});
