let context: CanvasRenderingContext2D | null | undefined;

/** CSS pixels that a line takes in the font of labels on an image. */
export function textWidth(line: string): number {
  context ??= document.createElement('canvas').getContext('2d');
  if (!context) return line.length * 7;
  const { fontFamily } = getComputedStyle(document.body);
  context.font = `12px ${fontFamily}`;
  // Figures of one width, as the page has them, are a little wider.
  return context.measureText(line).width * 1.07;
}
