import type { Association } from './association.ts';
import { dimseStatus } from '../../../shared/dicom/dimse-status.ts';
import { DATA_SET_FOLLOWS, NO_DATA_SET, type CommandSet } from './message/command-set.ts';
import type { Message } from './message/message-assembler.ts';
import { COMMAND_FIELD, responseTo, serviceOf } from './message/message-types.ts';
import type { ScpResponse } from './scp-service.ts';

/**
 * Answers a request: what is left of its data set is dropped, its class and instance are repeated.
 * @throws DimseError as `Association.send`
 */
export async function sendResponse(
  association: Association,
  request: Message,
  response: ScpResponse,
): Promise<void> {
  // PS3.7 section 9.1.1: a response may come before the data set has, but then the rest still has to be taken.
  request.dataset?.discard();
  const { command, contextId } = request;
  const sopClassUid = command.AffectedSOPClassUID ?? command.RequestedSOPClassUID;
  const sopInstanceUid = command.AffectedSOPInstanceUID ?? command.RequestedSOPInstanceUID;
  await association.send({
    contextId,
    command: {
      ...(sopClassUid !== undefined && { AffectedSOPClassUID: sopClassUid }),
      ...(sopInstanceUid !== undefined && { AffectedSOPInstanceUID: sopInstanceUid }),
      ...(command.MessageID !== undefined && { MessageIDBeingRespondedTo: command.MessageID }),
      ...related(request, response),
      CommandField: COMMAND_FIELD[responseTo(request.name)],
      CommandDataSetType: response.dataset ? DATA_SET_FOLLOWS : NO_DATA_SET,
      Status: response.status,
    },
    ...(response.dataset && { dataset: response.dataset }),
  });
}

/** Of what a handler says beside its status, what the standard has there; a refused event or action is named. */
function related({ name, command }: Message, { status, elements = {} }: ScpResponse): CommandSet {
  const { EventTypeID, ActionTypeID } = command;
  const said: CommandSet = {
    ...(EventTypeID !== undefined && { EventTypeID }),
    ...(ActionTypeID !== undefined && { ActionTypeID }),
    ...elements,
  };
  const { fields } = dimseStatus(serviceOf(name), status);
  return Object.fromEntries(
    fields.flatMap((field) => (said[field] === undefined ? [] : [[field, said[field]]])),
  );
}
