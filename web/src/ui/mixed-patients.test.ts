import { expect, it } from 'vitest';
import { mixedPatients, sharedSubjects } from './mixed-patients.ts';

const person = (
  patientId: string,
  patientName: string,
  patientBirthDate = '',
  patientSex = '',
) => ({
  patientId,
  patientName,
  patientBirthDate,
  patientSex,
});

it('one Patient ID under which name, date of birth or sex differ is flagged once', () => {
  const { conflicts } = mixedPatients([
    person('1', 'Doe^Jane', '19700101', 'F'),
    person('1', 'Roe^Richard', '19710101', 'M'),
    person('2', 'Doe^Jane', '19700101'),
    person('2', 'DOE^JANE^^', '19700102'),
    person('3', 'Miller^Ann', '', 'F'),
    person('3', 'Miller^Ann', '', 'M'),
    person('4', 'Same^One', '19800101', 'O'),
    person('4 ', 'same^one', '', ''),
  ]);
  expect(conflicts).toEqual(['1', '2', '3']);
});

it('one person under several Patient IDs is flagged; a name alone makes no person', () => {
  const { collisions } = mixedPatients([
    person('1', 'Doe^Jane', '19700101'),
    person('2', 'Doe^Jane', '19700101'),
    person('3', 'Roe^Richard'),
    person('4', 'Roe^Richard'),
    person('', 'Doe^Jane', '19700101'),
  ]);
  expect(collisions).toEqual(['DOE^JANE, 19700101']);
});

it('a subject that several Patient IDs become is flagged', () => {
  const patients = [
    { patientId: '1', subject: 'S-1' },
    { patientId: '2', subject: 'S-1' },
    { patientId: '3', subject: 'S-2' },
    { patientId: '3', subject: 'S-2' },
  ];
  expect(sharedSubjects(patients)).toEqual(['S-1']);
});
