// The DICOM upper layer state machine as the standard prints it: PS3.8 section 9.2, tables 9-2 to 9-10.
// https://dicom.nema.org/medical/dicom/2026d/output/html/part08.html#sect_9.2

/** PS3.8 section 9.2.1, tables 9-1 to 9-5. */
export const STATES = {
  Sta1: 'Idle',
  Sta2: 'Transport connection open (awaiting A-ASSOCIATE-RQ PDU)',
  Sta3: 'Awaiting local A-ASSOCIATE response primitive',
  Sta4: 'Awaiting transport connection opening to complete',
  Sta5: 'Awaiting A-ASSOCIATE-AC or A-ASSOCIATE-RJ PDU',
  Sta6: 'Association established and ready for data transfer',
  Sta7: 'Awaiting A-RELEASE-RP PDU',
  Sta8: 'Awaiting local A-RELEASE response primitive',
  Sta9: 'Release collision, requestor side; awaiting A-RELEASE response primitive',
  Sta10: 'Release collision, acceptor side; awaiting A-RELEASE-RP PDU',
  Sta11: 'Release collision, requestor side; awaiting A-RELEASE-RP PDU',
  Sta12: 'Release collision, acceptor side; awaiting A-RELEASE response primitive',
  Sta13: 'Awaiting transport connection close indication',
} as const;

/** PS3.8 section 9.2.2, the rows of table 9-10. */
export const EVENTS = {
  Evt1: 'A-ASSOCIATE request (local user)',
  Evt2: 'Transport connection confirmed (local transport service)',
  Evt3: 'A-ASSOCIATE-AC PDU (received on transport connection)',
  Evt4: 'A-ASSOCIATE-RJ PDU (received on transport connection)',
  Evt5: 'Transport connection indication (local transport service)',
  Evt6: 'A-ASSOCIATE-RQ PDU (received on transport connection)',
  Evt7: 'A-ASSOCIATE response primitive (accept)',
  Evt8: 'A-ASSOCIATE response primitive (reject)',
  Evt9: 'P-DATA request primitive',
  Evt10: 'P-DATA-TF PDU (received on transport connection)',
  Evt11: 'A-RELEASE request primitive',
  Evt12: 'A-RELEASE-RQ PDU (received on open transport connection)',
  Evt13: 'A-RELEASE-RP PDU (received on transport connection)',
  Evt14: 'A-RELEASE response primitive',
  Evt15: 'A-ABORT request primitive',
  Evt16: 'A-ABORT PDU (received on open transport connection)',
  Evt17: 'Transport connection closed indication (local transport service)',
  Evt18: 'ARTIM timer expired',
  Evt19: 'Unrecognized or invalid PDU received',
} as const;

export type State = keyof typeof STATES;
export type Event = keyof typeof EVENTS;

/** What a choice of next state depends on. */
export interface Choice {
  /** AE-6: the provider can take the request (protocol version). */
  readonly acceptable: boolean;
  /** AR-8: this side has requested the association. */
  readonly isRequestor: boolean;
}

/** PS3.8 section 9.2.3, tables 9-6 to 9-9: what is done, and the state that follows. */
const ACTIONS = {
  'AE-1': { does: 'Issue transport connect request', next: 'Sta4' },
  'AE-2': { does: 'Send A-ASSOCIATE-RQ PDU', next: 'Sta5' },
  'AE-3': { does: 'Issue A-ASSOCIATE confirmation (accept)', next: 'Sta6' },
  'AE-4': { does: 'Issue A-ASSOCIATE confirmation (reject), close transport', next: 'Sta1' },
  'AE-5': { does: 'Issue transport connection response, start ARTIM', next: 'Sta2' },
  'AE-6': {
    does: 'Stop ARTIM; indicate A-ASSOCIATE if acceptable, else send A-ASSOCIATE-RJ and start ARTIM',
    next: ({ acceptable }: Choice) => (acceptable ? 'Sta3' : 'Sta13'),
  },
  'AE-7': { does: 'Send A-ASSOCIATE-AC PDU', next: 'Sta6' },
  'AE-8': { does: 'Send A-ASSOCIATE-RJ PDU, start ARTIM', next: 'Sta13' },
  'DT-1': { does: 'Send P-DATA-TF PDU', next: 'Sta6' },
  'DT-2': { does: 'Issue P-DATA indication', next: 'Sta6' },
  'AR-1': { does: 'Send A-RELEASE-RQ PDU', next: 'Sta7' },
  'AR-2': { does: 'Issue A-RELEASE indication', next: 'Sta8' },
  'AR-3': { does: 'Issue A-RELEASE confirmation, close transport', next: 'Sta1' },
  'AR-4': { does: 'Send A-RELEASE-RP PDU, start ARTIM', next: 'Sta13' },
  'AR-5': { does: 'Stop ARTIM', next: 'Sta1' },
  'AR-6': { does: 'Issue P-DATA indication', next: 'Sta7' },
  'AR-7': { does: 'Send P-DATA-TF PDU', next: 'Sta8' },
  'AR-8': {
    does: 'Issue A-RELEASE indication (release collision)',
    next: ({ isRequestor }: Choice) => (isRequestor ? 'Sta9' : 'Sta10'),
  },
  'AR-9': { does: 'Send A-RELEASE-RP PDU', next: 'Sta11' },
  'AR-10': { does: 'Issue A-RELEASE confirmation', next: 'Sta12' },
  'AA-1': { does: 'Send A-ABORT PDU (service user), start or restart ARTIM', next: 'Sta13' },
  'AA-2': { does: 'Stop ARTIM, close transport', next: 'Sta1' },
  'AA-3': { does: 'Issue A-ABORT or A-P-ABORT indication, close transport', next: 'Sta1' },
  'AA-4': { does: 'Issue A-P-ABORT indication', next: 'Sta1' },
  'AA-5': { does: 'Stop ARTIM', next: 'Sta1' },
  'AA-6': { does: 'Ignore PDU', next: 'Sta13' },
  'AA-7': { does: 'Send A-ABORT PDU', next: 'Sta13' },
  'AA-8': {
    does: 'Send A-ABORT PDU (service provider), issue A-P-ABORT indication, start ARTIM',
    next: 'Sta13',
  },
} as const satisfies Record<string, { does: string; next: State | ((choice: Choice) => State) }>;

