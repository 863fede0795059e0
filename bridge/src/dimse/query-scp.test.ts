import { describe, expect, it } from 'vitest';
import type { Fields } from '../../../shared/dicom/encode.ts';
import { encodeDataset } from '../../../shared/dicom/encode.ts';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { ImplicitVrLittleEndian } from '../../../shared/dicom/uids.ts';
import { ITEM_KEYS, MATCH_KEYS, type MatchQuery } from '../archive/match-query.ts';
import type { Archive } from '../archive/store.ts';
import { queryScp, type QueryRules } from './query-scp.ts';
import { startListener, ILE, TYPE } from './testing/listener-fixture.ts';
import * as raw from './testing/raw-connection.ts';
import { takeMessage } from './testing/raw-messages.ts';

const STUDY_ROOT_FIND = '1.2.840.10008.5.1.4.1.2.2.1';
const SECONDS = 1000;

/** An archive of so many studies, which notes what it is asked. */
function archiveOf(count: number) {
  const asked: MatchQuery[] = [];
  const pages = { read: 0 };
  const archive: Pick<Archive, 'match' | 'matchRows'> = {
    match: (query) => {
      asked.push(query);
      return Promise.resolve(Float64Array.from({ length: count }, (_, index) => index));
    },
    matchRows: (_, matches, keywords) => {
      pages.read++;
      const row = (id: number) =>
        Object.fromEntries(keywords.map((keyword) => [keyword, `${id}`.padStart(60, '0')]));
      return Promise.resolve([...matches].map(row));
    },
  };
  return { archive, asked, pages };
}

async function ask(options: {
  readonly fields: Fields;
  readonly count?: number;
  readonly information?: readonly number[];
  readonly rules?: QueryRules;
}) {
  const { fields, count = 1, information, rules } = options;
  const { archive, asked, pages } = archiveOf(count);
  const keys = { levels: MATCH_KEYS, items: ITEM_KEYS };
  const { port } = await startListener({ services: [queryScp({ archive, keys, rules })] });
  const connection = await raw.rawClient(port);
  const extended = information && {
    extendedNegotiations: [
      { sopClassUid: STUDY_ROOT_FIND, information: Uint8Array.from(information) },
    ],
  };
  connection.write(
    raw.associateRq({
      presentationContexts: [{ id: 1, abstractSyntax: STUDY_ROOT_FIND, transferSyntaxes: [ILE] }],
      userInformation: { maxPduLength: 16384, implementationClassUid: '1.2.3', ...extended },
    }),
  );
  const answer = await connection.pdu();
  expect(answer?.type).toBe(TYPE.ac);
  const identifier = encodeDataset(fields, ImplicitVrLittleEndian, 'as they are');
  connection.write(
    raw.commandTf(1, {
      AffectedSOPClassUID: STUDY_ROOT_FIND,
      CommandField: 0x20,
      MessageID: 7,
      Priority: 0,
      CommandDataSetType: 1,
    }),
    raw.dataTf(raw.pdv(1, raw.LAST, identifier)),
  );
  return { connection, asked, pages, answer: answer?.body ?? Buffer.alloc(0) };
}

const cancel = raw.commandTf(1, {
  CommandField: 0xfff,
  MessageIDBeingRespondedTo: 7,
  CommandDataSetType: 0x0101,
});
const studies = {
  [Tag.QueryRetrieveLevel]: 'STUDY',
  [Tag.StudyInstanceUID]: '',
  [Tag.StudyDescription]: '',
};
const dated = { ...studies, [Tag.StudyDate]: '20240105-20240106', [Tag.StudyTime]: '1000-1200' };
/** As bytes: the item of SOP Class Extended Negotiation ends with them. */
const negotiated = (bytes: readonly number[]) =>
  Buffer.concat([Buffer.from(STUDY_ROOT_FIND), Buffer.from(bytes)]);

