import { describe, expect, it } from 'vitest';
import { PRESETS, presetOf, type PresetName } from './presets.ts';

/**
 * What the conformance statements print, in their own words and units, copied from them by hand: `presets.ts` must
 * come to the same. "-" where a statement says nothing.
 */
const STATEMENTS = `
preset | role    | what                    | as printed
lgp    | accepts | associations            | 5
lgp    | accepts | PDU                     | -
lgp    | accepts | storage syntaxes        | EBE ELE ILE
lgp    | accepts | verification            | ILE ELE EBE
lgp    | accepts | CT                      | 1.2.840.10008.5.1.4.1.1.2
lgp    | accepts | MR                      | 1.2.840.10008.5.1.4.1.1.4
lgp    | accepts | XA                      | 1.2.840.10008.5.1.4.1.1.12.1
lgp    | accepts | PET                     | 1.2.840.10008.5.1.4.1.1.128
lgp    | accepts | SC                      | 1.2.840.10008.5.1.4.1.1.7
lgp    | accepts | number of classes       | 5
cmr    | accepts | associations            | 1
cmr    | accepts | PDU                     | 16384
cmr    | accepts | ACSE                    | 60 seconds
cmr    | accepts | DIMSE                   | 60 seconds
cmr    | accepts | storage syntaxes        | ILE ELE EBE DEF RLE JBL JEX JLL
cmr    | accepts | verification            | ILE ELE EBE
cmr    | accepts | called AE title ignored | Yes
cmr    | accepts | US MF                   | 1.2.840.10008.5.1.4.1.1.3.1
cmr    | accepts | Enhanced MR             | 1.2.840.10008.5.1.4.1.1.4.1
cmr    | accepts | number of classes       | 17
cmr    | calls   | connect                 | 60 seconds
cmr    | calls   | ACSE                    | 60 seconds
cmr    | calls   | DIMSE                   | 60 seconds
cmr    | calls   | PDU                     | 16384
cmr    | calls   | associations            | 1
cmr    | calls   | instances               | 20
cmr    | calls   | syntaxes                | JBL JLL ILE ELE EBE
gem    | accepts | associations            | 50
gem    | accepts | PDU                     | 16352
gem    | accepts | ARTIM                   | 5 Minutes
gem    | accepts | storage syntaxes        | ELE ILE
gem    | accepts | verification            | ILE ELE
gem    | accepts | DX Presentation         | 1.2.840.10008.5.1.4.1.1.1.1
gem    | accepts | DX Processing           | 1.2.840.10008.5.1.4.1.1.1.1.1
gem    | accepts | Key Object              | 1.2.840.10008.5.1.4.1.1.88.59
gem    | accepts | number of classes       | 24
gem    | calls   | PDU                     | 16352
gem    | calls   | Storage / Retrieve      | 5 Minutes
gem    | calls   | ARTIM                   | 5 Minutes
gem    | calls   | idle                    | 120 seconds
gem    | calls   | syntaxes                | ELE ILE
xce    | accepts | associations            | -
xce    | accepts | PDU                     | 28 Kbytes
xce    | accepts | idle                    | 2 minutes
xce    | accepts | inter-packet            | 60 seconds
xce    | accepts | verification            | EBE ELE ILE
xce    | accepts | other classes           | Yes
xce    | accepts | number of classes       | 56
xce    | calls   | PDU                     | 28 Kbytes
xce    | calls   | connect                 | 60 seconds
xce    | calls   | DIMSE                   | 60 seconds
xce    | calls   | Q/R SCU DICOM           | 450 seconds
xce    | calls   | inter-packet            | 60 seconds
xce    | calls   | associations            | 5
rts    | accepts | associations            | 1
rts    | accepts | pending                 | 5
rts    | accepts | PDU                     | 16*1024
rts    | accepts | ARTIM                   | 60
rts    | accepts | READ                    | 45
rts    | accepts | WRITE                   | 15
rts    | accepts | storage syntaxes        | EBE ELE ILE
rts    | accepts | verification            | EBE ELE ILE
rts    | accepts | called AE title ignored | Yes
rts    | accepts | RT Plan                 | 1.2.840.10008.5.1.4.1.1.481.5
rts    | accepts | RT Structure Set        | 1.2.840.10008.5.1.4.1.1.481.3
rts    | accepts | number of classes       | 3
`;

const SYNTAX: Readonly<Record<string, string>> = {
  ILE: '1.2.840.10008.1.2',
  ELE: '1.2.840.10008.1.2.1',
  EBE: '1.2.840.10008.1.2.2',
  DEF: '1.2.840.10008.1.2.1.99',
  JBL: '1.2.840.10008.1.2.4.50',
  JEX: '1.2.840.10008.1.2.4.51',
  JLL: '1.2.840.10008.1.2.4.70',
  RLE: '1.2.840.10008.1.2.5',
};