export type Action = keyof typeof ACTIONS;

/**
 * PS3.8 section 9.2.3, table 9-10, a row for each event. A cell that is missing is empty in the standard: there
 * the event can't happen, unless this program is wrong.
 */
const TRANSITIONS: Readonly<Record<Event, Readonly<Partial<Record<State, Action>>>>> = {
  Evt1: { Sta1: 'AE-1' },
  Evt2: { Sta4: 'AE-2' },
  Evt3: { ...unexpectedPdu(), Sta5: 'AE-3' },
  Evt4: { ...unexpectedPdu(), Sta5: 'AE-4' },
  Evt5: { Sta1: 'AE-5' },
  Evt6: { ...unexpectedPdu(), Sta2: 'AE-6', Sta13: 'AA-7' },
  Evt7: { Sta3: 'AE-7' },
  Evt8: { Sta3: 'AE-8' },
  Evt9: { Sta6: 'DT-1', Sta8: 'AR-7' },
  Evt10: { ...unexpectedPdu(), Sta6: 'DT-2', Sta7: 'AR-6' },
  Evt11: { Sta6: 'AR-1' },
  Evt12: { ...unexpectedPdu(), Sta6: 'AR-2', Sta7: 'AR-8' },
  Evt13: { ...unexpectedPdu(), Sta7: 'AR-3', Sta10: 'AR-10', Sta11: 'AR-3' },
  Evt14: { Sta8: 'AR-4', Sta9: 'AR-9', Sta12: 'AR-4' },
  Evt15: { ...fromSta3ToSta12('AA-1'), Sta4: 'AA-2' },
  Evt16: { ...exceptSta4(fromSta3ToSta12('AA-3')), Sta2: 'AA-2', Sta13: 'AA-2' },
  Evt17: { ...fromSta3ToSta12('AA-4'), Sta2: 'AA-5', Sta13: 'AR-5' },
  Evt18: { Sta2: 'AA-2', Sta13: 'AA-2' },
  Evt19: { ...unexpectedPdu(), Sta13: 'AA-7' },
};

/** What table 9-10 says of a PDU where it doesn't belong; no PDU can come in Sta1 and Sta4. */
function unexpectedPdu(): Partial<Record<State, Action>> {
  return { ...exceptSta4(fromSta3ToSta12('AA-8')), Sta2: 'AA-1', Sta13: 'AA-6' };
}

function exceptSta4(row: Partial<Record<State, Action>>): Partial<Record<State, Action>> {
  const { Sta4: _, ...rest } = row;
  return rest;
}

function fromSta3ToSta12(action: Action): Partial<Record<State, Action>> {
  const states = [
    'Sta3',
    'Sta4',
    'Sta5',
    'Sta6',
    'Sta7',
    'Sta8',
    'Sta9',
    'Sta10',
    'Sta11',
    'Sta12',
  ];
  return Object.fromEntries(states.map((state) => [state, action]));
}

export interface Transition {
  readonly action: Action;
  readonly next: State;
}

/**
 * Looks one cell up.
 * @throws Error where table 9-10 is empty: a fault of this program, never of a peer
 */
export function transition(state: State, event: Event, choice: Choice): Transition {
  const action = TRANSITIONS[event][state];
  if (!action) throw new Error(`${event} (${EVENTS[event]}) can't happen in ${state}`);
  const next = ACTIONS[action].next;
  return { action, next: typeof next === 'function' ? next(choice) : next };
}
