import { encodeValue } from '../../../shared/dicom/encode.ts';
import type { Decide } from '../../../shared/dicom/splice.ts';
import type { Decision } from './action.ts';
import { dummyValue } from './dummy-value.ts';
import { encodeIn } from './encode-in.ts';
import { vrOf, type Plan } from './plan.ts';
import { asPersonName } from './pseudonym.ts';

/** Nobody has decided over it. */
const UNPLANNED: Decision = { action: 'remove', reason: '' };

/** What is done to each element when the data set is written, as its plan says. */
export function editsOf(
  plan: Plan,
  mapped: ReadonlyMap<string, string>,
  pseudonym: string,
): Decide {
  return (element, dataset) => {
    const { action, value = '', bytes, uids = [] } = plan.decisions.get(element) ?? UNPLANNED;
    switch (action) {
      case 'keep':
        return { kind: 'keep' };
      case 'remove':
        return { kind: 'remove' };
      case 'empty':
        return { kind: 'replace', value: new Uint8Array() };
      case 'dummy':
        return { kind: 'replace', value: dummyValue(vrOf(element), dataset) };
      case 'pseudonym':
        return {
          kind: 'replace',
          value: encodeValue(
            'LO',
            vrOf(element) === 'PN' ? asPersonName(pseudonym) : pseudonym,
            true,
          ),
        };
      case 'value': {
        const written = bytes ?? encodeIn(vrOf(element), value, dataset);
        return { kind: 'replace', value: written ?? new Uint8Array() };
      }
      case 'clean':
      case 'shift':
        throw new Error('The plan says what becomes of a text or a date.');
      case 'map-uids': {
        const made = uids.map((uid) => mapped.get(uid) ?? '');
        return { kind: 'replace', value: encodeValue('UI', made, true) };
      }
      case 'enter':
        // In UN only an undefined length tells every reader that items follow (PS3.5 section 6.2.2).
        return { kind: 'enter', isOpen: element.vr === 'UN' };
    }
  };
}
