import { createColumnHelper } from '@tanstack/svelte-table';
import type { StudyListing } from '../library/library.ts';
import type { Source } from './app-state.svelte.ts';
import { formatDate, formatPersonName } from './format.ts';
import { ordered, type Compare } from './sorted-rows.ts';
import type { features } from './table-features.ts';
import { text } from './text.ts';

/**
 * A study with what sorting and searching compare, made once when the study changes. A class, because the table would
 * wrap plain objects into proxies: slow for many rows, and never the same as what was put in.
 */
export class StudyRow {
  readonly kind = 'study';
  readonly study: StudyListing;
  readonly name: string;
  readonly nameKey: string;
  readonly dateKey: string;
  readonly modalities: string;
  #haystack: string | undefined;

  constructor(study: StudyListing) {
    this.study = study;
    this.name = formatPersonName(study.patientName);
    this.nameKey = this.name.toLocaleLowerCase();
    this.dateKey = study.studyDate + study.studyTime;
    this.modalities = study.modalities.join(', ');
  }

  /** What a search looks through; most rows are never searched. */
  get haystack(): string {
    const { study } = this;
    const searched = [this.name, study.patientName, study.patientId, study.studyDescription];
    this.#haystack ??= [...searched, study.accessionNumber, study.modalities.join(' ')]
      .join('\n')
      .toLocaleLowerCase();
    return this.#haystack;
  }
}

const rows = new WeakMap<StudyListing, StudyRow>();

/** The row of a study; the same for the same study, so that 100,000 of them are made once. */
export function rowOf(study: StudyListing): StudyRow {
  let row = rows.get(study);
  if (!row) {
    row = new StudyRow(study);
    rows.set(study, row);
  }
  return row;
}

const helper = createColumnHelper<typeof features, StudyRow>();
const { table } = text;

/** What each column shows is in shownIn, what it compares by in SORT_KEYS. */
const columns = helper.columns([
  helper.accessor('nameKey', { id: 'name', header: table.name, size: 160 }),
  helper.accessor((row) => row.study.patientId, {
    id: 'id',
    header: table.id,
    size: 132,
  }),
  helper.accessor((row) => row.study.patientBirthDate, {
    id: 'born',
    header: table.born,
    size: 96,
  }),
  helper.accessor((row) => row.study.patientSex, {
    id: 'sex',
    header: table.sex,
    size: 52,
  }),
  helper.accessor('dateKey', { id: 'date', header: table.date, size: 104 }),
  helper.accessor((row) => row.study.studyDescription, {
    id: 'description',
    header: table.description,
    size: 136,
  }),
  helper.accessor('modalities', {
    id: 'modalities',
    header: table.modalities,
    size: 84,
  }),
  helper.accessor((row) => row.study.accessionNumber, {
    id: 'accession',
    header: table.accession,
    size: 100,
  }),
  helper.accessor((row) => row.study.seriesCount ?? 0, {
    id: 'series',
    header: table.series,
    size: 60,
  }),
  helper.accessor((row) => row.study.instanceCount ?? 0, {
    id: 'instances',
    header: table.instances,
    size: 80,
  }),
]);

/** What peers say besides. */
const peerColumns = helper.columns([
  ...columns,
  helper.accessor((row) => row.study.referringPhysician ?? '', {
    id: 'referring',
    header: table.referring,
    size: 130,
  }),
  helper.accessor((row) => row.study.studyId ?? '', {
    id: 'studyId',
    header: table.studyId,
    size: 84,
  }),
  helper.accessor((row) => row.study.institution ?? '', {
    id: 'institution',
    header: table.institution,
    size: 130,
  }),
]);

type Key = (row: StudyRow) => string | number;

const DATE: Key = (row) => row.dateKey;

/** What each column compares by, by its id. */
const SORT_KEYS: ReadonlyMap<string, Key> = new Map<string, Key>([
  ['name', (row) => row.nameKey],
  ['id', ({ study }) => study.patientId],
  ['born', ({ study }) => study.patientBirthDate],
  ['sex', ({ study }) => study.patientSex],
  ['date', DATE],
  ['description', ({ study }) => study.studyDescription],
  ['modalities', (row) => row.modalities],
  ['accession', ({ study }) => study.accessionNumber],
  ['series', ({ study }) => study.seriesCount ?? 0],
  ['instances', ({ study }) => study.instanceCount ?? 0],
  ['referring', ({ study }) => study.referringPhysician ?? ''],
  ['studyId', ({ study }) => study.studyId ?? ''],
  ['institution', ({ study }) => study.institution ?? ''],
]);

/** Puts rows in order by a column. */
export function compareBy(columnId: string, isDescending: boolean): Compare<StudyRow> {
  const key = SORT_KEYS.get(columnId) ?? DATE;
  return ordered(key, isDescending);
}

/** The columns of a list, by where its studies are. */
export const columnsOf = (source: Source['kind']) => (source === 'peer' ? peerColumns : columns);

/** The text of a cell. */
export function shownIn(columnId: string, row: StudyRow): string {
  const { study } = row;
  switch (columnId) {
    case 'name':
      return row.name === '' ? table.noName : row.name;
    case 'id':
      return study.patientId;
    case 'born':
      return formatDate(study.patientBirthDate);
    case 'sex':
      return study.patientSex;
    case 'date':
      return formatDate(study.studyDate);
    case 'description':
      return study.studyDescription;
    case 'modalities':
      return row.modalities;
    case 'accession':
      return study.accessionNumber;
    case 'referring':
      return formatPersonName(study.referringPhysician ?? '');
    case 'studyId':
      return study.studyId ?? '';
    case 'institution':
      return study.institution ?? '';
    case 'series':
      return String(study.seriesCount ?? '');
    case 'instances':
      return String(study.instanceCount ?? '');
    default:
      return '';
  }
}
