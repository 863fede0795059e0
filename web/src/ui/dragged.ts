import type { DisplaySet } from '../library/display-sets.ts';

/** What a display set is dragged as. */
export const DRAGGED = 'application/x-gantry-display-set';

export const isDragged = (event: DragEvent): boolean =>
  event.dataTransfer?.types.includes(DRAGGED) ?? false;

/** The display set that was dropped. */
export function draggedOf(event: DragEvent, sets: readonly DisplaySet[]): DisplaySet | undefined {
  const key = event.dataTransfer?.getData(DRAGGED);
  const target = sets.find((set) => set.key === key);
  if (target) event.preventDefault();
  return target;
}
