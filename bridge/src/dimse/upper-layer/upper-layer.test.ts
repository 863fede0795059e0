import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import { DimseError } from '../dimse-error.ts';
import { decodeControlPdu } from '../pdu/control-pdu.ts';
import type { AssociateAc, AssociateRq } from '../pdu/pdu.ts';
import * as raw from '../testing/raw-connection.ts';
import { cells, NEXT } from '../testing/table-9-10.ts';
import type { Action, Event, State } from './state-machine.ts';
import { associationTimers } from './timers.ts';
import type { AssociationEnd } from './upper-layer-user.ts';
import { UpperLayer } from './upper-layer.ts';

const sockets: { destroy(): void }[] = [];
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});

/** Two ends of a TCP connection; the peer's stays open when ours is closed for writing. */
async function socketPair(): Promise<{ ours: Socket; peer: raw.RawConnection }> {
  const server = createServer({ allowHalfOpen: true });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const accepted = once(server, 'connection');
  const { port } = server.address() as AddressInfo;
  const ours = connect({ host: '127.0.0.1', port });
  await once(ours, 'connect');
  const [theirs] = (await accepted) as [Socket];
  server.close();
  sockets.push(ours, theirs);
  return { ours, peer: new raw.RawConnection(theirs) };
}

const decoded = (bytes: Uint8Array, type: number) => decodeControlPdu(type, bytes.subarray(6));
const REQUEST = decoded(raw.associateRq(), 1) as AssociateRq;
const ANSWER = decoded(raw.associateAc(), 2) as AssociateAc;

/** A user who decides nothing by itself, so that each state lasts. */
async function machine(role: 'requestor' | 'acceptor', artimMs = 60_000) {
  const { ours, peer } = await socketPair();
  const said: string[] = [];
  const ends: AssociationEnd[] = [];
  const timers = associationTimers({ artimMs });
  const upper = new UpperLayer(
    role,
    {
      associateIndication: () => said.push('associate indication'),
      associateConfirmation: () => said.push('associate confirmation'),
      pdvStart: () => said.push('data'),
      pdvBytes: () => undefined,
      pdvEnd: () => undefined,
      releaseIndication: () => said.push('release indication'),
      associationEnded: (end) => ends.push(end),
    },
    timers,
    16_384,
  );
  if (role === 'requestor') upper.associate(REQUEST);
  upper.connected(ours);
  const reach = (state: State) => expect.poll(() => upper.state, { interval: 2 }).toBe(state);
  return { upper, peer, said, ends, reach };
}
type Machine = Awaited<ReturnType<typeof machine>>;

async function established(role: 'requestor' | 'acceptor', artimMs?: number): Promise<Machine> {
  const made = await machine(role, artimMs);
  if (role === 'acceptor') {
    made.peer.write(raw.associateRq());
    await made.reach('Sta3');
    made.upper.accept(ANSWER);
  } else {
    made.peer.write(raw.associateAc());
  }
  await made.reach('Sta6');
  // What the other side got: A-ASSOCIATE-RQ or A-ASSOCIATE-AC.
  await made.peer.pdu();
  return made;
}

async function collision(role: 'requestor' | 'acceptor'): Promise<Machine> {
  const made = await established(role);
  made.upper.requestRelease();
  expect((await made.peer.pdu())?.type).toBe(5);
  made.peer.write(raw.RELEASE_RQ);
  return made;
}

