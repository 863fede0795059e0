import { describeTag } from '../../../shared/dicom/dictionary.ts';
import {
  dimseStatus,
  type DimseService,
  type DimseStatus,
} from '../../../shared/dicom/dimse-status.ts';
import type { CommandSet } from './message/command-set.ts';

/** More are not told: a person begins with the first. */
const MAX_NAMED = 5;

/**
 * What a response says with its status, and of which attributes: the words name those of Offending Element and Attribute
 * Identifier List (PS3.7 annex C). Error Comment is left out: it may quote values, and words go to logs.
 */
export function responseStatus(service: DimseService, command: CommandSet): DimseStatus {
  const found = dimseStatus(service, command.Status ?? 0);
  const { OffendingElement = [], AttributeIdentifierList = [], ErrorID } = command;
  const tags = [...new Set([...OffendingElement, ...AttributeIdentifierList])];
  if (found.category === 'success' || found.category === 'pending') return found;
  const named = tags.slice(0, MAX_NAMED).map(describeTag);
  const more = tags.length > MAX_NAMED ? ` and ${tags.length - MAX_NAMED} more` : '';
  const about = named.length > 0 ? `; the peer names ${named.join(', ')}${more}` : '';
  const id = ErrorID === undefined ? '' : `; its number of the error is ${ErrorID}`;
  return { ...found, words: `${found.words}${about}${id}` };
}
