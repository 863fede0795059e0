import { describe, expect, it } from 'vitest';
import type { PresetName } from '../../../shared/protocol/presets.ts';
import { listenerSchema, peerSchema } from '../../../shared/protocol/settings.ts';
import { callingRules, listeningRules, maxTransfers, proposalRules } from './association-rules.ts';

const peer = (more: object = {}) =>
  peerSchema.parse({ name: 'PACS', aeTitle: 'PACS', host: '127.0.0.1', port: 104, ...more });
const listener = (more: object = {}) =>
  listenerSchema.parse({ aeTitle: 'OTHER', port: 105, ...more });

const ELE = '1.2.840.10008.1.2.1';
const storage = { sopClasses: undefined, transferSyntaxes: undefined };
const takes = { acceptUnknownClasses: false, admission: {} };
const bridge = { storage, ...takes, queryRetrieve: true, query: {} };

describe('a call to a peer', () => {
  it('takes each value from what is nearest to the peer', () => {
    const set = { timers: { connectMs: 1, artimMs: 2 }, maxPduLength: 4096 };
    const near = peer({ preset: 'cmr', timers: { artimMs: 3 } });
    const { timers, maxPduLength } = callingRules('gem', set, near);
    // GEM's idle time, the bridge's ARTIM time under the peer's, CMR's time to connect and its PDUs.
    expect(timers).toMatchObject({ idleMs: 120_000, artimMs: 3, connectMs: 60_000 });
    expect(maxPduLength).toBe(16_384);
    expect(callingRules('gem', set, peer({ maxPduLength: 2048 })).maxPduLength).toBe(2048);
    expect(callingRules('gem', set, peer()).maxPduLength).toBe(4096);
  });

  it('proposes what the peer says, else its preset, else the bridge’s, else everything', () => {
    const said = peer({ preset: 'cmr', transferSyntaxes: [ELE] });
    expect(proposalRules('gem', said).transferSyntaxes).toEqual([ELE]);
    expect(proposalRules('gem', peer({ preset: 'cmr' })).transferSyntaxes).toHaveLength(5);
    expect(proposalRules('gem', peer()).transferSyntaxes).toHaveLength(2);
    expect(proposalRules(undefined, peer()).transferSyntaxes).toBeUndefined();
  });

  it('has as many transfers side by side as the peer says, and one where it behaves like CMR', () => {
    expect(maxTransfers(undefined, peer())).toBe(Infinity);
    expect(maxTransfers('cmr', peer())).toBe(1);
    expect(maxTransfers('cmr', peer({ maxAssociations: 3 }))).toBe(3);
  });
});

describe('a listener', () => {
  it('goes by its own settings before its preset, and by that before the bridge’s', () => {
    const set = { ...bridge, maxPduLength: 4096, timers: { artimMs: 1, connectMs: 2 } };
    const own = listener({ preset: 'rts', maxWaiting: 2, timers: { progressMs: 4 } });
    const { options, groups } = listeningRules(own.preset, set, own);
    expect(options).toMatchObject({ maxAssociations: 1, maxWaiting: 2, maxPduLength: 16_384 });
    // The preset's times for reading and writing give way to one for both.
    expect(options.timers).toEqual({ artimMs: 60_000, connectMs: 2, progressMs: 4 });
    expect(groups?.[0]?.sopClasses).toHaveLength(3);
    expect(listeningRules('rts', { ...bridge, timers: { writeMs: 5 } }).options.timers).toEqual({
      ...{ artimMs: 60_000, readMs: 45_000, writeMs: 5 },
    });
  });

  it('takes of one host as many associations as its preset says, unless the bridge says how many', () => {
    const gem = listener({ preset: 'gem' });
    const perHost = (set: object, own?: typeof gem) =>
      listeningRules(own?.preset, { ...bridge, ...set }, own).options.maxAssociationsPerHost;
    expect(perHost({}, gem)).toBe(50);
    expect(perHost({}, listener({ preset: 'gem', maxAssociations: 20 }))).toBe(20);
    expect(perHost({ maxAssociationsPerHost: 4 }, gem)).toBe(4);
    expect(perHost({ maxAssociations: 100 })).toBeUndefined();
  });

  it('that is the first one goes by the bridge’s settings before the preset', () => {
    const { options } = listeningRules('rts', { ...bridge, maxPduLength: 4096 });
    expect(options).toMatchObject({ maxAssociations: 1, maxPduLength: 4096 });
  });

  it('takes duplicates and images as its preset does, or as the settings say', () => {
    const taken = (preset: PresetName, own?: typeof cmr, set: object = {}) =>
      listeningRules(preset, { ...bridge, ...set }, own).admission;
    const cmr = listener({ preset: 'cmr' });
    const refuse = { admission: { duplicates: 'refuse', requiresImageAttributes: false } };
    expect(taken('cmr')).toMatchObject({ duplicates: 'keep' });
    expect(taken('xce')).toEqual({ duplicates: 'replace', requiresImageAttributes: true });
    expect(taken('gem')).toEqual({});
    // What holds for all goes before the preset of all, and behind that of one.
    expect(taken('xce', undefined, refuse)).toEqual(refuse.admission);
    expect(taken('cmr', cmr, refuse)).toEqual({ ...refuse.admission, duplicates: 'keep' });
  });

  it('answers queries as its preset does, unless the settings say otherwise, or that it shall not', () => {
    const xce = listener({ preset: 'xce' });
    expect(listeningRules('xce', bridge, xce).query).toEqual({
      maxMatches: 1000,
      unknownMatches: 'wildcards',
    });
    expect(listeningRules('xce', { ...bridge, query: { maxMatches: 5 } }).query).toMatchObject({
      maxMatches: 5,
    });
    expect(listeningRules(undefined, bridge).query).toEqual({});
    const silent = listener({ queryRetrieve: false });
    expect(listeningRules(undefined, bridge, silent).query).toBeUndefined();
    expect(listeningRules(undefined, { ...bridge, queryRetrieve: false }).query).toBeUndefined();
  });
});
