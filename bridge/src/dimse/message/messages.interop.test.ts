import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { runTool } from '../../../../e2e/support/peers.ts';
import type { CommandKeyword, CommandSet } from './command-set.ts';
import { decodeCommandSet, encodeCommandSet } from './command-set.ts';
import type { MessageName } from './message-types.ts';
import { checkCommand } from './message-types.ts';

/** Values of all elements of PS3.7 table E.1-1 that messages have. */
const VALUES = {
  AffectedSOPClassUID: '1.2.3.4',
  RequestedSOPClassUID: '1.2.3.45',
  MessageID: 0xfffe,
  MessageIDBeingRespondedTo: 7,
  MoveDestination: 'SOMEWHERE',
  Priority: 2,
  Status: 0xb007,
  OffendingElement: [0x00100010, 0x00280010],
  ErrorComment: 'Not this time',
  ErrorID: 77,
  AffectedSOPInstanceUID: '2.25.1',
  RequestedSOPInstanceUID: '2.25.22',
  EventTypeID: 1,
  AttributeIdentifierList: [0x00080018, 0x7fe00010],
  ActionTypeID: 2,
  NumberOfRemainingSuboperations: 1,
  NumberOfCompletedSuboperations: 2,
  NumberOfFailedSuboperations: 3,
  NumberOfWarningSuboperations: 4,
  MoveOriginatorApplicationEntityTitle: 'ASKED',
  MoveOriginatorMessageID: 9,
} as const satisfies CommandSet;

/** PS3.7 annex C: what may stand beside a status that isn't success. */
const OF_STATUS = ['OffendingElement', 'ErrorComment', 'ErrorID'] as const;
const ANSWER = [
  'AffectedSOPClassUID',
  'MessageIDBeingRespondedTo',
  'Status',
  ...OF_STATUS,
] as const;
const INSTANCE_ANSWER = [...ANSWER, 'AffectedSOPInstanceUID', 'AttributeIdentifierList'] as const;
const COUNTS = [
  'NumberOfRemainingSuboperations',
  'NumberOfCompletedSuboperations',
  'NumberOfFailedSuboperations',
  'NumberOfWarningSuboperations',
] as const;
const ASKED = ['AffectedSOPClassUID', 'MessageID', 'Priority'] as const;
const ON_INSTANCE = ['RequestedSOPClassUID', 'MessageID', 'RequestedSOPInstanceUID'] as const;
const DATA = 1;
const NONE = 0x0101;

/** PS3.7 tables 9.3-1 to 9.3-14 and 10.3-1 to 10.3-12: field, data set, elements. */
const MESSAGES: readonly [MessageName, number, number, readonly (keyof typeof VALUES)[]][] = [
  [
    'C-STORE-RQ',
    0x0001,
    DATA,
    [
      ...ASKED,
      'AffectedSOPInstanceUID',
      'MoveOriginatorApplicationEntityTitle',
      'MoveOriginatorMessageID',
    ],
  ],
  ['C-STORE-RSP', 0x8001, NONE, [...ANSWER, 'AffectedSOPInstanceUID']],
  ['C-GET-RQ', 0x0010, DATA, ASKED],
  ['C-GET-RSP', 0x8010, DATA, [...ANSWER, ...COUNTS]],
  ['C-FIND-RQ', 0x0020, DATA, ASKED],
  ['C-FIND-RSP', 0x8020, DATA, ANSWER],
  ['C-MOVE-RQ', 0x0021, DATA, [...ASKED, 'MoveDestination']],
  ['C-MOVE-RSP', 0x8021, NONE, [...ANSWER, ...COUNTS]],
  ['C-ECHO-RQ', 0x0030, NONE, ['AffectedSOPClassUID', 'MessageID']],
  ['C-ECHO-RSP', 0x8030, NONE, ANSWER],
  ['C-CANCEL-RQ', 0x0fff, NONE, ['MessageIDBeingRespondedTo']],
  [
    'N-EVENT-REPORT-RQ',
    0x0100,
    DATA,
    ['AffectedSOPClassUID', 'MessageID', 'AffectedSOPInstanceUID', 'EventTypeID'],
  ],
  ['N-EVENT-REPORT-RSP', 0x8100, DATA, [...INSTANCE_ANSWER, 'EventTypeID']],
  ['N-GET-RQ', 0x0110, NONE, [...ON_INSTANCE, 'AttributeIdentifierList']],
  ['N-GET-RSP', 0x8110, DATA, INSTANCE_ANSWER],
  ['N-SET-RQ', 0x0120, DATA, ON_INSTANCE],
  ['N-SET-RSP', 0x8120, DATA, INSTANCE_ANSWER],
  ['N-ACTION-RQ', 0x0130, DATA, [...ON_INSTANCE, 'ActionTypeID']],
  ['N-ACTION-RSP', 0x8130, DATA, [...INSTANCE_ANSWER, 'ActionTypeID']],
  ['N-CREATE-RQ', 0x0140, DATA, ['AffectedSOPClassUID', 'MessageID', 'AffectedSOPInstanceUID']],
  ['N-CREATE-RSP', 0x8140, DATA, INSTANCE_ANSWER],
  ['N-DELETE-RQ', 0x0150, NONE, ON_INSTANCE],
  ['N-DELETE-RSP', 0x8150, NONE, [...ANSWER, 'AffectedSOPInstanceUID']],
];

