// What Gantry asks of a modality worklist: one table, from PS3.4 table K.6-1.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part04.html#table_K.6-1
import { often, seldom, type SearchKey } from './query-keys.ts';

export interface WorklistKey {
  /** PS3.6 */
  readonly keyword: string;
  /** It stands in the item of Scheduled Procedure Step Sequence. */
  readonly isOfStep: boolean;
}

const step = (keyword: string): WorklistKey => ({ keyword, isOfStep: true });
const request = (keyword: string): WorklistKey => ({ keyword, isOfStep: false });

export const WORKLIST_KEYS: readonly WorklistKey[] = [
  step('ScheduledStationAETitle'),
  step('ScheduledProcedureStepStartDate'),
  step('ScheduledProcedureStepStartTime'),
  step('Modality'),
  step('ScheduledPerformingPhysicianName'),
  step('ScheduledProcedureStepDescription'),
  step('ScheduledStationName'),
  step('ScheduledProcedureStepLocation'),
  step('ScheduledProcedureStepID'),
  step('ScheduledProcedureStepStatus'),
  request('RequestedProcedureID'),
  request('RequestedProcedureDescription'),
  request('RequestedProcedurePriority'),
  request('StudyInstanceUID'),
  request('AccessionNumber'),
  request('ReferringPhysicianName'),
  request('RequestingPhysician'),
  request('PatientName'),
  request('PatientID'),
  request('PatientBirthDate'),
  request('PatientSex'),
];

/** Names may hold wildcards; what else every SCP matches is matched as a single value. */
export const WORKLIST_OPEN_ENDED: readonly string[] = [
  'PatientName',
  'ScheduledPerformingPhysicianName',
  'ReferringPhysicianName',
];

/** What a user may match. PS3.4 table K.6-1 has every SCP match those that stand in front. */
export const WORKLIST_SEARCH_KEYS: readonly SearchKey[] = [
  often('ScheduledProcedureStepStartDate', 'range'),
  often('Modality', 'code'),
  often('ScheduledStationAETitle', 'text'),
  often('PatientName', 'name'),
  often('PatientID', 'text'),
  seldom('ScheduledPerformingPhysicianName', 'name'),
  seldom('AccessionNumber', 'text'),
  seldom('RequestedProcedureID', 'text'),
  seldom('ReferringPhysicianName', 'name'),
];
