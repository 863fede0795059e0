// A DICOM listener: takes associations and hands their requests to services.
//
// Session code: `const listener = await listen({ host, port, aeTitles: ['GANTRY'], services: [verificationScp] })`,
// `listener.port` when 0 was asked for, `await listener.close()` at the end. A service is an ScpService: it says
// which abstract and transfer syntaxes it takes, and answers one request at a time.
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { checkedAeTitle } from './ae-title.ts';
import { Association } from './association.ts';
import type { AssociationSettings, Verdict } from './association.ts';
import type { AssociationOptions } from './association-settings.ts';
import { associationSettings } from './association-settings.ts';
import type { AssociationPolicy } from './association-policy.ts';
import { isForLackOfPlace, judge } from './association-policy.ts';
import { DimseError, cancelled } from './dimse-error.ts';
import { answerAssociation } from './negotiation.ts';
import type { AssociateRq } from './pdu/pdu.ts';
import { PlaceLine } from './place-line.ts';
import type { SharedPlaces } from './shared-places.ts';
import type { ScpPeer, ScpService } from './scp-service.ts';
import { AssociationServer } from './serve-association.ts';
import type { ServerTls } from './tls-profile.ts';
import { createTlsServer } from './tls-server.ts';
import type { AssociationEnd } from './upper-layer/upper-layer-user.ts';
import type { IdentityPolicy } from './user-identity.ts';

export const DEFAULT_MAX_ASSOCIATIONS = 64;
export const DEFAULT_MAX_ASSOCIATIONS_PER_HOST = 16;
/** Connections that have no association yet and don't wait for a place, or have none any more; one more is dropped unheard. */
export const MAX_CONNECTIONS_WITHOUT_ASSOCIATION = 64;
const DEFAULT_CLOSE_GRACE_MS = 5_000;

export interface ListenerOptions extends AssociationOptions {
  readonly host: string;
  /** 0: any free one. */
  readonly port: number;
  readonly aeTitles: readonly string[];
  readonly services: readonly ScpService[];
  /** Default false. */
  readonly acceptAnyCalledAeTitle?: boolean;
  /** Default 'any'. */
  readonly callingAeTitles?: 'any' | readonly string[];
  /** Default 'any'. */
  readonly callingHosts?: 'any' | readonly string[];
  /** Default 64. */
  readonly maxAssociations?: number | undefined;
  /** Default 16. */
  readonly maxAssociationsPerHost?: number | undefined;
  /** Places that this listener shares with others, beside its own limits. Default: none. */
  readonly places?: SharedPlaces | undefined;
  /**
   * Peers beyond these limits that wait for a place, for `placeMs` each; one more is rejected, as all are by default.
   */
  readonly maxWaiting?: number | undefined;
  /** Default: a user identity is ignored. */
  readonly identity?: IdentityPolicy | undefined;
  /** Nothing but TLS is spoken then. Default: plain DICOM. */
  readonly tls?: ServerTls;
  /** A TLS handshake failed; the words say why. */
  readonly onTlsFailure?: (host: string, words: string) => void;
  /** An association was accepted. */
  readonly onAssociation?: (peer: ScpPeer) => void;
  /** A connection ended. `peer` is missing when no association was accepted: rejected, garbage, or nothing came. */
  readonly onEnd?: (end: AssociationEnd, peer: ScpPeer | undefined) => void;
  /** A handler failed; the peer was told 0110H. The error may hold patient data: it depends on the service. */
  readonly onHandlerFailure?: (error: unknown, peer: ScpPeer) => void;
}

interface Connection {
  readonly association: Association;
  readonly host: string;
  isAccepted?: boolean;
  peer?: ScpPeer;
  server?: AssociationServer;
}

/** @throws DimseError listen-failed, tls-failed, invalid-configuration */
export async function listen(options: ListenerOptions): Promise<Listener> {
  const listener = new Listener(options);
  await listener.open();
  return listener;
}

export class Listener {
  readonly #options: ListenerOptions;
  readonly #policy: AssociationPolicy;
  readonly #settings: AssociationSettings;
  #server: Server | undefined;
  readonly #connections = new Set<Connection>();
  readonly #running = new Set<Promise<void>>();
  readonly #line: PlaceLine<Verdict>;
  readonly #leavePlaces: (() => void) | undefined;