/** A printed number, in bytes or milliseconds where a unit stands with it. */
function amount(printed: string): number | undefined {
  if (printed === '-') return undefined;
  const [number = '', unit = ''] = printed.split(' ');
  const factor = { seconds: 1000, minutes: 60_000, kbytes: 1024 }[unit.toLowerCase()] ?? 1;
  return number.split('*').reduce((product, part) => product * Number(part), factor);
}

const syntaxes = (printed: string) => printed.split(' ').map((short) => SYNTAX[short]);

/** What a preset has where a statement prints something, and what it should be. */
function held(name: PresetName, role: string, what: string, printed: string): [unknown, unknown] {
  const preset = presetOf(name);
  const accepted = preset.accepts.storage.flatMap(({ sopClasses }) => sopClasses);
  if (printed.startsWith('1.2.')) return [accepted.includes(printed), true];
  const side = role === 'calls' ? preset.calls : preset.accepts;
  const timers = side?.timers ?? {};
  switch (what) {
    case 'associations':
      return [side?.maxAssociations, amount(printed)];
    case 'PDU':
      return [side?.maxPduLength, amount(printed)];
    case 'connect':
      return [timers.connectMs, amount(printed)];
    case 'ACSE':
      return [role === 'calls' ? timers.associationReplyMs : timers.artimMs, amount(printed)];
    case 'DIMSE':
    case 'Storage / Retrieve':
      return [timers.dimseReplyMs, amount(printed)];
    case 'ARTIM':
      return [timers.artimMs, name === 'rts' ? Number(printed) * 1000 : amount(printed)];
    case 'READ':
      return [timers.readMs, Number(printed) * 1000];
    case 'WRITE':
      return [timers.writeMs, Number(printed) * 1000];
    case 'Q/R SCU DICOM':
      return [timers.retrieveReplyMs, amount(printed)];
    case 'inter-packet':
      return [timers.progressMs, amount(printed)];
    case 'idle':
      return [timers.idleMs, amount(printed)];
    case 'instances':
      return [preset.calls?.maxInstancesPerAssociation, amount(printed)];
    case 'pending':
      return [preset.accepts.maxWaiting, amount(printed)];
    case 'storage syntaxes':
      return [preset.accepts.storage.map((group) => group.transferSyntaxes), [syntaxes(printed)]];
    case 'syntaxes':
      return [preset.calls?.transferSyntaxes, syntaxes(printed)];
    case 'verification':
      return [preset.accepts.verification, syntaxes(printed)];
    case 'called AE title ignored':
      return [preset.accepts.acceptAnyCalledAeTitle, true];
    case 'other classes':
      return [preset.accepts.acceptOtherClasses, true];
    case 'number of classes':
      return [new Set(accepted).size, amount(printed)];
    default:
      throw new Error(`The table has a row that nothing holds: ${what}`);
  }
}

const rows = STATEMENTS.trim()
  .split('\n')
  .slice(1)
  .map((line) => line.split('|').map((cell) => cell.trim()));

describe('the presets', () => {
  it.each(rows)('%s %s %s: %s, as printed', (name = '', role = '', what = '', printed = '') => {
    // A cast: the names are those of the table, and one that isn't fails at once.
    const [actual, expected] = held(name as PresetName, role, what, printed);
    expect(actual).toEqual(expected);
  });

  it('have a row for each number that they set', () => {
    const numbers = Object.entries(PRESETS).flatMap(([name]) => {
      const preset = presetOf(name as PresetName);
      return [preset.accepts, preset.calls].flatMap((side) =>
        side === undefined
          ? []
          : [side.maxPduLength, side.maxAssociations].filter(Number.isInteger),
      );
    });
    const printed = rows.filter(
      ([, , what, value]) => /PDU|associations/.test(what ?? '') && value !== '-',
    );
    expect(numbers).toHaveLength(printed.length);
  });

  it('gives each class of Xcelera the syntaxes of its table, the order of table 30 first', () => {
    const of = (uid: string) =>
      presetOf('xce').accepts.storage.find(({ sopClasses }) => sopClasses.includes(uid))
        ?.transferSyntaxes;
    expect(of('1.2.840.10008.5.1.4.1.1.2')).toEqual(syntaxes('ELE EBE ILE'));
    expect(of('1.2.840.10008.5.1.4.1.1.12.1')).toEqual(syntaxes('ELE EBE ILE JBL JLL'));
    expect(of('1.2.840.10008.5.1.4.1.1.6.1')).toEqual(syntaxes('ELE EBE ILE JBL RLE JLL'));
    expect(of('1.2.840.10008.5.1.4.1.1.7.4')).toEqual(syntaxes('JBL JLL ELE EBE ILE'));
  });
});
