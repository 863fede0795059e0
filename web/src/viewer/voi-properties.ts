import { Enums, getShouldUseCPURendering } from '@cornerstonejs/core';
import type { VoiRange } from './voi-choice.ts';

/** What Cornerstone is told of the window; nothing where there is none. */
export function voiProperties(range: VoiRange | undefined) {
  if (!range) return {};
  const { LINEAR, SAMPLED_SIGMOID } = Enums.VOILUTFunctionType;
  // Rendering without WebGL throws when told which curve to use: see processor-drawing.ts.
  const curve = getShouldUseCPURendering()
    ? {}
    : { VOILUTFunction: range.isSigmoid ? SAMPLED_SIGMOID : LINEAR };
  return { voiRange: { lower: range.lower, upper: range.upper }, ...curve };
}
