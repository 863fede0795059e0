import { MAX_RETRIEVED_INSTANCES } from '../../../shared/protocol/limits.ts';
import type { StudyListing } from '../library/library.ts';
import type { RetrieveTarget } from '../remote/archive-client.ts';

/** A series or an image of a peer that is ticked. */
export interface SelectedPart {
  readonly study: StudyListing;
  readonly seriesInstanceUid: string;
  /** Missing for the whole series. */
  readonly sopInstanceUid?: string;
}

export interface Wanted {
  readonly study: StudyListing;
  readonly target: RetrieveTarget;
}

/**
 * What is to be retrieved, each instance once: a study that is ticked holds its series, a series its images.
 *
 * @param deepest level that the peer sends; of what is ticked below it, the whole is wanted
 */
export function wantedOf(
  ticked: readonly StudyListing[],
  tickedParts: readonly SelectedPart[],
  deepest: 'STUDY' | 'SERIES' | 'IMAGE' = 'IMAGE',
): readonly Wanted[] {
  const studies =
    deepest === 'STUDY'
      ? [...new Set([...ticked, ...tickedParts.map(({ study }) => study)])]
      : ticked;
  const parts = deepest === 'SERIES' ? wholeSeriesOf(tickedParts) : tickedParts;
  const whole = new Set(studies.map(({ studyInstanceUid }) => studyInstanceUid));
  const others = parts.filter(({ study }) => !whole.has(study.studyInstanceUid));
  const series = others.filter(({ sopInstanceUid }) => sopInstanceUid === undefined);
  const wholeSeries = new Set(series.map(keyOf));
  const images = others.filter(
    (part) => part.sopInstanceUid !== undefined && !wholeSeries.has(keyOf(part)),
  );
  return [
    ...studies.map((study) => ({
      study,
      target: { studyInstanceUid: study.studyInstanceUid },
    })),
    ...series.map(({ study, seriesInstanceUid }) => ({
      study,
      target: { studyInstanceUid: study.studyInstanceUid, seriesInstanceUid },
    })),
    ...[...Map.groupBy(images, keyOf).values()].flatMap(imagesOfSeries),
  ];
}

/** The series of what is ticked, each once. */
const wholeSeriesOf = (parts: readonly SelectedPart[]): readonly SelectedPart[] => [
  ...new Map(
    parts.map((part) => [
      keyOf(part),
      { study: part.study, seriesInstanceUid: part.seriesInstanceUid },
    ]),
  ).values(),
];

const keyOf = ({ study, seriesInstanceUid }: SelectedPart) =>
  `${study.studyInstanceUid}/${seriesInstanceUid}`;

/** Images of one series go into one request, as far as they fit. */
function imagesOfSeries(images: readonly SelectedPart[]): Wanted[] {
  const [first] = images;
  if (!first) return [];
  const { study, seriesInstanceUid } = first;
  const uids = images.flatMap(({ sopInstanceUid }) => sopInstanceUid ?? []);
  const wanted: Wanted[] = [];
  for (let at = 0; at < uids.length; at += MAX_RETRIEVED_INSTANCES) {
    const sopInstanceUids = uids.slice(at, at + MAX_RETRIEVED_INSTANCES);
    const { studyInstanceUid } = study;
    wanted.push({ study, target: { studyInstanceUid, seriesInstanceUid, sopInstanceUids } });
  }
  return wanted;
}
