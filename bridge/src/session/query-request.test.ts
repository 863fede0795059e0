import { describe, expect, it } from 'vitest';
import { peerSchema } from '../../../shared/protocol/settings.ts';
import { requestOf } from './query-request.ts';

const peer = (settings: Record<string, unknown> = {}) =>
  peerSchema.parse({ name: 'PACS', aeTitle: 'PACS', host: 'pacs', port: 104, ...settings });

const message = (keys: Record<string, string>, level: 'STUDY' | 'SERIES' = 'STUDY') =>
  ({ type: 'query', requestId: '1', peer: 'PACS', level, keys, credits: 1 }) as const;

describe('A query of the page', () => {
  it('is refused when it has no key, in words that say what helps', () => {
    const all = message({ PatientName: '*', StudyDate: '' });
    expect(() => requestOf(all, peer())).toThrow(
      expect.objectContaining({
        code: 'query-without-keys',
        message: expect.stringContaining('give a name') as unknown,
      }),
    );
    const request = requestOf(all, peer({ allowQueryWithoutKeys: true }));
    expect(request.keys).toEqual({ PatientName: '*', StudyDate: '' });
  });

  it('needs no key below the study, which narrows it', () => {
    expect(requestOf(message({ StudyInstanceUID: '1.2' }, 'SERIES'), peer()).level).toBe('SERIES');
  });

  it('asks a peer of studies alone, where the settings say so, about nothing else', () => {
    const series = message({ StudyInstanceUID: '1.2' }, 'SERIES');
    const shallow = peer({ queryLevel: 'STUDY' });
    expect(() => requestOf(series, shallow)).toThrow(
      expect.objectContaining({ code: 'query-too-deep' }),
    );
    expect(requestOf(message({ PatientID: '1' }), shallow).level).toBe('STUDY');
    expect(requestOf(series, peer({ queryLevel: 'SERIES' })).level).toBe('SERIES');
  });

  it('gets wildcards and character set as the peer is set', () => {
    const keys = message({ PatientName: 'Müller', PatientID: '1' });
    expect(requestOf(keys, peer())).toMatchObject({
      keys: { PatientName: 'Müller*', PatientID: '1*' },
      characterSet: 'ISO_IR 192',
    });
    const exact = peer({ appendWildcard: false, queryCharacterSet: 'ISO_IR 100' });
    expect(requestOf(keys, exact)).toMatchObject({
      keys: { PatientName: 'Müller', PatientID: '1' },
      characterSet: 'ISO_IR 100',
    });
  });
});
