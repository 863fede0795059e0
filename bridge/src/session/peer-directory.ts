import type { Peer } from '../../../shared/protocol/settings.ts';
import type { SettingsStore } from '../configuration/settings-store.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import type { User } from '../dimse/user-identity.ts';
import { callingRules } from './association-rules.ts';

/** How a peer is called. */
export interface Calling {
  readonly peer: PeerAddress;
  readonly association: AssociationOptions;
}

/** What is proposed to a peer beside contexts. */
export interface PeerNegotiation {
  readonly user?: User | undefined;
  readonly relationalQueries?: boolean | undefined;
  readonly fuzzyNames?: boolean | undefined;
}

/** The peers of the settings as they are at the moment, and how each is called. */
export class PeerDirectory {
  readonly #settings: SettingsStore;
  readonly #association: AssociationOptions;
  readonly #negotiation: Readonly<Record<string, PeerNegotiation>>;

  /** @param negotiation by the name of a peer */
  constructor(
    settings: SettingsStore,
    association: AssociationOptions,
    negotiation: Readonly<Record<string, PeerNegotiation>>,
  ) {
    this.#settings = settings;
    this.#association = association;
    this.#negotiation = negotiation;
  }

  find(name: string): Peer | undefined {
    return this.#settings.current.peers.find((peer) => peer.name === name);
  }

  /** Of several with this AE title the first. */
  withAeTitle(aeTitle: string): Peer | undefined {
    return this.#settings.current.peers.find((peer) => peer.aeTitle === aeTitle);
  }

  calling(peer: Peer): Calling {
    const { aeTitle, preset } = this.#settings.current;
    return {
      peer: {
        host: peer.host,
        port: peer.port,
        calledAeTitle: peer.aeTitle,
        callingAeTitle: peer.callingAeTitle ?? aeTitle,
        user: this.#negotiation[peer.name]?.user,
        ...(peer.tls && { tls: peer.tls }),
      },
      association: callingRules(preset, this.#association, peer),
    };
  }
}