  /** @throws DimseError invalid-configuration */
  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#settings = associationSettings(options);
    this.#line = new PlaceLine(options.maxWaiting ?? 0, this.#settings.timers.placeMs);
    this.#leavePlaces = options.places?.onFreed(() => this.#line.placeFreed());
    this.#policy = {
      aeTitles: options.aeTitles.map((title) => checkedAeTitle(title, 'listening')),
      acceptAnyCalledAeTitle: options.acceptAnyCalledAeTitle ?? false,
      callingAeTitles: options.callingAeTitles ?? 'any',
      callingHosts: options.callingHosts ?? 'any',
      maxAssociations: options.maxAssociations ?? DEFAULT_MAX_ASSOCIATIONS,
      maxAssociationsPerHost: options.maxAssociationsPerHost ?? DEFAULT_MAX_ASSOCIATIONS_PER_HOST,
      identity: options.identity,
    };
  }

  get port(): number {
    // A cast: a server that listens on TCP has an address of this form.
    return (this.#server?.address() as AddressInfo).port;
  }

  /** Associations that are established. */
  get associations(): number {
    return this.#established().length;
  }

  /** Peers that wait for a place. */
  get waiting(): number {
    return this.#line.length;
  }

  /** @throws DimseError listen-failed, tls-failed */
  async open(): Promise<void> {
    const { host, port, tls } = this.#options;
    const onConnection = (socket: Socket): void => this.#connected(socket);
    const server = tls
      ? await createTlsServer(tls, {
          onConnection,
          onFailure: (from, words) => this.#options.onTlsFailure?.(plainHost(from), words),
          isFull: (handshakes) => this.#isFull(handshakes),
          handshakeMs: this.#settings.timers.artimMs,
        })
      : createServer(onConnection);
    this.#server = server;
    const { promise, resolve, reject } = Promise.withResolvers<undefined>();
    server.on('error', (cause) => {
      const message = `The DICOM listener can't have ${host}:${port}: is another program using it?`;
      reject(new DimseError('listen-failed', message, { cause }));
    });
    server.listen({ host, port }, () => resolve(undefined));
    await promise;
  }

  /**
   * Takes no more connections, ends idle associations, lets running requests come to their end.
   * @param graceMs how long; what still runs then is aborted
   */
  async close(graceMs = DEFAULT_CLOSE_GRACE_MS): Promise<void> {
    const closed = new Promise((resolve) => this.#server?.close(resolve));
    for (const { association, server } of this.#connections) {
      if (!server?.busy) association.abort(cancelled());
    }
    const grace = setTimeout(() => {
      for (const { association } of this.#connections) association.abort(cancelled());
    }, graceMs);
    await Promise.all(this.#running);
    clearTimeout(grace);
    for (const { association } of this.#connections) association.upperLayer.destroy();
    this.#leavePlaces?.();
    await closed;
  }

  #established(): Connection[] {
    return [...this.#connections].filter(
      ({ isAccepted, association }) => isAccepted && !association.isOver,
    );
  }

  /** @param handshakes connections that aren't among ours yet */
  #isFull(handshakes: number): boolean {
    const loose = this.#connections.size - this.associations - this.waiting + handshakes;
    return loose >= MAX_CONNECTIONS_WITHOUT_ASSOCIATION;
  }

  #connected(socket: Socket): void {
    if (this.#isFull(0)) {
      socket.destroy();
      return;
    }
    const host = plainHost(socket.remoteAddress);
    const association = new Association(this.#settings, (request) =>
      this.#judge(connection, request),
    );
    const connection: Connection = { association, host };
    this.#connections.add(connection);
    void association.upperLayer.transportClosed.then(() => this.#connections.delete(connection));
    void association.ended.then((end) => {
      this.#options.onEnd?.(end, connection.peer);
      if (connection.isAccepted) this.#options.places?.free();
      this.#line.placeFreed();
    });
    // Handlers must not run before this turn is over: `established` may come within `connected`.
    void association.established.then(({ request }) => this.#serve(connection, request));
    this.#settings.observer?.connected(association, host, socket);
    association.upperLayer.connected(socket);
  }

  #judge(connection: Connection, request: AssociateRq): Verdict | Promise<Verdict> {
    const verdict = this.#judgeNow(connection, request);
    if (verdict.type === 'associate-ac' || !isForLackOfPlace(verdict) || this.#line.isFull) {
      return verdict;
    }
    const judgeAgain = (): Verdict | undefined => {
      // Its own end frees no place, and it must take none.
      if (connection.association.isOver) return undefined;
      const again = this.#judgeNow(connection, request);
      return again.type === 'associate-rj' && isForLackOfPlace(again) ? undefined : again;
    };
    return this.#line.wait(judgeAgain, verdict, connection.association.ended);
  }

  #judgeNow(connection: Connection, request: AssociateRq): Verdict {
    const { host } = connection;
    const established = this.#established();
    const load = {
      host,
      associations: established.length,
      associationsOfHost: established.filter((other) => other.host === host).length,
      areSharedPlacesTaken: this.#options.places?.isFull ?? false,
    };
    const refusal = judge(this.#policy, request, load);
    if (refusal) return refusal;
    connection.isAccepted = true;
    this.#options.places?.take();
    return answerAssociation(request, this.#settings.maxPduLength, {
      transferSyntaxesFor: (abstractSyntax) => this.#transferSyntaxesFor(abstractSyntax, request),
      applicationInformation: (abstractSyntax, proposed) =>
        this.#serviceFor(abstractSyntax, request)?.applicationInformation?.(proposed),
      acceptsScpRole: (abstractSyntax) =>
        this.#serviceFor(abstractSyntax, request)?.acceptsScpRole ?? false,
      hasUsers: this.#policy.identity !== undefined,
    });
  }

  #transferSyntaxesFor(
    abstractSyntax: string,
    request: AssociateRq,
  ): readonly string[] | undefined {
    const service = this.#serviceFor(abstractSyntax, request);
    return service?.transferSyntaxesFor(abstractSyntax, request);
  }

  #serviceFor(abstractSyntax: string, request: AssociateRq): ScpService | undefined {
    return this.#options.services.find((service) =>
      service.transferSyntaxesFor(abstractSyntax, request),
    );
  }

  #serve(connection: Connection, request: AssociateRq): void {
    const { association, host } = connection;
    const { callingAeTitle, calledAeTitle } = request;
    const peer = { associationId: association.id, host, callingAeTitle, calledAeTitle, request };
    connection.peer = peer;
    this.#options.onAssociation?.(peer);
    const report = this.#options.onHandlerFailure ?? (() => undefined);
    connection.server = new AssociationServer(association, peer, this.#options.services, report);
    const running = connection.server.run();
    this.#running.add(running);
    void running.finally(() => this.#running.delete(running));
  }
}

/** An IPv4 address without the prefix that it has on a socket for both kinds. */
const plainHost = (address: string | undefined): string => address?.replace(/^::ffff:/, '') ?? '';
