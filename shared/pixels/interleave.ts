/** Planes one after another (Planar Configuration 1) to samples side by side. */
export function interleave<T extends { length: number; [index: number]: number }>(
  planes: T,
  pixels: number,
  samplesPerPixel: number,
  into: T,
): T {
  for (let sample = 0; sample < samplesPerPixel; sample++) {
    const plane = sample * pixels;
    for (let pixel = 0, at = sample; pixel < pixels; pixel++, at += samplesPerPixel) {
      into[at] = planes[plane + pixel] ?? 0;
    }
  }
  return into;
}
