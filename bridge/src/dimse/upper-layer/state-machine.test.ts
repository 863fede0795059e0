import { describe, expect, it } from 'vitest';
import { NEXT, cells, header, rows } from '../testing/table-9-10.ts';
import type { Action } from './state-machine.ts';
import { EVENTS, STATES, transition } from './state-machine.ts';

describe('The state machine', () => {
  it('is compared with all 13 × 19 cells of table 9-10', () => {
    expect(header).toEqual(Object.keys(STATES));
    expect(rows.map(([event]) => event)).toEqual(Object.keys(EVENTS));
    expect(cells).toHaveLength(247);
  });

  it.each(cells.filter(({ action }) => action !== '.'))(
    'does $action for $event in $state',
    ({ event, state, action }) => {
      const next = NEXT[action as Action];
      const [yes, no] = typeof next === 'string' ? [next, next] : next;
      const whenYes = transition(state, event, { acceptable: true, isRequestor: true });
      const whenNo = transition(state, event, { acceptable: false, isRequestor: false });
      expect(whenYes).toEqual({ action, next: yes });
      expect(whenNo).toEqual({ action, next: no });
    },
  );

  it.each(cells.filter(({ action }) => action === '.'))(
    'raises for $event in $state, which the standard leaves empty',
    ({ event, state }) => {
      const choice = { acceptable: true, isRequestor: true };
      expect(() => transition(state, event, choice)).toThrow(`${event} (`);
    },
  );
});
