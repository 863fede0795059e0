import { describe, expect, it } from 'vitest';
import { STORAGE_SOP_CLASSES } from '../../../shared/dicom/sop-classes.generated.ts';
import { decodeCommandSet, type CommandSet } from './message/command-set.ts';
import { PRIVATE_STORAGE_CLASSES } from '../../../shared/dicom/private-storage-classes.ts';
import { RETIRED_STORAGE_CLASSES } from '../../../shared/dicom/retired-storage-classes.ts';
import type {
  IncomingInstance,
  StorageScpOptions,
  StorageSink,
  StoreReceipt,
} from './storage-scp.ts';
import { storageScp } from './storage-scp.ts';
import {
  ILE,
  STORE_CLASS,
  TYPE,
  associated,
  bothContexts,
  startListener,
  status,
  storeRq,
} from './testing/listener-fixture.ts';
import * as raw from './testing/raw-connection.ts';

const noRequest = {} as Parameters<ReturnType<typeof storageScp>['transferSyntaxesFor']>[1];
const stored: StorageSink = () => Promise.resolve({ kind: 'stored' });
const syntaxes = (uid: string, acceptUnknownClasses = false) =>
  storageScp({ sink: stored, acceptUnknownClasses }).transferSyntaxesFor(uid, noRequest);

describe('what the Storage SCP accepts', () => {
  it('is every storage class of the standard, the retired ones and the private ones of Philips', () => {
    const current = STORAGE_SOP_CLASSES.filter(([uid]) =>
      uid.startsWith('1.2.840.10008.5.1.4.1.1.'),
    ).filter(([, name]) => !/Defined Procedure Protocol|Protocol Approval|Inventory/.test(name));
    const all = [...current, ...RETIRED_STORAGE_CLASSES, ...PRIVATE_STORAGE_CLASSES];
    expect(all.length).toBeGreaterThan(190);
    expect(all.filter(([uid]) => !syntaxes(uid))).toEqual([]);
    expect(new Set(all.map(([uid]) => uid)).size).toBe(all.length);
  });

  it('is what the standard has added since the table was made, such as label maps', () => {
    expect(syntaxes('1.2.840.10008.5.1.4.1.1.66.7')).toBeDefined();
    expect(syntaxes('1.2.840.10008.5.1.4.1.1.9.100.1')).toBeDefined();
  });

  it('is no DICOMDIR and no object without a patient, whatever the setting', () => {
    for (const uid of ['1.2.840.10008.1.3.10', '1.2.840.10008.5.1.4.39.1']) {
      expect(syntaxes(uid, false)).toBeUndefined();
      expect(syntaxes(uid, true)).toBeUndefined();
    }
  });

  it('is a storage class of the standard that no table has yet, an unknown one by setting, never a service', () => {
    expect(syntaxes('1.2.840.10008.5.1.4.1.1.9999', false)).toBeDefined();
    const unknown = '1.3.6.1.4.1.9999.1';
    expect(syntaxes(unknown, false)).toBeUndefined();
    expect(syntaxes(unknown, true)).toBeDefined();
    // Study Root Query/Retrieve Information Model - FIND, Storage Commitment Push Model.
    for (const uid of ['1.2.840.10008.5.1.4.1.2.2.1', '1.2.840.10008.1.20.1']) {
      expect(syntaxes(uid, true)).toBeUndefined();
    }
  });

  it('is any transfer syntax, the uncompressed ones of several foremost', () => {
    const accepted = syntaxes(STORE_CLASS) ?? [];
    expect(accepted.slice(0, 3)).toEqual([
      '1.2.840.10008.1.2.1',
      '1.2.840.10008.1.2',
      '1.2.840.10008.1.2.2',
    ]);
    for (const uid of ['1.2.1.99', '1.2.4.50', '1.2.4.70', '1.2.4.91', '1.2.4.203', '1.2.5']) {
      expect(accepted).toContain(`1.2.840.10008.${uid}`);
    }
    expect(new Set(accepted).size).toBe(accepted.length);
  });
});

