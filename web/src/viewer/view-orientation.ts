/** How an image is shown: mirrored first, then turned, as Cornerstone does it. */
export interface ViewOrientation {
  /** Degrees clockwise, 0 to 270. */
  readonly rotation: number;
  readonly flipHorizontal: boolean;
  readonly flipVertical: boolean;
}

export const UPRIGHT: ViewOrientation = { rotation: 0, flipHorizontal: false, flipVertical: false };

/** Turns what is seen clockwise. */
export const turned = (from: ViewOrientation, degrees: number): ViewOrientation => ({
  ...from,
  rotation: within360(from.rotation + degrees),
});

/** Mirrors what is seen. As turning comes last, the mirror before it must be met by the opposite turn. */
export const mirrored = (
  from: ViewOrientation,
  direction: 'horizontal' | 'vertical',
): ViewOrientation => ({
  rotation: within360(-from.rotation),
  flipHorizontal: from.flipHorizontal !== (direction === 'horizontal'),
  flipVertical: from.flipVertical !== (direction === 'vertical'),
});

const within360 = (degrees: number): number => ((degrees % 360) + 360) % 360;
