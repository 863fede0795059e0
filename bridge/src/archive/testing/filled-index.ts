// For tests and benchmarks: an archive whose index has many studies, without files behind them.
import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { openIndexDatabase } from '../index-database.ts';
import { InstanceIndex } from '../instance-index.ts';

/** Studies of one image, two for each patient; `n` is the number of the study. */
const FILL = `
CREATE TEMP TABLE numbers AS WITH RECURSIVE count (n) AS
  (SELECT 1 UNION ALL SELECT n + 1 FROM count WHERE n < ?) SELECT n, (n - 1) / 2 AS patient FROM count`;
const FAMILIES = ['Garcia', 'Nguyen', 'Okafor', 'Müller', 'Smith', 'Rossi', 'Kowalska', 'Haddad'];
const GIVEN = ['Ana', 'Minh', 'Chidi', 'Jörg', 'Jane', 'Luca', 'Zofia', 'Omar', 'Ines', 'Kai'];
const element = (names: readonly string[], of: string) =>
  `json_extract('${JSON.stringify(names)}', '$[' || (${of} % ${names.length}) || ']')`;

const ROWS = [
  `INSERT INTO studies (id, SpecificCharacterSet, StudyInstanceUID, StudyID, AccessionNumber, PatientID,
     PatientName, PatientSex, PatientBirthDate, StudyDate, StudyTime, ModalitiesInStudy,
     ReferringPhysicianName, StudyDescription, InstitutionName)
   SELECT n, 'ISO_IR 192', '2.25.1.' || n, 'S' || n, 'A' || n, 'P' || patient,
     ${element(FAMILIES, 'patient')} || '^' || ${element(GIVEN, '(patient / 8)')} || '^' || patient,
     iif(patient % 2, 'M', 'F'), 19 || printf('%02d', patient % 100) || '0101',
     printf('20%02d%02d%02d', 10 + n % 16, 1 + n / 16 % 12, 1 + n % 28),
     printf('%02d%02d00', n % 24, n % 60), iif(n % 3, 'CT', 'MR'), 'Doctor^' || (n % 50),
     'Examination ' || (n % 200), 'Site ' || (n % 5) FROM numbers`,
  `UPDATE studies SET nameKey = nameKey(PatientName), referringKey = nameKey(ReferringPhysicianName)`,
  `INSERT INTO series (id, study, SeriesInstanceUID, Modality, SeriesNumber)
   SELECT n, n, '2.25.1.' || n || '.1', iif(n % 3, 'CT', 'MR'), 1 FROM numbers`,
  `INSERT INTO instances (id, series, study, SOPClassUID, SOPInstanceUID, InstanceNumber, TransferSyntaxUID, path,
     datasetOffset, size, receivedMs, sourceAeTitle, origin)
   SELECT n, n, n, '1.2.840.10008.5.1.4.1.1.2', '2.25.1.' || n || '.1.1', 1, '1.2.840.10008.1.2.1',
     'none/' || n, 0, 1, n, 'FILLED', 'archive' FROM numbers`,
];

/** Writes the index of an archive that nobody has open, for `openArchive` with the same data directory. */
export function fillIndex(dataDirectory: string, studies: number): void {
  const folder = join(dataDirectory, 'archive');
  mkdirSync(folder, { recursive: true });
  const database = openIndexDatabase(join(folder, 'index.sqlite'));
  const index = new InstanceIndex(database);
  database.prepare(FILL.replace('?', String(studies))).run();
  index.transaction(() => {
    for (const sql of ROWS) database.exec(sql);
  });
  index.setClosedInOrder(true);
  database.close();
}