describe('what the Storage SCP accepts by setting', () => {
  const MR = '1.2.840.10008.5.1.4.1.1.4';
  const accepts = (options: Partial<StorageScpOptions>) => {
    const scp = storageScp({ sink: stored, acceptUnknownClasses: false, ...options });
    return (uid: string) => scp.transferSyntaxesFor(uid, noRequest);
  };

  it('is only the SOP classes of the list, unknown ones among them, but never a service', () => {
    const printing = '1.2.840.10008.5.1.1.9';
    const of = accepts({ sopClasses: [MR, '1.3.6.1.4.1.9999.1', printing] });
    expect(of(MR)).toBeDefined();
    expect(of('1.3.6.1.4.1.9999.1')).toBeDefined();
    expect(of(STORE_CLASS)).toBeUndefined();
    expect(of(printing)).toBeUndefined();
  });

  it('is only the transfer syntaxes of the list, in its order', () => {
    const list = ['1.2.840.10008.1.2.4.70', '1.2.840.10008.1.2'];
    expect(accepts({ transferSyntaxes: list })(MR)).toEqual(list);
  });
});

/** Sends one C-STORE-RQ with a data set of four bytes and returns the status of the answer. */
async function answerTo(sink: StorageSink, command: CommandSet = {}) {
  const failures: unknown[] = [];
  const services = [storageScp({ sink, acceptUnknownClasses: false })];
  const { port } = await startListener({
    services,
    onHandlerFailure: (error) => failures.push(error),
  });
  const connection = await associated(port, bothContexts.slice(1));
  connection.write(raw.commandTf(3, { ...storeRq(7), ...command }));
  connection.write(raw.dataTf(raw.pdv(3, raw.LAST, Uint8Array.of(1, 2, 3, 4))));
  const pdu = await connection.pdu();
  expect(pdu?.type).toBe(TYPE.data);
  const answer = decodeCommandSet(pdu?.body.subarray(6) ?? new Uint8Array(0));
  return { status: status(pdu), answer, failures };
}

describe('what the Storage SCP answers', () => {
  it.each<[StoreReceipt, number]>([
    [{ kind: 'stored' }, 0x0000],
    [{ kind: 'kept' }, 0x0000],
    [{ kind: 'duplicate' }, 0x0111],
    [{ kind: 'out-of-resources' }, 0xa700],
    [{ kind: 'mismatch', problems: [] }, 0xa900],
    [{ kind: 'not-understood' }, 0xc000],
  ])('for $kind is %i', async (receipt, expected) => {
    const { status, answer } = await answerTo(() => Promise.resolve(receipt));
    expect(status).toBe(expected);
    expect(answer.ErrorComment?.length ?? 0).toBeLessThanOrEqual(64);
  });

  it('names the attributes that are wrong, and why the first one is', async () => {
    const { answer } = await answerTo(() =>
      Promise.resolve({
        kind: 'mismatch',
        problems: [
          { keyword: 'StudyInstanceUID', problem: 'missing' },
          { keyword: 'SeriesInstanceUID', problem: 'missing' },
        ],
      }),
    );
    expect(answer).toMatchObject({
      Status: 0xa900,
      OffendingElement: [0x0020000d, 0x0020000e],
      ErrorComment: 'StudyInstanceUID is missing',
    });
  });

  it('comes after the sink has taken the data set, with all that is known of it', async () => {
    const taken: number[] = [];
    let told: IncomingInstance | undefined;
    const sink: StorageSink = async (incoming) => {
      told = incoming;
      for await (const slice of incoming.dataset) taken.push(...slice);
      return { kind: 'stored' };
    };
    const command = {
      MoveOriginatorApplicationEntityTitle: 'GANTRY',
      MoveOriginatorMessageID: 5,
    };
    expect((await answerTo(sink, command)).status).toBe(0);
    expect(taken).toEqual([1, 2, 3, 4]);
    expect(told).toMatchObject({
      sopClassUid: STORE_CLASS,
      sopInstanceUid: '1.2.3',
      transferSyntaxUid: ILE,
      calledAeTitle: 'GANTRY',
      moveOriginator: { aeTitle: 'GANTRY', messageId: 5 },
    });
  });

  it('is A900H to a class that the context was not negotiated for; the sink hears nothing of it', async () => {
    let calls = 0;
    const sink: StorageSink = () => {
      calls++;
      return Promise.resolve({ kind: 'stored' });
    };
    const command = { AffectedSOPClassUID: '1.2.840.10008.5.1.4.1.1.4' };
    expect((await answerTo(sink, command)).status).toBe(0xa900);
    expect(calls).toBe(0);
  });

  it('is a processing failure when the sink fails', async () => {
    const error = new Error('the disk is gone');
    const answer = await answerTo(() => Promise.reject(error));
    expect(answer).toMatchObject({ status: 0x0110, failures: [error] });
  });
});
