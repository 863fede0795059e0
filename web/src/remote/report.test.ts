import { expect, it } from 'vitest';
import { formatReport } from './report.ts';
import type { JobView } from './transfer-job.ts';

const job: JobView = {
  id: '1',
  createdAt: 0,
  peer: 'PACS',
  mode: 'deidentified',
  total: 4,
  stored: 1,
  warnings: 1,
  withheld: 1,
  failed: 1,
  waiting: 1,
  bytesSent: 0,
  state: 'done',
  problem: undefined,
  missingFiles: 0,
  activeMs: 0,
};

it('a report has a line for each input, quoted, and no formula', () => {
  const text = formatReport(job, [
    {
      index: 0,
      path: 'a "quoted", path',
      outcome: { kind: 'stored', status: 0xb000, warning: 'Coerced' },
      isReleased: false,
    },
    {
      index: 1,
      path: '=cmd()',
      outcome: { kind: 'withheld', reason: 'A report.' },
      isReleased: false,
    },
    {
      index: 2,
      path: 'c',
      outcome: { kind: 'failed', code: 'status-failure', status: 0xa700, message: 'Full.' },
      isReleased: false,
    },
    { index: 3, path: undefined, outcome: undefined, isReleased: false },
  ]);
  expect(text.split('\r\n').slice(0, 5)).toEqual([
    '"number","file","result","status","reason"',
    '"1","a ""quoted"", path","sent","B000H","Coerced"',
    '"2","\'=cmd()","withheld","","A report."',
    '"3","c","failed","A700H","Full."',
    '"4","","not sent","",""',
  ]);
  expect(text).toContain(
    '"selected","4"\r\n"sent","1"\r\n"withheld","1"\r\n"failed","1"\r\n"not sent","1"',
  );
});
