import type { Socket } from 'node:net';
import type { Agreement } from './association.ts';
import type { DimseError } from './dimse-error.ts';
import { COMMAND_FIELD } from './message/message-types.ts';
import type { AssociationEnd } from './upper-layer/upper-layer-user.ts';

/** An association as whoever counts or logs sees it. */
export interface ObservedAssociation {
  /** Names it in logs. */
  readonly id: string;
  readonly role: 'requestor' | 'acceptor';
  readonly established: Promise<Agreement>;
  readonly ended: Promise<AssociationEnd>;
}

/** A request and its final response. It tells nothing of what was asked for. */
export interface Operation {
  /** Without "-RQ". */
  readonly name: string;
  readonly role: 'scu' | 'scp';
  /** Undefined when there was no final response. */
  readonly status: number | undefined;
  readonly milliseconds: number;
}

/** Is told what happens on associations; what it throws is a fault of the program. */
export interface AssociationObserver {
  /** A connection that is to carry an association, or carries nothing in the end. */
  readonly connected: (association: ObservedAssociation, host: string, socket: Socket) => void;
  /** There was no connection. */
  readonly connectFailed: (
    association: ObservedAssociation,
    host: string,
    error: DimseError,
  ) => void;
  readonly operation: (association: ObservedAssociation, operation: Operation) => void;
}

const OPERATIONS = new Map<number | undefined, string>(
  Object.entries(COMMAND_FIELD).map(([name, field]) => [field, name.replace(/-R(Q|SP)$/, '')]),
);

/**
 * Begins an operation for the observer of an association.
 * @param commandField of the request
 * @returns to be told the final status, undefined where there is none; a second call does nothing
 */
export function observed(
  association: ObservedAssociation & { readonly observer: AssociationObserver | undefined },
  role: Operation['role'],
  commandField: number | undefined,
): (status: number | undefined) => void {
  const { observer } = association;
  if (!observer) return () => undefined;
  const started = performance.now();
  const name = OPERATIONS.get(commandField) ?? 'other';
  let isOver = false;
  return (status) => {
    if (isOver) return;
    isOver = true;
    observer.operation(association, {
      name,
      role,
      status,
      milliseconds: performance.now() - started,
    });
  };
}
