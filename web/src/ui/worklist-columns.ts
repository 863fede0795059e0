import { createColumnHelper } from '@tanstack/svelte-table';
import type { Row } from '../../../shared/protocol/messages.ts';
import { formatDate, formatPersonName, formatTime } from './format.ts';
import { ordered, type Compare } from './sorted-rows.ts';
import type { features } from './table-features.ts';
import { text } from './text.ts';

/** A Scheduled Procedure Step, with what its columns show and compare. A class, as StudyRow is. */
export class WorklistRow {
  readonly patientId: string;
  readonly accessionNumber: string;
  readonly name: string;
  /** What each column shows, by its id. */
  readonly shown: Readonly<Record<ColumnId, string>>;
  /** What each column compares by where that isn't what it shows. */
  readonly #sortKeys: Partial<Record<ColumnId, string>>;

  constructor(row: Row) {
    const of = (keyword: string) => row[keyword] ?? '';
    const date = of('ScheduledProcedureStepStartDate');
    const time = of('ScheduledProcedureStepStartTime');
    this.patientId = of('PatientID');
    this.accessionNumber = of('AccessionNumber');
    this.name = formatPersonName(of('PatientName')) || text.table.noName;
    this.shown = {
      time: [formatDate(date), formatTime(time)].filter(Boolean).join(' '),
      name: this.name,
      id: this.patientId,
      born: formatDate(of('PatientBirthDate')),
      sex: of('PatientSex'),
      modality: of('Modality'),
      station: of('ScheduledStationAETitle') || of('ScheduledStationName'),
      procedure: of('ScheduledProcedureStepDescription') || of('RequestedProcedureDescription'),
      accession: this.accessionNumber,
      physician: formatPersonName(of('ScheduledPerformingPhysicianName')),
    };
    this.#sortKeys = {
      // TM may be written with colons (PS3.5 section 6.2, retired).
      time: `${date} ${time.replaceAll(':', '')}`,
      born: of('PatientBirthDate'),
      name: this.name.toLocaleLowerCase(),
    };
  }

  sortKey(column: ColumnId): string {
    return this.#sortKeys[column] ?? this.shown[column];
  }
}

type ColumnId = keyof typeof text.worklist.columns;

/** In CSS pixels. */
const SIZES: Readonly<Record<ColumnId, number>> = {
  time: 132,
  name: 170,
  id: 120,
  born: 96,
  sex: 48,
  modality: 76,
  station: 104,
  procedure: 180,
  accession: 104,
  physician: 140,
};

const helper = createColumnHelper<typeof features, WorklistRow>();

/** In the order of the screen; a cast, because Object.keys forgets what it lists. */
export const COLUMN_IDS = Object.keys(SIZES) as ColumnId[];

export const worklistColumns = helper.columns(
  COLUMN_IDS.map((id) =>
    helper.accessor((row) => row.sortKey(id), {
      id,
      header: text.worklist.columns[id],
      size: SIZES[id],
    }),
  ),
);

/** Puts steps in order by a column; by their time else. */
export function compareSteps(
  column: string | undefined,
  isDescending: boolean,
): Compare<WorklistRow> {
  const id = COLUMN_IDS.find((candidate) => candidate === column) ?? 'time';
  return ordered((row) => row.sortKey(id), isDescending);
}
