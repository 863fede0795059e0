/** What a display set is dragged as. */
export const DRAGGED = 'application/x-gantry-display-set';
