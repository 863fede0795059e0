import { checkedAeTitle } from './ae-title.ts';
import { Association } from './association.ts';
import type { Agreement } from './association.ts';
import type { AssociationOptions } from './association-settings.ts';
import { associationSettings } from './association-settings.ts';
import { connectTransport } from './connect-transport.ts';
import { DimseError, cancelled } from './dimse-error.ts';
import { MAX_CONTEXTS, ownUserInformation } from './negotiation.ts';
import type { ExtendedNegotiation, ProposedContext, RoleSelection } from './pdu/pdu.ts';
import { PROTOCOL_VERSION } from './pdu/pdu.ts';
import { isTlsError, tlsFailure } from './tls-error.ts';
import type { ClientTls } from './tls-profile.ts';
import type { User } from './user-identity.ts';
import { proposedIdentity } from './user-identity.ts';
import { DICOM_APPLICATION_CONTEXT } from './well-known-uids.ts';

/** Whom to call, and as whom. */
export interface PeerAddress {
  /** Name or address. */
  readonly host: string;
  readonly port: number;
  readonly calledAeTitle: string;
  readonly callingAeTitle: string;
  /** Plain DICOM when it is missing. */
  readonly tls?: ClientTls;
  /** Sent as it is, so in the clear without TLS; missing: no user identity is proposed. */
  readonly user?: User | undefined;
}

/** What is proposed beside contexts: PS3.7 annex D.3.3. */
export interface Proposals {
  /** For SOP classes in which we don't want to be the SCU alone (section D.3.3.4). */
  readonly roleSelections?: readonly RoleSelection[];
  /** Section D.3.3.5; what the bytes mean is up to the service class. */
  readonly extendedNegotiations?: readonly ExtendedNegotiation[];
}

export interface OpenAssociation extends Agreement {
  readonly association: Association;
}

/**
 * Connects and negotiates (PS3.8 section 7.1). An association none of whose contexts was accepted is open all the
 * same: what that means is up to the service class.
 * @param contexts 1 to 128, with odd IDs
 * @throws DimseError invalid-configuration, one of the connect codes, tls-failed, association-timeout, association-rejected,
 *   association-aborted, connection-lost, protocol-violation, cancelled
 */
export async function requestAssociation(
  peer: PeerAddress,
  contexts: readonly ProposedContext[],
  options: AssociationOptions,
  signal?: AbortSignal,
  proposals: Proposals = {},
): Promise<OpenAssociation> {
  const calledAeTitle = checkedAeTitle(peer.calledAeTitle, 'called');
  const callingAeTitle = checkedAeTitle(peer.callingAeTitle, 'calling');
  if (contexts.length === 0 || contexts.length > MAX_CONTEXTS) {
    const message = `An association needs 1 to ${MAX_CONTEXTS} presentation contexts.`;
    throw new DimseError('invalid-configuration', message);
  }
  const settings = associationSettings(options);
  const association = new Association(settings);
  const { upperLayer } = association;
  association.propose({
    type: 'associate-rq',
    protocolVersion: PROTOCOL_VERSION,
    calledAeTitle,
    callingAeTitle,
    applicationContextName: DICOM_APPLICATION_CONTEXT,
    presentationContexts: contexts.map((context) => narrowed(context, options)),
    userInformation: {
      ...ownUserInformation(settings.maxPduLength),
      ...proposals,
      ...(peer.user && { userIdentity: proposedIdentity(peer.user) }),
    },
  });
  const onAbort = (): void => association.abort(cancelled(signal?.reason));
  try {
    const socket = await connectTransport(peer, settings.timers.connectMs, signal).catch(
      (error: unknown) => {
        if (error instanceof DimseError) {
          settings.observer?.connectFailed(association, peer.host, error);
        }
        throw error;
      },
    );
    settings.observer?.connected(association, peer.host, socket);
    upperLayer.connected(socket);
    signal?.addEventListener('abort', onAbort, { once: true });
    if (signal?.aborted) onAbort();
    const outcome = await Promise.race([association.established, association.ended]);
    if ('request' in outcome) return { association, ...outcome };
    throw outcome.kind === 'failed' ? explained(outcome.error, peer) : cancelled();
  } catch (error) {
    if (error instanceof DimseError) upperLayer.connectFailed(error);
    throw error;
  } finally {
    signal?.removeEventListener('abort', onAbort);
  }
}

/** A context without the transfer syntaxes that aren't wanted. */
function narrowed(
  context: ProposedContext,
  { transferSyntaxes }: AssociationOptions,
): ProposedContext {
  const wanted = transferSyntaxes?.filter((uid) => context.transferSyntaxes.includes(uid)) ?? [];
  return wanted.length === 0 ? context : { ...context, transferSyntaxes: wanted };
}

/** What a failure before there was an association means where TLS may be the reason. */
function explained(error: DimseError, { host, port, tls }: PeerAddress): DimseError {
  // With TLS 1.3 what the peer thinks of our certificate comes behind the handshake.
  if (isTlsError(error.cause)) return tlsFailure(`${host}:${port}`, error.cause);
  if (tls || error.code !== 'connection-lost') return error;
  const message =
    'The peer closed the connection without an answer to the association request: does it speak TLS on this port?';
  return new DimseError('connection-lost', message, { cause: error.cause });
}
