// Certificates for tests, made by openssl: an authority, and what it and others sign.
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { runTool } from './peers.ts';

/** Paths of PEM files. */
export interface Certificate {
  readonly certificateFile: string;
  readonly keyFile: string;
}

export interface CertificateOptions {
  /** As openssl writes subjectAltName. Default: 127.0.0.1 and localhost. */
  readonly names?: string;
  /** Default 30; a negative number is a certificate that has expired. */
  readonly days?: number;
  /** Default RSA. */
  readonly key?: 'rsa' | 'ec';
}

export interface TestAuthority {
  readonly folder: string;
  readonly caFile: string;
  issue(name: string, options?: CertificateOptions): Promise<Certificate>;
  selfSigned(name: string): Promise<Certificate>;
  remove(): Promise<void>;
}

async function openssl(args: readonly string[]): Promise<void> {
  const { code, output } = await runTool('openssl', args);
  if (code !== 0) throw new Error(`openssl ${args[0] ?? ''} failed: ${output}`);
}

const newKey = (kind: 'rsa' | 'ec'): string[] =>
  kind === 'rsa'
    ? ['-newkey', 'rsa:2048', '-nodes']
    : ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];

/** Makes an authority in a temporary folder of its own. */
export async function testAuthority(): Promise<TestAuthority> {
  const folder = await mkdtemp(join(tmpdir(), 'gantry-certificates-'));
  const path = (name: string): string => join(folder, name);
  const filesOf = (name: string): Certificate => ({
    certificateFile: path(`${name}.pem`),
    keyFile: path(`${name}.key.pem`),
  });
  const selfSigned = async (name: string): Promise<Certificate> => {
    const files = filesOf(name);
    await openssl([
      ...['req', '-x509', ...newKey('ec'), '-days', '30', '-subj', `/CN=${name}`],
      ...['-addext', 'subjectAltName=IP:127.0.0.1'],
      ...['-keyout', files.keyFile, '-out', files.certificateFile],
    ]);
    return files;
  };
  const ca = await selfSigned('authority');
  const issue = async (name: string, options: CertificateOptions = {}): Promise<Certificate> => {
    const { names = 'IP:127.0.0.1,DNS:localhost', days = 30, key = 'rsa' } = options;
    const files = filesOf(name);
    const request = path(`${name}.csr`);
    await openssl([
      ...['req', '-new', ...newKey(key), '-subj', `/CN=${name}`],
      ...['-keyout', files.keyFile, '-out', request],
    ]);
    await writeFile(path(`${name}.ext`), `subjectAltName=${names}\n`);
    await openssl([
      ...['x509', '-req', '-in', request, '-CA', ca.certificateFile, '-CAkey', ca.keyFile],
      ...['-CAcreateserial', '-days', String(days), '-extfile', path(`${name}.ext`)],
      ...['-out', files.certificateFile],
    ]);
    return files;
  };
  const remove = () => rm(folder, { recursive: true, force: true });
  return { folder, caFile: ca.certificateFile, issue, selfSigned, remove };
}
