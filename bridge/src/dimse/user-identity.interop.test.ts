import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import dcmjsDimse from 'dcmjs-dimse';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { freePort, runTool } from '../../../e2e/support/peers.ts';
import { encodeFileMeta } from '../../../shared/dicom/encode.ts';
import type { Listener } from './listener.ts';
import { listen } from './listener.ts';
import { storageScp } from './storage-scp.ts';
import { madeInstance } from './testing/part10.ts';
import * as raw from './testing/raw-connection.ts';
import type { IdentityPolicy, User } from './user-identity.ts';
import { echo } from './verification.ts';

const { Scp, Server, constants, log } = dcmjsDimse;
log.setLevel('silent');

const policy: IdentityPolicy = {
  users: [{ username: 'Zoë', passcode: 'sésame' }, { username: 'scanner' }],
  required: true,
};

let folder = '';
let file = '';
let secret = '';
beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'gantry-identity-'));
  file = join(folder, 'one.dcm');
  secret = join(folder, 'secret');
  const instance = madeInstance(1, 100);
  await writeFile(file, Buffer.concat([encodeFileMeta(instance), instance.dataset]));
  await writeFile(secret, 'eyJhbGciOiJub25lIn0.e30.');
});
afterAll(() => rm(folder, { recursive: true }));

let listener: Listener | undefined;
let server: dcmjsDimse.Server | undefined;
afterEach(async () => {
  await listener?.close(0);
  server?.close();
  listener = server = undefined;
});

/** What storescu with these options comes to, and why we refused. */
async function storescu(options: readonly string[], identity: IdentityPolicy | 'ignored' = policy) {
  const reasons: string[] = [];
  let stored = 0;
  const sink = async ({ dataset }: { dataset: AsyncIterable<Uint8Array> }) => {
    for await (const _ of dataset) continue;
    stored++;
    return { kind: 'stored' } as const;
  };
  listener = await listen({
    host: '127.0.0.1',
    port: 0,
    aeTitles: ['GANTRY'],
    services: [storageScp({ sink, acceptUnknownClasses: false })],
    identity: identity === 'ignored' ? undefined : identity,
    onEnd: (end) => {
      if (end.kind === 'failed') reasons.push(end.error.message);
    },
  });
  const args = ['-v', ...options, '-aec', 'GANTRY', '127.0.0.1', String(listener.port), file];
  const { code, output } = await runTool('storescu', args);
  await listener.close();
  return { code, output, stored, reasons };
}

describe('storescu', () => {
  it.each<[string, string[]]>([
    ['a user with the passcode', ['-usr', 'Zoë', '-pwd', 'sésame']],
    ['a user without a passcode', ['-usr', 'scanner']],
    ['a user, who asks for a positive response', ['-usr', 'scanner', '-rsp']],
    ['a passcode where none is needed', ['-usr', 'scanner', '-pwd', 'any']],
  ])('is let in by %s', async (_, options) => {
    expect(await storescu(options)).toMatchObject({ code: 0, stored: 1, reasons: [] });
  });

  it.each<[string, () => string[], string]>([
    ['another passcode', () => ['-usr', 'Zoë', '-pwd', 'sesame'], 'is not known'],
    ['no passcode where one is needed', () => ['-usr', 'Zoë'], 'is not known'],
    ['another user', () => ['-usr', 'zoë', '-pwd', 'sésame'], 'is not known'],
    ['no user', () => [], 'it names no user'],
    ['a Kerberos ticket', () => ['--kerberos', secret], 'Kerberos tickets are not supported'],
    ['a SAML assertion', () => ['--saml', secret], 'SAML assertions are not supported'],
    ['a JSON Web Token', () => ['--jwt', secret], 'JSON Web Tokens are not supported'],
  ])('is rejected with %s', async (_, options, why) => {
    const { code, output, stored, reasons } = await storescu(options());
    expect(code).not.toBe(0);
    expect(stored).toBe(0);
    expect(reasons).toHaveLength(1);
    expect(reasons[0]).toContain(why);
    // What was tried stays out of it.
    expect(reasons[0]).not.toMatch(/zoë|s[ée]same|eyJ/i);
    expect(output).toContain('Result: Rejected Permanent, Source: Service Provider (ACSE Related)');
  });

  it('is let in without a user where that is not required, and with a token where users are ignored', async () => {
    expect(await storescu([], { ...policy, required: false })).toMatchObject({ stored: 1 });
    expect(await storescu(['--jwt', secret], 'ignored')).toMatchObject({ stored: 1 });
  });
});

describe('Our SCU', () => {
  /** dcmjs-dimse, which notes what it is told. */
  async function identityAt(user: User | undefined) {
    const seen: (string | number)[][] = [];
    class NotingScp extends Scp {
      override associationRequested(association: dcmjsDimse.association.Association): void {
        if (association.getNegotiateUserIdentity()) {
          seen.push([
            association.getUserIdentityType(),
            association.getUserIdentityPrimaryField(),
            association.getUserIdentitySecondaryField(),
          ]);
        }
        this.sendAssociationReject(
          constants.RejectResult.Permanent,
          constants.RejectSource.ServiceUser,
          constants.RejectReason.NoReasonGiven,
        );
      }
    }
    const port = await freePort();
    server = new Server(NotingScp);
    server.listen(port);
    const titles = { calledAeTitle: 'DCMJS', callingAeTitle: 'GANTRY' };
    const refused = echo({ host: '127.0.0.1', port, ...titles, user });
    await expect(refused).rejects.toMatchObject({ code: 'association-rejected' });
    return seen;
  }

  it('names its user, with or without a passcode, and none unless set', async () => {
    expect(await identityAt({ username: 'gantry', passcode: 'code' })).toEqual([
      [2, 'gantry', 'code'],
    ]);
    server?.close();
    expect((await identityAt({ username: 'gantry' }))[0]?.slice(0, 2)).toEqual([1, 'gantry']);
    server?.close();
    expect(await identityAt(undefined)).toEqual([]);
  });
});

it('A positive response is given when it is asked for, and users are looked at', async () => {
  const answerOf = async (identity: IdentityPolicy | undefined) => {
    listener = await listen({
      host: '127.0.0.1',
      port: 0,
      aeTitles: ['GANTRY'],
      services: [],
      identity,
    });
    const connection = await raw.rawClient(listener.port);
    const userIdentity = {
      identityType: 1,
      positiveResponseRequested: true,
      primaryField: Buffer.from('scanner'),
      secondaryField: new Uint8Array(),
    };
    connection.write(raw.associateRq({ userInformation: { maxPduLength: 0, userIdentity } }));
    const pdu = await connection.pdu();
    connection.destroy();
    await listener.close(0);
    expect(pdu?.type).toBe(2);
    // Item 59H of two bytes, which say that the response is empty (PS3.7 table D.3-15).
    return pdu?.body.includes(Uint8Array.of(0x59, 0, 0, 2, 0, 0));
  };
  expect(await answerOf(policy)).toBe(true);
  expect(await answerOf(undefined)).toBe(false);
});