let folder = '';
beforeAll(async () => (folder = await mkdtemp(join(tmpdir(), 'gantry-messages-'))));
afterAll(() => rm(folder, { recursive: true }));

const commandOf = (
  field: number,
  dataSet: number,
  keywords: readonly (keyof typeof VALUES)[],
): CommandSet => ({
  CommandField: field,
  CommandDataSetType: dataSet,
  ...Object.fromEntries(keywords.map((keyword) => [keyword, VALUES[keyword]])),
});

/** How DCMTK prints a value: UIDs that it knows by name aren't among these. */
function printed(value: CommandSet[CommandKeyword]): string {
  if (typeof value === 'string') return `[${value}]`;
  if (typeof value === 'number') return String(value);
  const hex = (part: number): string => part.toString(16).padStart(4, '0');
  return (value ?? []).map((tag) => `(${hex(tag >>> 16)},${hex(tag & 0xffff)})`).join('\\');
}

describe('DCMTK reads and writes as we do', () => {
  it.each(MESSAGES)('%s', async (name, field, dataSet, keywords) => {
    const command = commandOf(field, dataSet, keywords);
    const bytes = encodeCommandSet(command);
    const path = join(folder, name);
    await writeFile(path, bytes);
    const { output } = await runTool('dcmdump', ['-f', '-ti', '+L', path]);
    const seen = output
      .split('\n')
      .filter((line) => line.startsWith('(0000,'))
      .map((line) => /^\(0000,....\) .. (.*?) +#.* (\w+)$/.exec(line) ?? [])
      .map(([, value, keyword]) => [keyword, value]);
    const expected = {
      ...Object.fromEntries(
        Object.entries(command).map(([keyword, value]) => [keyword, printed(value)]),
      ),
      CommandGroupLength: String(bytes.length - 12),
    };
    expect(Object.fromEntries(seen)).toEqual(expected);
    // From that text DCMTK makes a command set of its own.
    await writeFile(`${path}.dump`, output);
    await runTool('dump2dcm', ['-F', '+ti', `${path}.dump`, `${path}.bytes`]);
    const theirs = await readFile(`${path}.bytes`);
    expect([...theirs]).toEqual([...bytes]);
    expect(checkCommand(decodeCommandSet(theirs))).toEqual({
      name,
      isResponse: name.endsWith('-RSP'),
      hasDataSet: dataSet === DATA,
      command,
    });
  });

  it('all 23 messages, with all elements that there are', () => {
    expect(MESSAGES).toHaveLength(23);
    const used = new Set(MESSAGES.flatMap(([, , , keywords]) => keywords));
    expect([...used].sort()).toEqual(Object.keys(VALUES).sort());
  });
});
