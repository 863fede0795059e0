// What a preset, the configuration and a peer or listener say of an association, joined: what is nearer goes before
// what is further, and each value on its own.
import { presetOf, type Preset } from '../../../shared/protocol/presets.ts';
import type {
  ListenerSettings,
  Peer,
  Settings,
  TimerSettings,
} from '../../../shared/protocol/settings.ts';
import type { AdmissionRules } from '../archive/store.ts';
import type { StorageSettings } from '../configuration/configuration.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import type { QueryRules } from '../dimse/query-scp.ts';
import type { ListenerOptions } from '../dimse/listener.ts';
import type { StorageGroup } from '../dimse/storage-scp.ts';
import type { ProposalRules } from './store-transfer.ts';

/** One source of settings; the timers of several are joined one by one. */
interface Layer {
  readonly maxPduLength?: number | undefined;
  readonly timers?: TimerSettings | undefined;
}

/** The same of a listener. */
interface ListeningLayer extends Layer {
  readonly maxAssociations?: number | undefined;
  readonly maxAssociationsPerHost?: number | undefined;
  readonly maxWaiting?: number | undefined;
}

/** @param layers the nearest last */
function joined(layers: readonly (Layer | undefined)[]): AssociationOptions {
  const timers: Record<string, number> = {};
  let maxPduLength: number | undefined;
  for (const layer of layers) {
    if (layer?.timers?.progressMs !== undefined) {
      // It stands for both ways, unless the same layer tells them apart.
      delete timers['readMs'];
      delete timers['writeMs'];
    }
    for (const [name, value] of Object.entries(layer?.timers ?? {})) {
      if (value !== undefined) timers[name] = value;
    }
    maxPduLength = layer?.maxPduLength ?? maxPduLength;
  }
  return { timers, ...(maxPduLength !== undefined && { maxPduLength }) };
}

const calls = (preset: Settings['preset']): Preset['calls'] => preset && presetOf(preset).calls;

const accepts = (preset: Settings['preset']): Preset['accepts'] | undefined =>
  preset && presetOf(preset).accepts;

/**
 * How Gantry calls a peer.
 * @param bridge what is set for all, and who observes
 */
export function callingRules(
  own: Settings['preset'],
  bridge: AssociationOptions,
  peer: Peer,
): AssociationOptions {
  const transferSyntaxes = proposedSyntaxes(own, peer);
  return {
    ...bridge,
    ...joined([calls(own), bridge, calls(peer.preset), peer]),
    ...(transferSyntaxes && { transferSyntaxes }),
  };
}

const proposedSyntaxes = (own: Settings['preset'], peer: Peer): readonly string[] | undefined =>
  peer.transferSyntaxes ?? (calls(peer.preset) ?? calls(own))?.transferSyntaxes;

/** What is proposed to a peer for storage, and how a transfer is spread. */
export function proposalRules(own: Settings['preset'], peer: Peer): ProposalRules {
  const preset = calls(peer.preset) ?? calls(own);
  return {
    transferSyntaxes: proposedSyntaxes(own, peer),
    sopClasses: peer.sopClasses,
    maxInstancesPerAssociation:
      peer.maxInstancesPerAssociation ?? preset?.maxInstancesPerAssociation ?? Infinity,
  };
}

/** Transfers to a peer that run side by side. */
export const maxTransfers = (own: Settings['preset'], peer: Peer): number =>
  peer.maxAssociations ?? (calls(peer.preset) ?? calls(own))?.maxAssociations ?? Infinity;

/** What a listener of Gantry's does beside its AE titles and its services. */
export interface ListeningRules {
  readonly options: Pick<
    ListenerOptions,
    | 'timers'
    | 'maxPduLength'
    | 'maxAssociations'
    | 'maxAssociationsPerHost'
    | 'maxWaiting'
    | 'acceptAnyCalledAeTitle'
  >;
  readonly storage: StorageSettings;
  readonly groups: readonly StorageGroup[] | undefined;
  readonly acceptUnknownClasses: boolean;
  readonly verification: readonly string[] | undefined;
  readonly admission: AdmissionRules;
  /** Undefined: queries and retrieves of others aren't answered. */
  readonly query: QueryRules | undefined;
}

/**
 * @param bridge what gantry.json says for all listeners
 * @param listener undefined for the first one, which has no settings but those
 */
export function listeningRules(
  preset: Settings['preset'],
  bridge: ListeningLayer & {
    readonly storage: StorageSettings;
    readonly acceptUnknownClasses: boolean;
    readonly queryRetrieve: boolean;
    readonly query: QueryRules;
    readonly admission: AdmissionRules;
  },
  listener?: ListenerSettings,
): ListeningRules {
  const behaviour = accepts(preset);
  const layers = listener ? [bridge, behaviour, listener] : [behaviour, bridge];
  const limits = layers.findLast((layer) => layer?.maxAssociations !== undefined);
  const line = layers.findLast((layer) => layer?.maxWaiting !== undefined);
  const listed = listener ?? bridge.storage;
  // A listener's preset is nearer than what holds for all, which is nearer than the preset of all.
  const nearer = <T>(ofPreset: T | undefined, ofAll: T | undefined): T | undefined =>
    listener ? (ofPreset ?? ofAll) : (ofAll ?? ofPreset);
  const joinedQuery = listener
    ? { ...bridge.query, ...behaviour?.query }
    : { ...behaviour?.query, ...bridge.query };
  return {
    options: {
      ...joined(layers),
      maxAssociations: limits?.maxAssociations,
      // What an AE or a system takes, it takes of one host too.
      maxAssociationsPerHost:
        bridge.maxAssociationsPerHost ?? listener?.maxAssociations ?? behaviour?.maxAssociations,
      maxWaiting: line?.maxWaiting,
      acceptAnyCalledAeTitle:
        listener?.acceptAnyCalledAeTitle ?? behaviour?.acceptAnyCalledAeTitle ?? false,
    },
    storage: {
      sopClasses: listed.sopClasses,
      transferSyntaxes: listed.transferSyntaxes,
    },
    groups: behaviour?.storage,
    acceptUnknownClasses: behaviour?.acceptOtherClasses ?? bridge.acceptUnknownClasses,
    verification: behaviour?.verification,
    admission: {
      duplicates: nearer(behaviour?.duplicates, bridge.admission.duplicates),
      requiresImageAttributes: nearer(
        behaviour?.requireImageAttributes,
        bridge.admission.requiresImageAttributes,
      ),
    },
    query: (listener?.queryRetrieve ?? bridge.queryRetrieve) ? joinedQuery : undefined,
  };
}
