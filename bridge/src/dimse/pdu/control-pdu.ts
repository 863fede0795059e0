// Bytes ⇄ values for every PDU but P-DATA-TF.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part08.html#sect_9.3.2
import { protocolViolation } from '../dimse-error.ts';
import { ByteBuilder } from './byte-builder.ts';
import { ByteCursor } from './byte-cursor.ts';
import type {
  AnsweredContext,
  AssociateAc,
  AssociateRq,
  ControlPdu,
  ProposedContext,
} from './pdu.ts';
import { PDU_HEADER_LENGTH, PDU_TYPE } from './pdu.ts';
import { decodeUserInformation, encodeUserInformation } from './user-information.ts';

/** PS3.8 sections 9.3.2 and 9.3.3. */
const ITEM = {
  applicationContext: 0x10,
  presentationContextRq: 0x20,
  presentationContextAc: 0x21,
  abstractSyntax: 0x30,
  transferSyntax: 0x40,
  userInformation: 0x50,
} as const;

const AE_TITLE_LENGTH = 16;

/** 128 contexts, some of them twice, and a few more items: real requests have no more. */
const MAX_VARIABLE_ITEMS = 512;
/** The standard has some 60 transfer syntaxes. */
const MAX_ITEMS_OF_CONTEXT = 256;
const RESERVED_AFTER_TITLES = 32;

/** @returns the whole PDU, header included */
export function encodeControlPdu(pdu: ControlPdu): Uint8Array {
  switch (pdu.type) {
    case 'associate-rq':
      return frame(PDU_TYPE.associateRq, associateBody(pdu, ITEM.presentationContextRq));
    case 'associate-ac':
      return frame(PDU_TYPE.associateAc, associateBody(pdu, ITEM.presentationContextAc));
    case 'associate-rj':
      return frame(
        PDU_TYPE.associateRj,
        new ByteBuilder().u8(0, pdu.result, pdu.source, pdu.reason),
      );
    case 'release-rq':
      return frame(PDU_TYPE.releaseRq, new ByteBuilder().u32(0));
    case 'release-rp':
      return frame(PDU_TYPE.releaseRp, new ByteBuilder().u32(0));
    case 'abort':
      return frame(PDU_TYPE.abort, new ByteBuilder().u8(0, 0, pdu.source, pdu.reason));
  }
}

/**
 * @param type the first byte of the PDU
 * @param body what follows its six bytes of header
 * @throws DimseError protocol-violation
 */
export function decodeControlPdu(type: number, body: Uint8Array): ControlPdu {
  const cursor = new ByteCursor(body);
  switch (type) {
    case PDU_TYPE.associateRq:
      return decodeAssociateRq(cursor);
    case PDU_TYPE.associateAc:
      return decodeAssociateAc(cursor);
    case PDU_TYPE.associateRj: {
      cursor.skip(1, 'A-ASSOCIATE-RJ');
      const result = cursor.u8('Result');
      const source = cursor.u8('Source');
      return { type: 'associate-rj', result, source, reason: cursor.u8('Reason') };
    }
    case PDU_TYPE.releaseRq:
      return { type: 'release-rq' };
    case PDU_TYPE.releaseRp:
      return { type: 'release-rp' };
    case PDU_TYPE.abort: {
      cursor.skip(2, 'A-ABORT');
      const source = cursor.u8('Source');
      return { type: 'abort', source, reason: cursor.u8('Reason') };
    }
    default:
      throw new RangeError(`PDU type ${type} is not a control PDU`);
  }
}

function frame(type: number, body: ByteBuilder): Uint8Array {
  const contents = body.build();
  const pdu = new Uint8Array(PDU_HEADER_LENGTH + contents.length);
  pdu.set(new ByteBuilder().u8(type, 0).u32(contents.length).build());
  pdu.set(contents, PDU_HEADER_LENGTH);
  return pdu;
}

function associateBody(pdu: AssociateRq | AssociateAc, contextItem: number): ByteBuilder {
  const out = new ByteBuilder().u16(pdu.protocolVersion).u16(0);
  // Received titles are echoed as they came; a longer one than the field is cut rather than shifting what follows.
  for (const title of [pdu.calledAeTitle, pdu.callingAeTitle]) {
    out.text(title.slice(0, AE_TITLE_LENGTH).padEnd(AE_TITLE_LENGTH));
  }
  out.bytes(new Uint8Array(RESERVED_AFTER_TITLES));
  out.item(ITEM.applicationContext, new ByteBuilder().text(pdu.applicationContextName));
  for (const context of pdu.presentationContexts) {
    out.item(contextItem, 'result' in context ? answeredBody(context) : proposedBody(context));
  }
  return out.item(ITEM.userInformation, encodeUserInformation(pdu.userInformation));
}