/** How each state that lasts is reached; Sta4 has no peer yet, Sta9 and Sta12 are passed at once. */
const WAYS: Partial<Record<State, (artimMs?: number) => Promise<Machine>>> = {
  Sta2: (artimMs) => machine('acceptor', artimMs),
  Sta3: async () => {
    const made = await machine('acceptor');
    made.peer.write(raw.associateRq());
    return made;
  },
  Sta5: async () => {
    const made = await machine('requestor');
    expect((await made.peer.pdu())?.type).toBe(1);
    return made;
  },
  Sta6: () => established('acceptor'),
  Sta7: async () => {
    const made = await established('acceptor');
    made.upper.requestRelease();
    expect((await made.peer.pdu())?.type).toBe(5);
    return made;
  },
  Sta8: async () => {
    const made = await established('acceptor');
    made.peer.write(raw.RELEASE_RQ);
    return made;
  },
  Sta10: () => collision('acceptor'),
  Sta11: async () => {
    const made = await collision('requestor');
    expect((await made.peer.pdu())?.type).toBe(6);
    return made;
  },
  Sta13: async (artimMs) => {
    const made = await established('acceptor', artimMs);
    made.peer.write(raw.RELEASE_RQ);
    await made.reach('Sta8');
    made.upper.respondRelease();
    expect((await made.peer.pdu())?.type).toBe(6);
    return made;
  },
};

/** What a peer can do to a connection. */
const PEER_EVENTS: Partial<Record<Event, Uint8Array | 'close' | 'silence'>> = {
  Evt3: raw.associateAc(),
  Evt4: Uint8Array.of(3, 0, 0, 0, 0, 4, 0, 1, 1, 1),
  Evt6: raw.associateRq(),
  Evt10: raw.dataTf(raw.pdv(1, raw.COMMAND | raw.LAST, new Uint8Array(4))),
  Evt12: raw.RELEASE_RQ,
  Evt13: raw.RELEASE_RP,
  Evt16: raw.ABORT,
  Evt17: 'close',
  Evt18: 'silence',
  Evt19: Uint8Array.of(0x99, 0, 0, 0, 0, 4, 0, 0, 0, 0),
};

/** What the user hears of an action. */
const SAID: Partial<Record<Action, string>> = {
  'AE-3': 'associate confirmation',
  'AE-6': 'associate indication',
  'DT-2': 'data',
  'AR-2': 'release indication',
  'AR-6': 'data',
};

/** How the association has ended after an action; 'released' in Sta13, which comes after a release here. */
const ENDED: Partial<Record<Action, string>> = {
  'AE-4': 'association-rejected',
  'AR-3': 'released',
  'AR-10': 'released',
  'AA-1': 'protocol-violation',
  'AA-3': 'association-aborted',
  'AA-4': 'connection-lost',
  'AA-5': 'connection-lost',
  'AA-8': 'protocol-violation',
};

/** The states that follow at once, because the user has nothing to decide there. */
const PASSED: Partial<Record<State, State>> = { Sta9: 'Sta11', Sta12: 'Sta13' };

const reachable = cells.filter(
  ({ state, event, action }) => action !== '.' && WAYS[state] && PEER_EVENTS[event],
);

