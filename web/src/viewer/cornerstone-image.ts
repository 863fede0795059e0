import { Enums, utilities, type Types } from '@cornerstonejs/core';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { windowLimits } from '../../../shared/pixels/voi.ts';
import type { DecodedFrame } from './decode-messages.ts';
import type { FrameHeader } from './frame-catalogue.ts';

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
    windowWidth: limits.highest - limits.lowest + 1,
    voiLUTFunction: Enums.VOILUTFunctionType.LINEAR, // the viewer sets the right one
    getPixelData: () => values,
    getCanvas: () => document.createElement('canvas'),
    voxelManager,
    color: isColour,
    rgba: numberOfComponents === 4,
    numberOfComponents,
    columnPixelSpacing: geometry.scale.columnSpacing,
    rowPixelSpacing: geometry.scale.rowSpacing,
    invert: false,
    photometricInterpretation: isColour ? 'RGB' : 'MONOCHROME2',
    sizeInBytes: values.byteLength,
    dataType: values.constructor.name as Types.PixelDataTypedArrayString, // the names are the same
    isPreScaled: true,
    preScale: {
      enabled: true,
      scaled: true,
      scalingParameters: { rescaleSlope: 1, rescaleIntercept: 0 },
    },
    FrameOfReferenceUID: instance.dataset.string(Tag.FrameOfReferenceUID) ?? '',
  };
}
