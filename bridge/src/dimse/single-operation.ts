import type { Association } from './association.ts';
import { DimseError } from './dimse-error.ts';
import type { AcceptedContext } from './negotiation.ts';

/**
 * The context without which an operation can't be.
 * @param service such as C-FIND, for the words
 * @throws DimseError no-presentation-context
 */
export function requiredContext(
  association: Association,
  contextId: number,
  service: string,
): AcceptedContext {
  const { accepted, refused } = association.contexts;
  const context = accepted.get(contextId);
  if (context) return context;
  const reason = refused.find(({ id }) => id === contextId)?.reason ?? 'not accepted';
  throw new DimseError('no-presentation-context', `No ${service} with this peer: ${reason}.`);
}

/** A peer that answers does so within this; some take one association at a time, so that the next must not come first. */
const RELEASE_PATIENCE_MS = 1000;

/**
 * Releases an association whose result is there: how the peer takes the release makes no difference to it. Never
 * fails. The association is over after `limitMs` at the latest; the caller goes on after RELEASE_PATIENCE_MS, for the
 * result needn't wait for a peer that leaves the release unanswered.
 */
export async function releaseWithin(association: Association, limitMs: number): Promise<void> {
  const message = `The peer did not answer the release within ${limitMs} ms.`;
  const abort = (): void => association.abort(new DimseError('reply-timeout', message));
  const timer = setTimeout(abort, limitMs);
  const { promise: isLate, resolve } = Promise.withResolvers<undefined>();
  const patience = setTimeout(() => resolve(undefined), RELEASE_PATIENCE_MS);
  const released = association
    .release()
    .catch(() => undefined)
    .finally(() => clearTimeout(timer));
  await Promise.race([released, isLate]);
  clearTimeout(patience);
}