describe('The upper layer, over a socket,', () => {
  it('meets all cells of table 9-10 that a peer can reach in a state that lasts', () => {
    // 9 states; 8 events by a peer in each but the ARTIM timer, which runs in two.
    expect(reachable).toHaveLength(9 * 9 + 2);
  });

  it.each(reachable)(
    'does $action for $event in $state',
    async ({ event, state, action: name }) => {
      const action = name as Action;
      const stimulus = PEER_EVENTS[event];
      const made = await WAYS[state]?.(stimulus === 'silence' ? 150 : undefined);
      if (!made || !stimulus) throw new Error('There is no way there.');
      const { upper, peer, said, ends, reach } = made;
      await reach(state);
      const before = said.length;
      if (stimulus === 'close') peer.destroy();
      else if (stimulus !== 'silence') peer.write(stimulus);
      const next = NEXT[action];
      const isRequestor = state === 'Sta11' || state === 'Sta5';
      const printed =
        typeof next === 'string' ? next : next[action === 'AE-6' || isRequestor ? 0 : 1];
      if (SAID[action]) await expect.poll(() => said.slice(before)).toEqual([SAID[action]]);
      if (action === 'AA-6') {
        // Nothing may have been said to what is ignored: the first PDU is the answer to the next one (AA-7).
        peer.write(raw.associateRq());
      }
      await reach(PASSED[printed] ?? printed);
      if (['AA-1', 'AA-6', 'AA-7', 'AA-8'].includes(action)) {
        const pdu = await peer.pdu();
        expect([pdu?.type, pdu?.body[2]]).toEqual([7, action === 'AA-1' ? 0 : 2]);
      }
      if (action === 'AR-10') expect((await peer.pdu())?.type).toBe(6);
      if (printed === 'Sta1' && stimulus !== 'close') expect(await peer.pdu()).toBeUndefined();
      const end = ends[0]?.kind === 'failed' ? ends[0].error.code : ends[0]?.kind;
      if (ENDED[action]) expect(end).toBe(ENDED[action]);
      if (state === 'Sta13') expect(end).toBe('released');
      expect(ends.length).toBeLessThan(2);
      expect(upper.state).toBe(PASSED[printed] ?? printed);
    },
  );

  it.each(['Sta2', 'Sta3', 'Sta5', 'Sta6', 'Sta7', 'Sta8', 'Sta10', 'Sta11'] as const)(
    'aborts for its user in %s, once',
    async (state) => {
      const made = await WAYS[state]?.();
      if (!made) throw new Error('There is no way there.');
      const { upper, peer, ends, reach } = made;
      await reach(state);
      upper.abort(new DimseError('cancelled', 'Enough.'));
      upper.abort(new DimseError('stalled', 'Enough again.'));
      // In Sta2 there is no association that could be aborted: the connection is closed.
      expect((await peer.pdu())?.type).toBe(state === 'Sta2' ? undefined : 7);
      expect(ends).toMatchObject([{ kind: 'failed', error: { code: 'cancelled' } }]);
    },
  );

  it('in a release collision releases both sides, whichever answers first', async () => {
    const acceptor = await collision('acceptor');
    await acceptor.reach('Sta10');
    acceptor.peer.write(raw.RELEASE_RP);
    expect((await acceptor.peer.pdu())?.type).toBe(6);
    expect(acceptor.ends).toEqual([{ kind: 'released' }]);
    const requestor = await collision('requestor');
    expect((await requestor.peer.pdu())?.type).toBe(6);
    requestor.peer.write(raw.RELEASE_RP);
    await requestor.reach('Sta1');
    expect(requestor.ends).toEqual([{ kind: 'released' }]);
  });

  it('drops a peer that keeps the connection after our abort, once its ARTIM timer is over', async () => {
    const { upper, peer } = await established('acceptor', 150);
    const started = performance.now();
    upper.abort(new DimseError('cancelled', 'Enough.'));
    expect((await peer.pdu())?.type).toBe(7);
    expect(upper.state).toBe('Sta13');
    await upper.transportClosed;
    expect(upper.state).toBe('Sta1');
    expect(performance.now() - started).toBeGreaterThan(130);
    expect(performance.now() - started).toBeLessThan(1150);
  });

  it('notices that the peer closes after our abort, though it took nothing more from it', async () => {
    const { upper, peer, reach } = await established('acceptor', 60_000);
    upper.pause();
    peer.write(raw.dataTf(raw.pdv(1, 0, new Uint8Array(10_000))));
    upper.abort(new DimseError('cancelled', 'Enough.'));
    expect((await peer.pdu())?.type).toBe(7);
    peer.end();
    await reach('Sta1');
    await upper.transportClosed;
  });

  it('closes a connection that speaks no DICOM promptly, however long its ARTIM timer is', async () => {
    const { upper, peer, reach } = await machine('acceptor', 60_000);
    const started = performance.now();
    peer.write(Buffer.from('GET / HTTP/1.1\r\n\r\n'));
    expect((await peer.pdu())?.type).toBe(7);
    await reach('Sta13');
    await upper.transportClosed;
    expect(performance.now() - started).toBeLessThan(1500);
  });
});
