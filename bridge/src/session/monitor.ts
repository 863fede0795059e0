import type { Socket } from 'node:net';
import { rejectionLabel, statusClass } from './metric-labels.ts';
import type {
  AssociationObserver,
  ObservedAssociation,
  Operation,
} from '../dimse/association-observer.ts';
import type { DimseError } from '../dimse/dimse-error.ts';
import type { RetrieveReport } from '../dimse/retrieve-scp.ts';
import type { AssociationEnd } from '../dimse/upper-layer/upper-layer-user.ts';
import type { LogFields, LogLevel } from './log.ts';
import type { Metrics } from './metrics.ts';

type Write = (level: LogLevel, event: string, fields: LogFields) => void;

/** Counts and logs what happens on the DICOM network. */
export class Monitor implements AssociationObserver {
  readonly #metrics: Metrics;
  readonly #write: Write;

  constructor(metrics: Metrics, write: Write) {
    this.#metrics = metrics;
    this.#write = write;
  }

  readonly connected = (association: ObservedAssociation, host: string, socket: Socket): void => {
    const { id, role } = association;
    const started = performance.now();
    const isSecure = 'encrypted' in socket;
    let isOpen = false;
    const closed = this.#metrics.connection(socket);
    socket.once('close', closed);
    void association.established.then(({ request }) => {
      isOpen = true;
      this.#metrics.associationOpened(role);
      const { callingAeTitle, calledAeTitle } = request;
      const titles = { calling: callingAeTitle, called: calledAeTitle };
      this.#write('info', 'association.open', { association: id, role, host, isSecure, ...titles });
    });
    void association.ended.then((end) => {
      if (isOpen) this.#metrics.associationClosed(role);
      else this.#refused(association, host, end);
      const milliseconds = Math.round(performance.now() - started);
      const bytes = { bytesIn: socket.bytesRead, bytesOut: socket.bytesWritten };
      const fields = { association: id, role, host, ...bytes, milliseconds };
      const isQuiet = end.kind === 'released' || end.error.code === 'cancelled';
      this.#write(isQuiet ? 'info' : 'warning', 'association.end', { ...fields, ...reasonOf(end) });
    });
  };

  readonly connectFailed = (
    { id, role }: ObservedAssociation,
    host: string,
    error: DimseError,
  ): void => {
    if (error.code === 'cancelled') return;
    this.#metrics.associationFailed(role, error.code);
    const reason = { code: error.code, text: error.message };
    this.#write('warning', 'association.failed', { association: id, role, host, ...reason });
  };

  readonly operation = ({ id }: ObservedAssociation, operation: Operation): void => {
    const { name, role, status, milliseconds } = operation;
    const kind = statusClass(status);
    this.#metrics.operation(name, role, kind);
    // One line for each instance of a study is more than a log bears.
    const level =
      kind !== 'success' && kind !== 'cancel' ? 'warning' : name === 'C-STORE' ? 'debug' : 'info';
    this.#write(level, 'operation', {
      association: id,
      operation: name,
      role,
      status: status === undefined ? 'none' : hexadecimal(status),
      milliseconds: Math.round(milliseconds),
    });
  };

  /** What others have had sent: to whom, and how many. */
  readonly retrieveEnded = ({ status, ...report }: RetrieveReport): void => {
    const { association, operation, by, destination, ...results } = report;
    this.#metrics.subOperations(operation, results);
    this.#write('info', 'retrieve.end', {
      ...{ association, operation, by, destination, ...results },
      status: hexadecimal(status),
    });
  };

  #refused({ role }: ObservedAssociation, host: string, end: AssociationEnd): void {
    if (end.kind !== 'failed') return;
    const { rejection, code } = end.error;
    if (rejection) this.#metrics.associationRejected(role, rejectionLabel(rejection));
    else this.#metrics.associationFailed(role, code);
  }
}

const hexadecimal = (status: number): string => status.toString(16).toUpperCase().padStart(4, '0');

function reasonOf(end: AssociationEnd): LogFields {
  if (end.kind === 'released') return { end: 'released' };
  const { code, message, rejection } = end.error;
  const reason = rejection && { reason: rejectionLabel(rejection) };
  return { end: 'failed', code, ...reason, text: message };
}
