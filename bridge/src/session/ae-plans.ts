import type { ListenerSettings, Settings } from '../../../shared/protocol/settings.ts';
import type { Configuration } from '../configuration/configuration.ts';
import type { ServerTls } from '../dimse/tls-profile.ts';
import { listeningRules, type ListeningRules } from './association-rules.ts';
import type { ListenerPlan } from './dicom-listeners.ts';

/** An AE of Gantry's own, with everything that its listener needs: the first one, or one of the settings. */
export interface AePlan extends ListenerPlan {
  /** Titles that it answers to. */
  readonly aeTitles: readonly string[];
  /** Who may call; anybody where it is missing. */
  readonly callingAeTitles: readonly string[] | undefined;
  readonly callingHosts: readonly string[] | undefined;
  readonly tls: ServerTls | undefined;
  readonly rules: ListeningRules;
  readonly keepAs: ListenerSettings['keepAs'];
}

/** Titles that Gantry calls as, and that no listener of the settings has: the first AE answers to them. */
function otherTitles({ peers, listeners = [] }: Settings): string[] {
  const taken = new Set(listeners.map(({ aeTitle }) => aeTitle));
  return peers.flatMap(({ callingAeTitle }) =>
    callingAeTitle === undefined || taken.has(callingAeTitle) ? [] : [callingAeTitle],
  );
}

/** Whether Gantry retrieves as this AE title, so that a C-MOVE which names it is its own. */
export function isOwnAeTitle({ aeTitle, peers }: Settings, title: string): boolean {
  return title === aeTitle || peers.some(({ callingAeTitle }) => callingAeTitle === title);
}

/** The AE of `aeTitle` and `dicom`, then those of the settings, in their order. */
export function aePlans(configuration: Configuration, settings: Settings): AePlan[] {
  const {
    dicom,
    dicomAccess,
    storage,
    archive,
    timers,
    maxPduLength,
    associations,
    queryRetrieve,
    query,
  } = configuration;
  const { acceptUnknownClasses, duplicates, requireImageAttributes } = archive;
  const admission = { duplicates, requiresImageAttributes: requireImageAttributes };
  const limits = {
    maxAssociations: associations.max,
    maxAssociationsPerHost: associations.maxPerHost,
    maxWaiting: associations.maxWaiting,
  };
  const bridge = {
    timers,
    maxPduLength,
    storage,
    acceptUnknownClasses,
    admission,
    queryRetrieve,
    query,
    ...limits,
  };
  const first: AePlan[] = dicom
    ? [
        {
          ...dicom,
          aeTitle: settings.aeTitle,
          aeTitles: [...new Set([settings.aeTitle, ...otherTitles(settings)])],
          callingAeTitles: dicomAccess?.callingAeTitles,
          callingHosts: dicomAccess?.callingHosts,
          isSecure: false,
          tls: undefined,
          rules: listeningRules(settings.preset, bridge),
          keepAs: 'by-origin',
        },
      ]
    : [];
  const others = (settings.listeners ?? []).map((listener) => ({
    host: listener.host,
    port: listener.port,
    aeTitle: listener.aeTitle,
    aeTitles: [listener.aeTitle],
    callingAeTitles: listener.callingAeTitles,
    callingHosts: listener.callingHosts,
    isSecure: listener.tls !== undefined,
    tls: listener.tls,
    rules: listeningRules(listener.preset, bridge, listener),
    keepAs: listener.keepAs,
  }));
  return [...first, ...others];
}
