import { MAX_ROWS_PER_MESSAGE } from '../../../shared/protocol/limits.ts';
import type { ClientMessage, DoneResult, Row } from '../../../shared/protocol/messages.ts';
import { MAX_PAGE, type Archive } from '../archive/store.ts';
import type { RetrieveTarget } from '../dimse/retrieve.ts';
import type { RequestContext } from './page-connection.ts';

type Message<T extends ClientMessage['type']> = Extract<ClientMessage, { type: T }>;

/** Values as text: a message holds no other. */
function rowOf(values: Readonly<Record<string, unknown>>): Row {
  const row: Row = {};
  for (const [keyword, value] of Object.entries(values)) {
    if (typeof value === 'string') row[keyword] = value;
    else if (typeof value === 'number') row[keyword] = String(value);
  }
  return row;
}

function sendRows(rows: readonly object[], { requestId, send }: RequestContext): void {
  for (let at = 0; at < rows.length; at += MAX_ROWS_PER_MESSAGE) {
    const batch = rows.slice(at, at + MAX_ROWS_PER_MESSAGE);
    send({ type: 'rows', requestId, rows: batch.map((row) => rowOf({ ...row })) });
  }
}

/** How many instances of a study others keep safely, and who. */
export type MarksOf = (studyInstanceUid: string) => {
  readonly count: number;
  readonly peers: readonly string[];
};

/** Studies of the archive, newest first. */
export async function listStudies(
  archive: Archive,
  { search, limit }: Message<'listStudies'>,
  context: RequestContext,
  marksOf: MarksOf,
): Promise<DoneResult> {
  const order = { by: 'StudyDate', descending: true } as const;
  let total = 0;
  for (let offset = 0; offset < limit; offset += MAX_PAGE) {
    const query = { search, offset, order, limit: Math.min(MAX_PAGE, limit - offset) };
    const page = await archive.studies(query, context.signal);
    const marked = page.studies.map((study) => {
      const { count, peers } = marksOf(study.StudyInstanceUID);
      return count === 0
        ? study
        : { ...study, committedInstances: count, committedBy: peers.join(', ') };
    });
    sendRows(marked, context);
    total = page.total;
    if (offset + page.studies.length >= total) break;
  }
  return { of: 'listStudies', total };
}

/** All instances of a study, series by series; each row has its series' attributes too. */
export async function listInstances(
  archive: Archive,
  { studyInstanceUid }: Message<'listInstances'>,
  context: RequestContext,
): Promise<DoneResult> {
  const { signal } = context;
  for (const series of await archive.series(studyInstanceUid, signal)) {
    const query = {
      studyInstanceUid,
      seriesInstanceUid: series.SeriesInstanceUID,
      limit: MAX_PAGE,
    };
    for (let offset = 0; ; offset += MAX_PAGE) {
      const instances = await archive.instances({ ...query, offset }, signal);
      sendRows(
        instances.map((instance) => ({ ...series, ...instance })),
        context,
      );
      if (instances.length < MAX_PAGE) break;
    }
  }
  return { of: 'listInstances' };
}

export async function deleteStudy(
  archive: Archive,
  { studyInstanceUid }: Message<'deleteStudy'>,
): Promise<DoneResult> {
  await archive.deleteStudy(studyInstanceUid);
  return { of: 'deleteStudy' };
}

/** How many instances of a study, of a series or of a list the archive has. */
export async function countOf(
  archive: Pick<Archive, 'study' | 'series' | 'locate'>,
  target: RetrieveTarget,
): Promise<number> {
  const { studyInstanceUid } = target;
  switch (target.level) {
    case 'STUDY':
      return (await archive.study(studyInstanceUid))?.NumberOfStudyRelatedInstances ?? 0;
    case 'SERIES': {
      const series = await archive.series(studyInstanceUid);
      const found = series.find((row) => row.SeriesInstanceUID === target.seriesInstanceUid);
      return found?.NumberOfSeriesRelatedInstances ?? 0;
    }
    case 'IMAGE': {
      const uids = target.sopInstanceUid.split('\\');
      const places = await Promise.all(uids.map((uid) => archive.locate(uid)));
      return places.filter((place) => place !== undefined).length;
    }
  }
}
