/** SOP Instance UID of which the thread of `dying.worker.ts` dies. */
export const DEADLY_UID = '1.2.3.666';
