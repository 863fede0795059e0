// Which messages there are, and what a command must hold to be one: PS3.7 sections 9.3 and 10.3, annex E.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part07.html#sect_9.3
import type { DimseService } from '../../../../shared/dicom/dimse-status.ts';
import { protocolViolation } from '../dimse-error.ts';
import type { CommandKeyword, CommandSet } from './command-set.ts';
import { NO_DATA_SET } from './command-set.ts';

/** PS3.7 table E.1-1, Command Field. A response has the number of its request with bit 15 set. */
export const COMMAND_FIELD = {
  'C-STORE-RQ': 0x0001,
  'C-STORE-RSP': 0x8001,
  'C-GET-RQ': 0x0010,
  'C-GET-RSP': 0x8010,
  'C-FIND-RQ': 0x0020,
  'C-FIND-RSP': 0x8020,
  'C-MOVE-RQ': 0x0021,
  'C-MOVE-RSP': 0x8021,
  'C-ECHO-RQ': 0x0030,
  'C-ECHO-RSP': 0x8030,
  'N-EVENT-REPORT-RQ': 0x0100,
  'N-EVENT-REPORT-RSP': 0x8100,
  'N-GET-RQ': 0x0110,
  'N-GET-RSP': 0x8110,
  'N-SET-RQ': 0x0120,
  'N-SET-RSP': 0x8120,
  'N-ACTION-RQ': 0x0130,
  'N-ACTION-RSP': 0x8130,
  'N-CREATE-RQ': 0x0140,
  'N-CREATE-RSP': 0x8140,
  'N-DELETE-RQ': 0x0150,
  'N-DELETE-RSP': 0x8150,
  'C-CANCEL-RQ': 0x0fff,
} as const;

export type MessageName = keyof typeof COMMAND_FIELD;

/** PS3.7 table E.1-1, Priority. */
export const PRIORITY = { medium: 0x0000, high: 0x0001, low: 0x0002 } as const;

const RESPONSE_BIT = 0x8000;

/** Of responses: real peers leave the optional UIDs out, so only what the exchange can't do without is asked for. */
const RESPONSE: readonly CommandKeyword[] = ['MessageIDBeingRespondedTo', 'Status'];
const ON_CLASS: readonly CommandKeyword[] = ['AffectedSOPClassUID', 'MessageID'];
const ON_INSTANCE: readonly CommandKeyword[] = [
  'RequestedSOPClassUID',
  'MessageID',
  'RequestedSOPInstanceUID',
];

interface MessageType {
  readonly required: readonly CommandKeyword[];
  /** Whether a data set belongs to it (PS3.7 tables 9.3-1 to 10.3-12). */
  readonly dataSet: 'always' | 'never' | 'maybe';
}

/** PS3.7 tables 9.3-1 to 9.3-14 and 10.3-1 to 10.3-12. */
export const MESSAGE_TYPES: Readonly<Record<MessageName, MessageType>> = {
  'C-STORE-RQ': { required: [...ON_CLASS, 'AffectedSOPInstanceUID'], dataSet: 'always' },
  'C-STORE-RSP': { required: RESPONSE, dataSet: 'never' },
  'C-GET-RQ': { required: ON_CLASS, dataSet: 'always' },
  'C-GET-RSP': { required: RESPONSE, dataSet: 'maybe' },
  'C-FIND-RQ': { required: ON_CLASS, dataSet: 'always' },
  'C-FIND-RSP': { required: RESPONSE, dataSet: 'maybe' },
  'C-MOVE-RQ': { required: [...ON_CLASS, 'MoveDestination'], dataSet: 'always' },
  'C-MOVE-RSP': { required: RESPONSE, dataSet: 'maybe' },
  'C-ECHO-RQ': { required: ON_CLASS, dataSet: 'never' },
  'C-ECHO-RSP': { required: RESPONSE, dataSet: 'never' },
  'N-EVENT-REPORT-RQ': {
    required: [...ON_CLASS, 'AffectedSOPInstanceUID', 'EventTypeID'],
    dataSet: 'maybe',
  },
  'N-EVENT-REPORT-RSP': { required: RESPONSE, dataSet: 'maybe' },
  'N-GET-RQ': { required: ON_INSTANCE, dataSet: 'never' },
  'N-GET-RSP': { required: RESPONSE, dataSet: 'maybe' },
  'N-SET-RQ': { required: ON_INSTANCE, dataSet: 'always' },
  'N-SET-RSP': { required: RESPONSE, dataSet: 'maybe' },
  'N-ACTION-RQ': { required: [...ON_INSTANCE, 'ActionTypeID'], dataSet: 'maybe' },
  'N-ACTION-RSP': { required: RESPONSE, dataSet: 'maybe' },
  'N-CREATE-RQ': { required: ON_CLASS, dataSet: 'maybe' },
  'N-CREATE-RSP': { required: RESPONSE, dataSet: 'maybe' },
  'N-DELETE-RQ': { required: ON_INSTANCE, dataSet: 'never' },
  'N-DELETE-RSP': { required: RESPONSE, dataSet: 'never' },
  'C-CANCEL-RQ': { required: ['MessageIDBeingRespondedTo'], dataSet: 'never' },
};

const NAME_OF_FIELD = new Map<number, MessageName>(
  (Object.keys(COMMAND_FIELD) as MessageName[]).map((name) => [COMMAND_FIELD[name], name]),
);

/** A command that was found whole: the names of its elements are safe to use without another check. */
export interface CheckedCommand {
  readonly name: MessageName;
  readonly isResponse: boolean;
  readonly hasDataSet: boolean;
  readonly command: CommandSet;
}

/**
 * Names the message and checks that what it can't do without is there.
 * @throws DimseError protocol-violation
 */
export function checkCommand(command: CommandSet): CheckedCommand {
  const field = command.CommandField;
  const name = field === undefined ? undefined : NAME_OF_FIELD.get(field);
  if (field === undefined || name === undefined) {
    throw protocolViolation(`a command with the field ${field?.toString(16) ?? 'missing'}`);
  }
  const { required, dataSet } = MESSAGE_TYPES[name];
  const missing = required.filter((keyword) => command[keyword] === undefined);
  if (missing.length > 0) throw protocolViolation(`${name} without ${missing.join(', ')}`);
  const hasDataSet =
    command.CommandDataSetType !== undefined && command.CommandDataSetType !== NO_DATA_SET;
  if (hasDataSet ? dataSet === 'never' : dataSet === 'always') {
    throw protocolViolation(`${name} ${hasDataSet ? 'with' : 'without'} a data set`);
  }
  return { name, isResponse: (field & RESPONSE_BIT) !== 0, hasDataSet, command };
}

/** The name of the message that answers `request`. C-CANCEL has none. */
export function responseTo(request: MessageName): MessageName {
  const response = NAME_OF_FIELD.get(COMMAND_FIELD[request] | RESPONSE_BIT);
  if (!response) throw new RangeError(`${request} has no response`);
  return response;
}

/** The service that a request, or a response, belongs to. C-CANCEL-RQ has none. */
export const serviceOf = (message: MessageName): DimseService =>
  message.replace(/-R(Q|SP)$/, '') as DimseService;
