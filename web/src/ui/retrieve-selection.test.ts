import { describe, expect, it } from 'vitest';
import { MAX_RETRIEVED_INSTANCES } from '../../../shared/protocol/limits.ts';
import { listingOf } from '../library/archive-rows.ts';
import { wantedOf } from './retrieve-selection.ts';

const [a, b] = ['1.1', '1.2'].map((StudyInstanceUID) => listingOf({ StudyInstanceUID }));
const targetsOf = (...selection: Parameters<typeof wantedOf>) =>
  wantedOf(...selection).map(({ target }) => target);

describe('What is retrieved of a selection', () => {
  it('is each study in one go', () => {
    expect(targetsOf([a!, b!], [])).toEqual([
      { studyInstanceUid: '1.1' },
      { studyInstanceUid: '1.2' },
    ]);
  });

  it('is no part of what is retrieved whole', () => {
    const series = { study: b!, seriesInstanceUid: '2' };
    const parts = [
      { study: a!, seriesInstanceUid: '1' },
      { ...series, sopInstanceUid: '3' },
      series,
    ];
    expect(targetsOf([a!], parts)).toEqual([
      { studyInstanceUid: '1.1' },
      { studyInstanceUid: '1.2', seriesInstanceUid: '2' },
    ]);
  });

  it('is the images of one series together', () => {
    const image = (seriesInstanceUid: string, sopInstanceUid: string) => ({
      study: a!,
      seriesInstanceUid,
      sopInstanceUid,
    });
    expect(targetsOf([], [image('1', '7'), image('2', '8'), image('1', '9')])).toEqual([
      { studyInstanceUid: '1.1', seriesInstanceUid: '1', sopInstanceUids: ['7', '9'] },
      { studyInstanceUid: '1.1', seriesInstanceUid: '2', sopInstanceUids: ['8'] },
    ]);
  });

  it('is the whole of what a peer does not send in parts', () => {
    const image = (study: typeof a, sopInstanceUid: string) => ({
      study: study!,
      seriesInstanceUid: '1',
      sopInstanceUid,
    });
    const parts = [image(a, '7'), image(a, '8'), image(b, '9')];
    expect(targetsOf([], parts, 'SERIES')).toEqual([
      { studyInstanceUid: '1.1', seriesInstanceUid: '1' },
      { studyInstanceUid: '1.2', seriesInstanceUid: '1' },
    ]);
    expect(targetsOf([b!], parts, 'STUDY')).toEqual([
      { studyInstanceUid: '1.2' },
      { studyInstanceUid: '1.1' },
    ]);
  });

  it('is split where one request can not name all images', () => {
    const parts = Array.from({ length: MAX_RETRIEVED_INSTANCES + 1 }, (_, index) => ({
      study: a!,
      seriesInstanceUid: '1',
      sopInstanceUid: String(index),
    }));
    const lengths = targetsOf([], parts).map(({ sopInstanceUids }) => sopInstanceUids?.length);
    expect(lengths).toEqual([MAX_RETRIEVED_INSTANCES, 1]);
  });
});
