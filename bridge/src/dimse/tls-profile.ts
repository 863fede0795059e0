// DICOM over TLS by the Non-Downgrading BCP 195 profile (PS3.15 sections B.9 and B.10, edition 2024a): TLS 1.2 with
// forward secrecy and GCM, or TLS 1.3, and nothing older. The files are read for each call, and again and again by a
// listener, so that a renewed certificate needs no restart.
import { readFile } from 'node:fs/promises';
import { isIP } from 'node:net';
import type { ConnectionOptions, TlsOptions } from 'node:tls';
import { DimseError } from './dimse-error.ts';

/** Paths of PEM files on the computer that the bridge runs on. */
interface TlsFiles {
  /** Our certificate, with those between it and its root. */
  readonly certificateFile?: string | undefined;
  readonly keyFile?: string | undefined;
  /** Whose certificates we trust. */
  readonly caFile?: string | undefined;
}

/** How we call a peer. Without `caFile` the public authorities are trusted; a certificate of our own is optional. */
export interface ClientTls extends TlsFiles {
  /** Whether the certificate must be for the peer's host. */
  readonly checkName: boolean;
}

/** How a listener answers. */
export interface ServerTls extends TlsFiles {
  readonly certificateFile: string;
  readonly keyFile: string;
  /** Whether a caller must show a certificate that `caFile` vouches for. */
  readonly requireClientCertificate: boolean;
}

/**
 * The suites of RFC 9325 section 4.2, of which PS3.15 section B.10 wants those with RSA; behind them those of TLS 1.3.
 * In the names of OpenSSL.
 */
export const CIPHERS = [
  'ECDHE-ECDSA-AES256-GCM-SHA384',
  'ECDHE-RSA-AES256-GCM-SHA384',
  'ECDHE-ECDSA-AES128-GCM-SHA256',
  'ECDHE-RSA-AES128-GCM-SHA256',
  'DHE-RSA-AES256-GCM-SHA384',
  'DHE-RSA-AES128-GCM-SHA256',
  'TLS_AES_256_GCM_SHA384',
  'TLS_CHACHA20_POLY1305_SHA256',
  'TLS_AES_128_GCM_SHA256',
] as const;

const PROFILE = { minVersion: 'TLSv1.2', ciphers: CIPHERS.join(':') } as const;

/** @throws DimseError tls-failed: a file can't be read */
export async function clientTlsOptions(tls: ClientTls, host: string): Promise<ConnectionOptions> {
  return {
    ...PROFILE,
    ...(await readFiles(tls)),
    // A name goes to the peer, which may hold several certificates; an address doesn't (RFC 6066 section 3).
    ...(isIP(host) === 0 && { servername: host }),
    // The certificate of the peer itself may stand in the CA file.
    allowPartialTrustChain: true,
    ...(!tls.checkName && { checkServerIdentity: () => undefined }),
  };
}

/** @throws DimseError tls-failed: a file can't be read */
export async function serverTlsOptions(tls: ServerTls): Promise<TlsOptions> {
  return {
    ...PROFILE,
    ...(await readFiles(tls)),
    dhparam: 'auto',
    honorCipherOrder: true,
    requestCert: tls.requireClientCertificate,
    rejectUnauthorized: true,
    allowPartialTrustChain: true,
  };
}

async function readFiles({ certificateFile, keyFile, caFile }: TlsFiles) {
  const cert = await readPem('certificate', certificateFile);
  const key = await readPem('key', keyFile);
  const ca = await readPem('certificates of the authorities', caFile);
  return { ...(cert && { cert }), ...(key && { key }), ...(ca && { ca }) };
}

async function readPem(what: string, path: string | undefined): Promise<string | undefined> {
  if (path === undefined) return undefined;
  const text = await readFile(path, 'utf8').catch((cause: unknown) => {
    throw new DimseError('tls-failed', `TLS: the file ${path} (${what}) can't be read.`, { cause });
  });
  // What isn't PEM would be passed over in silence, and the authorities would be none or all.
  if (text.includes('-----BEGIN ')) return text;
  throw new DimseError('tls-failed', `TLS: the file ${path} (${what}) is not PEM.`);
}