function proposedBody(context: ProposedContext): ByteBuilder {
  const out = new ByteBuilder().u8(context.id, 0, 0, 0);
  out.item(ITEM.abstractSyntax, new ByteBuilder().text(context.abstractSyntax));
  for (const syntax of context.transferSyntaxes) {
    out.item(ITEM.transferSyntax, new ByteBuilder().text(syntax));
  }
  return out;
}

function answeredBody(context: AnsweredContext): ByteBuilder {
  const out = new ByteBuilder().u8(context.id, 0, context.result, 0);
  return out.item(ITEM.transferSyntax, new ByteBuilder().text(context.transferSyntax));
}

interface Item {
  readonly type: number;
  readonly contents: Uint8Array;
}

/** @throws DimseError protocol-violation when there are more than `most`: each costs more memory than its bytes */
function* items(cursor: ByteCursor, what: string, most: number): Generator<Item> {
  for (let count = 1; cursor.remaining > 0; count++) {
    if (count > most) throw protocolViolation(`${what}: more than ${most} of them`);
    const type = cursor.u8(what);
    cursor.skip(1, what);
    yield { type, contents: cursor.bytes(cursor.u16(what), what) };
  }
}

const text = (contents: Uint8Array, what: string): string =>
  new ByteCursor(contents).text(contents.length, what);

function decodeFixedPart(cursor: ByteCursor) {
  const protocolVersion = cursor.u16('Protocol version');
  cursor.skip(2, 'Reserved');
  const calledAeTitle = cursor.text(AE_TITLE_LENGTH, 'Called AE title');
  const callingAeTitle = cursor.text(AE_TITLE_LENGTH, 'Calling AE title');
  cursor.skip(RESERVED_AFTER_TITLES, 'Reserved');
  return { protocolVersion, calledAeTitle, callingAeTitle };
}

/** What both association PDUs have in common; each decodes its own kind of presentation context. */
function decodeAssociate<Context extends { readonly id: number }>(
  cursor: ByteCursor,
  contextItem: number,
  decodeContext: (contents: ByteCursor) => Context,
) {
  const fixed = decodeFixedPart(cursor);
  let applicationContextName = '';
  let userInformation = {};
  const contexts = new Map<number, Context>();
  for (const { type, contents } of items(cursor, 'Variable item', MAX_VARIABLE_ITEMS)) {
    if (type === ITEM.applicationContext) {
      applicationContextName = text(contents, 'Application context name');
    } else if (type === ITEM.userInformation) {
      userInformation = decodeUserInformation(contents);
    } else if (type === contextItem) {
      const context = decodeContext(new ByteCursor(contents));
      // Some peers repeat an ID: the first one is what is answered, so that both sides mean the same.
      if (!contexts.has(context.id)) contexts.set(context.id, context);
    }
  }
  return {
    ...fixed,
    applicationContextName,
    presentationContexts: [...contexts.values()],
    userInformation,
  };
}

function decodeAssociateRq(cursor: ByteCursor): AssociateRq {
  const associate = decodeAssociate(cursor, ITEM.presentationContextRq, (contents) => {
    const id = contents.u8('Presentation context ID');
    contents.skip(3, 'Presentation context');
    let abstractSyntax = '';
    const transferSyntaxes: string[] = [];
    // PS3.8 section 9.3.2.2 wants odd IDs. Who counts otherwise means the same: any byte names a context.
    for (const item of items(contents, 'Items of a context', MAX_ITEMS_OF_CONTEXT)) {
      if (item.type === ITEM.abstractSyntax) {
        abstractSyntax = text(item.contents, 'Abstract syntax');
      } else if (item.type === ITEM.transferSyntax) {
        transferSyntaxes.push(text(item.contents, 'Transfer syntax'));
      }
    }
    return { id, abstractSyntax, transferSyntaxes };
  });
  if (associate.presentationContexts.length === 0) {
    throw protocolViolation('A-ASSOCIATE-RQ without presentation contexts');
  }
  return { type: 'associate-rq', ...associate };
}

function decodeAssociateAc(cursor: ByteCursor): AssociateAc {
  const associate = decodeAssociate(cursor, ITEM.presentationContextAc, (contents) => {
    const id = contents.u8('Presentation context ID');
    contents.skip(1, 'Presentation context');
    const result = contents.u8('Result');
    contents.skip(1, 'Presentation context');
    let transferSyntax = '';
    for (const item of items(contents, 'Items of a context', MAX_ITEMS_OF_CONTEXT)) {
      if (item.type === ITEM.transferSyntax)
        transferSyntax = text(item.contents, 'Transfer syntax');
    }
    return { id, result, transferSyntax };
  });
  return { type: 'associate-ac', ...associate };
}
