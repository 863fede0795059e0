import type { ExistingInstance } from './instance-index.ts';
import type { DuplicateRule, Origin, StoreReceipt } from './store.ts';

/** What happens to an instance that has come in whole. */
export type Admission =
  | { readonly kind: 'add'; readonly origin: Origin; readonly replaces?: ExistingInstance }
  | { readonly kind: 'drop'; readonly receipt: StoreReceipt };

export interface Candidate {
  /** Nothing has come to the study for as long as makes it final. */
  readonly isStudyFinal: boolean;
  readonly studyInstanceUid: string;
  readonly seriesInstanceUid: string;
  readonly origin: Origin;
}

/**
 * Decides about an instance by what is there under its UID. What is only cached gives way to anything; what is
 * archived is never lost to something that was only retrieved, and never to an instance of another study.
 */
export function admit(
  candidate: Candidate,
  existing: ExistingInstance | undefined,
  rule: DuplicateRule,
): Admission {
  const { origin } = candidate;
  if (!existing) return { kind: 'add', origin };
  if (existing.origin === 'cache') return { kind: 'add', origin, replaces: existing };
  const isSameSeries =
    existing.StudyInstanceUID === candidate.studyInstanceUid &&
    existing.SeriesInstanceUID === candidate.seriesInstanceUid;
  if (isSameSeries && rule === 'replace' && origin === 'archive' && candidate.isStudyFinal) {
    return { kind: 'drop', receipt: { kind: 'final' } };
  }
  if (isSameSeries && rule === 'replace') {
    return { kind: 'add', origin: 'archive', replaces: existing };
  }
  // A retrieval that brings what is here already has succeeded.
  const keeps = origin === 'cache' || (isSameSeries && rule === 'keep');
  return { kind: 'drop', receipt: { kind: keeps ? 'kept' : 'duplicate' } };
}
