import type { Rejection } from '../dimse/dimse-error.ts';

/** PS3.8 table 9-21, by source and reason. */
const REJECTIONS: Readonly<Record<string, string>> = {
  '1.1': 'no-reason-given',
  '1.2': 'application-context-name-not-supported',
  '1.3': 'calling-ae-title-not-recognized',
  '1.7': 'called-ae-title-not-recognized',
  '2.1': 'no-reason-given',
  '2.2': 'protocol-version-not-supported',
  '3.1': 'temporary-congestion',
  '3.2': 'local-limit-exceeded',
};

export const rejectionLabel = ({ source, reason }: Rejection): string =>
  REJECTIONS[`${source}.${reason}`] ?? 'other';

export type StatusClass = 'success' | 'warning' | 'failure' | 'cancel' | 'none';

/** The class of a final status (PS3.7 section C.1); "none" where no response came. */
export function statusClass(status: number | undefined): StatusClass {
  if (status === undefined) return 'none';
  if (status === 0x0000) return 'success';
  if (status === 0xfe00) return 'cancel';
  const isWarning = status >> 12 === 0xb || [0x0001, 0x0107, 0x0116].includes(status);
  return isWarning ? 'warning' : 'failure';
}
