import { bufferSource } from '../../../../shared/dicom/byte-source.ts';
import type { Dataset } from '../../../../shared/dicom/dataset.ts';
import { encodePart10, type Fields } from '../../../../shared/dicom/encode.ts';
import { readInstance } from '../../../../shared/dicom/read-instance.ts';
import * as Tag from '../../../../shared/dicom/tags.generated.ts';
import { ExplicitVrLittleEndian } from '../../../../shared/dicom/uids.ts';
import { frameGeometry } from '../../viewer/frame-geometry.ts';
import type { MeasuredFrame } from '../measured-frame.ts';
import type { ImagePoint, Measurement, MeasurementKind } from '../measurement.ts';

export async function datasetOf(fields: Fields): Promise<Dataset> {
  const { uid } = ExplicitVrLittleEndian;
  const meta = { sopClassUid: '1.2', sopInstanceUid: '1.3', transferSyntaxUid: uid };
  const all = { [Tag.InstanceNumber]: '1', ...fields };
  const bytes = encodePart10(meta, all, ExplicitVrLittleEndian);
  return (await readInstance(bufferSource(bytes))).dataset;
}

/** A frame of an object with these attributes, sized as the viewer would have it. */
export async function frameOf(
  fields: Fields,
  { rows = 100, columns = 100, ...rest }: Partial<MeasuredFrame> = {},
): Promise<MeasuredFrame> {
  const dataset = await datasetOf(fields);
  const { scale } = frameGeometry(dataset, 0);
  const isPadding = () => false;
  const frame = { dataset, frameIndex: 0, rows, columns, scale, values: undefined };
  return { ...frame, isColour: false, isPadding, ...rest };
}

export function drawn(
  kind: MeasurementKind,
  places: readonly (readonly [x: number, y: number])[],
  over: Partial<Measurement> = {},
): Measurement {
  const points: ImagePoint[] = places.map(([x, y]) => ({ x, y }));
  const where = { seriesInstanceUid: '1.2.4', sopInstanceUid: '1.2.5', frameIndex: 0 };
  return { id: '1', kind, ...where, points, name: '', colour: 0, createdAt: 0, ...over };
}
