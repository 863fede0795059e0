import { FIND_CLASS } from '../../bridge/src/dimse/query-scu.ts';
import { GET_CLASS } from '../../bridge/src/dimse/get-scu.ts';
import { MOVE_CLASS } from '../../bridge/src/dimse/move-scu.ts';
import { QUERY_MODELS } from '../../bridge/src/dimse/query-model.ts';
import { takenSyntaxes } from '../../bridge/src/dimse/storage-scp.ts';
import {
  MODALITY_WORKLIST_SOP_CLASS,
  STORAGE_COMMITMENT_SOP_CLASS,
  VERIFICATION_SOP_CLASS,
} from '../../bridge/src/dimse/well-known-uids.ts';
import { NEW_STORAGE_CLASSES } from '../../shared/dicom/new-storage-classes.ts';
import { PRIVATE_STORAGE_CLASSES } from '../../shared/dicom/private-storage-classes.ts';
import { RETIRED_STORAGE_CLASSES } from '../../shared/dicom/retired-storage-classes.ts';
import { STORAGE_SOP_CLASSES } from '../../shared/dicom/sop-classes.generated.ts';

const MODEL_NAMES = ['Patient Root', 'Study Root', 'Patient/Study Only (retired)'];

/** Services that are no storage: name, UID, whether Gantry is its SCU, whether its SCP. */
export function services(): [name: string, uid: string, isScu: boolean, isScp: boolean][] {
  const asked = new Set<string>([FIND_CLASS['study-root'], MOVE_CLASS, GET_CLASS]);
  const queryRetrieve = QUERY_MODELS.flatMap(({ find, move, get }, index) => {
    const uids = { FIND: find, MOVE: move, GET: get };
    return Object.entries(uids).map(([operation, uid]): [string, string, boolean, boolean] => {
      const name = `${MODEL_NAMES[index] ?? ''} Query/Retrieve Information Model, ${operation}`;
      return [name, uid, asked.has(uid), true];
    });
  });
  return [
    ['Verification', VERIFICATION_SOP_CLASS, true, true],
    ...queryRetrieve,
    ['Storage Commitment Push Model', STORAGE_COMMITMENT_SOP_CLASS, true, true],
    ['Modality Worklist Information Model, FIND', MODALITY_WORKLIST_SOP_CLASS, true, false],
  ];
}

/** Storage classes by where they are defined, as far as the Storage SCP takes them: name and UID. */
export function storageClasses(): Record<'standard' | 'retired' | 'private', [string, string][]> {
  const syntaxesOf = takenSyntaxes({ acceptUnknownClasses: false });
  const taken = (classes: readonly (readonly [string, string])[]) =>
    classes
      .filter(([uid]) => syntaxesOf(uid) !== undefined)
      .map(([uid, name]): [string, string] => [name, uid]);
  return {
    standard: taken([...STORAGE_SOP_CLASSES, ...NEW_STORAGE_CLASSES]),
    retired: taken(RETIRED_STORAGE_CLASSES),
    private: taken(PRIVATE_STORAGE_CLASSES),
  };
}
