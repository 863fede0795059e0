import { Enums, utilities, type Types } from '@cornerstonejs/core';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { windowLimits } from '../../../shared/pixels/voi.ts';
import type { DecodedFrame } from './decode-messages.ts';
import type { FrameHeader } from './frame-catalogue.ts';

/** Told of a slope like this, rendering without WebGL fits Float32 values into its table of 16 bits. */
const FRACTIONAL = 0.5;

/** An image as Cornerstone wants it. Values are in the modality's units already: slope 1, intercept 0. */
export function cornerstoneImage(
  imageId: string,
  { image, geometry, instance }: FrameHeader,
  decoded: DecodedFrame,
): Types.IImage {
  const { rows, columns } = image;
  const { isColour, lowest, highest, defaultWindow } = decoded;
  const limits = defaultWindow ? windowLimits(defaultWindow) : { lowest: 0, highest: 255 };
  const values = decoded.values as Types.PixelDataTypedArray; // the worker made 64 bits Float32
  const numberOfComponents = isColour ? values.length / (rows * columns) : 1;
  const isFloat = values instanceof Float32Array;
  const size = { width: columns, height: rows };
  const voxelManager = utilities.VoxelManager.createImageVoxelManager({
    ...size,
    scalarData: values,
    numberOfComponents,
  });
  return {
    imageId,
    ...size,
    rows,
    columns,
    minPixelValue: lowest,
    maxPixelValue: highest,
    slope: 1,
    intercept: 0,
    windowCenter: (limits.lowest + limits.highest + 1) / 2,
    // Of a frame whose values are all the same too: Cornerstone stretches its first table, which must have a width.
    windowWidth: Math.max(2, limits.highest - limits.lowest + 1),
    voiLUTFunction: Enums.VOILUTFunctionType.LINEAR, // the viewer sets the right one
    getPixelData: () => values,
    getCanvas: () => colourCanvas(decoded, size),
    voxelManager,
    color: isColour,
    rgba: numberOfComponents === 4,
    numberOfComponents,
    columnPixelSpacing: geometry.scale.columnSpacing,
    rowPixelSpacing: geometry.scale.rowSpacing,
    invert: false,
    photometricInterpretation: isColour ? 'RGB' : 'MONOCHROME2',
    sizeInBytes: values.byteLength + bytesOfMarks(decoded.marks),
    dataType: values.constructor.name as Types.PixelDataTypedArrayString, // the names are the same
    // Not of colours: those of a PET capture would get a PET's window.
    preScale: {
      enabled: !isColour,
      scaled: !isColour,
      scalingParameters: { rescaleSlope: isFloat ? FRACTIONAL : 1, rescaleIntercept: 0 },
    },
    FrameOfReferenceUID: instance.dataset.string(Tag.FrameOfReferenceUID) ?? '',
  };
}

const bytesOfMarks = (marks: DecodedFrame['marks']): number =>
  (marks?.bits.byteLength ?? 0) + (marks?.colours?.byteLength ?? 0);

/** What rendering without WebGL draws for colour that is shown as it is. */
function colourCanvas(
  { values, isColour }: DecodedFrame,
  { width, height }: { width: number; height: number },
): HTMLCanvasElement {
  const canvas = document.createElement('canvas');
  canvas.width = width;
  canvas.height = height;
  if (!isColour || values.length !== width * height * 4) return canvas;
  const rgba = new Uint8ClampedArray(values.buffer, values.byteOffset, values.length);
  canvas.getContext('2d')?.putImageData(new ImageData(rgba, width, height), 0, 0);
  return canvas;
}