describe('A query that can not be served', () => {
  it.each([
    ['no level', {}, Tag.QueryRetrieveLevel, 'Query/Retrieve Level is missing'],
    [
      'a level of another model',
      { [Tag.QueryRetrieveLevel]: 'PATIENT' },
      Tag.QueryRetrieveLevel,
      'Query/Retrieve Level is none of this information model',
    ],
    [
      'no study above a series',
      { [Tag.QueryRetrieveLevel]: 'SERIES' },
      Tag.StudyInstanceUID,
      'SERIES level needs one StudyInstanceUID',
    ],
    [
      'no series above an image',
      { [Tag.QueryRetrieveLevel]: 'IMAGE', [Tag.StudyInstanceUID]: '1.2' },
      Tag.SeriesInstanceUID,
      'IMAGE level needs one SeriesInstanceUID',
    ],
    [
      'no date',
      { [Tag.QueryRetrieveLevel]: 'STUDY', [Tag.StudyDate]: 'yesterday' },
      Tag.StudyDate,
      'StudyDate can not be matched with such a value',
    ],
  ])('names %s', async (_, fields, offending, comment) => {
    const { connection, asked } = await ask({ fields });
    const { command } = await takeMessage(connection);
    expect(command).toMatchObject({
      Status: 0xa900,
      OffendingElement: [offending],
      ErrorComment: comment,
      MessageIDBeingRespondedTo: 7,
    });
    expect(asked).toEqual([]);
  });

  it('has too many matches for the limit, and is given none of them', async () => {
    const { connection, asked } = await ask({
      fields: studies,
      count: 1001,
      rules: { maxMatches: 1000 },
    });
    const { command } = await takeMessage(connection);
    expect(command).toMatchObject({
      Status: 0xa700,
      ErrorComment: 'More than 1000 matches: narrow the query',
    });
    expect(asked).toMatchObject([{ limit: 1001 }]);
  });
});

describe('Extended negotiation of a query', () => {
  it('makes one range of those of date and time, which are two without it', async () => {
    const plain = await ask({ fields: dated });
    await takeMessage(plain.connection);
    expect(plain.asked[0]?.keys).toEqual([
      { keyword: 'StudyDate', matching: { kind: 'range', from: '20240105', to: '20240106' } },
      { keyword: 'StudyTime', matching: { kind: 'range', from: '1000', to: '1200' } },
    ]);
    const combined = await ask({ fields: dated, information: [0, 1, 1] });
    await takeMessage(combined.connection);
    expect(combined.asked[0]?.keys).toEqual([
      {
        keyword: 'StudyDate',
        time: 'StudyTime',
        matching: { kind: 'range', from: '202401051000', to: '202401061200' },
      },
    ]);
    // Names by how they sound are not agreed to.
    expect(combined.answer.includes(negotiated([0, 1, 0]))).toBe(true);
  });

  it('lets keys of a lower level stand alone', async () => {
    const fields = { [Tag.QueryRetrieveLevel]: 'IMAGE', [Tag.SOPInstanceUID]: '1.2.3' };
    const { connection, answer, asked } = await ask({ fields, information: [1] });
    expect((await takeMessage(connection)).command.Status).toBe(0xff00);
    expect(answer.includes(negotiated([1]))).toBe(true);
    expect(asked[0]?.keys).toEqual([
      { keyword: 'SOPInstanceUID', matching: { kind: 'values', values: ['1.2.3'] } },
    ]);
  });
});

describe('100,000 answers', () => {
  it(
    'wait for a peer that does not read, and end when it cancels',
    async () => {
      const { connection, pages } = await ask({ fields: studies, count: 100_000 });
      connection.stall();
      const before = process.memoryUsage().arrayBuffers;
      // As long as pages are read, the socket still takes them.
      for (let read = -1; read !== pages.read;) {
        read = pages.read;
        await new Promise((resolve) => setTimeout(resolve, 300));
      }
      expect(pages.read).toBeLessThan(400);
      expect(process.memoryUsage().arrayBuffers - before).toBeLessThan(16 * 1024 * 1024);
      const readWhenCancelled = pages.read;
      connection.write(cancel);
      connection.goOn();
      let answers = 0;
      for (;;) {
        const { command } = await takeMessage(connection);
        if (command.Status !== 0xff00) {
          expect(command.Status).toBe(0xfe00);
          break;
        }
        answers++;
      }
      expect(answers).toBeLessThan(100_000);
      expect(pages.read - readWhenCancelled).toBeLessThan(3);
    },
    30 * SECONDS,
  );
});
