/** A point or direction in the patient's coordinates: x to the left, y to the back, z to the head, mm (PS3.3 C.7.6.2). */
export type PatientVector = readonly [x: number, y: number, z: number];

export const dot = (a: PatientVector, b: PatientVector): number =>
  a[0] * b[0] + a[1] * b[1] + a[2] * b[2];

export const cross = (a: PatientVector, b: PatientVector): PatientVector => [
  a[1] * b[2] - a[2] * b[1],
  a[2] * b[0] - a[0] * b[2],
  a[0] * b[1] - a[1] * b[0],
];

/** a · s + b · t */
export const combine = (
  a: PatientVector,
  s: number,
  b: PatientVector,
  t: number,
): PatientVector => [a[0] * s + b[0] * t, a[1] * s + b[1] * t, a[2] * s + b[2] * t];
