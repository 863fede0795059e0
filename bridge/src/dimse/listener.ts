// A DICOM listener: takes associations and hands their requests to services.
//
// Session code: `const listener = await listen({ host, port, aeTitles: ['GANTRY'], services: [verificationScp] })`,
// `listener.port` when 0 was asked for, `await listener.close()` at the end. A service is an ScpService: it says
// which abstract and transfer syntaxes it takes, and answers one request at a time.
import { createServer } from 'node:net';
import type { AddressInfo, Server, Socket } from 'node:net';
import { checkedAeTitle } from './ae-title.ts';
import { Association } from './association.ts';
import type { AssociationSettings } from './association.ts';
import type { AssociationOptions } from './association-settings.ts';
import { associationSettings } from './association-settings.ts';
import type { AssociationPolicy } from './association-policy.ts';
import { judge } from './association-policy.ts';
import { DimseError, cancelled } from './dimse-error.ts';
import { answerAssociation } from './negotiation.ts';
import type { AssociateAc, AssociateRj, AssociateRq } from './pdu/pdu.ts';
import type { ScpPeer, ScpService } from './scp-service.ts';
import { AssociationServer } from './serve-association.ts';
import type { ServerTls } from './tls-profile.ts';
import { createTlsServer } from './tls-server.ts';
import type { AssociationEnd } from './upper-layer/upper-layer-user.ts';

const DEFAULT_MAX_ASSOCIATIONS = 64;
const DEFAULT_MAX_ASSOCIATIONS_PER_HOST = 16;
/** Connections that have no association yet, or none any more; one more is dropped unheard. */
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
  readonly maxAssociations?: number;
  readonly maxAssociationsPerHost?: number;
  /**
   * Connections that wait, unheard, while `maxAssociations` are served; one more is closed. Default: nobody waits, and
   * an association too many is rejected.
   */
  readonly maxWaiting?: number;
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
  /** First come, first served. */
  readonly #waiting: Socket[] = [];

  /** @throws DimseError invalid-configuration */
  constructor(options: ListenerOptions) {
    this.#options = options;
    this.#settings = associationSettings(options);
    this.#policy = {
      aeTitles: options.aeTitles.map((title) => checkedAeTitle(title, 'listening')),
      acceptAnyCalledAeTitle: options.acceptAnyCalledAeTitle ?? false,
      callingAeTitles: options.callingAeTitles ?? 'any',
      callingHosts: options.callingHosts ?? 'any',
      maxAssociations: options.maxAssociations ?? DEFAULT_MAX_ASSOCIATIONS,
      maxAssociationsPerHost: options.maxAssociationsPerHost ?? DEFAULT_MAX_ASSOCIATIONS_PER_HOST,
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

  /** Connections that wait for their turn. */
  get waiting(): number {
    return this.#waiting.length;
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
    for (const socket of this.#waiting.splice(0)) socket.destroy();
    for (const { association, server } of this.#connections) {
      if (!server?.busy) association.abort(cancelled());
    }
    const grace = setTimeout(() => {
      for (const { association } of this.#connections) association.abort(cancelled());
    }, graceMs);
    await Promise.all(this.#running);
    clearTimeout(grace);
    for (const { association } of this.#connections) association.upperLayer.destroy();
    await closed;
  }

  #established(): Connection[] {
    return [...this.#connections].filter(({ peer, association }) => peer && !association.isOver);
  }

  /** @param handshakes connections that aren't among ours yet */
  #isFull(handshakes: number): boolean {
    const loose = this.#connections.size - this.associations + handshakes;
    return loose >= MAX_CONNECTIONS_WITHOUT_ASSOCIATION;
  }

  #connected(socket: Socket): void {
    if (this.#isFull(0)) socket.destroy();
    else if (this.#mustWait()) this.#wait(socket);
    else this.#begin(socket);
  }

  #mustWait(): boolean {
    const { maxWaiting = 0 } = this.#options;
    return maxWaiting > 0 && this.#connections.size >= this.#policy.maxAssociations;
  }

  #wait(socket: Socket): void {
    const { maxWaiting = 0 } = this.#options;
    if (this.#waiting.length >= maxWaiting) {
      socket.destroy();
      return;
    }
    this.#waiting.push(socket);
    // What breaks meanwhile gives up its place.
    socket.on('error', () => undefined);
    socket.once('close', () => {
      const place = this.#waiting.indexOf(socket);
      if (place >= 0) this.#waiting.splice(place, 1);
    });
  }

  #begin(socket: Socket): void {
    const host = plainHost(socket.remoteAddress);
    const association = new Association(this.#settings, (request) => this.#judge(request, host));
    const connection: Connection = { association, host };
    this.#connections.add(connection);
    void association.upperLayer.transportClosed.then(() => {
      this.#connections.delete(connection);
      const next = this.#mustWait() ? undefined : this.#waiting.shift();
      if (next) this.#begin(next);
    });
    void association.ended.then((end) => this.#options.onEnd?.(end, connection.peer));
    // Handlers must not run before this turn is over: `established` may come within `connected`.
    void association.established.then(({ request }) => this.#serve(connection, request));
    this.#settings.observer?.connected(association, host, socket);
    association.upperLayer.connected(socket);
  }

  #judge(request: AssociateRq, host: string): AssociateAc | AssociateRj {
    const established = this.#established();
    const load = {
      host,
      associations: established.length,
      associationsOfHost: established.filter((connection) => connection.host === host).length,
    };
    const rejection = judge(this.#policy, request, load);
    return (
      rejection ??
      answerAssociation(request, this.#settings.maxPduLength, (abstractSyntax) =>
        this.#transferSyntaxesFor(abstractSyntax, request),
      )
    );
  }

  #transferSyntaxesFor(
    abstractSyntax: string,
    request: AssociateRq,
  ): readonly string[] | undefined {
    for (const service of this.#options.services) {
      const syntaxes = service.transferSyntaxesFor(abstractSyntax, request);
      if (syntaxes) return syntaxes;
    }
    return undefined;
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
