import dcmjsDimse from 'dcmjs-dimse';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { freePort } from '../../../e2e/support/peers.ts';
import { listen } from './listener.ts';
import { move } from './move-scu.ts';
import { query } from './query-scu.ts';
import type { ScpPeer } from './scp-service.ts';
import { StorageScu } from './storage-scu.ts';
import { madeInstance } from './testing/part10.ts';
import { echo, verificationScp } from './verification.ts';

const { Client, Dataset, Scp, Server, requests, responses, constants, log } = dcmjsDimse;
log.setLevel('silent');

const COERCION = 0xb000;
const MOVE_DESTINATION_UNKNOWN = 0xa801;

const stored: (string | undefined)[] = [];

/** Accepts every context in its first transfer syntax, and notes the instances that come. */
class AcceptingScp extends Scp {
  override associationRequested(association: dcmjsDimse.association.Association): void {
    for (const { id } of association.getPresentationContexts()) {
      const context = association.getPresentationContext(id);
      const [syntax] = context.getTransferSyntaxUids();
      context.setResult(constants.PresentationContextResult.Accept, syntax);
    }
    this.sendAssociationAccept();
  }

  override cEchoRequest(
    request: dcmjsDimse.requests.CEchoRequest,
    callback: (response: dcmjsDimse.responses.CEchoResponse) => void,
  ): void {
    const response = responses.CEchoResponse.fromRequest(request);
    response.setStatus(constants.Status.Success);
    callback(response);
  }

  override cStoreRequest(
    request: dcmjsDimse.requests.CStoreRequest,
    callback: (response: dcmjsDimse.responses.CStoreResponse) => void,
  ): void {
    stored.push(request.getAffectedSopInstanceUid());
    const response = responses.CStoreResponse.fromRequest(request);
    response.setStatus(COERCION);
    callback(response);
  }

  override cFindRequest(
    request: dcmjsDimse.requests.CFindRequest,
    callback: (responses: dcmjsDimse.responses.CFindResponse[]) => void,
  ): void {
    const name = request.getDataset()?.getElement('PatientName');
    const matches = ['A', 'B'].map((suffix) => {
      const response = responses.CFindResponse.fromRequest(request);
      response.setDataset(
        new Dataset({ PatientName: `${String(name)}^${suffix}`, StudyInstanceUID: '1.2' }),
      );
      response.setStatus(constants.Status.Pending);
      return response;
    });
    const last = responses.CFindResponse.fromRequest(request);
    last.setStatus(constants.Status.Success);
    callback([...matches, last]);
  }

  override cMoveRequest(
    request: dcmjsDimse.requests.CMoveRequest,
    callback: (responses: dcmjsDimse.responses.CMoveResponse[]) => void,
  ): void {
    const pending = responses.CMoveResponse.fromRequest(request);
    pending.setStatus(constants.Status.Pending);
    pending.setRemaining(1);
    pending.setCompleted(1);
    const last = responses.CMoveResponse.fromRequest(request);
    last.setStatus(MOVE_DESTINATION_UNKNOWN);
    callback([pending, last]);
  }

  override associationReleaseRequested(): void {
    this.sendAssociationReleaseResponse();
  }
}

describe('With dcmjs-dimse', () => {
  const server = new Server(AcceptingScp);
  let port = 0;
  beforeAll(async () => {
    port = await freePort();
    server.listen(port);
  });
  afterAll(() => server.close());

  const address = () => ({
    host: '127.0.0.1',
    port,
    calledAeTitle: 'DCMJS',
    callingAeTitle: 'GANTRY',
  });

  it('our SCU gets an echo', async () => {
    expect(await echo(address())).toMatchObject({ status: 0 });
  });

  it('our SCU stores, and tells a warning', async () => {
    const instance = madeInstance(7, 50_000);
    const storage = new StorageScu(address(), [instance]);
    const result = await storage.store({ ...instance, length: instance.dataset.length });
    await storage.release();
    expect(result).toMatchObject({ kind: 'stored', status: COERCION });
    expect(stored).toEqual([instance.sopInstanceUid]);
  });

  it('our SCU finds', async () => {
    const found: unknown[] = [];
    const keys = { PatientName: 'PHANTOM' };
    const request = { informationModel: 'study-root', level: 'STUDY', keys } as const;
    for await (const match of query(address(), request)) found.push(match);
    expect(found).toEqual([
      { PatientName: 'PHANTOM^A', StudyInstanceUID: '1.2' },
      { PatientName: 'PHANTOM^B', StudyInstanceUID: '1.2' },
    ]);
  });

  it('our SCU asks for a move, and tells progress and refusal', async () => {
    const request = { level: 'STUDY', studyInstanceUid: '1.2', destination: 'GANTRY' } as const;
    const moving = move(address(), request);
    expect(await moving.next()).toMatchObject({ value: { remaining: 1, completed: 1 } });
    expect(await moving.next()).toMatchObject({
      done: true,
      value: { kind: 'failed', status: MOVE_DESTINATION_UNKNOWN },
    });
  });

  it('its SCU gets an echo, and its user identity reaches us', async () => {
    const peers: ScpPeer[] = [];
    const listener = await listen({
      host: '127.0.0.1',
      port: 0,
      aeTitles: ['GANTRY'],
      services: [verificationScp],
      onAssociation: (peer) => peers.push(peer),
    });
    const client = new Client();
    const request = new requests.CEchoRequest();
    const status = new Promise<number>((resolve) => {
      request.on('response', (response: dcmjsDimse.responses.Response) => {
        resolve(response.getStatus());
      });
    });
    client.addRequest(request);
    const closed = new Promise((resolve) => client.on('closed', resolve));
    client.send('127.0.0.1', listener.port, 'DCMJS', 'GANTRY', {
      userIdentity: {
        type: constants.UserIdentityType.UsernameAndPasscode,
        positiveResponseRequested: false,
        primaryField: 'name',
        secondaryField: 'code',
      },
    });
    expect(await status).toBe(0);
    await closed;
    await listener.close(0);
    const identity = peers[0]?.request.userInformation.userIdentity;
    expect(Buffer.from(identity?.primaryField ?? []).toString()).toBe('name');
    expect(Buffer.from(identity?.secondaryField ?? []).toString()).toBe('code');
  });
});
