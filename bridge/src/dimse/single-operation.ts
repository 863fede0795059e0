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

/**
 * Releases an association whose result is there: how the peer takes the release makes no difference to it. Never
 * fails, and ends after `limitMs` at the latest.
 */
export async function releaseWithin(association: Association, limitMs: number): Promise<void> {
  const message = `The peer did not answer the release within ${limitMs} ms.`;
  const abort = (): void => association.abort(new DimseError('reply-timeout', message));
  const timer = setTimeout(abort, limitMs);
  await association.release().catch(() => undefined);
  clearTimeout(timer);
}
