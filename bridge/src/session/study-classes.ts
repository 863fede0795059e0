import { DimseError } from '../dimse/dimse-error.ts';
import type { AssociationOptions } from '../dimse/association-settings.ts';
import { classesOfModalities } from '../dimse/modality-classes.ts';
import { query } from '../dimse/query-scu.ts';
import type { PeerAddress } from '../dimse/request-association.ts';
import type { RetrieveTarget } from '../dimse/retrieve.ts';

/**
 * Which storage classes a target is made of, as far as the peer tells: by SOP Classes in Study (0008,0062), which it
 * need not know, else by the modalities of the series. A C-GET proposes these in every transfer syntax apart.
 * @returns none where the peer says nothing, or doesn't answer queries
 * @throws what the signal's abort makes of a query
 */
export async function classesOfTarget(
  peer: PeerAddress,
  { studyInstanceUid, ...target }: RetrieveTarget,
  association: AssociationOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const StudyInstanceUID = studyInstanceUid;
  const ask = (level: 'STUDY' | 'SERIES', keys: Record<string, string>, wanted: string) => {
    const request = { informationModel: 'study-root', level, keys } as const;
    return valuesOf(peer, request, wanted, association, signal);
  };
  try {
    const study = { StudyInstanceUID, SOPClassesInStudy: '' };
    const classes = await ask('STUDY', study, 'SOPClassesInStudy');
    if (classes.length > 0) return classes;
    const SeriesInstanceUID = 'seriesInstanceUid' in target ? target.seriesInstanceUid : '';
    const series = { StudyInstanceUID, SeriesInstanceUID, Modality: '' };
    return classesOfModalities(await ask('SERIES', series, 'Modality'));
  } catch (error) {
    if (error instanceof DimseError && !signal.aborted) return [];
    throw error;
  }
}

async function valuesOf(
  peer: PeerAddress,
  request: Parameters<typeof query>[1],
  wanted: string,
  association: AssociationOptions,
  signal: AbortSignal,
): Promise<string[]> {
  const values = new Set<string>();
  for await (const match of query(peer, request, association, signal)) {
    for (const value of (match[wanted] ?? '').split('\\')) if (value !== '') values.add(value);
  }
  return [...values];
}
