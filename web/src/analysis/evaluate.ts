import { calibrationOf, type Calibration, type CalibrationSource } from './calibration.ts';
import { ellipseOf, type Ellipse } from './ellipse.ts';
import type { MeasuredFrame } from './measured-frame.ts';
import { isRegion, type ImagePoint, type Measurement } from './measurement.ts';
import { valuesInside } from './region-pixels.ts';
import { statisticsOf, type Histogram } from './statistics.ts';
import type { SuvProblem } from './suv.ts';
import type { Axis } from './ultrasound-region.ts';
import { LUMINANCE, valueScaleOf, type ValueScale } from './value-scale.ts';

export type QuantityName =
  | 'length'
  | 'longAxis'
  | 'shortAxis'
  | 'angle'
  | 'area'
  | 'perimeter'
  | 'mean'
  | 'deviation'
  | 'lowest'
  | 'highest'
  | 'pixels'
  | 'value'
  | 'across'
  | 'down'
  | 'slope'
  | 'rate'
  | 'atX'
  | 'atY';

/** One number of a measurement, never without its unit. */
export interface Quantity {
  readonly name: QuantityName;
  readonly value: number;
  readonly unit: string;
}

export interface MeasurementResult {
  readonly quantities: readonly Quantity[];
  readonly source: CalibrationSource;
  readonly histogram: Histogram | undefined;
  readonly valueUnit: string;
  /** Of PET values: why they aren't SUVbw. */
  readonly suvProblem: SuvProblem | undefined;
}

/** All that a measurement says, on its frame. @param manual the calibrations drawn on the same instance */
export function evaluate(
  measurement: Measurement,
  frame: MeasuredFrame,
  manual: readonly Measurement[] = [],
): MeasurementResult {
  const calibration = calibrationOf(frame, measurement.points, manual);
  const result = {
    source: calibration.source,
    histogram: undefined,
    valueUnit: '',
    suvProblem: undefined,
  };
  const { kind } = measurement;
  if (kind === 'arrow') return { ...result, quantities: [] };
  if (!isRegion(kind) && kind !== 'probe') {
    return { ...result, quantities: geometryOf(measurement, calibration) };
  }
  const scale = frame.isColour ? LUMINANCE : valueScaleOf(frame.dataset, frame.frameIndex);
  const values = { ...result, valueUnit: scale.unit, suvProblem: scale.problem };
  if (kind === 'probe') {
    return { ...values, quantities: probed(measurement, frame, calibration, scale) };
  }
  const quantities = regionSize(measurement, calibration);
  const statistics = statisticsOf(valuesInside(frame, measurement), scale.factor);
  if (!statistics) return { ...result, quantities };
  const of = (name: QuantityName, value: number) => ({ name, value, unit: scale.unit });
  return {
    ...values,
    histogram: statistics.histogram,
    quantities: [
      of('mean', statistics.mean),
      of('deviation', statistics.deviation),
      of('lowest', statistics.lowest),
      of('highest', statistics.highest),
      ...quantities,
      { name: 'pixels', value: statistics.count, unit: 'px' },
    ],
  };
}

type Vector = readonly [x: number, y: number];

const NOWHERE: ImagePoint = { x: 0, y: 0 };

/** From one point to another, in the units of the axes. */
const way = (from: ImagePoint, to: ImagePoint, { x, y }: Calibration): Vector => [
  (to.x - from.x) * x.perPixel,
  (to.y - from.y) * y.perPixel,
];

const isPlane = ({ x, y }: Calibration): boolean =>
  x.unit === y.unit && (x.unit === 'mm' || x.unit === 'px');

function geometryOf({ kind, points }: Measurement, calibration: Calibration): Quantity[] {
  const [a = NOWHERE, b = a, c = b, d = c] = points;
  if (!isPlane(calibration)) {
    // Angles mean nothing between unlike axes.
    return kind === 'length' ? differences(way(a, b, calibration), calibration) : [];
  }
  const { unit } = calibration.x;
  const length = (from: ImagePoint, to: ImagePoint) => Math.hypot(...way(from, to, calibration));
  switch (kind) {
    case 'bidirectional':
      return [
        { name: 'longAxis', value: length(a, b), unit },
        { name: 'shortAxis', value: length(c, d), unit },
      ];
    case 'angle':
      return [angle(angleBetween(way(b, a, calibration), way(b, c, calibration)))];
    case 'cobb':
      return [angle(cobbAngle([a, b, c, d], calibration))];
    default:
      return [{ name: 'length', value: length(a, b), unit }];
  }
}

const angle = (degrees: number): Quantity => ({ name: 'angle', value: degrees, unit: '°' });

/** A line over time, velocity or frequency: how far it goes along each axis. */
function differences([dx, dy]: Vector, { x, y }: Calibration): Quantity[] {
  const across = Math.abs(dx);
  const down = Math.abs(dy);
  const quantities: Quantity[] = [
    { name: 'across', value: across, unit: x.unit },
    { name: 'down', value: down, unit: y.unit },
  ];
  if (across > 0 && x.unit !== y.unit) {
    const rate = unitOfSlope(x, y);
    quantities.push({ name: 'slope', value: down / across, unit: rate });
  }
  if (x.unit === 's' && across > 0) {
    quantities.push({ name: 'rate', value: 60 / across, unit: '/min' });
  }
  return quantities;
}

