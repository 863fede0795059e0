// The user information item: PS3.8 section 9.3.2.3 and annex D, PS3.7 annex D.3.3.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part07.html#sect_D.3.3
import { protocolViolation } from '../dimse-error.ts';
import { ByteBuilder } from './byte-builder.ts';
import { ByteCursor } from './byte-cursor.ts';
import type { ExtendedNegotiation, RoleSelection, UserInformation } from './pdu.ts';

/** Each constant stands beside the section that lays out its sub-item. */
const ITEM = {
  /** PS3.8 D.1.1 */
  maximumLength: 0x51,
  /** PS3.7 D.3.3.2.1 */
  implementationClassUid: 0x52,
  /** PS3.7 D.3.3.3.1 */
  asynchronousOperationsWindow: 0x53,
  /** PS3.7 D.3.3.4.1 */
  roleSelection: 0x54,
  /** PS3.7 D.3.3.2.3 */
  implementationVersionName: 0x55,
  /** PS3.7 D.3.3.5.1 */
  extendedNegotiation: 0x56,
  /** PS3.7 D.3.3.7.1 */
  userIdentity: 0x58,
  /** PS3.7 D.3.3.7.2 */
  userIdentityResponse: 0x59,
} as const;

/** Some applications send a role, and an extended negotiation, for each of their SOP classes. */
const MAX_SUB_ITEMS = 1024;

/** Unfinished while its sub-items are read. */
type Draft = {
  -readonly [Key in keyof UserInformation]: UserInformation[Key];
} & { roleSelections: RoleSelection[]; extendedNegotiations: ExtendedNegotiation[] };

const DECODERS: Readonly<Record<number, (item: ByteCursor, draft: Draft) => void>> = {
  [ITEM.maximumLength]: (item, draft) => {
    draft.maxPduLength = item.u32('Maximum length received');
  },
  [ITEM.implementationClassUid]: (item, draft) => {
    draft.implementationClassUid = item.text(item.remaining, 'Implementation class UID');
  },
  [ITEM.implementationVersionName]: (item, draft) => {
    draft.implementationVersionName = item.text(item.remaining, 'Implementation version name');
  },
  [ITEM.asynchronousOperationsWindow]: (item, draft) => {
    const invoked = item.u16('Operations invoked');
    draft.asynchronousOperationsWindow = { invoked, performed: item.u16('Operations performed') };
  },
  [ITEM.roleSelection]: (item, draft) => {
    const sopClassUid = item.text(item.u16('UID length'), 'SOP class UID');
    const scuRole = item.u8('SCU role') === 1;
    draft.roleSelections.push({ sopClassUid, scuRole, scpRole: item.u8('SCP role') === 1 });
  },
  [ITEM.extendedNegotiation]: (item, draft) => {
    const sopClassUid = item.text(item.u16('SOP class UID length'), 'SOP class UID');
    const information = item.bytes(item.remaining, 'Application information').slice();
    draft.extendedNegotiations.push({ sopClassUid, information });
  },
  [ITEM.userIdentity]: (item, draft) => {
    const identityType = item.u8('User identity type');
    const positiveResponseRequested = item.u8('Positive response requested') === 1;
    const primaryField = item.bytes(item.u16('Primary field length'), 'Primary field').slice();
    const secondaryLength = item.u16('Secondary field length');
    const secondaryField = item.bytes(secondaryLength, 'Secondary field').slice();
    const identity = { identityType, positiveResponseRequested, primaryField, secondaryField };
    draft.userIdentity = identity;
  },
  [ITEM.userIdentityResponse]: (item, draft) => {
    const length = item.u16('Server response length');
    draft.userIdentityResponse = item.bytes(length, 'Server response').slice();
  },
};

/** Decodes the contents of item 50H. Unknown sub-items are skipped (PS3.8 section 9.3.1). */
export function decodeUserInformation(contents: Uint8Array): UserInformation {
  const cursor = new ByteCursor(contents);
  const draft: Draft = { roleSelections: [], extendedNegotiations: [] };
  for (let count = 1; cursor.remaining > 0; count++) {
    if (count > MAX_SUB_ITEMS) throw protocolViolation(`more than ${MAX_SUB_ITEMS} sub-items`);
    const type = cursor.u8('Sub-item type');
    cursor.skip(1, 'Sub-item header');
    const body = cursor.bytes(cursor.u16('Sub-item length'), 'User information sub-item');
    DECODERS[type]?.(new ByteCursor(body), draft);
  }
  return draft;
}

/** Encodes the contents of item 50H, sub-items in ascending order of type. */
export function encodeUserInformation(user: UserInformation): ByteBuilder {
  const out = new ByteBuilder();
  const item = (type: number, fill: (contents: ByteBuilder) => void): void => {
    const contents = new ByteBuilder();
    fill(contents);
    out.item(type, contents);
  };
  const { maxPduLength, implementationClassUid, implementationVersionName } = user;
  const { asynchronousOperationsWindow: window, userIdentity, userIdentityResponse } = user;
  if (maxPduLength !== undefined) item(ITEM.maximumLength, (to) => to.u32(maxPduLength));
  if (implementationClassUid !== undefined) {
    item(ITEM.implementationClassUid, (to) => to.text(implementationClassUid));
  }
  if (window) {
    item(ITEM.asynchronousOperationsWindow, (to) => to.u16(window.invoked).u16(window.performed));
  }
  for (const { sopClassUid, scuRole, scpRole } of user.roleSelections ?? []) {
    item(ITEM.roleSelection, (to) =>
      to.u16(sopClassUid.length).text(sopClassUid).u8(Number(scuRole), Number(scpRole)),
    );
  }
  if (implementationVersionName !== undefined) {
    item(ITEM.implementationVersionName, (to) => to.text(implementationVersionName));
  }
  for (const { sopClassUid, information } of user.extendedNegotiations ?? []) {
    item(ITEM.extendedNegotiation, (to) =>
      to.u16(sopClassUid.length).text(sopClassUid).bytes(information),
    );
  }
  if (userIdentity) {
    const { identityType, positiveResponseRequested, primaryField, secondaryField } = userIdentity;
    item(ITEM.userIdentity, (to) =>
      to
        .u8(identityType, Number(positiveResponseRequested))
        .u16(primaryField.length)
        .bytes(primaryField)
        .u16(secondaryField.length)
        .bytes(secondaryField),
    );
  }
  if (userIdentityResponse) {
    item(ITEM.userIdentityResponse, (to) =>
      to.u16(userIdentityResponse.length).bytes(userIdentityResponse),
    );
  }
  return out;
}
