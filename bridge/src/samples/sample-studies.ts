// Which studies Gantry shows to somebody who has none at hand.
import { angiogram } from './phantom/angiogram.ts';
import { ctSeries } from './phantom/ct-series.ts';
import { mrSeries } from './phantom/mr-series.ts';
import { petSeries } from './phantom/pet-series.ts';
import type { PhantomFile } from './phantom/phantom-file.ts';
import { phantomIdentity } from './phantom/phantom-identity.ts';
import { ultrasoundClip } from './phantom/ultrasound-clip.ts';

/** How many instances `archiveSamples` makes: progress can be told before they are made. */
export const ARCHIVE_SAMPLE_COUNT = 145;

/** For the archive: CT, MR, echocardiography, PET/CT and coronary angiography, of a patient each. */
export function* archiveSamples(): Generator<PhantomFile> {
  yield* samplesFrom(1);
  const coronary = phantomIdentity(6, 'Coronary angiography');
  for (const [index, primaryAngle] of [30, -30, 0].entries()) {
    yield angiogram({ seed: 6, seriesNumber: 6 + index, primaryAngle, identity: coronary });
  }
}

/** For the sample PACS: the same of other patients, and an earlier CT of the archive's first one. */
export function* pacsSamples(): Generator<PhantomFile> {
  yield* samplesFrom(11);
  yield angiogram({ seed: 16 });
  const earlier = {
    ...phantomIdentity(1, 'CT chest and abdomen, earlier'),
    accessionNumber: 'PH000021',
    studyDate: '20250317',
  };
  yield* ctSeries({ seed: 21, identity: earlier });
}

function* samplesFrom(seed: number): Generator<PhantomFile> {
  yield* ctSeries({ seed });
  yield* mrSeries({ seed: seed + 1 });
  yield ultrasoundClip({ seed: seed + 2 });
  const identity = phantomIdentity(seed + 3, 'PET/CT trunk');
  yield* ctSeries({ seed: seed + 3, identity });
  yield* petSeries({ seed: seed + 3, identity });
}
