// User identity negotiation: PS3.7 section D.3.3.7. The fields are secrets: they stand in no error and no log.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part07.html#sect_D.3.3.7
import { createHash, timingSafeEqual } from 'node:crypto';
import type { UserIdentity } from './pdu/pdu.ts';

/** PS3.7 table D.3-14. */
const IDENTITY_TYPE = { username: 1, usernameAndPasscode: 2 } as const;
const REFUSED_TYPES: Readonly<Record<number, string>> = {
  3: 'Kerberos tickets are not supported',
  4: 'SAML assertions are not supported',
  5: 'JSON Web Tokens are not supported',
};

/** A user as a name, or as a name and a passcode. */
export interface User {
  readonly username: string;
  readonly passcode?: string | undefined;
}

/** Who may open associations, beside what is asked of AE titles and hosts. */
export interface IdentityPolicy {
  readonly users: readonly User[];
  /** Whether a request without an identity is rejected. */
  readonly required: boolean;
}

/** What an A-ASSOCIATE-RQ says of a user (PS3.7 table D.3-14). */
export function proposedIdentity({ username, passcode }: User): UserIdentity {
  const { usernameAndPasscode, username: usernameOnly } = IDENTITY_TYPE;
  return {
    identityType: passcode === undefined ? usernameOnly : usernameAndPasscode,
    positiveResponseRequested: false,
    primaryField: Buffer.from(username, 'utf8'),
    secondaryField: Buffer.from(passcode ?? '', 'utf8'),
  };
}

/** @returns why the identity is refused, in words without its values; undefined when it is accepted */
export function identityRefusal(
  policy: IdentityPolicy,
  identity: UserIdentity | undefined,
): string | undefined {
  if (!identity) return policy.required ? 'it names no user' : undefined;
  const { identityType, primaryField, secondaryField } = identity;
  if (
    identityType !== IDENTITY_TYPE.username &&
    identityType !== IDENTITY_TYPE.usernameAndPasscode
  ) {
    return REFUSED_TYPES[identityType] ?? `user identity type ${identityType} is unknown`;
  }
  const hasPasscode = identityType === IDENTITY_TYPE.usernameAndPasscode;
  // All users are compared, so that the time says nothing about who there is.
  const found = policy.users.filter(
    ({ username, passcode }) =>
      isSame(primaryField, username) &&
      (passcode === undefined || (hasPasscode && isSame(secondaryField, passcode))),
  );
  return found.length > 0 ? undefined : 'the user or the passcode is not known';
}

/** In a time that doesn't tell how much is the same. */
function isSame(received: Uint8Array, expected: string): boolean {
  const digest = (bytes: Uint8Array): Buffer => createHash('sha256').update(bytes).digest();
  return timingSafeEqual(digest(received), digest(Buffer.from(expected, 'utf8')));
}