const unitOfSlope = (x: Axis, y: Axis): string =>
  x.unit === 's' && y.unit === 'cm/s' ? 'cm/s²' : `${y.unit}/${x.unit}`;

function angleBetween([ax, ay]: Vector, [bx, by]: Vector): number {
  const degrees = (Math.atan2(ax * by - ay * bx, ax * bx + ay * by) * 180) / Math.PI;
  return Math.abs(degrees);
}

/**
 * Between two lines, each taken to run across the way from the middle of the first to that of the second, whichever way
 * it was drawn. So an angle above 90° isn't taken for its supplement.
 */
function cobbAngle(
  [a, b, c, d]: readonly [ImagePoint, ImagePoint, ImagePoint, ImagePoint],
  calibration: Calibration,
): number {
  const middle = (from: ImagePoint, to: ImagePoint): ImagePoint => ({
    x: (from.x + to.x) / 2,
    y: (from.y + to.y) / 2,
  });
  const [alongX, alongY] = way(middle(a, b), middle(c, d), calibration);
  const across = ([x, y]: Vector): Vector => (alongX * y - alongY * x < 0 ? [-x, -y] : [x, y]);
  return angleBetween(across(way(a, b, calibration)), across(way(c, d, calibration)));
}

/** Area and, of a plane, perimeter. */
function regionSize({ kind, points }: Measurement, calibration: Calibration): Quantity[] {
  const [a = NOWHERE, b = a] = points;
  const { x, y } = calibration;
  const perPixel = Math.abs(x.perPixel * y.perPixel);
  const [width, height] = way(a, b, calibration).map(Math.abs) as [number, number]; // two, as a Vector has
  const box = Math.abs((b.x - a.x) * (b.y - a.y));
  const ellipse = ellipseOf(points);
  const areas = {
    ellipse: ellipse ? ellipseArea(ellipse) : 0,
    rectangle: box,
    freehand: outlineArea(points),
  };
  const area = areas[kind as keyof typeof areas] * perPixel; // a region is one of the three
  if (!isPlane(calibration)) {
    // Velocity over time: the way that something has gone.
    const units = [x.unit, y.unit].sort().join(' · ');
    return [{ name: 'area', value: area, unit: units === 'cm/s · s' ? 'cm' : units }];
  }
  const perimeters = {
    ellipse: () => (ellipse ? ellipsePerimeter(ellipse, calibration) : 0),
    rectangle: () => 2 * (width + height),
    freehand: () => outlineLength(points, calibration),
  };
  return [
    { name: 'area', value: area, unit: `${x.unit}²` },
    { name: 'perimeter', value: perimeters[kind as keyof typeof perimeters](), unit: x.unit }, // as above
  ];
}

function outlineArea(points: readonly ImagePoint[]): number {
  const twice = points.reduce((sum, point, i) => {
    const next = points[(i + 1) % points.length] ?? point;
    return sum + point.x * next.y - next.x * point.y;
  }, 0);
  return Math.abs(twice) / 2;
}

const outlineLength = (points: readonly ImagePoint[], calibration: Calibration): number =>
  points.reduce((sum, point, i) => {
    const next = points[(i + 1) % points.length] ?? point;
    return sum + Math.hypot(...way(point, next, calibration));
  }, 0);

const crossed = ([ax, ay]: Vector, [bx, by]: Vector): number => Math.abs(ax * by - ay * bx);

const ellipseArea = ({ first, second }: Ellipse): number =>
  Math.PI * crossed([first.x, first.y], [second.x, second.y]);

/** Ramanujan's second approximation: right to a millionth for ellipses of up to 5 to 1. */
function ellipsePerimeter({ first, second }: Ellipse, calibration: Calibration): number {
  const [u, v] = [way(NOWHERE, first, calibration), way(NOWHERE, second, calibration)];
  // The sum and the difference of its half axes, which need not be the lines by which it was drawn.
  const squares = u[0] ** 2 + u[1] ** 2 + v[0] ** 2 + v[1] ** 2;
  const product = crossed(u, v);
  if (squares === 0) return 0;
  const h = (squares - 2 * product) / (squares + 2 * product);
  const sum = Math.sqrt(squares + 2 * product);
  return Math.PI * sum * (1 + (3 * h) / (10 + Math.sqrt(4 - 3 * h)));
}

/** The value of the pixel at a place, and the place itself where an axis has values of its own. */
function probed(
  { points: [point = NOWHERE] }: Measurement,
  { values, rows, columns, isPadding }: MeasuredFrame,
  { x, y, source }: Calibration,
  scale: ValueScale,
): Quantity[] {
  const quantities: Quantity[] = [];
  const [column, row] = [Math.floor(point.x), Math.floor(point.y)];
  const isInside = column >= 0 && row >= 0 && column < columns && row < rows;
  const value = isInside ? values?.[row * columns + column] : undefined;
  if (value !== undefined && !isPadding(value)) {
    quantities.push({ name: 'value', value: value * scale.factor, unit: scale.unit });
  }
  const along = (name: QuantityName, axis: Axis, at: number) => {
    const isRuler = source === 'region' && axis.unit !== 'mm';
    if (!isRuler || !axis.origin) return;
    const { origin, unit, perPixel } = axis;
    quantities.push({ name, value: origin.value + (at - origin.at) * perPixel, unit });
  };
  along('atX', x, point.x);
  along('atY', y, point.y);
  return quantities;
}
