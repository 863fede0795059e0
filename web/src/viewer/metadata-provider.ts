import { Enums } from '@cornerstonejs/core';
import * as Tag from '../../../shared/dicom/tags.generated.ts';
import { SCHEME, type FrameCatalogue, type FrameHeader } from './frame-catalogue.ts';

/** The names that Cornerstone asks by: strings, whatever its enum says. */
const { IMAGE_PLANE, IMAGE_PIXEL, GENERAL_SERIES } = Enums.MetadataModules as Readonly<
  Record<string, string>
>;

/** Answers Cornerstone's questions about images of ours, from their headers. */
export function metadataProvider(catalogue: FrameCatalogue) {
  return (type: string, imageId: unknown): unknown => {
    if (typeof imageId !== 'string' || !imageId.startsWith(`${SCHEME}:`)) return undefined;
    const header = catalogue.header(imageId);
    if (!header) return undefined;
    if (type === IMAGE_PLANE) return imagePlane(header);
    if (type === IMAGE_PIXEL) return imagePixel(header);
    if (type === GENERAL_SERIES) return generalSeries(header);
    return undefined;
  };
}

/** Images without a place in the patient get one of their own, so that they can be drawn and measured in pixels. */
function imagePlane({ instance, image, geometry }: FrameHeader) {
  const rowCosines = geometry.rowDirection ?? [1, 0, 0];
  const columnCosines = geometry.columnDirection ?? [0, 1, 0];
  const { scale, position } = geometry;
  return {
    frameOfReferenceUID: instance.dataset.string(Tag.FrameOfReferenceUID),
    rows: image.rows,
    columns: image.columns,
    imageOrientationPatient: [...rowCosines, ...columnCosines],
    rowCosines,
    columnCosines,
    imagePositionPatient: position ?? [0, 0, 0],
    sliceThickness: geometry.sliceThicknessMm,
    pixelSpacing: [scale.rowSpacing, scale.columnSpacing],
    rowPixelSpacing: scale.rowSpacing,
    columnPixelSpacing: scale.columnSpacing,
    usingDefaultValues: scale.kind === 'none' || !geometry.rowDirection,
  };
}

/** As the loader hands it over: colours are RGB by then, and inversion is the viewer's. */
function imagePixel({ image }: FrameHeader) {
  const isGrey = image.photometricInterpretation.startsWith('MONOCHROME');
  return {
    samplesPerPixel: isGrey ? 1 : 3,
    photometricInterpretation: isGrey ? 'MONOCHROME2' : 'RGB',
    rows: image.rows,
    columns: image.columns,
    bitsAllocated: isGrey ? Math.max(8, image.bitsAllocated) : 8,
    bitsStored: isGrey ? image.bitsStored : 8,
    highBit: isGrey ? image.highBit : 7,
    pixelRepresentation: image.signed ? 1 : 0,
  };
}

const generalSeries = ({ instance: { dataset } }: FrameHeader) => ({
  modality: dataset.string(Tag.Modality),
  seriesInstanceUID: dataset.string(Tag.SeriesInstanceUID),
  studyInstanceUID: dataset.string(Tag.StudyInstanceUID),
});
