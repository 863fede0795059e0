// For tests: a peer that asks for storage commitment and hears reports, said and read byte by byte.
import { bufferSource } from '../../../../shared/dicom/byte-source.ts';
import { encodeDataset, type Fields } from '../../../../shared/dicom/encode.ts';
import { readDataset } from '../../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../../shared/dicom/uids.ts';
import type { CommandSet } from '../message/command-set.ts';
import { decodeControlPdu } from '../pdu/control-pdu.ts';
import * as raw from './raw-connection.ts';
import { response, takeMessage, takeRelease } from './raw-messages.ts';

const COMMITMENT = '1.2.840.10008.1.20.1';
const INSTANCE = '1.2.840.10008.1.20.1.1';
const ELE = ExplicitVrLittleEndian;
const CONTEXT = { id: 1, abstractSyntax: COMMITMENT, transferSyntaxes: [ELE.uid] };
const REJECT = Uint8Array.of(3, 0, 0, 0, 0, 4, 0, 2, 3, 2);

interface Reference {
  readonly sopClassUid: string;
  readonly sopInstanceUid: string;
}

export interface HeardReport {
  readonly transactionUid: string | undefined;
  readonly eventType: number | undefined;
  readonly isRoleProposed: boolean;
  readonly committed: readonly string[];
  readonly failed: readonly { readonly sopInstanceUid: string; readonly reason: number }[];
}

/** How the next calls are answered, one after another; then reports are taken. */
type Trouble = 'reject-association' | 'refuse-role' | 'status-failure';

const item = ({ sopClassUid, sopInstanceUid }: Reference): Fields => ({
  [Tag.ReferencedSOPClassUID]: sopClassUid,
  [Tag.ReferencedSOPInstanceUID]: sopInstanceUid,
});

async function reportOf(
  command: CommandSet,
  bytes: Buffer,
  isRoleProposed: boolean,
): Promise<HeardReport> {
  const source = bufferSource(new Uint8Array(bytes));
  const { explicitVr, littleEndian } = ELE;
  const window = { start: 0, end: source.size, maxValueBytes: 1000 };
  const { dataset } = await readDataset(source, { explicitVr, littleEndian, ...window });
  const items = (tag: number) => dataset.get(tag)?.items?.map((one) => one.dataset) ?? [];
  return {
    transactionUid: dataset.string(Tag.TransactionUID),
    eventType: command.EventTypeID,
    isRoleProposed,
    committed: items(Tag.ReferencedSOPSequence).map(
      (one) => one.string(Tag.ReferencedSOPInstanceUID) ?? '',
    ),
    failed: items(Tag.FailedSOPSequence).map((one) => ({
      sopInstanceUid: one.string(Tag.ReferencedSOPInstanceUID) ?? '',
      reason: one.number(Tag.FailureReason) ?? 0,
    })),
  };
}

function requestMessage(fields: Fields, changes: CommandSet = {}): Buffer {
  const command = {
    RequestedSOPClassUID: COMMITMENT,
    CommandField: 0x0130,
    MessageID: 1,
    CommandDataSetType: 1,
    RequestedSOPInstanceUID: INSTANCE,
    ActionTypeID: 1,
    ...changes,
  };
  const bytes = encodeDataset(fields, ELE, 'as they are');
  return Buffer.concat([raw.commandTf(1, command), raw.dataTf(raw.pdv(1, raw.LAST, bytes))]);
}

interface Request {
  readonly transactionUid: string;
  readonly references: readonly Reference[];
}

const fieldsOf = ({ transactionUid, references }: Request): Fields => ({
  [Tag.TransactionUID]: transactionUid,
  [Tag.ReferencedSOPSequence]: references.map(item),
});

/** Listens as ASKER for reports, and asks. */
export async function commitmentPeer() {
  const troubles: Trouble[] = [];
  const reports: HeardReport[] = [];
  let calls = 0;
  let wake: () => void = () => undefined;

  async function hear(connection: raw.RawConnection): Promise<void> {
    const pdu = await connection.pdu();
    if (!pdu) return;
    calls++;
    const request = decodeControlPdu(1, pdu.body);
    const roles = request.type === 'associate-rq' ? request.userInformation.roleSelections : [];
    const isRoleProposed = roles?.[0]?.scpRole === true && !roles[0].scuRole;
    const trouble = troubles.shift();
    if (trouble === 'reject-association') {
      connection.write(REJECT);
      return;
    }
    const scpRole = trouble !== 'refuse-role';
    const roleSelections = [{ sopClassUid: COMMITMENT, scuRole: false, scpRole }];
    const userInformation = { maxPduLength: 16384, implementationClassUid: '1.2.3' };
    connection.write(raw.associateAc({ userInformation: { ...userInformation, roleSelections } }));
    if (scpRole) {
      const { command, dataset } = await takeMessage(connection);
      if (trouble === 'status-failure') connection.write(response(command, 0x0110));
      else {
        reports.push(await reportOf(command, dataset, isRoleProposed));
        connection.write(response(command, 0));
        wake();
      }
    }
    await takeRelease(connection);
  }

  async function askFields(
    port: number,
    fields: Fields,
    changes: CommandSet = {},
    callingAeTitle = 'ASKER',
  ): Promise<number> {
    const connection = await raw.rawClient(port);
    connection.write(raw.associateRq({ callingAeTitle, presentationContexts: [CONTEXT] }));
    await connection.pdu();
    connection.write(requestMessage(fields, changes));
    const answer = await takeMessage(connection);
    connection.write(raw.RELEASE_RQ);
    await connection.pdu();
    connection.end();
    return answer.command.Status ?? -1;
  }

  /** Asks, and waits on the same association for the report, which it takes. */
  async function askAndStay(port: number, request: Request): Promise<HeardReport> {
    const connection = await raw.rawClient(port);
    const contexts = { callingAeTitle: 'ASKER', presentationContexts: [CONTEXT] };
    connection.write(raw.associateRq(contexts));
    await connection.pdu();
    connection.write(requestMessage(fieldsOf(request)));
    const answer = await takeMessage(connection);
    if (answer.command.Status !== 0) throw new Error('The request was not taken.');
    const { command, dataset } = await takeMessage(connection);
    connection.write(response(command, 0), raw.RELEASE_RQ);
    await connection.pdu();
    connection.end();
    return reportOf(command, dataset, false);
  }

  const server = await raw.rawServer(hear);
  return {
    port: server.port,
    get calls() {
      return calls;
    },
    /** Reports that were heard and not asked for. */
    get waiting() {
      return reports.length;
    },
    answerWith: (...next: Trouble[]) => troubles.push(...next),
    askFields,
    askAndStay,
    /** @returns the status of the answer */
    ask: (port: number, request: Request, changes: CommandSet = {}, callingAeTitle = 'ASKER') =>
      askFields(port, fieldsOf(request), changes, callingAeTitle),
    async nextReport(): Promise<HeardReport> {
      for (;;) {
        const report = reports.shift();
        if (report) return report;
        await new Promise<void>((resolve) => (wake = resolve));
      }
    },
    close: () => server.close(),
  };
}
