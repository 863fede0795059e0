import { describe, expect, it } from 'vitest';
import type { MessageName } from './message-types.ts';
import { COMMAND_FIELD, MESSAGE_TYPES, checkCommand, responseTo } from './message-types.ts';

const STORE = {
  CommandField: 1,
  AffectedSOPClassUID: '1.2',
  AffectedSOPInstanceUID: '1.3',
  MessageID: 4,
  CommandDataSetType: 0,
};

describe('DIMSE messages', () => {
  it('know the response of each request', () => {
    for (const name of Object.keys(MESSAGE_TYPES) as MessageName[]) {
      if (!name.endsWith('-RQ') || name === 'C-CANCEL-RQ') continue;
      expect(responseTo(name)).toBe(name.replace('-RQ', '-RSP'));
      expect(COMMAND_FIELD[responseTo(name)]).toBe(COMMAND_FIELD[name] + 0x8000);
    }
    expect(() => responseTo('C-CANCEL-RQ')).toThrow('no response');
  });

  it('are named, and say whether a data set follows', () => {
    expect(checkCommand(STORE)).toMatchObject({
      name: 'C-STORE-RQ',
      isResponse: false,
      hasDataSet: true,
    });
    const response = { CommandField: 0x8001, MessageIDBeingRespondedTo: 4, Status: 0 };
    expect(checkCommand(response)).toMatchObject({
      name: 'C-STORE-RSP',
      isResponse: true,
      hasDataSet: false,
    });
  });

  it.each([
    ['no command field', { ...STORE, CommandField: undefined }, 'field missing'],
    ['an unknown command field', { ...STORE, CommandField: 0x4242 }, 'field 4242'],
    [
      'C-STORE without its instance',
      { ...STORE, AffectedSOPInstanceUID: undefined },
      'without AffectedSOPInstanceUID',
    ],
    [
      'C-STORE without a data set',
      { ...STORE, CommandDataSetType: 0x0101 },
      'C-STORE-RQ without a data set',
    ],
    ['C-ECHO with a data set', { ...STORE, CommandField: 0x30 }, 'C-ECHO-RQ with a data set'],
    [
      'a response without a status',
      { CommandField: 0x8030, MessageIDBeingRespondedTo: 1 },
      'without Status',
    ],
  ])('are refused: %s', (_, command, words) => {
    const set = Object.fromEntries(
      Object.entries(command).filter(([, value]) => value !== undefined),
    );
    expect(() => checkCommand(set)).toThrow(words);
  });
});
