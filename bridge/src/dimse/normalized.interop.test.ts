import dcmjsDimse from 'dcmjs-dimse';
import { afterEach, describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/support/peers.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { encodeIdentifier } from './identifier.ts';
import { listen, type Listener } from './listener.ts';
import type { CommandSet } from './message/command-set.ts';
import { DATA_SET_FOLLOWS, NO_DATA_SET } from './message/command-set.ts';
import { COMMAND_FIELD, type MessageName } from './message/message-types.ts';
import { requestAssociation } from './request-association.ts';
import type { ScpService } from './scp-service.ts';

const { Client, Dataset, Scp, Server, requests, responses, constants, log } = dcmjsDimse;
log.setLevel('silent');

/** Printer (PS3.4 section H.4.6): any class with all six operations would do. */
const CLASS = '1.2.840.10008.5.1.1.16';
const INSTANCE = '1.2.840.10008.5.1.1.17';
const ILE = '1.2.840.10008.1.2';
const FIELDS = { PrinterStatus: 'NORMAL', PrinterName: 'THERE' };
const ATTRIBUTE_LIST_ERROR = 0x0107;
const identifier = (name: string) =>
  encodeIdentifier({ [Tag.PrinterStatus]: 'NORMAL', [Tag.PrinterName]: name }, ILE);

type NormalizedRequest = Extract<MessageName, `N-${string}-RQ`>;
const NAMES: readonly NormalizedRequest[] = [
  ...(['N-EVENT-REPORT-RQ', 'N-GET-RQ', 'N-SET-RQ'] as const),
  ...(['N-ACTION-RQ', 'N-CREATE-RQ', 'N-DELETE-RQ'] as const),
];
/** PS3.7 section 10.3: which have a data set in their request here, and which in their response. */
const HAS_DATA: readonly MessageName[] = [
  ...(['N-EVENT-REPORT-RQ', 'N-SET-RQ', 'N-ACTION-RQ', 'N-CREATE-RQ'] as const),
];
const IS_ANSWERED_WITH_DATA = 'N-GET-RQ';
const ON_AFFECTED: readonly MessageName[] = ['N-EVENT-REPORT-RQ', 'N-CREATE-RQ'];

let listener: Listener | undefined;
let server: dcmjsDimse.Server | undefined;
afterEach(async () => {
  await listener?.close(0);
  server?.close();
  listener = server = undefined;
});

describe('As SCP of DIMSE-N', () => {
  /** What dcmjs-dimse asks for. */
  function requestOf(name: NormalizedRequest): dcmjsDimse.requests.Request {
    switch (name) {
      case 'N-EVENT-REPORT-RQ':
        return new requests.NEventReportRequest(CLASS, INSTANCE, 2);
      case 'N-GET-RQ':
        return new requests.NGetRequest(CLASS, INSTANCE, ['PrinterStatus', 'PrinterName']);
      case 'N-SET-RQ':
        return new requests.NSetRequest(CLASS, INSTANCE);
      case 'N-ACTION-RQ':
        return new requests.NActionRequest(CLASS, INSTANCE, 1);
      case 'N-CREATE-RQ':
        return new requests.NCreateRequest(CLASS, INSTANCE);
      case 'N-DELETE-RQ':
        return new requests.NDeleteRequest(CLASS, INSTANCE);
    }
  }

  it.each(NAMES)('dcmjs-dimse gets an answer to %s', async (name) => {
    const heard: { name: string; command: CommandSet; dataset: Buffer }[] = [];
    const service: ScpService = {
      transferSyntaxesFor: (uid) => (uid === CLASS ? [ILE] : undefined),
      requests: NAMES,
      handle: async ({ command, dataset, ...request }) => {
        const slices = await Array.fromAsync(dataset ?? []);
        heard.push({ name: request.name, command, dataset: Buffer.concat(slices) });
        const answer = request.name === IS_ANSWERED_WITH_DATA && { dataset: identifier('HERE') };
        return { status: ATTRIBUTE_LIST_ERROR, ...answer };
      },
    };
    listener = await listen({
      host: '127.0.0.1',
      port: 0,
      aeTitles: ['GANTRY'],
      services: [service],
    });
    const client = new Client();
    const request = requestOf(name);
    if (HAS_DATA.includes(name)) request.setDataset(new Dataset(FIELDS));
    const answer = new Promise<dcmjsDimse.responses.Response>((resolve) => {
      request.on('response', resolve);
    });
    client.addRequest(request);
    const closed = new Promise((resolve) => client.on('closed', resolve));
    client.send('127.0.0.1', listener.port, 'DCMJS', 'GANTRY');
    const response = await answer;
    await closed;
    expect(response.getStatus()).toBe(ATTRIBUTE_LIST_ERROR);
    expect(response.getAffectedSopInstanceUid()).toBe(INSTANCE);
    const printer = response.getDataset()?.getElement('PrinterName') as unknown;
    expect(printer).toBe(name === IS_ANSWERED_WITH_DATA ? 'HERE' : undefined);
    const role = ON_AFFECTED.includes(name) ? 'Affected' : 'Requested';
    expect(heard).toMatchObject([
      { name, command: { [`${role}SOPClassUID`]: CLASS, [`${role}SOPInstanceUID`]: INSTANCE } },
    ]);
    expect(heard[0]?.dataset.includes('THERE')).toBe(HAS_DATA.includes(name));
  });
});

describe('As SCU of DIMSE-N', () => {
  /** Answers with a warning, and notes what it is told. */
  const heard: { name: string | undefined; printer: unknown }[] = [];
  class NotingScp extends Scp {
    override associationRequested(association: dcmjsDimse.association.Association): void {
      for (const { id } of association.getPresentationContexts()) {
        const context = association.getPresentationContext(id);
        const [syntax] = context.getTransferSyntaxUids();
        context.setResult(constants.PresentationContextResult.Accept, syntax);
      }
      this.sendAssociationAccept();
    }
    override associationReleaseRequested(): void {
      this.sendAssociationReleaseResponse();
    }
    #note<R extends dcmjsDimse.responses.Response>(
      request: dcmjsDimse.requests.Request,
      response: R,
    ): R {
      const field = request.getCommandFieldType();
      const name = NAMES.find((candidate) => COMMAND_FIELD[candidate] === field);
      heard.push({ name, printer: request.getDataset()?.getElement('PrinterName') });
      response.setStatus(ATTRIBUTE_LIST_ERROR);
      if (name === IS_ANSWERED_WITH_DATA) response.setDataset(new Dataset(FIELDS));
      return response;
    }
    override nEventReportRequest: InstanceType<typeof Scp>['nEventReportRequest'] = (
      request,
      callback,
    ) => callback(this.#note(request, responses.NEventReportResponse.fromRequest(request)));
    override nGetRequest: InstanceType<typeof Scp>['nGetRequest'] = (request, callback) =>
      callback(this.#note(request, responses.NGetResponse.fromRequest(request)));
    override nSetRequest: InstanceType<typeof Scp>['nSetRequest'] = (request, callback) =>
      callback(this.#note(request, responses.NSetResponse.fromRequest(request)));
    override nActionRequest: InstanceType<typeof Scp>['nActionRequest'] = (request, callback) =>
      callback(this.#note(request, responses.NActionResponse.fromRequest(request)));
    override nCreateRequest: InstanceType<typeof Scp>['nCreateRequest'] = (request, callback) =>
      callback(this.#note(request, responses.NCreateResponse.fromRequest(request)));
    override nDeleteRequest: InstanceType<typeof Scp>['nDeleteRequest'] = (request, callback) =>
      callback(this.#note(request, responses.NDeleteResponse.fromRequest(request)));
  }

  it('we get an answer of dcmjs-dimse to each request', async () => {
    const port = await freePort();
    server = new Server(NotingScp);
    server.listen(port);
    const titles = { calledAeTitle: 'DCMJS', callingAeTitle: 'GANTRY' };
    const context = { id: 1, abstractSyntax: CLASS, transferSyntaxes: [ILE] };
    const peer = { host: '127.0.0.1', port, ...titles };
    const { association } = await requestAssociation(peer, [context], {});
    for (const name of NAMES) {
      const hasData = HAS_DATA.includes(name);
      const command: CommandSet = {
        ...(ON_AFFECTED.includes(name)
          ? { AffectedSOPClassUID: CLASS, AffectedSOPInstanceUID: INSTANCE }
          : { RequestedSOPClassUID: CLASS, RequestedSOPInstanceUID: INSTANCE }),
        CommandField: COMMAND_FIELD[name],
        MessageID: association.nextMessageId(),
        CommandDataSetType: hasData ? DATA_SET_FOLLOWS : NO_DATA_SET,
        ...(name === 'N-EVENT-REPORT-RQ' && { EventTypeID: 2 }),
        ...(name === 'N-ACTION-RQ' && { ActionTypeID: 1 }),
        ...(name === 'N-GET-RQ' && { AttributeIdentifierList: [Tag.PrinterName] }),
      };
      const dataset = identifier('OURS');
      const answer = await association.operation(undefined, async () => {
        await association.send({ contextId: 1, command, ...(hasData && { dataset }) });
        return association.nextMessage(5000);
      });
      expect(answer).toMatchObject({
        name: name.replace('-RQ', '-RSP'),
        command: { Status: ATTRIBUTE_LIST_ERROR, MessageIDBeingRespondedTo: command.MessageID },
        hasDataSet: name === IS_ANSWERED_WITH_DATA,
      });
      const taken = Buffer.concat(await Array.fromAsync(answer?.dataset ?? []));
      expect(taken.includes('THERE')).toBe(name === IS_ANSWERED_WITH_DATA);
      expect(heard.at(-1)).toEqual({ name, printer: hasData ? 'OURS' : undefined });
    }
    await association.release();
  });
});
