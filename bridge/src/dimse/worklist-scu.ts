// Modality Worklist as SCU (PS3.4 annex K): C-FIND of Scheduled Procedure Steps.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part04.html#chapter_K
import type { Dataset } from '../../../shared/dicom/dataset.ts';
import type { FieldValue, Fields, TypedValue } from '../../../shared/dicom/encode.ts';
import type { WritableCharacterSet } from '../../../shared/dicom/encode-text.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { WORKLIST_KEYS } from '../../../shared/dicom/worklist-keys.ts';
import type { Keys } from './find-keys.ts';
import { fieldOf, invalidKey, tagOf, withCharacterSet } from './find-keys.ts';
import type { FindMatch, FindOptions } from './find-scu.ts';
import { find, valuesOf } from './find-scu.ts';
import type { PeerAddress } from './request-association.ts';
import { MODALITY_WORKLIST_SOP_CLASS } from './well-known-uids.ts';

export interface WorklistRequest {
  /** Values by keyword, those of the Scheduled Procedure Step beside the others. What is missing matches anything. */
  readonly keys: Keys;
  /** What values beyond ASCII are written in. */
  readonly characterSet: WritableCharacterSet;
}

/**
 * Asks a peer for its worklist. Each Scheduled Procedure Step is an entry of its own, its values beside those of the
 * patient and the request; the model's answers have one item each (PS3.4 section K.6.1.2), but some peers put in several.
 * @throws DimseError as `find`; invalid-dataset
 */
export async function* worklist(
  peer: PeerAddress,
  request: WorklistRequest,
  options: FindOptions,
  signal?: AbortSignal,
): AsyncGenerator<FindMatch, void, undefined> {
  const fields = worklistFields(request);
  const wanted = { sopClassUid: MODALITY_WORKLIST_SOP_CLASS, identifier: () => fields };
  for await (const match of find(peer, wanted, options, signal)) yield* entriesOf(match);
}

/** @throws DimseError invalid-dataset, with the keyword but never the value */
export function worklistFields({ keys, characterSet }: WorklistRequest): Fields {
  const known = new Set(WORKLIST_KEYS.map(({ keyword }) => keyword));
  for (const keyword of Object.keys(keys)) {
    if (!known.has(keyword)) throw invalidKey(`${keyword} is no key of a worklist`);
  }
  const fields: Record<number, FieldValue | TypedValue> = {};
  const step: Record<number, FieldValue | TypedValue> = {};
  for (const { keyword, isOfStep } of WORKLIST_KEYS) {
    const into = isOfStep ? step : fields;
    into[tagOf(keyword)] = fieldOf(keyword, keys[keyword] ?? '', characterSet);
  }
  fields[Tag.ScheduledProcedureStepSequence] = [step];
  return withCharacterSet(fields, keys, characterSet);
}

function entriesOf(match: Dataset): FindMatch[] {
  const request = valuesOf(match);
  const steps = match.items(Tag.ScheduledProcedureStepSequence);
  return steps.length === 0 ? [request] : steps.map((step) => ({ ...request, ...valuesOf(step) }));
}
