import { DimseError } from './dimse-error.ts';

type Side = 'peer' | 'caller';

/** Errors of OpenSSL and Node, by code, about a certificate of the other side. */
const CERTIFICATE_WORDS: Readonly<Record<string, string>> = {
  CERT_HAS_EXPIRED: 'has expired: it needs a new one',
  CERT_NOT_YET_VALID: 'is not valid yet: compare the clocks of both computers',
  DEPTH_ZERO_SELF_SIGNED_CERT:
    'is self-signed and not among those trusted here: put it into the CA file if it is right',
  SELF_SIGNED_CERT_IN_CHAIN: 'is from an authority that is not in the CA file',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'is from an authority that is not in the CA file',
  UNABLE_TO_GET_ISSUER_CERT: 'is from an authority that is not in the CA file',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE:
    'is from an authority that is not in the CA file, or comes without those between',
  CERT_SIGNATURE_FAILURE: 'has a signature that is not its authority’s',
  INVALID_PURPOSE: 'is not made for this use (extended key usage)',
  INVALID_CA: 'is signed by a certificate that may sign none',
  CERT_REVOKED: 'was revoked',
  EE_KEY_TOO_SMALL: 'has a key that is too short: 2048 bits of RSA at least',
  CA_KEY_TOO_SMALL: 'is from an authority whose key is too short',
  CA_MD_TOO_WEAK: 'is signed by a hash that is too weak',
};

/** Alerts that the other side sent (RFC 8446 section 6), and what went wrong before a certificate was seen. */
const HANDSHAKE_WORDS: readonly (readonly [RegExp, (side: Side) => string])[] = [
  [
    /WRONG_VERSION_NUMBER|PACKET_LENGTH_TOO_LONG|HTTP_REQUEST|UNEXPECTED_MESSAGE|BAD_RECORD_TYPE|RECORD_LAYER_FAILURE/,
    (side) =>
      side === 'peer'
        ? 'the peer speaks no TLS on this port: check the port, or turn TLS off for this peer'
        : 'the caller speaks plain DICOM, where TLS is wanted',
  ],
  [
    /CERTIFICATE_REQUIRED|PEER_DID_NOT_RETURN_A_CERTIFICATE/,
    (side) =>
      side === 'peer'
        ? 'the peer wants a certificate of Gantry: name certificate and key in the settings of this peer'
        : 'the caller showed no certificate',
  ],
  [/ALERT_UNKNOWN_CA/, (side) => `the ${side} does not know the authority of Gantry’s certificate`],
  [/ALERT_CERTIFICATE_EXPIRED/, (side) => `the ${side} says that Gantry’s certificate has expired`],
  [
    /ALERT_(BAD|UNSUPPORTED)_CERTIFICATE|ALERT_CERTIFICATE_(REVOKED|UNKNOWN)/,
    (side) => `the ${side} does not take Gantry’s certificate`,
  ],
  [
    /PROTOCOL_VERSION|UNSUPPORTED_PROTOCOL|VERSION_TOO_LOW/,
    (side) => `the ${side} has no TLS 1.2 or newer`,
  ],
  [
    /HANDSHAKE_FAILURE|NO_SHARED_CIPHER|INSUFFICIENT_SECURITY|NO_CIPHERS_AVAILABLE/,
    (side) => `the ${side} and Gantry have no cipher suite in common, or it wants a certificate`,
  ],
  [/DH_KEY_TOO_SMALL/, (side) => `the ${side} offers a key exchange that is too weak`],
  [/KEY_VALUES_MISMATCH/, () => 'Gantry’s key does not belong to its certificate'],
  [
    /PEM|NO_START_LINE|BAD_BASE64|ASN1|UNSUPPORTED$/,
    () => 'a file of certificate or key is broken',
  ],
  [
    /BAD_DECRYPT|INTERRUPTED_OR_CANCELLED/,
    () => 'the key is protected by a password, which Gantry has not',
  ],
  [
    /ECONNRESET|EPIPE|ECONNABORTED/,
    (side) =>
      side === 'peer'
        ? 'the peer closed the connection during the handshake: it speaks no TLS on this port, or wants a certificate'
        : 'the caller closed the connection during the handshake',
  ],
];

const codeOf = (error: unknown): string =>
  error instanceof Error && 'code' in error ? String(error.code) : '';

/**
 * What went wrong in a TLS handshake, as a PACS administrator would say it.
 * @param side who the other one is
 */
export function tlsWords(error: unknown, side: Side): string {
  const code = codeOf(error);
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID') {
    return `the certificate of the ${side} is for another host: call it by a name that it holds, or turn off the check of the name`;
  }
  const certificate = CERTIFICATE_WORDS[code];
  if (certificate !== undefined) return `the certificate of the ${side} ${certificate}`;
  const found = HANDSHAKE_WORDS.find(([pattern]) => pattern.test(code));
  return found ? found[1](side) : `the handshake failed (${code === '' ? 'no reason' : code})`;
}

/** Whether an error of a socket is one of TLS: an alert may come after the handshake (RFC 8446 section 4.4.2.4). */
export const isTlsError = (error: unknown): boolean => codeOf(error).startsWith('ERR_SSL_');

export function tlsFailure(where: string, cause: unknown): DimseError {
  const message = `No secure connection to ${where}: ${tlsWords(cause, 'peer')}.`;
  return new DimseError('tls-failed', message, { cause });
}
