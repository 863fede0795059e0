import type { PresetName } from '../../../shared/protocol/presets.ts';
import type { ListenerSettings, Peer } from '../../../shared/protocol/settings.ts';

/** Timers of the bridge, in the order in which an association meets them. */
const TIMER_NAMES = [
  'connectMs',
  'artimMs',
  'associationReplyMs',
  'dimseReplyMs',
  'retrieveReplyMs',
  'idleMs',
  'progressMs',
  'readMs',
  'writeMs',
  'placeMs',
] as const;

type TimerName = (typeof TIMER_NAMES)[number];

/** Timers that say nothing to the other side: who calls waits for answers, who is called for callers. */
const FOREIGN_TIMERS: Readonly<Record<'peer' | 'listener', ReadonlySet<TimerName>>> = {
  peer: new Set(['placeMs']),
  listener: new Set(['connectMs', 'associationReplyMs', 'retrieveReplyMs']),
};

export const timerNames = (of: 'peer' | 'listener'): TimerName[] =>
  TIMER_NAMES.filter((name) => !FOREIGN_TIMERS[of].has(name));

/** What a form holds of an association: text, empty where nothing is set. */
export interface AssociationDraft {
  preset: '' | PresetName;
  maxPduLength: string;
  maxAssociations: string;
  /** UIDs with spaces or line ends between them. */
  transferSyntaxes: string;
  sopClasses: string;
  /** In seconds. */
  timers: Record<TimerName, string>;
}

const MS_PER_SECOND = 1000;

export function associationDraft(from: Peer | ListenerSettings | undefined): AssociationDraft {
  const seconds = (name: TimerName): string => {
    const ms = from?.timers?.[name];
    return ms === undefined ? '' : String(ms / MS_PER_SECOND);
  };
  return {
    preset: from?.preset ?? '',
    maxPduLength: String(from?.maxPduLength ?? ''),
    maxAssociations: String(from?.maxAssociations ?? ''),
    transferSyntaxes: from?.transferSyntaxes?.join('\n') ?? '',
    sopClasses: from?.sopClasses?.join('\n') ?? '',
    timers: {
      connectMs: seconds('connectMs'),
      artimMs: seconds('artimMs'),
      associationReplyMs: seconds('associationReplyMs'),
      dimseReplyMs: seconds('dimseReplyMs'),
      retrieveReplyMs: seconds('retrieveReplyMs'),
      idleMs: seconds('idleMs'),
      progressMs: seconds('progressMs'),
      readMs: seconds('readMs'),
      writeMs: seconds('writeMs'),
      placeMs: seconds('placeMs'),
    },
  };
}

/** A number of a form; NaN, which no schema takes, where it is none. */
export const numberOf = (text: string): number => (text.trim() === '' ? NaN : Number(text));

/** The words of a text field; undefined when it is empty. */
export function wordsOf(text: string): string[] | undefined {
  const words = text.split(/[\s,;]+/).filter((word) => word !== '');
  return words.length === 0 ? undefined : words;
}

/** The lines of a text field: AE titles may hold spaces. */
export const linesOf = (lines: string): string[] =>
  lines
    .split('\n')
    .map((line) => line.trim())
    .filter((line) => line !== '');

/** A text field that may be empty, as a property that is then missing. */
export const optional = <K extends string, T>(
  key: K,
  text: string,
  read: (text: string) => T,
): Partial<Record<K, T>> =>
  // A cast: one key, which TypeScript takes for any string.
  text.trim() === '' ? {} : ({ [key]: read(text.trim()) } as Partial<Record<K, T>>);

/** What the schema is to judge. */
export function associationOf(draft: AssociationDraft): Record<string, unknown> {
  const timers = Object.fromEntries(
    TIMER_NAMES.filter((name) => draft.timers[name].trim() !== '').map((name) => [
      name,
      Math.round(Number(draft.timers[name]) * MS_PER_SECOND),
    ]),
  );
  return {
    ...(draft.preset !== '' && { preset: draft.preset }),
    ...optional('maxPduLength', draft.maxPduLength, Number),
    ...optional('maxAssociations', draft.maxAssociations, Number),
    ...optional('transferSyntaxes', draft.transferSyntaxes, wordsOf),
    ...optional('sopClasses', draft.sopClasses, wordsOf),
    ...(Object.keys(timers).length > 0 && { timers }),
  };
}
